"""What operators become: an expression that is null exactly where the value, or what it is compared with,
is missing. The leaf around it settles null as false (or as true, with `missing: include`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from segmentry.engine.language.calendar import CalendarError, Duration
from segmentry.engine.language.expr import Const, Expr, Op, aligned, call, is_known, negated
from segmentry.engine.language.operands import Amount
from segmentry.engine.language.operator_entry import LeafContext, Lower
from segmentry.engine.language.text_forms import folded
from segmentry.engine.language.types import BOOLEAN, DATE, DATETIME, INTEGER, STRING, Letters, Type

_FORMS: Mapping[Letters, tuple[Callable[[str], str], Op, Op]] = {
    "ignore_case": (str.lower, "lower", "list_lower"),
    "fold": (folded, "fold", "list_fold"),
}
"""What is compared in place of a text: of a literal, of a text and of the texts in a list."""


def _folded(ctx: LeafContext, *exprs: Expr) -> tuple[Expr, ...]:
    return tuple(_in_form(e, ctx.letters) for e in exprs)


def _in_form(expr: Expr, letters: Letters) -> Expr:
    if letters == "as_written":
        return expr
    form, of_text, of_list = _FORMS[letters]
    if isinstance(expr, Const):
        return Const(form(expr.value) if isinstance(expr.value, str) else expr.value, expr.type)
    if expr.type.kind == "list":
        return call(of_list, expr, type=expr.type)
    return call(of_text, expr, type=STRING) if expr.type.is_text else expr


def as_compared(text: str, letters: Letters) -> str:
    """A literal as it is compared."""
    return text if letters == "as_written" else _FORMS[letters][0](text)


def compare(op: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: Expr) -> Expr:
        left, right = aligned(*_folded(ctx, subject, operand))
        return call(op, left, right)

    return lower


def any_of(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    subject, *items = _folded(ctx, subject, *operand)
    pairs = [aligned(subject, item) for item in items]
    kinds = {left.type for left, _ in pairs}
    if len(kinds) == 1 and all(isinstance(right, Const) for _, right in pairs):
        values = tuple(dict.fromkeys(right.value for _, right in pairs if isinstance(right, Const)))
        return call("in_set", pairs[0][0], params=(values,))
    return call("or", *(call("equal", left, right) for left, right in pairs))


def none_of(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    return negated(any_of(ctx, subject, operand))


def between(ctx: LeafContext, subject: Expr, operand: tuple[Expr, Expr]) -> Expr:
    low, high = operand
    return call(
        "and",
        call("greater_or_equal", *aligned(subject, low)),
        call("less_or_equal", *aligned(subject, high)),
    )


def not_between(ctx: LeafContext, subject: Expr, operand: tuple[Expr, Expr]) -> Expr:
    low, high = operand
    return call("or", call("less", *aligned(subject, low)), call("greater", *aligned(subject, high)))


def known(ctx: LeafContext, subject: Expr, operand: bool) -> Expr:
    return is_known(subject) if operand else negated(is_known(subject))


def blank(ctx: LeafContext, subject: Expr, operand: bool) -> Expr:
    blank = call("is_blank", subject)
    return blank if operand else negated(blank)


def _half_open(subject: Expr, start: Const, end: Const) -> Expr:
    return call("and", call("greater_or_equal", subject, start), call("less", subject, end))


def _bound(ctx: LeafContext, subject: Expr, duration: Duration | None, sign: Literal[1, -1]) -> Const:
    """T shifted by a duration, as a date for dates and an instant for datetimes."""
    calendar = ctx.calendar
    try:
        if subject.type.kind == "date":
            today = calendar.today
            return Const(today if duration is None else calendar.shift_date(today, duration, sign), DATE)
        if duration is None:
            return Const(calendar.as_of, DATETIME)
        return Const(calendar.back(duration) if sign < 0 else calendar.ahead(duration), DATETIME)
    except CalendarError as error:
        ctx.reject("value-type", str(error))


def within_last(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return _half_open(subject, _bound(ctx, subject, operand, -1), _bound(ctx, subject, None, 1))


def within_next(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return _half_open(subject, _bound(ctx, subject, None, 1), _bound(ctx, subject, operand, 1))


def more_than_ago(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return call("less", subject, _bound(ctx, subject, operand, -1))


def more_than_ahead(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return call("greater_or_equal", subject, _bound(ctx, subject, operand, 1))


def anniversary(sign: Literal[1, -1]) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
        today = ctx.calendar.today
        try:
            other = ctx.calendar.shift_date(today, operand, sign)
        except CalendarError as error:
            ctx.reject("value-type", str(error))
        start, end = (other, today) if sign < 0 else (today, other)
        codes = anniversary_codes(start, end)
        return call("in_set", call("month_day", subject, type=INTEGER), params=(codes,))

    return lower


def anniversary_codes(start: date, end: date) -> tuple[int, ...]:
    """The days of the year (100 x month + day) whose anniversary falls in [start, end).

    29 February counts as the 28th in years that have none.
    """
    codes: set[int] = set()
    day = start
    while day < end and len(codes) < 366:
        codes.add(100 * day.month + day.day)
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            codes.add(229)
        day += timedelta(days=1)
    return tuple(sorted(codes))


def part_in(part: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: tuple[int, ...]) -> Expr:
        return call("in_set", call(part, subject, type=INTEGER), params=(operand,))

    return lower


def texts(op: Op, two: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
        (folded,) = _folded(ctx, subject)
        if isinstance(operand, tuple):
            texts = tuple(as_compared(t, ctx.letters) for t in operand)
            return call(op, folded, params=(texts,))
        return call(two, folded, *_folded(ctx, operand))

    return lower


def contains(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
    return texts("contains", "contains_text")(ctx, subject, operand)


def not_contains(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
    return negated(contains(ctx, subject, operand))


def matches(ctx: LeafContext, subject: Expr, operand: Any) -> Expr:
    if ctx.letters == "fold":
        ctx.reject("operator-type", "a pattern can't be folded", "use `ignore_case: true` with patterns")
    return call("matches", subject, params=(operand, ctx.letters == "ignore_case"))


def not_matches(ctx: LeafContext, subject: Expr, operand: Any) -> Expr:
    return negated(matches(ctx, subject, operand))


def list_test(op: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...] | Expr) -> Expr:
        (folded,) = _folded(ctx, subject)
        items = operand if isinstance(operand, tuple) else (operand,)
        element = subject.type.element or Type("unknown")
        values: list[Any] = []
        for item in _folded(ctx, *items):
            if not isinstance(item, Const):
                ctx.reject("value-type", "a list takes plain values, no other trait")
            value = _element_value(element, item)
            if value is not None:
                values.append(value)
            elif op == "list_includes_all":
                return call("and", is_known(folded), Const(False, BOOLEAN), call(op, folded, params=((),)))
        return call(op, folded, params=(tuple(dict.fromkeys(values)),))

    return lower


def _element_value(element: Type, item: Const) -> Any:
    """A literal in the unit of the list's elements, or None where no element can equal it."""
    if not element.is_exact:
        return item.value
    by = element.scale - item.type.scale
    if by >= 0:
        return item.value * 10**by
    whole, rest = divmod(item.value, 10**-by)
    return None if rest else whole


def includes_none(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    return negated(list_test("list_includes_any")(ctx, subject, operand))


def size(ctx: LeafContext, subject: Expr, operand: Expr) -> Expr:
    return operand


def ranked(from_the_greatest: bool) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: Amount) -> Expr:
        return ctx.rank(subject, operand, from_the_greatest=from_the_greatest)

    return lower
