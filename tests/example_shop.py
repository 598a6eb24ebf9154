"""A small shop in which the examples of the registries have a meaning, for the engine and the reference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from segmentry.engine.language.kinds.entry import RowKind, TraitKind
from tests.strategies import Case

_NAMES = ("id", "city", "balance", "limit", "nps", "rate", "discount_share", "vip", "tags")

_CUSTOMERS: list[dict[str, Any]] = [
    {**dict(zip(_NAMES, values, strict=True)), "birth_date": born, "signed_up_at": signed_up}
    for values, born, signed_up in (
        (
            (1, "St. Pölten", Decimal("-120.5"), 50, 7, 0.5, 0.25, True, ["boots", "tents"]),
            date(1990, 2, 27),
            datetime(2025, 12, 6, 22, 30, tzinfo=UTC),
        ),
        (
            (2, " Amsterdam", Decimal(15), 10, 120, 2.5, None, False, ["lamps"]),
            date(2001, 11, 30),
            datetime(2026, 2, 27, 8, tzinfo=UTC),
        ),
        ((3, *[None] * (len(_NAMES) - 1)), None, None),
    )
]

_ORDERS: list[dict[str, Any]] = [
    {
        "id": who,
        "ordered_at": datetime(*day, 10, tzinfo=UTC),
        "amount": Decimal(amount),
        "category": category,
        "channel": channel,
        "discount": Decimal(discount),
    }
    for who, day, amount, category, channel, discount in (
        (1, (2025, 6, 1), "10.1", "boots", "shop", "0"),
        (1, (2025, 9, 11), "40.3", "tents", "web", "2.5"),
        (1, (2026, 1, 3), "23.7", "boots", "web", "0"),
        (1, (2026, 2, 1), "99", "lamps", "web", "9"),
        (2, (2026, 2, 20), "5", "tents", "shop", "1"),
    )
]


def example_keys(kind: TraitKind) -> dict[str, Any]:
    """What has to stand beside the example of a kind of trait."""
    if not isinstance(kind, RowKind):
        return {}
    keys: dict[str, Any] = {"n": 1} if "n" in kind.required else {}
    return keys | {"that": {"column": "discount", "more_than": 0}} if kind.needs_that else keys


MANY_ORDERS = 1
"""The customer with four orders, so that no sum, mean or median of them is one of the values."""

TABLES = {"customers": _CUSTOMERS, "orders": _ORDERS}

_DTYPES = {
    "customers": {
        "id": "Int64",
        "city": "String",
        "balance": "Decimal3",
        "limit": "Int64",
        "nps": "Int64",
        "rate": "Float64",
        "discount_share": "Float64",
        "vip": "Boolean",
        "tags": "List",
        "birth_date": "Date",
        "signed_up_at": "DatetimeUTC",
    },
    "orders": {
        "id": "Int64",
        "ordered_at": "DatetimeUTC",
        "amount": "Decimal3",
        "category": "String",
        "channel": "String",
        "discount": "Decimal3",
    },
}

_TYPES = {
    "Int64": "integer",
    "String": "string",
    "Float64": "number",
    "Boolean": "boolean",
    "List": "list",
    "Date": "date",
    "DatetimeUTC": "datetime",
}

_TRAITS: list[dict[str, Any]] = [
    {"id": "spend", "sum": "orders.amount"},
    {"id": "orders", "count": "orders"},
    {"id": "orders_12m", "count": "orders", "within_last": "12 months"},
]


def _contracts(source: str) -> dict[str, Any]:
    personal = {"pii": "quasi"} if source == "orders" else {}
    types = {
        name: {"type": "decimal", "scale": 3} if dtype == "Decimal3" else {"type": _TYPES[dtype]}
        for name, dtype in _DTYPES[source].items()
    }
    return {name: {**kind, **personal} for name, kind in types.items()}


def example_shop(
    trait: Mapping[str, Any] | None = None,
    when: Mapping[str, Any] | None = None,
    sources: Mapping[str, Any] | None = None,
) -> Case:
    """The shop, with one more trait, a segment `chosen` and more sources. All columns of orders are quasi
    identifiers."""
    links = {"customers": {"key": "id"}, "orders": {"customer": "id", "time": "ordered_at"}}
    specs = {
        name: {"path": f"data/{name}.parquet", **link, "columns": _contracts(name)}
        for name, link in links.items()
    }
    files: dict[str, Any] = {
        "segmentry.yaml": {
            "version": 1,
            "name": "Sample",
            "timezone": "Europe/Vienna",
            "sources": {**specs, **(sources or {})},
        },
        "rules/traits.yaml": {"traits": [*_TRAITS, *([] if trait is None else [dict(trait)])]},
    }
    if when is not None:
        segments = [{"id": "chosen", "when": dict(when)}]
        files["rules/picked.yaml"] = {"segmentation": "picked", "assign": "every_match", "segments": segments}
    return Case(files, TABLES, "2026-03-01", _DTYPES)
