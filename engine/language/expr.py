"""Engine-neutral expressions: what the resolved plan is made of.

An expression is computed per row of a frame: rows of a source, or the frame with one row per customer.
Everything that depends on types, zones, windows or the as-of instant is settled before: bounds are
literals, decimals are integers of minor units (value x 10^scale), text patterns are canonical. An engine
has to know some seventy primitive operations (`Op`) and nothing of the rule language.

Missing is null, and every primitive that is not named otherwise gives null when an argument is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segmentry.engine.language.types import BOOLEAN, DATE, INTEGER, NUMBER, Type, decimal

Op = Literal[
    # exact numbers: integers, and decimals as integers of minor units
    "int_add",
    "int_subtract",
    "int_multiply",
    "int_power",  # params (n,): n >= 2 times itself
    "int_floor_divide",  # null for a zero divisor
    "int_modulo",  # the divisor's sign; null for a zero divisor
    "int_negate",
    "int_absolute",
    "int_scale_up",  # params (k,): times 10^k
    "int_round",  # params (k,): divided by 10^k, half to even
    "int_floor",  # params (k,): divided by 10^k, downwards
    "int_ceiling",  # params (k,): divided by 10^k, upwards
    # doubles; whatever is not finite is null
    "to_double",  # params (scale,): nearest double of an exact value
    "quotient",  # params (scale of a, scale of b): nearest double of the exact quotient
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "modulo",
    "negate",
    "absolute",
    "power",
    "square_root",
    "logarithm",
    "exponential",
    "round_even",  # to a whole number
    "round_places",  # params (k,): nearest double of the exact value rounded half to even
    "floor",
    "ceiling",
    # comparisons of two values of one type (text by code point)
    "equal",
    "not_equal",
    "less",
    "less_or_equal",
    "greater",
    "greater_or_equal",
    "in_set",  # params (values,)
    # truth
    "and",  # null when any argument is null
    "or",  # null when any argument is null
    "not",
    "all_true",  # arguments are never null
    "any_true",  # arguments are never null
    "is_known",  # never null
    "is_true",  # never null: a null argument is false
    "choose",  # (condition, then, otherwise): only the branch taken matters; a null condition is false
    "coalesce",  # the first argument that is not null
    "smallest",  # nulls ignored
    "greatest",  # nulls ignored
    "first_true",  # the 0-based place of the first true argument, else null
    "best",  # params (n,): n conditions, then n scores: place of the greatest score, ties to the earlier
    # text
    "lower",
    "upper",
    "strip",
    "casefold",
    "fold",  # NFKC case folding of the text without zero-width characters
    "nfc",
    "length",
    "concat",  # (text, text)
    "text_of",  # of a whole number, decimal, truth, date, or local time
    "replace_text",  # (text, old, new); an empty old stands nowhere
    "slice",  # (text, from) or (text, from, to): code points from 0, negative ones from the end
    "split_part",  # (text, separator, n): from 1, negative ones from the end; null where there is none
    "number_of",  # the double a text says, as a CSV file says one; else null
    "hash",  # params (n,): the first 15 hexadecimal digits of SHA-256, modulo n
    "is_blank",  # never null: null, empty or white space only is true
    "contains",  # params (texts,): any of them
    "starts_with",  # params (texts,)
    "ends_with",  # params (texts,)
    "contains_text",  # (text, text)
    "starts_with_text",  # (text, text)
    "ends_with_text",  # (text, text)
    "matches",  # params (pattern, ignore_case)
    # dates and times; parts of a datetime are those of the workspace's zone
    "date_of",
    "date_from",  # params (forms,): the date a text says in one of them, of none in ISO 8601; else null
    "datetime_from",  # params (forms,)
    "midnight",
    "year",
    "quarter",
    "month",
    "week",
    "weekday",
    "hour",
    "month_day",  # 100 x month + day
    "days_between",
    # lists
    "list_includes_any",  # params (values,)
    "list_includes_all",  # params (values,)
    "list_size",
    "list_lower",
    "list_fold",
    # labels
    "band",  # params (edges, labels): the label of the last edge <= the value
]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal. Decimals are minor units; datetimes are aware UTC; None is missing."""

    value: Any
    type: Type


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the frame at hand."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """A primitive operation on expressions; ``params`` are settled Python values."""

    op: Op
    args: tuple[Expr, ...]
    type: Type
    params: tuple[Any, ...] = ()


Expr = Const | Field | Call

TRUE = Const(True, BOOLEAN)
FALSE = Const(False, BOOLEAN)


def call(op: Op, *args: Expr, type: Type = BOOLEAN, params: tuple[Any, ...] = ()) -> Call:
    """A `Call` of the given result type (boolean unless said)."""
    return Call(op, args, type, params)


def all_true(*args: Expr) -> Expr:
    """Conjunction of expressions that are never null."""
    kept = tuple(a for a in args if a != TRUE)
    if not kept:
        return TRUE
    if FALSE in kept:
        return FALSE
    return kept[0] if len(kept) == 1 else call("all_true", *kept)


def any_true(*args: Expr) -> Expr:
    """Disjunction of expressions that are never null."""
    kept = tuple(a for a in args if a != FALSE)
    if not kept:
        return FALSE
    if TRUE in kept:
        return TRUE
    return kept[0] if len(kept) == 1 else call("any_true", *kept)


def negated(arg: Expr) -> Expr:
    """Negation of an expression that is never null."""
    if arg == TRUE:
        return FALSE
    if arg == FALSE:
        return TRUE
    if isinstance(arg, Call) and arg.op == "not":
        return arg.args[0]
    return call("not", arg)


def is_known(arg: Expr) -> Expr:
    """Whether the value is there."""
    return call("is_known", arg)


def is_true(arg: Expr) -> Expr:
    """The condition with null as false."""
    if isinstance(arg, Const):
        return Const(bool(arg.value), BOOLEAN)
    return call("is_true", arg)


def rescaled(arg: Expr, scale: int) -> Expr:
    """An exact expression brought to a larger (or the same) scale, losslessly."""
    by = scale - arg.type.scale
    if by == 0 or arg.type.kind == "unknown":
        return arg
    kind = decimal(scale)
    if isinstance(arg, Const):
        return Const(None if arg.value is None else arg.value * 10**by, kind)
    return call("int_scale_up", arg, type=kind, params=(by,))


def as_number(arg: Expr) -> Expr:
    """The nearest double of a number expression."""
    if arg.type.kind in ("number", "unknown"):
        return arg
    if isinstance(arg, Const):
        value = None if arg.value is None else nearest_double(arg.value, 10**arg.type.scale)
        return Const(value, NUMBER)
    return call("to_double", arg, type=NUMBER, params=(arg.type.scale,))


def nearest_double(numerator: int, denominator: int) -> float:
    """The double nearest to an exact quotient (Python's integer division rounds correctly)."""
    return numerator / denominator


def aligned(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """Two comparable expressions brought to one type.

    Exact numbers meet in the larger scale, anything beside a double becomes a double, a datetime beside
    a date becomes its date.
    """
    if a.type.is_exact and b.type.is_exact:
        scale = max(a.type.scale, b.type.scale)
        return rescaled(a, scale), rescaled(b, scale)
    if a.type.is_number and b.type.is_number:
        return as_number(a), as_number(b)
    if {a.type.kind, b.type.kind} == {"date", "datetime"}:
        return as_date(a), as_date(b)
    return a, b


def as_date(arg: Expr) -> Expr:
    """A date or datetime as its calendar date in the workspace's zone."""
    return call("date_of", arg, type=DATE) if arg.type.kind == "datetime" else arg


def days_since(arg: Expr, today: Const) -> Expr:
    """Whole calendar days from a date or datetime to the as-of date."""
    return call("days_between", as_date(arg), today, type=INTEGER)


def fields_of(expr: Expr) -> frozenset[str]:
    """The names of all columns that an expression reads."""
    found: set[str] = set()
    stack: list[Expr] = [expr]
    while stack:
        match stack.pop():
            case Field(name=name):
                found.add(name)
            case Call(args=args):
                stack.extend(args)
            case Const():
                pass
    return frozenset(found)
