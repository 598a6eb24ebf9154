"""One source's rows made into columns per customer: one group_by for all aggregates, and beside it one
sorted column for each median or gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from segmentry.engine.backends.polars import runs
from segmentry.engine.backends.polars.aggregate import Aggregator, finished
from segmentry.engine.backends.polars.coded import CodedLowerer, Codes
from segmentry.engine.backends.protocol import KEY
from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES
from segmentry.engine.planning.plan import Plan, RowAggregate
from segmentry.engine.sources import exact
from segmentry.engine.sources.dtypes import dtype_of

ROWS, _WRONG = "\x00rows", "\x00wrong"

Named = tuple[tuple[str, RowAggregate], ...]


@dataclass(frozen=True)
class SourcePass:
    """The aggregates of one source, the columns they read, and the codes of its text columns.

    ``guarded`` sums raise where 128 bits do not hold them; others are only proved to fit as a whole.
    """

    plan: Plan
    source: str
    named: Named
    columns: frozenset[str]
    codes: Codes
    guarded: bool = False

    def queries(self, rows: pl.LazyFrame, customers: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        """The queries to collect, by name: the group_by, and the values of each sorted run."""
        source = self.plan.sources[self.source]
        assert source.customer is not None
        zone = str(self.plan.calendar.zone)
        lowerer = CodedLowerer(zone, codes=self.codes)
        if self.codes.values:
            rows = rows.with_columns(self.codes.columns())
        aggregator = Aggregator(
            lowerer, self.plan.calendar, source.time, source.time_type, self.codes, guarded=self.guarded
        )
        fused = self._fused()
        rows = aggregator.with_steps(rows, [source.customer], fused)
        beside = [pl.len().alias(ROWS)]
        if self.codes.guessed:
            beside.append(self.codes.is_wrong().any().alias(_WRONG))
        grouped = rows.group_by(source.customer).agg(*[aggregator(a).alias(n) for n, a in fused], *beside)
        found = {
            self._name("fused"): finished(grouped, fused, lowerer, self.codes).rename({source.customer: KEY})
        }
        for name, aggregate in self._in_runs():
            values = self._run_values(rows, aggregate, aggregator)
            found[self._name(name)] = self._keyed(values, customers)
        if not self.guarded:
            found |= self._largest_sum(rows, lowerer)
        return found

    def _largest_sum(self, rows: pl.LazyFrame, lowerer: CodedLowerer) -> dict[str, pl.LazyFrame]:
        """What no sum of decimals can exceed: the number of rows times their largest value."""
        summed = {a.value: None for _, a in self.named if a.kind == "sum" and a.value is not None}
        decimals = [lowerer(value) for value in summed if value.type.kind == "decimal"]
        if not decimals:
            return {}
        largest = pl.max_horizontal([value.cast(pl.Float64).abs().max() for value in decimals])
        return {self._name("largest"): rows.select(largest * pl.len())}

    def may_overflow(self, results: Mapping[str, pl.DataFrame]) -> bool:
        """Whether some sum may have gone round, so that it has to be taken again, guarded."""
        found = results.get(self._name("largest"))
        return found is not None and (found.item() or 0) > exact.TOO_LARGE

    def guessed_wrong(self, results: Mapping[str, pl.DataFrame]) -> bool:
        """Whether some text has no code, so that all has to be taken again with codes of all texts."""
        return bool(self.codes.guessed) and bool(results[self._name("fused")][_WRONG].any())

    def _name(self, part: str) -> str:
        return f"{self.source}\x00{part}"

    def _fused(self) -> Named:
        in_runs = dict(self._in_runs())
        return tuple((n, a) for n, a in self.named if n not in in_runs)

    def _in_runs(self) -> Named:
        return tuple((n, a) for n, a in self.named if runs.takes_runs(a))

    # --- sorted runs ------------------------------------------------------------------------------

    def _run_values(
        self, rows: pl.LazyFrame, aggregate: RowAggregate, aggregator: Aggregator
    ) -> pl.LazyFrame:
        """The customer and the known values of one aggregate, as whole numbers."""
        source = self.plan.sources[self.source]
        assert source.customer is not None
        assert aggregate.value is not None
        mask = aggregator.mask(aggregate)
        if mask is not None:
            rows = rows.filter(mask)
        value = aggregator.lowerer(aggregate.value)
        whole = value.cast(pl.Int32) if aggregate.kind == "longest_gap" else value
        values = rows.select(pl.col(source.customer).alias(KEY), whole.cast(pl.Int128).alias(runs.VALUE))
        return values.filter(pl.col(runs.VALUE).is_not_null())

    def _keyed(self, values: pl.LazyFrame, customers: pl.LazyFrame) -> pl.LazyFrame:
        """The values with a whole number for their customer: the key itself, or its place in the table."""
        if self._has_whole_keys():
            return values.rename({KEY: runs.KEY})
        index = customers.select(pl.col(self.plan.key).alias(KEY)).with_row_index(runs.KEY)
        joined = values.join(index, on=KEY, how="inner")
        return joined.select(pl.col(runs.KEY).cast(pl.Int64), KEY, runs.VALUE)

    def _has_whole_keys(self) -> bool:
        return self.plan.types[f"c:{self.plan.key}"].kind == "integer"

    def _of_runs(self, aggregate: RowAggregate, rows: pl.DataFrame, name: str) -> pl.DataFrame:
        """The aggregate by `KEY`."""
        sorted_runs = runs.sorted_runs(rows)
        if aggregate.kind == "longest_gap":
            result = runs.longest_gaps(sorted_runs).rename({runs.VALUE: name})
        else:
            assert aggregate.value is not None
            half = exact.quotient(
                pl.col(runs.VALUE), pl.lit(2, dtype=pl.Int128), aggregate.value.type.scale, 0
            )
            result = runs.twice_medians(sorted_runs).select(runs.KEY, half.alias(name))
        if self._has_whole_keys():
            return result.rename({runs.KEY: KEY})
        keys = rows.select(runs.KEY, KEY).unique(runs.KEY)
        return result.join(keys, on=runs.KEY).drop(runs.KEY)

    # --- joining ----------------------------------------------------------------------------------

    def strangers(self, base: pl.DataFrame, results: Mapping[str, pl.DataFrame]) -> pl.Series:
        """The keys of the rows that are not among the customers, each once."""
        return results[self._name("fused")].select(KEY).join(base.select(KEY), on=KEY, how="anti").to_series()

    def joined(
        self, base: pl.DataFrame, results: Mapping[str, pl.DataFrame]
    ) -> tuple[pl.DataFrame, int, int]:
        """The customers with the aggregates, and how many rows are theirs, and of customers not there."""
        keys = base.select(KEY)
        grouped = results[self._name("fused")]
        found = beside(keys, grouped)
        known = int(found[ROWS].sum())
        unknown = int(grouped[ROWS].sum()) - known
        parts = [found.drop(ROWS, _WRONG, strict=False)]
        for name, aggregate in self._in_runs():
            parts.append(beside(keys, self._of_runs(aggregate, results[self._name(name)], name)))
        columns = [column for part in parts for column in part.get_columns()]
        joined = base.hstack(columns)
        return joined.with_columns(_filled(n, a) for n, a in self.named if _is_filled(a)), known, unknown


def beside(keys: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """The columns of a frame by `KEY` for each of the keys, in their order; null where there is no row."""
    return keys.select(KEY).join(values, on=KEY, how="left", maintain_order="left").drop(KEY)


def _is_filled(aggregate: RowAggregate) -> bool:
    return AGGREGATE_PRIMITIVES[aggregate.kind].is_known


def _filled(name: str, aggregate: RowAggregate) -> pl.Expr:
    """What a customer without a matching row has: 0, or an empty list."""
    dtype = dtype_of(aggregate.type)
    if aggregate.kind == "values":
        return pl.col(name).fill_null(pl.lit([], dtype=dtype))
    return pl.col(name).fill_null(pl.lit(0, dtype=dtype))
