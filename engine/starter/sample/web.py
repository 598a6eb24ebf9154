"""What people did on the site and in the app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from segmentry.engine.starter.sample.people import Motive, Person
from segmentry.engine.starter.sample.products import SampleProduct
from segmentry.engine.starter.sample.shopping import Order
from segmentry.engine.starter.sample.table import MOMENT, Weighted, dice, moment, poisson, table

EVENT_DAYS = 400
VIEWS: dict[Motive, float] = {
    "value": 4.0, "quality": 5.0, "convenience": 1.2, "loyalty": 2.2, "mixed": 2.8,
}  # fmt: skip
VISITS_A_YEAR: dict[Motive, float] = {
    "value": 9.0, "quality": 7.0, "convenience": 4.0, "loyalty": 7.0, "mixed": 5.0,
}  # fmt: skip
DEVICES = Weighted({"mobile": 0.58, "desktop": 0.34, "tablet": 0.08})
QUERIES = (
    "wanderstöcke",
    "softshell herren",
    "zelt 2 personen",
    "klettergurt",
    "schuhe imprägnieren",
    "merino",
    "regenjacke damen",
    "gaiters",
    "daypack 20l",
    "crash pad",
    "SALE",
    "größentabelle",
)
ANONYMOUS_SHARE = 0.05

EVENTS: dict[str, Any] = {
    "customer_id": pl.String,
    "user_id": pl.String,
    "happened_at": MOMENT,
    "event": pl.String,
    "product_id": pl.String,
    "query": pl.String,
    "device": pl.String,
}
Step = tuple[int, str, str | None, str | None]  # minutes from the start, event, product, query


def events_table(
    people: list[Person], orders: list[Order], products: list[SampleProduct], seed: int, as_of: date
) -> pl.DataFrame:
    """The events of the last 400 days, columns as in EVENTS, by time; `happened_at` is in UTC."""
    rng = dice(seed, "events")
    since = datetime(as_of.year, as_of.month, as_of.day) - timedelta(days=EVENT_DAYS)
    rows: list[tuple[Any, ...]] = []
    for order in orders:
        if order.channel != "store" and order.at >= since:
            steps = list(_towards(rng, order, products))
            start = order.at - timedelta(minutes=steps[-1][0])
            rows += _visit(rng, order.person, start, steps)
    for person in people:
        for at in _visits(rng, person, since, as_of):
            rows += _visit(rng, person, at, list(_browsing(rng, person, products)))
    local = pl.col("happened_at").dt.replace_time_zone("Europe/Berlin", ambiguous="earliest")
    in_order = table(rows, EVENTS).sort("happened_at", "user_id", "event", "product_id", maintain_order=True)
    return in_order.with_columns(local.dt.convert_time_zone("UTC"))


def _visit(rng: Random, person: Person, start: datetime, steps: list[Step]) -> Iterator[tuple[Any, ...]]:
    user = f"{person.key}-{1 + int(rng.random() * person.users)}"
    key = None if rng.random() < ANONYMOUS_SHARE else person.key
    device = DEVICES.draw(rng)
    for minutes, event, product, query in steps:
        yield key, user if key else None, start + timedelta(minutes=minutes), event, product, query, device


def _towards(rng: Random, order: Order, products: list[SampleProduct]) -> Iterator[Step]:
    """A visit that ends in the order: look around, fill the cart, check out, buy."""
    minute = 0
    for minute in range(1, 1 + poisson(rng, VIEWS[order.person.motive])):
        yield minute, "view", rng.choice(products).product_id, None
    bought = sorted({line.product.product_id for line in order.lines})
    for number, product in enumerate(bought, start=minute + 1):
        yield number, "view", product, None
        yield number + 1, "add_to_cart", product, None
    minute += len(bought) + 2
    yield minute, "checkout", None, None
    if order.status == "paid":
        for product in bought:
            yield minute + 1, "purchase", product, None


def _visits(rng: Random, person: Person, since: datetime, as_of: date) -> Iterator[datetime]:
    """When someone looks in without buying; those who drifted away still do so now and then."""
    first = max(since.date(), person.joined)
    days = (as_of - first).days
    here = bool(person.stays) and person.stays[-1][1] >= as_of
    yearly = VISITS_A_YEAR[person.motive] * (1.0 if here else 0.12) * (1 + 0.5 * (person.users - 1))
    for _ in range(poisson(rng, yearly * days / 365)):
        yield moment(rng, first + timedelta(days=int(rng.random() * days)))


def _browsing(rng: Random, person: Person, products: list[SampleProduct]) -> Iterator[Step]:
    """A visit without an order: some search, some leave a full cart, some turn back at the checkout."""
    if rng.random() < 0.25:
        yield 0, "search", None, rng.choice(QUERIES)
    seen = [rng.choice(products).product_id for _ in range(1 + poisson(rng, VIEWS[person.motive]))]
    for minute, product in enumerate(seen, start=1):
        yield minute, "view", product, None
    if rng.random() < 0.22:
        yield len(seen) + 1, "add_to_cart", seen[-1], None
        if rng.random() < 0.3:
            yield len(seen) + 3, "checkout", None, None
