"""Values that come in one of several forms: whole units or a text, a number or a text.

A database can hold in one column what no single type of Arrow holds: a numeric with more digits than 128 bits
beside plain money, `infinity` among times, texts among SQLite's numbers. Such a column is a struct with a
field for each form, of which at most one is known in a row. What fits comes in the first one, as it is; what
does not comes as a text, digit by digit, and is judged as the text of a file would be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeGuard, cast

import polars as pl

from segmentry.engine.files.dress import Dress
from segmentry.engine.language.types import Type
from segmentry.engine.sources.convert import Conversion
from segmentry.engine.sources.dressed import dressed_conversion
from segmentry.engine.sources.dtypes import dtype_of
from segmentry.engine.sources.read_table import MARK, dtype_instance

UNITS: Final = f"{MARK}units "
"""The form of a decimal in minor units (Int64); its places follow."""

NATIVE: Final = f"{MARK}native"
NUMBER: Final = f"{MARK}number"
TEXT: Final = f"{MARK}text"


def is_of_forms(dtype: pl.DataType) -> TypeGuard[pl.Struct]:
    """Whether a column is of several forms."""
    return isinstance(dtype, pl.Struct) and bool(dtype.fields) and dtype.fields[0].name.startswith(MARK)


def first_form(dtype: pl.Struct) -> pl.DataType:
    """The dtype of what fits, which a column that no contract describes is taken for."""
    return dtype_instance(dtype.fields[0].dtype)


def from_forms(dtype: pl.Struct, to: Type, zone: str, dress: Dress, unit: str | None) -> Conversion:
    """How a column of forms becomes one of a type: each form as a column of its own would."""
    written = partial(dressed_conversion, to=to, zone=zone, dress=dress, unit=unit)
    plans = {f.name: _of_form(f.name, dtype_instance(f.dtype), to, written) for f in dtype.fields}

    def form(raw: pl.Expr, name: str) -> pl.Expr:
        return raw.struct.field(name)

    def value(raw: pl.Expr) -> pl.Expr:
        return pl.coalesce(plan.value(plan.made_ready(form(raw, name))) for name, plan in plans.items())

    def bad(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
        found = [
            plan.bad(plan.made_ready(form(raw, name)), value)
            for name, plan in plans.items()
            if plan.bad is not None
        ]
        return pl.any_horizontal(found)

    def moved(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
        found = [
            p.moved(p.made_ready(form(raw, name)), value) for name, p in plans.items() if p.moved is not None
        ]
        return pl.coalesce(found)

    return Conversion(
        value,
        bad if any(plan.bad for plan in plans.values()) else None,
        moved if any(plan.moved for plan in plans.values()) else None,
    )


def _of_form(
    name: str, dtype: pl.DataType, to: Type, written: Callable[[pl.DataType], Conversion | None]
) -> Conversion:
    if name.startswith(UNITS):
        return Conversion(lambda raw: raw.cast(dtype_of(to)))
    found = written(dtype)
    if found is not None:
        return found
    nothing = pl.lit(None, dtype=dtype_of(to))
    return Conversion(lambda raw: pl.when(raw.is_null()).then(nothing), lambda raw, _: raw.is_not_null())


def shown(value: Any) -> Any:
    """A raw value as messages show it: of several forms the one that is known."""
    if not isinstance(value, Mapping):
        return value
    forms = cast("Mapping[str, Any]", value)
    name, found = next(((n, v) for n, v in forms.items() if v is not None), (TEXT, None))
    if found is not None and name.startswith(UNITS):
        return Decimal(found).scaleb(-int(name.removeprefix(UNITS)))
    return found
