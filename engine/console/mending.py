"""What `check` shows of its findings, and `check --fix`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segmentry.engine.console.session import Session, width_of, wrapped
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diagnostics.there import is_there

if TYPE_CHECKING:
    from segmentry.engine.checks.fixing import Mended
    from segmentry.engine.workspace import Workspace


def report_findings(this: Session, found: list[Diagnostic], *, notes: bool) -> None:
    """The findings in the wanted format.

    A terminal shows the notes for engineers with ``notes`` only and else counts them, and says how many
    findings can be mended.
    """
    width = width_of(sys.stdout) if this.format == "text" else None
    if width is None:
        this.report(found)
        return
    hidden = [] if notes else [item for item in found if CATALOGUE[item.code].for_engineers]
    shown = [item for item in found if item not in hidden]
    if shown or not hidden:
        this.report(shown)
    if this.quiet:
        return
    if hidden:
        this.show(wrapped(_counted_notes(hidden), width))
    if fixable := sum(item.fix is not None for item in shown):
        this.show(wrapped(f"{fixable} of {len(shown)} can be mended by `segmentry check --fix`.", width))


def _counted_notes(hidden: list[Diagnostic]) -> str:
    kinds = Counter(item.code for item in hidden)
    listed = ", ".join(f"{number} {code}" for code, number in sorted(kinds.items()))
    noun = "note" if len(hidden) == 1 else "notes"
    return f"{len(hidden)} {noun} for engineers ({listed}): `segmentry check --notes` shows them."


def mended(this: Session, paths: Sequence[Path], *, data: bool, write: bool, notes: bool) -> list[Diagnostic]:
    """Mend what can be mended in the files that ``paths`` name and show what was done and what remains.

    The findings that decide on the exit code: those after mending or, where nothing is to be written, before.
    Raises UsageError for a path that names nothing and for a file that has changed meanwhile.
    """
    from segmentry.engine.checks.fixing import mend
    from segmentry.engine.console.progress import progress

    workspace = this.workspace

    def only(found: list[Diagnostic]) -> list[Diagnostic]:
        return within(found, paths, workspace)

    with progress(this.quiet) as step:
        step("Mending")
        result = mend(workspace, this.as_of, data=data, only=only)
    if write:
        _write(workspace, result)
    found = only(result.after if write else result.before)
    if this.json:
        _as_document(this, result, found, write=write)
    elif write:
        _report(this, result)
        this.adopt(result.workspace)
        report_findings(this, found, notes=notes)
    else:
        this.show(result.difference()) if result.changes else None
        would = f"{len(result.fixed)} would be fixed in {_files(result)}; nothing was written."
        this.note(would if result.fixed else "Nothing to fix.")
    return found


def _write(workspace: Workspace, result: Mended) -> None:
    from segmentry.engine.files.rewrite import rewrite

    for file in result.changes:
        if (workspace.root / file).read_bytes() != result.originals[file]:
            raise UsageError(f"{file} was changed by somebody else meanwhile, so nothing was written")
    rewrite(workspace.root, result.changes)


def _as_document(this: Session, result: Mended, found: list[Diagnostic], *, write: bool) -> None:
    from segmentry.engine.reporters.json import VERSION, finding_as_json

    document = {
        "version": VERSION,
        "written": write,
        "fixed": [finding_as_json(item) for item in result.fixed],
        "files": sorted(result.changes),
        "findings": [finding_as_json(item) for item in found],
    }
    this.document(document if write else {**document, "diff": result.difference()})


def _report(this: Session, result: Mended) -> None:
    """What was mended: with the result, or beside it where the result is for a program."""
    lines = [
        f"Fixed {item.file}:{item.span.line}:{item.span.column} [{item.code}]: {item.fix.title}"
        for item in result.fixed
        if item.fix is not None
    ]
    text = (
        "\n".join([*lines, f"{len(lines)} fixed in {_files(result)}.", ""]) if lines else "Nothing to fix.\n"
    )
    this.done(text) if this.format == "text" else this.note(text.rstrip())


def _files(result: Mended) -> str:
    return "1 file" if len(result.changes) == 1 else f"{len(result.changes)} files"


def within(found: Iterable[Diagnostic], paths: Sequence[Path], workspace: Workspace) -> list[Diagnostic]:
    """The findings in these files, and in files below these folders; without paths all of them.

    Raises UsageError for a path that is neither.
    """
    if not paths:
        return list(found)
    root, known = workspace.root, set(workspace.texts)
    wanted: set[str] = set()
    for path in paths:
        relative = Path(os.path.relpath(os.path.realpath(path), root)).as_posix()
        files = {name for name in known if relative in (name, ".") or name.startswith(f"{relative}/")}
        if not files and not (relative.split("/")[0] != ".." and is_there(path)):
            raise UsageError(f"{path} is neither a file of the workspace nor a folder with one")
        wanted |= {*files, relative}
    return [item for item in found if item.file in wanted]
