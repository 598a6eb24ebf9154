"""Values as they are written: exact numbers, and how messages name them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from segmentry.engine.document import YamlFloat, YamlInt
from segmentry.engine.language.expr import Const
from segmentry.engine.language.time_words import longest_instead
from segmentry.engine.language.types import INTEGER, decimal


def found(raw: Any) -> str:
    """A written value in words, for messages."""
    match raw:
        case None:
            return "nothing"
        case bool():
            return f"`{str(raw).lower()}`"
        case YamlInt() | YamlFloat():
            return f"the number {raw.text}"
        case int() | float():
            return f"the number {raw}"
        case str():
            return f"the text `{raw}`"
        case list():
            return "a list"
        case _:
            return "a mapping"


def beyond_longest(raw: Any) -> tuple[str, str] | None:
    """The message and the hint for a length of time, or a moment, that lies too far; None for all else."""
    longest = longest_instead(raw) if isinstance(raw, str) else None
    if longest is None:
        return None
    message = f"`{raw.strip()}` is more than a thousand years, the longest length of time there is"
    return message, f"write `{longest.words()}` at most"


def exact_number(raw: Any) -> Decimal | None:
    """A written number as an exact decimal, or None if it is no finite number."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        return None
    if isinstance(raw, (Decimal, int)):
        return Decimal(raw)
    text = raw.text if isinstance(raw, YamlFloat) else repr(raw)
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    return value if value.is_finite() else None


def number_const(value: Decimal) -> Const:
    """An exact literal: an integer, or a decimal with the scale it is written with."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    # Never by a decimal's own arithmetic, which keeps 28 digits.
    minor = int("".join(map(str, digits))) * (-1 if sign else 1)
    return Const(minor * 10**exponent, INTEGER) if exponent >= 0 else Const(minor, decimal(-exponent))


_MAX_DIGITS = 38


def fits_exactly(value: Decimal) -> bool:
    """Whether a literal fits into a 128-bit decimal: at most 37 digits before the point, and 37 places."""
    exponent = value.as_tuple().exponent
    return value.adjusted() < _MAX_DIGITS - 1 and isinstance(exponent, int) and -exponent < _MAX_DIGITS


def too_long(value: Decimal | None) -> str | None:
    """The hint for a number that was found and doesn't fit; None where there is no number."""
    return None if value is None else "numbers have at most 37 digits before the point, and 37 behind it"


def is_ambiguous(raw: YamlInt | YamlFloat) -> bool:
    """Whether a plain number is not written as that number is usually written (`010`, `1e3`)."""
    if isinstance(raw, YamlInt):
        return raw.text != str(int(raw))
    return not re.fullmatch(r"-?(0|[1-9][0-9]*)\.[0-9]+", raw.text)
