"""The functions of formulas that take or give dates."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.engine.language.calendar import CalendarError, IsoDate, IsoDateTime, parse_moment
from segmentry.engine.language.date_formats import form_fault, patterns_of
from segmentry.engine.language.expr import Const, Expr, Op, as_date, call
from segmentry.engine.language.function_entry import (
    CallContext,
    Function,
    Lower,
    known_text,
    temporal_at,
    text_at,
)
from segmentry.engine.language.types import DATE, DATETIME, INTEGER


def _forms(ctx: CallContext, args: Sequence[Expr]) -> tuple[str, ...]:
    """The form of dates that is named beside a text; none for ISO 8601."""
    if len(args) == 1:
        return ()
    text_at(ctx, args, 0, "only a text has a form")
    form = known_text(args[1])
    if form is None:
        ctx.fail("a form of dates is expected, in quotes", 1, "write one, like 'day_first'")
    if fault := form_fault(form):
        ctx.fail(fault[0], 1, fault[1])
    return (form,)


def _date(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    forms = _forms(ctx, args)
    text = known_text(args[0])
    if text is not None:
        return Const(_day(ctx, text, forms), DATE)
    if args[0].type.kind == "string" or forms:
        return call("date_from", args[0], type=DATE, params=(forms,))
    return as_date(temporal_at(ctx, args, 0))


def _day(ctx: CallContext, text: str, forms: tuple[str, ...]) -> object:
    moment = parse_moment(text)
    if isinstance(moment, IsoDate):
        return moment.value
    days = [pattern.day_of(text) for form in forms for pattern in patterns_of(form)]
    found = next((day for day in days if day is not None), None)
    if found is None:
        ctx.fail(f"`{text}` is no date", 0, "write it like '2026-01-31'")
    return found


def _datetime(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    forms = _forms(ctx, args)
    x = args[0]
    text = known_text(x)
    if text is not None:
        return Const(_instant(ctx, text), DATETIME)
    if x.type.kind == "string" or forms:
        return call("datetime_from", x, type=DATETIME, params=(forms,))
    temporal_at(ctx, args, 0)
    return call("midnight", x, type=DATETIME) if x.type.kind == "date" else x


def _instant(ctx: CallContext, text: str) -> object:
    moment = parse_moment(text)
    try:
        if isinstance(moment, IsoDate):
            return ctx.calendar.midnight(moment.value)
        if isinstance(moment, IsoDateTime):
            return ctx.calendar.moment(moment)
    except CalendarError as error:
        ctx.fail(str(error), 0)
    ctx.fail(f"`{text}` is no date with a time", 0, "write it like '2026-01-31T18:30'")


def _part(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, temporal_at(ctx, args, 0), type=INTEGER)

    return lower


def _hour(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    if temporal_at(ctx, args, 0).type.kind == "date":
        ctx.fail("a date has no hour", 0, "use a trait that has a time of day")
    return call("hour", args[0], type=INTEGER)


def _days_between(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    a, b = as_date(temporal_at(ctx, args, 0)), as_date(temporal_at(ctx, args, 1))
    return call("days_between", a, b, type=INTEGER)


ENTRIES = (
    Function(
        "date",
        1,
        2,
        _date,
        "date(d), date(s), date(s, form)",
        "The calendar date in the workspace's zone: of a date with time, of a text in ISO 8601, or of a text "
        "in a form as `format` of a column takes it, like 'day_first' or '%d.%m.%Y'. Missing for others.",
        "date(signed_up_at)",
    ),
    Function(
        "datetime",
        1,
        2,
        _datetime,
        "datetime(d), datetime(s), datetime(s, form)",
        "The date with time that a text says, in the same forms; local time where it names no zone. "
        "Of a date its midnight.",
        "datetime(birth_date)",
    ),
    Function("year", 1, 1, _part("year"), "year(d)", "Calendar year.", "year(birth_date)"),
    Function(
        "quarter", 1, 1, _part("quarter"), "quarter(d)", "Calendar quarter, 1 to 4.", "quarter(birth_date)"
    ),
    Function("month", 1, 1, _part("month"), "month(d)", "Month, 1 to 12.", "month(birth_date)"),
    Function("week", 1, 1, _part("week"), "week(d)", "ISO week, 1 to 53.", "week(birth_date)"),
    Function(
        "weekday", 1, 1, _part("weekday"), "weekday(d)", "Day of the week, Monday = 1.", "weekday(birth_date)"
    ),
    Function(
        "hour", 1, 1, _hour, "hour(d)", "Hour, 0 to 23; of a date it is an error.", "hour(signed_up_at)"
    ),
    Function(
        "days_between",
        2,
        2,
        _days_between,
        "days_between(a, b)",
        "Calendar days from a to b; negative if b is earlier.",
        "days_between(birth_date, today)",
    ),
)
"""In the order in which the documentation lists them."""
