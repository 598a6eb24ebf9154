"""What an operator is, and the kinds of subject there are for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from segmentry.engine.language.expr import Expr
from segmentry.engine.language.operands import Amount, OperandContext, OperandShape
from segmentry.engine.language.types import Kind, Letters


class LeafContext(OperandContext, Protocol):
    """What lowering an operator needs beyond reading its operand."""

    letters: Letters

    def rank(self, subject: Expr, amount: Amount, *, from_the_greatest: bool) -> Expr:
        """Whether the customer is among the first of a ranking, as an expression."""
        ...


Lower = Callable[[LeafContext, Expr, Any], Expr]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``kinds`` are the kinds of subject it takes; ``phrase`` has `{}` for the operand.

    ``keeps`` is the same for a number that is known by itself (a count, a size, a share) and the numbers of
    the operand, exactly; an operator without it is not offered where such a number is tested.
    ``phrase_of_false`` is what is read aloud instead where the operand is false, ``opaque`` what the operator
    is to the logic, which can't see into it without data.
    """

    name: str
    kinds: frozenset[Kind]
    shape: OperandShape
    lower: Lower
    phrase: str
    doc: str
    example: str
    negative: bool = False
    tests_missing: bool = False
    in_rows: bool = True
    folds_case: bool = False
    keeps: Callable[[Fraction, Sequence[Fraction]], bool] | None = None
    phrase_of_false: str | None = None
    opaque: str | None = None


TEXT: frozenset[Kind] = frozenset(("string",))
NUMBERS: frozenset[Kind] = frozenset(("integer", "number", "decimal"))
DATES: frozenset[Kind] = frozenset(("date",))
TEMPORAL: frozenset[Kind] = frozenset(("date", "datetime"))
ORDERED: frozenset[Kind] = NUMBERS | TEMPORAL
SCALARS: frozenset[Kind] = TEXT | ORDERED | frozenset[Kind](("boolean",))
LISTS: frozenset[Kind] = frozenset(("list",))
ANY: frozenset[Kind] = SCALARS | LISTS
