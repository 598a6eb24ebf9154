"""Rows of tests as frames, which readers take in place of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from segmentry.engine.files.model import Source
from segmentry.engine.language.types import Type
from segmentry.engine.sources.dtypes import dtype_of

Columns = Mapping[str, Type]


def empty_frame(source: Source, columns: Columns) -> pl.DataFrame:
    """A table without rows whose columns have the names that the source's files have."""
    names = _physical_names(source)
    return pl.DataFrame(schema={names.get(n, n): _frame_dtype(kind) for n, kind in columns.items()})


def rows_frame(source: Source, columns: Columns, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows of a source with all its columns under the names that its files have.

    A row holds values in the engine's form, decimals as whole minor units; what it leaves out is missing.
    """
    names = _physical_names(source)
    found: list[pl.Series] = []
    for column, kind in columns.items():
        series = pl.Series(names.get(column, column), [r.get(column) for r in rows], dtype=dtype_of(kind))
        target = _frame_dtype(kind)
        found.append(_scaled(series, target) if isinstance(target, pl.Decimal) else series.cast(target))
    return pl.DataFrame(found)


def _physical_names(source: Source) -> dict[str, str]:
    """The names in the files of columns that have another name in the rules."""
    return {c.name: c.source_name for c in source.columns if c.source_name is not None}


def _frame_dtype(kind: Type) -> pl.DataType:
    """The dtype of a column in a frame that is handed to a reader."""
    match kind.kind:
        case "decimal":
            return pl.Decimal(38, kind.scale)
        case "list" if kind.element is not None:
            return pl.List(_frame_dtype(kind.element))
        case "unsupported":
            return pl.Binary()
        case _:
            return dtype_of(kind)


def _scaled(series: pl.Series, target: pl.Decimal) -> pl.Series:
    """Minor units as decimals of the column's scale."""
    unit = pl.lit("1" if target.scale == 0 else f"0.{'0' * (target.scale - 1)}1").cast(target)
    scaled = (pl.col(series.name).cast(pl.Decimal(38, 0)) * unit).cast(target)
    return series.to_frame().select(scaled).to_series()
