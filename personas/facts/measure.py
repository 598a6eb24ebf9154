"""The passes over traits and memberships: exact counts and sums per segment, and of the base.

Everything that a fact says is made from these, without going back to the rows.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

import polars as pl

from segmentry.engine.privacy import PrivacySettings, is_dominated
from segmentry.personas.facts.measured import BASE, PERCENTS, TRUE, Cells, MeasuredSegment, Moments
from segmentry.personas.facts.population import Population, TraitInfo
from segmentry.personas.facts.prepare import REST, PreparedTraits, TraitColumn, prepare

Need = Literal["percentiles", "overlap", "alike"]
"""What is measured beside sizes, means and shares."""

ALL_NEEDS: frozenset[Need] = frozenset({"percentiles", "overlap", "alike"})

ALIKE = 0.9
"""Spearman's rank correlation from which on two traits count as near-copies."""

ALIKE_SAMPLE = 20_000
"""Rows, evenly spaced, on which that correlation is taken: it only decides what is told together."""


def measure(population: Population, needs: frozenset[Need] = ALL_NEEDS) -> MeasuredSegment:
    """Count and sum every segment and the base. Raises DataError where the frames don't fit together."""
    passes = passes_over(population)
    if "percentiles" in needs:
        passes.percentiles()
    if "overlap" in needs:
        passes.overlaps()
    if "alike" in needs:
        passes.alike()
    return passes.measured


def passes_over(population: Population) -> Passes:
    """The passes over a population, its sums and counts done. Raises DataError as `measure` does."""
    prepared = prepare(population)
    present = {id_ for _, ids in prepared.groups for id_ in ids}
    measured = MeasuredSegment(
        size=prepared.frame.height,
        segments=tuple(segment for segment in population.segments if segment.id in present),
        traits={column.trait.id: column.trait for column in _all_columns(prepared)},
    )
    passes = Passes(prepared, measured, population.privacy)
    passes.base()
    passes.groups()
    return passes


def _all_columns(prepared: PreparedTraits) -> Iterable[TraitColumn]:
    return (*prepared.numbers, *prepared.flags, *prepared.texts)


_QUANTILES = [pl.col("x").quantile(percent / 100, "linear").alias(f"p{percent}") for percent in PERCENTS]


def _percentiles(ordered: pl.Series) -> tuple[float | None, ...]:
    """The same as the quantiles of Polars and of spreadsheets, of ascending values; none is missing."""
    if not len(ordered):
        return (None,) * len(PERCENTS)
    found: list[float] = []
    for percent in PERCENTS:
        place = percent / 100 * (len(ordered) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        found.append(low + (high - low) * (place - math.floor(place)))
    return tuple(found)


def _settled(value: float | None, trait: TraitInfo) -> float | None:
    """A percentile without the noise of its interpolation: the double nearest to the exact one.

    Whole numbers and decimals have neighbours of so many places, and tenths of them one more.
    """
    if value is None or trait.kind == "number":
        return value
    return round(value, 1 + (trait.scale or 0))


class Passes:
    """The passes over one population, each of which adds to ``measured``."""

    def __init__(self, prepared: PreparedTraits, measured: MeasuredSegment, privacy: PrivacySettings) -> None:
        self.prepared = prepared
        self.measured = measured
        self.privacy = privacy
        self.frame = prepared.frame
        schema = prepared.frame.schema
        self.flags = {name: ids[0] for name, ids in prepared.groups if schema[name] == pl.Boolean}
        """The segments that stand alone, by the column of those who are in them."""
        self.signed: set[str] = set()
        self.full: set[str] = set()

    def base(self) -> None:
        """The base: first its bounds, which spare the groups some work, then the sums as for a segment."""
        numbers = self.prepared.numbers
        bounds = self.frame.select(
            pl.len().alias("len"),
            *[pl.col(c.name).min().cast(pl.Float64).alias(f"{c.name}.low") for c in numbers],
            *[pl.col(c.name).max().cast(pl.Float64).alias(f"{c.name}.high") for c in numbers],
            *[pl.col(c.name).null_count().alias(f"{c.name}.null") for c in (*numbers, *self.prepared.flags)],
        ).row(0, named=True)
        self.full = {c.name for c in (*numbers, *self.prepared.flags) if not bounds[f"{c.name}.null"]}
        for column in numbers:
            low, high = bounds[f"{column.name}.low"], bounds[f"{column.name}.high"]
            self.measured.centres[column.trait.id] = self.prepared.centres[column.name]
            if low is not None:
                self.measured.largest[column.trait.id] = max(abs(low), abs(high))
                if low < 0:
                    self.signed.add(column.name)
                elif high <= 1 and column.trait.kind in ("number", "decimal"):
                    self.measured.within_one.add(column.trait.id)
        self._keep(BASE, self.frame.select(pl.len().alias("len"), *self._sums()).row(0, named=True))

    def groups(self) -> None:
        """Every segment: one grouping per segmentation that assigns, one filter per other segment."""
        groups, texts = self.prepared.groups, self.prepared.texts
        assigned = [(name, ids) for name, ids in groups if name not in self.flags]
        plans = [self._grouped(name, [pl.len().alias("len"), *self._sums()]) for name, _ in groups]
        plans += [self._values(column) for column in texts]
        plans += [self._counts(column, name) for name, _ in assigned for column in texts]
        results = iter(pl.collect_all(plans))
        for name, ids in groups:
            found = self._rows(name, next(results))
            for id_ in ids:
                self._keep(id_, found.get(id_, {"len": 0}))
        for column in texts:
            self._keep_values(column, next(results))
        for _, ids in assigned:
            for column in texts:
                self._keep_counts(column, next(results), list(ids))
        for name, ids in groups:
            self._exact_largest(name, ids)

    def _grouped(self, name: str, aggregates: list[pl.Expr]) -> pl.LazyFrame:
        if name in self.flags:
            return self.frame.lazy().filter(pl.col(name)).select(aggregates)
        return self.frame.lazy().group_by(name).agg(aggregates)

    def _rows(self, name: str, grouped: pl.DataFrame) -> dict[str, dict[str, Any]]:
        only = self.flags.get(name)
        return {only or row[name]: row for row in grouped.to_dicts() if only or row[name] is not None}

    def _sums(self) -> list[pl.Expr]:
        """The sums and counts of one group; nothing that the base shows to be superfluous."""
        exprs: list[pl.Expr] = []
        for column in self.prepared.numbers:
            name, value = column.name, pl.col(column.name)
            exprs.append(value.sum().alias(f"{name}.sum"))
            exprs.append(pl.col(f"q{name[1:]}").sum().alias(f"{name}.squares"))
            if name in self.signed:
                exprs.append(value.abs().sum().alias(f"{name}.absolute"))
            if name not in self.full:
                exprs.append(value.count().alias(f"{name}.known"))
        for column in self.prepared.flags:
            exprs.append(pl.col(column.name).sum().alias(f"{column.name}.true"))
            if column.name not in self.full:
                exprs.append(pl.col(column.name).count().alias(f"{column.name}.known"))
        return exprs

    def _exact_largest(self, name: str, ids: tuple[str, ...]) -> None:
        """The true max |x| where the base's, which bounds it, could dominate the sum of one part."""
        measured, first = self.measured, ids[0]
        columns = [
            column
            for column in self.prepared.numbers
            if (BASE, column.trait.id) in measured.numbers
            and any(
                is_dominated(measured.largest[column.trait.id], part, self.privacy.dominance)
                for part in self._absolutes(column.trait.id, ids)
            )
        ]
        found = self._by_part(name, ids, [pl.col(c.name).cast(pl.Float64).abs().max() for c in columns])
        for id_, row in found.items() if columns else ():
            for column in columns:
                trait = column.trait.id
                if id_ is None:
                    measured.outside[first, trait] = row[column.name] or 0.0
                elif (id_, trait) in measured.numbers:
                    exact = replace(measured.numbers[id_, trait], largest=row[column.name])
                    measured.numbers[id_, trait] = exact

    def _absolutes(self, trait: str, ids: tuple[str, ...]) -> Iterable[float]:
        """Σ |x| of each segment of a group, and of everybody else."""
        numbers = self.measured.numbers
        inside = [numbers[id_, trait].absolute for id_ in ids if (id_, trait) in numbers]
        return *inside, max(numbers[BASE, trait].absolute - sum(inside), 0.0)

    def _by_part(
        self, name: str, ids: tuple[str, ...], aggregates: list[pl.Expr]
    ) -> dict[str | None, dict[str, Any]]:
        """The aggregates of each segment of a group, and (None) of those who are in none of them."""
        if not aggregates:
            return {}
        rows = self.frame.lazy().group_by(name).agg(aggregates).collect().to_dicts()
        if name in self.flags:
            return {ids[0] if row[name] else None: row for row in rows}
        return {row[name]: row for row in rows}

    def few_that_differ(self) -> None:
        """Counts the values that are not 0, and of shares not 1, where they could be under ``min_cell``."""
        for name, ids in self.prepared.groups:
            columns = [
                column
                for column in self.prepared.numbers
                if any(self._may_be_few(id_, column.trait.id) for id_ in ids)
            ]
            found = self._by_part(name, ids, [count for c in columns for count in self._differences(c)])
            for id_ in (one for one in found if one is not None):
                for column in columns:
                    ends = range(len(self._ends(column.trait.id)))
                    counts = tuple(found[id_][f"{column.name}/{at}"] for at in ends)
                    self.measured.differ[id_, column.trait.id] = counts

    def _ends(self, trait: str) -> tuple[float, ...]:
        """Values that would be everybody's if a mean were one of them."""
        return (0.0, 1.0) if trait in self.measured.within_one else (0.0,)

    def _differences(self, column: TraitColumn) -> list[pl.Expr]:
        value = pl.col(column.name).cast(pl.Float64)
        ends = enumerate(self._ends(column.trait.id))
        return [(value != end).sum().alias(f"{column.name}/{at}") for at, end in ends]

    def _may_be_few(self, id_: str, trait: str) -> bool:
        """Whether a segment's values that are not such an end may be few.

        At least (Σ |x − end|)² ÷ Σ (x − end)² of them are not, by the inequality of Cauchy and Schwarz.
        """
        here, centre = self.measured.numbers.get((id_, trait)), self.measured.centres[trait]
        if here is None:
            return False
        for end in self._ends(trait):
            total, shift = float(here.total), centre - end
            distance = here.known - total if end else here.absolute
            squares = here.squares + 2 * shift * (total - here.known * centre) + here.known * shift * shift
            noise = 1e-9 * here.known * max(abs(centre), abs(end)) ** 2
            if squares <= noise or distance**2 <= squares * (self.privacy.min_cell + 1):
                return True
        return False

    def percentiles(self, traits: Container[str] | None = None) -> None:
        """The percentiles of every group and the base (of these traits), linear between the neighbours.

        In groups Polars selects without sorting as long as nothing is missing; elsewhere it would sort for
        every percentile, so here a column is sorted once, for the base and all segments that stand alone.
        """
        columns = [c for c in self.prepared.numbers if traits is None or c.trait.id in traits]
        assigned = [name for name, _ in self.prepared.groups if name not in self.flags]
        for column in columns:
            values = self.frame.select(
                pl.col(column.name).cast(pl.Float64).alias("x"), *assigned, *self.flags
            )
            if column.name not in self.full:
                values = values.drop_nulls("x")
            for name in assigned:
                grouped = values.lazy().group_by(name).agg(_QUANTILES).collect()
                for id_, *found in grouped.iter_rows():
                    self._keep_percentiles(id_, column, tuple(found))
            ordered = values.select("x", *self.flags).sort("x")
            self._keep_percentiles(BASE, column, _percentiles(ordered["x"]))
            for name, id_ in self.flags.items():
                own = _percentiles(ordered["x"].filter(ordered[name]))
                self._keep_percentiles(id_, column, own)

    def _keep_percentiles(
        self, id_: str | None, column: TraitColumn, found: tuple[float | None, ...]
    ) -> None:
        key = (id_ or BASE, column.trait.id)
        if id_ is not None and key in self.measured.numbers:
            reported = tuple(_settled(value, column.trait) for value in found)
            self.measured.numbers[key] = replace(self.measured.numbers[key], percentiles=reported)

    def _values(self, column: TraitColumn) -> pl.LazyFrame:
        """A row per value: customers with it, of the base and of each segment that stands alone."""
        counts = [pl.len().alias("len"), *[pl.col(flag).sum() for flag in self.flags]]
        return self.frame.lazy().group_by(pl.col(column.name).alias("value")).agg(counts)

    def _keep_values(self, column: TraitColumn, counts: pl.DataFrame) -> None:
        values = counts["value"].to_list()
        for name, id_ in {"len": BASE, **self.flags}.items():
            found = zip(values, counts[name].to_list(), strict=True)
            known = {value: number for value, number in found if number and value is not None}
            self._keep_cells(column, id_, known)

    def _counts(self, column: TraitColumn, group: str) -> pl.LazyFrame:
        """A row per segment and value, with the customers that have both."""
        keys = [pl.col(column.name).alias("value"), pl.col(group).alias("group")]
        return self.frame.lazy().select(keys).group_by("group", "value").len()

    def _keep(self, id_: str, row: Mapping[str, Any]) -> None:
        if id_ != BASE:
            self.measured.sizes[id_] = row["len"]
        for column in self.prepared.numbers:
            name, known = column.name, row.get(f"{column.name}.known", row["len"])
            if known:
                total = Fraction(row[f"{name}.sum"])
                self.measured.numbers[id_, column.trait.id] = Moments(
                    known=known,
                    total=total,
                    squares=row[f"{name}.squares"],
                    largest=self.measured.largest[column.trait.id],
                    absolute=float(row.get(f"{name}.absolute", total)),
                )
        for column in self.prepared.flags:
            true, known = row.get(f"{column.name}.true", 0), row.get(f"{column.name}.known", row["len"])
            key = column.category or TRUE
            self.measured.cells[id_, column.trait.id, column.category] = Cells({key: true}, known - true)

    def _keep_counts(self, column: TraitColumn, counts: pl.DataFrame, ids: list[str]) -> None:
        found: dict[str, dict[str, int]] = {id_: {} for id_ in ids}
        for group, value, number in counts.select("group", "value", "len").iter_rows():
            if value is not None and group in found:
                found[group][value] = number
        for id_, values in found.items():
            self._keep_cells(column, id_, values)

    def _keep_cells(self, column: TraitColumn, id_: str, values: dict[str, int]) -> None:
        rest = values.pop(REST, 0)
        ordered = dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
        self.measured.cells[id_, column.trait.id, None] = Cells(ordered, rest)

    def overlaps(self) -> None:
        """Customers that two segments share; segments of one segmentation that assigns share none."""
        flags = [*self.flags]
        texts = [name for name, _ in self.prepared.groups if name not in self.flags]
        lazy, sums = self.frame.lazy(), [pl.col(flag).sum() for flag in flags]
        pairs = [(a, b) for at, a in enumerate(texts) for b in texts[at + 1 :]]
        plans = [lazy.group_by(a, b).len() for a, b in pairs]
        plans += [lazy.group_by(text).agg(sums) for text in texts if flags]
        results = iter(pl.collect_all(plans))
        self._no_overlaps([*pairs, *[(text, flag) for text in texts for flag in flags]])
        for _ in pairs:
            for a, b, number in next(results).iter_rows():
                self._keep_overlap(a, b, number)
        for _ in texts if flags else []:
            for a, *numbers in next(results).iter_rows():
                for flag, number in zip(flags, numbers, strict=True):
                    self._keep_overlap(a, self.flags[flag], number)
        self._overlaps_of_flags()

    def _overlaps_of_flags(self) -> None:
        """Pair by pair: a query of all pairs would take longer to be planned than to be answered."""
        members = [(id_, self.frame[name]) for name, id_ in self.flags.items()]
        for at, (one, here) in enumerate(members):
            for other, there in members[at + 1 :]:
                self._keep_overlap(one, other, int((here & there).sum()))

    def _no_overlaps(self, pairs: list[tuple[str, str]]) -> None:
        """Start pairs at nobody: a grouping has no row for what does not occur."""
        ids = dict(self.prepared.groups)
        for one, other in pairs:
            for a in ids[one]:
                for b in ids[other]:
                    self._keep_overlap(a, b, 0)

    def alike(self) -> None:
        """Pairs of numeric and yes-or-no traits whose ranks correlate strongly, either way round."""
        columns = [*self.prepared.numbers, *[c for c in self.prepared.flags if c.category is None]]
        step = max(1, self.frame.height // ALIKE_SAMPLE)
        ranked = self.frame.gather_every(step).select(pl.col(c.name).rank() for c in columns)
        pairs = [(a, b) for at, a in enumerate(columns) for b in columns[at + 1 :]]
        if not pairs or ranked.height < 2:
            return
        found = ranked.select(pl.corr(a.name, b.name).alias(f"{a.name}/{b.name}") for a, b in pairs).row(0)
        for (a, b), value in zip(pairs, found, strict=True):
            if value is not None and abs(value) >= ALIKE:
                self.measured.alike.add(frozenset({a.trait.id, b.trait.id}))

    def _keep_overlap(self, a: str | None, b: str | None, number: int) -> None:
        if a is not None and b is not None and a != b:
            self.measured.overlaps[a, b] = self.measured.overlaps[b, a] = number
