"""The reference interpreter against examples worked out by hand: conditions and segmentations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.reference.examples import chosen, order_rows, people, run
from tests.reference.patterns import search

# Conditions


@pytest.mark.parametrize(
    ("leaf", "keys"),
    [
        ({"is_not": "DE"}, [1, 2]),
        ({"is_not": "DE", "missing": "include"}, [1, 2, 3]),
        ({"is": "de", "ignore_case": True}, [0]),
        ({"is": "ｄ\u200be", "fold": True}, [0]),
        ({"in": ["DE", "CH"]}, [0]),
        ({"not_contains": ["D", "A"]}, [2]),
        ({"blank": True}, [2, 3]),
        ({"blank": False}, [0, 1]),
        ({"known": False}, [3]),
        ({"matches": "^[A-C].$"}, [1]),
        ({"known": True, "is": "AT"}, [1]),
    ],
)
def test_text_operators(leaf: Mapping[str, Any], keys: list[int]) -> None:
    assert chosen({"trait": "country", **leaf}, people("country", "DE", "AT", " ", None)) == keys


def test_negation_is_of_plain_truth() -> None:
    rows = people("v", 1, 2, None)
    assert chosen({"not": {"trait": "v", "is": 1}}, rows) == [1, 2]
    assert chosen({"none": [{"trait": "v", "is": 1}, {"trait": "v", "known": False}]}, rows) == [1]


def test_comparison_with_another_trait() -> None:
    rows = [{"id": 1, "a": 13, "b": 10}, {"id": 2, "a": 12, "b": 10}, {"id": 3, "a": 1, "b": None}]
    other = {"trait": "b", "times": Decimal("1.2"), "plus": 0}
    assert chosen({"trait": "a", "more_than": other}, rows) == [1]
    assert chosen({"trait": "a", "not_between": [other, 20]}, rows) == []
    assert chosen({"trait": "a", "more_than": other, "missing": "include"}, rows) == [1, 3]


@pytest.mark.parametrize(
    ("leaf", "keys"),
    [
        ({"within_last": "7 days"}, [1, 2]),
        ({"within_next": "7 days"}, [3]),
        ({"more_than_ago": "7 days"}, [0]),
        ({"more_than_ahead": "7 days"}, [4]),
        ({"before": "yesterday"}, [0, 1]),
        ({"between": ["2026-03-24", "today"]}, [1, 2, 3]),
        ({"on_or_after": "in 7 days"}, [4]),
        ({"weekday_in": ["tuesday", 1]}, [0, 1, 2, 3, 4]),
        ({"month_in": ["April"]}, [4]),
    ],
)
def test_date_operators(leaf: Mapping[str, Any], keys: list[int]) -> None:
    days = [date(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 7)]
    assert chosen({"trait": "d", **leaf}, people("d", *days)) == keys


def test_a_datetime_is_reduced_to_its_local_date() -> None:
    rows = people("t", datetime(2026, 3, 30, 22, 30, tzinfo=UTC), datetime(2026, 3, 30, 21, 30, tzinfo=UTC))
    assert chosen({"trait": "t", "is": "2026-03-31"}, rows, timezone="Europe/Berlin") == [0]
    assert chosen({"trait": "t", "within_last": "1 hour"}, rows, timezone="Europe/Berlin") == [1]
    assert chosen({"trait": "t", "within_next": "1 hour"}, rows, timezone="Europe/Berlin") == [0]


def test_anniversaries() -> None:
    days = [date(2004, 2, 29), date(1990, 3, 1), date(1990, 2, 28), date(1990, 3, 2)]
    rows = people("born", *days)
    near = {"trait": "born", "anniversary_within_next": "2 days"}
    assert chosen(near, rows, as_of="2026-02-28") == [0, 1, 2]
    assert chosen(near, rows, as_of="2028-02-28") == [0, 2]
    assert chosen({"trait": "born", "anniversary_within_last": "1 day"}, rows, as_of="2026-03-01") == [0, 2]


def test_lists() -> None:
    rows = people("tags", ["a", None, "b"], ["c"], [], None)
    assert chosen({"trait": "tags", "includes_any": ["a", "c"]}, rows) == [0, 1]
    assert chosen({"trait": "tags", "includes_all": ["a", "b"]}, rows) == [0]
    assert chosen({"trait": "tags", "includes_none": ["a"]}, rows) == [1, 2]
    assert chosen({"trait": "tags", "size": {"at_least": 1, "at_most": 1}}, rows) == [1]


def test_top_and_bottom() -> None:
    rows = people("v", 10, 20, 20, 30, None)
    assert chosen({"trait": "v", "top": "25%"}, rows) == [3]
    assert chosen({"trait": "v", "top": "26%"}, rows) == [1, 2, 3]
    assert chosen({"trait": "v", "bottom": 2}, rows) == [0, 1, 2]
    among = {"trait": "v", "less_than": 30, "missing": "include"}
    assert chosen({"trait": "v", "top": 1, "among": among, "missing": "include"}, rows) == [1, 2, 4]


def test_rank_within_each_value_of_another_trait() -> None:
    rows = [{"id": i, "v": v, "g": g} for i, (v, g) in enumerate([(1, "a"), (2, "a"), (1, None), (0, None)])]
    assert chosen({"trait": "v", "top": 1, "per": "g"}, rows) == [1, 2]


def test_times_counts_never() -> None:
    orders = order_rows(("2026-01-01", 1), ("2026-01-02", 2), ("2026-01-03", 3))
    rows = [{"id": 1}, {"id": 2}]
    assert chosen({"did": "orders"}, rows, orders) == [1]
    assert chosen({"did": "orders", "times": {"at_most": 2}}, rows, orders) == [2]
    assert chosen({"did_not": "orders", "where": {"column": "amount", "more_than": 3}}, rows, orders) == [
        1,
        2,
    ]


def test_then_and_then_not() -> None:
    def found(key: str, *days: str, within: str = "7 days") -> bool:
        orders = order_rows(*((day, index) for index, day in enumerate(days)))
        when = {
            "did": "orders",
            "where": {"column": "amount", "is": 0},
            key: {"did": "orders"},
            "within": within,
        }
        return bool(chosen(when, [{"id": 1}], orders))

    assert found("then", "2026-01-01", "2026-01-08")
    assert not found("then", "2026-01-01", "2026-01-08T00:00:01")
    assert not found("then", "2026-01-01", "2026-01-01")
    assert found("then_not", "2026-03-01", "2026-03-09")
    assert not found("then_not", "2026-03-01", "2026-03-07")
    assert not found("then_not", "2026-03-24")
    assert found("then_not", "2026-03-23")


def test_in_dates_the_same_day_counts_but_never_the_same_row() -> None:
    visits = {"path": "v.parquet", "customer": "id", "time": "day", "columns": {"day": {"type": "date"}}}
    sources = {"visits": visits, "long": {"from": "visits", "where": {"column": "pages", "more_than": 1}}}
    when = {"did": "long", "then": {"did": "visits"}}
    row = {"id": 1, "day": date(2026, 1, 1), "pages": 2}
    for rows, expected in (([row], []), ([row, {**row, "pages": 1}], [1])):
        assert chosen(when, [{"id": 1}], sources=sources, tables={"visits": rows}) == expected


# Segmentations


def test_first_match_and_references() -> None:
    rules = {
        "segmentation": "s",
        "assign": "first_match",
        "otherwise": {"id": "rest"},
        "segments": [
            {"id": "draft", "status": "draft", "when": {"trait": "v", "known": True}},
            {"id": "high", "when": {"trait": "v", "at_least": 10}},
            {"id": "mid", "when": {"trait": "v", "at_least": 5}},
            {"id": "low", "extends": "mid", "when": {"not": {"segment": "mid"}}},
        ],
    }
    traits = [
        {"id": "both", "points": [{"when": {"all": [{"rule": "mid"}, {"segment": "high"}]}, "points": 1}]}
    ]
    found = run(customers=people("v", 12, 7, 1), rules=rules, traits=traits)
    assert list(found.memberships["s"].values()) == ["high", "mid", "rest"]
    assert list(found.traits["both"].values()) == [1, 0, 0]


def test_best_score() -> None:
    rules = {
        "segmentation": "s",
        "assign": "best_score",
        "segments": [
            {"id": "a", "score": "v"},
            {"id": "b", "when": {"trait": "v", "more_than": 0}, "score": "v * 1.0"},
            {"id": "c", "score": [{"when": {"trait": "v", "is": 3}, "points": Decimal("3.5")}]},
        ],
    }
    found = run(customers=people("v", 3, 2, -1, None), rules=rules)
    assert list(found.memberships["s"].values()) == ["c", "a", "c", "c"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^a$", "a\n", False),
        (r"\d", "٣", False),
        (r"\w", "ä", False),
        (r"a.b", "a\nb", False),
        (r"\bx", "äx", True),
    ],
)
def test_portable_patterns(pattern: str, text: str, found: bool) -> None:
    assert search(pattern, text, ignore_case=False) is found
