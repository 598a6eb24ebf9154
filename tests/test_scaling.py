"""Twice as many more segments take twice as many more steps: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bench.commands import COMMANDS, Command, apart, chained, workspace
from segmentry.engine.store import identity
from tests.command_line import call, in_json

FEW, SOME, MANY = 50, 100, 200
MOST = 2.1
"""So often the steps from few to some segments may be taken from some to many: linear is 2, quadratic 4."""

LINEAR = [command for command in COMMANDS if command.name != "profile, JSON"]
"""That one tells of every two segments how many customers they share."""


def steps_of(work: Callable[[], Any]) -> int:
    """The calls of functions, Python's and others', that some work takes."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("command", LINEAR, ids=lambda command: command.name)
def test_a_command_grows_with_the_number_of_segments(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "SETTLED", 2**62)  # No file is old enough for columns to be kept.
    call(*command.make(tmp_path / "first", 10))  # what is only done once in a process
    calls = {count: command.make(tmp_path / str(count), count) for count in (FEW, SOME, MANY)}
    steps = {count: steps_of(partial(call, *arguments)) for count, arguments in calls.items()}
    assert steps[MANY] - steps[SOME] < MOST * (steps[SOME] - steps[FEW])


def test_a_chain_of_segments_may_be_longer_than_the_stack(tmp_path: Path) -> None:
    count = sys.getrecursionlimit() + 200
    folder = workspace(tmp_path / "chain", chained(count))
    steps = in_json("waterfall", f"s{count - 1}", "-w", folder)["steps"]
    assert len(steps) == count
    assert steps[-1]["left"] > 0
    assert [step["left"] for step in steps] == sorted((step["left"] for step in steps), reverse=True)


def test_segments_that_stand_alone_are_all_measured(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "apart", apart(30))
    rows = in_json("profile", "-w", folder)["rows"]
    assert sum(row["measure"] == "overlap" for row in rows) == 30 * 29
    both = {(row["segment"], row["category"]): row["value"] for row in rows if row["measure"] == "overlap"}
    sizes = {row["segment"]: row["value"] for row in rows if row["measure"] == "size"}
    assert all(
        round(both[a, b] * sizes[a]) == round(both[b, a] * sizes[b]) for a, b in both if sizes[a] and sizes[b]
    )
