"""Small invented audiences for the tests of facts and briefs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from segmentry.engine.privacy import PrivacySettings
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)

TRAITS = (
    TraitInfo("country", "string", description="Country"),
    TraitInfo("orders_12m", "integer", description="Paid orders in the last 12 months"),
    TraitInfo("spend_12m", "decimal", 2, "EUR", "Spend in the last 12 months", value=True),
    TraitInfo("discount_share", "number", description="Share of orders with a discount"),
    TraitInfo("average_order", "number", unit="EUR", description="Average order value"),
    TraitInfo("days_since_order", "integer", unit="days", description="Days since the last order"),
    TraitInfo("consent_email", "boolean", description="Agreed to e-mail"),
    TraitInfo("signup_date", "date", description="Customer since"),
    TraitInfo("email", "string", pii="direct"),
)

VALUE: dict[str, Any] = {
    "needs": ["To know that the price is fair", "To plan purchases around an offer"],
    "promise": "Good gear without paying for the name",
    "proof": ["Prices compared with five shops every week"],
    "tone": ["clear", "friendly"],
    "offer": "autumn-10",
    "channels": ["email", "sms"],
}

SEGMENTS = (
    SegmentInfo("value-driven", "Value-driven", "Buys on price.", "motive", "first_match",
                positioning=VALUE),
    SegmentInfo("quality-focused", "Quality-focused", "Chooses what lasts.", "motive", "first_match",
                positioning={"promise": "Gear that is with you for years", "tone": ["calm"]}),
    SegmentInfo("everyone-else", "Not yet clear", None, "motive", "first_match", is_otherwise=True),
    SegmentInfo("readers", "Newsletter readers", None, "habits", "every_match"),
    SegmentInfo("tiny", "Tiny", None, "habits", "every_match"),
)  # fmt: skip

_DISCOUNT = {"value-driven": 0.62, "quality-focused": 0.12, "everyone-else": 0.3}
_BASKET = {"value-driven": 48.0, "quality-focused": 140.0, "everyone-else": 60.0}
_DAY = date(2026, 10, 30)


def population(customers: int = 600, seed: int = 1, **changes: Any) -> Population:
    """An audience with two strong motives, a rest, an overlapping habit and a segment of four."""
    dice = random.Random(seed)
    rows = [_customer(dice, number) for number in range(customers)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    traits = frame.drop("motive", "readers", "tiny").with_columns(pl.col("spend_12m") / 100)
    traits = traits.with_columns(pl.col("spend_12m").cast(pl.Decimal(18, 2)))
    members = frame.select("customer_id", "motive", "readers", "tiny")
    made = Population(
        traits, members, TRAITS, SEGMENTS, AS_OF, "Alpine Outfitters", "EUR", "en", "Europe/Berlin",
        PrivacySettings(), "0" * 64,
    )  # fmt: skip
    return replace(made, **changes)


def _customer(dice: random.Random, number: int) -> dict[str, Any]:
    motive = dice.choices(list(_DISCOUNT), [0.35, 0.25, 0.4])[0]
    orders = dice.randint(0, 9)
    basket = max(5.0, dice.gauss(_BASKET[motive], 15))
    return {
        "customer_id": f"C{number:05}",
        "country": dice.choices(["DE", "AT", "CH", None], [0.6, 0.2, 0.15, 0.05])[0],
        "orders_12m": orders,
        "spend_12m": round(orders * basket * 100),
        "discount_share": min(1.0, max(0.0, dice.gauss(_DISCOUNT[motive], 0.15))) if orders else None,
        "average_order": basket if orders else None,
        "days_since_order": dice.randint(1, 300) if orders else None,
        "consent_email": dice.random() < 0.6,
        "signup_date": _DAY - timedelta(days=dice.randint(0, 1500)),
        "email": f"c{number}@example.org",
        "motive": motive,
        "readers": dice.random() < 0.3,
        "tiny": number < 4,
    }
