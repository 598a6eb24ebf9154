"""`profile`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.engine.console.completion import complete_segments
from segmentry.engine.console.examples import examples
from segmentry.engine.console.session import (
    AsOfOption,
    CacheOption,
    MemoryOption,
    QuietOption,
    RawOption,
    Session,
    WorkspaceOption,
    session,
)

if TYPE_CHECKING:
    from segmentry.engine.console.tables import Part, Table
    from segmentry.personas.facts.profile import Profile, ProfileRow

FORMATS = ("text", "json", "csv")

SHOWN = 10
"""Figures of a segment that nobody has named: what sets it apart."""

_SPREAD = ("p10", "median", "p90")
_WORDS = ("small", "medium", "strong")
_FROM = {"cohens_d": (0.2, 0.5, 0.8), "cramers_v": (0.1, 0.3, 0.5)}
"""From where on an effect is called small, medium and strong: Cohen's conventions (1988)."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "segmentry profile",
            "segmentry profile value-driven",
            "segmentry profile lifecycle --format csv > lifecycle.csv",
            "segmentry profile --overlaps",
        ),
        short_help="Show who is in the segments, beside all customers.",
    )(profile)


def profile(
    segments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SEGMENT",
            help="Segments or segmentations. Default: all.",
            autocompletion=complete_segments,
        ),
    ] = None,
    cache: CacheOption = "on",
    memory: MemoryOption = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    quiet: QuietOption = False,
    format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or csv.")] = "text",
    raw: RawOption = False,
    overlaps: Annotated[
        bool, typer.Option("--overlaps", help="Show how many customers each two segments share, instead.")
    ] = False,
) -> None:
    """Show who is in the segments: every figure beside that of all customers. Exact, for internal use."""
    with session(workspace, as_of, quiet, format, FORMATS, cache=cache, memory=memory) as this:
        from segmentry.engine.console.progress import progress

        if overlaps:
            this.show(_overlaps(this, segments or ()))
            return
        from segmentry.personas.facts.adapter import load_population
        from segmentry.personas.facts.profile import profile as profiled
        from segmentry.personas.facts.profile import render_profile

        with progress(quiet) as step:
            step("Evaluating")
            population = load_population(this.workspace, as_of=as_of)
            step("Measuring")
            result = profiled(population, segments or (), short=format == "text" and not segments)
        match format:
            case "json" | "csv":
                this.show(render_profile(result, format, raw=raw))
                this.note(result.notice) if format == "csv" else None
            case _:
                this.show(render_table(result, everything=bool(segments)))


def _overlaps(this: Session, segments: Iterable[str]) -> str:
    from segmentry.engine.answers.evaluation import evaluate
    from segmentry.engine.answers.summary import summarise
    from segmentry.engine.console.progress import progress
    from segmentry.personas.console.overlaps import render_overlaps

    with progress(this.quiet) as step:
        step("Evaluating")
        summary = summarise(evaluate(this.workspace, as_of=this.as_of, only=segments))
    return render_overlaps(summary, this.format)


def render_table(result: Profile, *, everything: bool) -> str:
    """A table per segment: what sets it apart first, and everything else below where that is wanted."""
    from segmentry.engine.console.tables import rendered

    by_segment: dict[str, list[ProfileRow]] = {}
    for row in result.rows:
        by_segment.setdefault(row.segment, []).append(row)
    people = "customer" if result.customers == 1 else "customers"
    parts: list[Part] = [f"{result.workspace}: {result.customers:,} {people} as of {result.as_of[:10]}"]
    for segment, rows in by_segment.items():
        parts += ["", _head(segment, rows), *_tables(rows, everything=everything)]
    parts += ["", *result.notice.replace(". ", ".\n").splitlines()]
    if not everything:
        parts.append("`segmentry profile SEGMENT` shows all figures of a segment.")
    return rendered(*parts)


def _head(segment: str, rows: list[ProfileRow]) -> str:
    texts = {row.measure: row.text for row in rows if row.measure in ("size", "share")}
    values = [f"{row.text} of “{row.label}”" for row in rows if row.measure == "value_share"]
    of_all = f" ({texts['share']} of all)" if "share" in texts else ""
    people = "customer" if texts["size"] == "1" else "customers"
    return f"{segment}: {texts['size']} {people}{of_all}" + "".join(f", {value}" for value in values)


def _tables(rows: list[ProfileRow], *, everything: bool) -> list[Part]:
    ranked = sorted((row for row in rows if row.rank is not None), key=lambda row: row.rank or 0)
    if not everything:
        return [_table("Sets it apart", ranked[:SHOWN])] if ranked else [_NOTHING]
    others = [
        row for row in rows if row.rank is None and row.measure in ("mean", "recency", "category", "true")
    ]
    overlaps = [row for row in rows if row.measure == "overlap"]
    return [
        _table("Sets it apart", ranked) if ranked else _NOTHING,
        *_titled("Other figures", others),
        *_spread(rows),
        *_titled("How many are also in", overlaps),
    ]


def _titled(title: str, rows: list[ProfileRow]) -> list[Part]:
    """A table below a blank line; nothing for no rows."""
    return ["", _table(title, rows)] if rows else []


_NOTHING = "Nothing measured sets it apart by more than chance could."


def _table(title: str, rows: list[ProfileRow]) -> Table:
    from segmentry.engine.console.tables import plain_table

    numbers = ("Segment", "All", "Index")
    table = plain_table(title, *numbers, "Difference", right=numbers)
    for row in rows:
        index = "" if row.index is None else str(row.index)
        table.add_row(_label(row), row.text, row.base_text or "", index, _difference(row))
    return table


def _spread(rows: list[ProfileRow]) -> list[Part]:
    """The percentiles, a line per trait, and what the columns mean; nothing where there are none."""
    from segmentry.engine.console.tables import plain_table

    texts: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.measure in _SPREAD:
            texts.setdefault(row.label, {})[row.measure] = row.text
    if not texts:
        return []
    heads = ("Low", "Middle", "High")
    table = plain_table("From low to high", *heads, right=heads)
    for label, found in texts.items():
        table.add_row(label, *(found.get(measure, "") for measure in _SPREAD))
    return [
        "",
        table,
        "The lowest tenth of the customers ends at low, the highest tenth begins at high.",
    ]


def _label(row: ProfileRow) -> str:
    return row.label if row.category is None or row.measure == "overlap" else f"{row.label}: {row.category}"


def _difference(row: ProfileRow) -> str:
    if row.effect is None or row.effect_kind is None:
        return ""
    reached = sum(abs(row.effect) >= start for start in _FROM[row.effect_kind])
    return _WORDS[reached - 1] if reached else "–"
