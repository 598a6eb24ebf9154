"""docs/benchmark.md, made of what was measured and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.chart import description, shown
from bench.goals import GOALS, Goal
from bench.results import Line, Machine, Results, Row, rows_of, seconds, size_words

HEAD = """\
# The benchmark

How long does Segmentry take, beside the same work written by hand? This page is made from one file of
measurements (`bench/results.json`) by `python -m bench page`; nobody edits its figures.

Every contender does the same work from the same files: 31 traits over three tables, then the segments, then
one file of memberships. Before anything is measured their outputs are compared, customer by customer and
segment by segment, and have to be equal. Money is exact on all sides.
"""
CONTENDERS = (
    ("naive", "Polars as a competent analyst writes it. The others' times are multiples (×) of its own"),
    ("expert", "Polars by somebody who knows its insides, and trusts what they know of the data"),
    ("duckdb", "one SQL statement in DuckDB"),
    ("segmentry", "`segmentry run`, the whole command, with the extra `[fast]`"),
    ("without-fast", "the same without it"),
    ("scan-and-decode", "no contender, but the lower bound: Polars reads and decodes the needed columns"),
    ("group_by(len)", "the same for counting the rows of each customer, and nothing else"),
)
PIPELINE = """\
## The whole pipeline

Files → traits → rules → memberships. With fewer than a million customers the start of each program is a large
part of its time.
"""
OTHERS = """\
## Other forms of the same work

Naive gets the same form of input, but never sorted or prepared files. Text keys, CSV and NDJSON may be
measured with fewer rows, for their files are large; the line says so.
"""
RULES = "## Rules alone\n\nFinished traits → memberships, for growing numbers of segments.\n"
PEERS = """\
## Engines that look at one customer after the other

They evaluate the rules alone, over finished traits, in the quickest way that was found for each: rules
compiled, customers as dictionaries, before the clock starts; ranks given as finished flags. They get a
sample of the customers, whose outcome has to be naive's, and their time is scaled to all. The ratio is to
naive's whole command, with its reading and writing.
"""
AGAIN = """\
## A threshold edited

Somebody changes one figure in a rule and asks for the sizes of all segments again. By hand everything is done
anew.
"""
EXPLAIN = "## One customer explained\n"
START = "## Start\n"
COMMANDS = "## Commands over many segments\n"
FACTS = """\
## Facts

The figures that briefs are made of, beside the means and shares alone by hand; here × is a multiple of that.
"""
PROFILE = """\
## Where the time goes

CPU time of one `segmentry run` by the part of the program that was at work (the rooms stand in
[the house](house.md)). It shows what bounds the figures above.
"""
MEASURED = """\
## How it was measured

Each run is a process of its own, from its start to its end. Contenders take turns, so that what else the
machine does falls on all alike. × is the ratio to naive in the same round: least / median / greatest of the
rounds for wall time, the median for CPU time, which a busy machine disturbs less. Peak is the greatest
memory of the process, in MB (10⁶ bytes).
"""
TABLES = (
    ("rules", RULES),
    ("peers", PEERS),
    ("again", AGAIN),
    ("explain", EXPLAIN),
    ("start", START),
    ("commands", COMMANDS),
    ("facts", FACTS),
)
"""Parts that are a table for each line, and what stands above."""
ANY_SIZE = ("start", "commands")
"""Parts whose figures don't depend on the size of the data."""


def page(results: Results) -> str:
    """The whole page."""
    whole = [line for line in results.lines if line.part == "pipeline"]
    usual = [line for line in whole if line.name == "as given"]
    blocks = [
        HEAD,
        table(("contender", "what it is"), CONTENDERS, figures=False),
        _goals(results),
        _chart(results),
        _section(PIPELINE, by_size(usual)),
        _section(OTHERS, [line for line in whole if line not in usual]),
        *(_section(head, by_size([x for x in results.lines if x.part == part])) for part, head in TABLES),
        _profiles(results),
        MEASURED,
        *(_run(at, run) for at, run in enumerate(results.runs)),
    ]
    return "\n".join(block for block in blocks if block)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, figures: bool = True) -> str:
    """A table in Markdown; all columns but the first are figures, if there are any."""
    lines = [head, ["---", *("---:" if figures else "---" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def by_size(lines: list[Line]) -> list[Line]:
    """The smaller first."""
    return sorted(lines, key=lambda line: (rows_of(line.size), line.segments))


# --- goals ----------------------------------------------------------------------------------------


def _goals(results: Results) -> str:
    if not results.lines:
        return ""
    rows = [_goal(goal, results) for goal in GOALS]
    bounds = "".join(f"- {text}\n" for text in _bounds(results))
    why = f"\nWhat bounds those that are not met:\n\n{bounds}" if bounds else ""
    return (
        f"## Goals and figures\n\n{table(('what', 'at most', 'measured', 'by CPU time', 'goal'), rows)}{why}"
    )


def _goal(goal: Goal, results: Results) -> tuple[str, ...]:
    line = goal.line(results)
    value = None if line is None else goal.figure(line)
    if line is None or value is None:
        return goal.what, amount(goal.limit, goal.unit), "", "", "not measured yet"
    cpu = None if goal.by_cpu is None else goal.by_cpu(line)
    cells = amount(goal.limit, goal.unit), amount(value, goal.unit), "" if cpu is None else f"{cpu:.2f}"
    return goal.what, *cells, verdict(goal, line, value)


def verdict(goal: Goal, line: Line, value: float) -> str:
    """Whether it is met; what is wanted of many rows is not met by fewer."""
    if not goal.fits(line):
        return f"open: with {size_words(line.size)} only"
    met = "met" if value <= goal.limit else "**not met**"
    return met if goal.size is not None or goal.part in ANY_SIZE else f"{met}, with {size_words(line.size)}"


def _bounds(results: Results) -> Iterator[str]:
    missed: dict[str, None] = {}
    for goal in GOALS:
        line = goal.line(results)
        value = None if line is None else goal.figure(line)
        if value is not None and value > goal.limit and goal.profile is not None:
            missed[goal.profile] = None
    for name in missed:
        profile = results.find("profile", name)
        if profile is not None:
            yield f"{name}: {costliest(profile)}"


def costliest(profile: Line) -> str:
    """The three parts of the program that take most."""
    named = [(name, row) for name, row in profile.rows.items() if name != "everything else"]
    most = sorted(named, key=lambda both: -(both[1].cpu or 0))[:3]
    parts = ", ".join(f"{stage(name)} {share(row)}" for name, row in most)
    return f"{parts} of the CPU time ({size_words(profile.size)})"


def amount(value: float, unit: str) -> str:
    """A figure with its unit."""
    if unit == "MB":
        return f"{value:,.0f} MB"
    return f"{value * 100:.3g} %" if unit == "%" else f"{value:.2f} {unit}"


# --- lines ----------------------------------------------------------------------------------------


def _chart(results: Results) -> str:
    lines = shown(results)
    if not lines:
        return ""
    return f"![Wall time beside hand-written Polars, form by form. {description(lines)}](benchmark.svg)\n"


def _section(head: str, lines: list[Line]) -> str:
    return "\n".join([head, *map(_line, lines)]) if lines else ""


def title(line: Line) -> str:
    """What was measured, how much, and in which run."""
    rounds = f"{line.rounds} round" + ("" if line.rounds == 1 else "s")
    segments = [] if line.part == "start" else [f"{line.segments:,} segments"]
    words = ", ".join([size_words(line.size), *segments, rounds, f"run {line.run + 1}"])
    return f"**{line.name[0].upper()}{line.name[1:]}**: {words}"


def _line(line: Line) -> str:
    compared = any(row.wall_x for row in line.rows.values())
    head = ["", "wall s", "CPU s", "peak MB", *(["wall ×", "CPU ×"] if compared else [])]
    rows = [_row(name, row, compared) for name, row in line.rows.items()]
    note = f"\n{line.note}\n" if line.note else ""
    return f"{title(line)}\n\n{table(head, rows)}{note}"


def _row(name: str, row: Row, compared: bool) -> list[str]:
    peak = f"{row.peak:,.0f}" if row.peak else ""
    wall = " / ".join(times(ratio) for ratio in row.wall_x) if row.wall_x else ""
    cpu = times(row.cpu_x[1]) if row.cpu_x else ""
    label = f"{name} ({row.note})" if row.note else name
    return [label, seconds(row.wall), seconds(row.cpu), peak, *([wall, cpu] if compared else [])]


def times(ratio: float) -> str:
    """A multiple."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


# --- profiles and machines ------------------------------------------------------------------------


def _profiles(results: Results) -> str:
    lines = [line for line in results.lines if line.part == "profile"]
    return "\n".join([PROFILE, *map(_stages, lines)]) if lines else ""


def _stages(line: Line) -> str:
    rows = [(stage(name), seconds(row.cpu), share(row)) for name, row in line.rows.items()]
    return f"{title(line)}\n\n{table(('', 'CPU s', 'share'), rows)}"


def stage(name: str) -> str:
    """A part of the program: a module in its letters, others in words."""
    return f"`{name}`" if "/" in name else name


def share(row: Row) -> str:
    """The share of a stage, in percent."""
    return f"{row.cpu_x[1] * 100:.0f} %" if row.cpu_x else ""


def _run(at: int, run: Machine) -> str:
    busy = (
        f"Other work was running on it (load {run.load:g} as it began), so wall times are noisy, and "
        "the ratios of CPU time are to be trusted more."
    )
    where = f"{run.processor}, {run.cores} cores, {run.memory_gb} GB, {run.system}"
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    alone = busy if run.load > 0.5 else "Nothing else was running on it."
    return (
        f"**Run {at + 1}**, {run.date}: {where}. {alone}\n\n```sh\n{run.command}\n```\n\nWith {versions}.\n"
    )
