"""Tests of the first rules: a case on each side of every threshold."""

from __future__ import annotations

from typing import Any, Final

from segmentry.engine.starter.onboard.draft_rules import (
    amount_column,
    has_tenure,
    quiet_trait,
    reach_id,
    since_column,
    thresholds,
)
from segmentry.engine.starter.onboard.guesses import Shop
from segmentry.engine.starter.onboard.yaml_text import yaml_text

_SCHEMA: Final = "yaml-language-server: $schema=../.segmentry/schema/tests.schema.json"


def draft_tests(shop: Shop) -> dict[str, str]:
    """The test files by their names in the workspace."""
    data: dict[str, dict[str, Any]] = {}
    if shop.sales is not None:
        data["lifecycle"] = _lifecycle(shop)
        data["value-tier"] = _value_tier(shop)
    if shop.consents:
        data["reach"] = _reach(shop)
    if shop.sales is None and shop.busiest is not None:
        data["activity"] = _activity(shop, quiet_trait(shop.busiest))
    if has_tenure(shop):
        data["tenure"] = _tenure(shop)
    files: dict[str, str] = {}
    for name, tests in data.items():
        file = f"rules/{name}.test.yaml"
        head = [_SCHEMA, "", f"What the rules in {name}.yaml are meant to do, in examples."]
        files[file] = yaml_text(head, {"rules": f"{name}.yaml", **tests}, name=file)
    return files


def _case(expect: str, **given: Any) -> dict[str, Any]:
    return {"given": given, "expect": expect}


def _edges(name: str, segment: str, trait: str, inside: int, outside: int) -> dict[str, Any]:
    """A test of the two values beside a threshold, and of none."""
    cases = [_case("in", **{trait: inside}), _case("out", **{trait: outside}), _case("out", **{trait: None})]
    return {"name": name, "segment": segment, "cases": cases}


def _lifecycle(shop: Shop) -> dict[str, Any]:
    risk, lapsed = thresholds(shop)
    since = "days_since_order"
    return {
        "defaults": {"days_since_first_order": lapsed + 365, since: 0},
        "tests": [
            _edges(f"new for {risk} days", "new", "days_since_first_order", risk, risk + 1),
            _edges(f"gone after {lapsed} days", "lapsed", since, lapsed + 1, lapsed),
            _edges(f"quiet after {risk} days", "at-risk", since, risk + 1, risk),
            _edges("at the usual pace", "active", since, risk, risk + 1),
        ],
    }


def _activity(shop: Shop, since: str) -> dict[str, Any]:
    quiet, gone = thresholds(shop)
    return {
        "tests": [
            _edges(f"gone after {gone} days", "gone", since, gone + 1, gone),
            _edges(f"quiet after {quiet} days", "quiet", since, quiet + 1, quiet),
            _edges("at the usual pace", "here", since, quiet, quiet + 1),
        ],
    }


def _value_tier(shop: Shop) -> dict[str, Any]:
    score = "monetary_score" if amount_column(shop) is not None else "frequency_score"
    return {
        "defaults": {"in_top_tenth": False, "orders_12m": 3, score: 3},
        "tests": [
            {
                "name": "the top tenth, whatever the score",
                "segment": "top",
                "cases": [_case("in", in_top_tenth=True), _case("out", in_top_tenth=False)],
            },
            {
                "name": "high from a score of 4",
                "segment": "high",
                "cases": [
                    _case("in", **{score: 4}),
                    _case("out", **{score: 3}),
                    _case("out", **{score: None}),
                ],
            },
            {
                "name": "middle from a score of 2",
                "segment": "middle",
                "cases": [
                    _case("in", **{score: 2}),
                    _case("out", **{score: 1}),
                    _case("out", **{score: None}),
                ],
            },
            {
                "name": "low for everybody else who ordered",
                "segment": "low",
                "cases": [
                    _case("in", **{"orders_12m": 1, score: 1}),
                    _case("out", **{"orders_12m": 0, score: None}),
                ],
            },
        ],
    }


def _reach(shop: Shop) -> dict[str, Any]:
    return {
        "tests": [
            {
                "name": f"{name} says so",
                "segment": reach_id(name, value),
                "cases": [
                    _case("in", **{name: True}),
                    _case("out", **{name: False}),
                    _case("out", **{name: None}),
                ],
            }
            for name, value in shop.consents
        ]
    }


def _tenure(shop: Shop) -> dict[str, Any]:
    since = since_column(shop)
    if since is None:
        key = shop.key
        return {
            "tests": [
                {
                    "name": "everybody with a key",
                    "segment": "known-customers",
                    "cases": [_case("in", **{key: _key(shop)})],
                }
            ]
        }
    cases = [
        _case("in", **{since: "2026-01-15"}),
        _case("out", **{since: "2025-02-28"}),
        _case("out", **{since: None}),
    ]
    others = [
        _case("in", **{since: "2025-02-28"}),
        _case("out", **{since: "2025-03-01"}),
        _case("out", **{since: None}),
    ]
    return {
        "as_of": "2026-03-01",
        "tests": [
            {"name": "new for a year", "segment": "new-this-year", "cases": cases},
            {"name": "longer here than a year", "segment": "longer-here", "cases": others},
        ],
    }


def _key(shop: Shop) -> Any:
    table = shop.customers
    return 1 if table is not None and table.named(shop.key).type == "integer" else "A"
