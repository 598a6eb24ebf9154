"""The functions of formulas: one entry each, with its arguments, its lowering and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from segmentry.engine.language.expr import Const, Expr, Op, as_date, as_number, call, rescaled
from segmentry.engine.language.types import INTEGER, NUMBER, STRING, Type, common_type, decimal


class CallContext(Protocol):
    """Where a call reports what is wrong with its arguments."""

    def fail(self, message: str, argument: int | None = None, hint: str | None = None) -> NoReturn:
        """Report a mistake in the call, or in one of its arguments, and stop."""
        ...


Lower = Callable[[CallContext, Sequence[Expr]], Expr]


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its name, how many arguments it takes (None: any number from the least)."""

    name: str
    least: int
    most: int | None
    lower: Lower
    signature: str
    doc: str
    example: str


def _number(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    if not args[place].type.is_number:
        ctx.fail(f"a number is expected, this is {args[place].type.words()}", place)
    return args[place]


def _text(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    if not args[place].type.is_text:
        ctx.fail(f"a text is expected, this is {args[place].type.words()}", place)
    return args[place]


def _temporal(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    if not args[place].type.is_temporal:
        ctx.fail(f"a date is expected, this is {args[place].type.words()}", place)
    return args[place]


def unified(ctx: CallContext, args: Sequence[Expr]) -> tuple[list[Expr], Type]:
    """Arguments brought to one type; reports the first that does not fit the ones before."""
    kind = args[0].type
    for place, arg in enumerate(args[1:], start=1):
        common = common_type(kind, arg.type)
        if common is None:
            ctx.fail(f"this is {arg.type.words()}, the one before is {kind.words()}", place)
        kind = common
    return [as_type(arg, kind) for arg in args], kind


def as_type(arg: Expr, kind: Type) -> Expr:
    """An expression brought to a common type."""
    if kind.kind == "decimal":
        return rescaled(arg, kind.scale)
    if kind.kind == "number":
        return as_number(arg)
    return as_date(arg) if kind.kind == "date" else arg


def _absolute(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    x = _number(ctx, args, 0)
    return call("int_absolute" if x.type.is_exact else "absolute", x, type=x.type)


def _round(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    x = _number(ctx, args, 0)
    if len(args) == 1:
        return _whole(x, "int_round", "round_even")
    k = args[1]
    if not (isinstance(k, Const) and k.type.kind == "integer" and 0 <= k.value <= 15):
        ctx.fail("the number of places must be a whole number from 0 to 15", 1)
    places = int(k.value)
    if not x.type.is_exact:
        return call("round_places", x, type=NUMBER, params=(places,))
    if x.type.scale <= places:
        return as_number(x)
    by = x.type.scale - places
    return as_number(call("int_round", x, type=decimal(places), params=(by,)))


def _whole(x: Expr, exact: Op, double: Op) -> Expr:
    if not x.type.is_exact:
        return call(double, x, type=NUMBER)
    return x if x.type.kind == "integer" else call(exact, x, type=INTEGER, params=(x.type.scale,))


def _floor(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    return _whole(_number(ctx, args, 0), "int_floor", "floor")


def _ceil(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    return _whole(_number(ctx, args, 0), "int_ceiling", "ceiling")


def _double(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, as_number(_number(ctx, args, 0)), type=NUMBER)

    return lower


def _folding(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        if op != "coalesce" and args[0].type.kind in ("list", "boolean"):
            ctx.fail(f"{args[0].type.words()} has no smallest or greatest", 0)
        items, kind = unified(ctx, args)
        return call(op, *items, type=kind)

    return lower


def _clip(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    for place in range(3):
        _number(ctx, args, place)
    (x, low, high), kind = unified(ctx, args)
    raised = call("choose", call("less", x, low), low, x, type=kind)
    clipped = call("choose", call("greater", raised, high), high, raised, type=kind)
    all_known = call("and", call("is_known", x), call("is_known", low), call("is_known", high))
    return call("choose", all_known, clipped, Const(None, kind), type=kind)


def _text_function(op: Op, result: Type) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, _text(ctx, args, 0), type=result)

    return lower


def _text_pair(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, _text(ctx, args, 0), _text(ctx, args, 1))

    return lower


def _date(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    return as_date(_temporal(ctx, args, 0))


def _part(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, _temporal(ctx, args, 0), type=INTEGER)

    return lower


def _hour(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    if _temporal(ctx, args, 0).type.kind == "date":
        ctx.fail("a date has no hour", 0, "use a trait that has a time of day")
    return call("hour", args[0], type=INTEGER)


def _days_between(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    a, b = as_date(_temporal(ctx, args, 0)), as_date(_temporal(ctx, args, 1))
    return call("days_between", a, b, type=INTEGER)


_ENTRIES = (
    Function("abs", 1, 1, _absolute, "abs(x)", "The value without its sign.", "abs(balance)"),
    Function(
        "round",
        1,
        2,
        _round,
        "round(x), round(x, k)",
        "Half to even: to a whole number, or to k places (then the double nearest to the exact result).",
        "round(spend, 1)",
    ),
    Function("floor", 1, 1, _floor, "floor(x)", "The next whole number downwards.", "floor(spend)"),
    Function("ceil", 1, 1, _ceil, "ceil(x)", "The next whole number upwards.", "ceil(spend)"),
    Function("sqrt", 1, 1, _double("square_root"), "sqrt(x)", "Square root; missing below 0.", "sqrt(spend)"),
    Function(
        "log",
        1,
        1,
        _double("logarithm"),
        "log(x)",
        "Natural logarithm; missing at 0 and below.",
        "log(spend)",
    ),
    Function("exp", 1, 1, _double("exponential"), "exp(x)", "e to the power of x.", "exp(rate)"),
    Function(
        "min",
        1,
        None,
        _folding("smallest"),
        "min(a, b, …)",
        "The smallest known argument.",
        "min(spend, limit)",
    ),
    Function(
        "max", 1, None, _folding("greatest"), "max(a, b, …)", "The greatest known argument.", "max(spend, 0)"
    ),
    Function(
        "coalesce",
        1,
        None,
        _folding("coalesce"),
        "coalesce(a, b, …)",
        "The first known argument.",
        "coalesce(discount_share, 0)",
    ),
    Function(
        "clip",
        3,
        3,
        _clip,
        "clip(x, low, high)",
        "x, but not below low and not above high; missing where any of the three is.",
        "clip(nps, 0, 10)",
    ),
    Function(
        "lower", 1, 1, _text_function("lower", STRING), "lower(t)", "Full Unicode lowercase.", "lower(city)"
    ),
    Function(
        "upper", 1, 1, _text_function("upper", STRING), "upper(t)", "Full Unicode uppercase.", "upper(city)"
    ),
    Function(
        "strip",
        1,
        1,
        _text_function("strip", STRING),
        "strip(t)",
        "Without white space at both ends.",
        "strip(city)",
    ),
    Function(
        "length",
        1,
        1,
        _text_function("length", INTEGER),
        "length(t)",
        "Number of characters.",
        "length(city)",
    ),
    Function(
        "starts_with",
        2,
        2,
        _text_pair("starts_with_text"),
        "starts_with(t, s)",
        "Whether t begins with s.",
        "starts_with(city, 'St.')",
    ),
    Function(
        "contains",
        2,
        2,
        _text_pair("contains_text"),
        "contains(t, s)",
        "Whether s stands in t.",
        "contains(city, 'am')",
    ),
    Function(
        "date", 1, 1, _date, "date(d)", "The calendar date in the workspace's zone.", "date(signed_up_at)"
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

FUNCTIONS: Mapping[str, Function] = {entry.name: entry for entry in _ENTRIES}
"""Every function by its name."""
