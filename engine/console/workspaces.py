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
    Session,
    WorkspaceOption,
    session,
)
from segmentry.engine.diagnostics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "segmentry init alpine",
            "segmentry init shop --from exports/",
            "segmentry init shop --from customers.csv orders.xlsx --yes",
            "segmentry init --no-data",
        )
    )(init)
    app.command(
        epilog=examples("segmentry clean"),
        short_help="Remove everything that was derived from people's data.",
    )(clean)


Named = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="FILES…",
        help="Draft the workspace from exports: files, folders, patterns, workbooks, or a database.",
    ),
]


def init(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR", help="Where. Default: here.", show_default=False)
    ] = None,
    exports: Named = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --from: ask nothing, take the best guesses.")
    ] = False,
    no_data: Annotated[
        bool, typer.Option("--no-data", help="The smallest workspace, for tables of your own.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Make a workspace that works at once. Nothing that is there already is overwritten.

    With --from it is drafted from your own exports. Over a workspace that is there, what they would change is
    proposed as a diff.
    """
    with session(workspace, as_of, quiet, format) as this:
        if exports:
            from segmentry.engine.console.onboarding import draft_from

            draft_from(this, [str(place) for place in places or ()], exports, yes=yes, no_data=no_data)
        else:
            _make(this, _one_folder(places or []) or workspace or Path(), no_data=no_data)


def _make(this: Session, folder: Path, *, no_data: bool) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.engine.starter.scaffold import make_first, make_workspace

    with progress(this.quiet) as step:
        step("Making the sample data" if not no_data else "Making the workspace")
        made = make_first(folder.absolute()) if no_data else make_workspace(folder.absolute())
    if this.json:
        this.document(
            {"version": 1, "folder": str(made.folder), "written": made.written, "skipped": made.skipped}
        )
        return
    this.done(f"Made a workspace in {made.folder}: {len(made.written)} files.")
    if made.skipped:
        this.done(f"Left as they are: {', '.join(made.skipped)}.")
    if no_data:
        this.done("Your exports can say what to write: segmentry init another-folder --from FILES")
        this.done("Or say in segmentry.yaml where your tables are and what their columns mean, then")
    this.done(f"{'  ' if no_data else 'Next: '}segmentry {_NEXT[no_data]} -w {made.folder}")


def _one_folder(places: list[Path]) -> Path | None:
    if len(places) > 1:
        raise UsageError(
            f"one folder, please, not {len(places)}; to begin with your own tables: "
            f"segmentry init {places[0]} --from {places[1]}"
        )
    return places[0] if places else None


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
