"""What a feed must look like: how many rows it has, and how new the newest of them is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from segmentry.engine.errors import DataError
from segmentry.engine.model import Expected, Test
from segmentry.engine.plan import Plan, SourcePlan
from segmentry.engine.polars.lower import Lowerer
from segmentry.engine.polars.read import SourceReader
from segmentry.engine.polars.source_frames import SourceFrames


def newest_row(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> datetime | None:
    """The time of a source's newest row as read (before `where` and the as-of instant), None without rows."""
    source = plan.sources[name]
    clock = source.time
    if clock is None:
        raise DataError(f"the source `{name}` has no time; say `time:` in it")
    newest = _rows_as_read(plan, readers, source, [clock]).select(pl.col(clock).max()).collect().item()
    if newest is None or isinstance(newest, datetime):
        return None if newest is None else newest.astimezone(UTC)
    assert isinstance(newest, date)
    return plan.calendar.midnight(newest)


def _rows_as_read(
    plan: Plan, readers: Mapping[str, SourceReader], source: SourcePlan, columns: list[str]
) -> pl.LazyFrame:
    if source.parent is None and not any(name in columns for name, _ in source.formulas):
        return readers[source.name].scan(columns)
    frames = SourceFrames(plan, readers, Lowerer(str(plan.calendar.zone)), cut=False)
    return frames.rows(source.name, columns)


def check_feed(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> None:
    """Raise DataError where a source does not look as its `expected` says."""
    source = plan.sources[name]
    expected = source.source.expected
    if expected is None:
        return
    if expected.rows:
        _check_rows(name, _count(plan, readers, source), expected)
    if expected.max_age is not None:
        newest = newest_row(plan, readers, name)
        oldest = plan.calendar.back(expected.max_age)
        if newest is None or newest < oldest:
            seen = "it has no rows" if newest is None else f"its newest row is of {newest:%Y-%m-%d %H:%M} UTC"
            raise DataError(
                f"the source `{name}` is late: {seen}, and rows not older than {expected.max_age.words()} "
                f"before {plan.calendar.as_of:%Y-%m-%d %H:%M} UTC are expected; look at the feed, or change "
                "`expected:`"
            )


def check_order(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> None:
    """Raise DataError where a source is not in the order that its `sorted_by` says."""
    source = plan.sources[name]
    columns = list(source.source.sorted_by)
    if not columns or source.parent is not None:
        return
    rows = readers[name].scan(columns)
    earlier = pl.lit(value=False)
    for column in reversed(columns):
        before, here = pl.col(column).shift(1), pl.col(column)
        earlier = ((here < before) | ((here == before) & earlier)).fill_null(value=False)
    wrong = rows.select(earlier.arg_true().first()).collect().item()
    if wrong is not None:
        raise DataError(
            f"the source `{name}` says `sorted_by: [{', '.join(columns)}]`, but row {int(wrong) + 1} belongs "
            "before the one above it; sort the file, or take `sorted_by` away",
            row=int(wrong) + 1,
        )


def _count(plan: Plan, readers: Mapping[str, SourceReader], source: SourcePlan) -> int:
    if source.parent is None:
        return readers[source.name].row_count()
    rows = _rows_as_read(plan, readers, source, []).select(pl.len()).collect().item()
    return int(rows)


def _check_rows(name: str, rows: int, expected: Expected) -> None:
    for test in expected.rows:
        if not _holds(rows, test):
            raise DataError(
                f"the source `{name}` has {rows:,} rows, {test.operator.replace('_', ' ')} {test.operand} "
                "are expected; look at the feed, or change `expected:`"
            )


def _holds(value: float, test: Test) -> bool:
    operand: Any = test.operand
    match test.operator:
        case "is":
            return bool(value == operand)
        case "is_not":
            return bool(value != operand)
        case "in":
            return value in operand
        case "not_in":
            return value not in operand
        case "more_than":
            return bool(value > operand)
        case "at_least":
            return bool(value >= operand)
        case "less_than":
            return bool(value < operand)
        case "at_most":
            return bool(value <= operand)
        case "between":
            return bool(operand[0] <= value <= operand[1])
        case "not_between":
            return not operand[0] <= value <= operand[1]
        case _:
            raise AssertionError(test.operator)
