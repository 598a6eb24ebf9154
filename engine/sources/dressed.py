"""From values as a contract says they are written to the types of the rules.

What is declared is tried on texts, and on numbers that count time. Where nothing is declared, the conversion
is the strict one itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import polars as pl

from segmentry.engine.files.dress import Dress
from segmentry.engine.language.date_formats import COUNTED
from segmentry.engine.language.types import STRING, Type
from segmentry.engine.sources import parse_dates
from segmentry.engine.sources.convert import (
    Conversion,
    conversion,
    lost,
    lost_finite,
    lost_text,
    made_ready_by,
    natural_type,
)
from segmentry.engine.sources.parse_iso import batched
from segmentry.engine.sources.plain_numbers import is_dressed, plain_numbers
from segmentry.engine.sources.plain_text import cleaned, is_cleaned, truths, words_for_missing
from segmentry.engine.sources.zones import INSTANT, local_date

TEXTS = pl.List(pl.String())


def dressed_conversion(
    dtype: pl.DataType, to: Type, zone: str, dress: Dress, unit: str | None
) -> Conversion | None:
    """How a column of a file's dtype becomes one of a type, written as declared; None where it can't.

    ``zone`` is the IANA name of the zone that local times are of, ``unit`` what the column is measured in.
    """
    if dtype == pl.Null:
        return conversion(dtype, to, zone)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        inner = dressed_conversion(pl.String(), to, zone, dress, unit)
        return None if inner is None else made_ready_by(lambda raw: raw.cast(pl.String), inner)
    is_text = dtype == pl.String
    found = _of_texts(to, zone, dress, unit) if is_text else _of_typed(dtype, to, zone, dress)
    if found is None or not dress.missing_values:
        return found
    return made_ready_by(lambda raw: pl.when(~_is_missing(raw, dtype, zone, dress)).then(raw), found)


def _is_missing(raw: pl.Expr, dtype: pl.DataType, zone: str, dress: Dress) -> pl.Expr:
    """Whether a value is a word for missing; of another type than text, one of the values of those words."""
    if dtype == pl.String:
        found = words_for_missing(raw, dress.missing_values)
    else:
        plan = conversion(pl.String(), natural_type(dtype), zone)
        own = conversion(dtype, natural_type(dtype), zone)
        if plan is None or own is None:
            return pl.lit(value=False)
        words = pl.Series("words", dress.missing_values, dtype=pl.String).to_frame()
        values = words.select(plan.value(pl.col("words"))).to_series().drop_nulls()
        found = own.value(raw).is_in(values.implode())
    return found.fill_null(value=False)


# --- texts ----------------------------------------------------------------------------------------------


def _of_texts(to: Type, zone: str, dress: Dress, unit: str | None) -> Conversion | None:
    strict = conversion(pl.String(), to, zone)
    match to.kind:
        case "string" if strict is not None and is_cleaned(dress):
            return made_ready_by(lambda raw: cleaned(raw, dress), strict)
        case "integer" | "number" | "decimal" if strict is not None and is_dressed(dress, unit):
            return made_ready_by(lambda raw: plain_numbers(raw, dress, unit), strict)
        case "boolean" if strict is not None and (dress.true_values or dress.false_values):
            return made_ready_by(lambda raw: truths(raw, dress), strict)
        case "date" if dress.format:
            parse = partial(parse_dates.dates, forms=dress.format, zone=zone)
            return Conversion(lambda raw: batched(raw, parse, pl.Date()), lost_text)
        case "datetime" if dress.format:
            parse = partial(parse_dates.instants, forms=dress.format, zone=zone)
            return Conversion(lambda raw: batched(raw, parse, INSTANT), lost_text)
        case "list" if to.element == STRING and dress.split is not None:
            return Conversion(lambda raw: _kept(_split(raw, dress.split or ""), dress))
        case "list" if to.element == STRING and dress.json:
            return Conversion(lambda raw: _kept(batched(raw, _parsed, TEXTS), dress), lost_text)
        case _:
            return strict


def _split(text: pl.Expr, separator: str) -> pl.Expr:
    filled = pl.when(text.str.strip_chars() != "").then(text)
    return filled.str.split(separator)


def _kept(texts: pl.Expr, dress: Dress) -> pl.Expr:
    """The elements of a list without white space around them, cleaned as declared; no empty ones."""
    element = pl.element().str.strip_chars()
    kept = cleaned(element, replace(dress, missing_values=()))
    return texts.list.eval(kept).list.drop_nulls()


def _parsed(texts: pl.Series) -> pl.Series:
    """``List(String)`` of JSON lists of texts, numbers and truths; each distinct text is looked at once."""
    distinct = texts.unique().drop_nulls()
    lists = pl.Series("lists", [_list_of(text) for text in distinct], dtype=TEXTS)
    known = pl.DataFrame({"text": distinct, "lists": lists})
    found = texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")
    return found["lists"].alias(texts.name)


def _list_of(text: str) -> list[str] | None:
    try:
        parsed: object = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, list):
        return None
    known = [item for item in cast("list[object]", parsed) if item is not None]
    words = [str(item).lower() if isinstance(item, bool) else item for item in known]
    texts = [word for word in words if isinstance(word, str)]
    return texts if len(texts) == len(words) else None


# --- values of a file's own types -----------------------------------------------------------------------


def _of_typed(dtype: pl.DataType, to: Type, zone: str, dress: Dress) -> Conversion | None:
    strict = conversion(dtype, to, zone)
    is_number = dtype.is_integer() or dtype.is_float() or isinstance(dtype, pl.Decimal)
    counts = next((form for form in dress.format if form in COUNTED), None)
    match to.kind:
        case "date" | "datetime" if is_number and counts is not None:
            return _counted(dtype, to, counts, zone)
        case "date" | "datetime" if dtype.is_integer():
            return _as_text(_of_texts(to, zone, dress, None))
        case "boolean" if dtype.is_integer() and (dress.true_values or dress.false_values):
            return _as_text(_of_texts(to, zone, dress, None))
        case "integer" | "number" | "decimal" if dress.percent:
            return None
        case "string" if strict is not None and is_cleaned(dress):
            return _then(strict, lambda value: cleaned(value, dress))
        case "list" if strict is not None and to.element == STRING and is_cleaned(dress):
            return _then(strict, lambda value: _kept(value, dress))
        case _:
            return strict


def _then(first: Conversion, last: Callable[[pl.Expr], pl.Expr]) -> Conversion:
    def value(raw: pl.Expr) -> pl.Expr:
        return last(first.value(raw))

    return replace(first, value=value)


def _as_text(then: Conversion | None) -> Conversion | None:
    return None if then is None else made_ready_by(lambda raw: raw.cast(pl.String), then)


def _counted(dtype: pl.DataType, to: Type, form: str, zone: str) -> Conversion:
    def value(raw: pl.Expr) -> pl.Expr:
        instant = parse_dates.counted(raw, dtype, form, zone)
        return local_date(instant, zone) if to.kind == "date" else instant

    return Conversion(value, lost_finite if dtype.is_float() else lost)
