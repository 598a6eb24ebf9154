"""What was seen in the data that an evaluation has read, among the other notes."""

from __future__ import annotations

from collections.abc import Collection

from segmentry.engine.answers.notes import Note
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.planning.plan import Plan
from segmentry.engine.workspace import Workspace


def read_notes(workspace: Workspace, plan: Plan, read: Collection[str]) -> tuple[Note, ...]:
    """The notes of the as-of date and of the sources that were ``read``, by name; hints are for checks."""
    readers = [reader for name, reader in sorted(workspace.readers.items()) if name in read]
    found = [*plan.notes, *(note for reader in readers for note in reader.notes())]
    notes = (_as_note(note) for note in found)
    return tuple(note for note in notes if note.severity != "info")


def _as_note(note: ReadNote) -> Note:
    severity = CATALOGUE[note.code].severity
    return Note(note.code, severity, note.source, note.column, note.count, None, note.message, note.fix)


def copy_notes(workspace: Workspace, read: Collection[str]) -> tuple[str, ...]:
    """Why prepared copies of the sources that were ``read`` are there and yet were not, a line each."""
    found = [reader.copy_note() for name, reader in sorted(workspace.readers.items()) if name in read]
    return tuple(note for note in found if note is not None)
