"""`schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    WorkspaceOption,
    choice,
    session,
)

BRIEF = "brief"
"""The one schema of a file that nobody writes by hand from nothing, so editors don't get it from `init`."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("segmentry schema rules", "segmentry schema --for-workspace -o .segmentry/schema"),
        short_help="Print the JSON Schemas of the files.",
    )(schema)


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="workspace, rules, tests, brand or brief. Default: all."),
    ] = None,
    for_workspace: Annotated[
        bool, typer.Option("--for-workspace", help="With this workspace's names as choices.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write NAME.schema.json files there.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Print the JSON Schemas of the files, for editors and for what reads briefs."""
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.answers.ids import workspace_ids
        from segmentry.engine.files.schema import SCHEMA_NAMES, json_schema
        from segmentry.engine.starter.scaffold import write_schemas
        from segmentry.personas.brief.schema import brief_schema

        if name is not None:
            choice("NAME", name, (*SCHEMA_NAMES, BRIEF))
        ids = workspace_ids(this.workspace) if for_workspace else None
        documents: dict[str, dict[str, Any]] = {known: json_schema(known, ids) for known in SCHEMA_NAMES}
        documents[BRIEF] = brief_schema()
        wanted = {known: found for known, found in documents.items() if name in (None, known)}
        if output is not None:
            write_schemas(output, wanted)
            if this.json:
                this.document({"version": 1, "folder": str(output), "written": list(wanted)})
            this.done(f"Wrote {len(wanted)} schema{'s' if len(wanted) > 1 else ''} into {output}.")
            return
        this.document(wanted if name is None else wanted[name])
