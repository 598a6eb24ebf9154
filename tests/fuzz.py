"""`python -m tests.fuzz [PART] SECONDS [SEED]`: what must always hold, with fresh seeds, until the time is
over or it does not hold. Prints what shows it, and the seed that leads there again.

The parts: `rules` compares the engine with the reference on random rules and data, `files` reads damaged data
files. Without a part they take turns.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz_files import assert_withstands
from tests.random_models.agree import assert_agreement
from tests.strategies import case_of

REPORT = 100
USAGE = "usage: python -m tests.fuzz [rules|files] SECONDS [SEED]\n"


def _rules(seed: int) -> None:
    assert_agreement(case_of(seed))


def _files(seed: int) -> None:
    with TemporaryDirectory() as folder:
        assert_withstands(seed, Path(folder))


PARTS: dict[str, Callable[[int], None]] = {"rules": _rules, "files": _files}


def main(arguments: list[str]) -> int:
    """Exit code: 0 all held, 1 something did not, 2 wrong usage. With a seed it is the one case to try."""
    named = arguments[:1] if arguments and arguments[0] in PARTS else []
    numbers = arguments[len(named) :]
    if len(numbers) not in (1, 2) or not all(each.isdigit() for each in numbers):
        sys.stderr.write(USAGE)
        return 2
    end, cases = time.monotonic() + int(numbers[0]), 0
    for part in cycle(named or PARTS):
        if time.monotonic() >= end:
            break
        seed = int(numbers[1]) if len(numbers) > 1 else secrets.randbits(64)
        try:
            PARTS[part](seed)
        except Exception as failure:
            notes = getattr(failure, "__notes__", [])
            shown = [f"{part}: seed {seed}", f"{type(failure).__name__}: {failure}", *notes, ""]
            sys.stdout.write("\n".join(shown))
            return 1
        cases += 1
        if len(numbers) > 1 and cases == len(named or PARTS):
            break
        if cases % REPORT == 0:
            _report(cases)
    _report(cases)
    return 0


def _report(cases: int) -> None:
    sys.stdout.write(f"{cases} cases hold\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, ".dev")
    sys.exit(main(sys.argv[1:]))
