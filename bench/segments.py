"""Any number of segments of the kinds that marketers keep: value tiers, lifecycle, motives, campaigns."""

from __future__ import annotations

import random
from collections.abc import Callable

from bench.conditions import (
    BEHAVIOURS,
    All,
    AnyOf,
    Condition,
    Did,
    Flag,
    Grown,
    Member,
    NoneOf,
    Number,
    Operator,
    Segment,
    Segmentation,
    Text,
    Top,
)
from bench.form import Form
from bench.vocabulary import CATEGORIES, CHANNELS, COUNTRIES, DEVICES

PER_FILE = 50
Draw = Callable[[random.Random], Condition]


def _both(*parts: Condition) -> Condition:
    return All(parts)


def _n(trait: str, operator: Operator, value: float) -> Condition:
    return Number(trait, operator, value)


VALUE_TIER = Segmentation(
    "value-tier",
    True,
    (
        Segment(
            "champions",
            _both(_n("monetary_score", "at_least", 5), _n("recency_score", "at_least", 4)),
        ),
        Segment("big-spenders", AnyOf((Top("spend_12m", 10), _n("largest_order", "at_least", 400)))),
        Segment("loyal", _both(_n("orders_12m", "at_least", 4), _n("recency_score", "at_least", 3))),
        Segment("promising", _both(_n("orders_12m", "at_least", 1), _n("tenure_days", "at_most", 180))),
        Segment("steady", _both(_n("monetary_score", "at_least", 3))),
        Segment("small", _both(_n("orders_12m", "at_least", 1))),
    ),
)
LIFECYCLE = Segmentation(
    "lifecycle",
    True,
    (
        Segment("newcomer", _both(_n("tenure_days", "at_most", 90))),
        Segment("active", _both(_n("days_since_order", "at_most", 120))),
        Segment(
            "cooling",
            _both(_n("days_since_order", "at_most", 240), _n("orders_total", "at_least", 2)),
        ),
        Segment("at-risk", _both(_n("days_since_order", "at_most", 365))),
        Segment("lapsed", _both(_n("orders_total", "at_least", 1))),
    ),
)


def _number(trait: str, *values: float) -> Draw:
    def draw(rng: random.Random) -> Condition:
        return Number(trait, rng.choice(("at_least", "more_than")), rng.choice(values))

    return draw


def _text(trait: str, values: tuple[str, ...]) -> Draw:
    def draw(rng: random.Random) -> Condition:
        return Text(trait, tuple(rng.sample(values, rng.choice((1, 1, 2)))))

    return draw


def _did(rng: random.Random) -> Condition:
    return Did(rng.choice(sorted(BEHAVIOURS)), rng.choice((0, 1, 1, 2)))


def _top(rng: random.Random) -> Condition:
    return rng.choice(
        (Top("spend_12m", 20), Top("spend_12m", 10, True), Top("orders_total", 10), Top("views_30d", 25))
    )


def _recent(rng: random.Random) -> Condition:
    return _n("days_since_order", rng.choice(("at_most", "less_than")), rng.choice((30, 60, 90, 180)))


_MEDIAN = _number("median_amount", 30.003, 60.003)
# Quotients meet figures that doubles hold exactly, so that a contender's way to divide can't matter.
DRAWS: tuple[Draw, ...] = (
    _number("orders_12m", 1, 2, 3, 5),
    _number("orders_90d", 1, 2),
    _number("spend_12m", 49.95, 120, 250.5, 400),
    _number("spend_total", 100, 333.33, 900),
    _number("average_order", 40, 65, 90),
    _number("mean_amount", 35, 55, 80),
    _MEDIAN,
    _number("discount_share", 0.2, 0.3, 0.5),
    _number("refund_share", 0.25, 0.5),
    _number("store_share", 0.25, 0.5),
    _number("click_share", 0.2, 0.4),
    _number("growth", 1, 2),
    _number("distinct_categories", 2, 4, 6),
    _number("categories_seen_90d", 1, 2, 3),
    _number("coupon_orders", 1, 2),
    _number("views_30d", 1, 2, 4),
    _number("carts_30d", 1, 2),
    _number("opens_90d", 1, 3),
    _number("events_90d", 2, 5, 9),
    _number("days_since_event", 14, 60),
    _number("monetary_score", 2, 3, 4),
    _number("recency_score", 2, 3, 4),
    _text("country", COUNTRIES),
    _text("first_category", CATEGORIES),
    _text("last_category", CATEGORIES),
    _text("last_channel", CHANNELS),
    _text("last_device", DEVICES),
    lambda rng: Flag("consent_email"),
    lambda rng: Grown(rng.choice((8, 10, 12, 15))),
    _recent,
    _did,
    _did,
    _top,
)


def _campaign(rng: random.Random, draws: tuple[Draw, ...]) -> Condition:
    drawn = [draw(rng) for draw in rng.sample(draws, rng.randint(2, 5))]
    parts = [AnyOf(tuple(drawn[2:])), *drawn[:2]] if len(drawn) > 3 else drawn
    if rng.random() < 0.3:
        parts.append(NoneOf((Member("lifecycle", rng.choice(("lapsed", "newcomer"))), _excluded(rng))))
    if rng.random() < 0.2:
        parts.append(Member("value-tier", rng.choice(("champions", "loyal", "steady"))))
    return All(tuple(parts))


def _excluded(rng: random.Random) -> Condition:
    """A leaf to be excluded: its trait may be missing, so the negation shows how missing is treated."""
    return rng.choice((Text("last_channel", ("phone",)), _n("refund_share", "at_least", 0.5)))


def _motives(rng: random.Random, name: str, draws: tuple[Draw, ...]) -> Segmentation:
    segments = (Segment(f"{name}-{i}", All((draws[i](rng), draws[i + 10](rng)))) for i in range(10))
    return Segmentation(name, True, tuple(segments))


def segmentations(count: int, form: Form, *, seed: int = 11) -> tuple[Segmentation, ...]:
    """So many segments: two fixed first-match files, one of ten motives per hundred, campaigns for the rest.

    Over finished traits no condition asks for behaviours, and none for a median that is not there. Raises
    ValueError below eleven segments.
    """
    rng = random.Random(seed)
    fixed = (VALUE_TIER, LIFECYCLE)
    draws = tuple(
        d for d in DRAWS if not (d is _did and form.rules) and not (d is _MEDIAN and not form.median)
    )
    motives = tuple(_motives(rng, f"motive-{m}", draws) for m in range(count // 100))
    left = count - sum(len(s.segments) for s in (*fixed, *motives))
    if left < 0:
        raise ValueError(f"at least {count - left} segments are needed")
    campaigns = [Segment(f"campaign-{i}", _campaign(rng, draws)) for i in range(left)]
    files = tuple(
        Segmentation(f"campaigns-{start // PER_FILE}", False, tuple(campaigns[start : start + PER_FILE]))
        for start in range(0, left, PER_FILE)
    )
    return (*fixed, *motives, *files)
