"""The YAML files below the folder of the rules, and what can't be read there, so that it is told."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from segmentry.engine.diagnostics.there import is_file, is_folder, is_there

RULE_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class FolderOfRules:
    """The files by one look at a folder; ``unreadable`` are paths that can't be read, with why in words."""

    files: tuple[Path, ...]
    unreadable: tuple[tuple[Path, str], ...]


def look_through(folder: Path) -> FolderOfRules:
    """The YAML files below a folder, sorted. A folder that does not exist holds none."""
    files: list[Path] = []
    refused: list[OSError] = []
    wrong = _no_folder(folder)
    unreadable = [] if wrong is None else [(folder, wrong)]
    for here, _, names in os.walk(folder, onerror=refused.append):
        for path in (Path(here, name) for name in names if name.endswith(RULE_ENDINGS)):
            if is_file(path):
                files.append(path)
            elif path.is_symlink() and not is_there(path):
                unreadable.append((path, "the link leads nowhere, or to itself"))
    for error in refused:
        if error.filename is not None and is_folder(Path(error.filename)):
            unreadable.append((Path(error.filename), (error.strerror or str(error)).lower()))
    return FolderOfRules(tuple(sorted(files)), tuple(unreadable))


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
