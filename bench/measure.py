"""Runs commands as child processes, in turns, and keeps what each took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall seconds, CPU seconds (user and system), peak resident megabytes (10^6 bytes)."""

    wall: float
    cpu: float
    peak: float = 0.0


class Failed(Exception):
    """A command ended badly, with that exit code; the message has its last lines."""

    def __init__(self, message: str, code: int = 1) -> None:
        """With what it said."""
        super().__init__(message)
        self.code = code


def once(command: Sequence[str], allowed: frozenset[int] = frozenset({0})) -> Run:
    """Run one command to its end.

    The kernel counts the memory of the process alone from its start on, which is why this process must stay
    small: a child's peak is never below that of the parent it came from. Raises Failed.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in allowed:
            errors.seek(0)
            tail = errors.read().decode(errors="replace").strip().splitlines()[-8:]
            message = f"{' '.join(command)}\nended with {child.returncode}\n" + "\n".join(tail)
            raise Failed(message, child.returncode)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def in_turns(steps: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Every step once a round (A B C A B C), so that what else the machine does falls on all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            runs[name].append(step())
    return runs


def printed(command: Sequence[str]) -> str:
    """What a command prints. Raises Failed."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(command)}\n{done.stderr[-2000:]}", done.returncode)
    return done.stdout


def segmentry() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).with_name("segmentry"))
