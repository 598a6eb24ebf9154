"""Local time and UTC, over columns.

The rules of the language are one: an ambiguous local time is the earlier instant, a non-existent one moves
forward by the gap. Both say that a change of offset takes effect, seen from the local clock, at the instant
of the change plus the greater of the two offsets. So one sorted table of changes answers every value, nothing
can raise, and the changes come from the same zone data that the calendar uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
"""The one dtype of instants in the engine."""

LOCAL = pl.Datetime("us")
"""The dtype of local (naive) times."""

_FIRST = datetime(1850, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=3)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Changes:
    """The offsets of a zone in microseconds: ``offsets[i]`` holds from change i − 1 until change i."""

    utc: pl.Series
    local: pl.Series
    offsets: pl.Series


def localize(expr: pl.Expr, zone: str) -> pl.Expr:
    """The instants (``Datetime("us", "UTC")``) of naive local times (``Datetime("us")``) of an IANA zone.

    An ambiguous time is the earlier instant, a non-existent one moves forward by the gap; null stays null.
    """
    if zone == "UTC":
        return expr.dt.replace_time_zone("UTC")
    return expr.map_batches(
        lambda batch: localize_series(batch, zone), return_dtype=INSTANT, is_elementwise=True
    )


def localize_series(times: pl.Series, zone: str) -> pl.Series:
    """`localize` of a series of naive local times (``Datetime("us")``)."""
    if zone == "UTC":
        return times.dt.replace_time_zone("UTC")
    changes = _changes(zone)
    clock = times.to_physical()
    return (clock - _offsets_at(clock, changes.local, changes.offsets)).cast(INSTANT)


def to_local(expr: pl.Expr, zone: str) -> pl.Expr:
    """The naive local times (``Datetime("us")``) of instants (``Datetime("us", "UTC")``) in an IANA zone."""
    if zone == "UTC":
        return expr.dt.replace_time_zone(None)
    return expr.map_batches(
        lambda batch: to_local_series(batch, zone), return_dtype=LOCAL, is_elementwise=True
    )


def to_local_series(instants: pl.Series, zone: str) -> pl.Series:
    """`to_local` of a series of instants (``Datetime("us", "UTC")``)."""
    if zone == "UTC":
        return instants.dt.replace_time_zone(None)
    changes = _changes(zone)
    instant = instants.to_physical()
    return (instant + _offsets_at(instant, changes.utc, changes.offsets)).cast(LOCAL)


def local_date(expr: pl.Expr, zone: str) -> pl.Expr:
    """The calendar dates (``Date``) of instants (``Datetime("us", "UTC")``) in an IANA zone."""
    return to_local(expr, zone).dt.date()


def _offsets_at(times: pl.Series, changes: pl.Series, offsets: pl.Series) -> pl.Series:
    return offsets.gather(changes.search_sorted(times, side="right"))


@cache
def _changes(zone: str) -> _Changes:
    rows = list(_scan_changes(ZoneInfo(zone)))
    utc = [_micros(instant - _EPOCH) for instant, _, _ in rows]
    first = _micros(_offset(ZoneInfo(zone), _FIRST))
    offsets = [first, *(after for _, _, after in rows)]
    local = [at + max(before, after) for at, (_, before, after) in zip(utc, rows, strict=True)]
    return _Changes(
        pl.Series(utc, dtype=pl.Int64), pl.Series(local, dtype=pl.Int64), pl.Series(offsets, dtype=pl.Int64)
    )


def _scan_changes(zone: ZoneInfo) -> Iterator[tuple[datetime, int, int]]:
    """Each change of offset between 1850 and 2100: its instant, the offsets before and after in microseconds.

    Zone data has no public list of changes: it is stepped through, and a change is halved down to its second.
    """
    at, before = _FIRST, _offset(zone, _FIRST)
    while at < _LAST:
        ahead = at + _STEP
        after = _offset(zone, ahead)
        if after != before:
            low, high = at, ahead
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            yield high, _micros(before), _micros(after)
        at, before = ahead, after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
