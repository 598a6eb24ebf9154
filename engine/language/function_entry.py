"""What a function of formulas is, and the checks of arguments that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from segmentry.engine.language.calendar import Calendar
from segmentry.engine.language.expr import Const, Expr


class CallContext(Protocol):
    """Where a call reports what is wrong with its arguments."""

    @property
    def calendar(self) -> Calendar:
        """The workspace's calendar at the as-of instant."""
        ...

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


def number_at(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    """The argument at a place, which has to be a number."""
    if not args[place].type.is_number:
        ctx.fail(f"a number is expected, this is {args[place].type.words()}", place)
    return args[place]


def whole_at(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    """The argument at a place, which has to be a whole number."""
    if args[place].type.kind not in ("integer", "unknown"):
        ctx.fail(f"a whole number is expected, this is {args[place].type.words()}", place)
    return args[place]


def text_at(ctx: CallContext, args: Sequence[Expr], place: int, hint: str | None = None) -> Expr:
    """The argument at a place, which has to be a text."""
    if not args[place].type.is_text:
        ctx.fail(f"a text is expected, this is {args[place].type.words()}", place, hint)
    return args[place]


def temporal_at(ctx: CallContext, args: Sequence[Expr], place: int) -> Expr:
    """The argument at a place, which has to be a date or a datetime."""
    if not args[place].type.is_temporal:
        ctx.fail(f"a date is expected, this is {args[place].type.words()}", place)
    return args[place]


def known_text(expr: Expr) -> str | None:
    """The text of a literal; None of anything else."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else None
