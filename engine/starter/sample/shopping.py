"""What people bought and what they sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from segmentry.engine.starter.sample.people import Motive, Person
from segmentry.engine.starter.sample.products import BRANDS, OWN_BRAND, TIERS, SampleProduct, shelf
from segmentry.engine.starter.sample.table import (
    BUSIEST_MONTH,
    DAYTIME,
    EVENING,
    MOMENT,
    MONEY,
    MONTH_WEIGHTS,
    Weighted,
    dice,
    moment,
    poisson,
    table,
)

DISCOUNT_CHANCE: dict[Motive, float] = {
    "value": 0.74, "quality": 0.08, "convenience": 0.2, "loyalty": 0.17, "mixed": 0.3,
}  # fmt: skip
RETURN_CHANCE: dict[Motive, float] = {
    "value": 0.08, "quality": 0.04, "convenience": 0.08, "loyalty": 0.04, "mixed": 0.07,
}  # fmt: skip
TIER_TASTE: dict[Motive, Weighted[str]] = {
    "value": Weighted(dict(zip(TIERS, (0.6, 0.35, 0.05), strict=True))),
    "quality": Weighted(dict(zip(TIERS, (0.06, 0.26, 0.68), strict=True))),
    "convenience": Weighted(dict(zip(TIERS, (0.25, 0.6, 0.15), strict=True))),
    "loyalty": Weighted(dict(zip(TIERS, (0.22, 0.56, 0.22), strict=True))),
    "mixed": Weighted(dict(zip(TIERS, (0.33, 0.52, 0.15), strict=True))),
}
CHANNELS = ("web", "app", "store")
CHANNEL_TASTE: dict[Motive, Weighted[str]] = {
    "value": Weighted(dict(zip(CHANNELS, (0.7, 0.15, 0.15), strict=True))),
    "quality": Weighted(dict(zip(CHANNELS, (0.55, 0.1, 0.35), strict=True))),
    "convenience": Weighted(dict(zip(CHANNELS, (0.3, 0.65, 0.05), strict=True))),
    "loyalty": Weighted(dict(zip(CHANNELS, (0.35, 0.3, 0.35), strict=True))),
    "mixed": Weighted(dict(zip(CHANNELS, (0.6, 0.2, 0.2), strict=True))),
}
IN_A_HURRY = Weighted({"express": 0.55, "pick_up": 0.25, "standard": 0.2})
IN_NO_HURRY = Weighted({"standard": 0.82, "express": 0.08, "pick_up": 0.1})
REASONS = Weighted({"size": 0.45, "changed_mind": 0.25, "quality": 0.18, "too_late": 0.12})
COUPONS = {1: "NEWYEAR10", 2: "NEWYEAR10", 6: "SUMMER15", 7: "SUMMER15", 10: "AUTUMN10", 11: "BLACKWEEK20"}
GUEST_SHARE = 0.03
UNKNOWN_SHARE = 0.004
LATE_ORDERS = 24


@dataclass(frozen=True, slots=True)
class OrderLine:
    product: SampleProduct
    quantity: int
    unit_cents: int

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `key` is the customer as the shop wrote it down: none for guests, unknown if deleted."""

    order_id: str
    person: Person
    key: str | None
    at: datetime
    status: str
    channel: str
    delivery: str
    coupon: str | None
    first: bool
    lines: tuple[OrderLine, ...]

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def discount_cents(self) -> int:
        return sum(line.quantity * line.product.cents for line in self.lines) - self.cents


ORDERS: dict[str, Any] = {
    "order_id": pl.String,
    "customer_id": pl.String,
    "ordered_at": MOMENT,
    "status": pl.String,
    "channel": pl.String,
    "delivery": pl.String,
    "coupon": pl.String,
    "amount": MONEY,
    "discount": MONEY,
}
LINES: dict[str, Any] = {
    "order_id": pl.String,
    "line_no": pl.Int32,
    "customer_id": pl.String,
    "ordered_at": MOMENT,
    "status": pl.String,
    "product_id": pl.String,
    "quantity": pl.Int32,
    "unit_price": MONEY,
}
RETURNS: dict[str, Any] = {
    "return_id": pl.String,
    "order_id": pl.String,
    "customer_id": pl.String,
    "returned_at": MOMENT,
    "product_id": pl.String,
    "reason": pl.String,
    "refund": MONEY,
}

Shelves = Mapping[tuple[str, str], Weighted[SampleProduct]]


def make_orders(seed: int, people: list[Person], products: list[SampleProduct], as_of: date) -> list[Order]:
    """All orders by time, with a few from the morning after the as-of midnight, as a real export has them."""
    rng = dice(seed, "orders")
    shelves = {(brand, tier): shelf(products, brand, tier) for brand in BRANDS for tier in TIERS}
    moments: list[tuple[datetime, str, Person, bool]] = []
    for person in people:
        hours = EVENING if person.motive == "convenience" else DAYTIME
        for number, day in enumerate(_order_days(rng, person, as_of)):
            moments.append((moment(rng, day, hours), person.key, person, number == 0))
    regulars = [entry[2] for entry in moments[-4000:]]
    for person in rng.sample(regulars, min(LATE_ORDERS, len(regulars))):
        morning = datetime(as_of.year, as_of.month, as_of.day, 6) + timedelta(minutes=int(rng.random() * 200))
        moments.append((morning, person.key, person, False))
    moments.sort(key=lambda entry: entry[:2])
    return [
        _order(rng, f"O{number:07d}", person, at, first, shelves)
        for number, (at, _, person, first) in enumerate(moments, start=1)
    ]


def _order_days(rng: Random, person: Person, as_of: date) -> list[date]:
    """A first order soon after joining, then as often as the person buys, more in the busy months."""
    days: list[date] = []
    for start, end in person.stays:
        length = (end - start).days
        # Thinning by month keeps about two thirds of the candidates, hence the factor.
        candidates = poisson(rng, person.orders_a_year * 1.5 * length / 365)
        chosen = (start + timedelta(days=int(rng.random() * length)) for _ in range(candidates))
        days += [day for day in chosen if _likely(rng, person, day, as_of)]
        if not person.christmas_only:
            days.append(min(start + timedelta(days=int(rng.expovariate(1 / 8))), end - timedelta(days=1)))
    return sorted(days)


def _likely(rng: Random, person: Person, day: date, as_of: date) -> bool:
    if person.christmas_only:
        return day.month == 12 and day.day < 24
    trend = 1 + person.trend * max(0.0, 1 - (as_of - day).days / 730)
    return rng.random() < MONTH_WEIGHTS[day.month - 1] * trend / (BUSIEST_MONTH * 1.1)


def _order(rng: Random, order_id: str, person: Person, at: datetime, first: bool, shelves: Shelves) -> Order:
    sale = at.month in (1, 7, 11)
    discounted = rng.random() < DISCOUNT_CHANCE[person.motive] * (1.3 if sale else 0.95)
    percent = rng.choice((10, 10, 15, 20, 30)) if discounted else 0
    delivery = IN_A_HURRY if person.motive == "convenience" else IN_NO_HURRY
    channel = CHANNEL_TASTE[person.motive].draw(rng)
    return Order(
        order_id=order_id,
        person=person,
        key=_written_down(rng, person),
        at=at,
        status="cancelled" if rng.random() < 0.03 else "paid",
        channel=channel,
        delivery="in_store" if channel == "store" else delivery.draw(rng),
        coupon=_coupon(rng, at, first) if percent else None,
        first=first,
        lines=tuple(_line(rng, person, percent, shelves) for _ in range(1 + poisson(rng, 0.9))),
    )


def _written_down(rng: Random, person: Person) -> str | None:
    chance = rng.random()
    if chance < GUEST_SHARE:
        return None
    return f"X{person.key[1:]}" if chance < GUEST_SHARE + UNKNOWN_SHARE else person.key


def _coupon(rng: Random, at: datetime, first: bool) -> str | None:
    if first:
        return "WELCOME10"
    return COUPONS.get(at.month, "CLUB5") if rng.random() < 0.7 else None


def _line(rng: Random, person: Person, percent: int, shelves: Shelves) -> OrderLine:
    faithful = 0.72 if person.motive == "loyalty" else 0.08
    brand = OWN_BRAND if rng.random() < faithful else rng.choice(BRANDS)
    product = shelves[brand, TIER_TASTE[person.motive].draw(rng)].draw(rng)
    small = product.category in ("accessories", "care")
    quantity = 1 + (int(rng.random() * 3) if small and rng.random() < 0.3 else 0)
    return OrderLine(product, quantity, product.cents * (100 - percent) // 100)


def orders_table(orders: list[Order]) -> pl.DataFrame:
    """The orders table, columns as in ORDERS, by time."""
    rows = [
        (o.order_id, o.key, o.at, o.status, o.channel, o.delivery, o.coupon, o.cents, o.discount_cents)
        for o in orders
    ]
    return table(rows, ORDERS)


def lines_table(orders: list[Order]) -> pl.DataFrame:
    """What was in the orders, columns as in LINES, by time; prices are those paid, after discount."""
    rows = [
        (o.order_id, number, o.key, o.at, o.status, line.product.product_id, line.quantity, line.unit_cents)
        for o in orders
        for number, line in enumerate(o.lines, start=1)
    ]
    return table(rows, LINES)


def returns_table(orders: list[Order], seed: int, as_of: date) -> pl.DataFrame:
    """What was sent back and refunded, columns as in RETURNS, in the order of the sales."""
    rng = dice(seed, "returns")
    end = datetime(as_of.year, as_of.month, as_of.day, 9)
    rows: list[tuple[Any, ...]] = []
    for order in orders:
        chance = RETURN_CHANCE[order.person.motive] * (2.5 if order.first else 1.0)
        for line in order.lines:
            at = order.at + timedelta(days=4 + int(rng.random() * 24), minutes=int(rng.random() * 90))
            if order.status == "paid" and rng.random() < chance and at < end:
                product = line.product.product_id
                number = f"R{len(rows) + 1:06d}"
                rows.append((number, order.order_id, order.key, at, product, REASONS.draw(rng), line.cents))
    return table(rows, RETURNS)
