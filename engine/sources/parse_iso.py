"""Dates and times of ISO 8601, in every dress that programs give them and that has one meaning.

The usual forms are parsed first, batch by batch, so that a column of them costs nothing more. What is left
is brought to those forms: `20261031`, `2026-10-31 9:05`, ` +0200`, ` UTC`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from segmentry.engine.sources.zones import LOCAL, localize_series

# The year 0 is no year of the calendar that dates are shown in.
_DAY = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_DATE = f"^{_DAY}$"
_MIDNIGHT = rf"^({_DAY})[ T]0?0:00(?::00(?:\.0{{1,9}})?)?$"
_MOMENT = f"^{_DAY}(?:T{_CLOCK}{_ZONE}?)?$"
_COMPACT = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"

# The likeliest and fastest first.
_LOCAL_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")
_ZONED_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z")


def days(texts: pl.Series, *, compact: bool = True) -> pl.Series:
    """``Date`` of texts such as 2026-01-31 or 20260131, also with a midnight behind; null for any other.

    Without ``compact`` eight digits are none.
    """
    words = texts.str.strip_chars()
    fits = words.str.contains(_DATE)
    if not fits.all():
        loose = words.str.replace(_MIDNIGHT, "$1")
        loose = loose.str.replace(_COMPACT, "$1-$2-$3") if compact else loose
        words = loose.set(~loose.str.contains(_DATE), None)
    return words.str.to_date("%Y-%m-%d", strict=False)


def instants(texts: pl.Series, zone: str, *, compact: bool = True) -> pl.Series:
    """``Datetime("us", "UTC")`` of texts; without an offset they are local times of ``zone``.

    A date alone is its midnight. Null for any other text; without ``compact`` for eight digits, too.
    """
    words = texts.str.strip_chars()
    texts = words.str.replace(" ", "T", literal=True)
    fits = texts.str.contains(_MOMENT)
    if not fits.all():
        texts = _joined(words, compact=compact)
        texts = texts.set(~texts.str.contains(_MOMENT), None)
    local = empty(texts, LOCAL)
    for form in _LOCAL_FORMATS:
        local = filled_in(local, texts, moments_of(form))
    if local.null_count() == texts.null_count():
        return localize_series(local, zone)
    local = filled_in(local, texts, lambda left: left.str.to_date("%Y-%m-%d", strict=False).cast(LOCAL))
    found = localize_series(local, zone)
    for form in _ZONED_FORMATS:
        found = filled_in(found, texts, moments_of(form))
    return found


def _joined(texts: pl.Series, *, compact: bool) -> pl.Series:
    """Texts in one of the usual forms, where they have another of the same meaning."""
    texts = texts.str.replace(_COMPACT, "$1-$2-$3") if compact else texts
    texts = texts.str.replace("^([0-9-]{10}) ", "${1}T").str.replace("T([0-9]):", "T0$1:")
    return texts.str.replace(" ?UTC$", "Z").str.replace(r" ([+-][0-9:]+|Z)$", "$1")


def empty(like: pl.Series, dtype: pl.DataType) -> pl.Series:
    """As many nulls as a series is long."""
    return pl.Series(like.name, [None], dtype=dtype).new_from_index(0, len(like))


def moments_of(form: str) -> Callable[[pl.Series], pl.Series]:
    """What parses texts by a form of chrono: ``Datetime("us")``, with an offset in UTC; null where none."""
    # A cache of parsed texts costs more than parsing: moments seldom repeat.
    return lambda texts: texts.str.to_datetime(form, time_unit="us", strict=False, cache=False)


def filled_in(found: pl.Series, texts: pl.Series, parse: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Values, and where there is none yet, those that texts are parsed to."""
    if found.null_count() <= texts.null_count():
        return found
    left = (found.is_null() & texts.is_not_null()).arg_true()
    if len(left) == len(texts):
        return parse(texts).cast(found.dtype)
    return found.scatter(left, parse(texts.gather(left)).cast(found.dtype))


def batched(text: pl.Expr, parse: Callable[[pl.Series], pl.Series], dtype: pl.DataType) -> pl.Expr:
    """A parser of series as an expression, row by row."""
    return text.map_batches(parse, return_dtype=dtype, is_elementwise=True)
