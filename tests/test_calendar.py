"""The dates and instants that time words are across clock changes, month ends and fiscal years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.language.calendar import (
    Ago,
    Ahead,
    BetweenAgo,
    Calendar,
    CalendarError,
    Duration,
    During,
    InMonth,
    IsoDate,
    IsoDateTime,
    Period,
    Range,
    Window,
    WithinLast,
    Word,
    local_instant,
    midnight,
    next_midnight,
    parse_as_of,
    parse_duration,
    parse_moment,
)

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(as_of: str, zone: str = "Europe/Berlin", fiscal_month: int = 1, week_day: int = 1) -> Calendar:
    """A calendar at a local time of the zone."""
    instant = parse_as_of(as_of, ZoneInfo(zone))
    assert instant is not None
    return Calendar(ZoneInfo(zone), fiscal_month, instant, week_day)


# --- instants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        (BERLIN, "2026-01-15T12:00", "2026-01-15T11:00"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:30"),  # does not exist: becomes 03:30 summer time
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),  # exists twice: the earlier
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:45"),  # a gap of 30 minutes: becomes 02:45
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45"),  # exists twice
        (APIA, "2011-12-30T10:00", "2011-12-30T20:00"),  # a day that does not exist: becomes the 31st
        (BERLIN, "2026-01-15T12:00:00.123456", "2026-01-15T11:00:00.123456"),
    ],
)
def test_local_times_become_instants(zone: ZoneInfo, local: str, instant: str) -> None:
    naive = datetime.fromisoformat(local)
    assert local_instant(naive, zone) == utc(instant)
    assert local_instant(naive.replace(fold=1), zone) == utc(instant)
    assert local_instant(naive, zone).tzinfo is UTC


def test_midnights() -> None:
    assert midnight(date(2026, 7, 1), BERLIN) == utc("2026-06-30T22:00")
    assert midnight(date(2011, 12, 30), APIA) == midnight(date(2011, 12, 31), APIA)
    # Clocks in Cairo go forward at midnight, so that day begins at one.
    assert midnight(date(2026, 4, 24), ZoneInfo("Africa/Cairo")) == utc("2026-04-23T22:00")
    assert next_midnight(utc("2026-06-30T21:59"), BERLIN) == utc("2026-06-30T22:00")
    assert next_midnight(utc("2026-06-30T22:00"), BERLIN) == utc("2026-07-01T22:00")
    assert at("2026-07-01").next_midnight(utc("2026-03-28T23:00")) == utc("2026-03-29T22:00")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01", "2026-10-31T23:00"),
        ("2026-11-01T08:00", "2026-11-01T07:00"),
        ("2026-11-01T08:00Z", "2026-11-01T08:00"),
        ("2026-11-01 08:00+03:00", "2026-11-01T05:00"),
    ],
)
def test_an_as_of_text_is_an_instant(text: str, instant: str) -> None:
    assert parse_as_of(text, BERLIN) == utc(instant)


@pytest.mark.parametrize("text", ["", "today", "2026-13-01", "7 days ago", "0001-01-01"])
def test_other_texts_are_no_as_of(text: str) -> None:
    assert parse_as_of(text, BERLIN) is None


@pytest.mark.parametrize(
    ("as_of", "duration", "back"),
    [
        ("2026-03-30T12:00", "1 day", "2026-03-29T12:00"),  # across the 23-hour day
        ("2026-03-30T12:00", "24 hours", "2026-03-29T12:00"),
        ("2026-03-29T12:00", "1 day", "2026-03-28T12:00"),
        ("2026-03-29T12:00", "24 hours", "2026-03-28T11:00"),
        ("2026-03-30T02:30", "1 day", "2026-03-29T03:30"),  # 02:30 does not exist the day before
        ("2026-10-26T02:30", "1 day", "2026-10-25T02:30"),
        ("2026-10-25T12:00", "720 minutes", "2026-10-25T01:00"),
        ("2026-03-31", "1 month", "2026-02-28"),
        ("2024-03-31", "1 month", "2024-02-29"),
        ("2026-05-31", "1 quarter", "2026-02-28"),
        ("2024-02-29", "1 year", "2023-02-28"),
        ("2024-02-29", "4 years", "2020-02-29"),
        ("2026-11-01", "2 weeks", "2026-10-18"),
    ],
)
def test_going_back(as_of: str, duration: str, back: str) -> None:
    length = parse_duration(duration)
    assert length is not None
    assert at(as_of).back(length) == at(back).as_of


def test_going_ahead() -> None:
    assert at("2026-10-24T12:00").ahead(Duration(1, "days")) == utc("2026-10-25T11:00")
    assert at("2026-10-24T12:00").ahead(Duration(24, "hours")) == utc("2026-10-25T10:00")
    assert at("2026-01-31T12:00").ahead(Duration(1, "months")) == at("2026-02-28T12:00").as_of


def test_no_time_from_the_second_of_two_equal_local_times_is_that_instant() -> None:
    second = Calendar(BERLIN, 1, utc("2026-10-25T01:30"))
    assert second.back(Duration(0, "days")) == second.as_of
    assert second.window(BetweenAgo(Duration(1, "days"), Duration(0, "days")))[1] == second.as_of


# --- dates ----------------------------------------------------------------------------------------


def test_today_is_the_date_in_the_zone() -> None:
    instant = utc("2026-06-30T22:30")
    assert Calendar(BERLIN, 1, instant).today == date(2026, 7, 1)
    assert Calendar(ZoneInfo("America/New_York"), 1, instant).today == date(2026, 6, 30)


def test_dates_move_by_calendar_units() -> None:
    calendar = at("2026-07-01")
    assert calendar.shift_date(date(2024, 2, 29), Duration(1, "years"), 1) == date(2025, 2, 28)
    assert calendar.shift_date(date(2026, 3, 31), Duration(1, "months"), -1) == date(2026, 2, 28)
    assert calendar.shift_date(date(2026, 3, 31), Duration(7, "days"), -1) == date(2026, 3, 24)
    with pytest.raises(CalendarError, match="12 hours"):
        calendar.shift_date(date(2026, 3, 31), Duration(12, "hours"), -1)


@pytest.mark.parametrize(
    ("fiscal_month", "period", "day", "start"),
    [
        (1, "week", "2026-11-01", "2026-10-26"),
        (1, "week", "2026-11-02", "2026-11-02"),
        (1, "month", "2026-11-30", "2026-11-01"),
        (1, "quarter", "2026-06-30", "2026-04-01"),
        (1, "year", "2026-12-31", "2026-01-01"),
        (4, "year", "2026-03-31", "2025-04-01"),
        (4, "year", "2026-04-01", "2026-04-01"),
        (4, "quarter", "2026-02-15", "2026-01-01"),
        (10, "year", "2026-09-30", "2025-10-01"),
        (10, "quarter", "2026-12-31", "2026-10-01"),
        (2, "quarter", "2026-01-31", "2025-11-01"),
    ],
)
def test_periods_start(fiscal_month: int, period: Period, day: str, start: str) -> None:
    calendar = at("2026-07-01", fiscal_month=fiscal_month)
    assert calendar.start_of(period, date.fromisoformat(day)) == date.fromisoformat(start)


@pytest.mark.parametrize(
    ("week_day", "today", "this", "before"),
    [
        (1, "2026-11-04", "2026-11-02", "2026-10-26"),
        (7, "2026-11-04", "2026-11-01", "2026-10-25"),
        (7, "2026-11-01", "2026-11-01", "2026-10-25"),
        (7, "2026-10-31", "2026-10-25", "2026-10-18"),
        (6, "2026-11-04", "2026-10-31", "2026-10-24"),
        (3, "2026-11-04", "2026-11-04", "2026-10-28"),
    ],
)
def test_weeks_start_on_the_day_of_the_workspace(week_day: int, today: str, this: str, before: str) -> None:
    calendar = at(f"{today}T09:00", week_day=week_day)
    start = at(this).as_of
    assert calendar.start_of("week", calendar.today) == date.fromisoformat(this)
    assert calendar.window(During("this", "week")) == (start, calendar.as_of)
    assert calendar.window(During("last", "week")) == (at(before).as_of, start)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T12:00", utc("2026-01-31T11:00")),
        ("2026-01-31T12:00-03:00", utc("2026-01-31T15:00")),
        ("today", date(2026, 3, 31)),
        ("yesterday", date(2026, 3, 30)),
        ("1 month ago", date(2026, 2, 28)),
        ("in 2 days", date(2026, 4, 2)),
        ("3 hours ago", utc("2026-03-31T07:00")),
        ("in 30 minutes", utc("2026-03-31T10:30")),
        ("start of week", date(2026, 3, 30)),
        ("start of year", date(2025, 10, 1)),
    ],
)
def test_days_and_longer_are_dates_and_hours_are_instants(text: str, value: date | datetime) -> None:
    moment = parse_moment(text)
    assert moment is not None
    found = at("2026-03-31T12:00", fiscal_month=10).moment(moment)
    assert found == value
    assert type(found) is type(value)


# --- windows --------------------------------------------------------------------------------------

T = "2026-11-01T09:00"


@pytest.mark.parametrize(
    ("window", "lower", "upper"),
    [
        (WithinLast(Duration(7, "days")), "2026-10-25T09:00", T),
        (WithinLast(Duration(1, "months")), "2026-10-01T09:00", T),
        (BetweenAgo(Duration(12, "months"), Duration(6, "months")), "2025-11-01T09:00", "2026-05-01T09:00"),
        (Range(None, IsoDate(date(2026, 7, 1))), None, "2026-07-01"),
        (Range(IsoDate(date(2026, 7, 1)), None), "2026-07-01", T),
        (Range(Ago(Duration(90, "days")), Word("yesterday")), "2026-08-03", "2026-10-31"),
        (Range(Ago(Duration(3, "hours")), None), "2026-11-01T06:00", T),
        (Range(IsoDateTime(datetime(2026, 7, 1, 8)), Ahead(Duration(1, "days"))), "2026-07-01T08:00", T),
        (During("this", "month"), "2026-11-01", T),
        (During("last", "month"), "2026-10-01", "2026-11-01"),
        (During("this", "week"), "2026-10-26", T),
        (During("last", "week"), "2026-10-19", "2026-10-26"),
        (During("this", "quarter"), "2026-10-01", T),
        (During("last", "quarter"), "2026-07-01", "2026-10-01"),
        (During("this", "year"), "2026-04-01", T),
        (During("last", "year"), "2025-04-01", "2026-04-01"),
        (InMonth(2011, 6), "2011-06-01", "2011-07-01"),
        (InMonth(2026, 11), "2026-11-01", T),
        (InMonth(2026, 10), "2026-10-01", "2026-11-01"),
    ],
)
def test_windows_are_half_open_and_end_at_t_at_the_latest(
    window: Window, lower: str | None, upper: str
) -> None:
    bounds = at(T, fiscal_month=4).window(window)
    assert bounds == (None if lower is None else at(lower).as_of, at(upper).as_of)


@pytest.mark.parametrize(
    "window",
    [
        InMonth(2027, 1),
        Range(Ahead(Duration(1, "days")), None),
        Range(IsoDate(date(2026, 7, 1)), IsoDate(date(2026, 6, 1))),
        BetweenAgo(Duration(1, "months"), Duration(2, "months")),
    ],
)
def test_windows_ahead_of_t_or_reversed_hold_nothing(window: Window) -> None:
    lower, upper = at(T).window(window)
    assert lower is not None
    assert upper <= lower


def test_a_month_before_the_end_of_march() -> None:
    assert at("2026-03-31").window(WithinLast(Duration(1, "months"))) == (
        at("2026-02-28").as_of,
        at("2026-03-31").as_of,
    )


# --- limits ---------------------------------------------------------------------------------------


def test_beyond_the_years_1_to_9999_is_an_error_with_words() -> None:
    early = Calendar(BERLIN, 1, utc("0500-01-01T00:00"))
    late = Calendar(BERLIN, 1, utc("9999-12-01T00:00"))
    thousand = Duration(1000, "years")
    with pytest.raises(CalendarError, match=r"1000 years before .* outside the years 1 to 9999"):
        early.back(thousand)
    with pytest.raises(CalendarError, match="outside the years"):
        late.ahead(Duration(8_766_000, "hours"))
    with pytest.raises(CalendarError, match="1 month after"):
        late.moment(Ahead(Duration(1, "months")))
    with pytest.raises(CalendarError, match="outside the years"):
        early.midnight(date.min)
    with pytest.raises(CalendarError, match="outside the years"):
        early.moment(IsoDateTime(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))))
    with pytest.raises(CalendarError, match="outside the years"):
        _ = Calendar(BERLIN, 1, utc("9999-12-31T23:30")).today


def test_a_calendar_needs_an_instant_in_utc_and_a_month() -> None:
    with pytest.raises(CalendarError, match="UTC"):
        Calendar(BERLIN, 1, datetime(2026, 1, 1))
    with pytest.raises(CalendarError, match="UTC"):
        Calendar(BERLIN, 1, datetime(2026, 7, 1, tzinfo=BERLIN))
    with pytest.raises(CalendarError, match="fiscal_month"):
        Calendar(BERLIN, 13, utc("2026-01-01"))
    with pytest.raises(CalendarError, match="week_day"):
        Calendar(BERLIN, 1, utc("2026-01-01"), 8)


_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
_INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
_DURATIONS = st.builds(
    Duration, st.integers(0, 400), st.sampled_from(["hours", "days", "weeks", "months", "quarters", "years"])
)


@given(_ZONES, _INSTANTS, _DURATIONS, st.integers(1, 12))
def test_back_is_never_after_t_and_periods_hold_their_day(
    zone: str, instant: datetime, duration: Duration, fiscal_month: int
) -> None:
    calendar = Calendar(ZoneInfo(zone), fiscal_month, instant)
    assert calendar.back(duration) <= instant <= calendar.ahead(duration)
    assert calendar.midnight(calendar.today) <= instant < calendar.next_midnight(instant)
    periods: tuple[Period, ...] = ("week", "month", "quarter", "year")
    for period, longest in zip(periods, (6, 30, 91, 365), strict=True):
        start = calendar.start_of(period, calendar.today)
        assert 0 <= (calendar.today - start).days <= longest
        assert calendar.start_of(period, start) == start
        last, this = (calendar.window(During(which, period)) for which in ("last", "this"))
        assert last[1] == this[0]
