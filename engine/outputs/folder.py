"""The output folder: locked for one run, which stages its files in it and publishes them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from segmentry.engine.diagnostics.disk import in_utf8, is_full, no_space
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.memory import is_short, no_memory
from segmentry.engine.diagnostics.there import is_folder, is_there
from segmentry.engine.diagnostics.whole import surely
from segmentry.engine.outputs.entries import OUTPUT_FILES
from segmentry.engine.outputs.lock import locked
from segmentry.engine.outputs.publishing import (
    IGNORE_ALL,
    IGNORE_FILE,
    STAGING,
    finish_publishing,
    publish_staged,
    remove_folder,
    remove_if_empty,
)


@dataclass
class OutputFolder:
    """A folder that is locked for one run. ``sha256`` grows by each file that is staged."""

    path: Path
    sha256: dict[str, str] = field(default_factory=dict[str, str])

    def spare(self, files: Iterable[Path]) -> None:
        """Raise UsageError where an output has the name of one of these files, the data of the workspace."""
        spare(self.path, files)

    def stage(self, name: str) -> Path:
        """Where to write a file before it takes its name. Raises ValueError for a name that no run writes."""
        if name not in OUTPUT_FILES:
            raise ValueError(f"{name!r} is no output")
        return self.path / STAGING / name

    def staged(self, name: str) -> None:
        """Note that a file is complete, and its hash."""
        with self.stage(name).open("rb") as file:
            self.sha256[name] = hashlib.file_digest(file, "sha256").hexdigest()

    def write(self, name: str, content: bytes) -> None:
        """Stage a file of this content."""
        self.stage(name).write_bytes(content)
        self.staged(name)

    def publish(self) -> None:
        """Give the staged files their names, and remove what earlier runs left. Raises OSError."""
        publish_staged(self.path)


@contextlib.contextmanager
def output_folder(path: Path) -> Generator[OutputFolder]:
    """The folder, made if needed, locked, with an empty staging folder that is gone afterwards.

    Raises UsageError where it can't be written, LockedError where another run holds it. A folder that was
    made for a run that then failed is removed again.
    """
    if not in_utf8(path):
        raise UsageError(f"the output folder {path} is not written in UTF-8; name another one with -o")
    made = _missing(path)
    try:
        with contextlib.ExitStack() as stack:
            try:
                if made:
                    _make(path)
                _no_folders(path)
                stack.enter_context(locked(path))
                finish_publishing(path)
                remove_folder(path / STAGING)
                (path / STAGING).mkdir()
                stack.callback(_clear, path / STAGING)
            except OSError as error:
                raise UsageError(_unwritable(path, error)) from error
            yield OutputFolder(path)
    finally:
        surely(partial(_remove_made, made))


@contextlib.contextmanager
def writing(path: Path) -> Generator[None]:
    """Around whatever writes into the folder: a full disk is an error in words."""
    try:
        yield
    except OSError as error:
        raise UsageError(_unwritable(path, error)) from error


def spare(path: Path, files: Iterable[Path]) -> None:
    """Raise UsageError where one of the files is named like an output in the folder: it would be lost."""
    outputs = {os.path.realpath(path / name) for name in OUTPUT_FILES}
    for file in files:
        if os.path.realpath(file) in outputs:
            raise UsageError(
                f"{file} is data of the workspace and named like an output; name another folder with -o"
            )


def remove_outputs(path: Path, spared: Iterable[Path]) -> list[str]:
    """Remove every file that a run may have written, and the folder if nothing else is in it.

    Returns the names of what was removed. Raises LockedError while a run holds the folder, UsageError where
    one of the ``spared`` files would go.
    """
    if not is_folder(path):
        return []
    spare(path, spared)
    removed: list[str] = []
    with locked(path):
        finish_publishing(path)
        remove_folder(path / STAGING)
        # The manifest goes first: without it the others are no outputs.
        for name in reversed(OUTPUT_FILES):
            if (path / name).is_symlink() or (path / name).exists():
                (path / name).unlink()
                removed.append(name)
    remove_if_empty(path)
    return removed


def _no_folders(path: Path) -> None:
    for name in OUTPUT_FILES:
        if (path / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{name} in it is a folder")


def _make(path: Path) -> None:
    """Make a folder that is never there without the file that keeps it out of the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.part")
    try:
        remove_folder(fresh)
        fresh.mkdir()
        (fresh / IGNORE_FILE).write_bytes(IGNORE_ALL)
        fresh.rename(path)
    except OSError:
        if not is_folder(path):  # else another run has made it meanwhile
            raise
    finally:
        surely(partial(remove_folder, fresh))


def _missing(path: Path) -> list[Path]:
    """The folders that making this one will make, the innermost first."""
    folders: list[Path] = []
    for folder in (path, *path.parents):
        if is_there(folder):
            break
        folders.append(folder)
    return folders


def _remove_made(folders: Iterable[Path]) -> None:
    for folder in folders:
        remove_if_empty(folder)


def _clear(staging: Path) -> None:
    # What can't be removed now is removed by the next command.
    surely(partial(remove_folder, staging))


def _unwritable(path: Path, error: OSError) -> str:
    if is_full(error):
        return no_space(path)
    if is_short(error):
        return no_memory(error)
    reason = (error.strerror or str(error)).lower()
    return f"the output folder {path} can't be written ({reason}); name another one with -o"
