"""A bar chart as SVG: wall time of each contender as a multiple of naive's, form by form."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bench.results import Line, Results, rows_of, short

SHOWN = ("expert", "duckdb", "segmentry", "without-fast")
NAMES = {
    "expert": "expert Polars",
    "duckdb": "DuckDB",
    "segmentry": "Segmentry",
    "without-fast": "Segmentry without [fast]",
}
COLOURS = {
    "expert": ("#8a8a8a", "#a3a3a3"),
    "duckdb": ("#b08900", "#d9b23a"),
    "segmentry": ("#0b6e4f", "#3fc295"),
    "without-fast": ("#6aa893", "#23785f"),
}
"""For light and dark surroundings."""
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 760, 190, 60, 78, 15, 16
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.figure { font-size: 11px }
.line { stroke: #1f2328; stroke-width: 1 }
.faint { stroke: #1f2328; stroke-width: 1; opacity: .15 }
"""
DARK = "text { fill: #e6edf3 } .line, .faint { stroke: #e6edf3 }"


def chart(results: Results) -> str:
    """The chart of the pipeline's forms. Figures stand at the bars: nothing is told by colour alone."""
    lines = shown(results)
    widest = max((spread[2] for line in lines for spread in ratios(line).values()), default=1.0)
    most = max(1.0, widest) * 1.02
    scale = (WIDTH - LEFT - RIGHT) / most
    body, height = _bars(lines, scale)
    ticks = "\n".join(_ticks(most, scale, height))
    title = "Wall time of the whole pipeline as a multiple of hand-written Polars; less is better"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 30}" role="img" \
aria-labelledby="title desc">
<title id="title">{title}</title>
<desc id="desc">{escape(description(lines))}</desc>
<style>{STYLE}{_colours(0)}
@media (prefers-color-scheme: dark) {{ {DARK}{_colours(1)} }}
</style>
<text x="{LEFT}" y="22">{title}</text>
{_legend()}
{ticks}
{body}
</svg>
"""


def shown(results: Results) -> list[Line]:
    """The pipeline's lines that the chart has: of each form that with the most contenders, then rows."""
    best: dict[str, Line] = {}
    for line in (line for line in results.lines if line.part == "pipeline"):
        best[line.name] = max(line, best.get(line.name, line), key=_telling)
    return sorted(best.values(), key=lambda line: -rows_of(line.size))


def _telling(line: Line) -> tuple[int, bool, int]:
    return len(ratios(line)), line.segments == 100, rows_of(line.size)


def ratios(line: Line) -> dict[str, tuple[float, float, float]]:
    """Least, median and greatest multiple of naive's wall time, by contender."""
    return {name: row.wall_x for name in SHOWN if (row := line.rows.get(name)) and row.wall_x}


def description(lines: list[Line]) -> str:
    """The chart in words."""
    said = (
        f"{label(line)}: "
        + ", ".join(f"{NAMES[name]} {spread[1]:.2f}" for name, spread in ratios(line).items())
        for line in lines
    )
    return "Naive Polars is 1. " + "; ".join(said) + "."


def label(line: Line) -> str:
    """The form, and how many orders there were."""
    return f"{line.name} ({orders(line)})"


def orders(line: Line) -> str:
    """How many orders there were."""
    return f"{short(int(line.size.split('x')[1]))} orders"


def _colours(at: int) -> str:
    return "".join(f" .{name} {{ fill: {both[at]} }}" for name, both in COLOURS.items())


def _legend() -> str:
    parts: list[str] = []
    x = LEFT
    for name in SHOWN:
        parts.append(f'<rect class="{name}" x="{x}" y="36" width="12" height="12"/>')
        parts.append(f'<text x="{x + 17}" y="47">{escape(NAMES[name])}</text>')
        x += 38 + len(NAMES[name]) * 7
    return "\n".join(parts)


def _ticks(most: float, scale: float, height: int) -> Iterator[str]:
    step = 0.25 if most <= 2.5 else 1.0
    for at in range(int(most / step) + 1):
        x = LEFT + at * step * scale
        kind = "line" if at * step in (0.0, 1.0) else "faint"
        yield f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 12}" y2="{height}"/>'
        where = f'text-anchor="middle" x="{x:.1f}" y="{height + 16}"'
        yield f'<text class="figure" {where}>{_tick(at * step)}</text>'


def _tick(at: float) -> str:
    return "1 = naive" if at == 1 else f"{at:g}"


def _bars(lines: list[Line], scale: float) -> tuple[str, int]:
    parts: list[str] = []
    y = TOP
    for line in lines:
        spreads = ratios(line)
        at = f'text-anchor="end" x="{LEFT - 10}"'
        parts.append(f'<text {at} y="{y + 12}">{escape(line.name)}</text>')
        parts.append(f'<text class="figure" {at} y="{y + 27}">{orders(line)}</text>')
        for name, (least, median, greatest) in spreads.items():
            middle = y + BAR / 2
            parts.append(
                f'<rect class="{name}" x="{LEFT}" y="{y}" width="{median * scale:.1f}" height="{BAR - 2}"/>'
                f'<line class="line" x1="{LEFT + least * scale:.1f}" x2="{LEFT + greatest * scale:.1f}" '
                f'y1="{middle - 1:.1f}" y2="{middle - 1:.1f}"/>'
                f'<text class="figure" x="{LEFT + greatest * scale + 5:.1f}" '
                f'y="{middle + 3:.1f}">{median:.2f}</text>'
            )
            y += BAR
        y += GAP if len(spreads) > 1 else GAP + BAR
    return "\n".join(parts), y
