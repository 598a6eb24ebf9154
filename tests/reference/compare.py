"""Putting two typed values on common ground before they are compared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reference.clock import Clock
from tests.reference.values import Type, Unsupported, double

Typed = tuple[Type, Any]


def pair(left: Typed, right: Typed, clock: Clock) -> tuple[Any, Any]:
    """Two known values, comparable: exact kinds as fractions, doubles where either side is a number,
    dates where either side is a date."""
    (left_type, a), (right_type, b) = left, right
    if left_type.numeric and right_type.numeric:
        if left_type.exact and right_type.exact:
            return Fraction(a), Fraction(b)
        return double(a), double(b)
    kinds = {left_type.kind, right_type.kind}
    if kinds == {"date", "datetime"}:
        return clock.date_of(a), clock.date_of(b)
    if len(kinds) > 1:
        raise Unsupported(f"{left_type} is not compared with {right_type}")
    return a, b


def order(left: Typed, right: Typed, clock: Clock) -> int | None:
    """-1, 0 or 1; None where either is missing."""
    if left[1] is None or right[1] is None:
        return None
    a, b = pair(left, right, clock)
    return (a > b) - (a < b)


SIGNS = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "==": (0,), "!=": (-1, 1)}
"""Which orders make a comparison true."""
