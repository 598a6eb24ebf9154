"""Which expressions may be missing: what the warning about unhandled missing values rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from segmentry.engine.language.expr import Call, Const, Expr, Field

_NEVER = frozenset(("all_true", "any_true", "is_known", "is_true", "is_blank"))
_ALL = frozenset(("coalesce", "smallest", "greatest"))
_MAY = frozenset(
    (
        "square_root", "logarithm", "power", "first_true", "best", "band", "split_part", "number_of",
        "date_from", "datetime_from",
    )
)  # fmt: skip
_DIVISIONS = frozenset(("quotient", "divide", "floor_divide", "modulo", "int_floor_divide", "int_modulo"))


def may_be_null(expr: Expr, nullable: Callable[[str], bool]) -> bool:
    """Whether the expression can be missing, given which fields can."""
    match expr:
        case Const(value=value):
            return value is None
        case Field(name=name):
            return nullable(name)
        case Call(op=op, args=args):
            if op in _NEVER:
                return False
            if op in _ALL:
                return all(may_be_null(a, nullable) for a in args)
            if op in _MAY or (op in _DIVISIONS and not _is_nonzero(args[1])):
                return True
            if op == "choose":
                return may_be_null(args[1], nullable) or may_be_null(args[2], nullable)
            return any(may_be_null(a, nullable) for a in args)
        case _:
            assert_never(expr)


def _is_nonzero(divisor: Expr) -> bool:
    return isinstance(divisor, Const) and bool(divisor.value)
