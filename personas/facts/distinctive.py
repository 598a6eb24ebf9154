"""What sets a segment apart: facts ranked by effect, near-copies told once."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from segmentry.personas.facts.measured import BASE, MeasuredSegment
from segmentry.personas.facts.segment_facts import Fact

MOST = 10
"""Facts in the list."""

_NOTABLE = {"cohens_d": 0.2, "cramers_v": 0.1}
"""Cohen's small effect (1988): what stays below is no difference worth telling."""

_STANDARD_ERRORS = 3.0

_MAIN = frozenset({"mean", "recency", "category", "true"})


def distinctive(facts: Iterable[Fact], measured: MeasuredSegment) -> tuple[str, ...]:
    """Ids of at most ten facts, the strongest first; of one trait and its near-copies only the strongest.

    A trait that only ranks another gives way to it: money says more than a score from 1 to 5. Ties go by id,
    so the order never wavers.
    """
    notable = [
        fact
        for fact in facts
        if fact.measure in _MAIN
        and fact.effect is not None
        and fact.effect_kind is not None
        and abs(fact.effect) >= _NOTABLE[fact.effect_kind]
    ]
    traits = {fact.trait for fact in notable}
    plain = [f for f in notable if f.trait is None or measured.traits[f.trait].rank_of not in traits]
    kept: list[Fact] = []
    for fact in sorted(plain, key=lambda fact: (-fact.strength, fact.id)):
        if not any(_same(fact, other, measured.alike) for other in kept):
            kept.append(fact)
    return tuple(fact.id for fact in kept[:MOST])


def is_sure(fact: Fact, measured: MeasuredSegment) -> bool:
    """Whether an exact fact speaks for the segment: known of half of it, no luck of the draw, no outliers.

    The difference has to be three standard errors or more. Of a correlation r over n customers that is r √n
    (Fisher, *Statistical Methods for Research Workers*, 1925, section 34): with dozens of traits two would
    turn up by chance too often. And where the medians say the opposite of the means, the means are those of
    a few; that is not how the segment differs.
    """
    if fact.trait is None or 2 * fact.known < measured.sizes[fact.segment]:
        return False
    numbers = measured.numbers.get((BASE, fact.trait))
    known = numbers.known if numbers is not None else measured.size
    return fact.strength * math.sqrt(known) >= _STANDARD_ERRORS and not _contradicted(fact, measured)


def _contradicted(fact: Fact, measured: MeasuredSegment) -> bool:
    if fact.effect is None or fact.trait is None or (BASE, fact.trait) not in measured.numbers:
        return False
    medians = [measured.numbers[id_, fact.trait].percentiles[1] for id_ in (fact.segment, BASE)]
    here, base = medians
    return here is not None and base is not None and (here - base) * fact.effect < 0


def _same(fact: Fact, other: Fact, alike: Collection[frozenset[str]]) -> bool:
    assert fact.trait is not None
    assert other.trait is not None
    return fact.trait == other.trait or frozenset({fact.trait, other.trait}) in alike
