"""`run` and `preview`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated

import typer

from segmentry.engine.backends.registry import BACKENDS, DEFAULT
from segmentry.engine.console.completion import complete_segments
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    CacheOption,
    FormatOption,
    MemoryOption,
    QuietOption,
    RawOption,
    Session,
    WorkspaceOption,
    choice,
    session,
)
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.outputs.entries import OPTIONS, RunOptions

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID", help="Segments or segmentations. Default: all.", autocompletion=complete_segments
    ),
]


NOTE_WORDS = {"info": "note", "warning": "warning", "error": "warning"}
"""How a note on the data begins: where sizes are shown none of them ends a command."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "segmentry run", "segmentry run --traits --csv -o results", "segmentry run --only gold silver"
        )
    )(_with_outputs(run))
    app.command(epilog=examples("segmentry preview", "segmentry preview value-driven"))(preview)


def run(
    more: Annotated[
        list[str] | None, typer.Argument(metavar="ID", hidden=True, autocompletion=complete_segments)
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help=f"What evaluates: {', '.join(BACKENDS)}.")
    ] = DEFAULT,
    memory: MemoryOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where to write.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID...", help="Only these segments or segmentations.", autocompletion=complete_segments
        ),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    show_ids: Annotated[bool, typer.Option("--show-ids", help="Name customers in errors in full.")] = False,
    raw: RawOption = False,
    cache: CacheOption = "off",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
    **writes: bool,
) -> None:
    """Evaluate the rules and write who is in which segment."""
    with session(workspace, as_of, quiet, format, cache=cache, memory=memory) as this:
        choice("--engine", engine, BACKENDS)
        this.engine = engine
        # An option takes one value; what follows it stands as arguments: `--only big small`.
        if more and not only:
            raise UsageError(f"`run` evaluates everything; to choose, write `--only {' '.join(more)}`")
        chosen = frozenset(name for name, wanted in writes.items() if wanted)
        options = RunOptions(output, (*(only or ()), *(more or ())), chosen, show_ids, raw)
        if plan:
            _plan(this, options)
        else:
            _run(this, options)


def _with_outputs(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each file that is written on demand, in place of ``**writes``."""
    shared = [
        p
        for p in signature(command, eval_str=True).parameters.values()
        if p.kind is not Parameter.VAR_KEYWORD
    ]
    where = next(place for place, parameter in enumerate(shared) if parameter.name == "plan")
    options = [
        Parameter(
            name,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=False,
            annotation=Annotated[bool, typer.Option(f"--{name}", help=entry.help)],
        )
        for name, entry in OPTIONS.items()
    ]
    parameters = [*shared[:where], *options, *shared[where:]]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return command


def _plan(this: Session, options: RunOptions) -> None:
    from segmentry.engine.answers.explain_plan import planned_run
    from segmentry.engine.console.plans import plan_document, render_plan

    found = planned_run(this.workspace, as_of=this.as_of, only=options.only, traits=options.need_all_traits())
    if this.json:
        this.document(plan_document(found))
    else:
        this.show(render_plan(found))


def _run(this: Session, options: RunOptions) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.engine.console.sizes import render_sizes
    from segmentry.engine.outputs.run import run_document, run_workspace

    with progress(this.quiet) as step:
        done = run_workspace(this.workspace, options, as_of=this.as_of, progress=step)
    for note in done.notes:
        this.note(f"{NOTE_WORDS[note.severity]}: {note.sentence()}")
    for warning in done.warnings:
        this.note(f"note: {warning}")
    if this.json:
        this.document(run_document(done))
    else:
        this.done(render_sizes(done.summary))
        this.done(f"Wrote {len(done.files)} files into {done.folder}.")
    broken = done.summary.broken()
    if broken:
        this.findings(broken)
        this.code = 1


def preview(
    ids: Ids = None,
    cache: CacheOption = "on",
    memory: MemoryOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Show how many customers are in each segment, drafts included. Writes no outputs."""
    with session(workspace, as_of, quiet, format, cache=cache, memory=memory) as this:
        from segmentry.engine.answers.preview import preview_workspace
        from segmentry.engine.console.progress import progress
        from segmentry.engine.console.sizes import render_sizes

        with progress(quiet) as step:
            step("Evaluating")
            summary = preview_workspace(this.workspace, tuple(ids or ()), as_of=as_of)
        for note in summary.notes:
            this.note(f"{NOTE_WORDS[note.severity]}: {note.sentence()}")
        if this.json:
            this.document({**summary.document(), "notes": [note.document() for note in summary.notes]})
        else:
            this.show(render_sizes(summary))
