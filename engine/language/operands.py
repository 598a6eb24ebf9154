"""What may stand behind an operator: one entry per shape, with its JSON Schema and how it is read.

Reading turns what was written into expressions or settled values, once the subject's type is known.
A mistake is reported through the context and ends the reading with `Rejected`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, NoReturn, Protocol

from segmentry.engine.document import YamlFloat, YamlInt, is_list, is_mapping
from segmentry.engine.language.calendar import (
    Calendar,
    CalendarError,
    Duration,
    parse_duration,
    parse_moment,
)
from segmentry.engine.language.calendar_names import MONTH_NAMES, WEEKDAY_NAMES, number_of
from segmentry.engine.language.expr import Const, Expr, call
from segmentry.engine.language.figures import number_hint
from segmentry.engine.language.literals import (
    beyond_longest,
    exact_number,
    fits_exactly,
    found,
    is_ambiguous,
    number_const,
    too_long,
)
from segmentry.engine.language.regex import Pattern, RegexError, parse_regex
from segmentry.engine.language.types import BOOLEAN, DATE, DATETIME, INTEGER, NUMBER, STRING, Type


class Rejected(Exception):
    """The operand was reported as a mistake; its condition can't be lowered."""


class OperandContext(Protocol):
    """What reading an operand needs to know, and where it reports."""

    @property
    def calendar(self) -> Calendar:
        """The workspace's calendar at the as-of instant."""
        ...

    def report_ambiguous(self, written: str, *, at: tuple[str | int, ...] = ()) -> None:
        """Report a number without quotes that is taken as a text, at the operand or at a part of it."""
        ...

    def reject(
        self, code: str, message: str, hint: str | None = None, *, at: tuple[str | int, ...] = ()
    ) -> NoReturn:
        """Report a mistake and stop reading this operand."""
        ...

    def reject_reversed(self, message: str) -> NoReturn:
        """Report a pair whose first value is greater than its second, and stop reading this operand."""
        ...

    def reference(self, raw: Mapping[str, Any], subject: Type) -> Expr:
        """Another trait (or column) as the value of a comparison."""
        ...

    def tests(self, raw: Mapping[str, Any], subject: Expr) -> Expr:
        """Number operators applied to a count or a size."""
        ...


# --- literals -------------------------------------------------------------------------------------


def read_value(ctx: OperandContext, raw: Any, kind: Type, *, at: tuple[str | int, ...] = ()) -> Expr:
    """One value that is compared with a subject of the given type."""
    if is_mapping(raw):
        return ctx.reference(raw, kind)
    if raw is None:
        ctx.reject(
            "value-type", "there is no value here", "to test for a missing value write `known: false`", at=at
        )
    if kind.kind == "unknown":
        return _guessed(raw)
    reader = _READERS.get(kind.kind)
    if reader is None:
        ctx.reject("operator-type", f"this operator can't be used on {kind.words()}", at=at)
    return reader(ctx, raw, at)


def _guessed(raw: Any) -> Expr:
    if isinstance(raw, bool):
        return Const(raw, BOOLEAN)
    value = exact_number(raw)
    if value is not None:
        return number_const(value)
    return Const(raw, STRING)


def _read_text(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> Const:
    if isinstance(raw, str):
        return Const(raw, STRING)
    if isinstance(raw, (YamlInt, YamlFloat)) and is_ambiguous(raw):
        ctx.report_ambiguous(raw.text, at=at)
        return Const(raw.text, STRING)
    hint = "put it in quotes to make it a text"
    ctx.reject("value-type", f"a text is expected, {found(raw)} was found", hint, at=at)


def _read_exact(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> Const:
    value = exact_number(raw)
    if value is None:
        hint = _number_hint(raw) if isinstance(raw, str) else None
        ctx.reject("value-type", f"a number is expected, {found(raw)} was found", hint, at=at)
    if not fits_exactly(value):
        ctx.reject("value-type", f"{found(raw)} has too many digits", too_long(value), at=at)
    return number_const(value)


def _number_hint(text: str) -> str | None:
    """How to write the number that a text looks like."""
    if hint := number_hint(text):
        return hint
    length = parse_duration(text.strip())
    return None if length is None else f"the trait is a number, so write the number alone: {length.count}"


def _read_double(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> Const:
    _read_exact(ctx, raw, at)
    return Const(float(exact_number(raw) or 0), NUMBER)


def _read_boolean(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> Const:
    if isinstance(raw, bool):
        return Const(raw, BOOLEAN)
    hint = "write true or false"
    if isinstance(raw, str) and raw.lower() in ("yes", "no", "on", "off"):
        hint = f"`{raw}` is a text here; write {'true' if raw.lower() in ('yes', 'on') else 'false'}"
    ctx.reject("value-type", f"true or false is expected, {found(raw)} was found", hint, at=at)


def _read_moment(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> Const:
    moment = parse_moment(raw) if isinstance(raw, str) else None
    if moment is None:
        _reject_longer(ctx, raw, at)
        hint = "write a date like 2026-03-31, `today`, `90 days ago`, `in 7 days` or `start of month`"
        ctx.reject("value-type", f"a date is expected, {found(raw)} was found", hint, at=at)
    try:
        value = ctx.calendar.moment(moment)
    except CalendarError as error:
        ctx.reject("value-type", str(error), at=at)
    if isinstance(value, datetime):
        return Const(value.astimezone(UTC), DATETIME)
    return Const(value, DATE)


def _reject_longer(ctx: OperandContext, raw: Any, at: tuple[str | int, ...]) -> None:
    """Reject a length of time beyond the longest, in words of its own."""
    beyond = beyond_longest(raw)
    if beyond is not None:
        ctx.reject("value-type", *beyond, at=at)


_READERS: Mapping[str, Callable[[OperandContext, Any, tuple[str | int, ...]], Const]] = {
    "string": _read_text,
    "integer": _read_exact,
    "decimal": _read_exact,
    "number": _read_double,
    "boolean": _read_boolean,
    "date": _read_moment,
    "datetime": _read_moment,
}


# --- shapes ---------------------------------------------------------------------------------------


MOST_CUSTOMERS = 2**62
"""More than any table has: a larger number of customers means all of them."""


@dataclass(frozen=True, slots=True)
class Amount:
    """`10%` of a population (an exact share), or a number of customers."""

    share: Fraction | None
    count: int | None


@dataclass(frozen=True, slots=True)
class OperandShape:
    """The form of an operand: its JSON Schema and how it is read."""

    name: str
    schema: Mapping[str, Any]
    read: Callable[[OperandContext, Any, Expr], Any]
    words: str


def _value(ctx: OperandContext, raw: Any, subject: Expr) -> Expr:
    return read_value(ctx, raw, subject.type)


def _values(ctx: OperandContext, raw: Any, subject: Expr) -> tuple[Expr, ...]:
    return tuple(read_value(ctx, item, subject.type, at=(n,)) for n, item in enumerate(raw))


def _element(ctx: OperandContext, raw: Any, subject: Expr) -> Expr:
    return read_value(ctx, raw, subject.type.element or Type("unknown"))


def _elements(ctx: OperandContext, raw: Any, subject: Expr) -> tuple[Expr, ...]:
    kind = subject.type.element or Type("unknown")
    return tuple(read_value(ctx, item, kind, at=(n,)) for n, item in enumerate(raw))


def _pair(ctx: OperandContext, raw: Any, subject: Expr) -> tuple[Expr, Expr]:
    low = read_value(ctx, raw[0], subject.type, at=(0,))
    high = read_value(ctx, raw[1], subject.type, at=(1,))
    if isinstance(low, Const) and isinstance(high, Const) and _reversed(ctx, low, high):
        ctx.reject_reversed("the first value of `between` is greater than the second")
    return low, high


def _reversed(ctx: OperandContext, low: Const, high: Const) -> bool:
    if low.type.is_number and high.type.is_number:
        return _fraction(low) > _fraction(high)
    if low.type.is_temporal and high.type.is_temporal:
        return _instant(ctx, low) > _instant(ctx, high)
    return False


def _fraction(const: Const) -> Fraction:
    if const.type.kind == "number":
        return Fraction(const.value)
    return Fraction(const.value, 10**const.type.scale)


def _instant(ctx: OperandContext, const: Const) -> datetime:
    value = const.value
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return ctx.calendar.midnight(value)


def _flag(ctx: OperandContext, raw: Any, subject: Expr) -> bool:
    if not isinstance(raw, bool):
        ctx.reject("value-type", f"true or false is expected, {found(raw)} was found", "write true or false")
    return raw


def _duration(ctx: OperandContext, raw: Any, subject: Expr) -> Duration:
    duration = parse_duration(raw) if isinstance(raw, str) else None
    if duration is None:
        _reject_longer(ctx, raw, ())
        hint = "write a number and a unit, like `90 days`, `6 weeks` or `12 months`"
        ctx.reject("value-type", f"a length of time is expected, {found(raw)} was found", hint)
    if subject.type.kind == "date" and duration.unit in ("minutes", "hours"):
        hint = "use days or longer, or a trait that has a time of day"
        ctx.reject("value-type", f"a date has no {duration.unit}", hint)
    return duration


def _days(ctx: OperandContext, raw: Any, subject: Expr) -> Duration:
    duration = _duration(ctx, raw, subject)
    if duration.unit in ("minutes", "hours"):
        ctx.reject("value-type", "an anniversary has whole days only", "use days or longer")
    return duration


def _names(names: tuple[str, ...], what: str) -> Callable[[OperandContext, Any, Expr], tuple[int, ...]]:
    def read(ctx: OperandContext, raw: Any, subject: Expr) -> tuple[int, ...]:
        items = raw if is_list(raw) else [raw]
        numbers: list[int] = []
        for n, item in enumerate(items):
            number = number_of(item, names)
            if number is None:
                at = (n,) if isinstance(raw, list) else ()
                hint = f"write {names[0]} … {names[-1]}, or 1 … {len(names)}"
                ctx.reject("value-type", f"{found(item)} is no {what}", hint, at=at)
            numbers.append(number)
        return tuple(sorted(set(numbers)))

    return read


def _texts(ctx: OperandContext, raw: Any, subject: Expr) -> tuple[str, ...] | Expr:
    if is_mapping(raw):
        return ctx.reference(raw, STRING)
    items = raw if is_list(raw) else [raw]
    texts: list[str] = []
    for n, item in enumerate(items):
        const = read_value(ctx, item, STRING, at=(n,) if isinstance(raw, list) else ())
        if not isinstance(const, Const):
            ctx.reject("value-type", "a list takes texts only, no other trait", at=(n,))
        texts.append(const.value)
    return tuple(texts)


def _regex(ctx: OperandContext, raw: Any, subject: Expr) -> Pattern:
    if not isinstance(raw, str):
        ctx.reject("value-type", f"a pattern is expected, {found(raw)} was found", "put it in quotes")
    try:
        return parse_regex(raw)
    except RegexError as error:
        ctx.reject("bad-regex", f"{error.message} (at character {error.position + 1})", error.hint)


def _amount(ctx: OperandContext, raw: Any, subject: Expr) -> Amount:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return Amount(None, min(int(raw), MOST_CUSTOMERS))
    match = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,12})?)\s*%\s*", raw) if isinstance(raw, str) else None
    share = Fraction(match.group(1)) / 100 if match else None
    if share is None or share > 1:
        hint = "write a share like `10%`, or a number of customers like 500"
        ctx.reject(
            "value-type", f"a share or a number of customers is expected, {found(raw)} was found", hint
        )
    return Amount(share, None)


def _tests(ctx: OperandContext, raw: Any, subject: Expr) -> Expr:
    return ctx.tests(raw, call("list_size", subject, type=INTEGER))


_SCALAR: Mapping[str, Any] = {"$ref": "#/$defs/value"}
_SCALARS: Mapping[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/literal"}, "minItems": 1}
_NAMES: Mapping[str, Any] = {
    "anyOf": [
        {"type": ["string", "integer"]},
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
    ]
}
_TEXTS: Mapping[str, Any] = {"$ref": "#/$defs/texts"}

VALUE = OperandShape("value", _SCALAR, _value, "a value, or another trait")
VALUES = OperandShape("values", _SCALARS, _values, "a list of values")
ELEMENT = OperandShape("element", {"$ref": "#/$defs/literal"}, _element, "a value")
ELEMENTS = OperandShape("elements", _SCALARS, _elements, "a list of values")
PAIR = OperandShape(
    "pair",
    {"type": "array", "items": {"$ref": "#/$defs/value"}, "minItems": 2, "maxItems": 2},
    _pair,
    "a list of two values, the smaller first",
)
FLAG = OperandShape("flag", {"type": "boolean"}, _flag, "true or false")
DURATION = OperandShape("duration", {"type": "string"}, _duration, "a length of time, like `90 days`")
DAYS = OperandShape("days", {"type": "string"}, _days, "a length of time in days or longer")
WEEKDAYS = OperandShape(
    "weekdays", _NAMES, _names(WEEKDAY_NAMES, "weekday"), "names of weekdays, or 1 (Monday) to 7"
)
MONTHS = OperandShape("months", _NAMES, _names(MONTH_NAMES, "month"), "names of months, or 1 to 12")
TEXTS = OperandShape("texts", _TEXTS, _texts, "a text, or a list of texts")
REGEX = OperandShape("regex", {"type": "string"}, _regex, "a regular expression")
AMOUNT = OperandShape("amount", {"type": ["string", "integer"]}, _amount, "`10%`, or a number of customers")
SIZE = OperandShape(
    "size", {"$ref": "#/$defs/number_tests"}, _tests, "number operators, like `{at_least: 2}`"
)
