"""How values are written: the dress of a column, guessed from some of its values and tested on all of them.

A dress is the type of a column and the keys that say how its texts are read; what it does to a text is an
expression, so that all rows are tested in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from segmentry.engine.starter.onboard.words import (
    CONSENT,
    COUNT,
    MONEY,
    TIME,
    has,
    is_identity,
    ranked,
    vocabulary,
    words,
)

CURRENCY_SIGNS: Final = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "zł": "PLN", "Kč": "CZK"}
"""Signs that stand for one currency; a dollar sign stands for several."""
CURRENCIES: Final = vocabulary(
    "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN CAD AUD NZD JPY CNY INR BRL MXN ZAR TRY ILS SGD HKD KRW "
    "AED CLP COP ARS PKR RUB UAH THB IDR MYR PHP SAR TWD"
)
MISSING: Final = ranked(
    "NA N/A n/a #N/A NULL null None none NaN nan - -- \\N (null) (empty) (blank) #NV ? unknown"
)
"""Words for nothing, as exports write them."""
_MISSING_TEXT: Final = frozenset(MISSING) - {"NA", "none", "None", "unknown", "?"}
"""Those that are no value of a text either."""
_TRUTHS: Final = (
    (("yes",), ("no",)),
    (("y",), ("n",)),
    (("ja",), ("nein",)),
    (("oui",), ("non",)),
    (("t",), ("f",)),
    (("si", "sí"), ("no",)),
    (("on",), ("off",)),
    (("1",), ("0",)),
    (
        ("subscribed",),
        (
            "unsubscribed",
            "never_subscribed",
            "nonsubscribed",
            "non-subscribed",
            "cleaned",
            "pending",
            "not subscribed",
            "never subscribed",
            "not_subscribed",
        ),
    ),
    (("opted in", "opted_in", "optin", "opt-in"), ("opted out", "opted_out", "optout", "opt-out")),
)
_NUMBER: Final = r"(?:{whole})(?:{mark}\d+)?"
_GROUPS: Final = {
    None: r"\d+",
    ",": r"\d{1,3}(?:,\d{3})+|\d+",
    ".": r"\d{1,3}(?:\.\d{3})+|\d+",
    " ": r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+",
    "'": r"\d{1,3}(?:['’]\d{3})+|\d+",
}
_MARKS: Final = ((".", None), (".", ","), (",", None), (",", "."), (",", " "), (".", "'"), (".", " "))
"""Decimal and thousands marks in the order in which they are believed."""
_SIGN: Final = r"(?:[€£$¥₹₽]|zł|Kč|[A-Z]{3}|US\$|A\$|C\$)?\s?"
_DATES: Final = re.compile(r"^(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})(?:[ T,].*)?$")
_PATTERNS: Final = (
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%d %b %Y %H:%M:%S",
    "%b %d, %Y, %I:%M %p",
    "%a, %d %b %Y %H:%M:%S",
    "%b %d, %Y %H:%M:%S",
)
_LIST_WORDS: Final = vocabulary(
    "tags tag categories interests segments labels groups lists topics skus products kategorien themen"
)
MANY: Final = 0.995
"""The share of the looked-at values that has to fit before a dress is tried on all."""


@dataclass(frozen=True)
class SeenDress:
    """A type and the keys of a column that say how its texts are read."""

    type: str
    keys: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sign: str | None = None
    """The sign or code of a currency beside the numbers."""
    orders: tuple[str, ...] = ()
    """Orders of day and month that all looked-at values allow."""
    plain: bool = False
    """Whether the looked-at numbers have nothing beside their digits, point and sign."""


def dress_of(heading: str, values: pl.Series) -> SeenDress:
    """The likeliest dress of distinct texts, none of them empty."""
    words_for_nothing = [word for word in MISSING if (values == word).any()]
    known = values.filter(~values.is_in(words_for_nothing)) if words_for_nothing else values
    found = _typed(heading, known)
    if found.type == "string":
        nothing = [word for word in words_for_nothing if word in _MISSING_TEXT]
    else:
        nothing = words_for_nothing
    return replace(found, keys={**found.keys, "missing_values": nothing}) if nothing else found


def _typed(heading: str, values: pl.Series) -> SeenDress:
    if not len(values):
        return SeenDress("string")
    for guess in (_truth, _moment, _number, _list):
        if (found := guess(heading, values)) is not None:
            return found
    return SeenDress("string")


def _share(values: pl.Series, pattern: str) -> float:
    return float(values.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]


# --- truths ---------------------------------------------------------------------------------------


def _truth(heading: str, values: pl.Series) -> SeenDress | None:
    if len(values) > 8:
        return None
    found = {str(value).lower() for value in values}
    if found <= {"true", "false"}:
        return SeenDress("boolean")
    for yes, no in _TRUTHS:
        fits = found <= {*yes, *no} and (len(found) > 1 or has(heading, CONSENT))
        if fits and ("1" not in yes or has(heading, CONSENT) or words(heading)[:1] in (("is",), ("has",))):
            texts = sorted(str(value) for value in values)
            keys = {
                "true_values": [text for text in texts if text.lower() in yes],
                "false_values": [text for text in texts if text.lower() in no],
            }
            return SeenDress("boolean", {key: found for key, found in keys.items() if found})
    return None


# --- dates and times ------------------------------------------------------------------------------

_ISO_DAY = r"^\d{4}-\d{2}-\d{2}"
_ISO = _ISO_DAY + r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$"
_SPLIT = (
    r"^\d{1,4}[./-]\d{1,2}[./-]\d{2,4}(?:[ T,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:[AaPp]\.?[Mm]\.?)?)?$"
)


def _moment(heading: str, values: pl.Series) -> SeenDress | None:
    if _share(values, _ISO) >= MANY:
        timed = (
            values.str.contains(r"\d:\d").any()
            and not values.str.contains(r"[T ]00:00(:00)?\b|^.{10}$").all()
        )
        return SeenDress("datetime" if timed else "date")
    if _share(values, _SPLIT) >= MANY:
        return _split_date(values)
    if has(heading, TIME) and not has(heading, COUNT) and _share(values, r"^\d+(\.0)?$") >= MANY:
        return _counted_date(values)
    for pattern in _PATTERNS:
        if values.str.strptime(pl.Datetime, pattern, strict=False).is_not_null().mean() >= MANY:  # type: ignore[operator]
            timed = "%M" in pattern
            return SeenDress("datetime" if timed else "date", {"format": pattern})
    return None


def _split_date(values: pl.Series) -> SeenDress | None:
    timed = bool(values.str.contains(r"\d:\d").any())
    midnight = bool(values.str.contains(r"[T ,]0?0:00(:00)?$").all())
    kind = "datetime" if timed and not midnight else "date"
    orders = tuple(order for order in ORDERS if _fits_order(values, order) >= MANY)
    if not orders:
        return None
    return SeenDress(kind, {"format": orders[0]}, orders=orders)


ORDERS: Final = ("year_first", "day_first", "month_first")
_PLACES: Final = {"year_first": (0, 1, 2), "day_first": (2, 1, 0), "month_first": (2, 0, 1)}
"""Where year, month and day stand."""


def _fits_order(values: pl.Series, order: str) -> float:
    return float(pl.select(day_in(pl.lit(values), order).is_not_null().mean()).item() or 0.0)


def day_in(text: pl.Expr, order: str) -> pl.Expr:
    """The date at the beginning of texts whose day, month and year stand in this order."""
    found: list[pl.Expr] = []
    for digits, form in (("4", "%Y-%m-%d"), ("2", "%y-%m-%d")):
        pattern, order_of = _split_pattern(order, digits)
        iso = pl.when(text.str.contains(pattern)).then(text.str.replace(pattern, order_of))
        found.append(iso.str.to_date(form, strict=False))
    return pl.coalesce(found)


def _split_pattern(order: str, digits: str) -> tuple[str, str]:
    """What a date with a year of so many digits looks like, and where year, month and day stand in it."""
    parts = [r"(\d{1,2})"] * 3
    year, month, day = _PLACES[order]
    parts[year] = rf"(\d{{{digits}}})"
    return rf"^{'[./-]'.join(parts)}(?:\D.*)?$", f"${{{year + 1}}}-${{{month + 1}}}-${{{day + 1}}}"


def _counted_date(values: pl.Series) -> SeenDress | None:
    numbers = values.cast(pl.Float64, strict=False)
    least, most = float(numbers.min() or 0), float(numbers.max() or 0)  # type: ignore[arg-type]
    if least >= 19000101 and most <= 21001231 and values.str.contains(r"^\d{8}$").all():
        return SeenDress("date")
    for unit, low, high in (("unix_seconds", 6e8, 4.2e9), ("unix_milliseconds", 6e11, 4.2e12)):
        if low <= least and most <= high:
            return SeenDress("datetime", {"format": unit})
    if least >= 20000 and most <= 80000:
        return SeenDress("date", {"format": "excel_serial"})
    return None


# --- numbers --------------------------------------------------------------------------------------


def _number(heading: str, values: pl.Series) -> SeenDress | None:
    if is_identity(heading):
        return None
    if _share(values, r"^0\d+$") > 0:
        return None
    percent = _share(values, r"%$") >= MANY
    texts = values.str.replace(r"\s?%$", "") if percent else values
    for decimal, thousands in _MARKS:
        if _share(texts, number_pattern(decimal, thousands)) >= MANY:
            return _number_dress(heading, texts, decimal, thousands, percent)
    return None


def number_pattern(decimal: str, thousands: str | None) -> str:
    """What numbers look like with these marks, with a sign, a currency, and brackets or a minus behind."""
    body = _NUMBER.format(whole=_GROUPS[thousands], mark=re.escape(decimal))
    return rf"^\(?[-+]?\s?{_SIGN}[-+]?{body}(?:[eE][-+]?\d+)?\s?{_SIGN}-?\)?$"


def _number_dress(
    heading: str, texts: pl.Series, decimal: str, thousands: str | None, percent: bool
) -> SeenDress:
    keys: dict[str, Any] = {}
    if decimal != ".":
        keys["decimal"] = decimal
    if thousands is not None:
        keys["thousands"] = thousands
    if percent:
        return SeenDress("number", {**keys, "percent": True})
    signs = texts.str.extract(r"([€£$¥₹₽]|zł|Kč|\b[A-Z]{3}\b)").drop_nulls().unique()
    sign = str(signs[0]) if len(signs) == 1 else None
    fractional = bool(texts.str.contains(rf"{re.escape(decimal)}\d").any())
    money = sign is not None or (
        has(heading, MONEY) and not has(heading, COUNT - frozenset({"items", "item"}))
    )
    if not fractional and not money:
        return SeenDress("integer", keys)
    plain = not keys and bool(texts.cast(pl.Float64, strict=False).is_not_null().all())
    return SeenDress("decimal", keys, sign, plain=plain)


def wider_dress(dress: SeenDress, misfit: pl.Series) -> SeenDress:
    """A dress of numbers that lets more pass: with the thousands mark that texts have which did not fit."""
    if dress.type not in ("integer", "decimal", "number"):
        return dress
    texts = misfit.filter(~misfit.is_in(MISSING))
    decimal = dress.keys.get("decimal", ".")
    for mark, thousands in _MARKS:
        fits = mark == decimal and thousands and _share(texts, number_pattern(decimal, thousands)) == 1
        if fits and "thousands" not in dress.keys:
            return replace(dress, keys={**dress.keys, "thousands": thousands}, plain=False)
    return replace(dress, plain=False)


def read_number(text: pl.Expr, keys: Mapping[str, Any]) -> pl.Expr:
    """``Float64`` of texts in this dress; null where they don't fit."""
    decimal, thousands = keys.get("decimal", "."), keys.get("thousands")
    plain = text.cast(pl.Float64, strict=False)
    if decimal == "." and thousands is None:
        bare = text.str.replace_all(r"[^\d.eE+-]", "").cast(pl.Float64, strict=False)
        return (
            pl.when(plain.is_not_null())
            .then(plain)
            .when(text.str.contains(number_pattern(".", None)))
            .then(bare)
        )
    kept = text.str.replace_all(rf"[^\d{re.escape(decimal)}-]", "").str.replace(decimal, ".", literal=True)
    return pl.when(text.str.contains(number_pattern(decimal, thousands))).then(
        kept.cast(pl.Float64, strict=False)
    )


# --- lists ----------------------------------------------------------------------------------------


def _list(heading: str, values: pl.Series) -> SeenDress | None:
    if _share(values, r"^\[.*\]$") >= MANY and _share(values, r'^\[\s*("|\])') >= MANY:
        return SeenDress("list", {"json": True})
    if not _LIST_WORDS & set(words(heading)):
        return None
    for mark in (";", "|", ","):
        if values.str.contains(mark, literal=True).any():
            return SeenDress("list", {"split": mark})
    return None


# --- all rows -------------------------------------------------------------------------------------


def read_value(text: pl.Expr, dress: SeenDress) -> pl.Expr:
    """What a dress makes of texts, for counting: null where they don't fit. Lists and texts stay texts."""
    keys, form = dress.keys, dress.keys.get("format")
    match dress.type:
        case "integer" if not {"decimal", "thousands"} & set(keys):
            return text.cast(pl.Int64, strict=False)
        case "decimal" if dress.plain:
            return text.cast(pl.Float64, strict=False)
        case "integer" | "decimal" | "number":
            return read_number(text.str.replace(r"\s?%$", "") if keys.get("percent") else text, keys)
        case "boolean":
            return _read_truth(text, keys)
        case "date" | "datetime":
            return _read_moment(text, form)
        case _:
            return text


def _read_truth(text: pl.Expr, keys: Mapping[str, Any]) -> pl.Expr:
    yes, no = _truth_words(keys)
    return pl.when(text.is_in(yes)).then(True).when(text.is_in(no)).then(False)


def _truth_words(keys: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str]]:
    if "true_values" in keys or "false_values" in keys:
        return keys.get("true_values", []), keys.get("false_values", [])
    return ["true", "True", "TRUE"], ["false", "False", "FALSE"]


def _read_moment(text: pl.Expr, form: str | None) -> pl.Expr:
    match form:
        case None:
            day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
            return pl.coalesce(day, text.str.to_date("%Y%m%d", strict=False))
        case "year_first" | "day_first" | "month_first":
            return day_in(text, form)
        case "unix_seconds":
            return pl.from_epoch(text.cast(pl.Int64, strict=False), "s").cast(pl.Date)
        case "unix_milliseconds":
            return pl.from_epoch(text.cast(pl.Int64, strict=False), "ms").cast(pl.Date)
        case "excel_serial":
            return pl.lit("1899-12-30").str.to_date() + pl.duration(
                days=text.cast(pl.Float64, strict=False).cast(pl.Int64)
            )
        case _:
            return text.str.strptime(pl.Datetime, form, strict=False).cast(pl.Date)
