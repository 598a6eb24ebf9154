"""The goals, each with the figure that it is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.again import LIBRARY, WARM
from bench.results import Line, Results, Row, Spread
from bench.rules import PLANNING
from bench.setting import SIZES

Figure = Callable[[Line], float | None]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted, at the most, of which line.

    ``size`` is the size that the goal is about, None where it is about every one.
    """

    what: str
    limit: float
    unit: str
    part: str
    name: str
    segments: int | None
    figure: Figure
    size: str | None = SIZES["full"]
    profile: str | None = None
    """The profile that shows what bounds it."""
    by_cpu: Figure | None = None
    """The same of CPU time, where the goal is about wall time."""

    def line(self, results: Results) -> Line | None:
        """The line it is held against: of its own size, else the largest that was measured."""
        fitting = [
            line
            for line in results.lines
            if (line.part, line.name) == (self.part, self.name) and self.segments in (None, line.segments)
        ]
        exact = [line for line in fitting if self.fits(line)]
        if exact or self.unit == "MB":
            return exact[0] if exact else None
        return results.find(self.part, self.name, self.segments)

    def fits(self, line: Line) -> bool:
        """Whether the line has the size that the goal is about."""
        return self.size is None or line.size in (self.size, self.size.split("x")[0])


def of(row: str, what: str) -> Figure:
    """A figure of a row: `wall`, `cpu`, `peak`, or the median of `wall_x` or `cpu_x`."""

    def figure(line: Line) -> float | None:
        found: Row | None = line.rows.get(row)
        value: float | Spread | None = None if found is None else getattr(found, what)
        return value[1] if isinstance(value, tuple) else value

    return figure


def by(row: str, other: str, what: str) -> Figure:
    """The quotient of two rows' figures."""

    def figure(line: Line) -> float | None:
        above, below = of(row, what)(line), of(other, what)(line)
        return above / below if above is not None and below else None

    return figure


def _pipeline(
    what: str, limit: float, form: str = "as given", row: str = "segmentry", **more: str | None
) -> Goal:
    figures = of(row, "wall_x"), of(row, "cpu_x")
    return Goal(
        *(what, limit, "× naive", "pipeline", form, 100, figures[0]),
        profile="the whole pipeline",
        by_cpu=figures[1],
        **more,
    )


def _rules(what: str, limit: float, count: int) -> Goal:
    figures = of("segmentry", "wall_x"), of("segmentry", "cpu_x")
    return Goal(
        *(what, limit, "× naive", "rules", "rules alone", count, figures[0]),
        profile="rules alone",
        by_cpu=figures[1],
    )


def _peak(what: str, limit: float, size: str) -> Goal:
    figure = of("segmentry", "peak")
    return Goal(what, limit, "MB", "pipeline", "as given", None, figure, size=SIZES[size])


def _wait(
    what: str, limit: float, part: str, name: str, figure: Figure, size: str | None = SIZES["full"]
) -> Goal:
    return Goal(what, limit, "s", part, name, None, figure, size=size)


def _command(what: str, limit: float, row: str) -> Goal:
    """Of the part that measures commands over many segments; its rows are named after the commands."""
    return _wait(what, limit, "commands", "many segments", of(row, "cpu"), None)


def _any_size(what: str, form: str) -> Goal:
    return _pipeline(what, 0.8, form, size=None)


GOALS = (
    _pipeline("Whole pipeline, 100 segments, files as given", 0.45),
    Goal(
        *("The same, beside DuckDB", 0.35, "× DuckDB", "pipeline", "as given", 100),
        by("segmentry", "duckdb", "wall"),
        profile="the whole pipeline",
        by_cpu=by("segmentry", "duckdb", "cpu"),
    ),
    _pipeline("The same, without `[fast]`", 0.72, row="without-fast"),
    _pipeline("Prepared sources", 0.38, "prepared"),
    _pipeline("Without the median", 0.60, "without the median"),
    _any_size("Text keys", "text keys"),
    _any_size("Zone Europe/Berlin", "zone Europe/Berlin"),
    _any_size("CSV", "CSV"),
    _any_size("NDJSON", "NDJSON"),
    _rules("Rules alone, 300 segments", 1.0, 300),
    _rules("Rules alone, 1,000 segments", 1.0, 1000),
    Goal(
        *("Planning 300 segments, of that run's CPU time", 0.05, "%", "rules", "rules alone", 300),
        by(PLANNING, "segmentry", "cpu"),
    ),
    _peak("Peak memory, 1M customers, 10M + 10M rows", 1000, "full"),
    _peak("Peak memory, 5M customers, 50M + 50M rows", 2000, "large"),
    _peak("Peak memory, 1M customers, 100M + 100M rows", 1500, "huge"),
    _wait("A threshold edited: CPU in the library", 0.15, "again", "a threshold edited", of(LIBRARY, "cpu")),
    _wait("A threshold edited: the whole `preview`", 1.0, "again", "a threshold edited", of(WARM, "wall")),
    _wait(
        "`explain`, a second time",
        1.0,
        "explain",
        "one customer explained",
        of("explain, a second time", "wall"),
    ),
    _wait(
        "`explain`, nothing kept",
        4.0,
        "explain",
        "one customer explained",
        of("explain, nothing kept", "wall"),
    ),
    _command("`profile` of 600 segments and 60 traits, CPU", 10, "profile"),
    _command("`waterfall` of 600 levels of `extends`, CPU", 1, "waterfall"),
    _command("`diff` of 600 changed rules, CPU", 3, "diff"),
    _wait("`--help`, CPU", 0.3, "start", "start", of("--help", "cpu"), None),
    _wait("`check` of the starter, CPU", 0.7, "start", "start", of("check, the starter", "cpu"), None),
)
