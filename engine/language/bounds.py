"""Whether a known number keeps within bounds as they are written in `expected:`; exact, without rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from segmentry.engine.document import YamlFloat
from segmentry.engine.language.operators import OPERATORS


def keeps(value: Fraction, operator: str, operand: Any) -> bool:
    """Whether a number passes one of the number operators with its operand as written.

    0.05 is the decimal 0.05 here, not the double next to it.
    """
    test = OPERATORS[operator].keeps
    if test is None:
        raise ValueError(f"{operator!r} is no test of a number")
    match operand:
        case [*items]:
            return test(value, [exact(item) for item in items])
        case _:
            return test(value, [exact(operand)])


def exact(operand: Any) -> Fraction:
    """A number as it is written, exactly."""
    if isinstance(operand, YamlFloat):
        return Fraction(operand.text)
    return Fraction(operand)
