"""The pages of the documentation as things that can be done: their blocks, one after the other.

A fence says what its block is. Of YAML: ``file=NAME`` is a whole file of the workspace; ``part=trait``,
``part=segment``, ``part=condition`` and ``part=source`` are pieces that are put where they belong and add up;
``from=NAME`` is a piece of the starter's file; ``edit=NAME`` changes a file: its last line takes the place of
the one that follows the lines before.

``console`` is a transcript: a line with ``$`` is a command, what follows is what it prints, if that is shown,
and ``…`` stands for anything. ``exit=1`` says that it ends with that code; ``made-up`` that it is run on data
that is made up, so that what it prints is not compared. ``python run`` is run. Others are for reading only.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.document import read_document

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
HEAD = "segmentation: page\nowner: crm\nassign: every_match\nsegments:\n"
ELSEWHERE = ("pip install ", "git ", "make ", "python -m venv ", ". .venv/")
"""Commands that are no business of these tests."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, what else its fence says, and the text."""

    language: str
    options: tuple[str, ...]
    text: str

    def option(self, name: str) -> str | None:
        """The value of ``name=…`` in the fence."""
        return next((o.partition("=")[2] for o in self.options if o.startswith(f"{name}=")), None)

    @property
    def is_transcript(self) -> bool:
        """Whether it shows commands, whatever it calls itself."""
        return self.language == "console" or self.text.startswith("$ ")

    def commands(self) -> list[tuple[str, str]]:
        """The commands of a transcript, each with what it prints."""
        found = re.split(r"^\$ ", self.text, flags=re.M)[1:]
        return [(command, printed) for command, _, printed in (part.partition("\n") for part in found)]


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [Block(language, tuple(rest.split()), body) for language, rest, body in FENCE.findall(text)]


def can_be_done(page: Path) -> bool:
    """Whether a page has blocks that do something."""
    return any(
        b.is_transcript or b.option("file") or b.option("part") or "run" in b.options for b in blocks(page)
    )


def agrees(printed: str, shown: str) -> bool:
    """Whether a command printed what the page shows: a line `…` is any lines, `…` in a line any text."""
    pattern = ""
    for line in shown.splitlines():
        if line.strip() == "…":
            pattern += r"(.*\n)*"
        else:
            pattern += ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"
    actual = "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, actual) is not None


@dataclass
class Reader:
    """Somebody who does what a page says, in a workspace."""

    folder: Path
    parts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def do(self, block: Block) -> None:
        """Do what a block says. Raises AssertionError where something else comes of it."""
        if name := block.option("file"):
            (self.folder / name).write_text(block.text, "utf-8")
        elif name := block.option("from"):
            assert block.text in (ROOT / "rules" / "starter" / name).read_text("utf-8"), (
                f"{name} says other things"
            )
        elif name := block.option("edit"):
            self._edit(self.folder / name, block.text.splitlines())
        elif part := block.option("part"):
            self._add(part, block.text)
        elif block.is_transcript:
            for command, shown in block.commands():
                self.run(command, shown, block)
        elif block.language == "python" and "run" in block.options:
            exec(compile(block.text, "the page", "exec"), {})

    def run(self, command: str, shown: str, block: Block) -> None:
        """Run one command of a transcript and compare what it prints."""
        words = [os.path.expandvars(word) for word in shlex.split(_substituted(command), comments=True)]
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            os.chdir(self.folder)
        elif words[0] == "segmentry":
            self._segmentry(words[1:], command, shown, block)
        else:
            assert words[0] == "export" or command.startswith(ELSEWHERE), f"nobody runs `{command}`"

    def _segmentry(self, words: list[str], command: str, shown: str, block: Block) -> None:
        words, target = (words[:-2], words[-1]) if ">" in words else (words, None)
        result = CliRunner().invoke(app, words, env={"COLUMNS": "100"})
        exits = (block.option("exit") or "0").split(",")
        assert str(result.exit_code) in exits, f"`{command}` exits {result.exit_code}:\n{result.output}"
        if target is not None:
            (self.folder / target).write_text(result.stdout, "utf-8")
        elif shown and "made-up" not in block.options:
            # A page may leave out what goes to stderr: notes depend on the day.
            agreed = agrees(result.stdout, shown) or agrees(result.output, shown)
            assert agreed, f"`{command}` prints:\n{result.output}"

    # --- pieces -----------------------------------------------------------------------------------

    def _add(self, part: str, text: str) -> None:
        self.parts.setdefault(part, []).append(text)
        if part == "source":
            self._add_source(text)
        elif part == "trait":
            traits = "traits:\n" + "".join(self.parts["trait"])
            (self.folder / "rules" / "page-traits.yaml").write_text(traits, "utf-8")
        else:
            (self.folder / "rules" / "page.yaml").write_text(HEAD + "".join(self._segments()), "utf-8")

    def _edit(self, file: Path, lines: list[str]) -> None:
        *before, new = lines
        there = file.read_text("utf-8").splitlines()
        places = [
            n
            for n in range(len(before), len(there))
            if all(map(str.startswith, there[n - len(before) : n], before))
        ]
        assert len(places) == 1, f"{file.name} has these lines {len(places)} times"
        there[places[0]] = new
        file.write_text("\n".join(there) + "\n", "utf-8")

    def _segments(self) -> list[str]:
        conditions = [
            f"  - id: condition-{number}\n    when:\n{indent(text, ' ' * 6)}"
            for number, text in enumerate(self.parts.get("condition", ()), start=1)
        ]
        return [*self.parts.get("segment", ()), *conditions]

    def _add_source(self, text: str) -> None:
        """The workspace file with these lines of a source added, as JSON, which is YAML too."""
        file = self.folder / "segmentry.yaml"
        whole = _data(file.read_text("utf-8"))
        for name, lines in _data(text).items():
            whole["sources"].setdefault(name, {}).update(lines)
        file.write_text(json.dumps(whole), "utf-8")


def _substituted(command: str) -> str:
    """The command with what `$(git …)` prints in its place."""

    def printed(inner: re.Match[str]) -> str:
        return subprocess.run(
            shlex.split(inner[1]), capture_output=True, text=True, check=True
        ).stdout.strip()

    return re.sub(r"\$\((git [^)]*)\)", printed, command)


def _data(raw: str) -> Any:
    document, findings = read_document("page", raw.encode())
    assert document is not None, findings
    return document.data
