"""Whether a known number keeps within bounds as they are written in `expected:`; exact, without rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from segmentry.engine.document import YamlFloat


def keeps(value: Fraction, operator: str, operand: Any) -> bool:
    """Whether a number passes one of the number operators with its operand as written.

    0.05 is the decimal 0.05 here, not the double next to it.
    """
    match operand:
        case [*items]:
            return _keeps_list(value, operator, [exact(item) for item in items])
        case _:
            return _keeps_one(value, operator, exact(operand))


def _keeps_one(value: Fraction, operator: str, bound: Fraction) -> bool:
    match operator:
        case "is":
            return value == bound
        case "is_not":
            return value != bound
        case "more_than":
            return value > bound
        case "at_least":
            return value >= bound
        case "less_than":
            return value < bound
        case "at_most":
            return value <= bound
        case _:
            raise ValueError(f"{operator!r} is no test of a number")


def _keeps_list(value: Fraction, operator: str, bounds: list[Fraction]) -> bool:
    match operator:
        case "in":
            return value in bounds
        case "not_in":
            return value not in bounds
        case "between":
            return bounds[0] <= value <= bounds[1]
        case "not_between":
            return not bounds[0] <= value <= bounds[1]
        case _:
            raise ValueError(f"{operator!r} takes no list")


def exact(operand: Any) -> Fraction:
    """A number as it is written, exactly."""
    if isinstance(operand, YamlFloat):
        return Fraction(operand.text)
    return Fraction(operand)
