"""How dates and times are written where they are not in ISO 8601: the words and patterns of `format`.

A pattern has the directives of strptime (C, POSIX.1), of which those count here that mean one thing in every
place. Each is held to its width by a regular expression, so that `26` is no year and `2026` no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from segmentry.engine.language.suggest import did_you_mean

NAMED: Final[Mapping[str, str]] = {
    "day_first": "%d{0}%m{0}%Y",
    "month_first": "%m{0}%d{0}%Y",
    "year_first": "%Y{0}%m{0}%d",
}
"""The words for dates of three numbers, as patterns; `{0}` is one of `MARKS`."""

MARKS: Final = ("-", "/", ".")
"""What stands between the numbers of a date."""

COUNTED: Final[Mapping[str, str]] = {
    "unix_seconds": "1767225600",
    "unix_milliseconds": "1767225600000",
    "excel_serial": "46023.5",
}
"""The words for numbers that count time, each with an example."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WORD = "[A-Za-z]+"

_WIDTHS: Final[Mapping[str, str]] = {
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%m": "[0-9]{1,2}",
    "%d": "[0-9]{1,2}",
    "%j": "[0-9]{1,3}",
    "%b": "[A-Za-z]{3}",
    "%B": _WORD,
    "%a": "[A-Za-z]{3}",
    "%A": _WORD,
    "%H": "[0-9]{1,2}",
    "%I": "[0-9]{1,2}",
    "%M": "[0-9]{2}",
    "%S": "[0-5][0-9]",
    "%f": "[0-9]{1,9}",
    "%p": "[AaPp][Mm]",
    "%z": "(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)",
    "%%": "%",
}
_NUMBERS: Final = frozenset(("%Y", "%y", "%m", "%d", "%j", "%H", "%I", "%M", "%S", "%f"))
_PARTS = re.compile(r"%.|[^%]+|%", re.DOTALL)
_TIMES = ({"%H": "01", "%I": "02", "%M": "03", "%S": "04"}, {"%H": "10", "%I": "11", "%M": "12", "%S": "13"})
_YEARS, _DAYS = (2001, 2012), (1, 2, 10, 11, 12, 20)


@dataclass(frozen=True)
class DatePattern:
    """A pattern taken apart: its directives and the texts between them."""

    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The directives, and the texts between them."""
        return _parts(self.text)

    @property
    def has_time(self) -> bool:
        """Whether it says more than the day."""
        return "%H" in self.parts or "%I" in self.parts

    @property
    def has_zone(self) -> bool:
        """Whether it says an offset from UTC."""
        return "%z" in self.parts

    @property
    def expression(self) -> str:
        """A regular expression that every text of the pattern matches in full."""
        return "".join(width if width else re.escape(part) for part, width in _widths(self.text))

    @property
    def directives(self) -> str:
        """The pattern as Polars (chrono) has it: a fraction with its point, offsets in any form."""
        plain = self.text.replace(".%f", "%.f")
        return plain.replace("%z", "%#z")

    def fault(self) -> tuple[str, str] | None:
        """What is wrong with the pattern, and the fix; None where nothing is."""
        parts = self.parts
        for part in parts:
            if part.startswith("%") and part not in _WIDTHS:
                known = " ".join(name for name in _WIDTHS if name != "%%")
                return f"`{part}` is none of the directives of a date", f"the directives are {known}"
        for part in _WIDTHS:
            if part != "%%" and parts.count(part) > 1:
                return f"`{part}` stands twice", "each part of a date is said once"
        return _lacking(self.text, set(parts))

    def day_of(self, text: str) -> date | None:
        """The day that a text means by this pattern; None where it is not of it."""
        found = _capturing(self.text).fullmatch(text)
        if found is None:
            return None
        values = dict(zip((p for p in self.parts if p in _WIDTHS and p != "%%"), found.groups(), strict=True))
        try:
            return _day(values)
        except ValueError:
            return None

    def texts_of(self, day: date) -> Iterator[str]:
        """How a day is written by this pattern, at two times, with zeros in front and without."""
        for time in _TIMES:
            for padded in (True, False):
                yield "".join(_written(part, day, time, padded=padded) for part in self.parts)


@cache
def _parts(text: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(text))


@cache
def _widths(text: str) -> tuple[tuple[str, str | None], ...]:
    """Each part with the regular expression of its width; a text has none.

    Between numbers that touch each other nothing tells where one ends: there all have their full width.
    """
    parts = _parts(text)
    found: list[tuple[str, str | None]] = []
    for n, part in enumerate(parts):
        width = _WIDTHS.get(part)
        if part in _NUMBERS and _NUMBERS.intersection((*parts[max(0, n - 1) : n], *parts[n + 1 : n + 2])):
            width = "[0-9]{3}" if part == "%j" else _WIDTHS[part].replace("{1,", "{")
        found.append((part, width))
    return tuple(found)


@cache
def _capturing(text: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            "%" if part == "%%" else f"({width})" if width else re.escape(part)
            for part, width in _widths(text)
        )
    )


def patterns_of(form: str) -> tuple[DatePattern, ...]:
    """The days of a word or pattern as patterns; none for a word that counts time.

    A word takes ISO 8601 with dashes, too: its year comes first.
    """
    if form in COUNTED:
        return ()
    if form in NAMED:
        return (*(DatePattern(NAMED[form].format(mark)) for mark in MARKS), DatePattern("%Y-%m-%d"))
    return (DatePattern(form),)


def form_fault(form: str) -> tuple[str, str] | None:
    """What is wrong with a word or pattern, and the fix; None where nothing is."""
    if form in NAMED or form in COUNTED:
        return None
    if "%" not in form:
        known = (*NAMED, *COUNTED)
        hint = did_you_mean(form, known) or f"write {', '.join(known)}, or a pattern like `%d.%m.%Y`"
        return f"`{form}` is no way to write dates", hint
    return DatePattern(form).fault()


def takes_iso(form: str) -> bool:
    """Whether a text in ISO 8601 with dashes can be meant as that beside a form: nearly always."""
    return not re.search(r"%[Yy]-%d-%m", form)


@cache
def two_meanings(forms: tuple[str, ...]) -> tuple[str, date, date] | None:
    """A text that means two days by two of the forms, and the days; None where there is none.

    Looked for among days that differ in all their numbers, written by each pattern and read by every other.
    Two words that count time differ in size only, so each pair of them is one.
    """
    counted = [form for form in forms if form in COUNTED]
    if len(counted) > 1:
        return COUNTED["unix_seconds"], date(2026, 1, 1), date(1970, 1, 21)
    known = [(form, pattern) for form in forms for pattern in patterns_of(form)]
    for form, pattern in known:
        others = [other for name, other in known if name != form]
        for day in _probes():
            for text in pattern.texts_of(day):
                if counted and text.isdigit():
                    return text, day, date(1970, 1, 1) + timedelta(seconds=int(text[:10]))
                for other in others:
                    meant = other.day_of(text)
                    if meant is not None and meant != day:
                        return text, day, meant
    return None


@cache
def _probes() -> tuple[date, ...]:
    return tuple(date(year, month, day) for year in _YEARS for month in range(1, 13) for day in _DAYS)


def _lacking(text: str, parts: set[str]) -> tuple[str, str] | None:
    if not parts & {"%Y", "%y"}:
        return "the pattern has no year", "add `%Y` (of four digits) or `%y` (of two)"
    if "%j" not in parts and not ("%d" in parts and parts & {"%m", "%b", "%B"}):
        return "the pattern does not say the day", "a day is `%d` with `%m`, `%b` or `%B`, or `%j`"
    if "%I" in parts and "%p" not in parts:
        return "`%I` is an hour of twelve, and nothing says which half of the day", "add `%p`, or write `%H`"
    if "%p" in parts and "%I" not in parts:
        return "`%p` goes with an hour of twelve", "write `%I` for the hour"
    if parts & {"%M", "%S", "%f", "%z"} and not parts & {"%H", "%I"}:
        return "the pattern has a time without an hour", "add `%H`"
    if parts & {"%H", "%I"} and "%M" not in parts:
        return "the pattern has an hour without its minutes", "add `%M`"
    if "%f" in parts and ".%f" not in text:
        return "`%f` is the fraction of a second after a point", "write `%S.%f`"
    return None


def _day(values: Mapping[str, str]) -> date:
    """Raises ValueError for numbers that are no day."""
    if "%Y" in values:
        year = int(values["%Y"])
    else:
        short = int(values["%y"])
        year = short + (1900 if short >= 70 else 2000)
    if "%j" in values:
        return date(year, 1, 1) + timedelta(days=int(values["%j"]) - 1)
    return date(year, _month(values), int(values["%d"]))


def _month(values: Mapping[str, str]) -> int:
    if "%m" in values:
        return int(values["%m"])
    name = (values.get("%b") or values["%B"]).capitalize()
    return (_MONTHS if name in _MONTHS else _FULL).index(name) + 1


def _written(part: str, day: date, time: Mapping[str, str], *, padded: bool) -> str:
    numbers = {"%Y": (day.year, 4), "%m": (day.month, 2), "%d": (day.day, 2), "%y": (day.year % 100, 2)}
    if part in numbers:
        number, width = numbers[part]
        return f"{number:0{width}}" if padded or part == "%y" else str(number)
    if part in ("%H", "%I") and not padded:
        return str(int(time[part]))
    words = {
        "%j": f"{day.timetuple().tm_yday:03}",
        "%b": _MONTHS[day.month - 1],
        "%B": _FULL[day.month - 1],
        "%a": "Mon",
        "%A": "Monday",
        "%f": "5",
        "%p": "AM",
        "%z": "Z",
        "%%": "%",
    }
    return time.get(part, words.get(part, part))
