"""Every operator on a value that meets it, one that does not, a missing one and NaN: plain, negated, and
with `missing: include`. One workspace holds all of it; the expectations are written from the rules on missing
values.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
import yaml

from segmentry.engine import Workspace, evaluate
from segmentry.engine.backends.registry import BACKENDS
from segmentry.engine.language.operators import OPERATORS

AS_OF = "2026-11-01"


class Case(NamedTuple):
    """An operator with an operand on a kind of column, a value that meets it and one that does not."""

    operator: str
    kind: str
    operand: Any
    meets: Any
    fails: Any


CASES = (
    Case("is", "text", "DE", "DE", "AT"),
    Case("is_not", "text", "DE", "AT", "DE"),
    Case("in", "text", ["DE", "CH"], "CH", "AT"),
    Case("not_in", "text", ["DE", "CH"], "AT", "DE"),
    Case("known", "text", True, "DE", None),
    Case("blank", "text", True, " \u3000", "x"),
    Case("more_than", "number", 5, 5.5, 5.0),
    Case("at_least", "number", 5, 5.0, 4.5),
    Case("less_than", "number", 5, 4.5, 5.0),
    Case("at_most", "number", 5, 5.0, 5.5),
    Case("between", "number", [1, 5], 5.0, 5.5),
    Case("not_between", "number", [1, 5], 0.5, 1.0),
    Case("before", "date", "2026-01-01", date(2025, 12, 31), date(2026, 1, 1)),
    Case("after", "date", "2026-01-01", date(2026, 1, 2), date(2026, 1, 1)),
    Case("on_or_before", "date", "2026-01-01", date(2026, 1, 1), date(2026, 1, 2)),
    Case("on_or_after", "date", "2026-01-01", date(2026, 1, 1), date(2025, 12, 31)),
    Case("within_last", "date", "7 days", date(2026, 10, 25), date(2026, 11, 1)),
    Case("within_next", "date", "7 days", date(2026, 11, 1), date(2026, 11, 8)),
    Case("more_than_ago", "date", "7 days", date(2026, 10, 24), date(2026, 10, 25)),
    Case("more_than_ahead", "date", "7 days", date(2026, 11, 8), date(2026, 11, 7)),
    Case("anniversary_within_last", "date", "7 days", date(1990, 10, 25), date(1990, 11, 1)),
    Case("anniversary_within_next", "date", "7 days", date(1990, 11, 1), date(1990, 11, 8)),
    Case("weekday_in", "date", ["sunday"], date(2026, 11, 1), date(2026, 11, 2)),
    Case("month_in", "date", ["november"], date(2026, 11, 1), date(2026, 10, 31)),
    Case("contains", "text", "lpin", "Alpin", "Alpen"),
    Case("not_contains", "text", ["x", "y"], "abc", "xyz"),
    Case("starts_with", "text", "Al", "Alpin", "alpin"),
    Case("ends_with", "text", ["in", "en"], "Alpen", "Alp"),
    Case("matches", "text", "^[A-Z]{2}$", "DE", "DEU"),
    Case("not_matches", "text", "^[A-Z]{2}$", "DEU", "DE"),
    Case("includes", "list", "a", ["a", "b"], ["b"]),
    Case("includes_any", "list", ["a", "c"], ["c"], ["b"]),
    Case("includes_all", "list", ["a", "b"], ["b", "a"], ["a"]),
    Case("includes_none", "list", ["a"], ["b"], ["a"]),
    Case("size", "list", {"at_least": 2}, ["a", "b"], ["a"]),
    Case("top", "number", 1, 9.0, 1.0),
    Case("bottom", "number", 1, 1.0, 9.0),
)

MISSING_IS_A_VERDICT = {"known": False, "blank": True}
"""What `known: true` and `blank: true` say of a missing value; `missing: include` does not change it."""

CASES_BY_NAME = {case.operator: case for case in CASES}
DTYPES = {"text": pl.String(), "number": pl.Float64(), "date": pl.Date(), "list": pl.List(pl.String())}


def test_every_operator_has_a_case() -> None:
    assert set(CASES_BY_NAME) == set(OPERATORS)


def workspace(folder: Path, engine: str) -> Workspace:
    """One segment per operator and way; customers 1 meets, 2 fails, 3 is missing, 4 is NaN (or missing)."""
    columns: dict[str, pl.Series] = {"id": pl.Series([1, 2, 3, 4])}
    segments: list[dict[str, Any]] = []
    for case in CASES:
        column = f"c_{case.operator}"
        nan = math.nan if case.kind == "number" else None
        columns[column] = pl.Series(
            [case.meets, case.fails, None, nan], dtype=DTYPES[case.kind], strict=False
        )
        leaf = {"trait": column, case.operator: case.operand}
        name = case.operator.replace("_", "-")
        segments += [
            {"id": f"plain-{name}", "when": leaf},
            {"id": f"not-{name}", "when": {"not": leaf}},
            {"id": f"none-{name}", "when": {"none": [leaf]}},
            {"id": f"include-{name}", "when": {**leaf, "missing": "include"}},
            {"id": f"exclude-{name}", "when": {**leaf, "missing": "exclude"}},
        ]
    files = {
        "segmentry.yaml": {"version": 1, "sources": {"customers": {"path": "c.parquet", "key": "id"}}},
        "rules/all.yaml": {"segmentation": "all-operators", "assign": "every_match", "segments": segments},
    }
    (folder / "rules").mkdir()
    for name, data in files.items():
        (folder / name).write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return Workspace(folder, {"customers": pl.DataFrame(columns)}, engine=engine)


@pytest.fixture(scope="module", params=BACKENDS)
def members(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[bool]]:
    """For each segment who is in it, by customer."""
    result = evaluate(workspace(tmp_path_factory.mktemp("missing"), request.param), as_of=AS_OF)
    return {c: result.memberships[c].to_list() for c in result.memberships.columns[1:]}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.operator)
def test_missing_is_false_and_negations_take_it_in(case: Case, members: dict[str, list[bool]]) -> None:
    name = case.operator.replace("_", "-")
    gone = MISSING_IS_A_VERDICT.get(case.operator, False)
    plain = [True, False, gone, gone]
    assert members[f"plain-{name}"] == plain
    assert members[f"exclude-{name}"] == plain
    assert members[f"not-{name}"] == [not value for value in plain]
    assert members[f"none-{name}"] == [not value for value in plain]
    included = [True, False, *([gone] * 2 if case.operator in MISSING_IS_A_VERDICT else [True] * 2)]
    assert members[f"include-{name}"] == included


def test_ranks_outside_among_are_false_even_with_missing_included(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    head = "version: 1\nsources: {customers: {path: c.parquet, key: id}}\n"
    (tmp_path / "segmentry.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "rules" / "r.yaml").write_text(
        "segmentation: ranked\nassign: every_match\nsegments:\n"
        "  - id: best\n"
        "    when: {trait: x, top: 1, missing: include, among: {trait: inside, is: true}}\n",
        encoding="utf-8",
    )
    frame = pl.DataFrame(
        {"id": [1, 2, 3, 4], "x": [1.0, 9.0, None, None], "inside": [True, False, True, False]}
    )
    result = evaluate(Workspace.load(tmp_path, frames={"customers": frame}), as_of=AS_OF)
    assert result.memberships["best"].to_list() == [True, False, True, False]


def test_a_datetime_beside_a_date_is_its_date(tmp_path: Path) -> None:
    """23:30 UTC on 31 October is 1 November in Berlin."""
    (tmp_path / "rules").mkdir()
    head = "version: 1\ntimezone: Europe/Berlin\nsources: {customers: {path: c.parquet, key: id}}\n"
    (tmp_path / "segmentry.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "rules" / "r.yaml").write_text(
        "segmentation: days\nassign: every_match\nsegments:\n"
        "  - {id: on-first, when: {trait: at, is: 2026-11-01}}\n"
        "  - {id: till-october, when: {trait: at, on_or_before: 2026-10-31}}\n",
        encoding="utf-8",
    )
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "at": [datetime(2026, 10, 31, 23, 30, tzinfo=UTC), datetime(2026, 10, 31, 22, 30, tzinfo=UTC)],
        }
    )
    result = evaluate(Workspace.load(tmp_path, frames={"customers": frame}), as_of="2026-12-01")
    assert result.memberships["on-first"].to_list() == [True, False]
    assert result.memberships["till-october"].to_list() == [False, True]
