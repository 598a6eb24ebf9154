"""What was counted and summed of every segment and of the base: all that facts are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from segmentry.personas.facts.population import SegmentInfo, TraitInfo

BASE = ""
"""Stands for the whole base where a segment's id is expected (no segment has an empty id)."""

TRUE = "true"
"""The one counted value of a yes-or-no trait."""

PERCENTS = (10, 50, 90)


@dataclass(frozen=True, slots=True)
class Moments:
    """A numeric trait in one group: known values, their exact sum, and what spread and dominance need.

    ``squares`` is Σ (x − centre)², ``absolute`` is Σ |x|. ``largest`` is max |x|, or a bound above
    it where no value could make up much of the sum.
    """

    known: int
    total: Fraction
    squares: float
    largest: float
    absolute: float
    percentiles: tuple[float | None, ...] = (None, None, None)

    @property
    def mean(self) -> float:
        """The double nearest to the exact mean. Needs a known value."""
        return float(self.total / self.known)


@dataclass(frozen=True, slots=True)
class Cells:
    """A categorical trait in one group: customers per value, and those of all other known values together."""

    counts: Mapping[str, int]
    rest: int

    @property
    def known(self) -> int:
        """Customers whose value is known."""
        return sum(self.counts.values()) + self.rest


@dataclass(slots=True)
class MeasuredSegment:
    """What was counted, by segment id or BASE and by trait id (cells also by a list trait's value, or None).

    ``within_one`` names the numeric traits whose values all lie in [0, 1]: shares, to be told in percent.
    ``centres`` is what squares were taken around, ``largest`` the base's max |x|. ``outside`` is max |x| (or
    a bound, as in Moments) of the customers who are in none of a group's segments, by the first of these.
    ``differ`` counts the customers whose value is not 0 (and, of shares, not 1); where it says nothing they
    are many. ``alike`` holds pairs of traits that say nearly the same.
    """

    size: int
    segments: tuple[SegmentInfo, ...]
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    traits: dict[str, TraitInfo] = field(default_factory=dict[str, TraitInfo])
    numbers: dict[tuple[str, str], Moments] = field(default_factory=dict[tuple[str, str], Moments])
    centres: dict[str, float] = field(default_factory=dict[str, float])
    largest: dict[str, float] = field(default_factory=dict[str, float])
    outside: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    differ: dict[tuple[str, str], tuple[int, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[int, ...]]
    )
    within_one: set[str] = field(default_factory=set[str])
    cells: dict[tuple[str, str, str | None], Cells] = field(
        default_factory=dict[tuple[str, str, str | None], Cells]
    )
    overlaps: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    alike: set[frozenset[str]] = field(default_factory=set[frozenset[str]])

    def of(self, segmentation: str) -> list[SegmentInfo]:
        """The segments of a segmentation, in the order of its file."""
        return [segment for segment in self.segments if segment.segmentation == segmentation]

    def groups(self) -> list[list[str]]:
        """The segments' ids in groups that don't overlap: a segmentation that assigns, or one segment."""
        groups: dict[str, list[str]] = {}
        for segment in self.segments:
            alone = segment.assign == "every_match"
            groups.setdefault(segment.id if alone else f"{segment.segmentation}/", []).append(segment.id)
        return list(groups.values())
