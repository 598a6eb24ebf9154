"""`init --from`: exports become a workspace, with a few questions on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from segmentry.engine.console.session import Session
from segmentry.engine.diagnostics.errors import UsageError

if TYPE_CHECKING:
    from segmentry.engine.starter.onboard.drafting import Drafted
    from segmentry.engine.starter.onboard.questions import Ask, OpenQuestion


def draft_from(this: Session, places: list[str], exports: list[str], *, yes: bool, no_data: bool) -> None:
    """Draft a workspace, or propose what would change in the one that is there, and say so."""
    from segmentry.engine.starter.onboard.drafting import draft_workspace

    if no_data:
        raise UsageError("--from and --no-data don't go together: leave one of the two out")
    folder, named = _told_apart(places, exports)
    folder = folder or this.folder or Path()
    asks = not yes and not this.json and sys.stdin.isatty() and sys.stderr.isatty()
    if not asks and not yes:
        this.note("Nobody is asked without a terminal: the best guesses are taken, as with --yes.")
    ask: Ask | None = _ask if asks else None
    done = draft_workspace(folder.absolute(), named, ask=ask, progress=this.note)
    if this.json:
        this.document(_document(done))
    else:
        _report(this, done)


def _told_apart(places: list[str], exports: list[str]) -> tuple[Path | None, list[str]]:
    """The folder of the workspace and the exports: a shell puts all files but the first behind the folder.

    Files belong to `--from`; the first name that is none is the folder.
    """
    files = [
        place
        for place in places
        if Path(place).is_file() or "://" in place or any(mark in place for mark in "*?[$")
    ]
    folders = [place for place in places if place not in files]
    return (Path(folders[0]) if folders else None), [*exports, *folders[1:], *files]


def _ask(question: OpenQuestion) -> str:
    default = question.default
    shown = f"{question.text} ({question.why})"
    return str(typer.prompt(shown, default=default, show_default=bool(default), err=True))


def _document(done: Drafted) -> dict[str, object]:
    return {
        "version": 1,
        "folder": str(done.folder),
        "written": done.made.written if done.made else [],
        "answers": [{"question": question, "answer": answer} for question, answer in done.answers],
        "notes": [{"about": note.about, "text": note.text, "sure": note.sure} for note in done.notes],
        "proposal": done.proposal,
        "sizes": done.summary.document() if done.summary else None,
        "variables": done.variables,
        "failure": done.failure,
    }


def _report(this: Session, done: Drafted) -> None:
    from segmentry.engine.console.sizes import render_sizes
    from segmentry.engine.starter.onboard.proposal import PROPOSAL

    if done.proposal is not None:
        if not done.proposal:
            this.done("The exports are as they were: there is nothing to propose.")
            return
        this.show(done.proposal)
        this.done(f"Nothing was changed. Take it over with: git apply {PROPOSAL}")
        return
    for question, answer in done.answers:
        this.done(f"{question} {answer or 'not known'}")
    if done.summary is not None:
        this.show(render_sizes(done.summary))
    elif done.failure is None:
        this.done(f"The exports are large: segmentry preview -w {done.folder} counts the sizes.")
    if done.failure is not None:
        this.note(
            f"warning: the sizes can't be counted yet: {done.failure}; segmentry check names each line of "
            "the draft that can't be read"
        )
    written = len(done.made.written) if done.made else 0
    this.done(
        f"Made a workspace in {done.folder}: {written} files. "
        "guesses.html says what was guessed, and how sure."
    )
    for variable in done.variables:
        this.done(
            f"Set {variable} to the address of the database, a file's by its whole path: the workspace has "
            "the name of the variable only."
        )
    this.done(f"Next: segmentry check --data -w {done.folder}")
