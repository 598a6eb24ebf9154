"""From the types of a file to the types of the rules, column by column.

Every frame of the engine holds one dtype per type (`dtype_of`); a value that does not fit becomes null, and
the conversion says how to tell it from one that was missing before. Whatever a file's own type guarantees is
not looked at again: such a column has no checks and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from segmentry.engine.language.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    UNSUPPORTED,
    Type,
    decimal,
    list_of,
)
from segmentry.engine.sources import parse_iso, parse_text
from segmentry.engine.sources.dtypes import dtype_of
from segmentry.engine.sources.parse_iso import batched
from segmentry.engine.sources.read_table import MARK, dtype_instance
from segmentry.engine.sources.zones import INSTANT, LOCAL, local_date, localize

MAX_PRECISION = 38
"""Digits of a 128-bit decimal (Apache Arrow's Decimal128)."""

_ROUNDING = 1e-6
"""A double that was meant as a decimal lies closer to it than that; with over four places, than a hundredth
of its last one."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a raw column becomes a canonical one.

    ``value`` maps the raw expression to the canonical one. ``bad`` tells from raw and canonical expression
    where a value was there but did not fit; it is null or false elsewhere. ``moved`` says (from the same two)
    by how much rounding to the places of a decimal moved the value: a Float64, null or 0 elsewhere. Each is
    None where that can't happen. All of them take what ``ready`` makes of the raw expression: texts brought
    to the strict form, where another one is declared.
    """

    value: Callable[[pl.Expr], pl.Expr]
    bad: Callable[[pl.Expr, pl.Expr], pl.Expr] | None = None
    moved: Callable[[pl.Expr, pl.Expr], pl.Expr] | None = None
    ready: Callable[[pl.Expr], pl.Expr] | None = None

    def made_ready(self, raw: pl.Expr) -> pl.Expr:
        """What ``value``, ``bad`` and ``moved`` take, of a raw expression."""
        return raw if self.ready is None else self.ready(raw)


def made_ready_by(first: Callable[[pl.Expr], pl.Expr], then: Conversion) -> Conversion:
    """The conversion of what another step makes of the raw expression before."""

    def ready(raw: pl.Expr) -> pl.Expr:
        return then.made_ready(first(raw))

    return replace(then, ready=ready)


def natural_type(dtype: pl.DataType) -> Type:
    """The type of a file's column that no contract describes; UNSUPPORTED where rules can't use it.

    A column of nothing but nulls is a text.
    """
    match dtype:
        case pl.String() | pl.Categorical() | pl.Enum() | pl.Null():
            return STRING
        case pl.Boolean():
            return BOOLEAN
        case pl.Date():
            return DATE
        case pl.Datetime():
            return DATETIME
        case pl.Decimal():
            return decimal(dtype.scale)
        case pl.List() | pl.Array():
            inner = natural_type(dtype_instance(dtype.inner))
            return UNSUPPORTED if inner.kind in ("list", "unsupported") else list_of(inner)
        case _ if dtype.is_integer():
            return INTEGER
        case _ if dtype.is_float():
            return NUMBER
        case _:
            return UNSUPPORTED


def conversion(dtype: pl.DataType, to: Type, zone: str) -> Conversion | None:
    """How a column of a file's dtype becomes one of a type, or None where that makes no sense.

    ``zone`` is the IANA name of the zone that local times are of.
    """
    if dtype == pl.Null:
        return Conversion(lambda raw: raw.cast(dtype_of(to)))
    if isinstance(dtype, pl.Categorical | pl.Enum):
        inner = conversion(pl.String(), to, zone)
        return None if inner is None else made_ready_by(lambda raw: raw.cast(pl.String), inner)
    match to.kind:
        case "string":
            return _to_string(dtype)
        case "integer":
            return _to_integer(dtype)
        case "number":
            return _to_number(dtype)
        case "decimal":
            return _to_decimal(dtype, to.scale)
        case "boolean":
            return _to_boolean(dtype)
        case "date":
            return _to_date(dtype, zone)
        case "datetime":
            return _to_datetime(dtype, zone)
        case "list":
            return _to_list(dtype, to, zone)
        case "unknown" | "unsupported":
            return None


def unmarked(then: Conversion) -> Conversion:
    """The conversion of texts of which some begin with `MARK`: those are bad values, whatever the type."""
    judge, moved = then.bad, then.moved

    def marked(raw: pl.Expr) -> pl.Expr:
        return raw.str.starts_with(MARK)

    def bad(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
        return marked(raw) if judge is None else marked(raw) | judge(raw, value)

    def plain(raw: pl.Expr) -> pl.Expr:
        return pl.when(~marked(raw)).then(raw)

    return Conversion(
        lambda raw: then.value(plain(raw)),
        bad,
        None if moved is None else lambda raw, value: moved(plain(raw), value),
        then.ready,
    )


def _same(raw: pl.Expr) -> pl.Expr:
    return raw


def lost(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
    """A value was there, and no value came of it."""
    return raw.is_not_null() & value.is_null()


def lost_finite(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
    """A finite number was there, and no value came of it."""
    return raw.is_finite() & value.is_null()


def lost_text(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
    """A text that is not blank was there, and no value came of it."""
    return parse_text.is_filled(raw) & value.is_null()


def _finite(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_finite()).then(value)


def _to_string(dtype: pl.DataType) -> Conversion | None:
    match dtype:
        case pl.String():
            return Conversion(_same)
        case pl.Boolean() | pl.Date() | pl.Decimal():
            return Conversion(lambda raw: raw.cast(pl.String))
        case _ if dtype.is_float():
            return Conversion(lambda raw: _finite(raw).cast(pl.String))
        case _ if dtype.is_integer():
            return Conversion(lambda raw: raw.cast(pl.String))
        case _:
            return None


def _to_integer(dtype: pl.DataType) -> Conversion | None:
    def cast(raw: pl.Expr) -> pl.Expr:
        return raw.cast(pl.Int64, strict=False)

    match dtype:
        case pl.Int64():
            return Conversion(_same)
        case pl.UInt64() | pl.Int128() | pl.UInt128():
            return Conversion(cast, lost)
        case pl.String():
            return Conversion(parse_text.integer, lost_text)
        case pl.Decimal():
            # As minor units: whether a decimal is whole is then a question of integers.
            unit = 10**dtype.scale
            return Conversion(
                lambda raw: pl.when(_minor(raw) % unit == 0).then(cast(_minor(raw) // unit)), lost
            )
        case _ if dtype.is_float():
            return Conversion(
                lambda raw: pl.when(raw == raw.floor()).then(cast(raw.cast(pl.Float64))), lost_finite
            )
        case _ if dtype.is_integer():
            return Conversion(cast)
        case _:
            return None


def _to_number(dtype: pl.DataType) -> Conversion | None:
    match dtype:
        case pl.String():
            return Conversion(
                lambda raw: _finite(parse_text.number(raw)),
                lambda raw, _: parse_text.is_filled(raw) & parse_text.number(raw).is_null(),
            )
        case pl.Decimal():
            # Through text, whose double is the nearest one; a quotient of doubles may be the one beside it.
            return Conversion(lambda raw: raw.cast(pl.String).cast(pl.Float64))
        case _ if dtype.is_float():
            return Conversion(lambda raw: _finite(raw.cast(pl.Float64)))
        case _ if dtype.is_integer():
            return Conversion(lambda raw: raw.cast(pl.Float64))
        case _:
            return None


def _minor(raw: pl.Expr) -> pl.Expr:
    return raw.to_physical()


def _to_decimal(dtype: pl.DataType, scale: int) -> Conversion | None:
    wanted = pl.Decimal(MAX_PRECISION, scale)

    def cast(raw: pl.Expr) -> pl.Expr:
        return _minor(raw.cast(wanted, strict=False))

    match dtype:
        case pl.String():
            return Conversion(
                lambda raw: parse_text.decimal(raw, scale),
                lost_text,
                lambda raw, value: parse_text.moved(raw, value, scale, _least(scale)),
            )
        case pl.Decimal() if dtype.scale == scale:
            return Conversion(_minor)
        case pl.Decimal():
            grows = dtype.precision - dtype.scale + scale > MAX_PRECISION
            more = dtype.scale - scale
            return Conversion(
                cast, lost if grows else None, _moved_decimal(dtype.scale, more) if more > 0 else None
            )
        case _ if dtype.is_float():
            return _from_double(scale)
        case _ if dtype.is_integer():
            return Conversion(cast, lost)
        case _:
            return None


def _from_double(scale: int) -> Conversion:
    """Half-even of the IEEE product x · 10^scale; it moved where the product was no whole number."""
    limit = 10.0**MAX_PRECISION

    def product(raw: pl.Expr) -> pl.Expr:
        return raw.cast(pl.Float64) * 10.0**scale

    def value(raw: pl.Expr) -> pl.Expr:
        exact = product(raw).round(0, mode="half_to_even")
        return pl.when(exact.abs() < limit).then(exact).cast(pl.Int128, strict=False)

    def moved(raw: pl.Expr, _: pl.Expr) -> pl.Expr:
        exact = product(raw)
        by = (exact - exact.round(0, mode="half_to_even")).abs() / 10.0**scale
        return pl.when(raw.is_finite() & (by > _least(scale))).then(by)

    return Conversion(value, lost_finite, moved)


def _least(scale: int) -> float:
    return min(_ROUNDING, 10.0 ** -(scale + 2))


def _moved_decimal(scale: int, more: int) -> Callable[[pl.Expr, pl.Expr], pl.Expr]:
    """By how much decimals of a scale moved that lost some places."""

    def moved(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
        gone = _minor(raw) - value * pl.lit(10**more, dtype=pl.Int128)
        return gone.abs().cast(pl.Float64) / 10.0**scale

    return moved


def _to_boolean(dtype: pl.DataType) -> Conversion | None:
    match dtype:
        case pl.Boolean():
            return Conversion(_same)
        case pl.String():
            return Conversion(parse_text.boolean, lost_text)
        case _:
            return None


def _to_date(dtype: pl.DataType, zone: str) -> Conversion | None:
    match dtype:
        case pl.Date():
            return Conversion(_same)
        case pl.String():
            return Conversion(lambda raw: batched(raw, parse_iso.days, pl.Date()), lost_text)
        case pl.Datetime() if dtype.time_zone is None and zone == "UTC":
            return Conversion(lambda raw: raw.dt.date())
        case pl.Datetime():
            return Conversion(lambda raw: local_date(_instant(raw, dtype, zone), zone))
        case _:
            return None


def _to_datetime(dtype: pl.DataType, zone: str) -> Conversion | None:
    match dtype:
        case pl.Date():
            return Conversion(lambda raw: localize(raw.cast(LOCAL), zone))
        case pl.String():
            return Conversion(
                lambda raw: batched(raw, partial(parse_iso.instants, zone=zone), INSTANT), lost_text
            )
        case pl.Datetime():
            return Conversion(lambda raw: _instant(raw, dtype, zone))
        case _:
            return None


def _instant(raw: pl.Expr, dtype: pl.Datetime, zone: str) -> pl.Expr:
    micros = raw if dtype.time_unit == "us" else raw.dt.cast_time_unit("us")
    match dtype.time_zone:
        case None:
            return localize(micros, zone)
        case "UTC":
            return micros
        case _:
            return micros.dt.convert_time_zone("UTC")


def _to_list(dtype: pl.DataType, to: Type, zone: str) -> Conversion | None:
    if not isinstance(dtype, pl.List | pl.Array) or to.element is None:
        return None
    element = conversion(dtype_instance(dtype.inner), to.element, zone)
    if element is None:
        return None
    convert = element.value

    def raw_list(raw: pl.Expr) -> pl.Expr:
        return raw.arr.to_list() if isinstance(dtype, pl.Array) else raw

    def value(raw: pl.Expr) -> pl.Expr:
        return raw_list(raw).list.eval(convert(pl.element())).list.drop_nulls()

    def bad(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
        return raw_list(raw).list.drop_nulls().list.len() > value.list.len()

    return Conversion(value, None if element.bad is None else bad)
