"""`check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
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
    WorkspaceOption,
    choice,
    session,
    width_of,
    wrapped,
)
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.model import SEVERITIES, Diagnostic


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "segmentry check",
            "segmentry check rules/lifecycle.yaml --fail-level warning",
            "segmentry check --explain unreachable",
        ),
        short_help="Look for mistakes in the rules.",
    )(check)


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Only findings in these.")
    ] = None,
    data: Annotated[
        bool,
        typer.Option("--data", help="Also read the data: does it fit, and what do the rules do with it?"),
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Say what a finding means.", autocompletion=complete_codes),
    ] = None,
    fail_level: Annotated[str, typer.Option(metavar="LEVEL", help="error, warning or info.")] = "error",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: ReportOption = "text",
) -> None:
    """Look for mistakes in the rules: names, types, cycles, logic and hygiene."""
    from segmentry.engine.checks import check as found_in
    from segmentry.engine.reporters import REPORTERS

    with session(workspace, as_of, quiet, format, REPORTERS) as this:
        choice("--fail-level", fail_level, SEVERITIES)
        if explain is not None:
            this.show(explained(explain, as_json=this.json, width=width_of(sys.stdout)))
            return
        with progress(quiet or not data) as step:
            step("Looking at the data")
            found = found_in(this.workspace, as_of, data=data)
        if paths:
            found = _within(found, paths, this.workspace.root, set(this.workspace.texts))
        this.report(found)
        reached = SEVERITIES[: SEVERITIES.index(fail_level) + 1]
        this.code = 1 if any(item.severity in reached for item in found) else 0


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
        f"Like this it is found:\n\n{_indented(entry.bad)}",
        f"Mended:\n\n{_indented(entry.good)}",
    )
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())


def _within(found: Iterable[Diagnostic], paths: list[Path], root: Path, known: set[str]) -> list[Diagnostic]:
    """The findings in these files, and in files below these folders."""
    wanted: set[str] = set()
    for path in paths:
        relative = Path(os.path.relpath(path.resolve(), root)).as_posix()
        files = {name for name in known if relative in (name, ".") or name.startswith(f"{relative}/")}
        if not files and not (relative.split("/")[0] != ".." and path.exists()):
            raise UsageError(f"{path} is neither a file of the workspace nor a folder with one")
        wanted |= {*files, relative}
    return [item for item in found if item.file in wanted]
