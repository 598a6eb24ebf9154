"""Time words: what a marketer writes about time (``90 days ago``, ``last quarter``), as frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

Unit = Literal["minutes", "hours", "days", "weeks", "months", "quarters", "years"]
Period = Literal["week", "month", "quarter", "year"]

_LONGEST: dict[Unit, int] = {
    "minutes": 525_960_000,
    "hours": 8_766_000,
    "days": 365_250,
    "weeks": 52_179,
    "months": 12_000,
    "quarters": 4_000,
    "years": 1_000,
}
"""The largest count of each unit: a thousand years. Anything longer is a slip of the pen."""


_FAMILIES: tuple[dict[Unit, int], ...] = (
    {"minutes": 1, "hours": 60},
    {"days": 1, "weeks": 7},
    {"months": 1, "quarters": 3, "years": 12},
)
"""Units of which one is so many of the other, whatever the calendar."""

_DAYS: dict[Unit, tuple[float, float]] = {
    "minutes": (1 / 1500, 1 / 1380),  # where the clock changes a day has 23 or 25 hours
    "hours": (1 / 25, 1 / 23),
    "days": (1, 1),
    "weeks": (7, 7),
    "months": (28, 31),
    "quarters": (90, 92),
    "years": (365, 366),
}
"""The least and the most days that a unit takes."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: ``count`` (0 or more) of ``unit``."""

    count: int
    unit: Unit

    @property
    def is_calendar(self) -> bool:
        """True for days and longer, which move dates; False for hours and minutes, which move instants."""
        return self.unit not in ("hours", "minutes")

    def is_shorter_than(self, other: Duration) -> bool:
        """Whether it is shorter wherever in the calendar both lie."""
        for family in _FAMILIES:
            if self.unit in family and other.unit in family:
                return self.count * family[self.unit] < other.count * family[other.unit]
        return self.count * _DAYS[self.unit][1] < other.count * _DAYS[other.unit][0]

    def words(self) -> str:
        """The duration as it is written: ``1 day``, ``90 days``."""
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"


# --- moments --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IsoDate:
    """A date written out."""

    value: date


@dataclass(frozen=True, slots=True)
class IsoDateTime:
    """A date with time written out: aware if a zone was written, else local time of the workspace."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """``today`` or ``yesterday``."""

    word: Literal["today", "yesterday"]


@dataclass(frozen=True, slots=True)
class Ago:
    """``90 days ago``."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Ahead:
    """``in 7 days``."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class StartOf:
    """``start of month``; quarter and year are fiscal."""

    period: Period


Moment = IsoDate | IsoDateTime | Word | Ago | Ahead | StartOf


# --- windows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WithinLast:
    """``within_last: 90 days`` = [T − 90 days, T)."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class BetweenAgo:
    """``between_ago: [12 months, 6 months]`` = [T − older, T − newer)."""

    older: Duration
    newer: Duration


@dataclass(frozen=True, slots=True)
class Range:
    """``since`` and ``until``, together or alone; the until moment is excluded."""

    since: Moment | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class During:
    """``this month`` (to date) or ``last quarter`` (the whole one before)."""

    which: Literal["this", "last"]
    period: Period


@dataclass(frozen=True, slots=True)
class InMonth:
    """``in_month: 2011-06``: that calendar month, cut at T."""

    year: int
    month: int


Window = WithinLast | BetweenAgo | Range | During | InMonth


# --- reading --------------------------------------------------------------------------------------

_DURATION = re.compile(r"([0-9]+)\s+(minute|hour|day|week|month|quarter|year)s?", re.IGNORECASE)
_MOST_FIGURES = 9
_AGO = re.compile(r"(.+?)\s+ago", re.IGNORECASE)
_AHEAD = re.compile(r"in\s+(.+)", re.IGNORECASE)
_START_OF = re.compile(r"start\s+of\s+(week|month|quarter|year)", re.IGNORECASE)
_DURING = re.compile(r"(this|last)\s+(week|month|quarter|year)", re.IGNORECASE)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Hours end at 23: later versions of Python read 24:00 as the next day.
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    re.IGNORECASE,
)


def parse_duration(text: str) -> Duration | None:
    """The duration that a text says (``90 days``, ``1 Month``), or None if it says none.

    Zero is a duration (``between_ago: [12 months, 0 days]`` ends at T); more than a thousand years is not.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or len(found[1]) > _MOST_FIGURES:
        return None
    count, unit = int(found[1]), cast(Unit, found[2].lower() + "s")
    return Duration(count, unit) if count <= _LONGEST[unit] else None


def longest_instead(text: str) -> Duration | None:
    """The longest duration in the unit of a text that says a longer one, or a moment so long ago or ahead.

    None of any other text.
    """
    text = text.strip()
    moment = _AGO.fullmatch(text) or _AHEAD.fullmatch(text)
    found = _DURATION.fullmatch(moment[1].strip() if moment else text)
    if found is None or parse_duration(found[0]) is not None:
        return None
    unit = cast(Unit, found[2].lower() + "s")
    return Duration(_LONGEST[unit], unit)


def parse_moment(text: str) -> Moment | None:
    """The moment that a text says, or None.

    An ISO date or datetime (``T`` or a space between, seconds and a zone optional), ``today``,
    ``yesterday``, ``90 days ago``, ``in 7 days``, ``start of week|month|quarter|year``, in any case.
    """
    text = text.strip()
    match text.lower():
        case "today":
            return Word("today")
        case "yesterday":
            return Word("yesterday")
        case _:
            pass
    if found := _AGO.fullmatch(text):
        duration = parse_duration(found[1])
        return None if duration is None else Ago(duration)
    if found := _AHEAD.fullmatch(text):
        duration = parse_duration(found[1])
        return None if duration is None else Ahead(duration)
    if found := _START_OF.fullmatch(text):
        return StartOf(cast(Period, found[1].lower()))
    return parse_iso(text)


def parse_during(text: str) -> During | None:
    """``this month``, ``last quarter`` and so on, in any case; None for anything else."""
    found = _DURING.fullmatch(text.strip())
    if found is None:
        return None
    return During(cast(Literal["this", "last"], found[1].lower()), cast(Period, found[2].lower()))


def parse_month(text: str) -> InMonth | None:
    """A calendar month written ``2011-06``; None for anything else."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return InMonth(year, month) if year >= 1 and 1 <= month <= 12 else None


def parse_iso(text: str) -> IsoDate | IsoDateTime | None:
    """An ISO date or datetime (seconds, fraction and zone optional), or None."""
    try:
        if _DATE.fullmatch(text):
            return IsoDate(date.fromisoformat(text))
        if _DATETIME.fullmatch(text):
            return IsoDateTime(datetime.fromisoformat(text.upper()))
    except ValueError:  # a 30 February, a 25th hour
        return None
    return None
