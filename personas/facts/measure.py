"""The passes over traits and memberships: exact counts and sums per segment, and of the base.

Everything that a fact says is made from these, without going back to the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import polars as pl

from segmentry.personas.facts.prepare import REST, Column, Prepared, prepare
from segmentry.personas.inputs import Audience, SegmentInfo, TraitInfo

BASE = ""
"""Stands for the whole base where a segment's id is expected (no segment has an empty id)."""

TRUE = "true"
"""The one counted value of a yes-or-no trait."""

PERCENTS = (10, 50, 90)

Need = Literal["percentiles", "overlap", "alike"]
"""What is measured beside sizes, means and shares."""

ALL_NEEDS: frozenset[Need] = frozenset({"percentiles", "overlap", "alike"})

ALIKE = 0.9
"""Spearman's rank correlation from which on two traits count as near-copies."""

ALIKE_SAMPLE = 20_000
"""Rows, evenly spaced, on which that correlation is taken: it only decides what is told together."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A numeric trait in one group: known values, their exact sum, and what spread and dominance need.

    ``squares`` is Σ (x − mean of the base)²; ``largest`` and ``absolute`` are max |x| and Σ |x|.
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
class Measured:
    """What was counted, by segment id or BASE and by trait id (cells also by a list trait's value, or None).

    ``within_one`` names the numeric traits whose values all lie in [0, 1]: shares, to be told in percent.
    ``centres`` is what squares were taken around; ``alike`` holds pairs of traits that say nearly the same.
    """

    size: int
    segments: tuple[SegmentInfo, ...]
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    traits: dict[str, TraitInfo] = field(default_factory=dict[str, TraitInfo])
    numbers: dict[tuple[str, str], Moments] = field(default_factory=dict[tuple[str, str], Moments])
    centres: dict[str, float] = field(default_factory=dict[str, float])
    within_one: set[str] = field(default_factory=set[str])
    cells: dict[tuple[str, str, str | None], Cells] = field(
        default_factory=dict[tuple[str, str, str | None], Cells]
    )
    overlaps: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    alike: set[frozenset[str]] = field(default_factory=set[frozenset[str]])

    def of(self, segmentation: str) -> list[SegmentInfo]:
        """The segments of a segmentation, in the order of its file."""
        return [segment for segment in self.segments if segment.segmentation == segmentation]


def measure(audience: Audience, needs: frozenset[Need] = ALL_NEEDS) -> Measured:
    """Count and sum every segment and the base. Raises DataError where the frames don't fit together."""
    prepared = prepare(audience)
    present = {id_ for _, ids in prepared.groups for id_ in ids}
    measured = Measured(
        size=prepared.frame.height,
        segments=tuple(segment for segment in audience.segments if segment.id in present),
        traits={column.trait.id: column.trait for column in _all_columns(prepared)},
    )
    passes = _Passes(prepared, measured, percentiles="percentiles" in needs)
    passes.base()
    passes.groups()
    if "overlap" in needs:
        passes.overlaps()
    if "alike" in needs:
        passes.alike()
    return measured


def _all_columns(prepared: Prepared) -> Iterable[Column]:
    return (*prepared.numbers, *prepared.flags, *prepared.texts)


class _Passes:
    def __init__(self, prepared: Prepared, measured: Measured, *, percentiles: bool) -> None:
        self.prepared = prepared
        self.measured = measured
        self.percentiles = percentiles
        self.frame = prepared.frame
        self.centres: dict[str, float] = {}
        self.signed: set[str] = set()
        self.full: set[str] = set()

    def base(self) -> None:
        """The base: first what the squares are centred on, then the same figures as for a segment."""
        numbers = self.prepared.numbers
        looked = self.frame.select(
            *[pl.col(c.name).cast(pl.Float64).mean().alias(f"{c.name}.mean") for c in numbers],
            *[pl.col(c.name).cast(pl.Float64).min().alias(f"{c.name}.low") for c in numbers],
            *[pl.col(c.name).cast(pl.Float64).max().alias(f"{c.name}.high") for c in numbers],
            *[pl.col(c.name).null_count().alias(f"{c.name}.null") for c in numbers],
        ).row(0, named=True)
        for column in numbers:
            low, high = looked[f"{column.name}.low"], looked[f"{column.name}.high"]
            self.centres[column.name] = looked[f"{column.name}.mean"] or 0.0
            self.measured.centres[column.trait.id] = self.centres[column.name]
            if low is not None and low < 0:
                self.signed.add(column.name)
            if low is not None and low >= 0 and high <= 1 and column.trait.kind in ("number", "decimal"):
                self.measured.within_one.add(column.trait.id)
            if not looked[f"{column.name}.null"]:
                self.full.add(column.name)
        self._keep(BASE, self.frame.select(pl.len().alias("len"), *self._figures()).row(0, named=True))
        counted = pl.collect_all([self._counts(c) for c in self.prepared.texts])
        for column, counts in zip(self.prepared.texts, counted, strict=True):
            self._keep_counts(column, counts, [BASE])

    def groups(self) -> None:
        """Every segment: one grouping per segmentation that assigns, one filter per other segment."""
        lazy, texts = self.frame.lazy(), self.prepared.texts
        plans: list[pl.LazyFrame] = []
        for name, _ in self.prepared.groups:
            aggregates = [pl.len().alias("len"), *self._figures()]
            if self._is_flag(name):
                plans.append(lazy.filter(pl.col(name)).select(aggregates))
            else:
                plans.append(lazy.filter(pl.col(name).is_not_null()).group_by(name).agg(aggregates))
            plans += [self._counts(column, name) for column in texts]
        results = iter(pl.collect_all(plans))
        for name, ids in self.prepared.groups:
            rows = next(results).to_dicts()
            found = {ids[0] if self._is_flag(name) else str(row[name]): row for row in rows}
            for id_ in ids:
                self._keep(id_, found.get(id_, {"len": 0}))
            for column in texts:
                self._keep_counts(column, next(results), list(ids))

    def _is_flag(self, name: str) -> bool:
        return self.frame.schema[name] == pl.Boolean

    def _figures(self) -> list[pl.Expr]:
        """The aggregates of one group; nothing that the base shows to be superfluous."""
        exprs: list[pl.Expr] = []
        for column in self.prepared.numbers:
            name, value = column.name, pl.col(column.name)
            exprs.append(value.sum().alias(f"{name}.sum"))
            exprs.append(((value.cast(pl.Float64) - self.centres[name]) ** 2).sum().alias(f"{name}.squares"))
            size = value.abs() if name in self.signed else value
            exprs.append(size.max().alias(f"{name}.largest"))
            if name in self.signed:
                exprs.append(size.sum().alias(f"{name}.absolute"))
            if name not in self.full:
                exprs.append(value.count().alias(f"{name}.known"))
            if self.percentiles:
                as_float = value.cast(pl.Float64)
                exprs += [as_float.quantile(p / 100, "linear").alias(f"{name}.p{p}") for p in PERCENTS]
        for column in self.prepared.flags:
            exprs.append(pl.col(column.name).sum().alias(f"{column.name}.true"))
            exprs.append(pl.col(column.name).count().alias(f"{column.name}.known"))
        return exprs

    def _counts(self, column: Column, group: str | None = None) -> pl.LazyFrame:
        frame = self.frame.lazy()
        keys = [pl.col(column.name).alias("value")]
        if group is None:
            keys.append(pl.lit(BASE).alias("group"))
        elif self._is_flag(group):
            frame = frame.filter(pl.col(group))
            keys.append(pl.lit(dict(self.prepared.groups)[group][0]).alias("group"))
        else:
            frame = frame.filter(pl.col(group).is_not_null())
            keys.append(pl.col(group).alias("group"))
        return frame.select(keys).group_by("group", "value").len()

    def _keep(self, id_: str, row: Mapping[str, Any]) -> None:
        if id_ != BASE:
            self.measured.sizes[id_] = row["len"]
        for column in self.prepared.numbers:
            known = row.get(f"{column.name}.known", row["len"])
            if not known:
                continue
            name = column.name
            total = row[f"{name}.sum"]
            largest = float(row[f"{name}.largest"])
            self.measured.numbers[id_, column.trait.id] = Moments(
                known=known,
                total=Fraction(total),
                squares=row[f"{name}.squares"],
                largest=largest,
                absolute=float(row.get(f"{name}.absolute", total)),
                percentiles=tuple(row.get(f"{name}.p{percent}") for percent in PERCENTS),
            )
        for column in self.prepared.flags:
            true, known = row.get(f"{column.name}.true", 0), row.get(f"{column.name}.known", 0)
            key = column.category or TRUE
            self.measured.cells[id_, column.trait.id, column.category] = Cells({key: true}, known - true)

    def _keep_counts(self, column: Column, counts: pl.DataFrame, ids: list[str]) -> None:
        found: dict[str, dict[str, int]] = {id_: {} for id_ in ids}
        for group, value, number in counts.select("group", "value", "len").iter_rows():
            if value is not None and group in found:
                found[group][value] = number
        for id_, values in found.items():
            rest = values.pop(REST, 0)
            ordered = dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
            self.measured.cells[id_, column.trait.id, None] = Cells(ordered, rest)

    def overlaps(self) -> None:
        """Customers that two segments share; segments of one segmentation that assigns share none."""
        flags = [name for name, _ in self.prepared.groups if self._is_flag(name)]
        texts = [name for name, _ in self.prepared.groups if not self._is_flag(name)]
        lazy, sums = self.frame.lazy(), [pl.col(flag).sum() for flag in flags]
        pairs = [(a, b) for at, a in enumerate(texts) for b in texts[at + 1 :]]
        plans = [lazy.group_by(a, b).len() for a, b in pairs]
        plans += [lazy.group_by(text).agg(sums) for text in texts if flags]
        plans += [lazy.filter(pl.col(flag)).select(sums) for flag in flags]
        results = iter(pl.collect_all(plans))
        self._no_overlaps(pairs)
        for _ in pairs:
            for a, b, number in next(results).iter_rows():
                self._keep_overlap(a, b, number)
        segment = {name: ids[0] for name, ids in self.prepared.groups}
        for _ in texts if flags else []:
            for a, *numbers in next(results).iter_rows():
                for flag, number in zip(flags, numbers, strict=True):
                    self._keep_overlap(a, segment[flag], number)
        for one in flags:
            for other, number in next(results).row(0, named=True).items():
                self._keep_overlap(segment[one], segment[other], number)

    def _no_overlaps(self, pairs: list[tuple[str, str]]) -> None:
        """Start every pair at nobody: a grouping has no row for what does not occur."""
        ids = dict(self.prepared.groups)
        flags = [name for name in ids if self._is_flag(name)]
        for one, other in [*pairs, *[(name, flag) for name in ids for flag in flags if name != flag]]:
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
