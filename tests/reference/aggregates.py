"""What a customer's (or a group's) rows come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.reference.clock import Clock
from tests.reference.values import INTEGER, NUMBER, DataFault, Type, Unsupported, coerce, double

Cells = Mapping[str, Any]

AGGREGATES = (
    *("sum", "mean", "median", "min", "max", "std", "distinct", "first", "last", "most_common", "count"),
    "share",
)
"""The kinds that a grouped source may list."""

OF_ROWS = (
    *AGGREGATES,
    *("values", "days_since_first", "days_since_last", "longest_gap_days", "mean_gap_days"),
)
"""The kinds of traits that take rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: its values, and an identity that it keeps in filtered sources."""

    identity: tuple[str, int]
    cells: Cells


@dataclass(frozen=True, slots=True)
class Table:
    """A source as the rules see it. `approximate` are the columns that may differ in their last digits."""

    name: str
    types: Mapping[str, Type]
    rows: Sequence[Row]
    customer: str | None = None
    time: str | None = None
    approximate: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`kind` of the trait table over a column (None: over rows); `that` tells which rows a share counts."""

    kind: str
    column: str | None
    that: Callable[[Row], bool] | None = None


def result_type(aggregate: Aggregate, table: Table) -> Type:
    """The type of what an aggregate gives."""
    match aggregate.kind:
        case "count" | "distinct" | "days_since_first" | "days_since_last" | "longest_gap_days":
            return INTEGER
        case "mean" | "median" | "std" | "share" | "mean_gap_days":
            return NUMBER
        case "values":
            return Type("list", element=_column_type(aggregate, table))
        case "sum" | "min" | "max" | "first" | "last" | "most_common":
            return _column_type(aggregate, table)
        case kind:
            raise Unsupported(kind)


def _column_type(aggregate: Aggregate, table: Table) -> Type:
    assert aggregate.column is not None
    return table.types[aggregate.column]


def approximate(aggregate: Aggregate, table: Table) -> bool:
    """Whether it sums or averages a number column, or uses `std` or a column that is approximate itself."""
    if aggregate.column is None:
        return False
    sums = aggregate.kind in ("sum", "mean", "share") and table.types[aggregate.column] == NUMBER
    return sums or aggregate.kind == "std" or aggregate.column in table.approximate


def aggregate_rows(aggregate: Aggregate, table: Table, rows: Sequence[Row], clock: Clock) -> Any:
    """The value of an aggregate over some of a table's rows."""
    match aggregate.kind:
        case "count":
            return len(rows)
        case "share":
            return _share(aggregate, rows)
        case "days_since_first" | "days_since_last" | "longest_gap_days" | "mean_gap_days":
            return _of_dates(
                aggregate.kind, [clock.date_of(row.cells[table.time or ""]) for row in rows], clock
            )
        case "first" | "last":
            return _first_last(aggregate, table, rows)
        case kind:
            assert aggregate.column is not None
            known = [row.cells[aggregate.column] for row in rows if row.cells[aggregate.column] is not None]
            return coerce(_of_values(kind, known), result_type(aggregate, table))


def _share(aggregate: Aggregate, rows: Sequence[Row]) -> float | None:
    column, that = aggregate.column, aggregate.that
    assert that is not None
    if column is None:
        part, whole = Fraction(sum(map(that, rows))), Fraction(len(rows))
    else:
        known = [row for row in rows if row.cells[column] is not None]
        part = sum((Fraction(row.cells[column]) for row in known if that(row)), Fraction())
        whole = sum((Fraction(row.cells[column]) for row in known), Fraction())
    return double(part / whole) if whole else None


def _of_dates(kind: str, dates: Sequence[date], clock: Clock) -> Any:
    days = sorted(set(dates))
    if kind in ("days_since_first", "days_since_last"):
        return (clock.today - days[0 if kind.endswith("first") else -1]).days if days else None
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if not gaps:
        return None
    return max(gaps) if kind == "longest_gap_days" else double(Fraction(sum(gaps), len(gaps)))


def _first_last(aggregate: Aggregate, table: Table, rows: Sequence[Row]) -> Any:
    """The known value that is earliest or latest; a tie in time goes to the greatest value. Without times
    the smallest or greatest value."""
    column = aggregate.column
    assert column is not None
    known = [row for row in rows if row.cells[column] is not None]
    if not known:
        return None
    pick = min if aggregate.kind == "first" else max
    if table.time is not None:
        time = table.time
        edge = pick(row.cells[time] for row in known)
        return max(row.cells[column] for row in known if row.cells[time] == edge)
    return pick(row.cells[column] for row in known)


def _of_values(kind: str, known: list[Any]) -> Any:
    """An aggregate of the known values alone."""
    match kind:
        case "sum":
            return sum(map(Fraction, known), Fraction())
        case "distinct":
            return len(set(known))
        case "values":
            return sorted(set(known))
        case "std":
            return _deviation(known)
        case _ if not known:
            return None
        case "mean":
            return sum(map(Fraction, known), Fraction()) / len(known)
        case "median":
            ranked, middle = sorted(map(Fraction, known)), len(known) // 2
            return (ranked[middle] + ranked[-1 - middle]) / 2
        case "min":
            return min(known)
        case "max":
            return max(known)
        case "most_common":
            return min(set(known), key=lambda value: (-known.count(value), value))
        case _:
            raise Unsupported(kind)


def _deviation(known: list[Any]) -> float | None:
    """The sample deviation."""
    if len(known) < 2:
        return None
    mean = sum(map(Fraction, known), Fraction()) / len(known)
    variance = sum(((Fraction(value) - mean) ** 2 for value in known), Fraction()) / (len(known) - 1)
    return math.sqrt(variance)


def days_since_previous(table: Table, clock: Clock) -> list[int | None]:
    """Per row the days since the same customer's latest row on an earlier date."""
    if table.customer is None or table.time is None:
        raise DataFault("days_since_previous needs a customer and a time")
    found: list[int | None] = []
    for row in table.rows:
        day = clock.date_of(row.cells[table.time])
        same = (other for other in table.rows if other.cells[table.customer] == row.cells[table.customer])
        earlier = [other for other in (clock.date_of(each.cells[table.time]) for each in same) if other < day]
        found.append((day - max(earlier)).days if earlier else None)
    return found
