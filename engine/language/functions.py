"""The functions of formulas: those of numbers and of any value here, of texts and of dates beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentry.engine.language import date_functions, text_functions
from segmentry.engine.language.expr import Const, Expr, Op, as_date, as_number, call, rescaled
from segmentry.engine.language.function_entry import CallContext, Function, Lower, number_at
from segmentry.engine.language.types import INTEGER, NUMBER, Type, common_type, decimal


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
    x = number_at(ctx, args, 0)
    return call("int_absolute" if x.type.is_exact else "absolute", x, type=x.type)


def _round(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    x = number_at(ctx, args, 0)
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
    return _whole(number_at(ctx, args, 0), "int_floor", "floor")


def _ceil(ctx: CallContext, args: Sequence[Expr]) -> Expr:
    return _whole(number_at(ctx, args, 0), "int_ceiling", "ceiling")


def _double(op: Op) -> Lower:
    def lower(ctx: CallContext, args: Sequence[Expr]) -> Expr:
        return call(op, as_number(number_at(ctx, args, 0)), type=NUMBER)

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
        number_at(ctx, args, place)
    (x, low, high), kind = unified(ctx, args)
    raised = call("choose", call("less", x, low), low, x, type=kind)
    clipped = call("choose", call("greater", raised, high), high, raised, type=kind)
    all_known = call("and", call("is_known", x), call("is_known", low), call("is_known", high))
    return call("choose", all_known, clipped, Const(None, kind), type=kind)


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
)

FUNCTIONS: Mapping[str, Function] = {
    entry.name: entry for entry in (*_ENTRIES, *text_functions.ENTRIES, *date_functions.ENTRIES)
}
"""Every function by its name."""
