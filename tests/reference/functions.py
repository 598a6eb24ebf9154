"""The functions of formulas: each takes typed arguments and gives a typed value."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.reference.clock import Clock
from tests.reference.compare import Typed, order
from tests.reference.values import (
    BOOLEAN,
    DATE,
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
    value = arguments[0][1]
    return DATE, None if value is None else clock.date_of(value)


def _days_between(arguments: list[Typed], clock: Clock) -> Typed:
    (_, a), (_, b) = arguments
    return INTEGER, None if a is None or b is None else (clock.date_of(b) - clock.date_of(a)).days


def _stripped(text: str) -> str:
    return text.strip(WHITE_SPACE)


def _has(text: str, part: str) -> bool:
    return part in text


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
    "length": _strict(INTEGER, len),
    "starts_with": _strict(BOOLEAN, str.startswith),
    "contains": _strict(BOOLEAN, _has),
    "date": _date,
    "year": _part(lambda moment: moment.year),
    "quarter": _part(lambda moment: (moment.month + 2) // 3),
    "month": _part(lambda moment: moment.month),
    "week": _part(lambda moment: moment.isocalendar().week),
    "weekday": _part(lambda moment: moment.isoweekday()),
    "hour": _part(lambda moment: moment.hour, of_date=False),
    "days_between": _days_between,
}
INEXACT = frozenset({"sqrt", "log", "exp"})
