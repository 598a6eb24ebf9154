"""Deep expressions in steps: what a lowering would name many times over becomes a column of its own first.

A check for what fits or is finite names the value it checks twice, a division its operands, and so on:
nested, their expressions would grow exponentially. In steps they grow with the formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from segmentry.engine.backends.polars.lower import OPEN, Lowerer
from segmentry.engine.language.arithmetic import multiplied_out
from segmentry.engine.language.expr import Call, Const, Expr, Field, Op

_NAMES_ONCE: frozenset[Op] = frozenset(
    (
        *OPEN, "to_double", "quotient", "round_places", "not", "all_true", "any_true", "is_known",
        "is_true", "is_blank", "choose", "coalesce", "smallest", "greatest", "equal", "not_equal", "less",
        "less_or_equal", "greater", "greater_or_equal", "in_set", "lower", "upper", "strip", "length",
        "matches", "contains_text", "starts_with_text", "ends_with_text", "date_of", "midnight", "year",
        "quarter", "month", "week", "weekday", "hour", "month_day", "days_between", "list_size",
        "list_lower", "list_fold", "casefold", "fold", "nfc", "concat", "hash", "date_from", "datetime_from",
    )
)  # fmt: skip
"""Operations whose lowering names each operand about once; the others name it up to `_TIMES` times."""

_ONCE_OF_INTEGERS: frozenset[Op] = frozenset(("int_add", "int_subtract", "int_multiply", "int_negate"))
_TIMES = 4
_MOST = 60
"""An operand that would be as many expressions and is named more than once becomes a step."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A frame with the steps as columns, the expressions over it by name, and the steps to drop at last."""

    frame: pl.LazyFrame
    expressions: dict[str, pl.Expr]
    steps: list[str]


def stepped(frame: pl.LazyFrame, named: Mapping[str, Expr], lowerer: Lowerer) -> Stepped:
    """Expressions lowered over a frame, each in linear size."""
    splitter = _Splitter()
    ends = {name: splitter.split(expr)[0] for name, expr in named.items()}
    for level in splitter.levels:
        frame = frame.with_columns(lowerer(expr).alias(name) for name, expr in level.items())
    steps = [name for level in splitter.levels for name in level]
    return Stepped(frame, {name: lowerer(expr) for name, expr in ends.items()}, steps)


@dataclass(slots=True)
class _Splitter:
    """Takes expressions apart; equal parts become one step. ``after`` gives the first level to use a step."""

    levels: list[dict[str, Expr]] = field(default_factory=list[dict[str, Expr]])
    known: dict[Expr, Field] = field(default_factory=dict[Expr, Field])
    after: dict[str, int] = field(default_factory=dict[str, int])

    def split(self, expr: Expr) -> tuple[Expr, int, int]:
        """The expression over columns and steps, the size of its lowering, and the first level to have it."""
        if isinstance(expr, Field):
            return expr, 1, self.after.get(expr.name, 0)
        if isinstance(expr, Const):
            return expr, 1, 0
        parts = [self.split(arg) for arg in expr.args]
        if expr.op == "int_power":
            base, _, _ = self._as_step(*parts[0])
            return self.split(multiplied_out(base, expr.params[0]))
        if expr.op not in OPEN:
            parts = [(arg, 2 * size, at) if _is_checked(arg) else (arg, size, at) for arg, size, at in parts]
        times = _times_named(expr)
        parts = [
            self._as_step(*part) if part[1] > _MOST and (times > 1 or _is_checked(part[0])) else part
            for part in parts
        ]
        args = tuple(arg for arg, _, _ in parts)
        rest = expr if args == expr.args else Call(expr.op, args, expr.type, expr.params)
        return rest, 1 + times * sum(size for _, size, _ in parts), max((at for _, _, at in parts), default=0)

    def _as_step(self, expr: Expr, size: int, level: int) -> tuple[Expr, int, int]:
        if not isinstance(expr, Call):
            return expr, size, level
        if expr not in self.known:
            while len(self.levels) <= level:
                self.levels.append({})
            step = Field(f"\x00step:{level}:{len(self.levels[level])}", expr.type)
            self.levels[level][step.name] = expr
            self.known[expr], self.after[step.name] = step, level + 1
        found = self.known[expr]
        return found, 1, self.after[found.name]


def _is_checked(expr: Expr) -> bool:
    """Whether it ends a chain that is checked for finite values, which names it twice."""
    return isinstance(expr, Call) and expr.op in OPEN


def _times_named(expr: Call) -> int:
    """How many times a lowering names each of its operands, about."""
    once = expr.op in _NAMES_ONCE or (expr.op in _ONCE_OF_INTEGERS and expr.type.kind == "integer")
    return 1 if once else _TIMES
