"""Findings as annotations of GitHub Actions, and a summary of the job.

The form of the commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from segmentry.engine.diagnostics.model import SEVERITIES, Diagnostic, Severity, sorted_diagnostics
from segmentry.engine.diagnostics.steering import without_steering
from segmentry.engine.reporters.repository import in_repository

MOST: Final = 10
"""GitHub shows so many annotations of each kind in a step; the summary has all."""

SUMMARY_FILE: Final = "GITHUB_STEP_SUMMARY"

_COMMANDS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_NAMES: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}


def report_github(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int | None = None,
    folder: str = "",
) -> str:
    """A workflow command per finding, errors first, of each kind the first ten.

    Where the runner names a file for the job's summary (the environment's ``GITHUB_STEP_SUMMARY``), a table
    of all findings is added to it.
    """
    found = sorted_diagnostics(in_repository(diagnostics, folder))
    summary = os.environ.get(SUMMARY_FILE)
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(job_summary(found))
    lines: list[str] = []
    for severity in SEVERITIES:
        items = [item for item in found if item.severity == severity]
        lines += [_command(item) for item in items[:MOST]]
        if len(items) > MOST:
            more = _counted(len(items) - MOST, severity, "more ")
            are = "is" if len(items) == MOST + 1 else "are"
            lines.append(f"{more} {are} {'in the summary of the job' if summary else 'not shown'}.")
    return "\n".join([*lines, _counts(found)]) + "\n"


def _command(item: Diagnostic) -> str:
    properties = {
        "file": item.file,
        "line": str(item.span.line),
        "endLine": str(item.span.end_line),
        "title": item.code,
    }
    if item.span.line == item.span.end_line:
        properties["col"] = str(item.span.column)
        properties["endColumn"] = str(item.span.end_column)
    reported = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    places = [f"{other.file}:{other.span.line}: {other.message}" for other in item.related]
    text = "\n".join([item.message, *([item.hint] if item.hint else []), *places])
    return f"::{_COMMANDS[item.severity]} {reported}::{_data(text)}"


def _data(text: str) -> str:
    return without_steering(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def job_summary(found: Iterable[Diagnostic]) -> str:
    """All findings as Markdown: the counts, and a table."""
    items = list(found)
    lines = ["### Segmentry", "", _counts(items), ""]
    if items:
        lines += ["| | place | finding |", "|---|---|---|"]
        lines += [_row(item) for severity in SEVERITIES for item in items if item.severity == severity]
        lines.append("")
    return "\n".join(lines) + "\n"


def _row(item: Diagnostic) -> str:
    text = item.message if item.hint is None else f"{item.message} ({item.hint})"
    place = f"{item.file}:{item.span.line}"
    return f"| {item.severity} | {_cell(place)} | **{item.code}** {_cell(text)} |"


def _cell(text: str) -> str:
    return " ".join(
        without_steering(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split()
    )


def _counts(items: list[Diagnostic]) -> str:
    if not items:
        return "No findings."
    counted = Counter(item.severity for item in items)
    parts = [_counted(counted[severity], severity) for severity in SEVERITIES if counted[severity]]
    return f"Segmentry found {', '.join(parts)}."


def _counted(count: int, severity: Severity, more: str = "") -> str:
    return f"{count} {more}{_NAMES[severity]}{'' if count == 1 else 's'}"
