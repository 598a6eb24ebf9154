"""Figures as people read them, per locale: Babel does the formatting, this chooses the digits."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, assert_never

from segmentry.personas.facts.segment_facts import Fact, Unit

if TYPE_CHECKING:
    from babel import Locale

_DAYS_WORD = re.compile(r"\b(?:days?|tagen?|tage)\b", re.IGNORECASE)
_DAYS_SINCE = (("Days since ", "Time since "), ("Tage seit ", "Zeit seit "))
_DAYS = {"de": ("Tag", "Tage"), "en": ("day", "days")}
_MONTHS_FROM, _MONTHS_BESIDE = 120, 60
"""From so many days on a stretch of time is told in months: nobody thinks in 610 days. What stands beside it
is, too, from two months on."""

_MONTHS = {"de": "Monate", "en": "months"}
_DAYS_A_MONTH = 365.25 / 12


class Display:
    """Formats figures for one locale ("de_DE", "en").

    ``prose`` tells figures as people say them: long stretches of time in months, and plain numbers and money
    with as few decimals as tell a figure and the base's apart, the same for both ("10.0" beside "15.3",
    "€59" beside "€32"). A zero is 0. Without it days stay days, and numbers and money are as `figure` says.
    Raises nothing: a locale that Babel lacks falls back to its language, then to English. Numbers and dates
    are in the locale's form, the words beside them (days, months) in English where there are none for it.
    """

    def __init__(self, locale: str, *, prose: bool = True) -> None:
        self.prose = prose
        self.locale = _locale(locale)
        self.language = self.locale.language if self.locale.language in _DAYS else "en"

    def fact(self, fact: Fact) -> str:
        """The fact's value: "62%", "€84.20", "41 days"."""
        return self._reported(fact, fact.value)

    def base(self, fact: Fact) -> str | None:
        """The base's value in the same form, or None where the fact has none."""
        return None if fact.base is None else self._reported(fact, fact.base)

    def label(self, fact: Fact) -> str:
        """The fact's label; "Days since …" is "Time since …", for long stretches are told in months."""
        for days, time in _DAYS_SINCE:
            if self.prose and fact.unit == "days" and fact.label.startswith(days):
                return f"{time}{fact.label.removeprefix(days)}"
        return fact.label

    def _reported(self, fact: Fact, value: float) -> str:
        if self._in_months(fact):
            return f"{self.number(round(value / _DAYS_A_MONTH), 0)} {_MONTHS[self.language]}"
        if fact.unit == "days":
            return self._in_days(value)
        beside = [abs(reported) for reported in (fact.value, fact.base) if reported]
        if self.prose and fact.unit == "number" and min(beside, default=0.0) >= 0.1:
            text = self.number(value, _even_places(beside) if value else 0, fixed=True)
            return f"{text}%" if fact.unit_name == "%" else text
        if self.prose and fact.unit == "money" and value and _whole_money(beside):
            return self.money(round(value), fact.currency or "EUR")
        return self.figure(value, fact.unit, fact.currency, fact.unit_name)

    def _in_months(self, fact: Fact) -> bool:
        """Whether value and base are told in months: both or none, and not where the label counts days."""
        if fact.unit != "days" or not self.prose:
            return False
        since = fact.label.startswith(tuple(days for days, _ in _DAYS_SINCE))
        both = [abs(value) for value in (fact.value, fact.base) if value is not None]
        long = max(both) >= _MONTHS_FROM and min(both) >= _MONTHS_BESIDE
        return long and (since or not _DAYS_WORD.search(fact.label))

    def figure(self, value: float, unit: Unit, currency: str | None = None, name: str | None = None) -> str:
        """A value in its unit: a share in [0, 1] as a percentage, money in ``currency``, days, or a number.

        Numbers have three significant digits and at most two decimals from 0.1 on; customers are whole.
        """
        match unit:
            case "customers":
                return self.number(value, 0)
            case "share":
                return self.percent(value)
            case "money":
                return self.money(value, currency or "EUR")
            case "days":
                return self.days(value)
            case "number":
                text = self.number(value, _places(value))
                return f"{text}%" if name == "%" else text
            case _:
                assert_never(unit)

    def number(self, value: float, places: int, *, fixed: bool = False) -> str:
        """A number with at most (``fixed``: exactly) so many decimals, grouped as the locale does."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + ("0" if fixed else "#") * places if places else "")
        return format_decimal(Decimal(repr(value)), format=pattern, locale=self.locale)

    def percent(self, share: float) -> str:
        """A share in [0, 1] in percent, with a decimal only below ten percent and just below all."""
        from babel.numbers import format_percent

        places = 1 if abs(share) < 0.0995 or 0.995 <= share < 1 else 0
        pattern = self.locale.percent_formats[None].pattern
        return format_percent(
            round(Decimal(repr(share)), 2 + places),
            format=pattern.replace("0%", "0.#%").replace("0\xa0%", "0.#\xa0%") if places else pattern,
            locale=self.locale,
        )

    def money(self, amount: float, currency: str) -> str:
        """An amount; cents only where they are told and the amount is below 100."""
        from babel.numbers import format_currency

        whole = abs(amount) >= 100 or amount == int(amount)
        pattern = self.locale.currency_formats["standard"].pattern
        return format_currency(
            Decimal(repr(amount)),
            currency,
            format=pattern.replace(".00", "") if whole else pattern,
            locale=self.locale,
            currency_digits=False,
        )

    def days(self, days: float) -> str:
        """A stretch of time: days, from about four months on months."""
        if self.prose and abs(days) >= _MONTHS_FROM:
            return f"{self.number(round(days / _DAYS_A_MONTH), 0)} {_MONTHS[self.language]}"
        return self._in_days(days)

    def _in_days(self, days: float) -> str:
        one, many = _DAYS[self.language]
        text = self.number(days, 0 if abs(days) >= 10 else 1)
        return f"{text} {one if text == '1' else many}"

    def long_date(self, day: date) -> str:
        """A day in the locale's long form: "1 November 2026"."""
        from babel.dates import format_date

        return format_date(day, format="long", locale=self.locale)

    def short_date(self, day: date) -> str:
        """A day without its year: "Nov 15", "15. Nov."."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMd", day, locale=self.locale)


@cache
def _locale(name: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    for candidate in (name.replace("-", "_"), name.replace("-", "_").split("_")[0], "en"):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError(name)


def _places(value: float) -> int:
    """Decimals that show three significant digits; of a figure near one two decimals do."""
    if value == 0:
        return 0
    places = 2 - math.floor(math.log10(abs(value)))
    return max(0, min(places, 2) if abs(value) >= 0.1 else places)


def _even_places(values: list[float]) -> int:
    """Decimals for figures that stand beside each other: none for whole ones, else as few as tell them apart.

    Two for what is below one, and no more than the largest has by its three significant digits.
    """
    if all(value == int(value) for value in values):
        return 0
    most = _places(max(values))
    fewest = 2 if min(values) < 1 else 1
    apart = (n for n in range(fewest, 3) if len({round(value, n) for value in values}) == len(set(values)))
    return min(next(apart, 2), most)


def _whole_money(values: list[float]) -> bool:
    """Whether amounts beside each other need no cents: none is below ten, and they differ without, too."""
    return min(values) >= 10 and len({round(value) for value in values}) == len(set(values))
