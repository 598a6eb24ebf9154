"""Explanations and waterfalls as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from segmentry.engine.answers.explain import Explanation, SegmentVerdict, Verdict, Waterfall
from segmentry.engine.answers.people import RecordStep
from segmentry.engine.console.tables import Part, instant_words, percent, plain_table, rendered


def render_explanation(explanation: Explanation, zone: tzinfo) -> str:
    """A block per segment: the verdict, then every condition with its own and the value behind it."""
    lines = [f"Customer {explanation.customer} as of {instant_words(explanation.as_of, zone)}"]
    lines += [f"  {_joined(step)}" for step in explanation.path]
    for segmentation, assigned in explanation.assigned.items():
        lines.append(f"{segmentation}: {assigned or 'none of its segments'}")
    for verdict in explanation.segments:
        lines += ["", *_segment_lines(verdict)]
    return "\n".join(lines)


def _joined(step: RecordStep) -> str:
    """A record of a person, and by what it belongs to them."""
    if step.of is None:
        return step.record
    value = "" if step.value is None else f" {step.value}"
    return f"{step.record}, joined to {step.of} by {step.key}{value}"


def _segment_lines(verdict: SegmentVerdict) -> Iterator[str]:
    yield f"{verdict.segment}: {_outcome(verdict)}"
    for tree in verdict.tree:
        yield from verdict_lines(tree, 1)


def _outcome(verdict: SegmentVerdict) -> str:
    if verdict.member:
        return "in"
    if verdict.taken_by is not None:
        return f"out, for {verdict.taken_by} took the customer; the rule fits"
    return "out"


def verdict_lines(verdict: Verdict, depth: int = 0) -> Iterator[str]:
    """A condition and its parts, a line each: yes or no, the condition, the value it looked at."""
    mark = "yes" if verdict.holds else "no "
    yield f"{'  ' * depth}{mark}  {verdict.text}{_seen(verdict)}"
    for part in verdict.parts:
        yield from verdict_lines(part, depth + 1)


def _seen(verdict: Verdict) -> str:
    if not verdict.has_value:
        return ""
    against = ", ".join(value_words(value) for value in verdict.compared)
    return f"  [{value_words(verdict.value)}{f', against {against}' if against else ''}]"


def value_words(value: Any) -> str:
    """A value as people write it."""
    match value:
        case None:
            return "missing"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case Decimal() | int():
            return f"{value:,}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case [*items]:
            return ", ".join(value_words(item) for item in items) or "nothing"
        case _:
            return str(value)


def explanation_document(explanation: Explanation, zone: tzinfo) -> dict[str, Any]:
    """The explanation as data for programs."""
    return {
        "version": 1,
        "customer": plain(explanation.customer),
        "as_of": explanation.as_of.astimezone(zone).isoformat(),
        **({"records": [asdict(step) for step in explanation.path]} if explanation.path else {}),
        "assigned": dict(explanation.assigned),
        "segments": [
            {
                "segmentation": verdict.segmentation,
                "segment": verdict.segment,
                "name": verdict.name,
                "member": verdict.member,
                "rule": verdict.rule,
                "taken_by": verdict.taken_by,
                "conditions": [verdict_document(tree) for tree in verdict.tree],
            }
            for verdict in explanation.segments
        ],
    }


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """One condition with its parts as data; ``value`` is there where the condition looks at one."""
    seen: dict[str, Any] = {}
    if verdict.has_value:
        seen = {"value": plain(verdict.value), "compared": [plain(value) for value in verdict.compared]}
    return {
        "text": verdict.text,
        "holds": verdict.holds,
        **seen,
        "file": verdict.at.file,
        "line": verdict.at.span.line,
        "parts": [verdict_document(part) for part in verdict.parts],
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: exact decimals as text, dates in ISO 8601."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case [*items]:
            return [plain(item) for item in items]
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def render_waterfall(found: Waterfall, zone: tzinfo) -> str:
    """A line per condition: who is left after it, and how many it alone keeps."""
    table = plain_table("", "Left", "Share", "Alone keeps", right=("Left", "Share", "Alone keeps"))
    table.add_row("all customers", f"{found.customers:,}", percent(1.0), "")
    for step in found.steps:
        share = step.left / found.customers if found.customers else None
        table.add_row(step.text, f"{step.left:,}", percent(share), f"{step.alone:,}")
    parts: list[Part] = [f"{found.segment} as of {instant_words(found.as_of, zone)}", "", table]
    left = found.steps[-1].left if found.steps else found.customers
    if found.members != left:
        parts += [
            "",
            f"{found.members:,} of them are members: the others went to an earlier or better segment.",
        ]
    return rendered(*parts)


def waterfall_document(found: Waterfall, zone: tzinfo) -> dict[str, Any]:
    """The waterfall as data for programs."""
    return {
        "version": 1,
        "segmentation": found.segmentation,
        "segment": found.segment,
        "as_of": found.as_of.astimezone(zone).isoformat(),
        "customers": found.customers,
        "steps": [
            {
                "text": step.text,
                "left": step.left,
                "alone": step.alone,
                "file": step.at.file,
                "line": step.at.span.line,
            }
            for step in found.steps
        ],
        "members": found.members,
    }
