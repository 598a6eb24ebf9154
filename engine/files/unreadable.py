"""What below the folder of the rules can't be read, so that it is told and not passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from segmentry.engine.diagnostics.there import is_folder, is_there

RULE_ENDINGS = (".yaml", ".yml")


def unreadable(folder: Path) -> Iterator[tuple[Path, str]]:
    """Paths below a folder that should hold rules and can't be read, each with the reason in words.

    A folder that does not exist is none: a workspace may have no rules yet.
    """
    wrong = _no_folder(folder)
    if wrong is not None:
        yield folder, wrong
    refused: list[OSError] = []
    for here, _, names in os.walk(folder, onerror=refused.append):
        for name in names:
            path = Path(here) / name
            if name.endswith(RULE_ENDINGS) and path.is_symlink() and not is_there(path):
                yield path, "the link leads nowhere, or to itself"
    for error in refused:
        if error.filename is not None and is_folder(Path(error.filename)):
            yield Path(error.filename), (error.strerror or str(error)).lower()


def _no_folder(path: Path) -> str | None:
    """Why there is no folder at a path that is taken; None where there is one, or nothing."""
    try:
        linked = stat.S_ISLNK(path.lstat().st_mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if is_folder(path):
        return None
    return (
        "the link leads nowhere" if linked and not is_there(path) else "it is a file, and should be a folder"
    )
