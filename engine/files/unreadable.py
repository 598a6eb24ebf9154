"""What below the folder of the rules can't be read, so that it is told and not passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from segmentry.engine.diagnostics.there import is_folder, is_there


def unreadable(folder: Path, *, named: bool) -> Iterator[tuple[Path, str]]:
    """Paths below a folder that should hold rules and can't be read, each with the reason in words.

    A folder that does not exist is one where the workspace ``named`` it; else it may have no rules yet.
    """
    wrong = _no_folder(folder, named=named)
    if wrong is not None:
        yield folder, wrong
    refused: list[OSError] = []
    for here, folders, names in os.walk(folder, onerror=refused.append):
        for name in names:
            path = Path(here) / name
            # The marks of editors that have a file open are such links on purpose.
            if not name.startswith(".") and path.is_symlink() and not is_there(path):
                yield path, "the link leads nowhere, or to itself"
        for name in folders:
            path = Path(here) / name
            if path.is_symlink() and Path(here).resolve().is_relative_to(path.resolve()):
                yield path, "the link leads back to a folder that it is in"
    for error in refused:
        if error.filename is not None and is_folder(Path(error.filename)):
            yield Path(error.filename), (error.strerror or str(error)).lower()


def _no_folder(path: Path, *, named: bool) -> str | None:
    """Why there is no folder at a path; None where there is one."""
    try:
        linked = stat.S_ISLNK(path.lstat().st_mode)
    except FileNotFoundError:
        return "there is no such folder" if named else None
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if is_folder(path):
        return None
    return (
        "the link leads nowhere" if linked and not is_there(path) else "it is a file, and should be a folder"
    )
