"""The random workspaces themselves, and the comparison that rests on them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import Phase, given, settings

from tests import reference
from tests.random_models.agree import differences, same
from tests.random_models.dump import to_yaml
from tests.random_models.reduce import reduce
from tests.strategies import Case, case_of, case_to_files, workspaces

few = settings(max_examples=40, phases=[Phase.generate])


def plain(content: Any) -> Any:
    """Decimals as what a YAML reader makes of them."""
    match content:
        case Mapping():
            return {name: plain(each) for name, each in content.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list():
            return [plain(each) for each in content]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case Decimal():
            return float(content)
        case _:
            return content


def frames(case: Case, result: reference.Result) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The reference's result laid out as an engine's."""
    key = next(spec["key"] for spec in case.files["segmentry.yaml"]["sources"].values() if "key" in spec)
    customers = pl.Series(key, result.customers)
    traits = [
        pl.Series(name, list(values.values()), dtype=pl.Object) for name, values in result.traits.items()
    ]
    columns: list[pl.Series] = []
    for name, members in result.memberships.items():
        spec = case.files[f"rules/{name}.yaml"]
        if spec["assign"] != "every_match":
            columns.append(pl.Series(name, list(members.values()), dtype=pl.String))
            continue
        live = [each["id"] for each in spec["segments"] if each.get("status") != "draft"]
        columns += [
            pl.Series(each, [each in ids for ids in members.values()], dtype=pl.Boolean) for each in live
        ]
    return pl.DataFrame([customers, *traits]), pl.DataFrame([customers, *columns])


@few
@given(workspaces())
def test_every_case_has_a_meaning_and_agrees_with_itself(case: Case) -> None:
    result = reference.evaluate(case.files, case.tables, case.as_of)
    assert differences(case, *frames(case, result)) == []


@few
@given(workspaces())
def test_files_hold_the_case(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        case_to_files(case, Path(name))
        for file, content in case.files.items():
            assert yaml.safe_load((Path(name) / file).read_text(encoding="utf-8")) == plain(content)
        for source, rows in case.tables.items():
            assert pl.read_parquet(Path(name) / "data" / f"{source}.parquet").height == len(rows)


@pytest.mark.parametrize(
    "text", ["NO", "010", "1e3", "12:30", "2026-01-01", "null", "", "~", "on", "0x1F", "<<"]
)
def test_text_that_could_be_something_else_is_quoted(text: str) -> None:
    assert to_yaml({"key": text}).strip() == f'key: "{text}"'


@pytest.mark.parametrize("number", ["0", "1.0", "-0.0", "1E+1", "0.50"])
def test_decimals_are_plain_numbers(number: str) -> None:
    text = to_yaml({"key": Decimal(number)})
    assert "!" not in text
    assert yaml.safe_load(text) == {"key": float(number)}


RARE = (
    *(
        "then_not:",
        "then:",
        "among:",
        "per:",
        "days_since_previous",
        "group_by",
        "best_score",
        "extends",
        "rule:",
    ),
    *(
        "status: draft",
        "lookup_key: land",
        "latest: orders",
        "from: orders",
        "anniversary_within",
        "times:",
        "same:",
    ),
    *(
        "percentile",
        "bucket",
        "band",
        "points",
        "share",
        "longest_gap_days",
        "ignore_case",
        "fold: true",
        "split_part",
        "hash",
        "missing: include",
    ),
)


def test_rare_features_are_drawn() -> None:
    everything = "\n".join(str(case_of(seed)) for seed in range(150))
    assert [feature for feature in RARE if feature not in everything] == []


def test_a_failing_case_is_made_small() -> None:
    def failure(case: Case) -> str | None:
        result = reference.evaluate(case.files, case.tables, case.as_of)
        return "many" if len(result.customers) >= 2 and "did_not" in str(case.files) else None

    def guarded(case: Case) -> str | None:
        try:
            return failure(case)
        except Exception:
            return None

    case = next(case for case in map(case_of, range(100)) if guarded(case))
    small = reduce(case, guarded, seconds=20)
    assert len(small.tables["customers"]) == 2
    assert len(str(small)) < len(str(case)) / 3


def test_a_wrong_membership_and_a_wrong_value_are_seen() -> None:
    rule = {"id": "tier-0", "name": "Some", "when": {"trait": "n", "is": 1}}
    files: dict[str, Any] = {
        "segmentry.yaml": {
            "version": 1,
            "sources": {"customers": {"path": "data/customers.parquet", "key": "id"}},
        },
        "rules/traits.yaml": {"traits": [{"id": "twice", "formula": "n * 2"}]},
        "rules/tier.yaml": {"segmentation": "tier", "assign": "first_match", "segments": [rule]},
    }
    case = Case(files, {"customers": [{"id": 1, "n": 1}, {"id": 2, "n": 2}]}, "2026-01-01", {})
    traits = pl.DataFrame({"id": [1, 2], "twice": [2, 5]})
    memberships = pl.DataFrame({"id": [1, 2], "tier": ["tier-0", "tier-0"]})
    assert differences(case, traits, memberships) == [
        "trait twice of 2: engine 5, reference 4",
        "tier of 2: engine 'tier-0', reference None",
    ]


@pytest.mark.parametrize(
    ("found", "wanted", "close", "expected"),
    [
        (Decimal("0.30"), Fraction(3, 10), False, True),
        (0.1 + 0.2, 0.3, False, False),
        (0.1 + 0.2, 0.3, True, True),
        (1.0, 1, False, False),
        (True, 1, False, False),
        (None, 0, True, False),
        ([1, 2], [1, 2], False, True),
        ([1, 2], [2, 1], False, False),
    ],
)
def test_values_are_the_same_exactly_or_closely(found: Any, wanted: Any, close: bool, expected: bool) -> None:
    assert same(found, wanted, close) is expected
