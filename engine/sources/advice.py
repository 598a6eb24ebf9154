"""What a bad value should have looked like, and the key under which it would have been read.

Only keys are named under which this very value parses: each is tried on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Final

import polars as pl

from segmentry.engine.files.dress import Dress
from segmentry.engine.language.currencies import currencies_of, is_currency_code
from segmentry.engine.language.date_formats import COUNTED, MARKS, NAMED
from segmentry.engine.language.types import Type
from segmentry.engine.sources.dressed import dressed_conversion

_CORRECT = "Correct the value in the file"
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_DECIMAL = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?\s*")
_MONEY = re.compile(r"[0-9\s.,'\u2019()+%\u2212-]+")
_SIZES: Final = {5: "excel_serial", 10: "unix_seconds", 13: "unix_milliseconds"}
"""Digits before the point of numbers that count time, in our days."""

_THOUSANDS: Final = ((",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."))


def expected(kind: Type, dress: Dress, value: Any) -> str:
    """What a value of a type, written as declared, looks like."""
    text = str(value)
    sample = f"{12.5:.{min(kind.scale, 6)}f}" if kind.kind == "decimal" else "12.5"
    written = sample.replace(".", dress.decimal or ".")
    match kind.kind:
        case "integer":
            fits = "a whole number that fits into 64 bits"
            return fits if _WHOLE.fullmatch(text) else "a whole number such as 12"
        case "number" | "decimal" if dress.percent:
            return f"a percentage such as {written} %"
        case "number":
            return f"a number such as {written}"
        case "decimal":
            if _DECIMAL.fullmatch(text) and dress.decimal != ",":
                return f"a decimal with {kind.scale} places that fits into 38 digits"
            return f"a decimal such as {written}"
        case "boolean":
            words = (*dress.true_values, *dress.false_values)
            return f"true or false, or one of {', '.join(words[:12])}" if words else "true or false"
        case "date" | "datetime" if dress.format:
            what = "a date" if kind.kind == "date" else "a date with time"
            return f"{what} as `format` says ({', '.join(dress.format)})"
        case "date":
            return "a date such as 2026-01-31"
        case "datetime":
            return "a date with time such as 2026-01-31T12:30"
        case "list" if dress.json:
            return 'a list as JSON, such as ["a", "b"]'
        case "list":
            return "a list of values that fit into 64 bits"
        case "string" | "unknown" | "unsupported":
            return kind.words()


def advice(value: Any, kind: Type, dress: Dress, unit: str | None, zone: str) -> str:
    """What to do about a bad value, as the beginning of a sentence."""
    text = str(value).strip()
    match kind.kind:
        case "date" | "datetime":
            forms = (form for form in _forms(text) if _reads(text, kind, Dress((form,)), zone))
            found = [f"format: {json.dumps(form) if '%' in form else form}" for form in forms]
        case "integer" | "number" | "decimal":
            other = _other_money(text, unit)
            if other is not None:
                return other
            found = [words for words, dressed in _numbers(dress) if _reads(text, kind, dressed, zone, unit)]
        case "boolean":
            return "Say by `true_values` and `false_values` which words mean which"
        case _:
            found = []
    if not found:
        return _CORRECT
    one = f"Write `{found[0]}` on the column"
    return one if len(found) == 1 else f"{one}, or `{found[1]}`, whichever is meant"


def _reads(text: str, kind: Type, dress: Dress, zone: str, unit: str | None = None) -> bool:
    """Whether a value of a dress parses."""
    plan = dressed_conversion(pl.String(), kind, zone, dress, unit)
    if plan is None:
        return False
    frame = pl.DataFrame({"text": [text]})
    return bool(frame.select(plan.value(plan.made_ready(pl.col("text"))).is_not_null()).item())


def _forms(text: str) -> Iterator[str]:
    """The forms of dates that a text may be of."""
    digits = re.match(r"[0-9]+", text)
    for size, form in _SIZES.items():
        if form in COUNTED and digits and len(digits[0]) == size:
            yield form
    yield from NAMED
    for mark, order in product(MARKS, (("%d", "%m"), ("%m", "%d"))):
        for clock in ("", " %H:%M", " %H:%M:%S"):
            yield mark.join((*order, "%y")) + clock


def _numbers(dress: Dress) -> Iterator[tuple[str, Dress]]:
    """Other dresses of numbers, each with the keys that say it."""
    if dress.decimal is None and dress.thousands is None:
        yield 'decimal: ","', replace(dress, decimal=",")
        for thousands, decimal in _THOUSANDS:
            keys = f'thousands: "{thousands}"' + (', decimal: ","' if decimal == "," else "")
            yield keys, replace(dress, decimal=decimal, thousands=thousands)
    elif dress.thousands is None:
        mark = "." if dress.decimal == "," else ","
        for thousands in (mark, " ", "'"):
            yield f'thousands: "{thousands}"', replace(dress, thousands=thousands)
    if not dress.percent:
        for decimal in (dress.decimal,) if dress.decimal else (".", ","):
            keys = "percent: true" + (', decimal: ","' if decimal != (dress.decimal or ".") else "")
            yield keys, replace(dress, percent=True, decimal=decimal)
    if dress.decimal is None:
        yield 'decimal: "."', replace(dress, decimal=".")


def _other_money(text: str, unit: str | None) -> str | None:
    """What to do about an amount whose sign or code is not that of its column's unit."""
    marks = [mark.strip() for mark in _MONEY.split(text) if mark.strip()]
    codes = currencies_of(marks[0]) if len(marks) == 1 else ()
    if not codes:
        return None
    if unit is None or not is_currency_code(unit):
        return (
            f"Write `unit: {codes[0]}` on the column" if len(codes) == 1 else "Write its currency as `unit`"
        )
    if unit in codes:
        return None
    return f"The column is in {unit}: convert the amount, or keep each currency in a column of its own"
