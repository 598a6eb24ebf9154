"""The fix of a segment that never gets its turn: its lines before those of the one that takes all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from segmentry.engine.diagnostics.model import Fix, Span, TextEdit
from segmentry.engine.document import Document, Path
from segmentry.engine.document.edits import Lines, lines_of
from segmentry.engine.files.model import Segment

_DASH: Final = re.compile(r"(?P<indent> *)- +")
_COMMENT: Final = re.compile(r"(?P<indent> *)#")
_REFERENCE: Final = re.compile(r"(?:^|[\s\[{,:-])[&*]\w", re.MULTILINE)
"""An anchor, or an alias of one, which has to stay behind it."""


def moved_before(document: Document, segment: Segment, other: Segment) -> Fix | None:
    """The fix that moves a segment's lines, and the comments that belong to it, before those of another.

    None where the list is not one of lines with dashes, and where an anchor or an alias would be moved.
    """
    path, target = segment.at.path[:-1], other.at.path[:-1]
    items = _Items(lines_of(document.text), document, path[:-1])
    here, there = path[-1], target[-1]
    if not isinstance(here, int) or not isinstance(there, int) or there >= here:
        return None
    moved, before, place = items.block(here), items.block(here - 1), items.block(there)
    if moved is None or before is None or place is None:
        return None
    lines = items.lines
    text, gap = (lines.inside(lines.rows(a, b)) for a, b in ((moved.top, moved.end), (before.end, moved.top)))
    if _REFERENCE.search(text):
        return None
    if not text.endswith(("\n", "\r")):
        text += lines.newline
    deleted = TextEdit(document.file, lines.rows(before.end, moved.end), "")
    inserted = TextEdit(document.file, Span(place.top, 1, place.top, 1), text + gap)
    return Fix(f"move `{segment.id}` before `{other.id}`", (inserted, deleted))


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of an item: from ``top`` on, before ``end``."""

    top: int
    end: int


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a list by their lines."""

    lines: Lines
    document: Document
    path: Path

    def block(self, number: int) -> _Block | None:
        """An item's lines with its comments; None where it does not begin a line."""
        top, after = self._top(number), self._top(number + 1)
        if top is None:
            return None
        if after is None:
            return _Block(top, self._end_of_last(number))
        while not self.lines.line(after - 1).strip():
            after -= 1
        return _Block(top, after)

    def _span(self, number: int) -> Span | None:
        found = self.document.spans.get((*self.path, number))
        return None if found is None else found.value

    def _top(self, number: int) -> int | None:
        """The first line of an item: of the comments straight above it that are not indented as it is."""
        span = self._span(number)
        if span is None:
            return None
        dash = _DASH.fullmatch(self.lines.line(span.line)[: span.column - 1])
        if dash is None:
            return None
        top = span.line
        while top > 1 and (comment := _COMMENT.match(self.lines.line(top - 1))):
            if len(comment["indent"]) > len(dash["indent"]):
                break
            top -= 1
        return top

    def _end_of_last(self, number: int) -> int:
        span = self._span(number)
        assert span is not None
        end = span.end_line + 1
        indent = self.lines.line(span.line).index("-")
        while end <= len(self.lines) and (comment := _COMMENT.match(self.lines.line(end))):
            if len(comment["indent"]) <= indent:
                break
            end += 1
        return end
