"""The operators of conditions: one entry each, from which the schema, the checks, the lowering, the
words of `explain` and the reference in the documentation are made.

A lowering returns an expression that is null exactly where the value, or what it is compared with, is
missing. The leaf around it settles null as false (or as true, with `missing: include`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from segmentry.engine.expr import Const, Expr, Op, aligned, call, is_known, negated
from segmentry.engine.language import operands as shape
from segmentry.engine.language.calendar import CalendarError, Duration
from segmentry.engine.language.operands import Amount, OperandContext, Shape
from segmentry.engine.language.types import DATE, DATETIME, INTEGER, STRING, Kind, Type


class LeafContext(OperandContext, Protocol):
    """What lowering an operator needs beyond reading its operand."""

    ignore_case: bool

    def rank(self, subject: Expr, amount: Amount, *, from_the_greatest: bool) -> Expr:
        """Whether the customer is among the first of a ranking, as an expression."""
        ...


Lower = Callable[[LeafContext, Expr, Any], Expr]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``kinds`` are the kinds of subject it takes; ``phrase`` has `{}` for the operand."""

    name: str
    kinds: frozenset[Kind]
    shape: Shape
    lower: Lower
    phrase: str
    doc: str
    example: str
    negative: bool = False
    tests_missing: bool = False
    in_rows: bool = True
    folds_case: bool = False


SCALARS: frozenset[Kind] = frozenset(
    ("string", "integer", "number", "decimal", "boolean", "date", "datetime")
)
NUMBERS: frozenset[Kind] = frozenset(("integer", "number", "decimal"))
TEMPORAL: frozenset[Kind] = frozenset(("date", "datetime"))
ORDERED: frozenset[Kind] = NUMBERS | TEMPORAL
TEXT: frozenset[Kind] = frozenset(("string",))
LISTS: frozenset[Kind] = frozenset(("list",))
ANY: frozenset[Kind] = SCALARS | LISTS


def _folded(ctx: LeafContext, *exprs: Expr) -> tuple[Expr, ...]:
    if not ctx.ignore_case:
        return exprs
    return tuple(_lowered(e) for e in exprs)


def _lowered(expr: Expr) -> Expr:
    if isinstance(expr, Const):
        return Const(expr.value.lower() if isinstance(expr.value, str) else expr.value, expr.type)
    if expr.type.kind == "list":
        return call("list_lower", expr, type=expr.type)
    return call("lower", expr, type=STRING) if expr.type.is_text else expr


def _compare(op: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: Expr) -> Expr:
        left, right = aligned(*_folded(ctx, subject, operand))
        return call(op, left, right)

    return lower


def _any_of(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    subject, *items = _folded(ctx, subject, *operand)
    pairs = [aligned(subject, item) for item in items]
    kinds = {left.type for left, _ in pairs}
    if len(kinds) == 1 and all(isinstance(right, Const) for _, right in pairs):
        values = tuple(dict.fromkeys(right.value for _, right in pairs if isinstance(right, Const)))
        return call("in_set", pairs[0][0], params=(values,))
    return call("or", *(call("equal", left, right) for left, right in pairs))


def _none_of(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    return negated(_any_of(ctx, subject, operand))


def _between(ctx: LeafContext, subject: Expr, operand: tuple[Expr, Expr]) -> Expr:
    low, high = operand
    return call(
        "and",
        call("greater_or_equal", *aligned(subject, low)),
        call("less_or_equal", *aligned(subject, high)),
    )


def _not_between(ctx: LeafContext, subject: Expr, operand: tuple[Expr, Expr]) -> Expr:
    low, high = operand
    return call("or", call("less", *aligned(subject, low)), call("greater", *aligned(subject, high)))


def _known(ctx: LeafContext, subject: Expr, operand: bool) -> Expr:
    return is_known(subject) if operand else negated(is_known(subject))


def _blank(ctx: LeafContext, subject: Expr, operand: bool) -> Expr:
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


def _within_last(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return _half_open(subject, _bound(ctx, subject, operand, -1), _bound(ctx, subject, None, 1))


def _within_next(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return _half_open(subject, _bound(ctx, subject, None, 1), _bound(ctx, subject, operand, 1))


def _more_than_ago(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return call("less", subject, _bound(ctx, subject, operand, -1))


def _more_than_ahead(ctx: LeafContext, subject: Expr, operand: Duration) -> Expr:
    return call("greater_or_equal", subject, _bound(ctx, subject, operand, 1))


def _anniversary(sign: Literal[1, -1]) -> Lower:
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


def _part_in(part: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: tuple[int, ...]) -> Expr:
        return call("in_set", call(part, subject, type=INTEGER), params=(operand,))

    return lower


def _texts(op: Op, two: Op) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
        (folded,) = _folded(ctx, subject)
        if isinstance(operand, tuple):
            texts = tuple(t.lower() for t in operand) if ctx.ignore_case else operand
            return call(op, folded, params=(texts,))
        return call(two, folded, *_folded(ctx, operand))

    return lower


def _contains(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
    return _texts("contains", "contains_text")(ctx, subject, operand)


def _not_contains(ctx: LeafContext, subject: Expr, operand: tuple[str, ...] | Expr) -> Expr:
    return negated(_contains(ctx, subject, operand))


def _matches(ctx: LeafContext, subject: Expr, operand: Any) -> Expr:
    return call("matches", subject, params=(operand, ctx.ignore_case))


def _not_matches(ctx: LeafContext, subject: Expr, operand: Any) -> Expr:
    return negated(_matches(ctx, subject, operand))


def _list_test(op: Op) -> Lower:
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
                return call("and", is_known(folded), Const(False, _BOOLEAN), call(op, folded, params=((),)))
        return call(op, folded, params=(tuple(dict.fromkeys(values)),))

    return lower


_BOOLEAN = Type("boolean")


def _element_value(element: Type, item: Const) -> Any:
    """A literal in the unit of the list's elements, or None where no element can equal it."""
    if not element.is_exact:
        return item.value
    by = element.scale - item.type.scale
    if by >= 0:
        return item.value * 10**by
    whole, rest = divmod(item.value, 10**-by)
    return None if rest else whole


def _includes_none(ctx: LeafContext, subject: Expr, operand: tuple[Expr, ...]) -> Expr:
    return negated(_list_test("list_includes_any")(ctx, subject, operand))


def _size(ctx: LeafContext, subject: Expr, operand: Expr) -> Expr:
    return operand


def _ranked(from_the_greatest: bool) -> Lower:
    def lower(ctx: LeafContext, subject: Expr, operand: Amount) -> Expr:
        return ctx.rank(subject, operand, from_the_greatest=from_the_greatest)

    return lower


_ENTRIES = (
    Operator(
        "is", SCALARS, shape.VALUE, _compare("equal"), "is {}", "Equal to the value.", "DE", folds_case=True
    ),
    Operator(
        "is_not",
        SCALARS,
        shape.VALUE,
        _compare("not_equal"),
        "is not {}",
        "Known, and not equal to the value.",
        "DE",
        negative=True,
        folds_case=True,
    ),
    Operator(
        "in",
        SCALARS,
        shape.VALUES,
        _any_of,
        "is one of {}",
        "Equal to one of the values.",
        "[DE, AT]",
        folds_case=True,
    ),
    Operator(
        "not_in",
        SCALARS,
        shape.VALUES,
        _none_of,
        "is none of {}",
        "Known, and equal to none of the values.",
        "[DE, AT]",
        negative=True,
        folds_case=True,
    ),
    Operator(
        "known",
        ANY,
        shape.FLAG,
        _known,
        "is known: {}",
        "Whether there is a value at all.",
        "true",
        tests_missing=True,
    ),
    Operator(
        "blank",
        TEXT,
        shape.FLAG,
        _blank,
        "is blank: {}",
        "Missing, empty or only white space.",
        "false",
        tests_missing=True,
    ),
    Operator(
        "more_than",
        NUMBERS,
        shape.VALUE,
        _compare("greater"),
        "is more than {}",
        "Greater than the value.",
        "100",
    ),
    Operator(
        "at_least",
        NUMBERS,
        shape.VALUE,
        _compare("greater_or_equal"),
        "is at least {}",
        "Greater than or equal to the value.",
        "100",
    ),
    Operator(
        "less_than", NUMBERS, shape.VALUE, _compare("less"), "is less than {}", "Less than the value.", "100"
    ),
    Operator(
        "at_most",
        NUMBERS,
        shape.VALUE,
        _compare("less_or_equal"),
        "is at most {}",
        "Less than or equal to the value.",
        "100",
    ),
    Operator(
        "between",
        ORDERED,
        shape.PAIR,
        _between,
        "is between {}",
        "From the first to the second value, both included.",
        "[10, 20]",
    ),
    Operator(
        "not_between",
        ORDERED,
        shape.PAIR,
        _not_between,
        "is not between {}",
        "Known, and before the first or after the second value.",
        "[10, 20]",
        negative=True,
    ),
    Operator(
        "before", TEMPORAL, shape.VALUE, _compare("less"), "is before {}", "Earlier than the moment.", "today"
    ),
    Operator(
        "after",
        TEMPORAL,
        shape.VALUE,
        _compare("greater"),
        "is after {}",
        "Later than the moment.",
        "2026-01-01",
    ),
    Operator(
        "on_or_before",
        TEMPORAL,
        shape.VALUE,
        _compare("less_or_equal"),
        "is on or before {}",
        "Not later than the moment.",
        "yesterday",
    ),
    Operator(
        "on_or_after",
        TEMPORAL,
        shape.VALUE,
        _compare("greater_or_equal"),
        "is on or after {}",
        "Not earlier than the moment.",
        "start of month",
    ),
    Operator(
        "within_last",
        TEMPORAL,
        shape.DURATION,
        _within_last,
        "is within the last {}",
        "In the given length of time before the as-of instant (of a date: before the as-of date).",
        "90 days",
    ),
    Operator(
        "within_next",
        TEMPORAL,
        shape.DURATION,
        _within_next,
        "is within the next {}",
        "In the given length of time from the as-of instant on (of a date: from today on, today included).",
        "30 days",
    ),
    Operator(
        "more_than_ago",
        TEMPORAL,
        shape.DURATION,
        _more_than_ago,
        "is more than {} ago",
        "Earlier than the as-of instant less the length of time.",
        "1 year",
    ),
    Operator(
        "more_than_ahead",
        TEMPORAL,
        shape.DURATION,
        _more_than_ahead,
        "is more than {} ahead",
        "At the as-of instant plus the length of time, or later.",
        "2 weeks",
    ),
    Operator(
        "anniversary_within_last",
        frozenset(("date",)),
        shape.DAYS,
        _anniversary(-1),
        "has its anniversary within the last {}",
        "Month and day fall in the days before the as-of date; 29 February is the 28th in other years.",
        "7 days",
    ),
    Operator(
        "anniversary_within_next",
        frozenset(("date",)),
        shape.DAYS,
        _anniversary(1),
        "has its anniversary within the next {}",
        "Month and day fall in the days from the as-of date on, today included.",
        "7 days",
    ),
    Operator(
        "weekday_in",
        TEMPORAL,
        shape.WEEKDAYS,
        _part_in("weekday"),
        "falls on {}",
        "The day of the week is one of these.",
        "[saturday, sunday]",
    ),
    Operator(
        "month_in",
        TEMPORAL,
        shape.MONTHS,
        _part_in("month"),
        "falls in {}",
        "The month is one of these.",
        "[november, december]",
    ),
    Operator(
        "contains",
        TEXT,
        shape.TEXTS,
        _contains,
        "contains {}",
        "The text, or one of the texts, stands somewhere in it.",
        "outdoor",
        folds_case=True,
    ),
    Operator(
        "not_contains",
        TEXT,
        shape.TEXTS,
        _not_contains,
        "does not contain {}",
        "Known, and none of the texts stands in it.",
        "test",
        negative=True,
        folds_case=True,
    ),
    Operator(
        "starts_with",
        TEXT,
        shape.TEXTS,
        _texts("starts_with", "starts_with_text"),
        "starts with {}",
        "It begins with the text, or with one of the texts.",
        "VIP-",
        folds_case=True,
    ),
    Operator(
        "ends_with",
        TEXT,
        shape.TEXTS,
        _texts("ends_with", "ends_with_text"),
        "ends with {}",
        "It ends with the text, or with one of the texts.",
        "[.de, .at]",
        folds_case=True,
    ),
    Operator(
        "matches",
        TEXT,
        shape.REGEX,
        _matches,
        "matches {}",
        "The regular expression is found somewhere in it.",
        "'^[A-Z]{2}[0-9]+$'",
        folds_case=True,
    ),
    Operator(
        "not_matches",
        TEXT,
        shape.REGEX,
        _not_matches,
        "does not match {}",
        "Known, and the regular expression is not found in it.",
        "'^TEST'",
        negative=True,
        folds_case=True,
    ),
    Operator(
        "includes",
        LISTS,
        shape.ELEMENT,
        _list_test("list_includes_any"),
        "includes {}",
        "The value is in the list.",
        "boots",
        folds_case=True,
    ),
    Operator(
        "includes_any",
        LISTS,
        shape.ELEMENTS,
        _list_test("list_includes_any"),
        "includes any of {}",
        "At least one of the values is in the list.",
        "[boots, tents]",
        folds_case=True,
    ),
    Operator(
        "includes_all",
        LISTS,
        shape.ELEMENTS,
        _list_test("list_includes_all"),
        "includes all of {}",
        "Every one of the values is in the list.",
        "[boots, tents]",
        folds_case=True,
    ),
    Operator(
        "includes_none",
        LISTS,
        shape.ELEMENTS,
        _includes_none,
        "includes none of {}",
        "The list is known, and none of the values is in it.",
        "[boots, tents]",
        negative=True,
        folds_case=True,
    ),
    Operator(
        "size",
        LISTS,
        shape.SIZE,
        _size,
        "has a size that {}",
        "How many values the list has.",
        "{at_least: 2}",
    ),
    Operator(
        "top",
        NUMBERS | {"date"},
        shape.AMOUNT,
        _ranked(from_the_greatest=True),
        "is in the top {}",
        "Among the greatest: a share of the customers with a known value, or a number; ties are all in.",
        "10%",
        in_rows=False,
    ),
    Operator(
        "bottom",
        NUMBERS | {"date"},
        shape.AMOUNT,
        _ranked(from_the_greatest=False),
        "is in the bottom {}",
        "Among the smallest: a share of the customers with a known value, or a number; ties are all in.",
        "10%",
        in_rows=False,
    ),
)

OPERATORS: Mapping[str, Operator] = {entry.name: entry for entry in _ENTRIES}
"""Every operator by its name."""

NUMBER_TESTS: tuple[str, ...] = (
    "is",
    "is_not",
    "in",
    "not_in",
    "more_than",
    "at_least",
    "less_than",
    "at_most",
    "between",
    "not_between",
)
"""The operators that `times` and `size` take."""
