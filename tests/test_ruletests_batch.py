"""Cases by rows are evaluated together, and each comes out as the reference says of its rows alone."""

from __future__ import annotations

import copy
import inspect
import math
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from segmentry.engine import Workspace
from segmentry.engine.backends.protocol import Evaluated
from segmentry.engine.backends.registry import BACKENDS, backend_named
from segmentry.engine.ruletests.run import run_tests
from tests import reference
from tests.random_models.choices import Chooser
from tests.random_models.dump import to_yaml
from tests.strategies import Case, case_to_files, workspaces
from tests.tested_shop import make_shop, messages, report_of

Tables = dict[str, list[dict[str, Any]]]


def _populations(case: Case) -> list[Tables]:
    """The rows as they are, and some of them: the same customers and keys, with other values."""
    choose = Chooser(case.seed)
    specs = case.files["segmentry.yaml"]["sources"]
    tables = {name: [_clean(specs[name], row) for row in rows] for name, rows in case.tables.items()}
    parts = [
        {name: [r for r in rows if choose.chance(share)] or rows[:1] for name, rows in tables.items()}
        for share in (70, 50, 30)
    ]
    return [tables, *parts]


def _clean(spec: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row by the names in the files, with values that a test may give: those of their column's type."""
    contracts = {c.get("from", name): c for name, c in spec.get("columns", {}).items() if c}
    return {name: _fit(contracts.get(name, {}), value) for name, value in row.items()}


def _fit(contract: Mapping[str, Any], value: Any) -> Any:
    kind = contract.get("type")
    try:
        match kind, value:
            case _, None:
                return None
            case "decimal", _:
                found = Decimal(str(value)).quantize(Decimal(1).scaleb(-int(contract.get("scale", 2))))
                return found if found.is_finite() else None
            case "integer", _:
                return int(value)
            case "number", _:
                return float(value)
            case "string", _:
                return str(value)
            case (("date" | "datetime" | "boolean" | "list"), str()):
                return None
            case _, [*items]:
                return [item for item in items if item is not None]
            case _, float() if not math.isfinite(value):
                return None
            case _:
                return value
    except (ValueError, ArithmeticError):
        return None


def _final(spec: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row by the names that rules use."""
    names = {column.get("from"): name for name, column in spec.get("columns", {}).items() if column}
    return {names.get(name) or name: _written(value) for name, value in row.items()}


def _written(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case Fraction():
            return Decimal(value.numerator) / Decimal(value.denominator)
        case float():
            return value if math.isfinite(value) else None
        case [*items]:
            return [_written(item) for item in items]
        case _ if hasattr(value, "isoformat"):
            return value.isoformat()
        case _:
            return value


def _tests_of(case: Case, number: int, tables: Tables, as_of: str) -> list[dict[str, Any]]:
    """A test per segmentation over one population, with the traits and places that it ought to have."""
    specs = case.files["segmentry.yaml"]["sources"]
    try:
        expected = reference.evaluate(case.files, tables, as_of)
    except (reference.DataFault, reference.Unsupported):
        return []
    rows = {name: [_final(specs[name], row) for row in tables[name]] for name in tables}
    population = (
        {"customers": rows.pop("customers"), "sources": rows} if "customers" in rows else {"sources": rows}
    )
    traits = {
        str(key): {name: _written(values[key]) for name, values in expected.traits.items()}
        for key in expected.customers
    }
    found = [{"name": f"population {number} traits", **population, "expect_traits": traits}]
    for name, members in expected.memberships.items():
        if case.files[f"rules/{name}.yaml"]["assign"] != "every_match":
            places = {str(key): {"assigned": members[key]} for key in expected.customers}
            test = {"name": f"population {number} {name}", "segmentation": name, "expect": places}
            found.append({**test, **population})
    return [test for test in found if expected.customers]


def _without_drafts(case: Case) -> Case:
    """Drafts take part in tests, not in a run."""
    files = copy.deepcopy(case.files)
    for content in files.values():
        for segment in content.get("segments", []):
            segment.pop("status", None)
    return replace(case, files=files)


@pytest.mark.parametrize("engine", BACKENDS)
@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(drawn=workspaces())
def test_each_of_many_populations_comes_out_as_the_reference_says(engine: str, drawn: Case) -> None:
    case = _without_drafts(drawn)
    as_of = case.as_of or case.files["segmentry.yaml"]["as_of"]
    if not isinstance(as_of, str):
        return
    each = [_tests_of(case, number, tables, as_of) for number, tables in enumerate(_populations(case))]
    tests = [test for some in each for test in some]
    if not tests:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case_to_files(case, folder)
        file = folder / "rules" / "motive.test.yaml"
        file.write_text(to_yaml({"rules": "motive.yaml", "as_of": as_of, "tests": tests}), "utf-8")
        results = run_tests(Workspace(folder, engine=engine)).cases
    assert [(r.test, r.differences, messages(r)) for r in results if r.status != "passed"] == []


def test_a_case_that_cannot_be_evaluated_leaves_the_others_alone(tmp_path: Path) -> None:
    order = "{customer_id: A, ordered_at: 2026-02-28, amount: 1, status: paid}"
    shopper = f"customers: [{{customer_id: A}}], sources: {{orders: [{order}]}}"
    twice = "customers: [{customer_id: A}, {customer_id: A}], sources: {orders: []}"
    cases = [f"{shopper}, expect: in", f"{twice}, expect: out", f"{shopper}, expect: out"]
    listed = "\n".join(f"      - {{{case}}}" for case in cases * 2)
    tests = f"  - name: many\n    segment: shoppers\n    cases:\n{listed}"
    report = report_of(make_shop(tmp_path), tests, "reach")
    assert [case.status for case in report.cases] == ["passed", "error", "failed"] * 2
    assert "several rows for the same `customer_id` (1 key: `A`)" in messages(report.cases[1])


COMPUTED = """
version: 1
name: Codes
sources:
  customers: {path: customers.csv, key: id, columns: {id: {type: string}}}
  orders:
    path: orders.csv
    customer: who
    time: at
    columns: {code: {type: string}, at: {type: date}, who: {formula: lower(code)}}
  calls: {path: calls.csv, customer: id, columns: {id: {type: integer}}}
"""
CODES = """
segmentation: codes
assign: every_match
segments:
  - {id: buyers, when: {did: orders}}
  - {id: everybody, when: {trait: id, known: true}}
"""


def _codes(folder: Path, segment: str, cases: list[str]) -> list[str]:
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(COMPUTED, "utf-8")
    (folder / "rules/codes.yaml").write_text(CODES, "utf-8")
    listed = "\n".join(f"      - {{{case}}}" for case in cases)
    text = f"rules: codes.yaml\ntests:\n  - name: many\n    segment: {segment}\n    cases:\n{listed}"
    (folder / "rules/codes.test.yaml").write_text(text, "utf-8")
    return [case.status for case in run_tests(Workspace.load(folder)).cases]


def test_where_a_formula_names_the_customer_each_case_stands_alone_however_many(tmp_path: Path) -> None:
    orders = ["sources: {orders: [{code: A, at: 2026-01-01}]}", "sources: {orders: []}"]
    cases = [f"customers: [{{id: a}}], {orders[n % 2]}, expect: in" for n in range(200)]
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 180)
    try:
        assert _codes(tmp_path, "buyers", cases) == ["passed", "failed"] * 100
    finally:
        sys.setrecursionlimit(usual)


def test_sources_that_no_case_gives_rows_of_keep_none_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = type(backend_named())
    usual, calls = engine.frame, list[object]()

    def counted(*arguments: Any, **options: Any) -> Evaluated:
        calls.append(arguments)
        return usual(*arguments, **options)

    monkeypatch.setattr(engine, "frame", counted)
    cases = ["customers: [{id: a}], expect: in", "customers: [{id: b}], expect: out"]
    assert _codes(tmp_path, "everybody", cases) == ["passed", "failed"]
    assert len(calls) == 1
