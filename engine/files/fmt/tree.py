"""The written form of a file: its nodes with the text of every scalar, so that nothing is spelled anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from segmentry.engine.document.compose import open_events

_OLD_BREAKS: Final = str.maketrans(dict.fromkeys("\x85\u2028\u2029", "\ue000"))
"""They end a line for the parser, but not in YAML 1.2. Only places are taken from what it says."""

_AFTER_ANCHOR: Final = re.compile(r"&\S+(?:\s+(?:#[^\n]*)?)*")

_LAST_BREAKS: Final = re.compile(r"(?:\n[ \t]*)+\Z")
"""Blanks at the end of the last line of a text are a part of it."""

BLOCK: Final = ("|", ">")
"""The styles of texts that go over lines of their own."""


@dataclass(slots=True)
class Scalar:
    """A value as it is written: ``style`` is its quote, `|`, `>`, or empty for a plain one.

    ``start`` and ``end`` are offsets in the file; ``value`` is what the parser made of it. An alias is a
    plain scalar that starts with `*`.
    """

    text: str
    style: str
    value: str
    anchor: str | None
    start: int
    end: int


@dataclass(slots=True)
class Collection:
    """A mapping or a list. ``column`` (from 0) is that of its first key or dash."""

    is_mapping: bool
    is_flow: bool
    anchor: str | None
    start: int
    column: int
    entries: list[Entry] = field(default_factory=list["Entry"])
    foot: list[str] = field(default_factory=list[str])
    end: int = 0


Node = Scalar | Collection


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list (``key`` is None).

    ``leading`` are the comments above it (an empty text is a blank line), ``head`` is the one behind it.
    """

    key: Scalar | None
    node: Node
    start: int
    leading: list[str] = field(default_factory=list[str])
    head: str | None = None


def read_tree(text: str) -> Node | None:
    """The nodes of a text that `read_document` accepts, with line ends of LF; None for an empty one."""
    return _Builder(text).build()


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self._next: Callable[[], Any] = open_events(text.translate(_OLD_BREAKS))

    def build(self) -> Node | None:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        return self._node(self._next())

    def _node(self, event: Any) -> Node:
        if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
            return self._scalar(event)
        start = event.start_mark
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = Collection(is_mapping, bool(event.flow_style), event.anchor, start.index, start.column)
        node.entries.extend(self._entries(node))
        if event.anchor is not None and node.entries:
            # the parser's place is the anchor's
            first = node.entries[0].start
            first = first if is_mapping else self.text.rfind("-", 0, first)
            node.column = first - (self.text.rfind("\n", 0, first) + 1)
        return node

    def _entries(self, node: Collection) -> Iterator[Entry]:
        event = self._next()
        while not _closes(event):
            start: int = event.start_mark.index
            key = self._scalar(event) if node.is_mapping else None
            yield Entry(key, self._node(event if key is None else self._next()), start)
            event = self._next()
        node.end = event.end_mark.index

    def _scalar(self, event: Any) -> Scalar:
        start: int = event.start_mark.index
        end: int = event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Scalar(self.text[start:end], "", "", None, start, end)
        style: str = event.style or ""
        if event.anchor is not None:
            skipped = _AFTER_ANCHOR.match(self.text, start)
            start = min(skipped.end(), end) if skipped else start
        if style in BLOCK:
            end = self._block_end(start, end)
        elif not style:
            end = start + len(self.text[start:end].rstrip()) if event.value else start
        return Scalar(self.text[start:end], style, event.value, event.anchor, start, end)

    def _block_end(self, start: int, end: int) -> int:
        """Where a block scalar ends: the parser takes in the blank lines after it, which `+` alone keeps."""
        written = self.text[start:end]
        keeps = "+" in written.partition("\n")[0].partition("#")[0]
        return start + len(written.rstrip(" \t") if keeps else _LAST_BREAKS.sub("", written))


def _closes(event: Any) -> bool:
    return isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
