"""Commands in damaged workspaces end in words, and write whole files; `make fuzz` tries fresh ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import fuzz
from tests.fuzz_damage import KINDS
from tests.fuzz_shop import shop, starter
from tests.fuzz_workspaces import COMMANDS, assert_withstands, case_of

CASES = 100
# The workspaces are made once for each process.
pytestmark = pytest.mark.xdist_group("fuzz")


@pytest.mark.parametrize("tens", range(CASES // 10))
def test_commands_withstand_damaged_workspaces(tens: int, tmp_path: Path) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        assert_withstands(seed, tmp_path / str(seed))


def test_the_cases_are_the_same_each_time_and_of_many_kinds() -> None:
    cases = [case_of(seed) for seed in range(CASES)]
    assert cases == [case_of(seed) for seed in range(CASES)]
    called = {command.words[0] for case in cases for command in case.commands}
    assert called == {command.words[0] for command in COMMANDS}
    damaged = {done.split(": ")[0] for case in cases for done in case.damage}
    assert len(damaged) > len(KINDS)
    assert {"segmentry.yaml", "brand.yaml"} < damaged


def test_the_workspaces_are_right_until_they_are_damaged() -> None:
    assert {name.rpartition(".")[2] for name in shop()} >= {"yaml", "j2", "csv", "ndjson", "parquet", "xlsx"}
    assert json.loads(shop()["briefs/big.json"])["provenance"]["generator"] == "llm"
    assert "data/orders/2026.parquet" in starter()


def test_a_case_that_does_not_hold_names_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(seed: int, _: Path) -> None:
        raise AssertionError(f"not with {seed}")

    monkeypatch.setitem(fuzz.PARTS, "files", fails)
    assert fuzz.main(["files", "0", "7"]) == 1
    said = capsys.readouterr().out
    assert "AssertionError: not with 7" in said
    assert "again: python -m tests.fuzz files 0 7" in said
    assert fuzz.main(["files", "5"]) == 1
    assert fuzz.main(["nothing", "5"]) == 2
    monkeypatch.setitem(fuzz.PARTS, "files", lambda _seed, _root: None)
    assert fuzz.main(["files", "0", "7"]) == 0
