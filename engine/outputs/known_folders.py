"""The output folders that runs of a workspace have written, kept in its private folder."""

from __future__ import annotations

import errno
import json
import os
from functools import partial
from pathlib import Path
from typing import Final

from segmentry.engine.diagnostics.whole import surely
from segmentry.engine.document import is_list
from segmentry.engine.outputs.publishing import recover

PRIVATE_FOLDER: Final = ".segmentry"
LIST_FILE: Final = "outputs.json"
VERSION: Final = 1

_READ_ONLY: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


def known_folders(root: Path) -> list[Path]:
    """The folders that are noted, absolute and sorted. A list that can't be read is none."""
    try:
        folders = json.loads((root / PRIVATE_FOLDER / LIST_FILE).read_bytes())["folders"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    if not is_list(folders):
        return []
    return sorted(root / folder for folder in folders if isinstance(folder, str))


def note_folder(root: Path, folder: Path) -> None:
    """Note an output folder before something is written into it.

    Raises OSError; a workspace that nobody may write into keeps no list.
    """
    known = known_folders(root)
    if folder in known:
        return
    names = [path.relative_to(root) if path.is_relative_to(root) else path for path in (*known, folder)]
    document = {"version": VERSION, "folders": sorted(path.as_posix() for path in names)}
    content = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    target = root / PRIVATE_FOLDER / LIST_FILE
    staged = target.with_name(f".{LIST_FILE}.{os.getpid()}")
    try:
        target.parent.mkdir(exist_ok=True)
        try:
            staged.write_bytes(content.encode())
            staged.replace(target)
        finally:
            surely(partial(staged.unlink, missing_ok=True))
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise


def recover_outputs(root: Path) -> None:
    """Complete or undo what stopped runs of this workspace have left."""
    for folder in known_folders(root):
        recover(folder)
