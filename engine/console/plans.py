"""The plan of a run as text and as data: `run --plan`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from segmentry.engine.answers.explain_plan import Planned, PlannedCache
from segmentry.engine.backends.protocol import MemoryPlan
from segmentry.engine.console.tables import instant_words
from segmentry.engine.diagnostics.memory import size_words


def render_plan(planned: Planned) -> str:
    """What is read, what is taken from rows, and the steps over customers."""
    lines = [f"As of {instant_words(planned.as_of)}, with {planned.engine}. Nothing is evaluated or written."]
    lines += _memory_lines(planned.memory)
    lines += ["", "Read:" if planned.sources else "Read: nothing"]
    for source in planned.sources:
        files = f"{source.files} file{'s' if source.files != 1 else ''}"
        files = f"the prepared copy of {files}" if source.prepared else files
        lines.append(f"  {source.name} ({files}, {len(source.columns)} of {source.all_columns} columns)")
        lines.append(f"    {', '.join(source.columns)}")
    lines += [f"  Note: {note}." for note in planned.notes]
    for name, aggregates in planned.aggregates.items():
        lines += _aggregate_lines(name, aggregates, planned.no_kernel.get(name, {}), planned.memory.ranges)
    if planned.steps:
        lines += ["", "Compute for each customer, step by step:"]
    lines += [f"  {n}. {', '.join(step)}" for n, step in enumerate(planned.steps, start=1)]
    lines += ["", _cache_line(planned.cache)]
    lines += ["", f"Columns of the memberships: {', '.join(planned.columns)}"]
    return "\n".join(lines)


def _memory_lines(memory: MemoryPlan) -> list[str]:
    """The need, what it is to stay below, and the ranges that follow from both."""
    budget = "as --memory says" if memory.given else "chosen by itself; --memory sets another bound"
    lines = ["", f"Memory: about {size_words(memory.need)}, below {size_words(memory.budget)} ({budget})."]
    if memory.ranges == 1:
        return [*lines, "  All customers at once; each source is read once."]
    return [
        *lines,
        f"  At once it would be {size_words(memory.at_once)}: customers come in {memory.ranges} ranges of",
        f"  their keys. Each source is read {memory.passes} times, once for each range, once to count all.",
    ]


def _aggregate_lines(
    source: str, aggregates: Sequence[str], reasons: Mapping[str, str], ranges: int
) -> list[str]:
    """What is taken from the rows of a source, and what of it without a kernel."""
    passes = "one pass" if ranges == 1 else "one pass for each range"
    common = set(reasons.values())
    if len(reasons) < len(aggregates):
        head, rest = f"{passes}, by kernels{' where nothing else is said' if reasons else ''}:", reasons
    elif len(common) == 1:
        head, rest = f"{passes}, without kernels ({common.pop()}):", {}
    else:
        head, rest = f"{passes}, without kernels:", reasons
    said = [f"  {each}{f' (no kernel: {rest[each]})' if each in rest else ''}" for each in aggregates]
    return ["", f"Take from the rows of {source}, in {head}", *said]


def _cache_line(cache: PlannedCache) -> str:
    """What earlier evaluations have left, and whether it is used."""
    given = f"{cache.given} from earlier evaluations, {cache.anew} made anew" if cache.given else "none"
    given += f" ({cache.why})" if cache.why else ""
    return f"Kept columns: {f'not used; with `--cache read`: {given}' if cache.mode == 'off' else given}"


def plan_document(planned: Planned) -> dict[str, Any]:
    """The plan as data."""
    return {"version": 1, **asdict(planned), "as_of": planned.as_of.isoformat()}
