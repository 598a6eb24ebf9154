"""`check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from segmentry.engine.console.completion import complete_codes
from segmentry.engine.console.examples import examples
from segmentry.engine.console.progress import progress
from segmentry.engine.console.session import (
    AsOfOption,
    QuietOption,
    ReportOption,
    Session,
    WorkspaceOption,
    choice,
    session,
    width_of,
    wrapped,
)
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.model import SEVERITIES, Diagnostic

Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Only findings in these.")]
DataOption = Annotated[
    bool, typer.Option("--data", help="Also read the data: does it fit, and what do the rules do with it?")
]
ExplainOption = Annotated[
    str | None,
    typer.Option(
        "--explain", metavar="CODE", help="Say what a finding means.", autocompletion=complete_codes
    ),
]
FixOption = Annotated[
    bool, typer.Option("--fix", help="Mend what can be mended for sure; comments and layout stay.")
]
DiffOption = Annotated[
    bool, typer.Option("--diff", help="With --fix: write nothing; show what would change.")
]
NotesOption = Annotated[
    bool, typer.Option("--notes", help="Show the notes for engineers, which a terminal only counts.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "segmentry check",
            "segmentry check rules/lifecycle.yaml --fail-level warning",
            "segmentry check --explain unreachable",
            "segmentry check --fix --diff",
        ),
        short_help="Look for mistakes in the rules.",
    )(check)


def check(
    paths: Paths = None,
    data: DataOption = False,
    explain: ExplainOption = None,
    fix: FixOption = False,
    diff: DiffOption = False,
    notes: NotesOption = False,
    fail_level: Annotated[str, typer.Option(metavar="LEVEL", help="error, warning or info.")] = "error",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: ReportOption = "text",
) -> None:
    """Look for mistakes in the rules: names, types, cycles, logic and hygiene."""
    from segmentry.engine.console.mending import mended, report_findings, within
    from segmentry.engine.reporters import REPORTERS

    with session(workspace, as_of, quiet, format, REPORTERS) as this:
        choice("--fail-level", fail_level, SEVERITIES)
        if explain is not None:
            this.show(explained(explain, as_json=this.json, width=width_of(sys.stdout)))
            return
        if diff and not fix:
            raise UsageError("--diff shows what --fix would change: write `check --fix --diff`")
        if fix:
            found = mended(this, paths or (), data=data, write=not diff, notes=notes)
        else:
            found = within(_found(this, data=data), paths or (), this.workspace)
            report_findings(this, found, notes=notes)
        reached = SEVERITIES[: SEVERITIES.index(fail_level) + 1]
        this.code = 1 if any(item.severity in reached for item in found) else 0


def _found(this: Session, *, data: bool) -> list[Diagnostic]:
    from segmentry.engine.checks import check as found_in

    with progress(this.quiet or not data) as step:
        step("Looking at the data")
        return found_in(this.workspace, this.as_of, data=data)


def explained(code: str, *, as_json: bool, width: int | None = None) -> str:
    """What a finding means, why it matters, a bad and a good example; with a width, prose in such lines.

    Raises UsageError for no such code.
    """
    import json
    from dataclasses import asdict

    from segmentry.engine.diagnostics.findings import CATALOGUE

    choice("--explain", code, CATALOGUE)
    entry = CATALOGUE[code]
    if as_json:
        return json.dumps({"version": 1, **asdict(entry)}, ensure_ascii=False, indent=2)
    parts = (
        wrapped(f"{entry.code} ({entry.severity}): {entry.title}", width),
        wrapped(entry.what, width),
        wrapped(f"Why it matters: {entry.why}", width),
        *([wrapped(_FIXABLE, width)] if entry.fixable else []),
        f"Like this it is found:\n\n{_indented(entry.bad)}",
        f"Mended:\n\n{_indented(entry.good)}",
    )
    return "\n\n".join(parts)


_FIXABLE = "Where it is sure what was meant, `segmentry check --fix` mends it."


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())
