"""One source's rows made into columns per customer by kernels, batch by batch, in one reading."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from segmentry.engine.backends.polars.aggregate import Aggregator
from segmentry.engine.backends.polars.counted import NEWEST
from segmentry.engine.backends.polars.dense import kernels
from segmentry.engine.backends.polars.dense.arrays import zeros
from segmentry.engine.backends.polars.dense.kernels import Array
from segmentry.engine.backends.polars.dense.places import PLACE, Places
from segmentry.engine.backends.polars.dense.states import (
    AggregateState,
    CountState,
    Needs,
    RowBatch,
    state_of,
)
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.source_frames import PART
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import INTEGER
from segmentry.engine.planning.plan import Plan, RowAggregate

ROWS_OF_A_BATCH = 500_000
_STRETCH = 10
"""Customers whose states lie together: 2^10 of them fit the cache next to the processor."""

Named = Sequence[tuple[str, RowAggregate]]


@dataclass
class DensePass:
    """The aggregates of one source that have kernels. ``places`` are of the customers."""

    plan: Plan
    source: str
    named: Named
    places: Places
    unknown: int = 0
    failed: Exception | None = None
    strangers: list[pl.Series] = field(default_factory=list[pl.Series])
    _counts: list[pl.Expr] = field(default_factory=list[pl.Expr])
    _counted: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])

    def __post_init__(self) -> None:
        source = self.plan.sources[self.source]
        assert source.customer is not None
        self.key, self.time = source.customer, source.time
        lowerer = Lowerer(str(self.plan.calendar.zone))
        self.aggregator = Aggregator(lowerer, self.plan.calendar, source.time, source.time_type)
        self.columns: dict[str, pl.Expr] = {}
        self._rooms: dict[str, Array] = {}
        self._threads = ThreadPoolExecutor(pl.thread_pool_size())
        self.texts: dict[str, Texts] = {}
        self._masks: dict[object, str] = {}
        self._values: dict[Expr, str] = {}
        self.states = {name: self._state(aggregate) for name, aggregate in self.named}
        self.rows = CountState(Needs(None, None, INTEGER, is_code=False), self.places.size)

    # --- what is read -----------------------------------------------------------------------------

    def query(self, rows: pl.LazyFrame, counts: list[pl.Expr]) -> pl.LazyFrame:
        """The plan that takes all rows in when it is collected. What it collects is nothing.

        The rows have `PART`; ``counts`` are what else is to be summed over all of them.
        """
        rows = self.places.joined(rows, self.key)
        there = rows.collect_schema().names()
        kept = [name for name in (self.key, PLACE, PART) if name in there]
        self._counts = counts
        if counts and self.time is not None:
            kept.append(self.time)
        wanted = rows.select(*dict.fromkeys(kept), *[expr.alias(name) for name, expr in self.columns.items()])
        taken = wanted.sink_batches(self.add, chunk_size=ROWS_OF_A_BATCH, maintain_order=False, lazy=True)
        assert taken is not None
        return taken

    def _state(self, aggregate: RowAggregate) -> AggregateState:
        if aggregate.kind == "count":
            needs = Needs(self._mask(aggregate, None), None, INTEGER, is_code=False)
            return state_of("count", needs, self.places.size)
        assert aggregate.value is not None
        kind = aggregate.value.type
        if aggregate.kind in ("first", "last"):
            assert self.time is not None
            self.columns["\x00time"] = pl.col(self.time).to_physical().cast(pl.Int64).fill_null(0)
        needs = Needs(
            self._mask(aggregate, aggregate.value), self._value(aggregate.value), kind, kind.kind == "string"
        )
        return state_of(aggregate.kind, needs, self.places.size)

    def _mask(self, aggregate: RowAggregate, value: Expr | None) -> str | None:
        """The name of the column of rows that take part (and have a value); None for all rows."""
        key = (aggregate.where, aggregate.start, aggregate.end, value)
        if key not in self._masks:
            mask = self.aggregator.mask(aggregate)
            if value is not None:
                known = self.aggregator.lowerer(value).is_not_null()
                mask = known if mask is None else mask & known
            if mask is None:
                return None
            self._masks[key] = f"\x00mask{len(self._masks)}"
            self.columns[self._masks[key]] = mask.fill_null(value=False)
        return self._masks[key]

    def _value(self, value: Expr) -> str:
        """The name of the column of values as whole numbers or doubles; texts as codes."""
        if value not in self._values:
            name = self._values[value] = f"\x00value{len(self._values)}"
            lowered = self.aggregator.lowerer(value)
            if value.type.kind == "string":
                self.texts[name] = Texts()
                lowered = lowered.cast(self.texts[name].dtype).to_physical()
            elif value.type.kind in ("date", "datetime"):
                lowered = lowered.to_physical()
            wide = pl.Float64 if value.type.kind == "number" else pl.Int64
            self.columns[name] = lowered.cast(wide, strict=True).fill_null(-1)
        return self._values[value]

    # --- batches ----------------------------------------------------------------------------------

    def add(self, batch: pl.DataFrame) -> bool:
        """Take a batch in; whether no more are needed. Nothing may be raised through the engine's threads."""
        if self.failed is None:
            try:
                self._add(batch)
            except Exception as error:
                self.failed = error
        return self.failed is not None

    def _add(self, batch: pl.DataFrame) -> None:
        if self._counts:
            self._counted.append(batch.select(self._counts))
        part = batch[PART].to_numpy()
        at, unknown = self.places.of(batch, self.key, part)
        if unknown:
            self.unknown += unknown
            keys = batch[self.key].filter(pl.Series((at == self.places.size) & part)).unique()
            self.strangers.append(keys)
        order, at = self._ordered(at)
        raw: list[Array] = [batch[name].to_numpy() for name in self.columns]
        found = self._threads.map(partial(self._reordered, order), self.columns, raw)
        columns = dict(zip(self.columns, found, strict=True))
        ranks = {name: texts.ranks(columns[name]) for name, texts in self.texts.items()}
        taken = RowBatch(at, columns, ranks)
        # Kernels let go of the interpreter's lock, and no two states have anything in common.
        states: tuple[AggregateState, ...] = (self.rows, *self.states.values())
        for done in [self._threads.submit(state.add, taken) for state in states]:
            done.result()

    def _ordered(self, at: Array) -> tuple[Array, Array]:
        """The order of rows by stretches of customers, and the places in it."""
        order = self._room("order", len(at), np.int32)
        ordered = self._room("ordered", len(at), np.int32)
        stretches = np.zeros((self.places.size >> _STRETCH) + 2, dtype=np.int32)
        kernels.bucketed(_read_only(at), _STRETCH, stretches, order, ordered)
        return _read_only(order), _read_only(ordered)

    def _reordered(self, order: Array, name: str, values: Array) -> Array:
        out = self._room(name, len(values), values.dtype)
        kernels.reordered(_read_only(values), order, out)
        return _read_only(out)

    def _room(self, name: str, size: int, dtype: npt.DTypeLike) -> Array:
        """Room for a column of a batch, the same for each batch."""
        if len(self._rooms.get(name, ())) < size:
            self._rooms[name] = zeros(size, dtype)
        return self._rooms[name][:size]

    # --- results ----------------------------------------------------------------------------------

    def results(self) -> list[pl.Series]:
        """A column for each aggregate, a value for each customer. Raises what failed while batches came.

        Each state is given up for its column, so that not all of both are held at once.
        """
        self._threads.shutdown()
        if self.failed is not None:
            raise self.failed
        self._rooms.clear()
        none = pl.Series("", [], dtype=pl.String)
        columns: list[pl.Series] = []
        for name, _ in self.named:
            state = self.states.pop(name)
            texts = self.texts.get(state.needs.value or "")
            columns.append(state.column(none if texts is None else texts.known).alias(name))
        return columns

    def known(self) -> int:
        """How many rows are of known customers."""
        return int(self.rows.counts[: self.places.size].sum())

    def counted(self) -> dict[str, int] | None:
        """What was to be counted, of all batches; None where nothing was."""
        if not self._counts:
            return None
        if not self._counted:
            return {name: 0 for count in self._counts if (name := count.meta.output_name()) != NEWEST}
        batches = pl.concat(self._counted)
        whole = [pl.col(n).max() if n == NEWEST else pl.col(n).sum() for n in batches.columns]
        return batches.select(whole).row(0, named=True)

    def unknown_keys(self) -> pl.Series:
        """The keys that are not among the customers, each once."""
        if not self.strangers:
            return self.places.keys.clear()
        return pl.concat(self.strangers).unique()


def _read_only(array: Array) -> Array:
    """The array as what is not written to: kernels are compiled for one kind of input alone."""
    array.flags.writeable = False
    return array


class Texts:
    """The texts of one column: their codes are given while it is read, their order is found as they come."""

    def __init__(self) -> None:
        self.dtype = pl.Categorical(pl.Categories.random("segmentry", pl.UInt32))
        self.known = pl.Series("", [], dtype=pl.String)
        self._ranks: Array = np.empty(0, dtype=np.int64)

    def ranks(self, codes: Array) -> Array:
        """The place of each code's text in the order of texts."""
        most = int(codes.max()) if len(codes) else -1
        if most >= len(self.known) or len(self._ranks) == 0:
            numbers = pl.Series("", np.arange(most + 1, dtype=np.uint32))
            self.known = numbers.cat.to(self.dtype).cast(pl.String)
            self._ranks = self.known.rank("ordinal").to_numpy().astype(np.int64) - 1
        return self._ranks
