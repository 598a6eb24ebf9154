"""How commands grow with the number of segments: `python -m bench.commands [COUNT …] [--rounds N]`.

Every command runs on workspaces of that many segments, with few customers, so that what is measured is the
work per segment. Prints CPU seconds and peak memory (the best of the rounds), and how often the time of the
count before: a doubled count with more than a doubled time is not linear.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from bench.measure import in_turns, once, segmentry
from bench.results import compared
from bench.setting import Setting

CUSTOMERS, NUMBERS, FLAGS, TEXTS = 2000, 30, 15, 15
VALUES = ("red", "green", "blue", "black", "white")
COUNTS = (150, 300, 600)
Make = Callable[[Path, int], list[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what makes its workspace: called with a new folder and the number of segments."""

    name: str
    make: Make


def workspace(folder: Path, segments: Sequence[dict[str, Any]]) -> Path:
    """A workspace with 60 columns of 2,000 customers, and these segments, 50 in each of its files."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "rules").mkdir(parents=True)
    _customers().write_parquet(folder / "customers.parquet")
    source = {"path": "customers.parquet", "key": "id"}
    about = {"version": 1, "name": "Many", "as_of": "2026-11-01", "sources": {"customers": source}}
    _write(folder / "segmentry.yaml", about)
    for start in range(0, len(segments), 50):
        name = f"part-{start // 50}"
        content = {"segmentation": name, "assign": "every_match", "segments": segments[start : start + 50]}
        _write(folder / "rules" / f"{name}.yaml", content)
    return folder


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.dump(content, sort_keys=False, Dumper=yaml.CSafeDumper), encoding="utf-8")


def _customers() -> pl.DataFrame:
    dice = random.Random(7)
    columns: dict[str, list[Any]] = {"id": list(range(CUSTOMERS))}
    # Numbers that go together, as orders and spend do: so every segment has much that sets it apart.
    shared = [dice.randint(0, 500) for _ in range(CUSTOMERS)]
    for at in range(NUMBERS):
        columns[f"n{at}"] = [own + dice.randint(0, 500) for own in shared]
    for at in range(FLAGS):
        columns[f"f{at}"] = [dice.random() < 0.3 for _ in range(CUSTOMERS)]
    for at in range(TEXTS):
        columns[f"c{at}"] = [dice.choice(VALUES) for _ in range(CUSTOMERS)]
    return pl.DataFrame(columns)


def apart(count: int, threshold: int = 200) -> list[dict[str, Any]]:
    """Segments that stand alone: each has a number, a flag or a text to look at, and another number."""
    others: tuple[Callable[[int], dict[str, Any]], ...] = (
        lambda at: {"trait": f"f{at % FLAGS}", "is": True},
        lambda at: {"trait": f"c{at % TEXTS}", "in": list(VALUES[:3])},
        lambda at: {"trait": f"n{(at * 7 + 1) % NUMBERS}", "at_most": 900 - at % 50},
    )
    return [
        {
            "id": f"s{at}",
            "when": {
                "all": [{"trait": f"n{at % NUMBERS}", "at_least": threshold + at}, others[at % 3](at // 3)]
            },
        }
        for at in range(count)
    ]


def chained(count: int) -> list[dict[str, Any]]:
    """Segments of which each extends the one before it."""
    return [
        {"id": f"s{at}", "when": {"trait": f"n{at % NUMBERS}", "at_least": at // NUMBERS}}
        | ({"extends": f"s{at - 1}"} if at else {})
        for at in range(count)
    ]


def _on(*command: str) -> Make:
    return lambda folder, count: [*command, "-w", str(workspace(folder, apart(count)))]


def _waterfall(folder: Path, count: int) -> list[str]:
    return ["waterfall", f"s{count - 1}", "-w", str(workspace(folder, chained(count)))]


def _diff(folder: Path, count: int) -> list[str]:
    before = workspace(folder.with_name(f"{folder.name}-before"), apart(count, threshold=180))
    return ["diff", str(before), "-w", str(workspace(folder, apart(count)))]


COMMANDS = (
    Command("check", _on("check")),
    Command("run --plan", _on("run", "--plan")),
    Command("preview", _on("preview")),
    Command("profile", _on("profile")),
    Command("profile, JSON", _on("profile", "--format", "json")),
    Command("waterfall of a chain", _waterfall),
    Command("diff of changed rules", _diff),
)


AIMED = {"profile": "profile", "waterfall of a chain": "waterfall", "diff of changed rules": "diff"}
"""The commands that have goals, and what their rows are called."""
_MANY = 600


def many_segments(setting: Setting) -> None:
    """What commands with goals take over many segments."""
    calls = {
        AIMED[command.name]: [segmentry(), *command.make(setting.cache / "commands" / str(_MANY), _MANY)]
        for command in COMMANDS
        if command.name in AIMED
    }
    steps = {name: partial(once, call, frozenset({0, 1})) for name, call in calls.items()}
    setting.line("commands", "many segments", _MANY, compared(in_turns(steps, setting.rounds), None))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.commands", description=__doc__)
    parser.add_argument("count", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="commands whose name begins so")
    parser.add_argument("--cache", type=Path, default=Path(".bench"))
    options = parser.parse_args(arguments)
    print(f"{'':24}{'segments':>9}{'CPU s':>8}{'peak MB':>9}{'growth':>8}")
    for command in COMMANDS:
        if command.name.startswith(options.only):
            _measure(command, options.count, options.rounds, options.cache.resolve())


def _measure(command: Command, counts: Sequence[int], rounds: int, cache: Path) -> None:
    before: float | None = None
    for count in counts:
        call = [segmentry(), *command.make(cache / "commands" / str(count), count)]
        runs = [once(call, frozenset({0, 1})) for _ in range(rounds)]
        cpu, peak = min(run.cpu for run in runs), min(run.peak for run in runs)
        growth = "" if before is None else f"{cpu / before:.2f} ×"
        print(f"{command.name:24}{count:9}{cpu:8.2f}{peak:9.0f}{growth:>8}", flush=True)
        before = cpu


if __name__ == "__main__":
    main()
