"""`fmt`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    Session,
    WorkspaceOption,
    session,
)
from segmentry.engine.diagnostics.errors import RuleError

if TYPE_CHECKING:
    from segmentry.engine.files.fmt.layout import Formatted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("segmentry fmt", "segmentry fmt --check --diff rules/lifecycle.yaml"),
        short_help="Lay the files out in one way.",
    )(fmt)


def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Only these files and folders.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Lay the files out in one way: keys in order, one operator a line. Comments and meaning stay."""
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.files.fmt.files import format_files
        from segmentry.engine.files.rewrite import difference, rewrite

        found = this.workspace
        results = format_files(found.root, found.authored_files(), paths or ())
        changed = [result for result in results if result.changed]
        if not check and not diff:
            rewrite(found.root, {result.file: result.text.encode() for result in changed})
        elif diff and not this.json:
            differences = [difference(result.file, result.before, result.text) for result in changed]
            this.show("".join(differences)) if changed else None
        _report(this, results, changed, written=not check and not diff)
        if check and changed:
            this.code = 1
        _report_faults(this, results, changed)


def _report(this: Session, results: list[Formatted], changed: list[Formatted], *, written: bool) -> None:
    names = [result.file for result in changed]
    if this.json:
        if not any(result.findings for result in results):
            this.document({"version": 1, **_counts(results, changed)})
    elif not changed:
        this.note(f"{_counted(len(results))} looked at, nothing to change.")
    elif written:
        this.done(f"Laid out {_counted(len(changed))} of {len(results)}: {', '.join(names)}.")
    else:
        this.note(f"{_counted(len(changed))} of {len(results)} would change: {', '.join(names)}.")


def _counts(results: list[Formatted], changed: list[Formatted]) -> dict[str, Any]:
    left = [result.file for result in results if result.left_alone or result.findings]
    return {"files": len(results), "changed": [result.file for result in changed], "left_alone": left}


def _report_faults(this: Session, results: list[Formatted], changed: list[Formatted]) -> None:
    for result in results:
        if result.left_alone:
            this.note(f"{result.file} is left as it is: another layout would change what it says.")
    faults = [finding for result in results for finding in result.findings]
    if faults:
        this.rules_failed(RuleError(faults), **_counts(results, changed))


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"
