"""The plan of a run as text and as data: `run --plan`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from segmentry.engine.answers.explain_plan import Planned
from segmentry.engine.console.tables import instant_words


def render_plan(planned: Planned) -> str:
    """What is read, what is taken from rows, and the steps over customers."""
    lines = [f"As of {instant_words(planned.as_of)}, with {planned.engine}. Nothing is evaluated or written."]
    lines += ["", "Read:"]
    for source in planned.sources:
        files = f"{source.files} file{'s' if source.files != 1 else ''}"
        files = f"the prepared copy of {files}" if source.prepared else files
        lines.append(f"  {source.name} ({files}, {len(source.columns)} of {source.all_columns} columns)")
        lines.append(f"    {', '.join(source.columns)}")
    lines += [f"  Note: {note}." for note in planned.notes]
    for name, aggregates in planned.aggregates.items():
        lines += ["", f"Take from the rows of {name}, in one pass:"]
        lines += [f"  {words}" for words in aggregates]
    lines += ["", "Compute for each customer, step by step:"]
    lines += [f"  {n}. {', '.join(step)}" for n, step in enumerate(planned.steps, start=1)]
    lines += ["", f"Columns of the memberships: {', '.join(planned.columns)}"]
    return "\n".join(lines)


def plan_document(planned: Planned) -> dict[str, Any]:
    """The plan as data."""
    return {"version": 1, **asdict(planned), "as_of": planned.as_of.isoformat()}
