"""Comments find the entry that they speak of, so that they stay with it wherever it goes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from segmentry.engine.document import Comment
from segmentry.engine.files.fmt.tree import Collection, Entry, Node, Scalar

BLANK = ""
"""Stands among comments for a blank line."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A comment, or a blank line: its offset and column (from 0), and whether it has the line to itself."""

    offset: int
    column: int
    text: str
    alone: bool


def attach_comments(text: str, root: Collection, comments: Iterable[Comment]) -> list[str]:
    """Hand the comments of a file and its blank lines to the entries of its tree.

    Returns the comments that stand before everything and belong to the file as a whole: those that a blank
    line separates from the first entry, or a note to the editor (`yaml-language-server`).
    """
    attacher = _Attacher(root, text)
    first = root.entries[0].start if root.entries else len(text)
    lines = list(_lines(text, comments, attacher.covered))
    opening = [line for line in lines if line.offset < first and line.alone]
    header = _header([line.text for line in opening])
    for line in lines[len(header) :]:
        attacher.take(line)
    attacher.settle(len(attacher.placed))
    return header


def _header(opening: list[str]) -> list[str]:
    if BLANK in opening:
        return opening[: len(opening) - opening[::-1].index(BLANK)]
    return opening[:1] if opening and "yaml-language-server" in opening[0] else []


def _lines(text: str, comments: Iterable[Comment], covered: set[int]) -> Iterator[_Line]:
    """The comments and blank lines in their order, but for blank lines inside values."""
    by_line = {comment.line: comment for comment in comments}
    offset = 0
    for number, line in enumerate(text.split("\n"), 1):
        comment = by_line.get(number)
        if comment is not None:
            before = line[: comment.column - 1]
            # what stands before items only, or opens the document, has nothing that it could explain
            alone = not before.strip(" \t-?:")
            yield _Line(offset + comment.column - 1, comment.column - 1, comment.text, alone)
        elif not line.strip() and offset not in covered:
            yield _Line(offset, 0, BLANK, alone=True)
        offset += len(line) + 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry, the collection that holds it, and the entry whose value that collection is."""

    entry: Entry
    holder: Collection
    above: _Placed | None

    def holders(self) -> Iterator[Collection]:
        """The collections around the entry, from the inside out."""
        yield self.holder
        if self.above is not None:
            yield from self.above.holders()


class _Attacher:
    """``covered`` are the offsets at which lines inside a value start."""

    def __init__(self, root: Collection, text: str) -> None:
        self.root = root
        self.placed = list(_flat(root, None))
        self.starts = [placed.entry.start for placed in self.placed]
        self.covered = {at for node in _scalars(self.placed) for at in _line_starts(node, text)}
        self.blank_at: int | None = None

    def take(self, line: _Line) -> None:
        """Hand one comment to its entry; a blank line waits for what follows it."""
        number = bisect_left(self.starts, line.offset)
        self.settle(number)
        if line.text == BLANK:
            self.blank_at = number
            return
        before = self.placed[number - 1] if number else None
        after = self.placed[number] if number < len(self.placed) else None
        if before is not None and not line.alone:
            _put_behind(_owner(before, line.offset), line.text)
            return
        target = self._target(line, before, after)
        if self.blank_at is not None:
            target.append(BLANK)
        target.append(line.text)
        self.blank_at = None

    def _target(self, line: _Line, before: _Placed | None, after: _Placed | None) -> list[str]:
        """The comments among which one with a line of its own belongs."""
        if before is not None and _holds_back(before.entry.node, line.offset):
            return before.entry.leading
        around = set(map(id, after.holders())) if after is not None else set[int]()
        found: Collection | None = None
        for holder in before.holders() if before is not None else ():
            if id(holder) in around or (found is not None and holder.column < found.column):
                break
            if holder.end > line.offset if holder.is_flow else _ends(holder, line, after):
                found = holder
        if found is not None:
            return found.foot
        return self.root.foot if after is None else after.entry.leading

    def settle(self, number: int) -> None:
        """Hand a waiting blank line to the entry that followed it, if that comes before the given one."""
        if self.blank_at is not None and self.blank_at < number:
            self.placed[self.blank_at].entry.leading.append(BLANK)
            self.blank_at = None


def _flat(node: Collection, above: _Placed | None) -> Iterator[_Placed]:
    for entry in node.entries:
        placed = _Placed(entry, node, above)
        yield placed
        if isinstance(entry.node, Collection):
            yield from _flat(entry.node, placed)


def _scalars(placed: Iterable[_Placed]) -> Iterator[Scalar]:
    for one in placed:
        if one.entry.key is not None:
            yield one.entry.key
        if isinstance(one.entry.node, Scalar):
            yield one.entry.node


def _line_starts(node: Scalar, text: str) -> Iterator[int]:
    at = text.find("\n", node.start, node.end) + 1
    while 0 < at < node.end:
        yield at
        at = text.find("\n", at, node.end) + 1


def _owner(before: _Placed, offset: int) -> Entry:
    """The entry that ends in the line: behind a closing bracket the one that the brackets belong to."""
    while before.holder.is_flow and before.holder.end <= offset and before.above is not None:
        before = before.above
    return before.entry


def _put_behind(entry: Entry, text: str) -> None:
    if entry.head is not None:
        entry.leading.append(entry.head)
    entry.head = text


def _holds_back(node: Node, offset: int) -> bool:
    """Whether a place is between a key and its value, or inside empty brackets: nothing can stand there."""
    if isinstance(node, Scalar):
        return node.start > offset
    return node.is_flow and (node.start > offset or (not node.entries and node.end > offset))


def _ends(holder: Collection, line: _Line, after: _Placed | None) -> bool:
    """Whether a comment is set as far in as a block above it, and further than what follows."""
    return holder.column <= line.column and (after is None or line.column > after.holder.column)
