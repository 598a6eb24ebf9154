"""The standard streams, whatever is behind them: a file, a full disk, a reader that goes away, or nothing."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

LOST = 2
"""The exit code where what was to be shown could not be written."""


class LostError(Exception):
    """What was to be shown could not be written: a full disk behind stdout, for example."""


def prepare() -> None:
    """Make stdin, stdout and stderr such that a command can use them.

    Those that were closed lead to nothing: else the next file that is opened would take their number, and
    what is written for people would end up in it. A name that an encoding lacks must not end a command.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def write(stream: TextIO, text: str) -> None:
    """Write a text. Where nobody reads any more it goes nowhere, and the command goes on to its exit code.

    Raises LostError where stdout can't be written for another reason.
    """
    try:
        stream.write(text)
    except OSError as error:
        _lost(stream, error)


def flush(stream: TextIO) -> None:
    """Write what is left. Raises LostError like `write`."""
    try:
        stream.flush()
    except OSError as error:
        _lost(stream, error)


def tell_lost(error: LostError) -> int:
    """Say that the result could not be shown; the exit code."""
    silence(sys.stdout)
    write(sys.stderr, f"error: the result can't be shown ({error})\n")
    return LOST


def silence(stream: TextIO) -> None:
    """Lead a stream into nothing: the interpreter must not complain when it flushes on its way out."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _lost(stream: TextIO, error: OSError) -> None:
    # Whoever read us has seen enough; and if stderr fails, there is nobody left to tell.
    if isinstance(error, BrokenPipeError) or stream is sys.stderr:
        silence(stream)
        return
    raise LostError((error.strerror or str(error)).lower()) from error
