"""From exact facts to those that may be committed or leave the machine: hidden where small, else rounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, assert_never

from segmentry.engine.privacy import (
    PrivacySettings,
    both_sides,
    clean_text,
    index_of,
    percentile_allowed,
    round_count,
    round_group,
    round_mean,
    round_mean_share,
    round_share,
    round_spread,
    round_value,
    safe_text,
)
from segmentry.personas.facts.distinctive import distinctive, is_sure
from segmentry.personas.facts.effect import (
    confidence_of,
    correlation_of,
    d_from_means,
    pooled_deviation,
    v_from_shares,
)
from segmentry.personas.facts.figures import TOP, FigureNames, Figures, names_of
from segmentry.personas.facts.measured import BASE, TRUE, MeasuredSegment
from segmentry.personas.facts.population import SegmentInfo
from segmentry.personas.facts.segment_facts import Fact
from segmentry.personas.facts.withheld import Reported

_PERCENT_OF = 500
"""Of so many customers five are a percent."""

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

    def __init__(self, measured: MeasuredSegment, privacy: PrivacySettings) -> None:
        self.measured = measured
        self.privacy = privacy
        self.names: FigureNames = names_of(measured)
        self.reported = Reported(measured, privacy)
        self._scan()

    def facts_of(self, segment: SegmentInfo) -> SegmentFacts:
        """The published facts of a segment. Of one that is too small there are none."""
        size = self.measured.sizes[segment.id]
        if not both_sides(size, self.measured.size, self.privacy.min_cell):
            return SegmentFacts(segment, (), (), too_small=True, withheld=0)
        exact = Figures(self.measured, self.names, segment.id).facts()
        published = tuple(_ordered(fact for one in exact if (fact := self._publish(one)) is not None))
        sure = {fact.id for fact in exact if is_sure(fact, self.measured)}
        apart = distinctive((fact for fact in published if fact.id in sure), self.measured)
        return SegmentFacts(segment, published, apart, False, len(exact) - len(published))

    def traits_to_spread(self, reported: Iterable[SegmentFacts]) -> frozenset[str]:
        """The traits whose percentiles are worth their cost: distinctive, of value, or without a mean."""
        found = {trait.id for trait in self.measured.traits.values() if trait.value}
        for facts in reported:
            means = {fact.id: fact.trait for fact in facts.facts if fact.measure in ("mean", "recency")}
            found |= {trait for id_ in facts.distinctive if (trait := means.get(id_)) is not None}
            if not facts.too_small:
                known = {
                    trait
                    for trait in self.measured.traits
                    if (facts.segment.id, trait) in self.measured.numbers
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
        if not self.reported.sizes[fact.segment]:
            return None
        size, total = round_count(self.measured.sizes[fact.segment]), round_count(self.measured.size)
        if fact.measure == "size":
            return _reported(fact, float(size), float(total))
        return _reported(fact, round_value(size / total), None)

    def _value_share(self, fact: Fact) -> Fact | None:
        """Told in whole percent: with the means beside it, more digits would give the size away.

        And no finer than five customers of the base, whose sum it is a part of.
        """
        if not self.reported.sizes[fact.segment] or (fact.segment, fact.trait) not in self.reported.means:
            return None
        assert fact.trait is not None
        known = self.measured.numbers[BASE, fact.trait].known
        share = round_share(fact.value, min(known, _PERCENT_OF))
        return _reported(fact, share, None) if 0 < share < 1 else None

    def _mean(self, fact: Fact) -> Fact | None:
        if (fact.segment, fact.trait) not in self.reported.means or fact.base is None or fact.trait is None:
            return None
        base = self.measured.numbers[BASE, fact.trait]
        rounded = round_mean_share if fact.unit == "share" else round_mean
        value, whole = rounded(fact.value, fact.known), rounded(fact.base, base.known)
        if value is None or whole is None:
            return None
        return _reported(fact, value, whole, **self._effect_of(fact, value, whole, base.known))

    def _percentile(self, fact: Fact) -> Fact | None:
        assert fact.trait is not None
        base = self.measured.numbers[BASE, fact.trait]
        allowed = both_sides(fact.known, base.known, self.privacy.min_cell) and percentile_allowed(
            fact.known, _PERCENT[fact.measure], self.privacy.min_cell
        )
        if not allowed or fact.base is None:
            return None
        return _reported(fact, round_value(fact.value), round_value(fact.base))

    def _category(self, fact: Fact) -> Fact | None:
        assert fact.trait is not None
        assert fact.base is not None
        element = fact.category if self.measured.traits[fact.trait].kind == "list" else None
        value = fact.category if fact.measure == "category" else TRUE
        assert value is not None
        if (fact.segment, fact.trait, element, value) not in self.reported.cells:
            return None
        base_known = self.measured.cells[BASE, fact.trait, element].known
        share, whole = round_share(fact.value, fact.known), round_share(fact.base, base_known)
        category = None if fact.category is None else clean_text(fact.category)
        return _reported(
            fact, share, whole, category=category, **self._effect_of(fact, share, whole, base_known)
        )

    def _overlap(self, fact: Fact) -> Fact | None:
        assert fact.category is not None
        if (fact.segment, fact.category) not in self.reported.overlaps:
            return None
        other, total = self.measured.sizes[fact.category], self.measured.size
        return _reported(
            fact, round_share(fact.value, fact.known), round_value(round_count(other) / round_count(total))
        )

    def _effect_of(self, fact: Fact, value: float, base: float, base_known: int) -> dict[str, Any]:
        """The effect that the told figures have, and what rests on it; the exact one would tell more.

        Beside them it rests on the group's share of the base, as far as that is told, and on the deviation.
        """
        if fact.effect_kind is None or (fact.effect_kind == "cramers_v" and not 0 < base < 1):
            return {}
        reported = self.reported.sizes[fact.segment]
        group = max(round_count(fact.known) if reported else round_group(fact.known), 1)
        rest = max(round_count(base_known) - group, 1)
        share = group / (group + rest)
        if fact.effect_kind == "cohens_d":
            effect = d_from_means(value, base, share, round_spread(self._deviation(fact)))
            strength = correlation_of(effect, group, rest)
        else:
            effect = strength = v_from_shares(value, base, share)
        size = self.measured.sizes[fact.segment]
        grade = confidence_of(fact.known, size, effect, fact.effect_kind)
        return {"effect": round(effect, 2), "strength": round(abs(strength), 2), "confidence": grade}

    def _deviation(self, fact: Fact) -> float:
        assert fact.trait is not None
        here, base = (self.measured.numbers[id_, fact.trait] for id_ in (fact.segment, BASE))
        deviation = pooled_deviation(here, base, self.measured.centres[fact.trait])
        assert deviation is not None  # without there is no effect
        return deviation


def _ordered(facts: Iterable[Fact]) -> Iterator[Fact]:
    """A trait's categories by what is told of them: their exact order would tell which is the larger."""
    for (measure, _), found in groupby(facts, key=lambda fact: (fact.measure, fact.trait)):
        listed = list(found)
        if measure == "category":
            listed.sort(key=lambda fact: (-fact.value, fact.id))
        yield from listed


def _reported(fact: Fact, value: float, base: float | None, **more: Any) -> Fact:
    """The fact with rounded figures, and nothing left of the exact ones."""
    reported: dict[str, Any] = {"effect": None, "strength": 0.0, "known": 0, "part": None, **more}
    index = index_of(value, base) if base is not None and fact.measure != "size" else None
    return replace(fact, value=value, base=base, index=index, **reported)
