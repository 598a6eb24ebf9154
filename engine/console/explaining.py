"""`explain` and `waterfall`."""

from __future__ import annotations

from typing import Annotated

import typer

from segmentry.engine.console.completion import complete_segments
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    CacheOption,
    FormatOption,
    QuietOption,
    WorkspaceOption,
    session,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("segmentry explain C000197", "segmentry explain C000197 value-driven"),
        short_help="Say why one customer is in a segment or not.",
    )(explain)
    app.command(
        epilog=examples("segmentry waterfall value-driven"),
        short_help="Show how a segment comes to its size.",
    )(waterfall)


def explain(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.")],
    segments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SEGMENT",
            help="Segments or segmentations. Default: all.",
            autocompletion=complete_segments,
        ),
    ] = None,
    cache: CacheOption = "on",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Say why one customer is in a segment or not: every condition with the value behind it."""
    with session(workspace, as_of, quiet, format, cache=cache) as this:
        from segmentry.engine.answers.explain import explain_customer
        from segmentry.engine.console.progress import progress
        from segmentry.engine.console.trees import explanation_document, render_explanation

        with progress(quiet) as step:
            step("Reading what is known of the customer")
            found = explain_customer(this.workspace, customer, segments or (), as_of)
        if this.json:
            this.document(explanation_document(found, this.zone))
        else:
            this.show(render_explanation(found, this.zone))


def waterfall(
    segment: Annotated[
        str, typer.Argument(metavar="SEGMENT", help="Its id.", autocompletion=complete_segments)
    ],
    cache: CacheOption = "on",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Show how a segment comes to its size: who is left after each condition."""
    with session(workspace, as_of, quiet, format, cache=cache) as this:
        from segmentry.engine.answers import explain as explaining
        from segmentry.engine.console.progress import progress
        from segmentry.engine.console.trees import render_waterfall, waterfall_document

        with progress(quiet) as step:
            step("Evaluating")
            found = explaining.waterfall(this.workspace, segment, as_of)
        if this.json:
            this.document(waterfall_document(found, this.zone))
        else:
            this.show(render_waterfall(found, this.zone))
