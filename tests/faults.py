"""A disk that fails, and stops in the middle: asked before each call that reaches the disk."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import polars as pl

CALLS: Final = (
    "read", "open", "write", "fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "scandir", "chmod",
)  # fmt: skip
"""What reaches the disk: `read` opens a file to read it, `open` to write it, the others are calls of `os`."""

SHORT: Final = "short"
"""What a fault returns for a write of which only half gets through, as systems may."""

Fault = Callable[[str, int], str | None]
"""Asked before each call, with its name and its number from 0. It may raise, or end the process."""


@contextmanager
def faults(fault: Fault, *, within: Path | None = None) -> Generator[list[str]]:
    """Ask before each call; only below the folder ``within``, where one is named.

    Yields the names of the calls that were made. A write that raises has written half.
    """
    meeting = _Meeting(fault, within)
    with _patched(meeting):
        yield meeting.made


class _Meeting:
    """What counts the calls, and lets each meet its fault."""

    def __init__(self, fault: Fault, within: Path | None) -> None:
        self.made: list[str] = []
        self._fault = fault
        self._within = None if within is None else os.path.realpath(within)

    def meet(self, name: str, path: Any = None) -> str | None:
        """Meet the fault of a call, unless the path is none of ours. A number is a file that is open."""
        if isinstance(path, (str, os.PathLike)) and not self.is_ours(path):
            return None
        self.made.append(name)
        return self._fault(name, len(self.made) - 1)

    def is_ours(self, path: Any) -> bool:
        if self._within is None:
            return True
        whole = os.path.abspath(path)  # noqa: PTH100 - a link is what it is, not what it leads to
        return whole == self._within or whole.startswith(self._within + os.sep)


def _patched(meeting: _Meeting) -> Any:
    from contextlib import ExitStack

    stack = ExitStack()
    for name in ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "scandir", "chmod"):
        stack.enter_context(patch.object(os, name, _met(meeting, name, getattr(os, name))))
    stack.enter_context(patch.object(os, "open", _opening(meeting, os.open)))
    stack.enter_context(patch.object(os, "write", _writing(meeting, os.write)))
    stack.enter_context(patch.object(io, "open", _opening_files(meeting, io.open)))
    for name in ("write_parquet", "write_csv"):
        stack.enter_context(patch.object(pl.DataFrame, name, _tables(meeting, getattr(pl.DataFrame, name))))
    return stack


def _met(meeting: _Meeting, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        # A name below an open folder, as `shutil.rmtree` has it, is ours.
        below = "dir_fd" in options and options["dir_fd"] is not None
        meeting.meet(name, None if below or not arguments else arguments[0])
        return original(*arguments, **options)

    return call


def _opening(meeting: _Meeting, original: Callable[..., int]) -> Callable[..., int]:
    def call(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        meeting.meet("open" if writes else "read", None if options.get("dir_fd") is not None else path)
        return original(path, flags, *arguments, **options)

    return call


def _writing(meeting: _Meeting, original: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    def call(handle: int, data: Any) -> int:
        short = meeting.meet("write") == SHORT
        return original(handle, data[: max(1, len(data) // 2)] if short else data)

    return call


def _opening_files(meeting: _Meeting, original: Callable[..., Any]) -> Callable[..., Any]:
    class Raw(io.FileIO):
        def write(self, data: Any, /) -> int:
            view = memoryview(data).cast("B")
            try:
                short = meeting.meet("write") == SHORT
            except OSError:
                super().write(view[: len(view) // 2])
                raise
            return super().write(view[: max(1, len(view) // 2)] if short else view)

    def call(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
        errors: str | None = None, newline: str | None = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        writes = bool({*mode} & {*"wax+"})
        ours = not isinstance(file, int)
        if ours:
            meeting.meet("open" if writes else "read", file)
        if not writes or not ours or not meeting.is_ours(file):
            return original(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffer if "b" in mode else io.TextIOWrapper(buffer, encoding, errors, newline)

    return call


def _tables(meeting: _Meeting, original: Callable[..., Any]) -> Callable[..., Any]:
    """Polars writes by itself; what the system tells it comes in words of its own."""

    def call(frame: pl.DataFrame, file: Any = None, **options: Any) -> Any:
        try:
            meeting.meet("write", file)
        except OSError as error:
            with open(file, "wb", buffering=0) as half:  # noqa: PTH123 - `Path.open` would be met again
                half.write(b"PAR1")
            raise pl.exceptions.ComputeError(f"{error.strerror} (os error {error.errno})") from None
        return original(frame, file, **options)

    return call
