"""A comparison for a terminal: 80 columns, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.engine.console.tables import Part, Table, instant_words, plain_table, rendered
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.personas.diff.publish import PublishedDiff, SegmentChange, segmentations_of
from segmentry.personas.diff.sentences import (
    because_words,
    change_words,
    class_words,
    count_words,
    explains_words,
    kept_words,
    limit_words,
    money_words,
    place_words,
    rounding_words,
    summary_words,
)

NUMBERS = ("Before", "After", "Change", "Came", "Went")


def render_text(published: PublishedDiff) -> str:
    """The comparison as text."""
    parts: list[Part] = [
        f"{published.base} → {published.head}, as of {instant_words(published.as_of)}",
        summary_words(published),
        *published.notes,
    ]
    for segmentation, segments in segmentations_of(published.segments).items():
        changed = [one for one in segments if one.changed]
        if changed:
            parts += ["", segmentation]
            parts += _segments(changed, has_data=published.customers is not None)
            parts += _moves(published, segmentation)
    for heading, lines in (
        ("What changed", list(_changes(published))),
        ("Findings", list(_findings(published))),
        ("Rule tests", list(_tests(published))),
        ("Over the limits", [f"  {text}" for text in limit_words(published)]),
    ):
        parts += ["", heading, *lines] if lines else []
    if published.customers is not None and any(one.changed for one in published.segments):
        parts += ["", rounding_words(published)]
    return rendered(*parts)


def _segments(changed: list[SegmentChange], *, has_data: bool) -> Iterator[Part]:
    listed = [one for one in changed if not one.kept_everybody]
    if listed:
        yield _table(listed, has_data=has_data)
        yield from _about(listed)
    kept = kept_words(changed)
    if kept:
        yield f"  {kept}"


def _table(segments: list[SegmentChange], *, has_data: bool) -> Table:
    numbers = NUMBERS if has_data else ()
    table = plain_table("Segment", *numbers, "Rule", right=numbers)
    for one in segments:
        counts = (
            count_words(one.base),
            count_words(one.head),
            count_words(one.change, signed=True),
            count_words(one.came),
            count_words(one.went),
        )
        table.add_row(one.id, *(counts if has_data else ()), class_words(one))
    return table


def _about(segments: list[SegmentChange]) -> Iterator[str]:
    for one in segments:
        because = because_words(one)
        if because:
            yield f"  {one.id} {because}"
        if one.gained is not None:
            yield f"  {one.id} now takes in, for example: {one.gained}"
        if one.lost is not None:
            yield f"  {one.id} now leaves out, for example: {one.lost}"


def _moves(published: PublishedDiff, segmentation: str) -> Iterator[str]:
    moves = [move for move in published.moves if move.segmentation == segmentation]
    if moves:
        yield "  Moves:"
    for move in moves:
        money = money_words(move, published.units)
        line = f"    {place_words(move.source)} → {place_words(move.target)}: {move.customers:,}"
        yield f"{line} ({money})" if money else line
        if move.ids:
            yield f"      {', '.join(map(str, move.ids))}"
    if segmentation in published.withheld:
        yield "    and moves that may not be told"


def _changes(published: PublishedDiff) -> Iterator[str]:
    for change in published.changes:
        yield f"  {change_words(change)}"
        yield from (f"      {line}" for line in explains_words(change, published))


def _findings(published: PublishedDiff) -> Iterator[str]:
    yield from (f"  new   {_finding(item)}" for item in published.new_findings)
    yield from (f"  gone  {_finding(item)}" for item in published.gone_findings)


def _finding(item: Diagnostic) -> str:
    return f"{item.severity}[{item.code}] {item.file}:{item.span.line}: {item.message}"


def _tests(published: PublishedDiff) -> Iterator[str]:
    if published.tests is None:
        return
    old, new = published.tests
    yield f"  cases {old.cases} → {new.cases}, failing {old.failed} → {new.failed}"
    covered = [f"{name} {old.coverage.get(name, 0)} → {share}%" for name, share in new.coverage.items()]
    if covered:
        yield f"  coverage: {', '.join(covered)}"
