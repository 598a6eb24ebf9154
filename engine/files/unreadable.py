"""The YAML files below the folder of the rules, and what can't be read there, so that it is told."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diagnostics.there import is_file, is_folder, is_there
from segmentry.engine.files.condition_model import NO_SPAN

RULE_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class FolderOfRules:
    """The files by one look at a folder; ``unreadable`` are paths that can't be read, with why in words."""

    files: tuple[Path, ...]
    unreadable: tuple[tuple[Path, str], ...]


def look_through(folder: Path, *, named: bool) -> FolderOfRules:
    """The YAML files below a folder, sorted; linked folders are looked through, too.

    A folder that does not exist can't be read where the workspace ``named`` it; else there are no rules yet.
    """
    files: list[Path] = []
    refused: list[OSError] = []
    linked: set[Path] = set()
    wrong = _no_folder(folder, named=named)
    unreadable = [] if wrong is None else [(folder, wrong)]
    for here, folders, names in os.walk(folder, onerror=refused.append, followlinks=True):
        for path in [Path(here, name) for name in folders if Path(here, name).is_symlink()]:
            if path.resolve() in linked or path.parent.resolve().is_relative_to(path.resolve()):
                unreadable.append((path, "the link leads to a folder that is read already"))
                folders.remove(path.name)
            linked.add(path.resolve())
        for path in (Path(here, name) for name in names):
            if path.name.endswith(RULE_ENDINGS) and is_file(path):
                files.append(path)
            elif not path.name.startswith(".") and path.is_symlink() and not is_there(path):
                # The marks of editors that have a file open begin with a point, and lead nowhere on purpose.
                unreadable.append((path, "the link leads nowhere, or to itself"))
    for error in refused:
        if error.filename is not None and is_folder(Path(error.filename)):
            unreadable.append((Path(error.filename), (error.strerror or str(error)).lower()))
    return FolderOfRules(tuple(sorted(files)), tuple(unreadable))


def _no_folder(path: Path, *, named: bool) -> str | None:
    """Why there is no folder at a path; None where there is one, or nothing that was asked for."""
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


def unreadable_file(name: str, reason: str) -> Diagnostic:
    """The finding for a file or folder that can't be read, by its name in the workspace."""
    hint = "mend or remove it; what it says takes no part"
    return diagnostic("unreadable", f"{name} can't be read: {reason}", name, NO_SPAN, hint=hint)
