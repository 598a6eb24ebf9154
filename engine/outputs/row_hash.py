"""A hash of the rows that were read of a database, by which two runs can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from segmentry.engine.sources.read import SourceReader, reading

_AT_ONCE: Final = 100_000


def rows_sha256(reader: SourceReader, columns: Sequence[str], keys: Iterable[str | None]) -> str | None:
    """The sha256 of the rows of some columns as CSV (RFC 4180), in the order of the keys, then of the rest.

    None where no column was read. Raises DataError for what can't be read.
    """
    if not columns:
        return None
    first = [key for key in dict.fromkeys(keys) if key is not None and key in columns]
    order = [*first, *(name for name in sorted(columns) if name not in first)]
    with reading([reader]):
        rows = reader.scan(order).collect()
    nested = [name for name in order if rows.schema[name].is_nested()]
    rows = rows.with_columns(pl.col(nested).cast(pl.List(pl.String())).list.join("\x00")).sort(order)
    found = hashlib.sha256()
    for start in range(0, max(rows.height, 1), _AT_ONCE):
        text = rows.slice(start, _AT_ONCE).write_csv(include_header=start == 0)
        found.update(text.encode())
    return found.hexdigest()
