"""Small workspaces for examples that are worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests import reference

Rows = list[dict[str, Any]]


def run(
    *,
    customers: Rows,
    orders: Rows | None = None,
    traits: list[dict[str, Any]] | None = None,
    rules: Mapping[str, Any] | None = None,
    sources: Mapping[str, Any] | None = None,
    tables: Mapping[str, Rows] | None = None,
    as_of: str = "2026-03-31",
    **workspace: Any,
) -> reference.Result:
    """A workspace of customers and their orders; more sources, rules and settings on top."""
    columns = {"amount": {"type": "decimal", "scale": 2}, "at": {"type": "datetime"}}
    specs: dict[str, Any] = {
        "customers": {"path": "c.parquet", "key": "id"},
        "orders": {"path": "o.parquet", "customer": "id", "time": "at", "columns": columns},
        **(sources or {}),
    }
    files = {
        "segmentry.yaml": {"version": 1, "sources": specs, **workspace},
        "rules/traits.yaml": {"traits": traits or []},
        **({"rules/s.yaml": rules} if rules else {}),
    }
    return reference.evaluate(
        files, {"customers": customers, "orders": orders or [], **(tables or {})}, as_of
    )


def chosen(when: Mapping[str, Any], rows: Rows, orders: Rows | None = None, **settings: Any) -> list[Any]:
    """The keys for which a condition holds."""
    rules = {"segmentation": "s", "assign": "every_match", "segments": [{"id": "a", "when": when}]}
    result = run(customers=rows, orders=orders, rules=rules, **settings)
    return [key for key, ids in result.memberships["s"].items() if ids]


def people(column: str, *values: Any) -> Rows:
    return [{"id": index, column: value} for index, value in enumerate(values)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def order_rows(*rows: tuple[str | None, float | None]) -> Rows:
    return [{"id": 1, "at": time and at(time), "amount": amount} for time, amount in rows]


def trait(spec: Mapping[str, Any], orders: Rows, **settings: Any) -> Any:
    result = run(customers=[{"id": 1}], orders=orders, traits=[{"id": "x", **spec}], **settings)
    return result.traits["x"][1]
