"""A comparison as a comment on a pull request: one table, the details folded, a mark to find it again by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from segmentry.engine.console.tables import instant_words
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.personas.diff.publish import Change, Move, PublishedDiff, SegmentChange
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
    reported,
    rounding_words,
    summary_words,
)

MARK = "<!-- segmentry-diff -->"
"""Stands first in the comment, unseen, so that the next run finds the comment and updates it."""

MOST = 40
"""So many rows of a kind are listed; a comment has room for 65,536 characters."""

Item = TypeVar("Item")


def render_markdown(published: PublishedDiff) -> str:
    """The comparison as Markdown, the mark first."""
    lines = [
        MARK,
        f"### Segments: {_code(published.base)} → {_code(published.head)}",
        "",
        _escaped(summary_words(published)),
        "",
    ]
    lines += [f"**Over the limits:** {_escaped(text)}\n" for text in limit_words(published)]
    changed = reported(published)
    if changed:
        lines += [*_table(changed, has_data=published.customers is not None), ""]
    kept = kept_words(published.segments)
    lines += [_escaped(kept), ""] if kept else []
    lines += _folded("Moves between segments", list(_moves(published)))
    lines += _folded("What changed, and what it explains", _listed(published.changes, _change(published)))
    lines += _folded("What the rules say", _listed(changed, _about))
    lines += _folded(_findings_title(published), list(_findings(published)))
    lines += [*_tests(published)]
    lines += [f"<sub>{_escaped(' '.join(_small_print(published)))}</sub>", ""]
    return "\n".join(lines)


def _table(segments: Sequence[SegmentChange], *, has_data: bool) -> Iterator[str]:
    numbers = ["Before", "After", "Δ", "Came", "Went"] if has_data else []
    yield _row(["Segment", *numbers, "Rule"])
    yield _row(["---", *("---:" for _ in numbers), "---"])
    for one in segments[:MOST]:
        counts = [count_words(n) for n in (one.base, one.head)]
        counts += [count_words(one.change, signed=True), count_words(one.came), count_words(one.went)]
        name = f"**{_code(one.id)}**" if one.too_much else _code(one.id)
        yield _row([name, *(counts if has_data else []), _escaped(class_words(one))])
    if len(segments) > MOST:
        yield f"\nand {len(segments) - MOST} more segments"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"<details><summary>{_escaped(title)}</summary>", "", *lines, "", "</details>", ""]


def _listed(items: Sequence[Item], describe: Callable[[Item], list[str]]) -> list[str]:
    lines = [line for item in items[:MOST] for line in describe(item)]
    return lines if len(items) <= MOST else [*lines, f"- and {len(items) - MOST} more"]


def _moves(published: PublishedDiff) -> Iterator[str]:
    if published.moves:
        yield _row(["Segmentation", "From", "To", "Customers", "Money moved"])
        yield _row(["---", "---", "---", "---:", "---"])
    for move in published.moves[:MOST]:
        yield _row(_move(move, published.units))
    if len(published.moves) > MOST:
        yield f"\nand {len(published.moves) - MOST} more"
    named = [move for move in published.moves if move.ids]
    if named:
        yield ""
    for move in named[:MOST]:
        ids = ", ".join(_code(str(one)) for one in move.ids)
        yield f"- {_place(move.source)} → {_place(move.target)}: {ids}"
    if published.withheld:
        yield f"\nMoves that may not be told: in {', '.join(map(_code, published.withheld))}."


def _move(move: Move, units: Mapping[str, str | None]) -> list[str]:
    return [
        _code(move.segmentation),
        _place(move.source),
        _place(move.target),
        f"{move.customers:,}",
        _escaped(money_words(move, units)),
    ]


def _place(place: str | None) -> str:
    words = place_words(place)
    return _code(words) if words == place else words


def _change(published: PublishedDiff) -> Callable[[Change], list[str]]:
    def describe(change: Change) -> list[str]:
        lines = [f"- {_escaped(change_words(change))}"]
        return [*lines, *(f"  - {_escaped(line)}" for line in explains_words(change, published))]

    return describe


def _about(one: SegmentChange) -> list[str]:
    lines: list[str] = []
    because = because_words(one)
    if because:
        lines.append(because)
    if one.gained is not None:
        lines.append(f"now takes in, for example: {one.gained}")
    if one.lost is not None:
        lines.append(f"now leaves out, for example: {one.lost}")
    return [f"- {_code(one.id)} {_escaped(text)}" for text in lines]


def _findings_title(published: PublishedDiff) -> str:
    return f"Findings: {len(published.new_findings)} new, {len(published.gone_findings)} gone"


def _findings(published: PublishedDiff) -> Iterator[str]:
    for word, items in (("new", published.new_findings), ("gone", published.gone_findings)):
        yield from _listed(items, lambda item, word=word: [_finding(word, item)])  # type: ignore[misc]


def _finding(word: str, item: Diagnostic) -> str:
    place = _code(f"{item.file}:{item.span.line}")
    return f"- {word} {item.severity} {_code(item.code)} in {place}: {_escaped(item.message)}"


def _tests(published: PublishedDiff) -> list[str]:
    if published.tests is None:
        return []
    old, new = published.tests
    text = f"Rule tests: {old.cases} → {new.cases} cases, {old.failed} → {new.failed} failing"
    covered = [f"{name} {old.coverage.get(name, 0)} → {share}%" for name, share in new.coverage.items()]
    return [f"{text}; coverage: {', '.join(covered)}." if covered else f"{text}.", ""]


def _small_print(published: PublishedDiff) -> Iterator[str]:
    yield f"As of {instant_words(published.as_of)}."
    yield from published.notes
    if published.customers is not None:
        yield rounding_words(published)


# --- text from rules is text, whatever is in it -----------------------------------------------------

_SPECIAL = re.compile(r"([\\*_\[\]#!|~])")
_LINKED = (("://", ":&#47;&#47;"), ("www.", "www&#46;"), ("@", "&#64;"))
"""What becomes a link or calls somebody, even without markup."""


def _escaped(text: str) -> str:
    """Text from the rules in a sentence: quoted names become code, nothing else is markup.

    Rules may come from a fork, and a comment is read by people who trust it.
    """
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(_code(part) if at % 2 else _plain(part) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    safe = _SPECIAL.sub(r"\\\1", text.replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;"))
    for mark, entity in (*_LINKED, ("`", "&#96;")):
        safe = safe.replace(mark, entity)
    return safe


def _code(text: str) -> str:
    """A name as code; a pipe would end the cell of a table, even here."""
    safe = text.replace("\n", " ").replace("`", "'").replace("|", "¦")
    return f"`{safe}`" if safe.strip() else "` `"
