"""What a draft would change in a workspace that is there: as a diff, never written over anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Final

from segmentry.engine.document import is_mapping

DRAFT_FOLDER: Final = ".segmentry/draft"
"""The files as they were drafted last: what a new draft is compared with, so that edits by hand stay."""
_ANSWERS: Final = "answers.json"
PROPOSAL: Final = "proposal.diff"


def propose(folder: Path, files: Mapping[str, str]) -> str:
    """How a new draft differs from the last one, or from the files without one; empty where it does not.

    `git apply proposal.diff` takes it over, beside what was edited since.
    """
    return "".join(_changes(folder, files))


def _changes(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    names = {*files, *(name for name in _drafted(folder))}
    for name in sorted(names):
        before, after = _before(folder, name), files.get(name, "")
        if before == after:
            continue
        head, tail = (f"a/{name}" if before else "/dev/null"), (f"b/{name}" if after else "/dev/null")
        for line in unified_diff(before.splitlines(True), after.splitlines(True), head, tail):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _drafted(folder: Path) -> Iterator[str]:
    kept = folder / DRAFT_FOLDER
    for path in sorted(kept.rglob("*.yaml")):
        yield path.relative_to(kept).as_posix()


def _before(folder: Path, name: str) -> str:
    for path in (folder / DRAFT_FOLDER / name, folder / name):
        if path.is_file():
            return path.read_text("utf-8")
    return ""


def kept_draft(files: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    """What is kept of a draft for the next one: its files, and what a person has answered."""
    kept = {f"{DRAFT_FOLDER}/{name}": text for name, text in files.items()}
    return {
        **kept,
        f"{DRAFT_FOLDER}/{_ANSWERS}": json.dumps(dict(answers), ensure_ascii=False, indent=2) + "\n",
    }


def known_answers(folder: Path) -> dict[str, str]:
    """What a person has answered for the last draft, by what it is about."""
    try:
        found = json.loads((folder / DRAFT_FOLDER / _ANSWERS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(about): str(text) for about, text in found.items()} if is_mapping(found) else {}
