"""The kinds that take rows, as expressions over primitive aggregates (shared between traits, grouped
sources and behaviour): a mean is a sum over a count, a share two sums, days since a date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segmentry.engine.language.arithmetic import divide
from segmentry.engine.language.expr import (
    Const,
    Expr,
    Field,
    all_true,
    as_date,
    as_number,
    call,
    days_since,
    is_known,
)
from segmentry.engine.language.types import DATE, INTEGER, NUMBER, Type, list_of
from segmentry.engine.planning.plan import AggregateKind, RowAggregate

Add = Callable[[RowAggregate], Field]
"""Adds a primitive aggregate and gives the field that holds it."""


@dataclass(frozen=True)
class Rowwise:
    """The rows that an aggregate is taken of: source, filter, bounds, and the source's time."""

    source: str
    where: Expr | None
    start: datetime | None
    end: datetime | None
    time: Field | None
    today: Const
    add: Add

    def primitive(self, kind: AggregateKind, value: Expr | None, result: Type, *also: Expr) -> Field:
        """One primitive aggregate, of the rows for which ``also`` holds as well."""
        where = all_true(*([self.where] if self.where is not None else []), *also)
        only = None if where == Const(True, where.type) else where
        return self.add(RowAggregate(self.source, kind, value, only, self.start, self.end, result))

    def lower(self, kind: str, value: Field | Expr | None, that: Expr | None) -> Expr:
        """A trait kind over these rows."""
        match kind:
            case "count":
                return self.primitive("count", None, INTEGER)
            case "share":
                return self._share(value, that)
            case "days_since_first":
                return self._since("min")
            case "days_since_last":
                return self._since("max")
            case "mean_gap_days":
                return self._mean_gap()
            case "longest_gap_days":
                return self.primitive("longest_gap", self._dates(), INTEGER)
            case _:
                assert value is not None
                return self._of_column(kind, value)

    def _of_column(self, kind: str, value: Expr) -> Expr:
        match kind:
            case "sum":
                return self.primitive("sum", value, value.type)
            case "mean":
                count = self.primitive("count", None, INTEGER, is_known(value))
                return divide(self.primitive("sum", value, value.type), count)
            case "median":
                return self.primitive("median", value, NUMBER)
            case "std":
                return self.primitive("std", as_number(value), NUMBER)
            case "min":
                return self.primitive("min", value, value.type)
            case "max":
                return self.primitive("max", value, value.type)
            case "distinct":
                return self.primitive("distinct", value, INTEGER)
            case "values":
                return self.primitive("values", value, list_of(value.type))
            case "most_common":
                return self.primitive("most_common", value, value.type)
            case "first":
                return self.primitive("first" if self.time else "min", value, value.type)
            case "last":
                return self.primitive("last" if self.time else "max", value, value.type)
            case _:
                raise AssertionError(kind)

    def _share(self, value: Expr | None, that: Expr | None) -> Expr:
        assert that is not None
        if value is None:
            part = self.primitive("count", None, INTEGER, that)
            return divide(part, self.primitive("count", None, INTEGER))
        part = self.primitive("sum", value, value.type, that)
        return divide(part, self.primitive("sum", value, value.type))

    def _dates(self) -> Expr:
        assert self.time is not None
        return as_date(self.time)

    def _since(self, kind: AggregateKind) -> Expr:
        assert self.time is not None
        return days_since(self.primitive(kind, self.time, self.time.type), self.today)

    def _mean_gap(self) -> Expr:
        """(last date - first date) / (distinct dates - 1), missing below two dates."""
        dates = self._dates()
        span = call(
            "days_between",
            self.primitive("min", dates, DATE),
            self.primitive("max", dates, DATE),
            type=INTEGER,
        )
        count = self.primitive("distinct", dates, INTEGER)
        return divide(span, call("int_subtract", count, Const(1, INTEGER), type=INTEGER))
