"""The primitive aggregates that a backend computes of rows, and the rows that they are taken of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from segmentry.engine.language.expr import Const, Expr, Field, all_true, as_date
from segmentry.engine.language.types import Type

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
}
"""An entry for each primitive; every backend has a lowering for it."""


@dataclass(frozen=True, slots=True)
class RowAggregate:
    """One value per customer (or group) of the rows of a source.

    ``value`` and ``where`` are expressions over the source's columns; ``where`` is never null. The rows are
    those in [start, end) by the source's time; None is open. ``type`` is the result's type.
    """

    source: str
    kind: AggregateKind
    value: Expr | None
    where: Expr | None
    start: datetime | None
    end: datetime | None
    type: Type


Add = Callable[[RowAggregate], Field]
"""Adds a primitive aggregate and gives the field that holds it."""


@dataclass(frozen=True, slots=True)
class Rowwise:
    """The rows that a kind of trait is taken of: source, filter, bounds, and the source's time.

    ``column`` is the C of `S.C` and ``condition`` what `that` says, where the author wrote them.
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
        where = all_true(*([self.where] if self.where is not None else []), *also)
        only = None if where == Const(True, where.type) else where
        return self.add(RowAggregate(self.source, kind, value, only, self.start, self.end, result))
