"""From exact facts to those that may be committed or leave the machine: hidden where small, else rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from segmentry.personas.facts.distinctive import distinctive, is_sure
from segmentry.personas.facts.figures import TOP, Figures, Names, names_of
from segmentry.personas.facts.measured import BASE, TRUE, Measured
from segmentry.personas.facts.model import Fact
from segmentry.personas.facts.withheld import Told
from segmentry.personas.inputs import SegmentInfo
from segmentry.personas.privacy import (
    PrivacySettings,
    both_sides,
    clean_text,
    index_of,
    percentile_allowed,
    round_count,
    round_mean,
    round_mean_share,
    round_share,
    round_value,
    safe_text,
)

_PERCENT = {"median": 50.0, "p10": 10.0, "p90": 90.0}


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """The facts of one segment: published ones, or (from `exact_facts`) exact ones.

    ``facts`` in a fixed order, ``distinctive`` the ids of those that set the segment apart, strongest first.
    ``too_small``: nothing may be told of so few customers (or of a segment that so few are outside of).
    ``withheld`` counts the figures that privacy kept back.
    """

    segment: SegmentInfo
    facts: tuple[Fact, ...]
    distinctive: tuple[str, ...]
    too_small: bool
    withheld: int

    def by_id(self) -> Mapping[str, Fact]:
        """The facts by their ids."""
        return {fact.id: fact for fact in self.facts}


class Publisher:
    """Decides once for all segments what may be shown, then hands out each segment's facts."""

    def __init__(self, measured: Measured, privacy: PrivacySettings) -> None:
        self.measured = measured
        self.privacy = privacy
        self.names: Names = names_of(measured)
        self.told = Told(measured, privacy)
        self._scan()

    def facts_of(self, segment: SegmentInfo) -> SegmentFacts:
        """The published facts of a segment. Of one that is too small there are none."""
        size = self.measured.sizes[segment.id]
        if not both_sides(size, self.measured.size, self.privacy.min_cell):
            return SegmentFacts(segment, (), (), too_small=True, withheld=0)
        exact = Figures(self.measured, self.names, segment.id).facts()
        published = tuple(fact for one in exact if (fact := self._publish(one)) is not None)
        sure = {fact.id for fact in exact if is_sure(fact, self.measured)}
        apart = distinctive((fact for fact in published if fact.id in sure), self.measured)
        return SegmentFacts(segment, published, apart, False, len(exact) - len(published))

    def traits_to_spread(self) -> frozenset[str]:
        """The traits whose percentiles are worth their cost: distinctive, of value, or without a mean."""
        found = {trait.id for trait in self.measured.traits.values() if trait.value}
        for segment in self.measured.segments:
            facts = self.facts_of(segment)
            means = {fact.id: fact.trait for fact in facts.facts if fact.measure in ("mean", "recency")}
            found |= {trait for id_ in facts.distinctive if (trait := means.get(id_)) is not None}
            if not facts.too_small:
                known = {
                    trait for trait in self.measured.traits if (segment.id, trait) in self.measured.numbers
                }
                found |= known - set(means.values())
        return frozenset(found)

    def _scan(self) -> None:
        """Search every category that could be told, whether or not it may be. Raises DataError."""
        for (_, trait, element), cells in self.measured.cells.items():
            for value in [element] if element is not None else list(cells.counts)[:TOP]:
                if self.measured.traits[trait].kind != "boolean":
                    safe_text(value, trait)

    def _publish(self, fact: Fact) -> Fact | None:
        """The fact as it may be told, or None."""
        match fact.measure:
            case "size" | "share":
                return self._size(fact)
            case "value_share":
                return self._value_share(fact)
            case "mean" | "recency":
                return self._mean(fact)
            case "median" | "p10" | "p90":
                return self._percentile(fact)
            case "category" | "true":
                return self._category(fact)
            case "overlap":
                return self._overlap(fact)
            case _:
                assert_never(fact.measure)

    def _size(self, fact: Fact) -> Fact | None:
        if not self.told.sizes[fact.segment]:
            return None
        size, total = round_count(self.measured.sizes[fact.segment]), round_count(self.measured.size)
        if fact.measure == "size":
            return _told(fact, float(size), float(total))
        return _told(fact, round_value(size / total), None)

    def _value_share(self, fact: Fact) -> Fact | None:
        """Told in whole percent: with the means beside it, more digits would give the size away."""
        if not self.told.sizes[fact.segment] or (fact.segment, fact.trait) not in self.told.means:
            return None
        share = round(fact.value, 2)
        return _told(fact, share, None) if 0 < share < 1 else None

    def _mean(self, fact: Fact) -> Fact | None:
        if (fact.segment, fact.trait) not in self.told.means or fact.base is None or fact.trait is None:
            return None
        base = self.measured.numbers[BASE, fact.trait]
        rounded = round_mean_share if fact.unit == "share" else round_mean
        value, whole = rounded(fact.value, fact.known), rounded(fact.base, base.known)
        return None if value is None or whole is None else _told(fact, value, whole)

    def _percentile(self, fact: Fact) -> Fact | None:
        assert fact.trait is not None
        base = self.measured.numbers[BASE, fact.trait]
        allowed = both_sides(fact.known, base.known, self.privacy.min_cell) and percentile_allowed(
            fact.known, _PERCENT[fact.measure], self.privacy.min_cell
        )
        if not allowed or fact.base is None:
            return None
        return _told(fact, round_value(fact.value), round_value(fact.base))

    def _category(self, fact: Fact) -> Fact | None:
        assert fact.trait is not None
        assert fact.base is not None
        element = fact.category if self.measured.traits[fact.trait].kind == "list" else None
        value = fact.category if fact.measure == "category" else TRUE
        assert value is not None
        if (fact.segment, fact.trait, element, value) not in self.told.cells:
            return None
        base_known = self.measured.cells[BASE, fact.trait, element].known
        told = _told(fact, round_share(fact.value, fact.known), round_share(fact.base, base_known))
        return replace(told, category=None if fact.category is None else clean_text(fact.category))

    def _overlap(self, fact: Fact) -> Fact | None:
        assert fact.category is not None
        if (fact.segment, fact.category) not in self.told.overlaps:
            return None
        other, total = self.measured.sizes[fact.category], self.measured.size
        return _told(
            fact, round_share(fact.value, fact.known), round_value(round_count(other) / round_count(total))
        )


def _told(fact: Fact, value: float, base: float | None) -> Fact:
    """The fact with rounded figures, and nothing left of the exact ones."""
    index = index_of(value, base) if base is not None and fact.measure != "size" else None
    effect = None if fact.effect is None else round(fact.effect, 2)
    return replace(
        fact,
        value=value,
        base=base,
        index=index,
        effect=effect,
        strength=round(fact.strength, 2),
        known=0,
        part=None,
    )
