"""Removing everything that was derived from people's data."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from segmentry.engine.diagnostics.disk import is_full, no_space
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.there import is_folder
from segmentry.engine.outputs.folder import remove_outputs
from segmentry.engine.outputs.known_folders import PRIVATE_FOLDER, known_folders
from segmentry.engine.outputs.run import data_files, output_path
from segmentry.engine.workspace import Workspace

KEPT = ("schema",)
"""What in the private folder is not derived from data."""


def clean_workspace(workspace: Workspace, output: Path | None = None) -> list[str]:
    """Remove the outputs, caches and prepared copies of a workspace; returns what was removed, sorted.

    The outputs are those in the named folder (default: the workspace's own) and in every other one that runs
    have written.

    Only what Segmentry has written goes: other files in the output folder stay, and so does the data itself.
    Raises LockedError while a run holds the output folder, UsageError where something can't be removed.
    """
    folders = {output_path(workspace, output), *known_folders(workspace.root)}
    data = data_files(workspace)
    try:
        removed = [str(folder / name) for folder in folders for name in remove_outputs(folder, data)]
        removed += _cleared(workspace.root / PRIVATE_FOLDER)
    except OSError as error:
        raise _unremovable(error, workspace.root) from error
    return sorted(_relative(path, workspace.root) for path in removed)


def _cleared(private: Path) -> list[str]:
    entries = (
        [entry for entry in sorted(private.iterdir()) if entry.name not in KEPT] if is_folder(private) else []
    )
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return [str(entry) for entry in entries]


def _unremovable(error: OSError, root: Path) -> UsageError:
    if is_full(error):
        return UsageError(no_space(root))
    reason = (error.strerror or str(error)).lower()
    return UsageError(f"{error.filename or root} can't be removed ({reason}); what is gone already is gone")


def _relative(path: str, root: Path) -> str:
    with contextlib.suppress(ValueError):
        return Path(path).relative_to(root).as_posix()
    return path
