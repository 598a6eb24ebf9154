"""What a customer's (or a group's) rows come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    *("nth", "streak"),
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
    """`kind` of the trait table over a column (None: over rows); `that` tells which rows a share counts, and
    `spec` has the other keys beside the kind.
    """

    kind: str
    column: str | None
    that: Callable[[Row], bool] | None = None
    spec: Mapping[str, Any] = field(default_factory=dict[str, Any])


def result_type(aggregate: Aggregate, table: Table) -> Type:
    """The type of what an aggregate gives."""
    match aggregate.kind:
        case "count" | "distinct" | "days_since_first" | "days_since_last" | "longest_gap_days" | "streak":
            return INTEGER
        case "mean" | "median" | "std" | "share" | "mean_gap_days":
            return NUMBER
        case "values":
            return Type("list", element=_column_type(aggregate, table))
        case "nth":
            element = _column_type(aggregate, table)
            return Type("list", element=element) if aggregate.spec.get("list") else element
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
        case "nth":
            return _nth(aggregate, table, rows)
        case "streak":
            return _streak(aggregate, table, rows)
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
    """The known value that is earliest or latest; a tie in time goes to the greatest value, or the smallest.
    With `missing: keep` the missing ones count, too, as smaller than any value. Without times the smallest or
    greatest value."""
    column, spec = aggregate.column, aggregate.spec
    assert column is not None
    if spec.get("missing") != "keep":
        rows = [row for row in rows if row.cells[column] is not None]
    if not rows:
        return None
    pick = min if aggregate.kind == "first" else max
    if table.time is None:
        return pick(row.cells[column] for row in rows)
    time = table.time
    edge = pick(row.cells[time] for row in rows)
    tied = [row.cells[column] for row in rows if row.cells[time] == edge]
    if spec.get("tie") == "smallest" and None in tied:
        return None
    known = [value for value in tied if value is not None]
    return (min if spec.get("tie") == "smallest" else max)(known, default=None)


def steps(table: Table, rows: Sequence[Row], by: str | None) -> list[list[Row]]:
    """The rows of each step, the earliest first: those at one time, or with one known value of a column,
    which stands at its earliest time.
    """
    assert table.time is not None
    found: dict[Any, list[Row]] = {}
    for row in rows:
        value = row.cells[table.time if by is None else by]
        if value is not None:
            found.setdefault(value, []).append(row)
    times = {value: min(row.cells[table.time] for row in members) for value, members in found.items()}
    return [found[value] for value in sorted(found, key=lambda value: (times[value], value))]


def newest(table: Table, rows: list[Row], spec: Mapping[str, Any]) -> list[Row] | None:
    """The rows of the newest steps, all rows where nothing is said; None where there are too few steps."""
    if "last_rows" not in spec:
        return rows
    all_steps = steps(table, rows, spec.get("by"))
    if spec.get("exactly") and len(all_steps) < spec["last_rows"]:
        return None
    return [row for step in all_steps[-spec["last_rows"] :] for row in step]


def _nth(aggregate: Aggregate, table: Table, rows: Sequence[Row]) -> Any:
    spec, found = aggregate.spec, steps(table, rows, aggregate.spec.get("by"))
    n: int = spec["n"]
    if abs(n) > len(found):
        return None
    step = found[n - 1 if n > 0 else n]
    known = sorted(
        row.cells[aggregate.column or ""] for row in step if row.cells[aggregate.column or ""] is not None
    )
    if not known:
        return None
    return known if spec.get("list") else known[-1]


def _streak(aggregate: Aggregate, table: Table, rows: Sequence[Row]) -> int:
    assert aggregate.that is not None
    count = 0
    for step in reversed(steps(table, rows, aggregate.spec.get("by"))):
        if not all(map(aggregate.that, step)):
            break
        count += 1
    return count


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
