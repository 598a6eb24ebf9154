"""Findings as one JSON document, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Span, sorted_diagnostics

VERSION: Final = 1
"""Of the document's layout; it grows when a key changes its meaning or goes away."""


def report_json(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int | None = None,
    folder: str = "",
) -> str:
    """``{version, findings: […]}``: places from 1, files relative to the workspace, names as written."""
    findings = [finding_as_json(item) for item in sorted_diagnostics(diagnostics)]
    return json.dumps({"version": VERSION, "findings": findings}, ensure_ascii=False, indent=2) + "\n"


def finding_as_json(item: Diagnostic) -> dict[str, Any]:
    """A finding as plain data; `fix` is null where there is none."""
    return {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        **_place(item.file, item.span),
        "hint": item.hint,
        "related": [_related(other) for other in item.related],
        "fix": None if item.fix is None else _fix(item.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_place(edit.file, edit.span), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "edits": edits}


def _related(other: Related) -> dict[str, Any]:
    return {"message": other.message, **_place(other.file, other.span)}


def _place(file: str, span: Span) -> dict[str, Any]:
    return {
        "file": file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
