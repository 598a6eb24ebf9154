"""The primitive aggregates that a backend computes of rows, and the rows that they are taken of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from segmentry.engine.language.expr import TRUE, Const, Expr, Field, all_true, as_date, call
from segmentry.engine.language.types import INTEGER, Type

AggregateKind = Literal[
    "count",
    "sum",
    "min",
    "max",
    "median",
    "std",
    "distinct",
    "values",
    "first",
    "last",
    "most_common",
    "longest_gap",
    "list",
    "streak",
]


@dataclass(frozen=True, slots=True)
class Primitive:
    """What is known of a primitive aggregate before any data is read.

    ``is_known`` says that it has a value also where there is no row, ``least`` is the smallest value (None:
    any of its type). ``approximate`` says where last digits may differ between runs or engines: a sum of
    doubles may, in another order.
    """

    doc: str
    is_known: bool = False
    least: int | None = None
    approximate: Literal["never", "of doubles", "always"] = "never"


AGGREGATE_PRIMITIVES: Mapping[AggregateKind, Primitive] = {
    "count": Primitive("The rows.", is_known=True, least=0),
    "sum": Primitive("Of the known values; 0 of none.", is_known=True, approximate="of doubles"),
    "min": Primitive("The smallest known value."),
    "max": Primitive("The greatest known value."),
    "median": Primitive("Of the known values."),
    "std": Primitive("Sample deviation of the known values.", least=0, approximate="always"),
    "distinct": Primitive("The number of distinct known values.", is_known=True, least=0),
    "values": Primitive("The sorted list of the distinct known values.", is_known=True),
    "first": Primitive("The known value of the earliest row; ties go to the greatest value."),
    "last": Primitive("The known value of the latest row; ties go to the greatest value."),
    "most_common": Primitive("The most frequent known value; ties go to the smallest."),
    "longest_gap": Primitive("The most days between consecutive distinct dates.", least=1),
    "list": Primitive("The sorted list of all known values, missing where there is none."),
    "streak": Primitive(
        "The steps before the first that has a row of these; all steps where none has.",
        is_known=True,
        least=0,
    ),
}
"""An entry for each primitive; every backend has a lowering for it."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a customer's rows, in order, and which of them count.

    A step is a distinct time, or a distinct known value of ``by``; that one stands at the time of its
    earliest row, and of equal times the smaller value is earlier. Rows make steps where ``where`` holds
    (never null, None: all), within the bounds of the aggregate. They are numbered from 1, from the newest
    where ``newest_first``; those from ``first`` to ``last`` count, both included, None is open.
    """

    where: Expr | None
    by: Expr | None
    newest_first: bool
    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class RowAggregate:
    """One value per customer (or group) of the rows of a source.

    ``value`` and ``where`` are expressions over the source's columns; ``where`` is never null. The rows are
    those in [start, end) by the source's time; None is open. ``type`` is the result's type. With ``steps``
    only the rows of some steps take part.
    """

    source: str
    kind: AggregateKind
    value: Expr | None
    where: Expr | None
    start: datetime | None
    end: datetime | None
    type: Type
    steps: Steps | None = None

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """All expressions over the source's columns."""
        steps = () if self.steps is None else (self.steps.where, self.steps.by)
        return tuple(expr for expr in (self.value, self.where, *steps) if expr is not None)


@dataclass(frozen=True, slots=True)
class RowOptions:
    """What the keys beside some kinds say: see `RowKind.options`. ``by`` is a column of the rows."""

    by: Expr | None = None
    n: int = 1
    as_list: bool = False
    last_rows: int | None = None
    exactly: bool = False
    tie: Literal["greatest", "smallest"] = "greatest"
    keep_missing: bool = False


Add = Callable[[RowAggregate], Field]
"""Adds a primitive aggregate and gives the field that holds it."""


@dataclass(frozen=True, slots=True)
class Rowwise:
    """The rows that a kind of trait is taken of: source, filter, bounds, and the source's time.

    ``column`` is the C of `S.C` and ``condition`` what `that` says, where the author wrote them. ``options``
    are the settled values of the kind's other keys. Of ``steps`` all primitives are taken.
    """

    source: str
    where: Expr | None
    start: datetime | None
    end: datetime | None
    time: Field | None
    today: Const
    add: Add
    column: Expr | None = None
    condition: Expr | None = None
    options: RowOptions = RowOptions()
    steps: Steps | None = None

    @property
    def value(self) -> Expr:
        """The column, of a kind that always takes one."""
        assert self.column is not None
        return self.column

    @property
    def that(self) -> Expr:
        """The condition of `that`, of a kind that needs it."""
        assert self.condition is not None
        return self.condition

    @property
    def instant(self) -> Field:
        """The time of a row, of a kind that needs it."""
        assert self.time is not None
        return self.time

    @property
    def dates(self) -> Expr:
        """The date of a row, of a kind that needs its time."""
        return as_date(self.instant)

    def primitive(self, kind: AggregateKind, value: Expr | None, result: Type, *also: Expr) -> Field:
        """One primitive aggregate, of the rows for which ``also`` holds as well."""
        only = self.where_also(*also)
        return self.add(
            RowAggregate(self.source, kind, value, only, self.start, self.end, result, self.steps)
        )

    def where_also(self, *also: Expr) -> Expr | None:
        """The filter with more conditions; None for all rows."""
        where = all_true(*([self.where] if self.where is not None else []), *also)
        return None if where == TRUE else where

    def of_steps(self, first: int, last: int | None, *also: Expr, newest_first: bool) -> Rowwise:
        """The rows of some steps; those for which ``also`` holds make steps."""
        where = self.where_also(*also)
        steps = Steps(where, self.options.by, newest_first, first, last)
        return replace(self, where=where, steps=steps)

    def are_enough(self) -> Expr:
        """Whether there are as many steps as there have to be, see `RowOptions.exactly`; never null."""
        options = self.options
        if options.last_rows is None or not options.exactly:
            return TRUE
        value = self.instant if options.by is None else options.by
        count = replace(self, steps=None).primitive("distinct", value, INTEGER)
        return call("greater_or_equal", count, Const(options.last_rows, INTEGER))
