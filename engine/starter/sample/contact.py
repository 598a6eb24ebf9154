"""What was said: mails sent to people, surveys they answered, calls they made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from segmentry.engine.starter.sample.people import Motive, Person
from segmentry.engine.starter.sample.shopping import Order
from segmentry.engine.starter.sample.table import (
    DAYTIME,
    MOMENT,
    MONEY,
    Weighted,
    dice,
    moment,
    poisson,
    table,
)

MAIL_DAYS = 400
MAIL_EVERY_DAYS = 12
MAIL_REACH = {"newsletter": 0.6, "offer": 0.4}
OPEN_CHANCE: dict[Motive, float] = {
    "value": 0.34, "quality": 0.26, "convenience": 0.18, "loyalty": 0.5, "mixed": 0.22,
}  # fmt: skip
MEAN_NPS: dict[Motive, float] = {
    "value": 7.4, "quality": 8.2, "convenience": 7.9, "loyalty": 9.2, "mixed": 7.2,
}  # fmt: skip
TOPICS = Weighted({"delivery": 0.36, "return": 0.27, "product": 0.22, "payment": 0.15})
WAYS = Weighted({"phone": 0.4, "mail": 0.36, "chat": 0.24})
COST_CENTS = {"phone": 640, "mail": 380, "chat": 290}

MAILS: dict[str, Any] = {
    "customer_id": pl.String,
    "happened_at": MOMENT,
    "event": pl.String,
    "campaign": pl.String,
    "kind": pl.String,
}
SURVEYS: dict[str, Any] = {
    "survey_id": pl.String,
    "customer_id": pl.String,
    "answered_on": pl.Date,
    "nps": pl.Int32,
    "comment": pl.String,
}
CONTACTS: dict[str, Any] = {
    "contact_id": pl.String,
    "customer_id": pl.String,
    "contacted_at": MOMENT,
    "topic": pl.String,
    "way": pl.String,
    "solved": pl.Boolean,
    "cost": MONEY,
}
COMMENTS = (
    "Schnell geliefert, danke!",
    "Größe fiel klein aus.",
    "Très bien.",
    "Telefon war lange besetzt",
    None,
    None,
)


def mails_table(people: list[Person], seed: int, as_of: date) -> pl.DataFrame:
    """Mails of the last 400 days, columns as in MAILS: one row each for sent, opened and clicked."""
    rng = dice(seed, "mails")
    first = as_of - timedelta(days=MAIL_DAYS)
    rows: list[tuple[Any, ...]] = []
    for number, offset in enumerate(range(3, MAIL_DAYS, MAIL_EVERY_DAYS), start=1):
        day = first + timedelta(days=offset)
        kind = "offer" if number % 3 == 1 else "newsletter"
        for person in people:
            if person.consent and person.joined < day and rng.random() < MAIL_REACH[kind]:
                rows += _mail(rng, person, day, f"{kind}-{day:%Y-%m-%d}", kind)
    return table(rows, MAILS).sort("happened_at", "customer_id", "event", maintain_order=True)


def _mail(rng: Random, person: Person, day: date, campaign: str, kind: str) -> list[tuple[Any, ...]]:
    at = datetime(day.year, day.month, day.day, 7) + timedelta(seconds=int(rng.random() * 1800))
    rows: list[tuple[Any, ...]] = [(person.key, at, "sent", campaign, kind)]
    keener = 1.4 if kind == "offer" and person.motive == "value" else 1.0
    if rng.random() < OPEN_CHANCE[person.motive] * keener:
        at += timedelta(minutes=5 + int(rng.expovariate(1 / 400)))
        rows.append((person.key, at, "opened", campaign, kind))
        if rng.random() < 0.22:
            rows.append((person.key, at + timedelta(minutes=1), "clicked", campaign, kind))
    return rows


def contacts_table(orders: list[Order], seed: int, as_of: date) -> pl.DataFrame:
    """Calls, mails and chats with the service team, columns as in CONTACTS, by time."""
    rng = dice(seed, "contacts")
    found: list[tuple[datetime, str | None, str, str]] = []
    for order in orders:
        if rng.random() < 0.085:
            at = moment(rng, order.at.date() + timedelta(days=1 + int(rng.random() * 20)))
            if at.date() < as_of:
                found.append((at, order.key, TOPICS.draw(rng), WAYS.draw(rng)))
    found.sort(key=lambda contact: (contact[0], contact[1] or ""))
    rows = [
        (f"K{number:06d}", key, at, topic, way, rng.random() < 0.8, COST_CENTS[way] + int(rng.random() * 400))
        for number, (at, key, topic, way) in enumerate(found, start=1)
    ]
    return table(rows, CONTACTS)


def surveys_table(orders: list[Order], contacts: pl.DataFrame, seed: int, as_of: date) -> pl.DataFrame:
    """Would you recommend us? Columns as in SURVEYS, by date; whoever had to call is less happy."""
    rng = dice(seed, "surveys")
    called = _contact_days(contacts)
    found: list[tuple[date, str, int, str | None]] = []
    for order in orders:
        if order.key and order.status == "paid" and rng.random() < 0.09:
            day = order.at.date() + timedelta(days=10 + int(rng.random() * 18))
            upset = any(0 <= (day - contact).days < 40 for contact in called.get(order.key, ()))
            score = rng.gauss(MEAN_NPS[order.person.motive] - (2.6 if upset else 0.0), 1.7)
            if day < as_of:
                found.append((day, order.key, min(max(round(score), 0), 10), rng.choice(COMMENTS)))
    found.sort(key=lambda answer: answer[:3])
    rows = [
        (f"S{number:05d}", key, day, nps, text) for number, (day, key, nps, text) in enumerate(found, start=1)
    ]
    return table(rows, SURVEYS)


def _contact_days(contacts: pl.DataFrame) -> Mapping[str, list[date]]:
    days: dict[str, list[date]] = {}
    for key, at in contacts.select("customer_id", "contacted_at").iter_rows():
        if key is not None:
            days.setdefault(key, []).append(at.date())
    return days


OUTLET: dict[str, Any] = {
    "Order No.": pl.String,
    "Customer": pl.String,
    "Bought at": MOMENT,
    "State": pl.String,
    "Items": pl.Int32,
    "Total (EUR)": MONEY,
}
CRM: dict[str, Any] = {
    "Account No.": pl.String,
    "Account Name": pl.String,
    "Region Code": pl.String,
    "Sector": pl.String,
    "Credit Limit": MONEY,
}
REGIONS: dict[str, Any] = {"Code": pl.String, "Region": pl.String, "Manager": pl.String}
REGION_ROWS = (
    ("N", "Nord", "Team Hamburg"), ("S", "Süd", "Team München"), ("AT", "Österreich", "Team Innsbruck"),
    ("CH", "Schweiz", "Team Zürich"),
)  # fmt: skip
SECTORS = ("alpine club", "school", "mountain rescue", "guide office", "")


def outlet_table(people: list[Person], seed: int, as_of: date) -> pl.DataFrame:
    """What the outlet shop, a system of its own, exports, columns as in OUTLET."""
    rng = dice(seed, "outlet")
    buyers = [person for person in people if rng.random() < 0.15]
    found = [
        (moment(rng, as_of - timedelta(days=1 + int(rng.random() * 700)), DAYTIME), person.key)
        for person in buyers
        for _ in range(1 + poisson(rng, 1.0))
    ]
    rows: list[tuple[Any, ...]] = []
    for number, (at, key) in enumerate(sorted(found), start=1):
        items = 1 + poisson(rng, 0.5)
        state = "Refunded" if rng.random() < 0.06 else "Completed"
        rows.append((f"OUT-{number:05d}", key, at, state, items, items * (1500 + int(rng.random() * 9000))))
    return table(rows, OUTLET)


def crm_table(people: list[Person], seed: int) -> pl.DataFrame:
    """What sales keeps on clubs and other organisations, columns as in CRM."""
    rng = dice(seed, "crm")
    codes = [code for code, _, _ in REGION_ROWS]
    rows = [
        (
            person.key,
            f"{rng.choice(('Bergfreunde', 'Sektion', 'École', 'Bergwacht'))} {person.key[-3:]}",
            rng.choice(codes),
            rng.choice(SECTORS) or None,
            100_000 * (1 + int(rng.random() * 20)),
        )
        for person in people
        if person.account_type == "club"
    ]
    return table(rows, CRM)


def regions_table() -> pl.DataFrame:
    """The CRM's list of sales regions, columns as in REGIONS."""
    return table(list(REGION_ROWS), REGIONS)
