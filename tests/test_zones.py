"""Local time and UTC over columns, held against Python's zone arithmetic value by value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engine.sources.zones import INSTANT, LOCAL, local_date, localize, to_local

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # changes at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # four times a year, until 2087
    "Asia/Kathmandu",  # 5:45 ahead
    "Pacific/Apia",  # left out 30 December 2011
]
T = pl.col("t")

EDGES = [
    datetime(2011, 12, 30),
    datetime(2018, 11, 4),
    datetime(2026, 3, 8, 2),
    datetime(2026, 3, 29, 2),
    datetime(2026, 4, 5, 1, 30),
    datetime(2026, 10, 4, 2),
    datetime(2026, 10, 25, 2),
    datetime(2026, 11, 1, 1),
]


def near(edge: datetime, seconds: int) -> datetime:
    return edge + timedelta(seconds=seconds)


NEAR = st.builds(near, st.sampled_from(EDGES), st.integers(-100_000, 100_000))
TIMES = st.one_of(NEAR, st.datetimes(datetime(1850, 1, 3), datetime(2099, 12, 1)))


@given(st.sampled_from(ZONES), st.lists(st.one_of(st.none(), TIMES), max_size=50))
@settings(max_examples=100)
def test_every_time_is_as_python_has_it(zone: str, times: list[datetime | None]) -> None:
    info = ZoneInfo(zone)
    # PEP 495: fold 0 is the earlier of two instants, and in a gap the offset from before it.
    expected = [t and t.replace(tzinfo=info, fold=0).astimezone(UTC) for t in times]
    frame = pl.LazyFrame({"t": pl.Series(times, dtype=LOCAL)})
    engines: tuple[Literal["streaming", "in-memory"], ...] = ("streaming", "in-memory")
    for engine in engines:
        instants = frame.select(localize(T, zone)).collect(engine=engine)["t"]
        assert instants.dtype == INSTANT
        assert instants.to_list() == expected
    back = pl.LazyFrame({"t": pl.Series(expected, dtype=INSTANT)}).select(
        to_local(T, zone), day=local_date(T, zone)
    )
    local = [e and e.astimezone(info).replace(tzinfo=None) for e in expected]
    assert back.collect()["t"].to_list() == local
    assert back.collect()["day"].to_list() == [t and t.date() for t in local]


@pytest.mark.parametrize(
    ("zone", "time", "instant"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, 30)),
        ("Europe/Berlin", datetime(2026, 3, 29, 3), datetime(2026, 3, 29, 1)),
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30)),
        ("Europe/Berlin", datetime(2026, 10, 25, 3), datetime(2026, 10, 25, 2)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 45)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10), datetime(2011, 12, 30, 20)),
    ],
)
def test_gaps_and_folds(zone: str, time: datetime, instant: datetime) -> None:
    frame = pl.DataFrame({"t": [time]})
    assert frame.select(localize(T, zone)).item() == instant.replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_nothing_raises_far_from_today(zone: str) -> None:
    extremes = pl.DataFrame({"t": pl.Series([-(2**63) + 1, 0, 2**63 - 1]).cast(LOCAL)})
    assert extremes.select(to_local(localize(T, zone), zone)).null_count().item() == 0
    future = pl.DataFrame({"t": [datetime(9999, 12, 31)]})
    assert future.select(local_date(localize(T, zone), zone)).item() == date(9999, 12, 31)
    assert future.clear().select(localize(T, zone)).schema == {"t": INSTANT}
