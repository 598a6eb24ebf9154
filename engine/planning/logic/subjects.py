"""What a comparison is about: bounds brought back to the trait itself, and texts tested one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial

from segmentry.engine.language.calendar import Calendar, CalendarError
from segmentry.engine.language.expr import Call, Expr, Op, nearest_double
from segmentry.engine.language.text_forms import folded
from segmentry.engine.planning.logic.domains import Key, Span, after, key_of, point


@dataclass(frozen=True, slots=True)
class Subject:
    """A text that is tested: its dimension, and the form in which the dimension's texts are looked at."""

    number: int
    form: Callable[[str], str]
    is_column: bool


FORMS: Mapping[Op, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "fold": folded,
}
"""What is made of a text by the operations of which one text has one form."""


def spans_of(op: Op, key: Key) -> tuple[Span, ...]:
    """The keys for which a comparison with a literal holds."""
    match op:
        case "less":
            return ((None, key),)
        case "less_or_equal":
            return ((None, after(key)),)
        case "greater":
            return ((after(key), None),)
        case "greater_or_equal":
            return ((key, None),)
        case "equal":
            return (point(key),)
        case _:
            return (None, key), (after(key), None)


def pulled_back(
    subject: Expr, spans: Sequence[Span], calendar: Calendar
) -> tuple[Expr, tuple[Span, ...]] | None:
    """The trait inside a change of scale, of number or of date, with the spans in its own keys.

    None where the local date can go backwards just there (a clock set back across midnight).
    """
    least: Callable[[Key], Key | None]
    match subject:
        case Call(op="int_scale_up", args=(inner,), params=(places,)):
            least = partial(_least_scaled, factor=10**places)
        case Call(op="to_double", args=(inner,), params=(scale,)):
            least = partial(least_exact, factor=10**scale)
        case Call(op="date_of", args=(inner,)):
            least = partial(_first_of_day, calendar=calendar)
        case _:
            return subject, tuple(spans)
    moved: list[Span] = []
    for low, high in spans:
        ends = [None if key is None else least(key) for key in (low, high)]
        if (low is not None and ends[0] is None) or (high is not None and ends[1] is None):
            return None
        moved.append((ends[0], ends[1]))
    return pulled_back(inner, moved, calendar)


def _least_scaled(bound: Key, factor: int) -> int:
    return -(-int(bound) // factor)


def _first_of_day(ordinal: Key, calendar: Calendar) -> Key | None:
    return first_instant(date.fromordinal(int(ordinal)), calendar)


def least_exact(bound: Key, factor: int) -> int:
    """The least whole number x for which the double nearest to x / factor is not below the bound."""
    high = math.ceil(Fraction(bound) * factor)
    low = math.floor(Fraction(math.nextafter(bound, -math.inf)) * factor)
    while high - low > 1:
        middle = (low + high) // 2
        if nearest_double(middle, factor) >= bound:
            high = middle
        else:
            low = middle
    return high if nearest_double(low, factor) < bound else low


_ONE_DAY = timedelta(hours=25)
_MINUTE = timedelta(minutes=1)


def first_instant(day: date, calendar: Calendar) -> Key | None:
    """The key of the first instant of a local date; None where an earlier date comes again after it."""
    try:
        start = calendar.midnight(day)
        later = start + _ONE_DAY
        if _offset(start, calendar) > _offset(later, calendar):
            moments = (start + n * _MINUTE for n in range(25 * 60))
            if any(moment.astimezone(calendar.zone).date() < day for moment in moments):
                return None
    except (CalendarError, OverflowError, ValueError):
        return None
    return key_of(start)


def _offset(moment: datetime, calendar: Calendar) -> timedelta:
    offset = moment.astimezone(calendar.zone).utcoffset()
    assert offset is not None
    return offset


# str.isspace counts four control characters that Unicode's White_Space property does not have.
_NO_SPACE = frozenset("\x1c\x1d\x1e\x1f")


def text_test(test: Call, text: str) -> bool:
    """Whether a test of texts holds for one text."""
    match test.op:
        case "is_blank":
            return all(c.isspace() and c not in _NO_SPACE for c in text)
        case "contains":
            return any(part in text for part in test.params[0])
        case "starts_with":
            return text.startswith(tuple(test.params[0]))
        case "ends_with":
            return text.endswith(tuple(test.params[0]))
        case _:
            raise AssertionError(test.op)
