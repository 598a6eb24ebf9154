"""Damaged data files are read or refused with a place; `make fuzz` tries fresh ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz_files import FORMATS, assert_withstands, damaged_file

CASES = 100


@pytest.mark.parametrize("tens", range(CASES // 10))
def test_damaged_files_are_read_or_refused(tens: int, tmp_path: Path) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        assert_withstands(seed, tmp_path)


def test_the_cases_are_the_same_each_time_and_of_every_format() -> None:
    cases = [damaged_file(seed) for seed in range(CASES)]
    assert {name for name, _ in cases} == set(FORMATS)
    assert all(damaged_file(seed)[1] == content for seed, (_, content) in enumerate(cases))
