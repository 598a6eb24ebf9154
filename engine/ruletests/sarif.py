"""Results as SARIF: what can't be evaluated as the findings they are, failures under a rule of their own."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from segmentry.engine.diagnostics import Diagnostic
from segmentry.engine.reporters.sarif import report_sarif
from segmentry.engine.ruletests.report import FAILED, as_diagnostics
from segmentry.engine.ruletests.results import TestReport

_RULE: Final[dict[str, Any]] = {
    "id": FAILED,
    "shortDescription": {"text": "A rule test fails"},
    "fullDescription": {"text": "A case comes out differently from what its test expects."},
    "help": {"text": "Either the rule is wrong, or the example is: change the one that is."},
    "defaultConfiguration": {"level": "error"},
    "properties": {"tags": ["tests"]},
}


def as_sarif(report: TestReport) -> str:
    """One run: the rules that are spoken of, and a result per problem and per failure."""
    found = as_diagnostics(report)
    failures = [item for item in found if item.code == FAILED]
    log = json.loads(report_sarif([item for item in found if item.code != FAILED], report.texts))
    run = log["runs"][0]
    rules: list[Any] = run["tool"]["driver"]["rules"]
    if failures:
        rules.append(_RULE)
    run["results"] += [_result(item, len(rules) - 1) for item in failures]
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _result(item: Diagnostic, rule: int) -> dict[str, Any]:
    title = item.message.partition(": expected ")[0]
    fingerprint = hashlib.sha256(f"{item.file}\n{title}".encode()).hexdigest()[:32]
    text = item.message if item.hint is None else f"{item.message}\n{item.hint}"
    span = item.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {
        "ruleId": FAILED,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": quote(item.file)}, "region": region}}
        ],
        "partialFingerprints": {"segmentry/v1": fingerprint},
    }
