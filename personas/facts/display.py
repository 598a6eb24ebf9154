"""Figures as people read them, per locale: Babel does the formatting, this chooses the digits."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import MAX_PREC, Context, Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING, assert_never

from segmentry.engine.language.languages import all_words, language_of, words
from segmentry.engine.language.wording import choices
from segmentry.personas.facts.segment_facts import Fact, Unit

if TYPE_CHECKING:
    from babel import Locale

_MONTHS_FROM, _MONTHS_BESIDE = 120, 60
"""From so many days on a stretch of time is told in months: nobody thinks in 610 days. What stands beside it
is, too, from two months on."""

_DAYS_A_MONTH = 365.25 / 12

_EXACT = Context(prec=MAX_PREC)


class Display:
    """Formats figures for one locale ("de_DE", "en"), with the words of its language.

    ``prose`` tells figures as people say them: long stretches of time in months, and plain numbers and money
    with as few decimals as tell a figure and the base's apart, the same for both ("10.0" beside "15.3",
    "€59" beside "€32"). A zero is 0. Without it days stay days, and numbers and money are as `figure` says.
    A locale that Babel lacks falls back to its language. Raises UsageError where the language has no words.
    """

    def __init__(self, locale: str, *, prose: bool = True) -> None:
        self.prose = prose
        self.language = language_of(locale)
        self.locale = _locale(locale)
        self.words = words(self.language)
        self._written: dict[tuple[str, str], str] = {}
        self._bases: dict[tuple[Unit, float, str | None, str | None], str] = {}

    def fact(self, fact: Fact) -> str:
        """The fact's value: "62%", "€84.20", "41 days"."""
        return self._reported(fact, fact.value)

    def base(self, fact: Fact) -> str | None:
        """The base's value in the same form, or None where the fact has none."""
        if fact.base is None or self.prose:  # in prose it is told as the value beside it
            return None if fact.base is None else self._reported(fact, fact.base)
        key = fact.unit, fact.base, fact.currency, fact.unit_name
        found = self._bases.get(key)
        if found is None:
            found = self._bases[key] = self._reported(fact, fact.base)
        return found

    def label(self, fact: Fact) -> str:
        """The fact's label; "Days since …" is "Time since …", for long stretches are told in months."""
        since = _days_since(fact.label) if self.prose and fact.unit == "days" else None
        return fact.label if since is None else f"{since[1]}{fact.label.removeprefix(since[0])}"

    def _reported(self, fact: Fact, value: float) -> str:
        if not self.prose and fact.unit != "days":
            return self.figure(value, fact.unit, fact.currency, fact.unit_name)
        if self._in_months(fact):
            return self._counted(round(value / _DAYS_A_MONTH), 0, "months")
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
        since = _days_since(fact.label) is not None
        both = [abs(value) for value in (fact.value, fact.base) if value is not None]
        long = max(both) >= _MONTHS_FROM and min(both) >= _MONTHS_BESIDE
        return long and (since or not _days_words().search(fact.label))

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
        pattern = "#,##0" + ("." + ("0" if fixed else "#") * places if places else "")
        return self._formatted(value, places, pattern)

    def percent(self, share: float) -> str:
        """A share in [0, 1] in percent, with a decimal only below ten percent and just below all."""
        places = 1 if abs(share) < 0.0995 or 0.995 <= share < 1 else 0
        return self._formatted(share, 2 + places, self._percents[places])

    @cached_property
    def _percents(self) -> tuple[str, str]:
        """The patterns of percentages, without and with a decimal."""
        pattern: str = self.locale.percent_formats[None].pattern
        return pattern, pattern.replace("0%", "0.#%").replace("0\xa0%", "0.#\xa0%")

    def _formatted(self, value: float, places: int, pattern: str) -> str:
        """A number in a pattern, rounded as that does: many are the same then, and written once."""
        from babel.numbers import format_decimal

        rounded = Decimal(repr(value)).quantize(_place(places), context=_EXACT)
        key = str(rounded), pattern
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = format_decimal(rounded, format=pattern, locale=self.locale)
        return found

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
            return self._counted(round(days / _DAYS_A_MONTH), 0, "months")
        return self._in_days(days)

    def _in_days(self, days: float) -> str:
        return self._counted(days, 0 if abs(days) >= 10 else 1, "days")

    def _counted(self, count: float, places: int, unit: str) -> str:
        """So many of a unit, with its word in the plural form of the figure as it is written."""
        forms = self.words.units[unit]
        shown = round(Decimal(repr(count)), places).normalize()
        form = self.locale.plural_form(abs(shown))
        return f"{self.number(count, places)} {forms.get(form, forms['other'])}"

    def long_date(self, day: date) -> str:
        """A day in the locale's long form: "1 November 2026"."""
        from babel.dates import format_date

        pattern = self.locale.date_formats["long"].pattern
        return format_date(day, format=self._with_first(pattern, day), locale=self.locale)

    def short_date(self, day: date) -> str:
        """A day without its year: "Nov 15", "15. Nov."."""
        from babel.dates import format_date

        pattern = self.locale.datetime_skeletons["MMMd"].pattern
        return format_date(day, format=self._with_first(pattern, day), locale=self.locale)

    def _with_first(self, pattern: str, day: date) -> str:
        """The pattern of a date, the first of a month as the language writes it ("1er")."""
        first = self.words.first_of_month
        return re.sub("d+", f"'{first}'", pattern) if first and day.day == 1 else pattern


def _days_since(label: str) -> tuple[str, str] | None:
    """How a label begins that counts days since something, and how it begins where months are told."""
    begins = (
        (f"{days} ", f"{words.labels.time_since} ")
        for words in all_words()
        for days in words.labels.days_since
    )
    return next((pair for pair in begins if label.startswith(pair[0])), None)


@cache
def _place(places: int) -> Decimal:
    """One of the last of so many decimals."""
    return Decimal(1).scaleb(-places)


@cache
def _days_words() -> re.Pattern[str]:
    """The words by which a label says itself that it counts days."""
    listed = choices(word for words in all_words() for word in words.labels.days)
    return re.compile(rf"\b(?:{listed})\b", re.IGNORECASE)


@cache
def _locale(name: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    for candidate in (name.replace("-", "_"), name.replace("-", "_").split("_")[0]):
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
