"""The one Polars dtype of every type: what all frames inside the engine hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import polars as pl

from segmentry.engine.language.types import Type

INSTANT = pl.Datetime("us", "UTC")
_MOST = 2**127 - 1


def dtype_of(kind: Type) -> pl.DataType:
    """The canonical dtype; decimals are Int128 minor units (value x 10^scale)."""
    match kind.kind:
        case "integer":
            return pl.Int64()
        case "decimal":
            return pl.Int128()
        case "number":
            return pl.Float64()
        case "boolean":
            return pl.Boolean()
        case "date":
            return pl.Date()
        case "datetime":
            return INSTANT
        case "list":
            return pl.List(dtype_of(kind.element) if kind.element else pl.String())
        case _:
            return pl.String()


def literal(value: Any, kind: Type) -> pl.Expr:
    """A typed literal; None is null.

    A whole number beyond 64 bits is an Int128, so that columns can be compared with it. One beyond 128 bits
    is the outermost one: no column holds a value there, so every comparison is still true or false.
    """
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    if is_wide(value, kind):
        return pl.lit(min(max(value, -_MOST), _MOST), dtype=pl.Int128)
    return pl.lit(value, dtype=dtype_of(kind))


def literals(values: Iterable[Any], kind: Type) -> pl.Series:
    """Typed values as a series."""
    items = [v.astimezone(UTC) if isinstance(v, datetime) else v for v in values]
    return pl.Series("", items, dtype=dtype_of(kind))


def is_wide(value: Any, kind: Type) -> bool:
    """Whether an exact literal is one that no column of its type can hold."""
    match kind.kind:
        case "integer":
            return isinstance(value, int) and not -(2**63) <= value < 2**63
        case "decimal":
            return isinstance(value, int) and not -_MOST <= value <= _MOST
        case _:
            return False
