"""Where conditions change: the values of a trait at which a leaf turns, and those just beside them.

Read from the lowered condition, so that every operator is seen as the engine compares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from segmentry.engine.language.expr import Call, Const, Expr, Field
from segmentry.engine.language.types import Type

_COMPARISONS: Final = frozenset(
    ("less", "less_or_equal", "greater", "greater_or_equal", "equal", "not_equal")
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value of a trait that a leaf compares it with, in the trait's own form (decimals as Decimal).

    ``step`` leads to the next value that tells: one for whole numbers, the last place of decimals, a day, or
    for texts nothing. ``near`` is how far from it a value is still beside it.
    """

    value: Any
    step: Any
    near: Any

    def around(self) -> tuple[Any, ...]:
        """The value, with those just below and just above it."""
        if self.step is None:
            return (self.value,)
        return (self.value - self.step, self.value, self.value + self.step)


def thresholds(truth: Expr, field: Field) -> list[Threshold]:
    """The values at which a leaf's truth changes with one trait, ascending, each once."""
    found: dict[str, Threshold] = {}
    for value in _compared(truth, field):
        for threshold in _threshold(value, field.type):
            found.setdefault(str(threshold.value), threshold)
    return sorted(found.values(), key=lambda t: t.value)


def _compared(expr: Expr, field: Field) -> Iterator[Any]:
    """The literals that the field is compared with; exact numbers as Decimal."""
    if not isinstance(expr, Call):
        return
    if expr.op in _COMPARISONS:
        left, right = expr.args
        for subject, literal in ((left, right), (right, left)):
            if isinstance(literal, Const) and literal.value is not None and _is_subject(subject, field):
                yield _plain(literal.value, literal.type)
    elif expr.op == "in_set" and _is_subject(expr.args[0], field):
        for value in expr.params[0]:
            yield _plain(value, expr.args[0].type)
    elif expr.op in ("contains", "starts_with", "ends_with") and _is_subject(expr.args[0], field):
        yield from expr.params[0]
    elif expr.op in ("list_includes_any", "list_includes_all") and _is_subject(expr.args[0], field):
        yield [_plain(v, field.type.element or field.type) for v in expr.params[0]]
    for arg in expr.args:
        yield from _compared(arg, field)


_WRAPPERS: Final = frozenset(("to_double", "int_scale_up", "date_of", "lower", "fold"))


def _is_subject(expr: Expr, field: Field) -> bool:
    while isinstance(expr, Call) and expr.op in _WRAPPERS:
        expr = expr.args[0]
    return expr == field


def _plain(value: Any, kind: Type) -> Any:
    return Decimal(value).scaleb(-kind.scale) if kind.is_exact else value


def _threshold(value: Any, kind: Type) -> Iterator[Threshold]:
    match value:
        case bool() | str() | list():
            yield Threshold(value, None, None)
        case datetime():
            if kind.kind == "datetime":
                yield Threshold(value, timedelta(seconds=1), timedelta(days=1))
        case date():
            yield Threshold(value, timedelta(days=1), timedelta(days=1))
        case _ if kind.is_number:
            yield _number_threshold(Decimal(repr(value)) if isinstance(value, float) else value, kind)
        case _:
            return


def _number_threshold(value: Decimal, kind: Type) -> Threshold:
    """A step of the smallest unit; of doubles one place more than the threshold is written with."""
    exponent = value.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    near = Decimal(1).scaleb(-places)
    if kind.kind == "integer":
        # Between two whole numbers the one above is where it turns.
        return Threshold(value.to_integral_value(rounding="ROUND_CEILING"), Decimal(1), Decimal(1))
    step = Decimal(1).scaleb(-kind.scale if kind.kind == "decimal" else -places - 1)
    return Threshold(value, step, max(near, step))
