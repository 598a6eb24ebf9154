"""What has become of the sources since the last run, by the manifest that it left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from segmentry.engine.answers.manifest_file import MANIFEST
from segmentry.engine.answers.notes import Note
from segmentry.engine.backends.protocol import SourceReport
from segmentry.engine.planning.plan import Plan
from segmentry.engine.sources.read import SourceReader
from segmentry.engine.workspace import Workspace


def since_last_run(
    workspace: Workspace, plan: Plan, reports: Mapping[str, SourceReport], folder: Path | None = None
) -> tuple[Note, ...]:
    """The sources that have less than half of the rows, or an older newest row, than in the last run.

    ``folder`` is where that run left its outputs, by default the workspace's own. Only sources that were read
    are compared, and times only where the as-of date is not earlier than it was. None where there was no run.
    """
    last = _last_run(folder or workspace.root / workspace.model.output)
    if last is None:
        return ()
    return tuple(
        note
        for name, report in sorted(reports.items())
        if (entry := last.sources.get(name)) is not None
        for note in (
            *_smaller(name, entry, workspace.readers.get(name)),
            *(_older(name, entry, report) if plan.calendar.today >= last.day else ()),
        )
    )


@dataclass(frozen=True, slots=True)
class _LastRun:
    """The as-of day of a run, and what its manifest says of each source."""

    day: date
    sources: Mapping[str, Mapping[str, Any]]


def _last_run(folder: Path) -> _LastRun | None:
    """What the manifest in a folder says; None where there is none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        document = json.loads((folder / MANIFEST).read_bytes())
        sources = {name: dict(entry) for name, entry in document["sources"].items()}
        return _LastRun(date.fromisoformat(document["as_of"][:10]), sources)
    return None


def _smaller(name: str, entry: Mapping[str, Any], reader: SourceReader | None) -> Iterator[Note]:
    before, size = entry.get("rows"), entry.get("size")
    if reader is None or not isinstance(before, int) or not isinstance(size, int):
        return
    # Files of less than half the bytes are counted; others are not read for it.
    rows = reader.row_count() if 0 < reader.bytes * 2 < size else before
    if rows * 2 < before:
        text = f"`{name}` has {rows:,} row{'' if rows == 1 else 's'}, in the last run it had {before:,}"
        fix = "look whether the export is whole (`expected: {rows: {at_least: …}}` makes that an error)"
        yield Note("smaller-source", "warning", name, None, rows, before, text, fix)


def _older(name: str, entry: Mapping[str, Any], report: SourceReport) -> Iterator[Note]:
    newest = entry.get("newest")
    if report.newest is not None and isinstance(newest, str) and newest > report.newest.isoformat():
        text = f"the newest row of `{name}` is of {report.newest}, that of the last run was of {newest}"
        fix = "look whether an older export is in its place (`expected: {max_age: …}` makes that an error)"
        yield Note("older-source", "warning", name, None, 1, None, text, fix)
