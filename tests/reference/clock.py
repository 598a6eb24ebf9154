"""The as-of instant, and calendar arithmetic around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.values import DATE, DATETIME, Type, Unsupported

MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}

Duration = tuple[int, str]
"""A count and a unit in the singular."""


def duration(text: str) -> Duration:
    count, unit = text.split()
    return int(count), unit.lower().removesuffix("s")


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def shift_date(day: date, span: Duration, sign: int) -> date:
    """A date moved by a duration of days or longer."""
    count, unit = span
    if unit in MONTHS_IN:
        return add_months(day, sign * count * MONTHS_IN[unit])
    if unit not in ("day", "week"):
        raise Unsupported(f"{unit}s do not move a date")
    return day + timedelta(days=sign * count * (7 if unit == "week" else 1))


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO datetime (local where it names no zone) or a date's midnight."""
    return to_utc(datetime.fromisoformat(text), zone)


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time; one with a zone is converted.

    `fold=0` is both rules at once: the earlier of two instants, and of a time that a clock change leaves out
    the one moved forward by the gap.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone, the first month of the fiscal year, the instant T, and the first day of the week (Monday 0)."""

    zone: ZoneInfo
    fiscal_month: int
    instant: datetime
    first_day: int = 0

    @property
    def today(self) -> date:
        return self.local_date(self.instant)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def local_date(self, moment: datetime) -> date:
        return self.local(moment).date()

    def midnight(self, day: date) -> datetime:
        return to_utc(datetime.combine(day, time()), self.zone)

    def instant_of(self, moment: date | datetime) -> datetime:
        return moment if isinstance(moment, datetime) else self.midnight(moment)

    def date_of(self, moment: date | datetime) -> date:
        return self.local_date(moment) if isinstance(moment, datetime) else moment

    def shift(self, moment: datetime, span: Duration, sign: int) -> datetime:
        """An instant moved by a duration: minutes and hours on the clock's tick, longer ones on the wall."""
        count, unit = span
        if unit in ("minute", "hour"):
            return moment + sign * count * (timedelta(hours=1) if unit == "hour" else timedelta(minutes=1))
        wall = self.local(moment)
        return to_utc(datetime.combine(shift_date(wall.date(), span, sign), wall.time()), self.zone)

    def away(self, span: Duration, sign: int) -> datetime:
        """T moved by a duration; from the start of a day, days and longer ones count whole dates."""
        if self.instant == self.midnight(self.today) and span[1] not in ("minute", "hour"):
            return self.midnight(shift_date(self.today, span, sign))
        return self.shift(self.instant, span, sign)

    def start_of(self, period: str, day: date) -> date:
        if period == "week":
            return next(d for d in (day - timedelta(n) for n in range(7)) if d.weekday() == self.first_day)
        months = MONTHS_IN[period]
        into = (day.month - (self.fiscal_month if months > 1 else day.month)) % 12 % months
        return add_months(day.replace(day=1), -into)

    def moment(self, text: str) -> tuple[Type, Any]:
        """A date or an instant in the rules' words."""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return DATE, date.fromisoformat(text)
        if re.match(r"\d{4}-\d\d-\d\d[T ]", text):
            return DATETIME, parse_instant(text, self.zone)
        words = text.split()
        if words in (["today"], ["yesterday"]):
            return DATE, self.today - timedelta(days=words == ["yesterday"])
        if words[:2] == ["start", "of"]:
            return DATE, self.start_of(words[2], self.today)
        if words[-1] == "ago":
            return self._away(duration(" ".join(words[:-1])), -1)
        if words[0] == "in":
            return self._away(duration(" ".join(words[1:])), 1)
        raise Unsupported(f"no moment: {text}")

    def _away(self, span: Duration, sign: int) -> tuple[Type, Any]:
        if span[1] in ("minute", "hour"):
            return DATETIME, self.shift(self.instant, span, sign)
        return DATE, shift_date(self.today, span, sign)

    def window(self, spec: Mapping[str, Any]) -> tuple[datetime | None, datetime]:
        """The half-open range of instants that a trait's or a `did`'s window keys name, cut at T."""
        low: datetime | None = None
        high = self.instant
        if "within_last" in spec:
            low = self.away(duration(spec["within_last"]), -1)
        elif "between_ago" in spec:
            low, high = (self.away(duration(text), -1) for text in spec["between_ago"])
        elif "during" in spec:
            low, high = self._during(*spec["during"].split())
        elif "in_month" in spec:
            first = date.fromisoformat(spec["in_month"] + "-01")
            low, high = self.midnight(first), self.midnight(add_months(first, 1))
        else:
            if "since" in spec:
                low = self.instant_of(self.moment(spec["since"])[1])
            if "until" in spec:
                high = self.instant_of(self.moment(spec["until"])[1])
        return low, min(high, self.instant)

    def _during(self, which: str, period: str) -> tuple[datetime, datetime]:
        start = self.start_of(period, self.today)
        if which == "this":
            return self.midnight(start), self.instant
        return self.midnight(self.start_of(period, start - timedelta(days=1))), self.midnight(start)


def anniversary(day: date, year: int) -> date:
    """The day and month in another year: 29 February counts as the 28th where there is none."""
    return add_months(day, 12 * (year - day.year))
