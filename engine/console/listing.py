"""`list` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.engine.console.completion import complete_ids
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    Session,
    WorkspaceOption,
    session,
)
from segmentry.engine.diagnostics.errors import DataError

if TYPE_CHECKING:
    from segmentry.engine.answers.describe import Description
    from segmentry.engine.console.tables import Part
    from segmentry.engine.files.model import Model, Source


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list", epilog=examples("segmentry list"), short_help="List what the workspace defines.")(
        list_
    )
    app.command(
        epilog=examples("segmentry show value-driven", "segmentry show discount_share"),
        short_help="Say one segment or trait in words.",
    )(show)


def list_(
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """List what the workspace defines: sources, traits, segmentations and their segments."""
    with session(workspace, as_of, quiet, format) as this:
        model = this.loaded_model()
        if this.json:
            this.document(listing_document(model))
        else:
            this.show(render_listing(model))


def show(
    identity: Annotated[
        str,
        typer.Argument(metavar="ID", help="A segment, segmentation or trait.", autocompletion=complete_ids),
    ],
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Say one segment or trait in words, with what it uses and what uses it."""
    with session(workspace, as_of, quiet, format) as this:
        from segmentry.engine.answers.describe import describe

        found = describe(this.loaded_model(), identity)
        approximate = found.what == "trait" and _is_approximate(this, identity)
        if this.json:
            this.document(description_document(found, approximate=approximate))
        else:
            this.show(render_description(found, approximate=approximate))


def _is_approximate(this: Session, trait: str) -> bool | None:
    """Whether the last digits of a trait may differ between runs; None where the data has to tell."""
    try:
        return f"t:{trait}" in this.workspace.plan(this.as_of, drafts=True).approximate
    except DataError:
        return None


# --- rendering ------------------------------------------------------------------------------------


def render_listing(model: Model) -> str:
    """Everything a workspace defines, a line each."""
    from segmentry.engine.console.tables import plain_table, rendered

    sources = plain_table("Source", "What", "Description")
    for source in model.sources:
        sources.add_row(source.name, _origin(source), source.description or "")
    traits = plain_table("Trait", "Description")
    for trait in model.traits:
        traits.add_row(trait.id, trait.description or "")
    parts: list[Part] = [model.name, "", sources, "", traits]
    for sg in model.segmentations:
        table = plain_table(sg.id, sg.name or "")
        for segment in (*sg.segments, *((sg.otherwise,) if sg.otherwise is not None else ())):
            draft = " (draft)" if segment.status == "draft" else ""
            table.add_row(segment.id + draft, segment.description or segment.name or "")
        parts += ["", table]
    return rendered(*parts)


def _origin(source: Source) -> str:
    if parents := source.members or ((source.parent,) if source.parent is not None else ()):
        return f"from {', '.join(parents)}"
    if source.elsewhere.database is not None:
        return f"{source.elsewhere.table or source.elsewhere.query} of ${{{source.elsewhere.database}}}"
    return source.elsewhere.delta or ", ".join(source.paths)


def listing_document(model: Model) -> dict[str, Any]:
    """Everything a workspace defines, as data."""
    return {
        "version": 1,
        "name": model.name,
        "sources": [{"name": s.name, "description": s.description} for s in model.sources],
        "traits": [{"id": t.id, "kind": t.kind, "description": t.description} for t in model.traits],
        "segmentations": [
            {
                "id": sg.id,
                "name": sg.name,
                "assign": sg.assign,
                "file": sg.file,
                "segments": [{"id": s.id, "name": s.name, "status": s.status} for s in sg.segments],
                "otherwise": None if sg.otherwise is None else sg.otherwise.id,
            }
            for sg in model.segmentations
        ],
    }


def render_description(found: Description, *, approximate: bool | None) -> str:
    """One thing in words."""
    title = f"{found.id} ({found.what})"
    lines = [title if found.name is None else f"{title}: {found.name}"]
    lines += [found.description] if found.description else []
    lines += ["", *(f"{'  ' * (line.depth + 1)}{line.text}" for line in found.rule), ""]
    lines += [f"{name}: {text}" for name, text in found.facts.items()]
    if approximate:
        lines.append("approximate: its last digits may differ between runs")
    lines.append(f"uses: {', '.join(found.uses) or 'nothing else'}")
    lines.append(f"used by: {', '.join(found.used_by) or 'nothing'}")
    lines.append(f"defined in: {found.at.file}, line {found.at.span.line}")
    return "\n".join(lines)


def description_document(found: Description, *, approximate: bool | None) -> dict[str, Any]:
    """One thing as data."""
    return {
        "version": 1,
        "id": found.id,
        "what": found.what,
        "name": found.name,
        "description": found.description,
        "rule": [{"text": line.text, "depth": line.depth} for line in found.rule],
        **({"approximate": approximate} if found.what == "trait" else {}),
        "facts": dict(found.facts),
        "uses": list(found.uses),
        "used_by": list(found.used_by),
        "file": found.at.file,
        "line": found.at.span.line,
    }
