"""The customers: who they are, why they buy and when they are around."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

import polars as pl

from segmentry.engine.starter.sample.table import Weighted, dice, table

Motive = Literal["value", "quality", "convenience", "loyalty", "mixed"]

HISTORY_DAYS = 6 * 365
NEWCOMER_DAYS = 110

MOTIVES: Weighted[Motive] = Weighted(
    {"value": 0.25, "quality": 0.18, "convenience": 0.2, "loyalty": 0.17, "mixed": 0.2}
)
# Years a customer of each kind stays on average before drifting away.
STAYS_YEARS: dict[Motive, float] = {
    "value": 3.0, "quality": 4.5, "convenience": 4.0, "loyalty": 8.0, "mixed": 2.4,
}  # fmt: skip
ORDERS_A_YEAR: dict[Motive, float] = {
    "value": 5.2, "quality": 4.0, "convenience": 5.0, "loyalty": 6.2, "mixed": 3.8,
}  # fmt: skip
ACCOUNT_TYPES = Weighted({"private": 0.88, "family": 0.08, "club": 0.04})
COUNTRIES: Weighted[str | None] = Weighted({"DE": 0.66, "AT": 0.19, "CH": 0.13, None: 0.02})
CITIES: dict[str | None, tuple[str | None, ...]] = {
    "DE": ("München", "Köln", "Berlin", "Freiburg", "Garmisch-Partenkirchen", "Nürnberg", "Görlitz", None),
    "AT": ("Wien", "Graz", "Innsbruck", "Sankt Pölten", "Bludenz", "Kitzbühel", None),
    "CH": ("Zürich", "Genève", "Bern", "Biel/Bienne", "Bellinzona", "Neuchâtel", None),
    None: (None,),
}
FIRST_NAMES = (
    "Anna", "Björn", "Chloë", "Dağhan", "Elif", "François", "Grażyna", "Hélène", "Ines", "Jürgen", "Karin",
    "Łukasz", "Márta", "Noël", "Özlem", "Pia", "Reto", "Šárka", "Thùy", "Ursula", "Vroni", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Ammann", "Böhm", "Çelik", "Dvořák", "Egger", "Fröhlich", "Großmann", "Hügli", "Iten", "Jäger", "Krüger",
    "Lindström", "Müller", "Nguyễn", "O'Brien", "Perić", "Rüegg", "Schäfer", "Török", "Weiß", "Zürcher",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One customer account with its hidden nature, which no table shows."""

    key: str
    motive: Motive
    joined: date
    stays: tuple[tuple[date, date], ...]
    orders_a_year: float
    trend: float
    christmas_only: bool
    users: int
    account_type: str
    consent: bool | None
    is_test: bool


def make_people(seed: int, customers: int, as_of: date) -> list[Person]:
    """That many people, oldest account first; about two in a thousand are the shop's own test accounts."""
    rng = dice(seed, "people")
    joined = sorted(_joined(rng, as_of) for _ in range(customers))
    return [_person(rng, number, day, as_of) for number, day in enumerate(joined, start=1)]


def _joined(rng: Random, as_of: date) -> date:
    """More people come every year, and a campaign brought some in lately."""
    if rng.random() < 0.05:
        return as_of - timedelta(days=1 + int(rng.random() * NEWCOMER_DAYS))
    return as_of - timedelta(days=1 + int(HISTORY_DAYS * (1 - rng.random() ** 0.8)))


def _person(rng: Random, number: int, joined: date, as_of: date) -> Person:
    motive = MOTIVES.draw(rng)
    christmas_only = rng.random() < 0.04
    account_type = ACCOUNT_TYPES.draw(rng)
    never_buys = rng.random() < 0.06
    return Person(
        key=f"C{number:06d}",
        motive=motive,
        joined=joined,
        stays=() if never_buys else _stays(rng, joined, as_of, STAYS_YEARS[motive]),
        orders_a_year=ORDERS_A_YEAR[motive] * min(rng.lognormvariate(0.05, 0.65), 4.0),
        trend=rng.choice((-0.6, 0.0, 0.0, 0.0, 0.9)),
        christmas_only=christmas_only,
        users=_users(rng, account_type),
        account_type=account_type,
        consent=None if rng.random() < 0.04 else rng.random() < 0.64,
        is_test=rng.random() < 0.002,
    )


def _stays(rng: Random, joined: date, as_of: date, mean_years: float) -> tuple[tuple[date, date], ...]:
    """When the customer is around: until drifting away, and for some again after a long break."""
    gone = joined + timedelta(days=60 + int(rng.expovariate(1 / (mean_years * 365))))
    if gone >= as_of:
        return ((joined, as_of),)
    back = _comes_back(rng, gone, as_of)
    return ((joined, gone),) if back is None else ((joined, gone), (back, as_of))


def _comes_back(rng: Random, gone: date, as_of: date) -> date | None:
    """Some return by themselves after a long break, and this year's win-back campaign reached others."""
    back = gone + timedelta(days=400 + int(rng.random() * 500))
    if back < as_of and rng.random() < 0.45:
        return back
    if (as_of - gone).days > 600 and rng.random() < 0.35:
        return as_of - timedelta(days=10 + int(rng.random() * 150))
    return None


def _users(rng: Random, account_type: str) -> int:
    match account_type:
        case "family":
            return 2 + int(rng.random() * 4)
        case "club":
            return 3 + int(rng.random() * 10)
        case _:
            return 1


CUSTOMERS: dict[str, Any] = {
    "customer_id": pl.String,
    "first_name": pl.String,
    "last_name": pl.String,
    "email": pl.String,
    "city": pl.String,
    "country": pl.String,
    "language": pl.String,
    "birth_date": pl.Date,
    "joined_on": pl.Date,
    "account_type": pl.String,
    "club_member": pl.Boolean,
    "consent_email": pl.Boolean,
    "consent_sms": pl.Boolean,
    "card_expires_on": pl.Date,
    "is_test": pl.Boolean,
}


def customers_table(people: list[Person], seed: int, as_of: date) -> pl.DataFrame:
    """The customers table: one row per account, columns as in CUSTOMERS, ascending by customer_id."""
    rng = dice(seed, "customers")
    return table([_customer_row(rng, person, as_of) for person in people], CUSTOMERS)


def _customer_row(rng: Random, person: Person, as_of: date) -> tuple[Any, ...]:
    country = COUNTRIES.draw(rng)
    club_chance = 0.85 if person.motive == "loyalty" else 0.22
    return (
        person.key,
        "Test" if person.is_test else rng.choice(FIRST_NAMES),
        "Account" if person.is_test else rng.choice(LAST_NAMES),
        f"{person.key.lower()}@example.{rng.choice(('com', 'org'))}",
        rng.choice(CITIES[country]),
        country,
        _language(rng, country),
        _birth_date(rng, as_of) if rng.random() < 0.76 else None,
        person.joined,
        person.account_type,
        rng.random() < club_chance,
        person.consent,
        None if person.consent is None else person.consent and rng.random() < 0.35,
        _card_expires_on(rng, as_of) if rng.random() < 0.55 else None,
        person.is_test,
    )


def _language(rng: Random, country: str | None) -> str:
    if country == "CH":
        return rng.choice(("de", "de", "de", "fr", "it"))
    return "en" if rng.random() < 0.06 else "de"


def _birth_date(rng: Random, as_of: date) -> date:
    years = rng.gauss(43, 14)
    if not 18 <= years <= 88:
        years = 18 + 70 * rng.random()
    return as_of - timedelta(days=int(years * 365.25))


def _card_expires_on(rng: Random, as_of: date) -> date:
    """The last day of the month printed on the saved card; a few have run out already."""
    months = as_of.year * 12 + as_of.month - 1 + int(rng.random() * 48) - 4
    year, month = divmod(months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])
