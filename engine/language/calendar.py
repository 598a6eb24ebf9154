"""Calendar arithmetic, as seen from the as-of instant T in the workspace's zone.

:class:`Calendar` turns time words into dates and instants. Instants are aware UTC datetimes to the
microsecond. Days and longer move the wall clock of the zone, so across a clock change a day is not
24 hours; where T is the start of a day they move its date, so that a day whose midnight the clocks leave
out is a day like any other. Hours and minutes are physical. The time words are offered here too, so that
one import does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeVar, assert_never
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from segmentry.engine.language.time_words import (
    Ago,
    Ahead,
    BetweenAgo,
    Duration,
    During,
    InMonth,
    IsoDate,
    IsoDateTime,
    Moment,
    Period,
    Range,
    StartOf,
    Unit,
    Window,
    WithinLast,
    Word,
    longest_instead,
    parse_duration,
    parse_during,
    parse_iso,
    parse_moment,
    parse_month,
)

__all__ = [
    "Ago",
    "Ahead",
    "BetweenAgo",
    "Calendar",
    "CalendarError",
    "Duration",
    "During",
    "InMonth",
    "IsoDate",
    "IsoDateTime",
    "Moment",
    "Period",
    "Range",
    "StartOf",
    "Unit",
    "Window",
    "WithinLast",
    "Word",
    "local_instant",
    "longest_instead",
    "midnight",
    "next_midnight",
    "parse_as_of",
    "parse_duration",
    "parse_during",
    "parse_moment",
    "parse_month",
]

_D = TypeVar("_D", date, datetime)


class CalendarError(ValueError):
    """A date outside the years 1 to 9999, or a calculation that has no date as its answer."""


def parse_as_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The as-of instant (aware UTC) of an ISO date (its midnight) or datetime (local unless it has a zone).

    None for anything else, and for an instant that has no next day in the years 1 to 9999.
    """
    iso = parse_iso(text.strip())
    try:
        match iso:
            case None:
                return None
            case IsoDate(value):
                found = midnight(value, zone)
            case IsoDateTime(value):
                found = _instant(value, zone)
            case _:
                assert_never(iso)
        next_midnight(found, zone)
    except CalendarError:
        return None
    return found


def local_instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """The instant (aware UTC) of a local time of the zone.

    An ambiguous local time is the earlier instant; a non-existent one moves forward by the gap. Both
    are what fold 0 means (PEP 495). Raises CalendarError outside the years 1 to 9999.
    """
    try:
        return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise CalendarError(f"{naive} is outside the years 1 to 9999 once it is taken to UTC") from error


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (aware UTC) at which a date begins in the zone."""
    return local_instant(datetime(day.year, day.month, day.day), zone)


def next_midnight(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant (aware UTC) at which the date after that instant's local date begins."""
    return midnight(_shifted(_local(instant, zone).date(), Duration(1, "days"), 1), zone)


def _instant(value: datetime, zone: ZoneInfo) -> datetime:
    if value.tzinfo is None:
        return local_instant(value, zone)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise CalendarError(f"{value} is outside the years 1 to 9999 once it is taken to UTC") from error


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock of the zone at an instant, without zone."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError) as error:
        raise CalendarError(f"{instant} is outside the years 1 to 9999 in {zone.key}") from error


def _shifted(start: _D, duration: Duration, sign: Literal[1, -1]) -> _D:
    """The date or wall clock moved by a calendar duration; a day the month lacks becomes its last day."""
    count = sign * duration.count
    try:
        match duration.unit:
            case "days":
                return start + timedelta(days=count)
            case "weeks":
                return start + timedelta(weeks=count)
            case "months":
                return start + relativedelta(months=count)
            case "quarters":
                return start + relativedelta(months=3 * count)
            case "years":
                return start + relativedelta(years=count)
            case "minutes" | "hours":
                raise CalendarError(f"a date can't be moved by {duration.words()}: use days or longer")
            case _:
                assert_never(duration.unit)
    except (OverflowError, ValueError) as error:
        if isinstance(error, CalendarError):
            raise
        way = "after" if sign > 0 else "before"
        raise CalendarError(f"{duration.words()} {way} {start} is outside the years 1 to 9999") from error


@dataclass(frozen=True, slots=True)
class Calendar:
    """The workspace's calendar at one as-of instant.

    ``zone`` is the workspace's time zone, ``fiscal_month`` (1 to 12) the month in which its years and
    quarters start, ``as_of`` the instant T (aware UTC), ``week_day`` (Monday is 1) the day on which its
    weeks start. Every method raises CalendarError where a result would be outside the years 1 to 9999.
    """

    zone: ZoneInfo
    fiscal_month: int
    as_of: datetime
    week_day: int = 1

    def __post_init__(self) -> None:
        if self.as_of.utcoffset() != timedelta(0):
            raise CalendarError("as_of must be an aware datetime in UTC")
        if not 1 <= self.fiscal_month <= 12:
            raise CalendarError("fiscal_month must be 1 to 12")
        if not 1 <= self.week_day <= 7:
            raise CalendarError("week_day must be 1 to 7")

    @property
    def today(self) -> date:
        """The as-of date: the date of T in the zone."""
        return _local(self.as_of, self.zone).date()

    def instant(self, naive: datetime) -> datetime:
        """The instant of a local time: the earlier if ambiguous, moved by the gap if non-existent."""
        return local_instant(naive, self.zone)

    def midnight(self, day: date) -> datetime:
        """The instant at which a date begins."""
        return midnight(day, self.zone)

    def next_midnight(self, instant: datetime) -> datetime:
        """The instant at which the date after that instant's local date begins."""
        return next_midnight(instant, self.zone)

    def back(self, duration: Duration) -> datetime:
        """The instant T − duration."""
        return self._offset(duration, -1)

    def ahead(self, duration: Duration) -> datetime:
        """The instant T + duration."""
        return self._offset(duration, 1)

    def shift_date(self, day: date, duration: Duration, sign: Literal[1, -1]) -> date:
        """The date moved ahead (1) or back (-1); month ends clamp. Hours and minutes are a CalendarError."""
        return _shifted(day, duration, sign)

    def start_of(self, period: Period, day: date) -> date:
        """The first day of the workspace's week, month, fiscal quarter or fiscal year that holds the day."""
        match period:
            case "week":
                return _shifted(day, Duration((day.isoweekday() - self.week_day) % 7, "days"), -1)
            case "month":
                return day.replace(day=1)
            case "quarter":
                months = (day.month - self.fiscal_month) % 3
            case "year":
                months = (day.month - self.fiscal_month) % 12
            case _:
                assert_never(period)
        return _shifted(day.replace(day=1), Duration(months, "months"), -1)

    def moment(self, moment: Moment) -> date | datetime:
        """A date for dates and for days and longer; an instant for datetimes, hours and minutes."""
        match moment:
            case IsoDate(value):
                return value
            case IsoDateTime(value):
                return _instant(value, self.zone)
            case Word("today"):
                return self.today
            case Word():
                return _shifted(self.today, Duration(1, "days"), -1)
            case Ago(duration):
                return _shifted(self.today, duration, -1) if duration.is_calendar else self.back(duration)
            case Ahead(duration):
                return _shifted(self.today, duration, 1) if duration.is_calendar else self.ahead(duration)
            case StartOf(period):
                return self.start_of(period, self.today)
            case _:
                assert_never(moment)

    def window(self, window: Window) -> tuple[datetime | None, datetime]:
        """The window's bounds as instants, half-open: from the first (None: open) to before the second.

        The upper bound is never after T. A window that lies in the future or whose ends are reversed has
        its lower bound at or after the upper one: no row is in it.
        """
        match window:
            case WithinLast(duration):
                return self.back(duration), self.as_of
            case BetweenAgo(older, newer):
                return self.back(older), self.back(newer)
            case Range(since, until):
                lower = None if since is None else self._begin(since)
                return lower, self.as_of if until is None else min(self._begin(until), self.as_of)
            case During(which, period):
                start = self.start_of(period, self.today)
                if which == "this":
                    return self.midnight(start), self.as_of
                before = _shifted(start, Duration(1, "days"), -1)
                return self.midnight(self.start_of(period, before)), self.midnight(start)
            case InMonth(year, month):
                first = date(year, month, 1)
                following = _shifted(first, Duration(1, "months"), 1)
                return self.midnight(first), min(self.midnight(following), self.as_of)
            case _:
                assert_never(window)

    def _begin(self, moment: Moment) -> datetime:
        value = self.moment(moment)
        return value if isinstance(value, datetime) else self.midnight(value)

    def _offset(self, duration: Duration, sign: Literal[1, -1]) -> datetime:
        if duration.count == 0:  # by the wall clock, T in a repeated hour would become an hour earlier
            return self.as_of
        if duration.is_calendar and self.as_of == self.midnight(self.today):
            return self.midnight(_shifted(self.today, duration, sign))
        if duration.is_calendar:
            return local_instant(_shifted(_local(self.as_of, self.zone), duration, sign), self.zone)
        try:
            return self.as_of + sign * timedelta(**{duration.unit: duration.count})
        except OverflowError as error:
            message = f"{duration.words()} from {self.as_of} is outside the years 1 to 9999"
            raise CalendarError(message) from error
