"""Types and exact values of the reference interpreter.

A value of type integer is an `int`, of decimal a `Fraction`, of number a finite `float`, of datetime an
aware `datetime` in UTC; missing is `None`. Nothing is ever rounded but where the language says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

INT64 = 2**63
INT128 = 2**127
# The property White_Space of Unicode; `str.isspace` takes four control characters more.
WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


class DataFault(Exception):
    """What the language calls a data error."""


class Unsupported(Exception):
    """The rules are not valid, so they have no meaning here."""


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of value; `scale` is a decimal's, `element` a list's."""

    kind: str
    scale: int = 0
    element: Type | None = None

    @property
    def exact(self) -> bool:
        return self.kind in ("integer", "decimal")

    @property
    def numeric(self) -> bool:
        return self.exact or self.kind == "number"


STRING, INTEGER, NUMBER, BOOLEAN = Type("string"), Type("integer"), Type("number"), Type("boolean")
DATE, DATETIME = Type("date"), Type("datetime")


def double(value: Any) -> float | None:
    """The double nearest to a value; None where that is not finite."""
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def exact(value: Any) -> Fraction:
    """A number as its author wrote it: 0.1 is a tenth (a double stands for its shortest text)."""
    return Fraction(Decimal(repr(value))) if isinstance(value, float) else Fraction(value)


def literal_number(value: Any) -> tuple[Type, Any]:
    """Type and value of a number in the rules: an integer, else a decimal of as many places as it shows."""
    if isinstance(value, int):
        return INTEGER, value
    exponent = Decimal(repr(value) if isinstance(value, float) else value).as_tuple().exponent
    assert isinstance(exponent, int)
    return Type("decimal", max(0, -exponent)), exact(value)


def half_even(value: Fraction, places: int = 0) -> Fraction:
    """A value rounded to so many decimal places, ties to the even neighbour."""
    unit = Fraction(10) ** places
    return Fraction(round(value * unit)) / unit


def unify(types: Iterable[Type]) -> Type:
    """The one type that holds values of all these types."""
    kinds = list(dict.fromkeys(types))
    if all(each.numeric for each in kinds):
        if any(each.kind == "number" for each in kinds):
            return NUMBER
        if any(each.kind == "decimal" for each in kinds):
            return Type("decimal", max(each.scale for each in kinds))
    if len(kinds) != 1:
        raise Unsupported(f"no common type of {kinds}")
    return kinds[0]


def coerce(value: Any, target: Type) -> Any:
    """A value as one of the target type; what does not fit 64-bit integers or 128-bit decimals is a fault."""
    if value is None:
        return None
    match target.kind:
        case "number":
            return double(value)
        case "integer":
            if not -INT64 <= value < INT64:
                raise DataFault(f"{value} does not fit a 64-bit integer")
            return int(value)
        case "decimal":
            if not -INT128 <= Fraction(value) * 10**target.scale < INT128:
                raise DataFault(f"{value} does not fit a 128-bit decimal")
            return Fraction(value)
        case _:
            return value


def listed(value: Any) -> list[Any]:
    """One or several values, as a list."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def blank(text: str | None) -> bool:
    return text is None or not text.strip(WHITE_SPACE)
