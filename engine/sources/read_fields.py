"""Fields inside structured columns: `properties.plan.name`, and `items[].sku` for one of each element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from segmentry.engine.sources.read_table import dtype_instance

EACH = "[]"
"""Behind a name: each element of its list."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a name or path leads to: the dtype, and the expression that takes it from the rows."""

    dtype: pl.DataType
    value: pl.Expr


def field_in(schema: Mapping[str, pl.DataType], path: str) -> Held | None:
    """What a path leads to; None where nothing is. A column of exactly that name goes before a path.

    Of a list's elements it is a list again, lists within lists are one.
    """
    if path in schema:
        return Held(schema[path], pl.col(path))
    return _among(schema, path, None)


def _among(fields: Mapping[str, pl.DataType], path: str, within: pl.Expr | None) -> Held | None:
    """What a path leads to from the fields of a struct, or from the columns. The longest name wins."""
    for name, rest in _beginnings(path):
        own = name.removesuffix(EACH)
        dtype = fields.get(own)
        if dtype is None:
            continue
        value = pl.col(own) if within is None else within.struct.field(own)
        found = _inside(dtype, value, rest, each=own != name)
        if found is not None:
            return found
    return None


def _beginnings(path: str) -> list[tuple[str, str]]:
    """The names that a path may begin with, and what follows: names may hold points."""
    parts = path.split(".")
    return [(".".join(parts[:n]), ".".join(parts[n:])) for n in range(len(parts), 0, -1)]


def _inside(dtype: pl.DataType, value: pl.Expr, rest: str, *, each: bool) -> Held | None:
    if isinstance(dtype, pl.Array) and each:
        dtype, value = pl.List(dtype.inner), value.arr.to_list()
    match dtype:
        case pl.List() if each:
            inner = _inside(dtype_instance(dtype.inner), pl.element(), rest, each=False)
            if inner is None:
                return None
            held = Held(pl.List(inner.dtype), value.list.eval(inner.value))
            return _flat(held) if isinstance(inner.dtype, pl.List) else held
        case _ if each:
            return None
        case _ if not rest:
            return Held(dtype, value)
        case pl.Struct():
            return _among({field.name: dtype_instance(field.dtype) for field in dtype.fields}, rest, value)
        case _:
            return None


def _flat(held: Held) -> Held:
    """A list of lists as one list."""
    assert isinstance(held.dtype, pl.List)
    flat = held.value.list.eval(pl.element().explode())
    return replace(held, dtype=dtype_instance(held.dtype.inner), value=flat)


def with_texts(schema: Mapping[str, pl.DataType], path: str) -> dict[str, pl.DataType]:
    """The schema, in which doubles that a path leads to are texts."""
    changed = dict(schema)
    if path in changed:
        changed[path] = _as_text(changed[path])
        return changed
    for name, rest in _beginnings(path):
        own = name.removesuffix(EACH)
        if own in changed:
            inner = changed[own]
            changed[own] = _text_inside(inner, rest, each=own != name)
            if changed[own] != inner:
                break
    return changed


def _text_inside(dtype: pl.DataType, rest: str, *, each: bool) -> pl.DataType:
    match dtype:
        case pl.List() if each:
            return pl.List(_text_inside(dtype_instance(dtype.inner), rest, each=False))
        case pl.Struct() if rest and not each:
            fields = {field.name: dtype_instance(field.dtype) for field in dtype.fields}
            return pl.Struct(with_texts(fields, rest))
        case _ if not rest and not each:
            return _as_text(dtype)
        case _:
            return dtype


def _as_text(dtype: pl.DataType) -> pl.DataType:
    return pl.String() if dtype.is_float() else dtype
