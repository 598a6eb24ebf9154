"""Edits of a file's text: where a place is in it, what a fix puts there, and how edits are applied.

Everything outside the edits stays as it is, byte for byte: comments, line ends, quotes, anchors.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from segmentry.engine.diagnostics.model import Fix, Span, TextEdit
from segmentry.engine.document.nodes import Document
from segmentry.engine.document.scalars import resolve_plain

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_PLAIN: Final = re.compile(r"\w(?:[\w./+-]| (?=[\w./+-]))*")
"""Texts that need no quotes wherever they stand; YAML allows more."""
_ALONE: Final = re.compile(r"[ \t]*(?:#.*)?")
_INDENT: Final = re.compile(r"[ ]*(?:- +)*")


class Lines:
    """A text by its lines, which end in LF, CR LF or CR; spans of it as offsets and back."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(_LINE_END.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]
        self.newline = breaks[0].group() if breaks else "\n"

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line by its number from 1, without its end."""
        return self.text[self._starts[number - 1] : self._ends[number - 1]]

    def range_of(self, span: Span) -> tuple[int, int]:
        """The offsets of a span. Raises IndexError for lines that the text does not have."""
        return self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)

    def _offset(self, line: int, column: int) -> int:
        return min(self._starts[line - 1] + column - 1, len(self.text))

    def inside(self, span: Span) -> str:
        """What stands in a span."""
        start, end = self.range_of(span)
        return self.text[start:end]

    def end_of(self, number: int) -> Span:
        """The empty span at the end of a line."""
        column = len(self.line(number)) + 1
        return Span(number, column, number, column)

    def rows(self, first: int, after: int) -> Span:
        """The span of whole lines from ``first`` on and before ``after``, with their ends."""
        if after <= len(self):
            return Span(first, 1, after, 1)
        end = self.end_of(len(self))
        return Span(first, 1, end.line, end.column)


@lru_cache(maxsize=4)
def lines_of(text: str) -> Lines:
    """The lines of a text; kept, as the findings of a file come together."""
    return Lines(text)


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after edits, which must not overlap."""
    lines = lines_of(text)
    for (start, end), new in sorted(((lines.range_of(e.span), e.text) for e in edits), reverse=True):
        text = text[:start] + new + text[end:]
    return text


Corner = tuple[int, int]
"""A line and a column."""


class EditedPlaces:
    """The places of one file that edits take."""

    def __init__(self) -> None:
        self._taken: list[tuple[Corner, Corner]] = []

    def take(self, edits: Iterable[TextEdit]) -> bool:
        """Take the places of edits, all or, where one touches a place that is taken, none; whether it did."""
        places = [((e.span.line, e.span.column), (e.span.end_line, e.span.end_column)) for e in edits]
        if not all(map(self._is_free, places)):
            return False
        for place in places:
            insort(self._taken, place)
        return True

    def _is_free(self, place: tuple[Corner, Corner]) -> bool:
        at = bisect_left(self._taken, place)
        near = self._taken[max(at - 1, 0) : at + 1]
        return all(end < place[0] or place[1] < start for start, end in near)


def single_quoted(text: str) -> str:
    """A text of one line as a scalar in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def as_scalar(text: str) -> str:
    """A text of one line as a scalar: plain where it can stand so anywhere, else in single quotes."""
    return text if _PLAIN.fullmatch(text) and resolve_plain(text) == text else single_quoted(text)


def respelt(document: Document | None, span: Span, old: str, new: str | None) -> Fix | None:
    """The fix that puts one name in the place of another, wherever in ``span`` it stands.

    None without a new name, and where the old one does not stand there once, as it is: behind an alias, say,
    or in a text of several lines.
    """
    if document is None or new is None or span.line != span.end_line:
        return None
    raw = lines_of(document.text).inside(span)
    found = list(re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", raw)) if old else []
    if len(found) != 1 or raw[:1] in ("*", "&", "|", ">"):
        return None
    start, end = found[0].span()
    written = _written(new, raw, whole=(start, end) == (0, len(raw)))
    if written is None:
        return None
    place = Span(span.line, span.column + start, span.line, span.column + end)
    return Fix(f"write `{new}` in place of `{old}`", (TextEdit(document.file, place, written),))


def _written(name: str, raw: str, *, whole: bool) -> str | None:
    """A name as it can stand in a place: within quotes, plain, or in quotes of its own."""
    if _PLAIN.fullmatch(name) and (not whole or resolve_plain(name) == name):
        return name
    if not whole and not (raw[0] == raw[-1] and raw[0] in "'\"" and len(raw) > 1):
        return None
    if re.search(r"['\"\\\r\n]", name):
        return None
    return single_quoted(name) if whole else name


def in_quotes(document: Document, span: Span, written: str) -> Fix | None:
    """The fix that puts a plain scalar in quotes; None where it does not stand in ``span`` as written."""
    if lines_of(document.text).inside(span) != written:
        return None
    edit = TextEdit(document.file, span, single_quoted(written))
    return Fix(f"put `{written}` in quotes", (edit,))


def key_added(document: Document, key: Span, value: Span, mapping: Span, entry: str) -> Fix | None:
    """The fix that adds ``entry`` (`key: value`) to a mapping, behind the entry of ``key`` and ``value``.

    None where it can't be told how the mapping goes on.
    """
    lines = lines_of(document.text)
    before = lines.line(key.line)[: key.column - 1]
    behind = lines.line(value.end_line)[value.end_column - 1 :]
    title = f"add `{entry}`"
    if lines.inside(mapping).startswith("{"):
        place = Span(value.end_line, value.end_column, value.end_line, value.end_column)
        return Fix(title, (TextEdit(document.file, place, f", {entry}"),))
    if not _INDENT.fullmatch(before) or not _ALONE.fullmatch(behind):
        return None
    text = f"{lines.newline}{' ' * (key.column - 1)}{entry}"
    return Fix(title, (TextEdit(document.file, lines.end_of(value.end_line), text),))


def swapped(document: Document, first: Span, second: Span) -> Fix | None:
    """The fix that puts two values each in the place of the other."""
    lines = lines_of(document.text)
    one, other = lines.inside(first), lines.inside(second)
    if first == second or re.search(r"[\r\n&*|>#]", one + other):
        return None
    edits = (TextEdit(document.file, first, other), TextEdit(document.file, second, one))
    return Fix(f"swap `{one}` and `{other}`", edits)


def comment_removed(document: Document, span: Span) -> Fix:
    """The fix that takes a comment out: with the blanks before it, or with its line where it is alone."""
    lines = lines_of(document.text)
    line = lines.line(span.line)
    before, behind = line[: span.column - 1], line[span.end_column - 1 :]
    place = Span(span.line, len(before.rstrip()) + 1, span.line, span.end_column)
    if not behind.strip():
        place = lines.rows(span.line, span.line + 1) if not before.strip() else _to_end(place, line)
    elif not before.strip():
        place = span
    return Fix("take the comment out", (TextEdit(document.file, place, ""),))


def _to_end(place: Span, line: str) -> Span:
    return Span(place.line, place.column, place.line, len(line) + 1)
