"""Row aggregates in one pass: every aggregate of a source becomes an expression of one group_by.

Filters become null values (`when`, not `filter`), which Polars streams; equal masks are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from segmentry.engine.backends.polars.coded import Codes, code_column
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.row_steps import RowSteps
from segmentry.engine.language.aggregates import AggregateKind, RowAggregate
from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.types import INTEGER, Type
from segmentry.engine.sources import exact
from segmentry.engine.sources.dtypes import dtype_of

_MOST_BITS = 62
"""Distinct values that are counted as bits of one number."""

NO_CODES = Codes({})
_PACK = 2**64
_HALF = 2**63


def date_bound(instant: datetime, calendar: Calendar) -> date:
    """The first date whose midnight is at or after an instant: for bounds on columns of dates."""
    day = instant.astimezone(calendar.zone).date()
    return day if calendar.midnight(day) >= instant else day + timedelta(days=1)


def time_mask(
    time: pl.Expr, kind: Type, start: datetime | None, end: datetime | None, calendar: Calendar
) -> pl.Expr | None:
    """Rows in [start, end), None for all. A date stands for its midnight."""
    bounds: list[pl.Expr] = []
    for instant, later in ((start, True), (end, False)):
        if instant is None:
            continue
        bound: pl.Expr
        if kind.kind == "date":
            bound = pl.lit(date_bound(instant, calendar), dtype=pl.Date)
        else:
            bound = pl.lit(instant.astimezone(UTC), dtype=pl.Datetime("us", "UTC"))
        bounds.append(time >= bound if later else time < bound)
    if not bounds:
        return None
    return bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1]


class Aggregator:
    """Lowers the aggregates of one source; ``time`` is the source's time column with its type.

    ``guarded`` sums of decimals raise when they are collected where 128 bits do not hold them.
    """

    def __init__(
        self,
        lowerer: Lowerer,
        calendar: Calendar,
        time: str | None,
        time_type: Type | None,
        codes: Codes = NO_CODES,
        *,
        guarded: bool = True,
    ) -> None:
        self.lowerer = lowerer
        self.guarded = guarded
        self.codes = codes
        self.calendar = calendar
        self.time = time
        self.time_type = time_type
        self.steps = RowSteps(lowerer, time)

    def with_steps(
        self, rows: pl.LazyFrame, keys: Sequence[str], named: Iterable[tuple[str, RowAggregate]]
    ) -> pl.LazyFrame:
        """The rows with what some aggregates need to know of their order; the keys are those of a group."""
        ordered = [(a, a.steps) for _, a in named if a.steps is not None]
        making = [(a, self._rows_of(replace(a, where=steps.where))) for a, steps in ordered]
        return self.steps.numbered(rows, keys, making)

    def mask(self, aggregate: RowAggregate) -> pl.Expr | None:
        """The rows that take part, None for all."""
        rows, steps = self._rows_of(aggregate), self.steps.mask(aggregate)
        return steps if rows is None else rows if steps is None else rows & steps

    def _rows_of(self, aggregate: RowAggregate) -> pl.Expr | None:
        """The rows in the window for which `where` holds, None for all."""
        parts: list[pl.Expr] = []
        if self.time is not None and self.time_type is not None:
            # A window that ends at the as-of instant is open there: later rows are gone already.
            end = None if aggregate.end == self.calendar.as_of else aggregate.end
            window = time_mask(pl.col(self.time), self.time_type, aggregate.start, end, self.calendar)
            if window is not None:
                parts.append(window)
        if aggregate.where is not None:
            parts.append(self.lowerer(aggregate.where))
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else parts[0] & parts[1]

    def __call__(self, aggregate: RowAggregate) -> pl.Expr:
        """The aggregate as an expression of a group_by, of the result's canonical dtype."""
        mask = self.mask(aggregate)
        if aggregate.kind == "count":
            rows = pl.len() if mask is None else mask.sum()
            return rows.cast(pl.Int64)
        if aggregate.kind == "streak":
            return self._streak(aggregate, mask)
        assert aggregate.value is not None
        name = self.codes.coded(aggregate.value)
        value = self.lowerer(aggregate.value) if name is None else pl.col(code_column(name))
        if mask is not None:
            value = pl.when(mask).then(value)
        if name is None:
            return self._of(aggregate, value, aggregate.value.type)
        return self._of_codes(aggregate, value, len(self.codes.values[name]))

    def _streak(self, aggregate: RowAggregate, broken: pl.Expr | None) -> pl.Expr:
        """The steps before the newest with a row that breaks it."""
        number = self.steps.number(aggregate)
        breaking = number if broken is None else pl.when(broken).then(number)
        return pl.coalesce(breaking.min() - 1, number.max(), pl.lit(0, dtype=pl.Int64))

    def _of_codes(self, aggregate: RowAggregate, code: pl.Expr, count: int) -> pl.Expr:
        """An aggregate of a coded text: a code (or bits) that `finished` turns back."""
        if aggregate.kind in ("distinct", "values") and count <= _MOST_BITS:
            return pl.lit(2, dtype=pl.Int64).pow(code).bitwise_or()
        return self._of(aggregate, code, INTEGER)

    def _of(self, aggregate: RowAggregate, value: pl.Expr, kind: Type) -> pl.Expr:
        return AGGREGATES[aggregate.kind](self, value, kind)

    def sum_of(self, value: pl.Expr, kind: Type) -> pl.Expr:
        """The sum, of whole numbers in 128 bits."""
        if kind.kind == "number":
            return value.sum()
        whole = value.cast(pl.Int128).sum()
        if kind.kind == "integer" or not self.guarded:
            return whole
        return exact.guarded(whole, value.cast(pl.Float64).sum())

    def median_of(self, value: pl.Expr, kind: Type) -> pl.Expr:
        """The sum of the two middle values (twice the one, of an odd number), which `finished` halves."""
        known = value.drop_nulls().sort()
        known = known if kind.kind == "number" else known.cast(pl.Int128)
        count = value.count().cast(pl.Int64)
        return known.get((count - 1) // 2, null_on_oob=True) + known.get(count // 2, null_on_oob=True)

    def at_edge(self, value: pl.Expr, kind: Type, *, latest: bool) -> pl.Expr:
        """The known value of the earliest or latest row; a tie in time goes to the greatest value."""
        assert self.time is not None
        time = pl.when(value.is_not_null()).then(pl.col(self.time))
        if kind.kind in ("integer", "date", "datetime", "boolean"):
            return self._packed(value, time, kind, latest=latest)
        descending = [False, False] if latest else [True, False]
        return value.sort_by([time, value], descending=descending, nulls_last=False).last()

    def _packed(self, value: pl.Expr, time: pl.Expr, kind: Type, *, latest: bool) -> pl.Expr:
        """Time and value in one 128-bit number, so that the edge with its tie is one maximum."""
        clock = time.to_physical().cast(pl.Int64).cast(pl.Int128)
        code = value.to_physical().cast(pl.Int64).cast(pl.Int128) + _HALF
        best = (clock * (_PACK if latest else -_PACK) + code).max()
        physical = (best % _PACK - _HALF).cast(pl.Int64)
        if kind.kind == "boolean":
            return physical == 1
        if kind.kind == "date":
            return physical.cast(pl.Int32).cast(pl.Date)
        return physical.cast(dtype_of(kind))


Aggregate = Callable[[Aggregator, pl.Expr, Type], pl.Expr]

AGGREGATES: Mapping[AggregateKind, Aggregate] = {
    "count": lambda _, value, __: value.count().cast(pl.Int64),
    "sum": lambda to, value, kind: to.sum_of(value, kind),
    "min": lambda _, value, __: value.min(),
    "max": lambda _, value, __: value.max(),
    "median": lambda to, value, kind: to.median_of(value, kind),
    "std": lambda _, value, __: value.std(ddof=1),
    "distinct": lambda _, value, __: value.drop_nulls().n_unique().cast(pl.Int64),
    "values": lambda _, value, __: value.drop_nulls().unique().sort(),
    "list": lambda _, value, __: value.drop_nulls().sort(),
    "streak": lambda _, value, __: value,
    "most_common": lambda _, value, __: value.drop_nulls().mode().min(),
    "first": lambda to, value, kind: to.at_edge(value, kind, latest=False),
    "last": lambda to, value, kind: to.at_edge(value, kind, latest=True),
    "longest_gap": lambda _, value, __: (
        value.drop_nulls().unique().sort().diff().dt.total_days().max().cast(pl.Int64)
    ),
}
"""The value of a row aggregate, given the values of the rows that take part (missing elsewhere)."""


def finished(
    frame: pl.LazyFrame, named: Sequence[tuple[str, RowAggregate]], lowerer: Lowerer, codes: Codes = NO_CODES
) -> pl.LazyFrame:
    """The collected aggregates in their final types: medians halved, sums checked to fit, codes as texts."""
    columns = [(name, _finished(pl.col(name), aggregate, codes)) for name, aggregate in named]
    changed = [expr.alias(name) for name, expr in columns if expr is not None]
    return frame.with_columns(changed) if changed else frame


def _finished(column: pl.Expr, aggregate: RowAggregate, codes: Codes) -> pl.Expr | None:
    name = codes.coded(aggregate.value)
    if name is not None:
        return _decoded(column, aggregate, codes, name)
    value = None if aggregate.value is None else aggregate.value.type
    if aggregate.kind == "median" and value is not None:
        if value.kind == "number":
            return pl.when((column / 2.0).is_finite()).then(column / 2.0)
        return exact.quotient(column, pl.lit(2, dtype=pl.Int128), value.scale, 0)
    if aggregate.kind == "list":
        return pl.when(column.list.len() > 0).then(column)
    if aggregate.kind == "sum" and aggregate.type.kind == "integer":
        return column.cast(pl.Int64, strict=True)
    if aggregate.kind == "sum" and aggregate.type.kind == "decimal":
        return exact.fits_decimal(column)
    if aggregate.type.kind == "number":
        return pl.when(column.is_finite()).then(column)
    return None


def _decoded(column: pl.Expr, aggregate: RowAggregate, codes: Codes, name: str) -> pl.Expr | None:
    values = codes.values[name]
    bits = len(values) <= _MOST_BITS
    if aggregate.kind == "distinct":
        return column.bitwise_count_ones().cast(pl.Int64) if bits else None
    if aggregate.kind == "list":
        texts = column.list.eval(codes.decoded(pl.element(), name))
        return pl.when(column.list.len() > 0).then(texts)
    if aggregate.kind == "values":
        if not bits:
            return column.list.eval(codes.decoded(pl.element(), name))
        present = [
            pl.when((column.fill_null(0) // (1 << n)) % 2 == 1).then(pl.lit(text))
            for n, text in enumerate(values)
        ]
        return pl.concat_list(present).list.drop_nulls() if present else pl.lit([], dtype=pl.List(pl.String))
    return codes.decoded(column, name)
