"""What a kind of trait is: everything that the engine and its documentation know of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Protocol

from segmentry.engine.language.aggregates import Rowwise
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import Type

RowOperand = Literal["source", "source.column", "source or source.column"]
Operand = Literal["formula", "of", "points"]
OfKey = Literal["edges", "into", "ascending", "ties", "among", "per"]
RowOption = Literal["n", "list", "by", "last_rows", "exactly", "tie", "missing"]
Ties = Literal["highest", "lowest", "middle"]
"""Which of the ranks that equal values take up is theirs: the last, the first, or the mean of the two."""
Values = Literal["any", "numbers", "ordered", "numbers or dates", "scalars", "none"]


class WrittenTrait(Protocol):
    """What a kind may read of a trait as it is written."""

    @property
    def column(self) -> str | None:
        """The C of `S.C`."""
        ...

    @property
    def into(self) -> int | None:
        """How many buckets there are."""
        ...

    @property
    def edges(self) -> Sequence[tuple[str, Any]]:
        """The labels of bands with the number at which each begins, as written."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values that a kind can have: from ``least`` to ``most``, both included, or one of ``labels``.

    None is open. The ends are doubles of a kind that always gives doubles, whole numbers of all others: those
    of a kind that gives what its column holds fit a column of any number type.
    """

    least: int | float | None = None
    most: int | float | None = None
    labels: tuple[str, ...] | None = None


BoundsOf = Callable[[WrittenTrait], Bounds]


def unbounded(_: WrittenTrait) -> Bounds:
    """Any value of the type; of a kind that copies values those that the column's contract allows."""
    return Bounds()


def at_least(least: int | float) -> BoundsOf:
    """The bounds of a kind whose values are never below ``least``."""
    return lambda _: Bounds(least)


class TraitContext(Protocol):
    """What lowering a kind that takes no rows may ask."""

    @property
    def trait(self) -> WrittenTrait:
        """The trait as it is written."""
        ...

    def formula(self) -> Expr:
        """The trait's formula."""
        ...

    def points(self) -> Expr:
        """The sum of the trait's points."""
        ...

    def of(self) -> Expr:
        """The value of the trait under `of`, of a type that the kind takes."""
        ...

    def rank(self, kind: Literal["bucket", "percentile"], amount: int | None, result: Type) -> Expr:
        """The rank of the value under `of`, within `per` and among those of `among`."""
        ...

    def reject(self, message: str, path: tuple[str, ...], hint: str | None = None) -> NoReturn:
        """Report a value that does not fit, at a key below the kind's own, and give the trait up."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What every kind of trait has.

    ``values`` says which types it takes, ``nothing`` what a customer without a matching row gets, in words;
    ``phrase`` is how it is read aloud, with the parts of the trait in braces; ``bounds`` what it can give.
    ``copies`` says that it hands on a value of a row as it is, so that it is as personal as the column.
    """

    name: str
    values: Values
    nothing: str
    doc: str
    example: str
    phrase: str
    bounds: BoundsOf
    copies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind(Kind):
    """A kind that takes rows of a source.

    ``operand`` is what stands behind its key; ``in_groups`` says whether a grouped source may list it, where
    ``operand`` is the column alone, or true. ``options`` are keys that may stand beside it, ``required``
    those that must.
    """

    operand: RowOperand
    lower: Callable[[Rowwise], Expr]
    needs_that: bool = False
    needs_time: bool = False
    in_groups: bool = False
    options: tuple[RowOption, ...] = ()
    required: tuple[RowOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKind(Kind):
    """A kind that is made of other traits.

    ``keys`` are, of a kind with the operand `of`, the keys beside it, ``required`` those it needs.
    """

    operand: Operand
    lower: Callable[[TraitContext], Expr]
    keys: tuple[OfKey, ...] = ()
    required: tuple[OfKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnKind:
    """A key of a source's column that computes it of several rows, and takes nothing but `true`."""

    name: str
    doc: str


TraitKind = RowKind | CustomerKind
