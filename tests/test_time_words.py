"""Time words: what is read as a duration, a moment or a period, and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from segmentry.engine.language.calendar import (
    Ago,
    Ahead,
    Duration,
    During,
    InMonth,
    IsoDate,
    IsoDateTime,
    Moment,
    StartOf,
    Word,
    parse_duration,
    parse_during,
    parse_moment,
    parse_month,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90 days", Duration(90, "days")),
        ("1 Day", Duration(1, "days")),
        (" 2  WEEKS ", Duration(2, "weeks")),
        ("0 days", Duration(0, "days")),
        ("45 minutes", Duration(45, "minutes")),
        ("1 hour", Duration(1, "hours")),
        ("12 month", Duration(12, "months")),
        ("3 quarters", Duration(3, "quarters")),
        ("1000 years", Duration(1000, "years")),
    ],
)
def test_durations_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "days",
        "a day",
        "90",
        "90days",
        "-1 days",
        "1.5 days",
        "1,000 days",
        "1_000 days",
        "٣ days",
        "3 seconds",
        "1 day 2 hours",
        "1001 years",
        "1000000000 years",
        "9" * 400 + " minutes",
    ],
)
def test_nonsense_and_absurd_lengths_are_no_durations(text: str) -> None:
    assert parse_duration(text) is None


def test_a_duration_in_words_is_read_back() -> None:
    assert [Duration(n, "days").words() for n in (0, 1, 90)] == ["0 days", "1 day", "90 days"]
    assert parse_duration(Duration(1, "quarters").words()) == Duration(1, "quarters")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", IsoDate(date(2026, 1, 31))),
        ("2026-01-31T12:30", IsoDateTime(datetime(2026, 1, 31, 12, 30))),
        ("2026-01-31 12:30:05", IsoDateTime(datetime(2026, 1, 31, 12, 30, 5))),
        ("2026-01-31T12:30:05.25", IsoDateTime(datetime(2026, 1, 31, 12, 30, 5, 250_000))),
        ("2026-01-31t12:30z", IsoDateTime(datetime(2026, 1, 31, 12, 30, tzinfo=UTC))),
        (
            "2026-01-31T12:30:00-05:30",
            IsoDateTime(datetime(2026, 1, 31, 12, 30, tzinfo=timezone(-timedelta(hours=5, minutes=30)))),
        ),
        ("today", Word("today")),
        ("Yesterday", Word("yesterday")),
        ("90 days ago", Ago(Duration(90, "days"))),
        ("in 1 Week", Ahead(Duration(1, "weeks"))),
        ("Start of Quarter", StartOf("quarter")),
    ],
)
def test_moments_are_read(text: str, moment: Moment) -> None:
    read = parse_moment(text)
    assert read == moment
    if isinstance(read, IsoDateTime) and isinstance(moment, IsoDateTime):
        assert read.value.utcoffset() == moment.value.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "now",
        "2026-02-29",
        "2026-1-1",
        "20260101",
        "01.02.2026",
        "0000-01-01",
        "2026-01-01T",
        "2026-01-01T24:00",
        "2026-01-01T12",
        "2026-01-01T12:00+25:00",
        "2026-01-01T12:00:00.1234567",
        "2026-W01-1",
        "90 days",
        "a day ago",
        "in 2001 years",
        "start of day",
    ],
)
def test_other_texts_are_no_moments(text: str) -> None:
    assert parse_moment(text) is None


def test_periods_are_read() -> None:
    assert parse_during("this month") == During("this", "month")
    assert parse_during(" Last  Quarter ") == During("last", "quarter")
    assert [parse_during(text) for text in ("next month", "last day", "month", "last 2 months")] == [None] * 4
    assert parse_month("2011-06") == InMonth(2011, 6)
    assert [parse_month(text) for text in ("2011-13", "2011-00", "0000-01", "2011-6", "2011")] == [None] * 5
