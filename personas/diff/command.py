"""`diff` on the command line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    CacheOption,
    QuietOption,
    WorkspaceOption,
    session,
)
from segmentry.engine.diagnostics.errors import UsageError

FORMATS = ("text", "markdown", "json")

ShowIdsOption = Annotated[
    int, typer.Option(metavar="N", min=0, max=1_000_000, help="Name N customers of every move.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "segmentry diff main",
            "segmentry diff main --max-change 20%",
            "segmentry diff v1.2 HEAD --data /srv/shop --format markdown",
        ),
        short_help="Compare two versions of the rules: who comes, who goes.",
    )(diff)


def diff(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A git revision, or a folder.")],
    head: Annotated[
        str | None, typer.Argument(metavar="HEAD", help="Another one. Default: the files as they are.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where relative paths of data start from.")
    ] = None,
    max_change: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Exit 1 if more of a segment comes or goes, like 20%."),
    ] = None,
    show_ids: ShowIdsOption = 0,
    cache: CacheOption = "on",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, markdown or json.")
    ] = "text",
) -> None:
    """Compare two versions of the rules on one set of data: who comes, who goes, and why."""
    with session(workspace, as_of, quiet, format, FORMATS, cache=cache) as this:
        from segmentry.engine.console.progress import progress
        from segmentry.engine.diff.compare import DiffOptions, compare
        from segmentry.personas.diff.document import diff_document
        from segmentry.personas.diff.markdown import render_markdown
        from segmentry.personas.diff.plain import render_text
        from segmentry.personas.diff.publish import publish

        options = DiffOptions(data, as_of, _share(max_change), show_ids)
        with progress(quiet) as step:
            step("Comparing")
            published = publish(compare(this.workspace, base, head, options))
        match format:
            case "json":
                this.document(diff_document(published))
            case "markdown":
                this.show(render_markdown(published))
            case _:
                this.show(render_text(published))
        this.code = published.exit_code


def _share(text: str | None) -> Fraction | None:
    from segmentry.engine.diff.limits import share_of

    if text is None:
        return None
    found = share_of(text)
    if found is None:
        raise UsageError(f"--max-change takes a share like 20%, not `{text}`")
    return found
