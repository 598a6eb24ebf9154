"""The three tables: their columns and types, and how Polars scans them in each form of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from bench.form import Form

TABLES: dict[str, dict[str, str]] = {
    "customers": {"customer_id": "key", "country": "text", "consent_email": "flag", "signed_up": "day"},
    "orders": {
        "order_id": "integer",
        "customer_id": "key",
        "ordered_at": "time",
        "status": "text",
        "amount": "money",
        "discount": "money",
        "category": "text",
        "channel": "text",
        "coupon": "text",
        "items": "integer",
    },
    "events": {
        "event_id": "integer",
        "customer_id": "key",
        "at": "time",
        "kind": "text",
        "category": "text",
        "device": "text",
        "duration_s": "integer",
    },
}
NEEDED = {
    "customers": ("customer_id", "country", "consent_email"),
    "orders": (
        *("customer_id", "ordered_at", "status", "amount", "discount", "category", "channel", "coupon"),
    ),
    "events": ("customer_id", "at", "kind", "category", "device"),
}
"""The columns that the traits and segments read."""


def pattern(data: Path, table: str, form: Form) -> Path:
    """The files of a table."""
    return data / table / f"*.{form.files}"


def schema(table: str, form: Form) -> dict[str, Any]:
    """The table's columns as Polars types."""
    types: dict[str, Any] = {
        "key": pl.String if form.keys == "text" else pl.Int64,
        "text": pl.String,
        "integer": pl.Int64,
        "money": pl.Decimal(12, 2),
        "flag": pl.Boolean,
        "day": pl.Date,
        "time": pl.Datetime("us") if form.zone == "UTC" else pl.Datetime("us", "UTC"),
    }
    return {name: types[kind] for name, kind in TABLES[table].items()}


def scan(data: Path, table: str, form: Form) -> pl.LazyFrame:
    """The table as a competent analyst reads it: with its schema, money exact."""
    files = pattern(data, table, form)
    if form.files == "parquet":
        return pl.scan_parquet(files)
    types = schema(table, form)
    if form.files == "csv":
        return pl.scan_csv(files, schema=types)
    # Polars reads no decimals from JSON; money stands there as text.
    money = [name for name, kind in TABLES[table].items() if kind == "money"]
    read = pl.scan_ndjson(files, schema=types | dict.fromkeys(money, pl.String))
    return read.with_columns(pl.col(money).cast(pl.Decimal(12, 2)))
