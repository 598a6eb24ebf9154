"""The lock of an output folder: one run at a time. The system drops it when its process dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator
from functools import partial
from pathlib import Path

from segmentry.engine.diagnostics.errors import LockedError
from segmentry.engine.diagnostics.whole import surely

LOCK_FILE = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the lock of a folder. Raises LockedError where another process does, OSError where it can't write.

    A lock file that a dead process left is no lock: what counts is the system's lock on it.
    """
    path = folder / LOCK_FILE
    handle = _acquired(path)
    try:
        _sign(handle)
        yield
    finally:
        # On Windows an open file can't be removed; there the name goes after the lock does. A name that stays
        # is no lock.
        try:
            if sys.platform != "win32":
                _unlink(path)
        finally:
            os.close(handle)
        if sys.platform == "win32":
            _unlink(path)


def _unlink(path: Path) -> None:
    surely(partial(path.unlink, missing_ok=True))


def _acquired(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(handle)
        except OSError:
            holder = _holder(handle)
            os.close(handle)
            raise LockedError(
                f"another run{holder} holds the output folder {path.parent}; wait for it, "
                "or write into another folder with -o"
            ) from None
        if _still_named(handle, path):
            return handle
        os.close(handle)


def _sign(handle: int) -> None:
    """Say who holds the lock. Only for people to read; a disk may have no room even for that."""
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # A byte far behind the text, so that others can read who holds the lock.
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _still_named(handle: int, path: Path) -> bool:
    """Whether the name still leads to what was locked: its last holder may just have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        pid = os.read(handle, 32).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return f" (process {pid})" if pid.isdigit() else ""
