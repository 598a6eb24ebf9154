"""`python -m tests.fuzz SECONDS`: engine against reference with fresh seeds, until the time is over or they
disagree. Prints the smallest case found, and the seed that finds it again."""

from __future__ import annotations

import secrets
import sys
import time

from hypothesis import HealthCheck, given, seed, settings

from tests.random_models.agree import assert_agreement
from tests.strategies import Case, workspaces

ROUND = 100
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def run_round(number: int) -> None:
    """So many cases of one seed; raises with the smallest that fails."""

    @seed(number)
    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=SLOW)
    @given(workspaces())
    def agree(case: Case) -> None:
        assert_agreement(case)

    agree()


def main(arguments: list[str]) -> int:
    """Exit code: 0 all agree, 1 a disagreement, 2 wrong usage. A second argument is the one seed to try."""
    if not arguments or not all(each.isdigit() for each in arguments[:2]):
        sys.stderr.write("usage: python -m tests.fuzz SECONDS [SEED]\n")
        return 2
    end, cases = time.monotonic() + int(arguments[0]), 0
    seeds = [int(arguments[1])] if len(arguments) > 1 else None
    while (seeds or seeds is None) and time.monotonic() < end:
        number = seeds.pop() if seeds else secrets.randbits(32)
        try:
            run_round(number)
        except Exception as failure:
            sys.stdout.write(f"seed {number}\n{type(failure).__name__}: {failure}\n")
            sys.stdout.write("\n".join(getattr(failure, "__notes__", [])) + "\n")
            return 1
        cases += ROUND
        sys.stdout.write(f"{cases} cases agree\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.path.insert(0, ".dev")
    sys.exit(main(sys.argv[1:]))
