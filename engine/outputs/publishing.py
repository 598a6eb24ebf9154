"""Giving staged outputs their names: a stop at any moment leaves the old outputs whole, or the new ones.

The journal is a folder: one rename makes the staging folder, complete and on the disk, the publishing folder.
Before it nothing has happened; after it whoever comes next moves on what is left in it, the manifest last.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from segmentry.engine.answers.manifest_file import MANIFEST
from segmentry.engine.diagnostics.errors import LockedError, UsageError
from segmentry.engine.outputs.entries import LOG, OUTPUT_FILES
from segmentry.engine.outputs.lock import locked

STAGING: Final = ".staging"
PUBLISHING: Final = ".publishing"
IGNORE_FILE: Final = ".gitignore"
IGNORE_ALL: Final = b"*\n"


def publish_staged(path: Path) -> None:
    """Give the files staged in a locked folder their names, and remove what earlier runs left.

    Raises OSError; outputs that could not get all their names by then get them from the next command.
    """
    staging = path / STAGING
    for file in sorted(staging.iterdir()):
        to_disk(file)
    to_disk(staging)
    staging.replace(path / PUBLISHING)
    to_disk(path)
    try:
        finish_publishing(path)
    except BaseException:
        # Too late to undo it: what a Ctrl-C has stopped is soon done.
        finish_publishing(path)
        raise


def finish_publishing(path: Path) -> None:
    """Complete what was being published in a locked folder; it may be nothing."""
    publishing = path / PUBLISHING
    if (publishing / MANIFEST).is_file():
        written = _named_in(publishing / MANIFEST)
        for name in OUTPUT_FILES:
            if name == MANIFEST:
                to_disk(path)
            if name not in written:
                (path / name).unlink(missing_ok=True)
            elif (publishing / name).exists():
                (publishing / name).replace(path / name)
        to_disk(path)
    remove_folder(publishing)


def recover(path: Path) -> None:
    """Complete or undo what a run that was stopped has left in a folder; what other runs do stays alone.

    A folder that can't be written now is left to a later command.
    """
    if not any((path / name).is_dir() for name in (STAGING, PUBLISHING)):
        return
    with contextlib.suppress(LockedError, OSError):
        with locked(path):
            finish_publishing(path)
            remove_folder(path / STAGING)
        remove_if_empty(path)


def remove_folder(path: Path) -> None:
    """Remove a folder with what is in it, or a link to one; it may be missing."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def remove_if_empty(path: Path) -> None:
    """Remove an output folder in which nothing is but the file that keeps it out of the repository."""
    ignore = path / IGNORE_FILE
    with contextlib.suppress(OSError):
        if [*path.iterdir()] == [ignore] and ignore.read_bytes() == IGNORE_ALL:
            ignore.unlink()
        path.rmdir()


def _named_in(manifest: Path) -> set[str]:
    try:
        document: dict[str, Any] = json.loads(manifest.read_bytes())
        return {*document["outputs"], LOG, MANIFEST}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{manifest} is damaged, so what a stopped run has left can't be completed; remove the folder "
            f"{manifest.parent} and run again"
        ) from error


def to_disk(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk: a power cut must not undo them later."""
    if path.is_dir():
        if sys.platform == "win32":
            return
        handle = os.open(path, os.O_RDONLY)
    else:
        handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
