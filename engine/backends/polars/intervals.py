"""What exact numbers lie between, known before they are computed: a proof that a result fits needs no check
of every row. The bounds of columns are read off the frame when first asked for; those of what is computed
follow by interval arithmetic (R. E. Moore, Interval Analysis, 1966).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from segmentry.engine.language.expr import Call, Const, Expr, Field, Op

Interval = tuple[int, int]
"""The least and the greatest value, both included."""

_INTEGERS = (-(2**63), 2**63 - 1)
_DECIMALS = (-(10**38) + 1, 10**38 - 1)


@dataclass
class Intervals:
    """The bounds of a frame's exact columns, and of expressions over them; None where nothing is known."""

    frame: pl.DataFrame
    known: dict[str, Interval | None] = field(default_factory=dict[str, "Interval | None"])

    def note(self, name: str, expr: Expr) -> None:
        """A definition computed later on, by its expression."""
        if expr.type.is_exact:
            self.known[name] = self.of(expr)

    def fit(self, expr: Expr) -> bool:
        """Whether all values of an exact expression fit its type: 64 bits, or 38 digits in 128 bits."""
        found = self.of(expr)
        least, greatest = _INTEGERS if expr.type.kind == "integer" else _DECIMALS
        return found is not None and least <= found[0] and found[1] <= greatest

    def of(self, expr: Expr) -> Interval | None:
        """The bounds of an expression's known values."""
        match expr:
            case Const(value=int(value)):
                return value, value
            case Field(name=name) if expr.type.is_exact:
                return self._column(name)
            case Call(op=op, args=args) if op in _RULES:
                parts = [self.of(arg) for arg in args]
                known = [part for part in parts if part is not None]
                return _RULES[op](expr, known) if len(known) == len(parts) else None
            case _:
                return None

    def _column(self, name: str) -> Interval | None:
        if name not in self.known:
            column = self.frame.get_column(name, default=None)
            self.known[name] = None if column is None else _ends(column)
        return self.known[name]


def _ends(column: pl.Series) -> Interval:
    least, greatest = column.min(), column.max()
    return (least, greatest) if isinstance(least, int) and isinstance(greatest, int) else (0, 0)


def _products(expr: Call, parts: list[Interval]) -> Interval:
    corners = [a * b for a in parts[0] for b in parts[1]]
    return min(corners), max(corners)


def _scaled(expr: Call, parts: list[Interval]) -> Interval:
    factor: int = 10 ** expr.params[0]
    return parts[0][0] * factor, parts[0][1] * factor


def _magnitudes(expr: Call, parts: list[Interval]) -> Interval:
    return 0, max(abs(parts[0][0]), abs(parts[0][1]))


_RULES: Mapping[Op, Callable[[Call, list[Interval]], Interval]] = {
    "int_add": lambda _, parts: (parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]),
    "int_subtract": lambda _, parts: (parts[0][0] - parts[1][1], parts[0][1] - parts[1][0]),
    "int_multiply": _products,
    "int_negate": lambda _, parts: (-parts[0][1], -parts[0][0]),
    "int_absolute": _magnitudes,
    "int_scale_up": _scaled,
    "coalesce": lambda _, parts: (min(part[0] for part in parts), max(part[1] for part in parts)),
    "smallest": lambda _, parts: (min(part[0] for part in parts), max(part[1] for part in parts)),
    "greatest": lambda _, parts: (min(part[0] for part in parts), max(part[1] for part in parts)),
}
"""How the bounds of an operation follow from those of its arguments."""
