"""The files of a workspace in their canonical layout: found and laid out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.fmt.layout import Formatted, format_bytes


def format_files(root: Path, files: Sequence[str], paths: Sequence[Path] = ()) -> list[Formatted]:
    """Files (relative to a workspace's root) laid out, sorted; nothing is written.

    ``paths`` are files and folders that it is limited to. Raises UsageError for one that holds no such file.
    """
    if paths:
        chosen: set[str] = set()
        for path in paths:
            chosen.update(_named(path, files, root))
        files = sorted(chosen)
    return [format_bytes(file, (root / file).read_bytes()) for file in files]


def _named(path: Path, files: Iterable[str], root: Path) -> list[str]:
    relative = Path(os.path.relpath(os.path.realpath(path), root)).as_posix()
    found = [file for file in files if relative in (file, ".") or file.startswith(f"{relative}/")]
    if not found:
        raise UsageError(f"{path} is neither a rule file of the workspace nor a folder with one")
    return found
