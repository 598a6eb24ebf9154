"""Tables that lie in an object store, and Delta tables wherever they lie: read where they are, by Polars."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from segmentry.engine.diagnostics.errors import DataError, UsageError
from segmentry.engine.sources.read_table import ROW, SourceTable, instants, shallow, types_in_utc

PATIENCE: Final[Mapping[str, int]] = {"max_retries": 1, "retry_timeout_ms": 30_000}


class LakeTable(SourceTable):
    """Parquet files of an object store, or a Delta table as it is when it is opened.

    ``label`` is its address. Raises DataError for what can't be reached or read.
    """

    format_name = "a table of an object store"

    def __init__(self, rows: pl.LazyFrame, label: str) -> None:
        self.label = label
        self._rows = rows
        try:
            self._held = shallow(label, rows.collect_schema())
        except (PolarsError, PanicException, OSError):
            raise unreachable(label) from None
        self.schema: Mapping[str, pl.DataType] = types_in_utc(self._held)

    def scan(self) -> pl.LazyFrame:
        return instants(self._rows, self._held)

    def numbered(self) -> pl.LazyFrame:
        return self.scan().with_row_index(ROW)


def unreachable(label: str) -> DataError:
    """The error of an address where nothing can be read."""
    return DataError(
        f"{label} can't be read: nothing answers there, it is no table, or the environment holds no "
        "credentials for it. Correct the address, or set the variables of your object store.",
        file=label,
    )


def open_stored(path: str) -> LakeTable:
    """The Parquet files of an address in an object store, perhaps with a pattern."""
    if not path.endswith(".parquet"):
        raise DataError(
            f"{path}: of an object store Parquet files are read. Name them, as in s3://lake/*.parquet."
        )
    return LakeTable(pl.scan_parquet(path, hive_partitioning=False, storage_options=dict(PATIENCE)), path)


def open_delta(path: str, root: Path) -> LakeTable:
    """A Delta table, in a folder or an object store. Raises UsageError where its package is absent."""
    if find_spec("deltalake") is None:
        raise UsageError("reading Delta tables needs an addition: pip install 'segmentry[delta]'")
    import deltalake
    from deltalake.exceptions import DeltaError

    try:
        table: Any = deltalake.DeltaTable(path if "://" in path else str(root / path))
        rows = pl.scan_delta(table)
    except (DeltaError, PolarsError, OSError, ValueError):
        raise unreachable(path) from None
    return LakeTable(rows, path)
