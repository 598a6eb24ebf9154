"""`demo`: a tour through the commands, each called as a person would call it."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import typer

from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    FormatOption,
    QuietOption,
    WorkspaceOption,
    session,
)

STEPS: tuple[tuple[str, ...], ...] = (("check",), ("test",), ("run",), ("brief",))
"""The commands of the tour after `init`, with their options; each gets the demo's folder as workspace."""

FOLDER = Path("segmentry-demo")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("segmentry demo", "segmentry demo my-first-segments"),
        short_help="Make a sample workspace and go through it.",
    )(demo)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where.")] = FOLDER,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: FormatOption = "text",
) -> None:
    """Make a sample workspace and go through it: from rules to results."""
    with session(workspace, as_of, quiet, format) as this:
        where = folder if workspace is None else workspace
        steps = [["init", str(where)], *([*step, "-w", str(where)] for step in STEPS)]
        shared = [*(["--as-of", as_of] if as_of is not None else []), *(["--quiet"] if quiet else [])]
        call = _documented if this.json else _called
        done: list[_Step] = []
        for step in steps:
            this.done(f"\n$ segmentry {' '.join(step)}")
            done.append(call(context, step[0], [*step[1:], *shared]))
            if done[-1]["exit_code"]:
                break
        this.code = done[-1]["exit_code"]
        if this.json:
            this.document({"version": 1, "folder": str(where), "steps": done})
        elif not this.code:
            this.done(_INVITATION.format(where))


class _Step(TypedDict):
    """What one command of the tour ended with; ``result`` is its JSON document, where that is wanted."""

    command: str
    exit_code: int
    result: NotRequired[Any]


def _documented(context: typer.Context, name: str, arguments: list[str]) -> _Step:
    """One command that says its result as JSON, taken down instead of shown."""
    import json

    with redirect_stdout(StringIO()) as printed:
        step = _called(context, name, [*arguments, "--format", "json"])
    return {**step, "result": json.loads(printed.getvalue())}


def _called(context: typer.Context, name: str, arguments: list[str]) -> _Step:
    """One command of this command line."""
    assert context.parent is not None
    group: Any = context.parent.command
    code: int | None = group.commands[name].main(
        arguments, prog_name=f"segmentry {name}", standalone_mode=False
    )
    return {"command": name, "exit_code": code or 0}


_INVITATION = """
All of it is in the folder {0}. Three things to try there:

  1. Open rules/buying-motive.yaml, change a number, and see what it does:
       segmentry preview -w {0}
  2. Ask why one customer is where she is:
       segmentry explain C000197 -w {0}
  3. Open out/segments.json for the sizes, or get a list for a spreadsheet:
       segmentry run --csv -w {0}"""
