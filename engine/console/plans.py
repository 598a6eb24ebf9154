"""The plan of a run as text and as data: `run --plan`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from segmentry.engine.answers.explain_plan import Planned, PlannedCache
from segmentry.engine.console.tables import instant_words


def render_plan(planned: Planned) -> str:
    """What is read, what is taken from rows, and the steps over customers."""
    lines = [f"As of {instant_words(planned.as_of)}, with {planned.engine}. Nothing is evaluated or written."]
    lines += ["", "Read:" if planned.sources else "Read: nothing"]
    for source in planned.sources:
        files = f"{source.files} file{'s' if source.files != 1 else ''}"
        files = f"the prepared copy of {files}" if source.prepared else files
        lines.append(f"  {source.name} ({files}, {len(source.columns)} of {source.all_columns} columns)")
        lines.append(f"    {', '.join(source.columns)}")
    lines += [f"  Note: {note}." for note in planned.notes]
    for name, aggregates in planned.aggregates.items():
        lines += ["", f"Take from the rows of {name}, in one pass:"]
        lines += [f"  {words}" for words in aggregates]
    if planned.steps:
        lines += ["", "Compute for each customer, step by step:"]
    lines += [f"  {n}. {', '.join(step)}" for n, step in enumerate(planned.steps, start=1)]
    lines += ["", _cache_line(planned.cache)]
    lines += ["", f"Columns of the memberships: {', '.join(planned.columns)}"]
    return "\n".join(lines)


def _cache_line(cache: PlannedCache) -> str:
    """What earlier evaluations have left, and whether it is used."""
    given = f"{cache.given} from earlier evaluations, {cache.anew} made anew" if cache.given else "none"
    given += f" ({cache.why})" if cache.why else ""
    return f"Kept columns: {f'not used; with `--cache read`: {given}' if cache.mode == 'off' else given}"


def plan_document(planned: Planned) -> dict[str, Any]:
    """The plan as data."""
    return {"version": 1, **asdict(planned), "as_of": planned.as_of.isoformat()}
