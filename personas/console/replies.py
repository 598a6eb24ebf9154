"""`cache`: the recorded replies of the language model."""

from __future__ import annotations

from typing import Annotated

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    Session,
    WorkspaceOption,
    choice,
    session,
)

ACTIONS = ("verify", "prune")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("segmentry cache verify", "segmentry cache prune"),
        short_help="Look after the recorded replies of the language model.",
    )(cache)


def cache(
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="verify: each reply belongs to its request. prune: remove those that nothing uses.",
            autocompletion=lambda: list(ACTIONS),
        ),
    ],
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Look after the recorded replies of the language model, in llm-cache/."""
    with session(workspace, as_of, quiet, format) as this:
        choice("ACTION", action, ACTIONS)
        if action == "verify":
            _verify(this)
        else:
            _prune(this)


def _verify(this: Session) -> None:
    from segmentry.personas.llm.cache import FOLDER, entries, verify_cache

    folder = this.workspace.root / FOLDER
    wrong, count = verify_cache(folder), len(list(entries(folder)))
    if this.json:
        reported = [{"file": f"{FOLDER}/{name}", "message": why} for name, why in wrong.items()]
        this.document({"version": 1, "replies": count, "wrong": reported})
    else:
        if wrong:
            this.show("\n".join(f"{FOLDER}/{name} {why}" for name, why in wrong.items()))
        this.done(f"{count} {'reply' if count == 1 else 'replies'}, {len(wrong) or 'nothing'} wrong.")
    this.code = 1 if wrong else 0


def _prune(this: Session) -> None:
    from segmentry.engine.console.progress import progress
    from segmentry.personas.brief.brand import load_brand
    from segmentry.personas.briefs import folders
    from segmentry.personas.console.modelled import model_job
    from segmentry.personas.facts.adapter import load_population
    from segmentry.personas.llm import prune_cache
    from segmentry.personas.llm.cache import FOLDER

    job = model_job(this, "replay")
    with progress(this.quiet) as step:
        brand = load_brand(this.workspace)
        step("Evaluating")
        population = load_population(this.workspace, as_of=this.as_of)
        step("Looking for what is used")
        root = this.workspace.root
        spoken = [one for one, _ in folders(population, this.workspace.model.locales, root)]
        gone = prune_cache(spoken, brand, job)
    if this.json:
        this.document({"version": 1, "removed": [f"{FOLDER}/{key}.json" for key in gone]})
    else:
        this.done(f"Removed {len(gone)} {'reply' if len(gone) == 1 else 'replies'} that nothing uses.")
