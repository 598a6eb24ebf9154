"""What was measured: lines with figures, as tables for people and as JSON that the page is made from."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.measure import Run

PACKAGES = (
    "segmentry",
    "polars",
    "duckdb",
    "numba",
    "numpy",
    "pyarrow",
    "zen-engine",
    "datalogic-py",
    "rule-engine",
)
BASE = "naive"
Spread = tuple[float, float, float]
"""The least, the median and the greatest."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender in a line: median seconds, highest peak in MB (10^6 bytes), ratios to the base.

    The ratios are those of the same round. ``note`` is what a reader has to know besides.
    """

    wall: float | None = None
    cpu: float | None = None
    peak: float | None = None
    wall_x: Spread | None = None
    cpu_x: Spread | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured together: the part of the benchmark, the work, its size, and a row per contender.

    ``run`` is the number of the run among those of the file.
    """

    part: str
    name: str
    size: str
    segments: int
    rounds: int
    rows: dict[str, Row]
    run: int = 0
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes it another line than others."""
        return self.part, self.name, self.size, self.segments


@dataclass(frozen=True, slots=True)
class Machine:
    """Where, when, with what and by which command something was measured."""

    command: str
    date: str
    processor: str
    cores: int
    memory_gb: int
    system: str
    versions: dict[str, str]
    load: float = 0.0
    """The load average of the minute before it began: what else the machine did, in cores."""


@dataclass(slots=True)
class Results:
    """Lines and the runs that they come from."""

    runs: list[Machine] = field(default_factory=list[Machine])
    lines: list[Line] = field(default_factory=list[Line])

    def find(self, part: str, name: str | None = None, segments: int | None = None) -> Line | None:
        """The line of that part with the most rows of data, of that name and number of segments if given."""
        fitting = [
            line
            for line in self.lines
            if line.part == part and name in (None, line.name) and segments in (None, line.segments)
        ]
        return max(fitting, key=lambda line: rows_of(line.size), default=None)

    def add(self, line: Line) -> None:
        """Put a line in the place of the same line of an earlier run, or at the end."""
        places = [at for at, other in enumerate(self.lines) if other.key == line.key]
        if places:
            self.lines[places[0]] = line
        else:
            self.lines.append(line)

    def forget_unused_runs(self) -> None:
        """Leave out the runs of which no line is left."""
        used = sorted({line.run for line in self.lines})
        self.runs = [self.runs[at] for at in used]
        self.lines = [replace(line, run=used.index(line.run)) for line in self.lines]

    def dump(self) -> str:
        """As JSON, a line of text for each line."""
        lines = ",\n".join(f"  {json.dumps(_plain(line), ensure_ascii=False)}" for line in self.lines)
        runs = ",\n".join(f"  {json.dumps(asdict(run), ensure_ascii=False)}" for run in self.runs)
        return f'{{"runs": [\n{runs}\n], "lines": [\n{lines}\n]}}\n'

    @classmethod
    def load(cls, path: Path) -> Results:
        """What a file holds; nothing if there is none."""
        if not path.exists():
            return cls()
        data = json.loads(path.read_text("utf-8"))
        return cls([Machine(**run) for run in data["runs"]], [_line(line) for line in data["lines"]])


def _plain(line: Line) -> dict[str, Any]:
    """A line without what is not there, figures with as many places as they deserve."""
    rows = {
        name: {field: _short(value) for field, value in asdict(row).items() if value not in (None, "")}
        for name, row in line.rows.items()
    }
    return {name: value for name, value in asdict(line).items() if value != ""} | {"rows": rows}


def _short(value: float | str | tuple[float, ...]) -> Any:
    if isinstance(value, tuple):
        return [_short(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _line(data: dict[str, Any]) -> Line:
    rows: dict[str, dict[str, Any]] = data["rows"]
    fields: dict[str, Any] = data | {"rows": {name: _row(row) for name, row in rows.items()}}
    return Line(**fields)


def _row(data: dict[str, Any]) -> Row:
    spreads = {name: tuple(data[name]) for name in ("wall_x", "cpu_x") if name in data}
    fields: dict[str, Any] = data | spreads
    return Row(**fields)


def rows_of(size: str) -> int:
    """The rows of all tables of a size."""
    return sum(int(part) for part in size.split("x"))


def compared(runs: Mapping[str, Sequence[Run]], base: str | None = BASE) -> dict[str, Row]:
    """A row for each contender, with ratios to the base in the same round, if there is one."""
    rows: dict[str, Row] = {}
    for name, own in runs.items():
        wall, cpu = (statistics.median(getattr(run, what) for run in own) for what in ("wall", "cpu"))
        row = Row(wall, cpu, max(run.peak for run in own))
        rows[name] = row if base is None else beside(row, own, runs[base])
    return rows


def beside(row: Row, own: Sequence[Run], base: Sequence[Run]) -> Row:
    """The row with its ratios to the base, round by round."""
    pairs = list(zip(own, base, strict=True))
    wall, cpu = spread([a.wall / b.wall for a, b in pairs]), spread([a.cpu / b.cpu for a, b in pairs])
    return replace(row, wall_x=wall, cpu_x=cpu)


def spread(figures: Sequence[float]) -> Spread:
    """The least, the median and the greatest."""
    return min(figures), statistics.median(figures), max(figures)


def machine(command: str) -> Machine:
    """This machine, now."""
    versions: dict[str, str] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        command,
        datetime.now(UTC).date().isoformat(),
        _processor(),
        os.cpu_count() or 1,
        round(memory / 2**30),
        platform.system(),
        versions,
        round(os.getloadavg()[0], 1),
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def size_words(size: str) -> str:
    """A size for people: `1M customers, 10M orders, 10M events`."""
    parts = [short(int(part)) for part in size.split("x")]
    names = ("customers", "orders", "events")
    return ", ".join(f"{n} {name}" for n, name in zip(parts, names, strict=False))


def short(n: int) -> str:
    """A round number, shortly: 100k, 5M."""
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if n >= unit:
            return f"{n / unit:g}{letter}"
    return str(n)


def text(line: Line) -> str:
    """The line as a table for a terminal."""
    title = (
        f"{line.part}: {line.name}; {size_words(line.size)}, {line.segments} segments, {line.rounds} rounds"
    )
    lines = [
        title,
        f"{'':34}{'wall s':>9}{'CPU s':>9}{'peak MB':>10}{'wall ×: min / median / max':>28}{'CPU ×':>8}",
    ]
    for name, row in line.rows.items():
        ratios = " / ".join(f"{x:.2f}" for x in row.wall_x) if row.wall_x else ""
        cells = [seconds(row.wall), seconds(row.cpu), "" if row.peak is None else f"{row.peak:.0f}"]
        effort = f"{row.cpu_x[1]:.2f}" if row.cpu_x else ""
        note = f"   {row.note}" if row.note else ""
        shown = f"{name:34}{cells[0]:>9}{cells[1]:>9}{cells[2]:>10}{ratios:>28}{effort:>8}{note}"
        lines.append(shown.rstrip())
    return "\n".join(lines)


def seconds(value: float | None) -> str:
    """Seconds with as many places as are worth it."""
    if value is None:
        return ""
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"
