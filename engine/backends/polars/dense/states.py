"""What is kept per customer while batches come: one state for each aggregate, and its column at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from segmentry.engine.backends.polars.dense import kernels
from segmentry.engine.backends.polars.dense.arrays import copied, zeros
from segmentry.engine.backends.polars.dense.choice import UnfitError
from segmentry.engine.backends.polars.dense.kernels import Array
from segmentry.engine.language.aggregates import AggregateKind
from segmentry.engine.language.types import Type
from segmentry.engine.sources import exact
from segmentry.engine.sources.dtypes import dtype_of

_MOST = 2**62
_NO_RANK = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows: their places in an order that is kind to memory, and the columns by name, as they came.

    ``ranks`` order the codes of texts.
    """

    at: Array
    columns: Mapping[str, Array]
    ranks: Mapping[str, Array]

    @property
    def times(self) -> Array:
        """The rows' times as whole numbers."""
        return self.columns["\x00time"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What an aggregate takes from a batch: the names of its mask and its value, and the value's type."""

    mask: str | None
    value: str | None
    kind: Type
    is_code: bool


class AggregateState(ABC):
    """The state of one aggregate for ``size`` customers, and one place more for nobody."""

    def __init__(self, needs: Needs, size: int) -> None:
        self.needs = needs
        self.size = size
        self.begin()

    @abstractmethod
    def begin(self) -> None:
        """Make the arrays."""

    @abstractmethod
    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""

    @abstractmethod
    def column(self, texts: pl.Series) -> pl.Series:
        """The result by place, of its canonical dtype; ``texts`` are the texts of the codes."""

    # --- helps

    def mask(self, batch: RowBatch) -> Array:
        """The rows that take part and have a value."""
        assert self.needs.mask is not None
        return batch.columns[self.needs.mask]

    def values(self, batch: RowBatch) -> Array:
        """The rows' values."""
        assert self.needs.value is not None
        return batch.columns[self.needs.value]

    def rank(self, batch: RowBatch) -> Array:
        """The rank of each code of a text; empty for what orders itself."""
        return batch.ranks[self.needs.value or ""] if self.needs.is_code else _NO_RANK

    def empty(self) -> Array:
        """A place for a value of every customer."""
        return zeros(self.size + 1, dtype=np.float64 if self.needs.kind.kind == "number" else np.int64)

    def typed(self, values: Array, seen: Array | None, texts: pl.Series) -> pl.Series:
        """Physical values as a column; missing where not seen."""
        column = pl.Series("", values[: self.size])
        if self.needs.is_code:
            column = (
                texts.gather(column) if len(texts) else pl.Series("", [None] * self.size, dtype=pl.String)
            )
        elif self.needs.kind.kind == "boolean":
            column = column == 1
        elif self.needs.kind.kind == "date":
            column = column.cast(pl.Int32).cast(pl.Date)
        else:
            column = column.cast(dtype_of(self.needs.kind))
        if seen is None:
            return column
        return pl.select(pl.when(pl.Series(seen[: self.size])).then(column)).to_series()


class CountState(AggregateState):
    """Rows, or rows with a value."""

    def begin(self) -> None:
        """Nothing counted."""
        self.counts = zeros(self.size + 1, dtype=np.int32)

    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""
        if self.needs.mask is None:
            kernels.count_rows(batch.at, self.counts)
        else:
            kernels.count(batch.at, self.mask(batch), self.counts)

    def column(self, texts: pl.Series) -> pl.Series:
        """The counts."""
        return pl.Series("", self.counts[: self.size]).cast(pl.Int64)


class SumState(AggregateState):
    """Sums: of exact values in 64 bits, with the proof that they fit: rows times the greatest value."""

    def begin(self) -> None:
        """Nothing added."""
        self.totals, self.rows, self.largest = self.empty(), 0, 0

    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""
        values = self.values(batch)
        if self.needs.kind.kind != "number" and len(values):
            self.rows += len(values)
            self.largest = max(self.largest, int(values.max()), -int(values.min()))
            if self.rows * self.largest >= _MOST:
                raise UnfitError
        kernels.total(batch.at, self.mask(batch), values, self.totals)

    def column(self, texts: pl.Series) -> pl.Series:
        """The sums; of doubles, missing where not finite."""
        if self.needs.kind.kind != "number":
            return self.typed(self.totals, None, texts)
        return self.typed(self.totals, np.isfinite(self.totals), texts)


class ExtremeState(AggregateState):
    """The smallest or greatest value."""

    def __init__(self, needs: Needs, size: int, kernel: Callable[..., None]) -> None:
        self.kernel = kernel
        super().__init__(needs, size)

    def begin(self) -> None:
        """Nothing seen."""
        self.best, self.seen = self.empty(), zeros(self.size + 1, dtype=np.bool_)

    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""
        self.kernel(
            batch.at,
            self.mask(batch),
            self.values(batch),
            self.rank(batch),
            self.best,
            self.seen,
        )

    def column(self, texts: pl.Series) -> pl.Series:
        """The extremes."""
        return self.typed(self.best, self.seen, texts)


class EdgeState(ExtremeState):
    """The value of the first or last row."""

    def begin(self) -> None:
        """Nothing seen."""
        super().begin()
        self.time = zeros(self.size + 1, dtype=np.int64)

    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""
        mask, values, rank = self.mask(batch), self.values(batch), self.rank(batch)
        self.kernel(batch.at, mask, batch.times, values, rank, self.time, self.best, self.seen)


class RunState(AggregateState):
    """All values by customer, sorted at the end; what is taken of each run is a kernel."""

    def __init__(self, needs: Needs, size: int, kernel: Callable[..., None]) -> None:
        self.kernel = kernel
        super().__init__(needs, size)

    def begin(self) -> None:
        """No values."""
        self.parts: list[tuple[Array, Array]] = []

    def add(self, batch: RowBatch) -> None:
        """Take a batch in: the values that take part, in as few bytes as hold them."""
        values = self.values(batch)
        if not len(values):
            return
        low, high = int(values.min()), int(values.max())
        if low <= -_MOST or high >= _MOST:
            raise UnfitError
        narrow = np.int32 if low >= -(2**31) and high < 2**31 else np.int64
        at, out = np.empty(len(values), dtype=np.int32), np.empty(len(values), dtype=narrow)
        n = kernels.kept(batch.at, self.mask(batch), values, self.size, at, out)
        self.parts.append((copied(at[:n]), copied(out[:n])))

    def runs(self, order: Array | None) -> tuple[Array, Array]:
        """Where each customer's run starts, and all values; with ``order`` codes are turned into ranks."""
        counts = zeros(self.size + 1, dtype=np.int64)
        for at, _ in self.parts:
            kernels.count_rows(at, counts)
        starts = zeros(self.size + 1, dtype=np.int64)
        np.cumsum(counts[:-1], out=starts[1:])
        wide = any(values.dtype == np.int64 for _, values in self.parts)
        runs = zeros(int(starts[-1]), dtype=np.int64 if wide else np.int32)
        ends = copied(starts)
        while self.parts:
            at, values = self.parts.pop()
            ranked = values if order is None else order[values].astype(values.dtype)
            kernels.sorted_into(at, ranked, ends, runs)
        _sort(starts, runs)
        return starts, runs

    def column(self, texts: pl.Series) -> pl.Series:
        """What the kernel takes of each run."""
        order = None
        if self.needs.is_code:
            # In the order of the texts, so that ties go to the smallest.
            order = texts.rank("ordinal").to_numpy().astype(np.int64) - 1
            texts = texts.sort()
        starts, runs = self.runs(order)
        out = zeros(self.size, dtype=np.int64)
        self.kernel(starts, runs, out)
        return self.finished(out, starts[1:] > starts[:-1], texts)

    def finished(self, out: Array, seen: Array, texts: pl.Series) -> pl.Series:
        """The results as a column."""
        return self.typed(out, seen, texts)


class DistinctRuns(RunState):
    """The number of distinct values."""

    def finished(self, out: Array, seen: Array, texts: pl.Series) -> pl.Series:
        """The counts."""
        return pl.Series("", out)


class MedianRuns(RunState):
    """Medians of exact values: the double nearest to the half of the two middle values' sum."""

    def finished(self, out: Array, seen: Array, texts: pl.Series) -> pl.Series:
        """The halves."""
        twice = pl.Series("", out).cast(pl.Int128)
        half = exact.quotient(pl.lit(twice), pl.lit(2, dtype=pl.Int128), self.needs.kind.scale, 0)
        return pl.select(pl.when(pl.Series(seen)).then(half)).to_series()


class GapRuns(RunState):
    """The most days between consecutive dates."""

    def finished(self, out: Array, seen: Array, texts: pl.Series) -> pl.Series:
        """The gaps; missing where there are no two dates."""
        return pl.select(pl.when(pl.Series(out > 0)).then(pl.Series(out))).to_series()


class CodesState(AggregateState):
    """The number of distinct texts: their codes as bits, or as sorted runs once there are 64 or more."""

    def begin(self) -> None:
        """No codes."""
        self.bits = zeros(self.size + 1, dtype=np.uint64)
        self.runs: DistinctRuns | None = None

    def add(self, batch: RowBatch) -> None:
        """Take a batch in."""
        values = self.values(batch)
        if self.runs is None and len(values) and int(values.max()) >= 64:
            self.runs = DistinctRuns(self.needs, self.size, kernels.distinct)
            for code in range(64):
                at = np.flatnonzero(self.bits[:-1] & np.uint64(1 << code)).astype(np.int32)
                self.runs.parts.append((at, np.full(len(at), code, dtype=np.int32)))
        if self.runs is None:
            kernels.present(batch.at, self.mask(batch), values, self.bits)
        else:
            self.runs.add(batch)

    def column(self, texts: pl.Series) -> pl.Series:
        """The counts."""
        if self.runs is not None:
            return self.runs.column(texts)
        return pl.Series("", self.bits[: self.size]).bitwise_count_ones().cast(pl.Int64)


def _sort(starts: Array, runs: Array) -> None:
    """All runs sorted, on two threads: the kernels run without the interpreter's lock."""
    half = int(np.searchsorted(starts, int(starts[-1]) // 2))
    with ThreadPoolExecutor(2) as pool:
        below = pool.submit(kernels.sort_runs, starts, runs, 0, half)
        kernels.sort_runs(starts, runs, half, len(starts) - 1)
        below.result()


Make = Callable[[Needs, int], AggregateState]


def _made(of: Callable[..., AggregateState], kernel: Callable[..., None]) -> Make:
    return lambda needs, size: of(needs, size, kernel)


STATES: Mapping[AggregateKind, Make] = {
    "count": CountState,
    "sum": SumState,
    "min": _made(ExtremeState, kernels.least),
    "max": _made(ExtremeState, kernels.greatest),
    "first": _made(EdgeState, kernels.earliest),
    "last": _made(EdgeState, kernels.latest),
    "median": _made(MedianRuns, kernels.twice_medians),
    "distinct": _made(DistinctRuns, kernels.distinct),
    "most_common": _made(RunState, kernels.most_common),
    "longest_gap": _made(GapRuns, kernels.longest_gaps),
}
"""How the state of each aggregate is made that `has_kernel` says yes to."""


def state_of(kind: AggregateKind, needs: Needs, size: int) -> AggregateState:
    """The state of an aggregate that has a kernel."""
    if kind == "distinct" and needs.is_code:
        return CodesState(needs, size)
    return STATES[kind](needs, size)
