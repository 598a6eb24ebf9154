"""`prepare`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.engine.console.completion import complete_sources
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    WorkspaceOption,
    session,
)

if TYPE_CHECKING:
    from segmentry.engine.outputs.preparing import PreparedSource

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="Sources that are read from files or databases.",
        autocompletion=complete_sources,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("segmentry prepare orders", "segmentry prepare --all"),
        short_help="Keep sources as clustered, typed copies that later commands read.",
    )(prepare)


def prepare(
    sources: Sources = None,
    all: Annotated[
        bool,
        typer.Option("--all", help="All sources from files and databases that have a customer or a time."),
    ] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Keep sources as copies that are read in place of their files, as long as those do not change.

    The copy of a database's table is read in its place until it is made anew. A copy is clustered by
    customer, and holds values as their contract reads them. Personal columns that no rule uses stay out.
    """
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.console.progress import progress
        from segmentry.engine.outputs.preparing import prepare

        with progress(quiet) as step:
            done = prepare(this.workspace, sources or (), everything=all, as_of=this.as_of, progress=step)
        if this.json:
            this.document({"version": 1, "prepared": [each.document() for each in done]})
        for each in done:
            this.done(_words(each))


def _words(done: PreparedSource) -> str:
    rows = f"{done.rows:,} row{'' if done.rows == 1 else 's'}"
    files = f"{done.files:,} file{'' if done.files == 1 else 's'} of {done.bytes:,} bytes"
    files = files if done.files else "a database"
    made = "a copy of" if done.anew else "the copy that is there counts, of"
    text = f"{done.source}: {rows} in {files}; {made} {done.copy_bytes:,} bytes"
    if done.left_out:
        names = ", ".join(f"`{name}`" for name in done.left_out)
        text += f", without {names} (personal, and in no rule)"
    return f"{text}."
