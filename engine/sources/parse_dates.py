"""Dates and times of a declared `format`: words, patterns of strptime, and numbers that count time.

A text is tried by the forms in their order. ISO 8601 with dashes is taken beside them: it has one meaning,
and a workbook's cells of dates come as that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import time
from functools import partial
from itertools import product
from typing import Final

import polars as pl

from segmentry.engine.language.date_formats import COUNTED, MARKS, NAMED, DatePattern, takes_iso
from segmentry.engine.sources import parse_iso
from segmentry.engine.sources.parse_iso import empty, filled_in, moments_of
from segmentry.engine.sources.zones import INSTANT, LOCAL, localize, localize_series, to_local_series

_DAY: Final = 86_400_000_000
_EXCEL_EPOCH: Final = 25_569
"""Days from Excel's day 0 to 1970-01-01."""
_LEAP_1900, _MARCH_1900 = 60, 61

_FIRST: Final = -62_135_510_400_000_000
_LAST: Final = 253_402_128_000_000_000
"""Microseconds within which an instant has a date of the years 1 to 9999 in every zone."""

_CLOCK = (
    r"(?:(?:,?\s+|T)[0-9]{1,2}:[0-9]{2}(?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(?:\s*[AaPp]\.?[Mm]\.?)?(?:\s*(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_HALVES = r"\s*([AaPp])\.?[Mm]\.?"
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S%.f", " %I:%M:%S%.f %p")


def dates(texts: pl.Series, forms: Sequence[str], zone: str) -> pl.Series:
    """``Date`` of texts by the first form that they are of; null for any other text.

    A word takes a time only where it is midnight; of a pattern with a time, and of an instant, it is the
    date in ``zone``.
    """
    found = empty(texts, pl.Date())
    words = texts.str.strip_chars()
    words = words.set(words == "", None)
    for form in forms:
        found = filled_in(found, words, partial(_days_of, form, zone))
    if all(map(takes_iso, forms)):
        found = filled_in(found, words, partial(parse_iso.days, compact=False))
    return found


def instants(texts: pl.Series, forms: Sequence[str], zone: str) -> pl.Series:
    """``Datetime("us", "UTC")`` of texts by the first form that they are of; null for any other text.

    Without an offset they are local times of ``zone``, a date alone is its midnight.
    """
    found = empty(texts, INSTANT)
    words = texts.str.strip_chars()
    words = words.set(words == "", None)
    for form in forms:
        found = filled_in(found, words, partial(_instants_of, form, zone))
    if all(map(takes_iso, forms)):
        found = filled_in(found, words, partial(parse_iso.instants, zone=zone, compact=False))
    return found


def counted(numbers: pl.Expr, dtype: pl.DataType, form: str, zone: str) -> pl.Expr:
    """``Datetime("us", "UTC")`` of numbers that count time; null for what is out of the calendar.

    ``dtype`` is a text's, an integer's, a decimal's or a double's. Parts of a microsecond are rounded, of an
    Excel serial those of a millisecond: that is how exact its days are. They are days of local time.
    """
    if form == "excel_serial":
        days = numbers.cast(pl.Float64, strict=False)
        # Excel counts a 29 February 1900 that never was; its day 0 is no day.
        days = pl.when(days >= _MARCH_1900).then(days).when((days >= 1) & (days < _LEAP_1900)).then(days + 1)
        millis = ((days - _EXCEL_EPOCH) * (_DAY // 1000)).round(0)
        return localize(_within(millis.cast(pl.Int64, strict=False) * 1000, by=_DAY).cast(LOCAL), zone)
    scale = 6 if form == "unix_seconds" else 3
    if dtype.is_float():
        micros = (numbers.cast(pl.Float64) * 10.0**scale).round(0).cast(pl.Int128, strict=False)
    else:
        micros = numbers.cast(pl.Decimal(38, scale), strict=False).to_physical()
    return _within(micros).cast(INSTANT)


def _within(micros: pl.Expr, by: int = 0) -> pl.Expr:
    return pl.when(micros.is_between(_FIRST - by, _LAST + by)).then(micros).cast(pl.Int64, strict=False)


# --- one form -------------------------------------------------------------------------------------------


def _days_of(form: str, zone: str, texts: pl.Series) -> pl.Series:
    if form in COUNTED:
        return _dates_at(_counted_texts(form, zone, texts), zone)
    if form in NAMED:
        local = _local_of(form, _of_word(form, texts))
        return local.set(local.dt.time() != time(), None).dt.date()
    pattern = DatePattern(form)
    if pattern.has_zone:
        return _dates_at(_instants_of(form, zone, texts), zone)
    return _local_of_pattern(pattern, texts).dt.date()


def _instants_of(form: str, zone: str, texts: pl.Series) -> pl.Series:
    if form in COUNTED:
        return _counted_texts(form, zone, texts)
    if form in NAMED:
        fitting = _of_word(form, texts)
        found = localize_series(_local_of(form, fitting), zone)
        for zoned in (f"{clock}%#z" for clock in _TIMES[1:]):
            found = filled_in(found, _zoned(fitting), _forms_of(form, "-", zoned))
        return found
    pattern = DatePattern(form)
    if pattern.has_zone:
        fitting = texts.set(~texts.str.contains(f"^(?:{pattern.expression})$"), None)
        return moments_of(pattern.directives)(fitting).cast(INSTANT)
    return localize_series(_local_of_pattern(pattern, texts), zone)


def _counted_texts(form: str, zone: str, texts: pl.Series) -> pl.Series:
    return texts.to_frame("t").select(counted(pl.col("t"), pl.String(), form, zone)).to_series()


def _dates_at(instants: pl.Series, zone: str) -> pl.Series:
    return to_local_series(instants, zone).dt.date()


def _local_of_pattern(pattern: DatePattern, texts: pl.Series) -> pl.Series:
    fitting = texts.set(~texts.str.contains(f"^(?:{pattern.expression})$"), None)
    if pattern.has_time:
        return moments_of(pattern.directives)(fitting)
    return fitting.str.to_date(pattern.directives, strict=False).cast(LOCAL)


# --- words ----------------------------------------------------------------------------------------------


def _of_word(form: str, texts: pl.Series) -> pl.Series:
    """The texts that have the shape of a word; null for others, such as a year of two digits."""
    days = "|".join(DatePattern(NAMED[form].format(mark)).expression for mark in MARKS)
    return texts.set(~texts.str.contains(f"^(?:{days}){_CLOCK}$"), None)


def _local_of(form: str, texts: pl.Series) -> pl.Series:
    """``Datetime("us")`` without an offset: the form of the first text first, which most others share."""
    found = empty(texts, LOCAL)
    for mark, clock in _ordered(form, texts):
        found = filled_in(found, texts, _forms_of(form, mark, clock))
    plain = _spaced(texts)
    for clock in _TIMES[1:]:
        found = filled_in(found, plain, _forms_of(form, "-", clock))
    return found


def _ordered(form: str, texts: pl.Series) -> Iterator[tuple[str, str]]:
    usual = list(product(MARKS, _TIMES))
    first = texts.drop_nulls().head(1)
    if first.is_empty():
        return iter(())
    return iter(sorted(usual, key=lambda it: _forms_of(form, *it)(first).null_count()))


def _forms_of(form: str, mark: str, clock: str) -> Callable[[pl.Series], pl.Series]:
    directives = NAMED[form].format(mark) + clock
    if clock:
        return moments_of(directives)
    return lambda texts: texts.str.to_date(directives, strict=False).cast(LOCAL)


def _spaced(texts: pl.Series) -> pl.Series:
    """The marks of the day as dashes, one space before the time, and one before its half of the day."""
    dashed = texts.str.replace("^([0-9]+)[/.]([0-9]+)[/.]", "$1-$2-")
    return dashed.str.replace(r"^([0-9-]{8,10})(?:,?\s+|T)", "$1 ").str.replace(_HALVES, " ${1}M")


def _zoned(texts: pl.Series) -> pl.Series:
    """As `_spaced`, with nothing before the offset."""
    return _spaced(texts).str.replace(r"\s*UTC$", "Z").str.replace(r"\s*(Z|[+-][0-9:]{2,6})$", "$1")
