"""What makes one person of several records, as `identity:` in `segmentry.yaml` says it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

PEOPLE: Final = "people"
"""The name of the table that identity makes: the customers, a row per person."""

MATCHES: Final = "matches"
"""The name of the table of pairs that somebody else has matched, and of the weakest key."""

PAIR: Final = ("left", "right", "score")
"""The columns of that table: two records as `SOURCE:KEY`, and how sure it is that they are one person."""

PERSON_ID: Final = "person_id"


@dataclass(frozen=True, slots=True)
class JoinKey:
    """A column whose equal values join records: what ``clean`` leaves of them, but for what to ``ignore``.

    A value that more than ``at_most`` records have joins nobody; None is any number.
    """

    name: str
    clean: tuple[str, ...] = ()
    at_most: int | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Which sources hold records of people, by what these are joined, and what keeps them apart.

    Of ``customers`` earlier ones win; ``join_on`` has the strongest key first. ``columns`` are those whose
    value is the newest by another column. ``matches`` is a file of pairs, which count from ``at_least`` on.
    """

    customers: tuple[str, ...]
    join_on: tuple[JoinKey, ...] = ()
    apart: tuple[str, ...] = ()
    id: str = PERSON_ID
    columns: tuple[tuple[str, str], ...] = ()
    matches: tuple[str, ...] = ()
    at_least: Fraction = Fraction(1)
