"""Cases of exact output: a workspace goes in, commands are run, all that comes out is held in a file.

A case is a folder in ``tests/cases/check``, ``run`` or ``briefs``. Its ``transcript.txt`` begins with a line
on what the case shows; a line with ``$`` is a command, and below, indented, stands what it prints: stdout,
then under ``[stderr]`` what goes there, and ``[exit N]`` unless N is 0. The workspace is
``tests/cases/shop``, with the files of ``input/`` laid over it. ``output/`` holds the files that the commands
leave behind; of a Parquet file its columns and rows as text.

``pytest --update`` writes ``output/``, and in the transcript all but the commands and remarks, anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import polars as pl
from typer.testing import CliRunner

from segmentry.cli import app

CASES = Path(__file__).parent / "cases"
SHOP = CASES / "shop"
KINDS = ("check", "run", "briefs")
KEPT = "/.segmentry/cache/"
"""Where columns are kept, by what they are made of: none of it is to be read."""

CHANGING = {"run.log.json"}
"""Files that are different in each run, as they say themselves."""

_SURROUNDINGS = {"COLUMNS": "100", "NO_COLOR": "1", "GITHUB_WORKSPACE": "", "HOME": "/nowhere"}
_NORMAL = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),  # of Parquet it depends on the version of Polars
    (re.compile(r'(?<="bytes": )\d+(?=\s*[,}\n])'), "0"),
    (re.compile(r'(?<="segmentry": ")[^"]+'), "<version>"),
    (re.compile(r'(?<="semanticVersion": ")[^"]+'), "<version>"),
    (re.compile(r"(?<=\d\.)(\d{10})\d+\b"), r"\1"),  # the last digits of a quotient are the machine's
)


@dataclass
class Came:
    """What came of a case: its transcript and the files that were left behind, by their names."""

    transcript: str
    files: dict[str, str] = field(default_factory=dict[str, str])


def cases() -> list[Path]:
    """The folders of all cases, sorted."""
    return sorted(path.parent for kind in KINDS for path in (CASES / kind).glob("*/transcript.txt"))


def expected(case: Path) -> Came:
    """What stands in the folder of the case."""
    files = (path for path in (case / "output").rglob("*") if path.is_file())
    texts = {path.relative_to(case / "output").as_posix(): _text(path) for path in files}
    return Came((case / "transcript.txt").read_text("utf-8"), texts)


def happened(case: Path) -> Came:
    """What comes of the case today, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "shop"
        _lay_out(case, root)
        before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        lines = (case / "transcript.txt").read_text("utf-8").splitlines()
        parts = [_part(line, root) for line in lines if line.startswith(("# ", "$ "))]
        there = (path for path in root.rglob("*") if path.is_file() and KEPT not in path.as_posix())
        left = sorted(path for path in there if path.name not in CHANGING)
        files = dict(_shown(path, root) for path in left if before.get(path) != path.read_bytes())
    return Came("\n".join(parts), files)


def write(case: Path, came: Came) -> None:
    """Make what came of a case what is expected of it."""
    (case / "transcript.txt").write_text(came.transcript, "utf-8", newline="\n")
    shutil.rmtree(case / "output", ignore_errors=True)
    for name, text in came.files.items():
        path = case / "output" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def _lay_out(case: Path, root: Path) -> None:
    shutil.copytree(SHOP, root)
    if (case / "input").exists():
        shutil.copytree(case / "input", root, dirs_exist_ok=True)


def _part(line: str, root: Path) -> str:
    """A remark as it stands, or a command with what it does."""
    if line.startswith("# "):
        return f"{line}\n"
    with patch.dict(os.environ, _SURROUNDINGS):
        here = Path.cwd()
        os.chdir(root)
        try:
            result = CliRunner().invoke(app, shlex.split(line.removeprefix("$ segmentry ")))
        finally:
            os.chdir(here)
    printed = [line, *_indented(_normal(result.stdout, root))]
    if result.stderr:
        printed += ["[stderr]", *_indented(_normal(result.stderr, root))]
    if result.exit_code:
        printed.append(f"[exit {result.exit_code}]")
    return "\n".join(printed) + "\n"


def _indented(text: str) -> list[str]:
    return [f"  {line}" if line else "" for line in text.rstrip("\n").split("\n")] if text else []


def _normal(text: str, root: Path) -> str:
    """The text without what differs from one run or machine to the next."""
    text = text.replace(str(root), "/shop")
    for pattern, instead in _NORMAL:
        text = pattern.sub(instead, text)
    return text


def _shown(path: Path, root: Path) -> tuple[str, str]:
    # Under its own name git would heed it, and leave the rest of the folder out.
    name = path.relative_to(root).as_posix().replace(".gitignore", "gitignore.txt")
    if path.suffix != ".parquet":
        return name, _normal(_text(path), root)
    frame = pl.read_parquet(path)
    columns = "".join(f"# {column}: {kind}\n" for column, kind in frame.schema.items())
    return f"{name}.txt", columns + frame.write_csv()


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")
