"""The functions of formulas: each takes typed arguments and gives a typed value."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from tests.reference.clock import Clock, to_utc
from tests.reference.compare import Typed, order
from tests.reference.values import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    WHITE_SPACE,
    Type,
    Unsupported,
    coerce,
    double,
    half_even,
    unify,
)

Function = Callable[[list[Typed], Clock], Typed]


def _strict(result: Type, compute: Callable[..., Any]) -> Function:
    """A function of plain values, missing where any of them is."""

    def call(arguments: list[Typed], clock: Clock) -> Typed:
        values = [value for _, value in arguments]
        return result, None if None in values else coerce(compute(*values), result)

    return call


def _absolute(arguments: list[Typed], clock: Clock) -> Typed:
    ((kind, value),) = arguments
    return kind, None if value is None else coerce(abs(value), kind)


def _rounding(to_integer: Callable[[Any], int]) -> Function:
    def call(arguments: list[Typed], clock: Clock) -> Typed:
        kind, value = arguments[0]
        if len(arguments) == 2:
            places = arguments[1][1]
            return NUMBER, None if value is None or places is None else double(
                half_even(Fraction(value), places)
            )
        target = INTEGER if kind.exact else NUMBER
        return target, None if value is None else coerce(to_integer(value), target)

    return call


def _real(compute: Callable[[float], float]) -> Function:
    """A function of one double, missing where it is undefined or not finite."""

    def call(arguments: list[Typed], clock: Clock) -> Typed:
        value = double(arguments[0][1]) if arguments[0][1] is not None else None
        if value is None:
            return NUMBER, None
        try:
            return NUMBER, double(compute(value))
        except (ValueError, OverflowError):
            return NUMBER, None

    return call


def _extreme(wanted: int) -> Function:
    def call(arguments: list[Typed], clock: Clock) -> Typed:
        target = unify(kind for kind, _ in arguments)
        best: Any = None
        for _, value in arguments:
            candidate = coerce(value, target)
            if best is None or order((target, candidate), (target, best), clock) == wanted:
                best = candidate
        return target, best

    return call


def _coalesce(arguments: list[Typed], clock: Clock) -> Typed:
    target = unify(kind for kind, _ in arguments)
    values = (coerce(value, target) for _, value in arguments)
    return target, next((value for value in values if value is not None), None)


def _clip(arguments: list[Typed], clock: Clock) -> Typed:
    target = unify(kind for kind, _ in arguments)
    value, low, high = (coerce(each, target) for _, each in arguments)
    if value is None or low is None or high is None:
        return target, None
    return target, min(max(value, low), high)


def _part(take: Callable[[Any], int], *, of_date: bool = True) -> Function:
    """A part of a date or of an instant's wall time."""

    def call(arguments: list[Typed], clock: Clock) -> Typed:
        ((kind, value),) = arguments
        if kind == DATE and not of_date:
            raise Unsupported("a date has no hour")
        if value is None:
            return INTEGER, None
        return INTEGER, take(clock.local(value) if isinstance(value, datetime) else value)

    return call


def _date(arguments: list[Typed], clock: Clock) -> Typed:
    kind, value = arguments[0]
    if kind == STRING and value is not None:
        return DATE, _day_of(value, arguments[1][1] if len(arguments) > 1 else None)
    return DATE, None if value is None else clock.date_of(value)


def _days_between(arguments: list[Typed], clock: Clock) -> Typed:
    (_, a), (_, b) = arguments
    return INTEGER, None if a is None or b is None else (clock.date_of(b) - clock.date_of(a)).days


def _stripped(text: str) -> str:
    return text.strip(WHITE_SPACE)


def _has(text: str, part: str) -> bool:
    return part in text


def _as_text(arguments: list[Typed], clock: Clock) -> Typed:
    kind, value = arguments[0]
    if value is None:
        return STRING, None
    match kind.kind:
        case "boolean":
            return STRING, "true" if value else "false"
        case "decimal":
            minor = int(value * 10**kind.scale)
            digits = str(abs(minor)).rjust(kind.scale + 1, "0")
            whole, places = digits[: len(digits) - kind.scale], digits[len(digits) - kind.scale :]
            return STRING, ("-" if minor < 0 else "") + whole + ("." + places if places else "")
        case "date":
            return STRING, value.strftime("%Y-%m-%d").rjust(10, "0")
        case "datetime":
            # Fractions of a second as they are: none, milliseconds or microseconds.
            local = clock.local(value)
            spec = "microseconds" if local.microsecond % 1000 else "milliseconds"
            return STRING, local.isoformat(timespec=spec if local.microsecond else "seconds")
        case "integer" | "string":
            return STRING, str(value)
        case _:
            raise Unsupported(f"no text of {kind}")


def _slice(text: str, start: int, end: int | None = None) -> str:
    places = range(len(text))
    first = start if start >= 0 else len(text) + start
    last = len(text) if end is None else end if end >= 0 else len(text) + end
    return "".join(text[place] for place in places if first <= place < last)


def _split_part(text: str, separator: str, number: int) -> str | None:
    if not separator:
        return None
    counted = dict(enumerate(text.split(separator), start=1))
    return counted.get(number if number >= 0 else len(counted) + 1 + number)


def _replace(text: str, old: str, new: str) -> str:
    return new.join(text.split(old)) if old else text


def _number(text: str) -> float | None:
    found = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text.strip(WHITE_SPACE))
    return double(text) if found else None


def _hash(arguments: list[Typed], clock: Clock) -> Typed:
    text = _as_text(arguments[:1], clock)[1]
    if text is None:
        return INTEGER, None
    return INTEGER, int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:15], 16) % arguments[1][1]


def _day_of(text: str, form: str | None) -> date | None:
    """ISO 8601, also beside another form: in figures with dashes, of eight digits, or before a midnight."""
    words = text.strip(WHITE_SPACE)
    orders = {"day_first": "dmy", "month_first": "mdy", "year_first": "ymd"}
    if form is None:
        plain = re.sub(r"[ T]0?0:00(:00(\.0+)?)?$", "", words)
        found = re.fullmatch(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)", plain, re.A)
    else:
        order = orders[form]
        width = {"y": r"(?P<y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})"}
        forms = "|".join(mark.join(width[part] for part in order) for mark in ("-", "/", r"\."))
        found = next((m for each in forms.split("|") if (m := re.fullmatch(each, words, re.A))), None)
        found = found or re.fullmatch(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", words, re.A)
    try:
        return found and date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _datetime(arguments: list[Typed], clock: Clock) -> Typed:
    kind, value = arguments[0]
    if value is None or kind.kind == "datetime":
        return DATETIME, value
    if kind != STRING:
        return DATETIME, clock.midnight(value)
    day = _day_of(value, arguments[1][1] if len(arguments) > 1 else None)
    if day is not None:
        return DATETIME, clock.midnight(day)
    words = value.strip(WHITE_SPACE)
    found = re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", words, re.A)
    try:
        return DATETIME, to_utc(datetime.fromisoformat(words), clock.zone) if found else None
    except ValueError:
        return DATETIME, None


def folded(text: str) -> str:
    """A text without zero-width characters, in NFKC, its case folded, in NFKC again."""
    unseen = [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
    seen = unicodedata.normalize("NFKC", "".join(c for c in text if ord(c) not in unseen))
    return unicodedata.normalize("NFKC", seen.casefold())


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


FUNCTIONS: dict[str, Function] = {
    "abs": _absolute,
    "round": _rounding(round),
    "floor": _rounding(math.floor),
    "ceil": _rounding(math.ceil),
    "sqrt": _real(math.sqrt),
    "log": _real(math.log),
    "exp": _real(math.exp),
    "min": _extreme(-1),
    "max": _extreme(1),
    "coalesce": _coalesce,
    "clip": _clip,
    "lower": _strict(STRING, str.lower),
    "upper": _strict(STRING, str.upper),
    "strip": _strict(STRING, _stripped),
    "casefold": _strict(STRING, str.casefold),
    "nfc": _strict(STRING, _composed),
    "text": _as_text,
    "replace": _strict(STRING, _replace),
    "slice": _strict(STRING, _slice),
    "split_part": _strict(STRING, _split_part),
    "number": _strict(NUMBER, _number),
    "hash": _hash,
    "length": _strict(INTEGER, len),
    "starts_with": _strict(BOOLEAN, str.startswith),
    "contains": _strict(BOOLEAN, _has),
    "date": _date,
    "datetime": _datetime,
    "year": _part(lambda moment: moment.year),
    "quarter": _part(lambda moment: (moment.month + 2) // 3),
    "month": _part(lambda moment: moment.month),
    "week": _part(lambda moment: moment.isocalendar().week),
    "weekday": _part(lambda moment: moment.isoweekday()),
    "hour": _part(lambda moment: moment.hour, of_date=False),
    "days_between": _days_between,
}
INEXACT = frozenset({"sqrt", "log", "exp"})
