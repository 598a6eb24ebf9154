"""The reference interpreter against examples worked out by hand: values, sources, traits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import reference
from tests.reference.clock import Clock, parse_instant, shift_date
from tests.reference.examples import Rows, at, chosen, order_rows, people, run, trait

# Values


def test_money_is_exact() -> None:
    orders = order_rows(("2026-01-01", 0.1), ("2026-01-02", 0.2), ("2026-01-03", None))
    assert trait({"sum": "orders.amount"}, orders) == Fraction(3, 10)
    assert chosen({"trait": "x", "is": Decimal("0.3")}, [{"id": 1}], orders, traits=[
        {"id": "x", "sum": "orders.amount"}
    ]) == [1]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        (0.125, 12),
        (0.375, 38),
        (1.015, 101),  # the product is 101.49999999999999
        (Decimal("1.005"), 100),
        (Decimal("1.015"), 102),
        (float("nan"), None),
    ],
)
def test_reading_money_rounds_half_even(cell: Any, cents: int | None) -> None:
    rows = [{"id": 1, "at": at("2026-01-01"), "amount": cell}]
    assert trait({"max": "orders.amount"}, rows) == (None if cents is None else Fraction(cents, 100))


def test_number_compares_through_nearest_doubles() -> None:
    rows = people("share", 0.1, 0.1 + 0.2, 0.3)
    assert chosen({"trait": "share", "is": Decimal("0.1")}, rows) == [0]
    assert chosen({"trait": "share", "more_than": Decimal("0.3")}, rows) == [1]


# Formulas


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7 // -2", -4),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("0.7 + 0.1", Fraction(8, 10)),
        ("1 / 3", 1 / 3),
        ("a / 0", None),
        ("2 ** 3", 8),
        ("0.5 ** 2", Fraction(1, 4)),
        ("-2 ** 2", -4),
        ("4 ** 0.5", 2.0),
        ("round(2.5)", 2),
        ("round(0.125, 2)", 0.12),
        ("floor(-0.5)", -1),
        ("sqrt(-1)", None),
        ("log(0)", None),
        ("missing + 1", None),
        ("coalesce(missing, 3)", 3),
        ("min(missing, 3)", 3),
        ("clip(5, 0, missing)", None),
        ("1 if missing > 1 else 2", 2),
        ("a > 1 or missing > 1", None),
        ("not (a == 1)", False),
        ("1 <= a < 2", True),
        ("`Net Value` * 2", 14),
        ("length(strip('\u00a0ä '))", 1),
        ("upper('ß') == 'SS'", True),
        ("year(today) * 100 + week(date(born))", 202653),
        ("quarter(born) + weekday(born)", 1 + 5),
        ("days_between(today, born)", -1915),
    ],
)
def test_formulas(text: str, value: Any) -> None:
    row = {"a": 1, "missing": None, "Net Value": 7, "born": date(2021, 1, 1)}
    rows = [{"id": 1, **row}, {"id": 2, "missing": 5}]
    result = run(customers=rows, traits=[{"id": "x", "formula": text}])
    found = result.traits["x"][1]
    assert (found, type(found)) == (value, type(value))


def test_hour_is_of_the_workspaces_zone() -> None:
    rows = [{"id": 1, "seen": datetime(2026, 7, 1, 22, 30, tzinfo=UTC)}]
    traits = [{"id": "x", "formula": "hour(seen)"}, {"id": "y", "formula": "date(seen)"}]
    result = run(customers=rows, traits=traits, timezone="Europe/Berlin")
    assert (result.traits["x"][1], result.traits["y"][1]) == (0, date(2026, 7, 2))


def test_approximate_traits() -> None:
    traits = [
        {"id": "root", "formula": "sqrt(4)"},
        {"id": "again", "formula": "root + 1"},
        {"id": "square", "formula": "2 ** 2"},
        {"id": "money", "mean": "orders.amount"},
        {"id": "weight", "sum": "orders.kg"},
        {"id": "heaviest", "max": "orders.kg"},
    ]
    rows = [{"id": 1, "at": at("2026-01-01"), "amount": 1, "kg": 0.5}]
    assert run(customers=[{"id": 1}], orders=rows, traits=traits).approximate == {"root", "again", "weight"}


# Traits of rows


def test_aggregates_without_rows() -> None:
    assert trait({"count": "orders"}, []) == 0
    assert trait({"sum": "orders.amount"}, []) == 0
    assert trait({"mean": "orders.amount"}, []) is None
    assert trait({"values": "orders.amount"}, []) == []
    assert trait({"share": "orders", "that": {"column": "amount", "more_than": 1}}, []) is None


def test_first_and_last_take_known_values_and_the_greatest_of_a_tie() -> None:
    orders = order_rows(
        ("2026-01-01", 5), ("2026-01-01", 7), ("2026-01-02", 1), ("2026-01-02", 2), ("2026-01-03", None)
    )
    assert trait({"first": "orders.amount"}, orders) == 7
    assert trait({"last": "orders.amount"}, orders) == 2


def test_middle_and_spread() -> None:
    orders = order_rows(("2026-01-01", 1), ("2026-01-01", 2), ("2026-01-04", 2), ("2026-01-10", 4))
    assert trait({"median": "orders.amount"}, orders) == 2.0
    assert trait({"std": "orders.amount"}, orders) == pytest.approx((4.75 / 3) ** 0.5)  # pyright: ignore[reportUnknownMemberType]
    assert trait({"most_common": "orders.amount"}, orders) == 2
    assert trait({"longest_gap_days": "orders"}, orders) == 6
    assert trait({"mean_gap_days": "orders"}, orders) == 4.5
    assert trait({"days_since_last": "orders"}, orders) == 80


def test_share_of_a_column() -> None:
    orders = order_rows(("2026-01-01", 30), ("2026-01-02", 10), ("2026-01-03", None))
    assert trait({"share": "orders.amount", "that": {"column": "amount", "more_than": 10}}, orders) == 0.75
    assert trait({"share": "orders", "that": {"column": "amount", "more_than": 10}}, orders) == 1 / 3
    assert (
        trait(
            {"share": "orders.amount", "that": {"column": "amount", "is": 1}}, order_rows(("2026-01-01", 0))
        )
        is None
    )


def test_rows_at_the_as_of_instant_are_not_seen() -> None:
    orders = order_rows(("2026-03-30T23:59:59.999999", 1), ("2026-03-31", 2), (None, 3))
    assert trait({"sum": "orders.amount"}, orders) == 1


@pytest.mark.parametrize(
    ("window", "counted"),
    [
        ({"within_last": "1 month"}, 1),  # from 28 February
        ({"within_last": "31 days"}, 1),
        ({"between_ago": ["3 months", "1 month"]}, 3),  # from 31 December
        ({"since": "2026-01-01", "until": "2026-02-28"}, 2),
        ({"since": "start of month"}, 0),
        ({"during": "last month"}, 2),
        ({"during": "last quarter"}, 1),
        ({"in_month": "2026-01"}, 1),
    ],
)
def test_windows(window: Mapping[str, Any], counted: int) -> None:
    orders = order_rows(("2025-12-31", 1), ("2026-01-01", 1), ("2026-02-27", 1), ("2026-02-28", 1))
    assert trait({"count": "orders", **window}, orders) == counted


def test_a_day_is_not_24_hours_across_a_clock_change() -> None:
    orders = order_rows(("2026-03-28T12:30", 1), ("2026-03-28T11:30", 1))
    settings: dict[str, Any] = {"timezone": "Europe/Berlin", "as_of": "2026-03-29T12:00"}
    assert trait({"count": "orders", "within_last": "1 day"}, orders, **settings) == 1
    assert trait({"count": "orders", "within_last": "24 hours"}, orders, **settings) == 2


def test_fiscal_quarters() -> None:
    clock = Clock(zone=ZoneInfo("UTC"), fiscal_month=2, instant=at("2026-03-31T00:00+00:00"))
    assert clock.start_of("quarter", clock.today) == date(2026, 2, 1)
    assert clock.start_of("year", date(2026, 1, 31)) == date(2025, 2, 1)


def test_months_end_where_they_end() -> None:
    assert shift_date(date(2024, 3, 31), (1, "month"), -1) == date(2024, 2, 29)
    assert shift_date(date(2024, 2, 29), (1, "year"), 1) == date(2025, 2, 28)
    assert shift_date(date(2026, 1, 31), (1, "quarter"), 1) == date(2026, 4, 30)


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2026-03-29T02:30", "2026-03-29T01:30"), ("2026-10-25T02:30", "2026-10-25T00:30")],
)
def test_local_times_that_are_not_there_or_twice(local: str, utc: str) -> None:
    assert parse_instant(local, ZoneInfo("Europe/Berlin")) == at(utc + "+00:00")


# Traits of traits


def test_buckets_and_percentiles() -> None:
    rows = people("v", 10, 20, 20, 30, None)
    traits = [
        {"id": "b", "bucket": {"of": "v", "into": 2}},
        {"id": "down", "bucket": {"of": "v", "into": 2, "ascending": False}},
        {"id": "p", "percentile": {"of": "v"}},
        {"id": "some", "percentile": {"of": "v", "among": {"trait": "v", "more_than": 10}}},
        {"id": "filled", "formula": "v", "default": 0},
        {"id": "first", "bucket": {"of": "filled", "into": 5}},
    ]
    found = run(customers=rows, traits=traits).traits
    assert list(found["b"].values()) == [1, 2, 2, 2, None]
    assert list(found["down"].values()) == [2, 2, 2, 1, None]
    assert list(found["p"].values()) == [0.25, 0.75, 0.75, 1.0, None]
    assert list(found["some"].values()) == [None, 2 / 3, 2 / 3, 1.0, None]
    assert list(found["first"].values()) == [2, 4, 4, 5, 1]


def test_bands_and_points() -> None:
    rows = people("v", -1, 0, 100, None)
    traits = [
        {"id": "band", "band": {"of": "v", "edges": {"low": 0, "mid": 100}}},
        {"id": "p", "points": [{"when": {"trait": "v", "at_least": 0}, "points": 30},
                               {"when": {"trait": "band", "is": "mid"}, "points": -20}]},
    ]  # fmt: skip
    found = run(customers=rows, traits=traits).traits
    assert list(found["band"].values()) == [None, "low", "mid", None]
    assert list(found["p"].values()) == [0, 30, 10, 0]


# Sources


LINES_AND_INVOICES: Mapping[str, Any] = {
    "products": {"path": "p.parquet", "lookup_key": "sku"},
    "lines": {
        "path": "l.parquet",
        "customer": "id",
        "time": "at",
        "lookup": [{"from": "products", "on": "sku", "columns": ["kind"]}],
        "columns": {
            "price": {"type": "decimal", "scale": 2, "from": "Unit price"},
            "value": {"formula": "n * price"},
        },
    },
    "invoices": {
        "from": "lines",
        "group_by": "no",
        "time": {"min": "at"},
        "columns": {
            "value": {"sum": "value"},
            "shoes": {"share": True, "that": {"column": "kind", "is": "shoe"}},
            "gap": {"days_since_previous": True},
        },
    },
}


def test_groups_lookups_and_days_since_previous() -> None:
    lines = [
        {"id": 1, "at": at("2026-01-01T10:00"), "no": "A", "sku": 1, "n": 2, "Unit price": 0.1},
        {"id": 1, "at": at("2026-01-01T11:00"), "no": "A", "sku": 9, "n": 1, "Unit price": 0.7},
        {"id": 1, "at": at("2026-01-05"), "no": "B", "sku": 1, "n": 1, "Unit price": 5.0},
        {"id": 2, "at": at("2026-01-05"), "no": "B", "sku": 1, "n": 1, "Unit price": 6.0},
        {"id": 2, "at": at("2026-01-06"), "no": None, "sku": 1, "n": 1, "Unit price": 7.0},
    ]
    traits = [
        {"id": "values", "values": "invoices.value"},
        {"id": "shoes", "min": "invoices.shoes"},
        {"id": "gap", "max": "invoices.gap"},
    ]
    tables = {"lines": lines, "products": [{"sku": 1, "kind": "shoe"}]}
    found = run(
        customers=[{"id": 1}, {"id": 2}], traits=traits, sources=LINES_AND_INVOICES, tables=tables
    ).traits
    assert found["values"] == {1: [Fraction(9, 10), 5], 2: [6]}
    assert found["shoes"] == {1: 0.5, 2: 1.0}
    assert found["gap"] == {1: 4, 2: None}


def test_customers_from_another_source() -> None:
    sources = {"customers": {"from": "orders", "key": "id"}}
    late: Rows = [{"id": 2, "at": at("2026-03-31"), "amount": 1}, {"id": 3, "at": None, "amount": 1}]
    orders = [*order_rows(("2026-01-01", 1), ("2026-03-31", 1)), *late]
    assert run(customers=[], orders=orders, sources=sources).customers == [1]


@pytest.mark.parametrize("keys", [[1, 1], [1, None]])
def test_faulty_customers(keys: list[Any]) -> None:
    with pytest.raises(reference.DataFault):
        run(customers=[{"id": key} for key in keys])
