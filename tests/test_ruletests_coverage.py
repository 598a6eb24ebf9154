"""What tests cover, what `check` says of them, and the scaffold for more."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import UsageError, Workspace
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import read_document
from segmentry.engine.files.condition_model import Condition
from segmentry.engine.files.schema import validate
from segmentry.engine.ruletests.chain import holds
from segmentry.engine.ruletests.coverage import Coverage
from segmentry.engine.ruletests.findings import check_rule_tests
from segmentry.engine.ruletests.load import load_tests
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.prepared import atoms
from segmentry.engine.ruletests.run import run_tests
from segmentry.engine.ruletests.scaffold import scaffold_tests

STARTER = Path(__file__).parent.parent / "rules" / "starter"

HEAD = """
version: 1
name: Shop
as_of: 2026-03-01
sources:
  customers:
    path: none.csv
    key: id
    columns:
      id: {type: string}
      a: {type: integer}
      b: {type: number}
      c: {type: string, values: [x, y]}
      d: {type: date}
      e: {type: boolean}
      f: {type: decimal, scale: 2}
"""
RULES = """
segmentation: letters
assign: first_match
segments:
  - id: first
    when:
      any:
        - {trait: a, at_least: 10}
        - all: [{trait: b, more_than: 0.5}, {none: [{trait: c, is: x}, {trait: e, is: true}]}]
  - id: base
    when: {not: {trait: e, is: true}}
  - id: second
    extends: base
    when: {trait: a, between: [3, 5]}
"""


def workspace_of(folder: Path, rules: str, tests: str = "") -> Workspace:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "segmentry.yaml").write_text(HEAD, "utf-8")
    (folder / "rules" / "letters.yaml").write_text(rules, "utf-8")
    if tests:
        (folder / "rules" / "letters.test.yaml").write_text(f"rules: letters.yaml\ntests:\n{tests}", "utf-8")
    return Workspace.load(folder)


def coverage_of(folder: Path, tests: str, rules: str = RULES) -> Coverage:
    report = run_tests(workspace_of(folder, rules, tests), coverage=True)
    assert {case.status for case in report.cases} <= {"passed", "failed", "todo"}
    assert report.coverage is not None
    return report.coverage


def gaps_of(coverage: Coverage, measure: str) -> set[tuple[int, str]]:
    return {(gap.at.span.line, gap.what) for gap in coverage.gaps if gap.measure == measure}


ONE = "segmentation: letters\nassign: every_match\nsegments:\n  - id: one\n    when:\n"


def test_segments_and_leaves_need_both_sides_and_gaps_have_places(tmp_path: Path) -> None:
    rules = ONE + "      all:\n        - {trait: a, at_least: 1}\n        - {trait: b, known: true}\n"
    tests = "  - {name: t, segment: one, cases: [{given: {a: 1, b: 1}, expect: in}]}"
    found = coverage_of(tmp_path, tests, rules)
    assert gaps_of(found, "segment") == {(4, "`one` is never seen out")}
    assert gaps_of(found, "leaf") == {
        (7, "`a at_least 1` is never seen false"),
        (8, "`b known true` is never seen false"),
    }
    assert gaps_of(found, "decisive") == set()
    assert [found.percent(m) for m in found.total] == [0, 0, 100, 0]


def test_percentages_are_rounded_down_and_failing_cases_count(tmp_path: Path) -> None:
    parts = ["{trait: a, at_least: 1}", "{trait: b, at_least: 1}", "{trait: f, at_least: 1}"]
    rules = ONE + f"      all: [{', '.join(parts)}]\n"
    tests = """
  - name: t
    segment: one
    cases:
      - {given: {a: 1, b: 1, f: 1}, expect: out}
      - {given: {a: 0, b: 0, f: 1}, expect: out}
      - {given: {a: null, b: 1, f: 1}, expect: out}
"""
    found = coverage_of(tmp_path, tests, rules)
    assert (found.covered["leaf"], found.percent("leaf")) == (2, 66)
    assert (found.covered["missing"], found.percent("missing")) == (1, 33)


def test_what_waits_for_an_answer_covers_nothing(tmp_path: Path) -> None:
    tests = "  - {name: t, segment: one, cases: [{given: {a: 1}, expect: todo}]}"
    found = coverage_of(tmp_path, tests, ONE + "      {trait: a, at_least: 1}\n")
    assert set(found.covered.values()) == {0}


def test_a_condition_that_is_given_outright_looks_at_no_value(tmp_path: Path) -> None:
    tests = "  - {name: t, segment: one, cases: [{given: {best: true}, expect: in}]}"
    found = coverage_of(tmp_path, tests, ONE + "      {trait: f, top: 10%, as: best}\n")
    assert gaps_of(found, "missing") == {(6, "`f top 10%` is never seen with its value missing")}


def _by_definition(segments: list[tuple[Condition, ...]], truths: Mapping[int, bool]) -> int | None:
    """The place of the first segment all of whose conditions hold."""
    fitting = (n for n, parts in enumerate(segments) if all(holds(part, truths) for part in parts))
    return next(fitting, None)


def test_decisive_leaves_are_those_whose_flip_alone_changes_who_takes_the_customer(tmp_path: Path) -> None:
    values = itertools.product((2, 4, 10), (0.5, 0.6), ("x", "y"), (True, False))
    given = [f"{{a: {a}, b: {b}, c: {c}, e: {str(e).lower()}}}" for a, b, c, e in values]
    cases = ", ".join(f"{{given: {g}, expect: in}}" for g in given)
    workspace = workspace_of(tmp_path, RULES, f"  - {{name: t, segment: second, cases: [{cases}]}}")
    report = run_tests(workspace)
    prepared = CasePlans(workspace, load_tests(workspace).files).at(None)
    first, base, second = (s.when for s in prepared.plan.segmentations[0].segments)
    assert first is not None
    assert base is not None
    assert second is not None
    rules = [(first,), (base,), (base, second)]
    leaves = [atom for condition in (first, base, second) for atom in atoms(condition)]
    texts = ["a at_least 10", "b more_than 0.5", "c is x", "e is true", "e is true", "a between [3, 5]"]
    failed = {case.label: case for case in report.cases if case.status == "failed"}
    assert len(failed) == len(given)  # the base takes everybody who fits `second`
    for number, (a, b, c, e) in enumerate(
        itertools.product((2, 4, 10), (0.5, 0.6), ("x", "y"), (True, False)), start=1
    ):
        row = (a >= 10, b > 0.5, c == "x", e, e, 3 <= a <= 5)
        truths = {id(leaf): truth for leaf, truth in zip(leaves, row, strict=True)}
        deciding: set[str] = set()
        for leaf, text in zip(leaves, texts, strict=True):
            flipped = {**truths, id(leaf): not truths[id(leaf)]}
            if (_by_definition(rules, flipped) == 2) != (_by_definition(rules, truths) == 2):
                deciding.add(text)
        assert set(failed[f"case {number}"].decided_by) == deciding


# --- what check says ------------------------------------------------------------------------------


def findings_of(folder: Path, tests: str, rules: str) -> list[Diagnostic]:
    workspace = workspace_of(folder, rules, tests)
    empty = pl.DataFrame(schema=dict.fromkeys(("id", "a", "b", "c", "d", "e", "f"), pl.String))
    plan = Workspace.load(folder, frames={"customers": empty}).plan(drafts=True)
    return check_rule_tests(workspace, load_tests(workspace), plan)


BOUNDARY = ONE + "      {trait: a, at_least: 10}\n"


@pytest.mark.parametrize(
    ("cases", "codes"),
    [
        ("", ["untested-segment"]),
        ("{given: {a: 10}, expect: in}", ["untested-segment"]),
        ("{given: {a: 10}, expect: in}, {given: {a: 5}, expect: out}", ["untested-boundary"]),
        ("{given: {a: 11}, expect: in}, {given: {a: 9}, expect: out}", ["untested-boundary"]),
        ("{given: {a: 10}, expect: in}, {given: {a: 9}, expect: out}", []),
        ("{given: {a: 10}, expect: todo}, {given: {a: 9}, expect: out}", ["untested-segment"]),
        ("{given: {b: 10}, expect: in}", ["test-incomplete", "untested-segment"]),
        ("{given: {x: 10}, expect: in}", ["test-incomplete", "untested-segment"]),
        ("{given: {a: x}, expect: in}", ["value-type", "untested-segment"]),
    ],
)
def test_check_finds_what_tests_lack(tmp_path: Path, cases: str, codes: list[str]) -> None:
    tests = f"  - {{name: t, segment: one, cases: [{cases}]}}" if cases else "  - {name: t, todo: true}"
    found = findings_of(tmp_path, tests, BOUNDARY)
    assert [item.code for item in found] == codes
    places = {"untested-segment": 4, "untested-boundary": 6}
    assert all(item.span.line == places.get(item.code, item.span.line) for item in found)


@pytest.mark.parametrize(
    ("condition", "tested", "untested"),
    [
        ("{trait: b, more_than: 0.5}", (0.5, 0.51), (0.5, 0.7)),
        ("{trait: b, between: [1, 2]}", (0.9, 1, 2, 2.1), (0.9, 1, 2.1)),
        ("{trait: f, less_than: 100}", (100, 99.99), (99.99, 99.98)),
    ],
)
def test_beside_a_threshold_is_within_its_last_written_place(
    tmp_path: Path, condition: str, tested: tuple[Any, ...], untested: tuple[Any, ...]
) -> None:
    name = condition[8]
    for values, codes in ((tested, []), (untested, ["untested-boundary"])):
        cases = [f"{{given: {{{name}: {v}}}, expect: {'in' if n else 'out'}}}" for n, v in enumerate(values)]
        tests = f"  - {{name: t, segment: one, cases: [{', '.join(cases)}]}}"
        assert [d.code for d in findings_of(tmp_path, tests, ONE + f"      {condition}\n")] == codes


LETTERS = """
segmentation: letters
assign: first_match
otherwise: {id: rest}
segments:
  - {id: first, when: {trait: a, at_least: 10}}
  - {id: second, when: {trait: b, at_least: 1}}
  - {id: third, when: {trait: f, at_least: 1}}
"""


def test_whoever_is_assigned_is_outside_all_others_of_the_segmentation(tmp_path: Path) -> None:
    given = "{a: 1, b: 1, f: 0}"
    tests = f"  - {{name: t, cases: [{{given: {given}, expect: {{assigned: second}}}}]}}"
    reported = [
        item.message for item in findings_of(tmp_path, tests, LETTERS) if item.code == "untested-segment"
    ]
    assert reported == [
        "no rule test shows a customer in `first`",
        "no rule test shows a customer outside `second`",
        "no rule test shows a customer in `third`",
    ]
    gaps = gaps_of(coverage_of(tmp_path, tests, LETTERS), "segment")
    assert {text for _, text in gaps} == {
        "`first` is never seen in",
        "`second` is never seen out",
        "`third` is never seen in",
    }


# --- scaffold -------------------------------------------------------------------------------------


def given_in(text: str) -> list[dict[str, Any]]:
    """What the cases of a test file give."""
    document, found = read_document("x.test.yaml", text.encode())
    assert document is not None
    assert [*found, *validate(document, "tests")[0]] == []
    (test,) = document.data["tests"]
    assert {case["expect"] for case in test["cases"]} == {"todo"}
    return [case.get("given", {}) for case in test["cases"]]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("{trait: a, at_least: 10}", {9, 10, 11, None}),
        ("{trait: a, between: [3, 5]}", {2, 3, 4, 5, 6, None}),
        ("{trait: b, more_than: 0.5}", {0.49, 0.5, 0.51, None}),
        ("{trait: f, at_most: 20}", {19.99, 20, 20.01, None}),
        ("{trait: c, is: x}", {"x", "y", None}),
        ("{trait: e, is_not: true}", {True, False, None}),
        ("{trait: d, before: 2026-01-01}", {"2025-12-31", "2026-01-01", "2026-01-02", None}),
        (
            "{trait: d, within_last: 7 days}",
            {"2026-02-21", "2026-02-22", "2026-02-23", "2026-02-28", "2026-03-01", "2026-03-02", None},
        ),
    ],
)
def test_scaffold_stands_at_every_boundary(tmp_path: Path, condition: str, values: set[Any]) -> None:
    text = scaffold_tests(workspace_of(tmp_path, ONE + f"      {condition}\n"), "one")
    assert {next(iter(given.values())) for given in given_in(text)} == values


def test_scaffold_asks_for_no_missing_value_where_there_is_none(tmp_path: Path) -> None:
    workspace = workspace_of(
        tmp_path, ONE + "      {all: [{trait: n, at_least: 2}, {trait: a, at_least: 2}]}\n"
    )
    traits = "traits: [{id: n, formula: 'coalesce(a, 0)'}]\n"
    (tmp_path / "rules" / "traits.yaml").write_text(traits, "utf-8")
    given = given_in(scaffold_tests(Workspace.load(workspace.root), "one"))
    assert {"n": None} not in given
    assert any(case.get("a", 0) is None for case in given)


def test_scaffold_lets_each_condition_decide(tmp_path: Path) -> None:
    rules = ONE + "      any:\n        - {trait: a, at_least: 10}\n        - not: {trait: e, is: true}\n"
    found = given_in(scaffold_tests(workspace_of(tmp_path, rules), "one"))
    assert {"a": 10, "e": True} in found
    assert {"e": False, "a": 9} in found


@pytest.mark.parametrize("segment", ["value-driven", "brand-loyal", "reactivated", "at-risk", "gold"])
def test_scaffold_of_the_starter_can_be_answered(tmp_path: Path, segment: str) -> None:
    shutil.copytree(STARTER / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("*.test.yaml"))
    shutil.copy(STARTER / "segmentry.yaml", tmp_path)
    text = scaffold_tests(Workspace.load(tmp_path), segment)
    assert given_in(text)
    answered = tmp_path / "rules" / "new.test.yaml"
    answered.write_text(text.replace("expect: todo", "expect: in"), "utf-8")
    report = run_tests(Workspace.load(tmp_path), coverage=True)
    assert {case.status for case in report.cases} == {"passed", "failed"}
    assert report.coverage is not None
    assert [
        g for g in report.coverage.gaps if g.segment == segment and g.measure in ("segment", "leaf")
    ] == []


def test_scaffold_of_references_lists_segments(tmp_path: Path) -> None:
    rules = RULES + "  - {id: third, when: {all: [{not: {segment: first}}, {trait: a, at_most: 1}]}}\n"
    text = scaffold_tests(workspace_of(tmp_path, rules), "third")
    assert "segments: []" in text
    assert "- segments: [first]" in text
    assert given_in(text)


def test_scaffold_of_what_is_no_segment(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean `first`"):
        scaffold_tests(workspace_of(tmp_path, RULES), "frist")


# --- the starter ----------------------------------------------------------------------------------


def test_the_starter_passes_its_tests_and_covers_everything() -> None:
    report = run_tests(Workspace.load(STARTER), coverage=True)
    assert report.exit_code == 0
    assert {case.status for case in report.cases} == {"passed"}
    assert report.coverage is not None
    assert report.coverage.gaps == ()


def test_the_page_on_testing_says_what_happens(tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    page = (STARTER.parent.parent / "docs" / "how-to" / "test-your-rules.md").read_text("utf-8")
    for name, text in re.findall(r"^```yaml file=(\S+)\n(.*?)^```$", page, re.M | re.S):
        (tmp_path / name).write_text(text, "utf-8")
    report = run_tests(Workspace.load(tmp_path), ["rules/loyalty.test.yaml"], coverage=True)
    assert [case.status for case in report.cases] == ["passed"] * 6
    assert report.coverage is not None
    assert report.coverage.gaps == ()
