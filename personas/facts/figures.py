"""Every exact figure of a segment beside the base's, from what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from segmentry.engine.privacy import index_of
from segmentry.personas.facts.effect import cohens_d, confidence_of, correlation_of, cramers_v
from segmentry.personas.facts.measured import BASE, PERCENTS, TRUE, Cells, MeasuredSegment, Moments
from segmentry.personas.facts.population import TraitInfo
from segmentry.personas.facts.segment_facts import RESERVED, Fact, Measure, Unit, readable, slugs

TOP = 5
"""Categories of a trait that become facts, in every segment its most frequent ones."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARE_UNITS = frozenset({None, "", "%", "percent", "share"})
_PERCENTILES: dict[int, Measure] = {10: "p10", 50: "median", 90: "p90"}


@dataclass(frozen=True, slots=True)
class FigureNames:
    """The names of a population's facts: a slug for each trait, segment and category.

    ``labels`` and ``overlaps`` are the segments' own names, and the paths of how many are also in them.
    ``elements`` are what cells were counted for, by trait: None, or the values of a list.
    """

    traits: dict[str, str]
    segments: dict[str, str]
    categories: dict[str, dict[str, str]]
    elements: dict[str, list[str | None]]
    labels: dict[str, str]
    overlaps: dict[str, str]


def names_of(measured: MeasuredSegment) -> FigureNames:
    """Names for all that was measured; the same data and rules give the same names."""
    values: dict[str, set[str]] = {}
    elements: dict[str, dict[str | None, None]] = {}
    for (_, trait, element), cells in measured.cells.items():
        found = values.setdefault(trait, set())
        found.update(cells.counts if element is None else [element])
        elements.setdefault(trait, {})[element] = None
    segments = slugs((segment.id for segment in measured.segments), taken=["base"])
    return FigureNames(
        traits=slugs(measured.traits, taken=RESERVED),
        segments=segments,
        categories={trait: slugs(found) for trait, found in values.items()},
        elements={trait: list(found) for trait, found in elements.items()},
        labels={segment.id: segment.name for segment in measured.segments},
        overlaps={segment.id: f"overlap.{segments[segment.id]}" for segment in measured.segments},
    )


class Figures:
    """The exact facts of one segment. ``facts()`` gives them all: sizes, traits as measured, overlaps."""

    def __init__(self, measured: MeasuredSegment, names: FigureNames, segment: str) -> None:
        self.measured = measured
        self.names = names
        self.segment = segment
        self.slug = names.segments[segment]
        self.size = measured.sizes[segment]

    def facts(self) -> tuple[Fact, ...]:
        """Every fact that has a value: a mean of no known values has none."""
        found = [*self._sizes()]
        for trait in self.measured.traits.values():
            if (self.segment, trait.id) in self.measured.numbers:
                found += self._numbers(trait)
            found += self._categories(trait)
        return (*found, *self._overlaps())

    def _fact(
        self, path: str, measure: Measure, label: str, unit: Unit, value: float,
        trait: str | None = None, category: str | None = None, **more: Any,
    ) -> Fact:  # fmt: skip
        partly = trait is not None and more["known"] < 0.9 * self.size
        return Fact(
            f"{self.slug}.{path}", f"i.{path}", self.segment, measure, trait, category, label, unit, value,
            partly=partly, **more,
        )  # fmt: skip

    def _sizes(self) -> Iterator[Fact]:
        total, size = self.measured.size, self.size
        grade = confidence_of(size, size, None, None)
        yield self._fact(
            "size", "size", "Customers", "customers", size, base=total, known=size, confidence=grade
        )
        if total:
            yield self._fact(
                "share", "share", "Share of all customers", "share", size / total, known=size, part=size,
                confidence=grade,
            )  # fmt: skip

    def _numbers(self, trait: TraitInfo) -> Iterator[Fact]:
        here = self.measured.numbers[self.segment, trait.id]
        base = self.measured.numbers[BASE, trait.id]
        name, label, unit = self.names.traits[trait.id], label_of(trait), self.unit_of(trait)
        d = cohens_d(here, base, self.measured.centres[trait.id])
        rest = base.known - here.known
        common: dict[str, Any] = {
            "trait": trait.id,
            "known": here.known,
            "currency": currency_of(trait),
            "unit_name": trait.unit,
        }
        effect: dict[str, Any] = {
            "effect": d,
            "effect_kind": "cohens_d" if d is not None else None,
            "strength": abs(correlation_of(d, here.known, rest)) if d is not None else 0.0,
        }
        grade = confidence_of(here.known, self.size, d, "cohens_d")
        main: Measure = "recency" if trait.kind in ("date", "datetime") else "mean"
        yield self._fact(
            f"{name}.{main}", main, label, unit, here.mean, base=base.mean,
            index=index_of(here.mean, base.mean), confidence=grade, **common, **effect,
        )  # fmt: skip
        yield from self._percentiles(trait, here, base, common)
        if trait.value and base.total > 0:
            share = float(here.total / base.total)
            yield self._fact(
                f"{name}.value_share", "value_share", label, "share", share, trait=trait.id, known=here.known,
                confidence=confidence_of(here.known, self.size, None, None),
            )  # fmt: skip

    def _percentiles(
        self, trait: TraitInfo, here: Moments, base: Moments, common: dict[str, Any]
    ) -> Iterator[Fact]:
        name, label, unit = self.names.traits[trait.id], label_of(trait), self.unit_of(trait)
        grade = confidence_of(here.known, self.size, None, None)
        for at, percent in enumerate(PERCENTS):
            value, other = here.percentiles[at], base.percentiles[at]
            if value is not None and other is not None:
                measure = _PERCENTILES[percent]
                yield self._fact(
                    f"{name}.{measure}", measure, label, unit, value, base=other,
                    index=index_of(value, other), confidence=grade, **common,
                )  # fmt: skip

    def _categories(self, trait: TraitInfo) -> Iterator[Fact]:
        for element in self.names.elements.get(trait.id, ()):
            cells = self.measured.cells[self.segment, trait.id, element]
            if cells.known:
                for value in list(cells.counts)[:TOP]:
                    yield self._category(trait, cells, self.measured.cells[BASE, trait.id, element], value)

    def _category(self, trait: TraitInfo, here: Cells, base: Cells, value: str) -> Fact:
        flag = trait.kind == "boolean"
        part, base_part = here.counts[value], base.counts.get(value, 0)
        v = cramers_v(part, here.known, base_part, base.known)
        share, base_share = part / here.known, base_part / base.known
        ending = TRUE if flag else self.names.categories[trait.id][value]
        path, label = f"{self.names.traits[trait.id]}.{ending}", label_of(trait)
        return self._fact(
            path, "true" if flag else "category", label, "share", share,
            trait=trait.id, category=None if flag else value, base=base_share,
            index=index_of(share, base_share), effect=v, effect_kind="cramers_v" if v is not None else None,
            strength=abs(v or 0.0), known=here.known, part=part,
            confidence=confidence_of(here.known, self.size, v, "cramers_v"),
        )  # fmt: skip

    def _overlaps(self) -> Iterator[Fact]:
        size, of_all, overlaps = self.size, self.measured.size, self.measured.overlaps
        grade = confidence_of(size, size, None, None)
        for other, path in self.names.overlaps.items() if size else ():
            part = overlaps.get((self.segment, other))
            if part is not None:
                share, base = part / size, self.measured.sizes[other] / of_all
                yield Fact(
                    f"{self.slug}.{path}", f"i.{path}", self.segment, "overlap", None, other,
                    self.names.labels[other], "share", share, base, index_of(share, base),
                    known=size, part=part, confidence=grade,
                )  # fmt: skip

    def unit_of(self, trait: TraitInfo) -> Unit:
        """The unit in which the trait's figures are told."""
        if trait.kind in ("date", "datetime") or (trait.unit or "").lower() in ("day", "days"):
            return "days"
        if currency_of(trait):
            return "money"
        if trait.id in self.measured.within_one and trait.unit in _SHARE_UNITS:
            return "share"
        return "number"


def currency_of(trait: TraitInfo) -> str | None:
    """The trait's currency: a unit of three capital letters (ISO 4217)."""
    return trait.unit if trait.unit and _CURRENCY.fullmatch(trait.unit) else None


def label_of(trait: TraitInfo) -> str:
    """The trait in its author's words, else its id made readable."""
    text = (trait.description or "").strip().rstrip(".")
    return text if 0 < len(text) <= 90 else readable(trait.id)
