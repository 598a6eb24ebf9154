"""The place of every customer: their number in the sorted customers table, found by key."""

from __future__ import annotations

import numpy as np
import polars as pl

from segmentry.engine.backends.polars.dense import kernels
from segmentry.engine.backends.polars.dense.arrays import zeros
from segmentry.engine.backends.polars.dense.kernels import Array

PLACE = "\x00place"
_TABLE, _ALWAYS = 8, 4_000_000
"""A table of all keys between the least and the greatest may have so many times the customers, or so many."""


class Places:
    """Sorted keys by place: whole numbers that lie close are looked up in a table, others are joined."""

    def __init__(self, keys: pl.Series) -> None:
        self.keys = keys
        self.size = len(keys)
        self._table: Array | None = None
        if keys.dtype == pl.Int64 and self.size:
            self._first, last = int(keys[0]), int(keys[-1])
            span = last - self._first + 1
            if span <= max(_TABLE * self.size, _ALWAYS):
                self._table = zeros(span, np.int32)
                self._table.fill(self.size)
                self._table[keys.to_numpy() - self._first] = np.arange(self.size, dtype=np.int32)

    def joined(self, rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
        """The rows with `PLACE`, where the table can't give it."""
        if self._table is not None:
            return rows
        places = pl.LazyFrame({key: self.keys, PLACE: pl.Series(np.arange(self.size, dtype=np.int32))})
        return rows.join(places, on=key, how="left").with_columns(pl.col(PLACE).fill_null(self.size))

    def of(self, batch: pl.DataFrame, key: str, part: Array) -> tuple[Array, int]:
        """The place of each row's customer, and how many rows that take part have an unknown one.

        Of those, and of rows that take no part, the place is the size.
        """
        if self._table is None:
            at = np.where(part, batch[PLACE].to_numpy(), np.int32(self.size))
            return at, int(np.count_nonzero((at == self.size) & part))
        at = np.empty(batch.height, dtype=np.int32)
        keys = batch[key].fill_null(0).to_numpy()
        unknown = kernels.places(keys, part, self._first, self._table, self.size, at)
        return at, int(unknown)
