"""The kinds of traits that take rows, as expressions over primitive aggregates, which traits, grouped sources
and behaviour share: a mean is a sum over a count, a share two sums, days since a date.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from segmentry.engine.language.aggregates import AggregateKind, Rowwise
from segmentry.engine.language.arithmetic import divide
from segmentry.engine.language.expr import (
    Const,
    Expr,
    as_number,
    call,
    days_since,
    is_known,
    negated,
)
from segmentry.engine.language.kinds.entry import (
    Bounds,
    RowKind,
    RowOption,
    WrittenTrait,
    at_least,
    unbounded,
)
from segmentry.engine.language.types import DATE, INTEGER, NUMBER, list_of


def _mean(rows: Rowwise) -> Expr:
    count = rows.primitive("count", None, INTEGER, is_known(rows.value))
    return divide(rows.primitive("sum", rows.value, rows.value.type), count)


def _edge(kind: AggregateKind, untimed: AggregateKind, *, latest: bool) -> Callable[[Rowwise], Expr]:
    """The value at one end of the rows, as `tie` and `missing` say."""

    def lower(rows: Rowwise) -> Expr:
        options, result = rows.options, rows.value.type
        if rows.time is None:
            return rows.primitive(untimed, rows.value, result)
        if options.tie == "greatest" and not options.keep_missing:
            return rows.primitive(kind, rows.value, result)
        known = () if options.keep_missing else (is_known(rows.value),)
        step = rows.of_steps(1, 1, *known, newest_first=latest)
        if options.tie == "greatest":
            return step.primitive("max", rows.value, result)
        smallest = step.primitive("min", rows.value, result)
        if not options.keep_missing:
            return smallest
        missing = step.primitive("count", None, INTEGER, negated(is_known(rows.value)))
        none_missing = call("equal", missing, Const(0, INTEGER))
        return call("choose", none_missing, smallest, Const(None, result), type=result)

    return lower


def _nth(rows: Rowwise) -> Expr:
    place = abs(rows.options.n)
    step = rows.of_steps(place, place, newest_first=rows.options.n < 0)
    if rows.options.as_list:
        return step.primitive("list", rows.value, list_of(rows.value.type))
    return step.primitive("max", rows.value, rows.value.type)


def _streak(rows: Rowwise) -> Expr:
    return rows.of_steps(1, None, newest_first=True).primitive("streak", None, INTEGER, negated(rows.that))


def _share(rows: Rowwise) -> Expr:
    if rows.column is None:
        part = rows.primitive("count", None, INTEGER, rows.that)
        return divide(part, rows.primitive("count", None, INTEGER))
    part = rows.primitive("sum", rows.column, rows.column.type, rows.that)
    return divide(part, rows.primitive("sum", rows.column, rows.column.type))


def _of_share(trait: WrittenTrait) -> Bounds:
    # A share of sums may leave [0, 1] where a refund makes a sum negative; a share of rows can't.
    return Bounds(0.0, 1.0) if trait.column is None else Bounds()


def _since(edge: Literal["min", "max"]) -> Callable[[Rowwise], Expr]:
    return lambda rows: days_since(rows.primitive(edge, rows.instant, rows.instant.type), rows.today)


def _mean_gap(rows: Rowwise) -> Expr:
    """(last date - first date) / (distinct dates - 1), missing below two dates."""
    first, last = rows.primitive("min", rows.dates, DATE), rows.primitive("max", rows.dates, DATE)
    count = rows.primitive("distinct", rows.dates, INTEGER)
    span = call("days_between", first, last, type=INTEGER)
    return divide(span, call("int_subtract", count, Const(1, INTEGER), type=INTEGER))


_LAST_ROWS: tuple[RowOption, ...] = ("last_rows", "exactly", "by")

ENTRIES = (
    RowKind(
        name="count",
        operand="source",
        values="none",
        nothing="0",
        doc="Number of rows.",
        example="count: orders",
        phrase="the number of {rows}",
        bounds=at_least(0),
        lower=lambda rows: rows.primitive("count", None, INTEGER),
        in_groups=True,
        options=_LAST_ROWS,
    ),
    RowKind(
        name="sum",
        operand="source.column",
        values="numbers",
        nothing="0",
        doc="Sum of the known values.",
        example="sum: orders.amount",
        phrase="the sum of {column} over {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("sum", rows.value, rows.value.type),
        in_groups=True,
        options=_LAST_ROWS,
    ),
    RowKind(
        name="mean",
        operand="source.column",
        values="numbers",
        nothing="missing",
        doc="Mean of the known values.",
        example="mean: orders.amount",
        phrase="the mean of {column} over {rows}",
        bounds=unbounded,
        lower=_mean,
        in_groups=True,
    ),
    RowKind(
        name="median",
        operand="source.column",
        values="numbers",
        nothing="missing",
        doc="Median of the known values; of an even number of them the mean of the middle two.",
        example="median: orders.amount",
        phrase="the median of {column} over {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("median", rows.value, NUMBER),
        in_groups=True,
    ),
    RowKind(
        name="min",
        operand="source.column",
        values="ordered",
        nothing="missing",
        doc="Smallest known value.",
        example="min: orders.amount",
        phrase="the smallest {column} of {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("min", rows.value, rows.value.type),
        copies=True,
        in_groups=True,
    ),
    RowKind(
        name="max",
        operand="source.column",
        values="ordered",
        nothing="missing",
        doc="Greatest known value.",
        example="max: orders.amount",
        phrase="the greatest {column} of {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("max", rows.value, rows.value.type),
        copies=True,
        in_groups=True,
    ),
    RowKind(
        name="std",
        operand="source.column",
        values="numbers",
        nothing="missing",
        doc="Sample standard deviation (n - 1) of the known values; missing below two values.",
        example="std: orders.amount",
        phrase="the standard deviation of {column} over {rows}",
        bounds=at_least(0.0),
        lower=lambda rows: rows.primitive("std", as_number(rows.value), NUMBER),
        in_groups=True,
    ),
    RowKind(
        name="distinct",
        operand="source.column",
        values="scalars",
        nothing="0",
        doc="Number of distinct known values.",
        example="distinct: orders.category",
        phrase="the number of different values of {column} in {rows}",
        bounds=at_least(0),
        lower=lambda rows: rows.primitive("distinct", rows.value, INTEGER),
        in_groups=True,
    ),
    RowKind(
        name="values",
        operand="source.column",
        values="scalars",
        nothing="empty list",
        doc="List of the distinct known values, sorted.",
        example="values: orders.category",
        phrase="the list of different values of {column} in {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("values", rows.value, list_of(rows.value.type)),
        copies=True,
    ),
    RowKind(
        name="first",
        operand="source.column",
        values="scalars",
        nothing="missing",
        doc="Earliest known value by time; a tie goes to the greatest value (untimed: the smallest value).",
        example="first: orders.channel",
        phrase="the earliest {known}{column} of {rows}",
        bounds=unbounded,
        lower=_edge("first", "min", latest=False),
        copies=True,
        in_groups=True,
        options=("tie", "missing"),
    ),
    RowKind(
        name="last",
        operand="source.column",
        values="scalars",
        nothing="missing",
        doc="Latest known value by time; a tie goes to the greatest value (untimed: the greatest value).",
        example="last: orders.channel",
        phrase="the latest {known}{column} of {rows}",
        bounds=unbounded,
        lower=_edge("last", "max", latest=True),
        copies=True,
        in_groups=True,
        options=("tie", "missing"),
    ),
    RowKind(
        name="nth",
        operand="source.column",
        values="scalars",
        nothing="missing",
        doc="Greatest known value of the n-th step, or with `list: true` all known ones, sorted. A step is a "
        "distinct time, or a value of `by`; `n: -1` is the last.",
        example="nth: orders.channel",
        phrase="{parts} {column} {step} of {rows}",
        bounds=unbounded,
        lower=_nth,
        copies=True,
        needs_time=True,
        options=("n", "list", "by"),
        required=("n",),
    ),
    RowKind(
        name="most_common",
        operand="source.column",
        values="scalars",
        nothing="missing",
        doc="Most frequent known value; a tie goes to the smallest.",
        example="most_common: orders.channel",
        phrase="the most frequent {column} of {rows}",
        bounds=unbounded,
        lower=lambda rows: rows.primitive("most_common", rows.value, rows.value.type),
        copies=True,
        in_groups=True,
    ),
    RowKind(
        name="share",
        operand="source or source.column",
        values="numbers",
        nothing="missing",
        doc="Share of the rows that match `that`, or of the sum of the column over them.",
        example="share: orders",
        phrase="the share of {part} where {that}",
        bounds=_of_share,
        lower=_share,
        needs_that=True,
        in_groups=True,
        options=_LAST_ROWS,
    ),
    RowKind(
        name="streak",
        operand="source",
        values="none",
        nothing="0",
        doc="How many of the newest steps in a row have only rows that match `that`; 0 if the newest does "
        "not. A step is a distinct time, or a value of `by`.",
        example="streak: orders",
        phrase="how many of the newest {steps} of {rows} in a row have only rows where {that}",
        bounds=at_least(0),
        lower=_streak,
        needs_that=True,
        needs_time=True,
        options=("by",),
    ),
    RowKind(
        name="days_since_first",
        operand="source",
        values="none",
        nothing="missing",
        doc="Calendar days from the earliest row's date to the as-of date.",
        example="days_since_first: orders",
        phrase="days since the first of {rows}",
        bounds=at_least(0),
        lower=_since("min"),
        needs_time=True,
    ),
    RowKind(
        name="days_since_last",
        operand="source",
        values="none",
        nothing="missing",
        doc="Calendar days from the latest row's date to the as-of date.",
        example="days_since_last: orders",
        phrase="days since the last of {rows}",
        bounds=at_least(0),
        lower=_since("max"),
        needs_time=True,
    ),
    RowKind(
        name="longest_gap_days",
        operand="source",
        values="none",
        nothing="missing with fewer than two dates",
        doc="Longest time between consecutive distinct dates of rows, in days.",
        example="longest_gap_days: orders",
        phrase="the longest time between two dates of {rows}, in days",
        bounds=at_least(1),
        lower=lambda rows: rows.primitive("longest_gap", rows.dates, INTEGER),
        needs_time=True,
    ),
    RowKind(
        name="mean_gap_days",
        operand="source",
        values="none",
        nothing="missing with fewer than two dates",
        doc="Mean time between consecutive distinct dates of rows, in days.",
        example="mean_gap_days: orders",
        phrase="the mean time between two dates of {rows}, in days",
        bounds=at_least(1.0),
        lower=_mean_gap,
        needs_time=True,
    ),
)
"""In the order in which the documentation lists them."""
