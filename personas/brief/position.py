"""Where people stand with the shop, as far as the figures tell: what may be said to them depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from segmentry.personas.brief.words import is_high, theme_of_number
from segmentry.personas.facts import Fact

Position = Literal["new", "away", "stranger", "known"]

_NEW_DAYS = 120
"""Who came to the shop no longer ago than this is new to it."""

_AWAY_DAYS = 90
"""Nine in ten have to be quiet for so long before a message may say that it has been a while."""

_REPORTED = frozenset({"mean", "recency", "p90"})
"""A mean, or what nine in ten stay below where the mean is kept back (nearly all have the same value)."""


def position_of(facts: Sequence[Fact]) -> Position:
    """Where the people of a segment stand, from its published facts.

    ``stranger``: next to no orders are on record, and no last one. ``new``: they came a short while ago.
    ``away``: nearly all of them have been quiet for long. ``known``: everybody else, and whoever the figures
    say too little of to tell.
    """
    if no_orders(facts):
        return "stranger"
    if any(fact.unit == "days" and fact.value <= _NEW_DAYS for fact in _about(facts, "tenure")):
        return "new"
    return "away" if any(_long_quiet(fact, facts) for fact in _about(facts, "recency")) else "known"


def no_orders(facts: Sequence[Fact]) -> list[Fact]:
    """The figures that show that next to nobody has ordered; none where any of them shows an order."""
    counts = [*_about(facts, "history"), *_about(facts, "frequency")]
    ordered = any(fact.value != 0 for fact in counts) or bool(_about(facts, "recency"))
    return [] if ordered else counts


def all_have_ordered(facts: Sequence[Fact]) -> bool:
    """Whether nothing speaks for people without an order among them: no last or first order is unknown."""
    return not any(fact.partly for theme in ("recency", "tenure") for fact in _about(facts, theme))


def _about(facts: Iterable[Fact], theme: str) -> list[Fact]:
    reported = [fact for fact in facts if fact.measure in _REPORTED]
    themes = [(fact, theme_of_number(fact)) for fact in reported]
    return [fact for fact, found in themes if found is not None and found.id == theme]


def _long_quiet(last: Fact, facts: Iterable[Fact]) -> bool:
    tenth = next((fact.value for fact in facts if fact.trait == last.trait and fact.measure == "p10"), 0.0)
    return last.unit == "days" and is_high(last) and not last.partly and tenth >= _AWAY_DAYS
