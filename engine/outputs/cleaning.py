"""Removing everything that was derived from people's data."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

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
    Raises LockedError while a run holds the output folder.
    """
    folders = {output_path(workspace, output), *known_folders(workspace.root)}
    data = data_files(workspace)
    removed = [str(folder / name) for folder in folders for name in remove_outputs(folder, data)]
    private = workspace.root / PRIVATE_FOLDER
    for entry in sorted(private.iterdir()) if private.is_dir() else []:
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
        removed.append(str(entry))
    return sorted(_relative(path, workspace.root) for path in removed)


def _relative(path: str, root: Path) -> str:
    with contextlib.suppress(ValueError):
        return Path(path).relative_to(root).as_posix()
    return path
