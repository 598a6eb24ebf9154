"""`python -m tests.fuzz SECONDS`: engine against reference with fresh seeds, until the time is over or they
disagree. Prints a small case that shows it, and the seed that leads there again."""

from __future__ import annotations

import secrets
import sys
import time

from tests.random_models.agree import assert_agreement
from tests.strategies import case_of

REPORT = 100


def main(arguments: list[str]) -> int:
    """Exit code: 0 all agree, 1 a disagreement, 2 wrong usage. A second argument is the one seed to try."""
    if not arguments or not all(each.isdigit() for each in arguments):
        sys.stderr.write("usage: python -m tests.fuzz SECONDS [SEED]\n")
        return 2
    end, cases = time.monotonic() + int(arguments[0]), 0
    while time.monotonic() < end:
        seed = int(arguments[1]) if len(arguments) > 1 else secrets.randbits(64)
        try:
            assert_agreement(case_of(seed))
        except Exception as failure:
            notes = getattr(failure, "__notes__", [])
            sys.stdout.write("\n".join([f"seed {seed}", f"{type(failure).__name__}: {failure}", *notes, ""]))
            return 1
        cases += 1
        if len(arguments) > 1:
            break
        if cases % REPORT == 0:
            sys.stdout.write(f"{cases} cases agree\n")
            sys.stdout.flush()
    sys.stdout.write(f"{cases} cases agree\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, ".dev")
    sys.exit(main(sys.argv[1:]))
