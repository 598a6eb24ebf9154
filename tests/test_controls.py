"""Comments that suppress findings, and reports for CI servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from segmentry.engine import check
from segmentry.engine.diagnostics.findings import CATALOGUE, diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Related, Span
from segmentry.engine.reporters import REPORTERS, report_github, report_junit, report_sarif
from tests.logic_cases import HEAD, load

USED = "traits:\n  - {id: spent, sum: orders.amount, value: true}\n"
RULES = """\
segmentation: sample
assign: every_match
segments:
  - id: one{comment}
    description: They came at least once.
    when: {{trait: visits, at_least: 1}}
"""


def codes(folder: Path, comment: str, rules: str = RULES, *, head: str = HEAD) -> list[str]:
    """The codes of the findings with a comment on the line of the segment's id."""
    found = check(load(folder, rules.format(comment=comment), head=head, traits=USED))
    return [d.code for d in found if d.code != "untested-segment"]


@pytest.mark.parametrize(
    "comment",
    [
        "  # segmentry: ignore[missing-owner] CRM is to decide",
        "  # the first  # segmentry: ignore[missing-owner]",
        "  #segmentry:ignore[missing-description, missing-owner] see the wiki",
        "  # segmentry: snooze[missing-owner] 2026-04-01",
        "  # segmentry: snooze[missing-owner] 2026-04-01 after Easter",
    ],
)
def test_a_finding_is_suppressed_in_its_line(tmp_path: Path, comment: str) -> None:
    unused = ["unused-control"] * ("missing-description" in comment)
    assert codes(tmp_path, comment) == unused


@pytest.mark.parametrize(
    ("comment", "reported"),
    [
        ("", []),
        ("  # segmentry: snooze[missing-owner] 2026-03-31", ["passed"]),
        ("  # segmentry: snooze[missing-owner] tomorrow", ["needs the day"]),
        ("  # segmentry: ignore[missing-ownr]", ["no finding `missing-ownr`"]),
        ("  # segmentry: ignroe[missing-owner]", ["no control `ignroe`"]),
        ("  # segmentry: ignore", ["does not say which"]),
        ("  # segmentry: ignore[expired]", ["no `expired` in this line"]),
        ("  # segmentry: ignore[empty-segment]", []),
        ("  # segmentry: ignore[brief-missing]", []),
        ("  # segmentry", []),
    ],
)
def test_a_control_that_suppresses_nothing_is_reported(
    tmp_path: Path, comment: str, reported: list[str]
) -> None:
    found = check(load(tmp_path, RULES.format(comment=comment), traits=USED))
    unused = [d for d in found if d.code == "unused-control"]
    assert {d.code for d in found if d.code != "unused-control"} == {"missing-owner", "untested-segment"}
    assert [any(word in d.message for word in reported) for d in unused] == [True] * len(reported)
    assert all(comment[d.span.column - len("  - id: one") - 1] == "#" for d in unused)


def test_a_control_works_in_test_files_too(tmp_path: Path) -> None:
    workspace = load(tmp_path, RULES.format(comment=""), traits=USED)
    tests = "rules: b.yaml{}\ntests: [{{name: x, todo: true}}]\n"
    file = tmp_path / "rules" / "a.test.yaml"
    file.write_text(tests.format("  # segmentry: ignore[test-without-rules] b is on its way"), "utf-8")
    assert "test-without-rules" not in {d.code for d in check(workspace)}
    file.write_text(tests.format(""), "utf-8")
    assert "test-without-rules" in {d.code for d in check(workspace)}


def test_a_control_in_a_text_is_none(tmp_path: Path) -> None:
    rules = RULES.replace("They came at least once.", "'# segmentry: ignore[expired]'")
    assert codes(tmp_path, "", rules) == ["missing-owner"]


def test_while_there_are_errors_no_control_is_unused(tmp_path: Path) -> None:
    rules = RULES.replace("visits", "visit")
    assert codes(tmp_path, "  # segmentry: ignore[always-true]", rules) == ["missing-owner", "unknown-trait"]


def test_errors_and_findings_of_logic_can_be_suppressed(tmp_path: Path) -> None:
    rules = """\
segmentation: sample
owner: crm
assign: every_match
segments:
  - id: one
    description: They came at least once.
    when:
      all:
        - {{trait: visits, at_least: 3}}
        - {{trait: visits, at_least: 1}}  # segmentry: ignore[redundant-leaf] said on purpose
        - {{trait: no_such, at_least: 1}}  # segmentry: ignore[unknown-trait] it comes with the next release
"""
    assert codes(tmp_path, "", rules.replace("no_such", "tier")) == ["unused-control"]
    assert codes(tmp_path, "", rules) == []


# --- reports --------------------------------------------------------------------------------------

FILE = "rules/straße und so.yaml"


def findings() -> list[Diagnostic]:
    """Findings of all kinds, with all that has to be escaped."""
    related = (Related("the first, 100 %", FILE, Span(2, 1, 2, 4)),)
    return [
        diagnostic("unsatisfiable", "a: 5 % < b,\nnobody\x00 & ]]>", FILE, Span(3, 7, 3, 9), related=related),
        diagnostic("gap", "`a` | `b`", FILE, Span(1, 1, 4, 2), hint="add <one>"),
        diagnostic("opaque", "it is", FILE, Span(9, 1, 9, 1)),
        diagnostic("opaque", "it is", FILE, Span(10, 1, 10, 1)),
    ]


def test_annotations_for_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    lines = report_github(findings(), {}).splitlines()
    assert lines[0] == (
        "::error file=rules/straße und so.yaml,line=3,endLine=3,title=unsatisfiable,col=7,endColumn=9"
        "::a: 5 %25 < b,%0Anobody\ufffd & ]]>%0Arules/straße und so.yaml:2: the first, 100 %25"
    )
    assert lines[1] == f"::warning file={FILE},line=1,endLine=4,title=gap::`a` | `b`%0Aadd <one>"
    assert lines[2].startswith("::notice ")
    assert lines[-1] == "Segmentry found 1 error, 1 warning, 2 notes."
    assert (
        "| warning | rules/straße und so.yaml:1 | **gap** `a` \\| `b` (add &lt;one>) |" in summary.read_text()
    )


def test_ten_annotations_of_each_kind_and_all_in_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [diagnostic("gap", f"g{n}", FILE, Span(n, 1, n, 2)) for n in range(1, 14)]
    many.append(diagnostic("unknown-trait", "last", FILE, Span(99, 1, 99, 2)))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    lines = report_github(many, {}).splitlines()
    assert [line.split(" ")[0] for line in lines[:11]] == ["::error"] + ["::warning"] * 10
    assert lines[11] == "3 more warnings are in the summary of the job."
    assert (tmp_path / "summary.md").read_text().count("**gap**") == 13
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert report_github([], {}) == "No findings.\n"


def test_junit_is_xml_with_a_case_for_each_finding() -> None:
    root = ElementTree.fromstring(report_junit(findings(), {}))
    assert root.attrib == {"name": "segmentry check", "tests": "4", "failures": "1", "errors": "0"}
    (suite,) = root
    assert [case.get("name") for case in suite] == [
        "gap at 1:1",
        "unsatisfiable at 3:7",
        "opaque at 9:1",
        "opaque at 10:1",
    ]
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "unsatisfiable"
    assert "nobody\ufffd & ]]>" in (failure.text or "")
    empty = ElementTree.fromstring(report_junit([], {}))
    assert (empty.get("tests"), empty.get("failures"), len(empty[0])) == ("1", "0", 1)


def test_sarif_holds_together() -> None:
    log = json.loads(report_sarif(findings(), {}))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["gap", "opaque", "unsatisfiable"]
    for result in run["results"]:
        _check_result(result, rules)
    prints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
    assert len(set(prints)) == len(prints)


def _check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """What the standard asks of a result that code scanning shows."""
    entry = rules[int(result["ruleIndex"])]
    assert entry["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note")
    assert entry["defaultConfiguration"]["level"] == result["level"]
    assert result["message"]["text"]
    for place in (*result["locations"], *result.get("relatedLocations", ())):
        where = place["physicalLocation"]
        assert where["artifactLocation"]["uri"] == "rules/stra%C3%9Fe%20und%20so.yaml"
        region = where["region"]
        assert min(region.values()) >= 1
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def test_a_report_is_the_same_whatever_the_order() -> None:
    assert set(REPORTERS) == {"text", "json", "github", "junit", "sarif"}
    for report in REPORTERS.values():
        assert report(findings(), {}) == report(list(reversed(findings())), {})


def test_the_pages_of_findings_are_those_of_the_catalogue() -> None:
    from tests.finding_pages import pages

    folder = Path(__file__).parent.parent / "docs" / "findings"
    written = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert written == dict(pages()), "run: python -m tests.finding_pages docs/findings"
    assert set(written) == {"README.md", *(f"{code}.md" for code in CATALOGUE)}
