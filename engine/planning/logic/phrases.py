"""Values, domains and possible customers in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from segmentry.engine.language.types import Type
from segmentry.engine.planning.logic.domains import Domain, Key, Span, after, before, value_of


def value_words(value: Any, kind: Type) -> str:
    """A value as rules write it; decimals are given in minor units."""
    match value:
        case None:
            return "missing"
        case [*items]:
            return (
                ", ".join(value_words(item, kind.element or kind) for item in items) or "with nothing in it"
            )
        case bool():
            return str(value).lower()
        case int() if kind.kind == "decimal":
            return f"{Decimal(value).scaleb(-kind.scale):f}"
        case float():
            return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.isoformat(timespec="auto").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value) if str(value).strip() else repr(value)


def domain_words(domain: Domain, kind: Type) -> str | None:
    """What values are possible: `is never below 0`; None where any are."""
    if domain.values is not None:
        return f"is one of {', '.join(domain.values)}"
    if len(domain.spans) != 1:
        return None
    low, high = domain.spans[0]
    if low is None:
        return None
    least = value_words(value_of(low, kind), kind)
    if kind.kind == "number" and 0 < low < 1e-300:
        return None if high is None else f"lies above 0 and is at most {_last(high, kind)}"
    return f"is never below {least}" if high is None else f"lies between {least} and {_last(high, kind)}"


def _last(high: Key, kind: Type) -> str:
    return value_words(value_of(before(high), kind), kind)


def some_keys(span: Span) -> list[Key]:
    """A few keys of a stretch, plain ones first: its ends, and where it is open something near."""
    low, high = span
    if low is None and high is None:
        return [0]
    if low is None:
        assert high is not None
        return [before(high), high - 1000]
    if high is None:
        return [low, low + 1000]
    return [k for k in dict.fromkeys((low, before(high), after(low))) if k < high]
