"""Runs commands as child processes, in turns, and keeps what each took."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall seconds, CPU seconds (user and system), peak resident megabytes (10^6 bytes)."""

    wall: float
    cpu: float
    peak: float


class Failed(Exception):
    """A command ended badly; the message has its last lines."""


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
            raise Failed(f"{' '.join(command)}\nended with {child.returncode}\n" + "\n".join(tail))
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def in_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Run]]:
    """Every command once a round (A B C A B C), so that what else the machine does falls on all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command))
    return runs


def table(runs: Mapping[str, Sequence[Run]], base: str) -> str:
    """Lines for people: median seconds, highest peak, and ratios to the base in the same round.

    The last column is the median ratio of CPU time, which a busy machine disturbs less than wall time.
    """
    head = f"{'':12}{'wall s':>9}{'CPU s':>9}{'peak MB':>10}   wall × {base}: min / median / max   CPU ×"
    lines = [head]
    for name, own in runs.items():
        ratios = sorted(run.wall / other.wall for run, other in zip(own, runs[base], strict=True))
        wall, cpu = (statistics.median(getattr(run, field) for run in own) for field in ("wall", "cpu"))
        spread = f"{ratios[0]:.2f} / {statistics.median(ratios):.2f} / {ratios[-1]:.2f}"
        effort = statistics.median(run.cpu / other.cpu for run, other in zip(own, runs[base], strict=True))
        peak = max(run.peak for run in own)
        lines.append(f"{name:12}{wall:9.2f}{cpu:9.2f}{peak:10.0f}   {spread:>31}   {effort:.2f}")
    return "\n".join(lines)


def segmentry() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).with_name("segmentry"))
