"""What was seen while data was read, as findings at the sources."""

from __future__ import annotations

from segmentry.engine.checks.context import Context
from segmentry.engine.planning.plan import Plan


def check_read_notes(context: Context, plan: Plan) -> None:
    """The notes of all sources at hand. Raises DataError for data that can't be read."""
    at = {source.name: source.at for source in plan.model.sources}
    readers = context.workspace.readers.values()
    read = [note for reader in readers if reader.available() for note in reader.notes()]
    for note in (*plan.notes, *read):
        context.findings.add(note.code, note.message, at[note.source], note.fix)
