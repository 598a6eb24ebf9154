"""The primitive aggregates that a backend computes of rows, and the rows that they are taken of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from segmentry.engine.language.expr import Const, Expr, Field, all_true, as_date
from segmentry.engine.language.types import Type

AggregateKind = Literal[
    "count",  # rows
    "sum",  # of the known values; 0 where there is none
    "min",
    "max",
    "median",
    "std",
    "distinct",  # number of distinct known values
    "values",  # the sorted list of them
    "first",  # known value of the earliest row, ties to the greatest value
    "last",  # known value of the latest row, ties to the greatest value
    "most_common",  # ties to the smallest
    "longest_gap",  # days between consecutive distinct dates
]

NEVER_MISSING: frozenset[AggregateKind] = frozenset(("count", "sum", "distinct", "values"))
"""The aggregates that also have a value where there is no row: 0, or an empty list."""


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
