"""Results as plain data, as findings for reporters, and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree import ElementTree

from segmentry.engine.answers.explain import SegmentVerdict, Verdict
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.ruletests.coverage import Coverage
from segmentry.engine.ruletests.results import STATUSES, CaseResult, TestReport
from segmentry.engine.ruletests.values import shown_value

VERSION = 1
"""Of the document's layout; it grows when a key changes its meaning or goes away."""


def as_data(report: TestReport) -> dict[str, Any]:
    """``{version, summary, cases, coverage, shortfalls}``: numbers, texts and places, from 1."""
    return {
        "version": VERSION,
        "summary": {status: report.count(status) for status in STATUSES},
        "cases": [_case(case) for case in report.cases],
        "coverage": None if report.coverage is None else _coverage(report.coverage),
        "shortfalls": list(report.shortfalls),
    }


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "file": case.file,
        "line": case.at.span.line,
        "test": case.test,
        "case": case.label,
        "status": case.status,
        "differences": list(case.differences),
        "decided_by": list(case.decided_by),
        "trees": [{"customer": customer, **_segment(verdict)} for customer, verdict in case.trees],
        "problems": [_problem(problem) for problem in case.problems],
        "note": case.note,
    }


def _segment(verdict: SegmentVerdict) -> dict[str, Any]:
    return {
        "segment": verdict.segment,
        "member": verdict.member,
        "rule": verdict.rule,
        "taken_by": verdict.taken_by,
        "conditions": [_verdict(tree) for tree in verdict.tree],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "text": verdict.text,
        "holds": verdict.holds,
        "value": shown_value(verdict.value) if verdict.has_value else None,
        "compared": [shown_value(value) for value in verdict.compared],
        "parts": [_verdict(part) for part in verdict.parts],
    }


def _problem(problem: Diagnostic) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "line": problem.span.line,
        "column": problem.span.column,
        "hint": problem.hint,
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "measures": {
            name: {
                "covered": coverage.covered[name],
                "total": coverage.total[name],
                "percent": coverage.percent(name),
            }
            for name in coverage.total
        },
        "gaps": [
            {
                "measure": gap.measure,
                "segment": gap.segment,
                "what": gap.what,
                "file": gap.at.file,
                "line": gap.at.span.line,
            }
            for gap in coverage.gaps
        ],
    }


def as_diagnostics(report: TestReport) -> list[Diagnostic]:
    """Failures (`test-failed`) and problems as findings, for the reporters of `check`."""
    found: list[Diagnostic] = []
    for case in report.cases:
        found += case.problems
        if case.status == "failed":
            message = f"{case.title}: {'; '.join(case.differences)}"
            decided = f"decided by {', '.join(case.decided_by)}" if case.decided_by else None
            found.append(diagnostic("test-failed", message, case.file, case.at.span, hint=decided))
    return found


def as_junit(report: TestReport, folder: str = "") -> str:
    """A JUnit report: a suite per file, a testcase per case; ``folder`` goes before the files."""
    root = ElementTree.Element("testsuites", {"name": "segmentry", **_counts(report.cases)})
    files = dict.fromkeys(case.file for case in report.cases)
    for file in files:
        cases = [case for case in report.cases if case.file == file]
        suite = ElementTree.SubElement(root, "testsuite", {"name": file, **_counts(tuple(cases))})
        for case in cases:
            _add_case(suite, case, folder)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(cases: tuple[CaseResult, ...]) -> dict[str, str]:
    by_status = Counter(case.status for case in cases)
    return {
        "tests": str(len(cases)),
        "failures": str(by_status["failed"]),
        "errors": str(by_status["error"]),
        "skipped": str(by_status["todo"]),
    }


def _add_case(suite: ElementTree.Element, case: CaseResult, folder: str) -> None:
    place = {"file": f"{folder}{case.file}", "line": str(case.at.span.line)}
    element = ElementTree.SubElement(suite, "testcase", {"name": case.title, "classname": case.file, **place})
    match case.status:
        case "failed":
            reported = ElementTree.SubElement(element, "failure", message="; ".join(case.differences))
            reported.text = "\n".join(f"decided by {text}" for text in case.decided_by)
        case "error":
            messages = [problem.message for problem in case.problems]
            reported = ElementTree.SubElement(element, "error", message="; ".join(messages))
            reported.text = "\n".join(p.hint for p in case.problems if p.hint)
        case "todo":
            ElementTree.SubElement(element, "skipped", message=case.note or "to do")
        case "passed":
            pass
