"""`init` and `clean`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    WorkspaceOption,
    session,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("segmentry init alpine", "segmentry init --no-data"))(init)
    app.command(
        epilog=examples("segmentry clean"),
        short_help="Remove everything that was derived from people's data.",
    )(clean)


def init(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where. Default: here.")] = None,
    no_data: Annotated[bool, typer.Option("--no-data", help="Without the sample data.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Make a workspace that works at once. Nothing that is there already is overwritten."""
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.console.progress import progress
        from segmentry.engine.starter.scaffold import make_workspace

        with progress(quiet) as step:
            step("Making the sample data" if not no_data else "Making the workspace")
            made = make_workspace((folder or workspace or Path()).absolute(), data=not no_data)
        if this.json:
            this.document(
                {"version": 1, "folder": str(made.folder), "written": made.written, "skipped": made.skipped}
            )
            return
        this.done(f"Made a workspace in {made.folder}: {len(made.written)} files.")
        if made.skipped:
            this.done(f"Left as they are: {', '.join(made.skipped)}.")
        if no_data:
            this.done("Next: say in segmentry.yaml where your tables are and what their columns mean, then")
        this.done(f"{'' if no_data else 'Next: '}segmentry {_NEXT[no_data]} -w {made.folder}")


_NEXT = {False: "preview", True: "check --data"}


def clean(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The output folder.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Remove everything that was derived from people's data: outputs, caches, prepared copies."""
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.outputs.cleaning import clean_workspace

        removed = clean_workspace(this.workspace, output)
        if this.json:
            this.document({"version": 1, "removed": removed})
        else:
            this.done(f"Removed {', '.join(removed)}." if removed else "There was nothing to remove.")
