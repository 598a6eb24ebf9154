"""Writing files so that each is there whole or not at all."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from segmentry.engine.diagnostics.disk import is_full, no_space
from segmentry.engine.diagnostics.errors import UsageError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files, once all of them lie ready beside their places; a file that was there keeps its mode.

    Raises OSError, with the file that it is about; then, as after Ctrl-C, nothing has changed unless the
    system has refused to give a file that lay ready its name.
    """
    staged = {path: path.with_name(f".{path.name}.part") for path in contents}
    try:
        for path, content in contents.items():
            with _about(path):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, "it is a folder")
                staged[path].write_bytes(content)
                if path.exists():
                    shutil.copymode(path, staged[path])
        for path in contents:
            with _about(path):
                staged[path].replace(path)
    finally:
        surely(lambda: _remove(staged.values()))


def unwritable(error: OSError, where: Path) -> UsageError:
    """What to raise where something can't be written: the file that the error is about, or else ``where``."""
    if is_full(error):
        return UsageError(no_space(where))
    reason = (error.strerror or str(error)).lower()
    return UsageError(f"{error.filename or where} can't be written ({reason})")


@contextmanager
def _about(path: Path) -> Generator[None]:
    """An OSError names the file, not what lies beside it."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def temporary_folder(prefix: str) -> Generator[Path]:
    """A folder among the system's temporary files, for as long as the context is."""
    folder = Path(mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        surely(partial(shutil.rmtree, folder, ignore_errors=True))


def surely(clean_up: Callable[[], None]) -> None:
    """Clean up; a Ctrl-C in the middle of that comes through when it is done. What can't be removed stays."""
    stopped: BaseException | None = None
    for _ in range(3):  # whoever is impatient presses twice
        try:
            with suppress(OSError):
                clean_up()
            break
        except BaseException as error:
            stopped = error
    if stopped is not None:
        raise stopped


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink(missing_ok=True)
