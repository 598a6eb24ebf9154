"""`python -m tests.fuzz [PART] SECONDS [SEED]`: what must always hold, with fresh seeds, until the time is
over or it does not hold. Prints what shows it, and the command that leads there again.

The parts: `rules` compares the engine with the reference on random rules and data, `files` reads damaged data
files, `workspaces` calls commands in damaged workspaces, `faults` lets the disk fail, and stops, while a
command writes. Without a part they take turns. With a seed it is that one case, however many seconds.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from tests import fuzz_faults, fuzz_files, fuzz_workspaces
from tests.random_models.agree import assert_agreement
from tests.strategies import case_of

REPORT = 100
LONGEST = 120
"""Seconds that a case may take; what goes on for longer hangs."""


def _rules(seed: int, _: Path) -> None:
    assert_agreement(case_of(seed))


PARTS: dict[str, Callable[[int, Path], None]] = {
    "rules": _rules,
    "files": fuzz_files.assert_withstands,
    "workspaces": fuzz_workspaces.assert_withstands,
    "faults": fuzz_faults.assert_withstands,
}
USAGE = f"usage: python -m tests.fuzz [{'|'.join(PARTS)}] SECONDS [SEED]\n"


def main(arguments: list[str]) -> int:
    """Exit code: 0 all held, 1 something did not, 2 wrong usage."""
    named = arguments[:1] if arguments and arguments[0] in PARTS else []
    numbers = arguments[len(named) :]
    if len(numbers) not in (1, 2) or not all(each.isdigit() for each in numbers):
        sys.stderr.write(USAGE)
        return 2
    if len(numbers) == 2:
        parts = named or [*PARTS]
        broken = sum(_tried(part, int(numbers[1])) for part in parts)
        _report(len(parts) - broken)
        return min(broken, 1)
    end = time.monotonic() + int(numbers[0])
    for cases, part in enumerate(cycle(named or PARTS), 1):
        if time.monotonic() >= end:
            _report(cases - 1)
            break
        if _tried(part, secrets.randbits(64)):
            return 1
        if cases % REPORT == 0:
            _report(cases)
    return 0


def _tried(part: str, seed: int) -> int:
    """Try one case; where it does not hold, say so, and leave its folder for a look."""
    folder = tempfile.mkdtemp(prefix=f"fuzz-{part}-")
    try:
        with _watched(part, seed):
            PARTS[part](seed, Path(folder))
    except Exception as failure:
        notes = getattr(failure, "__notes__", [])
        found = [f"{part}: seed {seed}", f"{type(failure).__name__}: {failure}", *notes, f"left in {folder}"]
        sys.stdout.write("\n".join([*found, f"again: python -m tests.fuzz {part} 0 {seed}", ""]))
        return 1
    shutil.rmtree(folder)
    return 0


@contextmanager
def _watched(part: str, seed: int) -> Generator[None]:
    """End the process, and say where it was, when a case hangs."""

    def hangs() -> None:
        sys.stdout.write(f"{part}: seed {seed} takes more than {LONGEST} seconds\n")
        sys.stdout.flush()
        os._exit(1)

    timer = threading.Timer(LONGEST, hangs)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _report(cases: int) -> None:
    sys.stdout.write(f"{cases} cases hold\n" if cases != 1 else "1 case holds\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, ".dev")
    warnings.simplefilter("error")
    sys.exit(main(sys.argv[1:]))
