"""Writes docs/commands.md from the commands themselves: `python -m tests.commands_page`."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.outputs.entries import OUTPUTS, RECORDS

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"

HEAD = """\
# Commands

<!-- Written by `python -m tests.commands_page`; change the commands, not this page. -->

Every command takes `-w DIR` (the workspace; without it the nearest folder upward with a `segmentry.yaml`),
`--as-of`, `--quiet` and `--format`. Results go to stdout, findings, notes and progress to stderr. With
`--format json` stdout is one JSON document and nothing else: also when a command fails, then with
`{"error": {"exit_code": …, "message": …}}`. Colour and progress appear on a terminal only; `NO_COLOR=1` turns
colour off. `segmentry --install-completion` teaches bash, zsh and fish the commands, and the names of your
segments and traits.

## Exit codes

| code | meaning |
|---|---|
| 0 | fine |
| 1 | findings, failures, or a budget broken |
| 2 | wrong usage: an argument that names nothing, output that can't be written; too little disk or memory |
| 3 | the workspace or its rules can't be loaded |
| 4 | the data does not fit: a missing file or column, a bad value, a duplicate key, a late feed |
| 5 | a cached reply is missing, or no server was reached with `--llm` |
| 6 | nothing ran |
| 7 | another run holds the output folder |
| 130 | stopped with Ctrl-C; nothing half-written is left behind |
| 134, 137 | ended by the system, mostly for lack of memory; the next command leaves the outputs whole |

A command whose stdout or stderr is closed, or is read no further (`segmentry check | head -1`), does its work
and keeps its exit code. Where stdout can't be written, to a full disk for example, it ends with 2.

`SEGMENTRY_TRACEBACK=1` shows where in the code an unexpected error came from.

## What `run` writes

Into `out/`, or the folder that `-o` names, which can't be one that a source's files lie in. The files are
made aside, and once all are complete they take their names, `run.json` last, so a file whose hash is not the
one in `run.json` is no output. Whatever stops a run, even in the middle of that, the next command leaves the
old outputs whole or the new ones; files that are not Segmentry's stay. The same rules, data, version and
options give the same bytes, but for `run.log.json`.

The folder holds people's data: a run that makes one puts a `.gitignore` into it that keeps all of it out of
the repository, and `segmentry clean` removes the outputs from every folder that this workspace has written
to (`.segmentry/outputs.json` lists them).

"""


def _contents() -> list[tuple[str, str]]:
    written = [(o.file, f"With `--{o.option}`: {o.doc}" if o.option else o.doc) for o in OUTPUTS]
    return [*written, *RECORDS.items()]


def page() -> str:
    """The page, with the help of every command in the order of the command line."""
    rows = "".join(f"| `{name}` | {content} |\n" for name, content in _contents())
    parts = [HEAD, "| file | content |\n|---|---|\n", rows]
    for name in command_names():
        text = CliRunner().invoke(app, [name, "--help"], prog_name="segmentry", env={"COLUMNS": "80"}).stdout
        parts.append(f"\n## {name}\n\n```text\n{text.strip()}\n```\n")
    return "".join(parts)


def command_names() -> list[str]:
    """The commands in the order of the help."""
    names: list[str] = []
    for command in app.registered_commands:
        assert command.callback is not None
        names.append(command.name or command.callback.__name__)
    return names


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
