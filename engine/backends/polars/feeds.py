"""What a feed must look like: how many rows it has, and how new the newest of them is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import polars as pl

from segmentry.engine.backends.newest import Newest
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.source_frames import SourceFrames
from segmentry.engine.backends.protocol import Fact, Kept
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Expected
from segmentry.engine.language.bounds import keeps
from segmentry.engine.language.types import DATE
from segmentry.engine.planning.plan import Plan, SourcePlan
from segmentry.engine.sources.collect import collected
from segmentry.engine.sources.read import SourceReader


def newest_row(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> Newest:
    """See `Backend.newest_row`."""
    clock = plan.sources[name].time
    assert clock is not None, "resolving reports a source without a time"
    day, time = plan.calendar.today, pl.col(clock)
    dates = plan.sources[name].columns[clock] == DATE
    later = time > day if dates else time >= plan.calendar.next_midnight(plan.calendar.as_of)
    seen = pl.struct(at=time.filter(~later).max(), later=later.sum(), last=time.max())
    found = _seen(plan, readers, name, [clock], seen)
    return Newest(_instant(plan, found["at"]), int(found["later"]), _instant(plan, found["last"]))


def newest_row_once(plan: Plan, readers: Mapping[str, SourceReader], name: str, kept: Kept | None) -> Newest:
    """The newest row, or what is known of it."""
    fact = ("newest", name, plan.calendar.today.isoformat())
    known = None if kept is None else kept.fact(fact)
    if known is not None:
        at, later, last = known
        return Newest(_parsed(at), later, _parsed(last))
    newest = newest_row(plan, readers, name)
    if kept is not None:
        ends = [None if end is None else end.isoformat() for end in (newest.at, newest.last)]
        kept.keep({}, {fact: [ends[0], newest.later, ends[1]]})
    return newest


def _parsed(instant: str | None) -> datetime | None:
    return None if instant is None else datetime.fromisoformat(instant)


def check_feeds(plan: Plan, readers: Mapping[str, SourceReader], kept: Kept | None) -> None:
    """Raise DataError where a source is not as its `expected` and `sorted_by` say; what was so stays so."""
    found: dict[Fact, bool] = {}
    for name, source in plan.sources.items():
        expected = source.source.expected
        fact = ("feed", name, repr(expected), plan.calendar.as_of.isoformat())
        if (expected is None and not source.source.sorted_by) or (kept is not None and kept.fact(fact)):
            continue
        check_feed(plan, readers, name)
        check_order(plan, readers, name)
        found[fact] = True
    if kept is not None and found:
        kept.keep({}, found)


def _instant(plan: Plan, time: datetime | date | None) -> datetime | None:
    if time is None or isinstance(time, datetime):
        return None if time is None else time.astimezone(UTC)
    return plan.calendar.midnight(time)


def _seen(
    plan: Plan, readers: Mapping[str, SourceReader], name: str, columns: list[str], figure: pl.Expr
) -> Any:
    """One figure of a source's rows as they are read. Raises DataError for what can't be read."""
    source = plan.sources[name]
    if source.parent is None and not any(column in columns for column, _ in source.formulas):
        rows, read = readers[name].scan(columns), {name: set(columns)}
    else:
        frames = SourceFrames(plan, readers, Lowerer(str(plan.calendar.zone)), cut=False)
        rows, read = frames.rows(name, columns), frames.read_columns
    return collected([rows.select(figure)], readers, read)[0].item()


def check_feed(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> None:
    """Raise DataError where a source does not look as its `expected` says."""
    source = plan.sources[name]
    expected = source.source.expected
    if expected is None:
        return
    if expected.rows:
        _check_rows(name, _count(plan, readers, source), expected)
    if expected.max_age is not None:
        newest = newest_row(plan, readers, name).last
        oldest = plan.calendar.back(expected.max_age)
        if newest is None or newest < oldest:
            seen = "it has no rows" if newest is None else f"its newest row is of {_local(plan, newest)}"
            raise DataError(
                f"the source `{name}` is late: {seen}, and rows not older than {expected.max_age.words()} "
                f"before {_local(plan, plan.calendar.as_of)} are expected; look at the feed, or change "
                "`expected:`"
            )


def _local(plan: Plan, instant: datetime) -> str:
    return f"{instant.astimezone(plan.calendar.zone):%Y-%m-%d %H:%M}"


def check_order(plan: Plan, readers: Mapping[str, SourceReader], name: str) -> None:
    """Raise DataError where a source is not in the order that its `sorted_by` says.

    A row that lacks one of the values may stand anywhere. A prepared copy was made of files in that order.
    """
    source = plan.sources[name]
    columns = list(source.source.sorted_by)
    if not columns or source.parent is not None or readers[name].copy is not None:
        return
    known = pl.all_horizontal([pl.col(column).is_not_null() for column in columns])
    earlier = pl.lit(value=False)
    for column in reversed(columns):
        here = pl.col(column).filter(known)
        earlier = (here < here.shift(1)) | ((here == here.shift(1)) & earlier)
    places = pl.int_range(pl.len()).filter(known)
    wrong = _seen(plan, readers, name, columns, places.filter(earlier.fill_null(value=False)).first())
    if wrong is not None:
        file, row = _place(readers[name], int(wrong))
        raise DataError(
            f"{file}, row {row} belongs before the row above it, but the source `{name}` says "
            f"`sorted_by: [{', '.join(columns)}]`; sort the file, or take `sorted_by` away",
            file=file,
            row=row,
        )


def _place(reader: SourceReader, index: int) -> tuple[str, int | None]:
    """The file of a row of a source and its number there; ``index`` counts over all its files."""
    for table in reader.tables:
        rows = table.row_count()
        if index < rows:
            return table.label, table.place(index)
        index -= rows
    raise AssertionError(index)


def _count(plan: Plan, readers: Mapping[str, SourceReader], source: SourcePlan) -> int:
    if source.parent is None:
        return readers[source.name].row_count()
    # A frame without columns has no rows to count.
    return int(_seen(plan, readers, source.name, [next(iter(source.columns))], pl.len()))


def _check_rows(name: str, rows: int, expected: Expected) -> None:
    for test in expected.rows:
        if not keeps(Fraction(rows), test.operator, test.operand):
            wanted = f"{test.operator.replace('_', ' ')} {test.operand}"
            raise DataError(
                f"the source `{name}` has {rows:,} row{'' if rows == 1 else 's'}, {wanted} are expected; "
                "look at the feed, or change `expected:`"
            )
