"""Commands withstand a disk that fails, and stops in the middle; `make fuzz` tries fresh ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz_faults import COMMANDS, KINDS, assert_withstands, case_of

CASES = 100
# The workspaces are made once for each process, and so is the process that is killed.
pytestmark = pytest.mark.xdist_group("fuzz")


@pytest.mark.parametrize("tens", range(CASES // 10))
def test_commands_withstand_faults(tens: int, tmp_path: Path) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        assert_withstands(seed, tmp_path / str(seed))


def test_the_cases_are_the_same_each_time_and_of_every_kind() -> None:
    cases = [case_of(seed) for seed in range(CASES)]
    assert cases == [case_of(seed) for seed in range(CASES)]
    assert {case.command for case in cases} == set(COMMANDS)
    assert {case.kind for case in cases} == {*KINDS} - ({"kill"} if sys.platform == "win32" else set())
