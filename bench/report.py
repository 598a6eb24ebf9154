"""What was measured is kept in bench/results.json; docs/benchmark.md and its chart are made from that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.chart import chart
from bench.page import page
from bench.results import Line, Machine, Results, machine

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "benchmark.md"
CHART = ROOT / "docs" / "benchmark.svg"


class Report:
    """Puts lines into what was kept, one by one, so that a run that is stopped has not been in vain."""

    def __init__(self, command: str) -> None:
        """Of this machine, now, by that command."""
        self._machine: Machine = machine(command)

    def add(self, line: Line) -> None:
        """Keep a line in the place of the same one of an earlier run, and write the page anew."""
        results = Results.load(KEPT)
        if self._machine not in results.runs:
            results.runs.append(self._machine)
        results.add(replace(line, run=results.runs.index(self._machine)))
        results.forget_unused_runs()
        _write(KEPT, results.dump())
        write_page()


def write_page() -> None:
    """Write the page and its chart from what was kept."""
    results = Results.load(KEPT)
    _write(PAGE, page(results))
    _write(CHART, chart(results))


def _write(path: Path, content: str) -> None:
    staged = path.with_suffix(".partial")
    staged.write_text(content, "utf-8")
    staged.replace(path)
