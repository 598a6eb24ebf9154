"""What sets a segment apart: facts ranked by effect, near-copies told once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from segmentry.personas.facts.model import Fact

MOST = 10
"""Facts in the list."""

_NOTABLE = {"cohens_d": 0.2, "cramers_v": 0.1}
"""Cohen's small effect (1988): what stays below is no difference worth telling."""

_MAIN = frozenset({"mean", "recency", "category", "true"})


def distinctive(facts: Iterable[Fact], alike: Collection[frozenset[str]]) -> tuple[str, ...]:
    """Ids of at most ten facts, the strongest first; of one trait and its near-copies only the strongest.

    ``alike`` holds pairs of traits that say nearly the same. Ties go by id, so the order never wavers.
    """
    notable = [
        fact
        for fact in facts
        if fact.measure in _MAIN
        and fact.effect is not None
        and fact.effect_kind is not None
        and abs(fact.effect) >= _NOTABLE[fact.effect_kind]
    ]
    kept: list[Fact] = []
    for fact in sorted(notable, key=lambda fact: (-fact.strength, fact.id)):
        if not any(_same(fact, other, alike) for other in kept):
            kept.append(fact)
    return tuple(fact.id for fact in kept[:MOST])


def _same(fact: Fact, other: Fact, alike: Collection[frozenset[str]]) -> bool:
    assert fact.trait is not None
    assert other.trait is not None
    return fact.trait == other.trait or frozenset({fact.trait, other.trait}) in alike
