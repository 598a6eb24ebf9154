"""The recipes of CONTRIBUTING, followed to the letter in a copy of the project.

Of a recipe's blocks ``in=FILE:NAME`` is one more element of the collection NAME of a file,
``above=FILE:NAME`` comes before NAME, ``end=FILE`` at a file's end, ``file=FILE`` is a whole file;
``copy=FROM`` with ``to=TO`` name folders of which one becomes the other; ``replace=FILES`` has pairs
`OLD -> NEW`. ``workspace=FILE`` is a file of a starter workspace, ``append=FILE`` comes at the end of one.
``console`` is run, `segmentry` in the workspace and `python` in the copy: what it prints has the lines that
are shown, `…` standing for anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_pages import FENCE, Block

ROOT = Path(__file__).parents[1]
MOST_CODE_FILES = 3


def recipes() -> dict[str, list[Block]]:
    """The blocks of each recipe by its title."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    parts = re.split(r"^### (Add an? [^\n]+)$", text, flags=re.M)[1:]
    titles, bodies = parts[::2], (re.split(r"^##? ", body, flags=re.M)[0] for body in parts[1::2])
    return {
        title: [Block(language, tuple(rest.split()), text) for language, rest, text in FENCE.findall(body)]
        for title, body in zip(titles, bodies, strict=True)
    }


RECIPES = recipes()


def test_there_is_a_recipe_for_every_open_set() -> None:
    assert set(RECIPES) >= {
        "Add an operator",
        "Add a finding",
        "Add a command",
        "Add a backend primitive",
        "Add an output",
        "Add a language",
        "Add a channel",
        "Add a kind of trait",
        "Add a known export",
    }


@pytest.mark.slow
@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_leads_to_what_it_promises(title: str, tmp_path: Path) -> None:
    source, workspace = tmp_path / "source", tmp_path / "shop"
    _copy(source)
    _run(source, tmp_path, ["segmentry", "init", str(workspace)])
    code: set[str] = set()
    commands = 0
    for block in RECIPES[title]:
        code |= {name for name in _follow(block, source, workspace) if not name.startswith("tests/")}
        for command, printed in block.commands() if block.is_transcript else ():
            words = shlex.split(command)
            _compare(_run(source, workspace if words[0] == "segmentry" else source, words), printed)
            commands += 1
    assert commands
    assert len(code) <= MOST_CODE_FILES


def test_the_files_that_recipes_name_have_what_they_name() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`([A-Z_a-z]+)` of\s+`([\w/]+\.py)`", text)
    assert named
    for name, file in named:
        assert re.search(rf"^{name}\b", (ROOT / file).read_text("utf-8"), re.M), f"{name} is not in {file}"


def _copy(target: Path) -> None:
    """The project as it is committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, place, follow_symlinks=False)


def _follow(block: Block, source: Path, workspace: Path) -> set[str]:
    """Do what a block says; the code files that it touches."""
    if (name := block.option("workspace")) is not None:
        (workspace / name).write_text(block.text, "utf-8")
    elif (name := block.option("append")) is not None:
        with (workspace / name).open("a", encoding="utf-8") as file:
            file.write(block.text)
    elif (name := block.option("file")) is not None:
        (source / name).write_text(block.text, "utf-8")
        return {name} if name.endswith(".py") else set()
    elif (names := block.option("replace")) is not None:
        for name in names.split(","):
            _replace(source / name, block.text)
    elif (name := block.option("end")) is not None:
        with (source / name).open("a", encoding="utf-8") as file:
            file.write(f"\n\n{block.text}")
        return {name}
    elif (name := block.option("above")) is not None:
        name, _, anchor = name.partition(":")
        path = source / name
        text = path.read_text("utf-8")
        place = re.search(rf"^{anchor}\b", text, re.M)
        assert place is not None, f"no {anchor}"
        path.write_text(f"{text[: place.start()]}{block.text}\n\n{text[place.start() :]}", "utf-8")
        return {name}
    elif (name := block.option("in")) is not None:
        name, _, collection = name.partition(":")
        path = source / name
        path.write_text(_with_element(path.read_text("utf-8"), collection, block.text), "utf-8")
        return {name}
    elif (name := block.option("copy")) is not None:
        shutil.copytree(source / name, source / str(block.option("to")))
    return set()


def _replace(path: Path, pairs: str) -> None:
    """A data file with one text for another, wherever one of the pairs `OLD -> NEW` fits."""
    text = path.read_text("utf-8")
    for old, _, new in (line.partition(" -> ") for line in pairs.splitlines()):
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def _with_element(text: str, collection: str, element: str) -> str:
    """A module with one more element at the end of a collection that is spread over lines."""
    begins = re.search(rf"^{collection}\b[^\n]*[(\[{{]$", text, re.M)
    assert begins is not None, f"no collection {collection}"
    ends = re.compile(r"^[)\]}]", re.M).search(text, begins.end())
    assert ends is not None
    indented = "".join(f"    {line}" if line.strip() else line for line in element.splitlines(keepends=True))
    return text[: ends.start()] + indented + text[ends.start() :]


def _run(source: Path, cwd: Path, words: list[str]) -> str:
    """What a command of a recipe prints, by the code of the copy; it may find something, but not fail."""
    program = ["-m", "segmentry.cli"] if words[0] == "segmentry" else []
    env = os.environ | {"PYTHONPATH": f"{source / '.dev'}{os.pathsep}{source}", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, *program, *words[1:]], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0 or (program and done.returncode == 1), printed
    assert "Segmentry itself" not in printed
    return printed


def _compare(printed: str, expected: str) -> None:
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    for line in expected.splitlines():
        pattern = ".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))
        if line.strip():
            assert any(re.fullmatch(pattern, there) for there in lines), f"{line}\nis not in\n{printed}"
