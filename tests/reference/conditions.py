"""Conditions: combinators and leaves, the same for customers and for rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from tests.reference.clock import (
    MONTHS,
    WEEKDAYS,
    Clock,
    Duration,
    anniversary,
    duration,
    shift_date,
)
from tests.reference.compare import SIGNS, Typed, order
from tests.reference.functions import folded
from tests.reference.patterns import search
from tests.reference.values import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    Type,
    blank,
    coerce,
    double,
    exact,
    listed,
    literal_number,
)

Condition = Mapping[str, Any]
Verdict = bool | None
"""A test's outcome; None where a value that it needs is missing."""


class Scope(Protocol):
    """What a condition is asked of: one customer, or one row."""

    @property
    def clock(self) -> Clock: ...

    def subject(self, leaf: Condition) -> Typed:
        """The trait or column that a leaf names."""
        ...

    def trait(self, name: str) -> Typed:
        """A trait that a value is compared with."""
        ...

    def atom(self, condition: Condition) -> bool:
        """A condition that is neither a combinator nor a leaf."""
        ...

    def ranked(self, leaf: Condition, operator: str) -> str:
        """`in`, `out`, `missing`, or `outside` (the population) of a top or bottom."""
        ...


def holds(condition: Condition, scope: Scope) -> bool:
    """Whether a condition is true of its scope's customer or row."""
    for name, test in COMBINATORS.items():
        if name in condition:
            return test(condition[name], scope)
    if "trait" in condition or "column" in condition:
        return leaf_holds(condition, scope)
    return scope.atom(condition)


COMBINATORS: Mapping[str, Callable[[Any, Scope], bool]] = {
    "all": lambda parts, scope: all(holds(part, scope) for part in parts),
    "any": lambda parts, scope: any(holds(part, scope) for part in parts),
    "none": lambda parts, scope: not any(holds(part, scope) for part in parts),
    "not": lambda part, scope: not holds(part, scope),
}


def leaf_holds(leaf: Condition, scope: Scope) -> bool:
    """Every operator of a leaf, and what it says of missing values."""
    ranks = [scope.ranked(leaf, name) for name in ("top", "bottom") if name in leaf]
    if "outside" in ranks:
        return False
    verdicts: list[Verdict] = [None if rank == "missing" else rank == "in" for rank in ranks]
    subject = scope.subject(leaf)
    form = "fold" if leaf.get("fold") else "lower" if leaf.get("ignore_case") else ""
    for name, operand in leaf.items():
        if name == "known":
            verdicts.append((subject[1] is not None) == operand)
        elif name == "blank":
            verdicts.append(blank(subject[1]) == operand)
        elif name in OPERATORS:
            verdicts.append(None if subject[1] is None else operate(name, operand, subject, scope, form))
    if None in verdicts:
        return leaf.get("missing") == "include"
    return all(verdicts)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator of a leaf, at work on a known value."""

    name: str
    operand: Any
    subject: Typed
    scope: Scope
    form: str

    def compared(self, sign: str, operand: Any) -> Verdict:
        found = order(
            self.folded(self.subject), self.folded(resolve(operand, self.subject[0], self.scope)), self.clock
        )
        return None if found is None else found in SIGNS[sign]

    def folded(self, typed: Typed) -> Typed:
        kind, value = typed
        if not self.form or not isinstance(value, str):
            return typed
        return kind, value.lower() if self.form == "lower" else folded(value)

    @property
    def clock(self) -> Clock:
        return self.scope.clock

    @property
    def day(self) -> date:
        return self.clock.date_of(self.subject[1])

    def texts(self) -> list[str | None]:
        resolved = [resolve(each, STRING, self.scope) for each in listed(self.operand)]
        return [self.folded(typed)[1] for typed in resolved]


def operate(name: str, operand: Any, subject: Typed, scope: Scope, form: str = "") -> Verdict:
    """One operator's verdict on a known value."""
    return OPERATORS[name](Operation(name, operand, subject, scope, form))


def resolve(operand: Any, kind: Type, scope: Scope) -> Typed:
    """An operand as a typed value: another trait's, or a literal that fits the subject's type."""
    if isinstance(operand, Mapping):
        return _scaled(operand, scope)  # pyright: ignore[reportUnknownArgumentType]
    if kind.kind in ("date", "datetime"):
        return scope.clock.moment(operand)
    if kind == BOOLEAN:
        return BOOLEAN, operand
    return literal_number(operand) if kind.numeric else (STRING, operand)


def _scaled(operand: Condition, scope: Scope) -> Typed:
    """`{trait, times, plus}`: exact, or in doubles, as the trait is."""
    kind, value = scope.trait(operand["trait"])
    if value is None or not kind.numeric or not {"times", "plus"} & set(operand):
        return kind, value
    times, plus = exact(operand.get("times", 1)), exact(operand.get("plus", 0))
    if kind != NUMBER:
        return Type("decimal", 38), value * times + plus
    product = double(value * float(times))
    return NUMBER, None if product is None else double(product + float(plus))


def _negated(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def _comparison(sign: str) -> Callable[[Operation], Verdict]:
    return lambda it: it.compared(sign, it.operand)


def _in(it: Operation) -> Verdict:
    verdicts = [it.compared("==", each) for each in it.operand]
    return None if None in verdicts else any(verdicts)


def _between(it: Operation) -> Verdict:
    low, high = it.operand
    above, below = it.compared(">=", low), it.compared("<=", high)
    return None if above is None or below is None else above and below


def _range(it: Operation) -> tuple[date | datetime, date | datetime, date | datetime]:
    """The value, now, and the time that the leaf's duration names: dates of a date, else instants."""
    span, sign = duration(it.operand), -1 if it.name in ("within_last", "more_than_ago") else 1
    if it.subject[0].kind == "date":
        return it.subject[1], it.clock.today, shift_date(it.clock.today, span, sign)
    return it.subject[1], it.clock.instant, it.clock.away(span, sign)


def _within_last(it: Operation) -> bool:
    value, now, edge = _range(it)
    return edge <= value < now


def _within_next(it: Operation) -> bool:
    value, now, edge = _range(it)
    return now <= value < edge


def _more_than_ago(it: Operation) -> bool:
    value, _, edge = _range(it)
    return value < edge


def _more_than_ahead(it: Operation) -> bool:
    value, _, edge = _range(it)
    return value >= edge


def _anniversary(sign: int) -> Callable[[Operation], bool]:
    def test(it: Operation) -> bool:
        span: Duration = duration(it.operand)
        first, last = sorted([it.clock.today, shift_date(it.clock.today, span, sign)])
        days = (first + timedelta(days=n) for n in range((last - first).days))
        return any(anniversary(it.subject[1], day.year) == day for day in days)

    return test


def _numbered(names: list[str], number: Callable[[date], int]) -> Callable[[Operation], bool]:
    def test(it: Operation) -> bool:
        wanted = [names.index(each.lower()) + 1 if isinstance(each, str) else each for each in it.operand]
        return number(it.day) in wanted

    return test


def _text(test: Callable[[str, str], bool]) -> Callable[[Operation], Verdict]:
    def any_of(it: Operation) -> Verdict:
        texts = [text for text in it.texts() if text is not None]
        if len(texts) < len(it.texts()):
            return None
        return any(test(it.folded(it.subject)[1], text) for text in texts)

    return any_of


def _elements(it: Operation, operand: Any) -> list[bool]:
    """Whether each of the wanted elements is in the list."""
    element = it.subject[0].element or STRING
    members = [it.folded((element, item)) for item in it.subject[1]]
    found = [it.folded(resolve(each, element, it.scope)) for each in listed(operand)]
    return [any(order(member, each, it.clock) == 0 for member in members) for each in found]


def number_tests(value: int, tests: Mapping[str, Any], scope: Scope) -> bool:
    """Number operators on a count: `times` and `size`."""
    verdicts = [
        operate(name, operand, (INTEGER, coerce(value, INTEGER)), scope) for name, operand in tests.items()
    ]
    return all(verdicts)


_contains = _text(lambda text, part: part in text)

OPERATORS: Mapping[str, Callable[[Operation], Verdict]] = {
    "is": _comparison("=="),
    "is_not": _comparison("!="),
    "in": _in,
    "not_in": lambda it: _negated(_in(it)),
    "more_than": _comparison(">"),
    "at_least": _comparison(">="),
    "less_than": _comparison("<"),
    "at_most": _comparison("<="),
    "between": _between,
    "not_between": lambda it: _negated(_between(it)),
    "before": _comparison("<"),
    "after": _comparison(">"),
    "on_or_before": _comparison("<="),
    "on_or_after": _comparison(">="),
    "within_last": _within_last,
    "within_next": _within_next,
    "more_than_ago": _more_than_ago,
    "more_than_ahead": _more_than_ahead,
    "anniversary_within_last": _anniversary(-1),
    "anniversary_within_next": _anniversary(1),
    "weekday_in": _numbered(WEEKDAYS, lambda day: day.isoweekday()),
    "month_in": _numbered(MONTHS, lambda day: day.month),
    "contains": _contains,
    "not_contains": lambda it: _negated(_contains(it)),
    "starts_with": _text(str.startswith),
    "ends_with": _text(str.endswith),
    "matches": lambda it: search(it.operand, it.subject[1], it.form == "lower"),
    "not_matches": lambda it: not search(it.operand, it.subject[1], it.form == "lower"),
    "includes": lambda it: all(_elements(it, it.operand)),
    "includes_any": lambda it: any(_elements(it, it.operand)),
    "includes_all": lambda it: all(_elements(it, it.operand)),
    "includes_none": lambda it: not any(_elements(it, it.operand)),
    "size": lambda it: number_tests(len(it.subject[1]), it.operand, it.scope),
}
