"""Findings as SARIF 2.1.0, for code scanning (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from segmentry.engine.diagnostics.findings import CATALOGUE, Finding
from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Severity, Span, sorted_diagnostics
from segmentry.engine.reporters.documentation import documentation, page_of_finding
from segmentry.engine.reporters.repository import in_repository

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}


def report_sarif(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int | None = None,
    folder: str = "",
) -> str:
    """One run with a rule for every kind of finding there is, documented, and a result per finding.

    The tool and each rule name their page of the documentation. A result's fingerprint does not change with
    its line, so that a finding is known again after an edit.
    """
    found = sorted_diagnostics(in_repository(diagnostics, folder))
    rules = sorted({item.code for item in found})
    seen: Counter[str] = Counter()
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Segmentry",
                        "semanticVersion": version("segmentry"),
                        **_known(informationUri=documentation()),
                        "rules": [_rule(CATALOGUE[code]) for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, rules, seen) for item in found],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(entry: Finding) -> dict[str, Any]:
    help_text = f"{entry.what}\n\n{entry.why}"
    examples = f"Instead of\n\n```yaml\n{entry.bad}```\n\nwrite\n\n```yaml\n{entry.good}```"
    return {
        "id": entry.code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.what},
        **_known(helpUri=page_of_finding(entry.code)),
        "help": {"text": help_text, "markdown": f"{help_text}\n\n{examples}"},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {"tags": [entry.family]},
    }


def _known(**properties: str | None) -> dict[str, str]:
    """Those of the properties that have a value."""
    return {name: value for name, value in properties.items() if value is not None}


def _result(item: Diagnostic, rules: list[str], seen: Counter[str]) -> dict[str, Any]:
    text = item.message if item.hint is None else f"{item.message}\n{item.hint}"
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": rules.index(item.code),
        "level": _LEVELS[item.severity],
        "message": {"text": text},
        "locations": [_location(item.file, item.span)],
        "partialFingerprints": {"segmentry/v1": _fingerprint(item, seen)},
    }
    if item.related:
        result["relatedLocations"] = [_related(n, other) for n, other in enumerate(item.related, start=1)]
    if item.fix is not None:
        result["fixes"] = [_fix(item.fix)]
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.file, []).append(replacement)
    artifacts = [
        {"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}
        for file, replacements in changes.items()
    ]
    return {"description": {"text": fix.title}, "artifactChanges": artifacts}


def _related(number: int, other: Related) -> dict[str, Any]:
    return {"id": number, "message": {"text": other.message}, **_location(other.file, other.span)}


def _location(file: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": _region(span)}}


def _region(span: Span) -> dict[str, Any]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _uri(file: str) -> str:
    """By its bytes, in whatever encoding they are."""
    return quote(os.fsencode(file))


def _fingerprint(item: Diagnostic, seen: Counter[str]) -> str:
    """By code, file and message; equal ones are numbered."""
    told = f"{item.code}\n{item.file}\n{item.message}".encode(errors="replace")
    digest = hashlib.sha256(told).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
