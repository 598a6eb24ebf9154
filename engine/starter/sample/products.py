"""The range: what the outfitter sells."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import polars as pl

from segmentry.engine.starter.sample.table import MONEY, Weighted, dice, table

OWN_BRAND = "Gratwerk"
BRANDS = (OWN_BRAND, "Nordgrat", "Felswind", "Karhuva", "Isarlicht", "Tarnholm")
TIERS = ("basic", "standard", "premium")
TIER_FACTOR = {"basic": 0.62, "standard": 1.0, "premium": 1.75}
# Category: a standard price in euro, and how often it is bought.
CATEGORIES = {
    "boots": (129, 1.0),
    "jackets": (149, 1.1),
    "trousers": (79, 1.1),
    "packs": (89, 0.8),
    "tents": (269, 0.25),
    "climbing": (54, 0.7),
    "accessories": (24, 1.8),
    "care": (14, 0.9),
}
_VARIANTS = 2


@dataclass(frozen=True, slots=True)
class SampleProduct:
    product_id: str
    name: str
    category: str
    brand: str
    tier: str
    cents: int


PRODUCTS: dict[str, Any] = {
    "product_id": pl.String,
    "name": pl.String,
    "category": pl.String,
    "brand": pl.String,
    "tier": pl.String,
    "list_price": MONEY,
}


def make_products(seed: int) -> list[SampleProduct]:
    """Every category from every brand in every tier, in two variants."""
    rng = dice(seed, "products")
    combinations = [
        (category, brand, tier, variant)
        for category in CATEGORIES
        for brand in BRANDS
        for tier in TIERS
        for variant in range(_VARIANTS)
    ]
    return [_product(rng, number, *one) for number, one in enumerate(combinations, start=1)]


def _product(rng: Random, number: int, category: str, brand: str, tier: str, variant: int) -> SampleProduct:
    euros = CATEGORIES[category][0] * TIER_FACTOR[tier] * (0.85 + 0.3 * rng.random())
    name = f"{brand} {category} {tier} {'ÄÖ'[variant]}{number:03d}"
    return SampleProduct(
        f"P{number:04d}", name, category, brand, tier, int(euros) * 100 + rng.choice((0, 90, 95))
    )


def products_table(products: list[SampleProduct]) -> pl.DataFrame:
    """The products table, columns as in PRODUCTS, ascending by product_id."""
    rows = [(p.product_id, p.name, p.category, p.brand, p.tier, p.cents) for p in products]
    return table(rows, PRODUCTS)


def shelf(products: list[SampleProduct], brand: str, tier: str) -> Weighted[SampleProduct]:
    """What one brand has in one tier, drawn as often as its category is bought."""
    return Weighted({p: CATEGORIES[p.category][1] for p in products if (p.brand, p.tier) == (brand, tier)})
