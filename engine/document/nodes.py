"""What a file holds once it is read: plain data, and beside it the place of every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.document.shapes import is_list, is_mapping

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions (from 0) in lists; the root is ``()``."""

Stretch = tuple[int, int, int, int]
"""Line, column, end line and end column, as in ``Span``: plain numbers cost little to make and to keep."""

RawSpans = tuple[int, int, int, int, int, int, int, int]
"""The stretch of the key (zeros without one) and of its value."""


class YamlInt(int):
    """A whole number as a file writes it; ``text`` is its plain scalar (``010``, ``0x1F``)."""

    text: str

    def __new__(cls, value: int, text: str | None = None) -> YamlInt:
        self = super().__new__(cls, value)
        self.text = str(value) if text is None else text
        return self


class YamlFloat(float):
    """A number with a point or exponent; ``text`` is its plain scalar, so that decimals can be exact."""

    text: str

    def __new__(cls, value: float, text: str | None = None) -> YamlFloat:
        self = super().__new__(cls, value)
        self.text = repr(float(value)) if text is None else text
        return self


def as_texts(value: Any) -> Any:
    """The data with every number as it is written: where a text is expected, `010` is no ten."""
    if isinstance(value, (YamlInt, YamlFloat)):
        return value.text
    if is_mapping(value):
        return {key: as_texts(part) for key, part in value.items()}
    return [as_texts(part) for part in value] if is_list(value) else value


@dataclass(frozen=True, slots=True)
class NodeSpans:
    """The places of one value: of its key (None in lists and at the root) and of the value itself."""

    key: Span | None
    value: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where its ``#`` stands, and its text from the ``#`` on."""

    line: int
    column: int
    text: str


class SpanMap(Mapping[Path, NodeSpans]):
    """The places of all values by path, made into spans when they are asked for.

    A large file has tens of thousands of values, and only those with a finding are ever looked at.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: dict[Path, RawSpans]) -> None:
        self._raw = raw

    def __getitem__(self, path: Path) -> NodeSpans:
        raw = self._raw[path]
        return NodeSpans(Span(*raw[:4]) if raw[0] else None, Span(*raw[4:]))

    def __contains__(self, path: object) -> bool:
        return path in self._raw

    def __iter__(self) -> Iterator[Path]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read.

    ``data`` is made of dict (text keys), list, str, bool, None, ``YamlInt`` and ``YamlFloat``. Where an alias
    stands its data is shared with the anchor, so it is not to be changed. ``text`` is the decoded file
    without a byte order mark, its line ends as they were.
    """

    file: str
    text: str
    data: Any
    spans: Mapping[Path, NodeSpans]
    comments: tuple[Comment, ...]

    def key_span(self, path: Path) -> Span | None:
        """The place of the key at ``path``; None for a list's item, the root, or a path that is not there."""
        found = self.spans.get(path)
        return None if found is None else found.key

    def value_span(self, path: Path) -> Span:
        """The place of the value at ``path``; of the nearest value around it where the path is not there."""
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans[path].value

    def holder_span(self, path: Path) -> Span:
        """Where a key that lacks in the mapping at ``path`` is reported.

        The key that holds the mapping, else (a list's item, the root) the first line of the mapping.
        """
        key = self.key_span(path)
        if key is not None:
            return key
        value = self.value_span(path)
        if value.end_line == value.line:
            return value
        line = split_lines(self.text)[value.line - 1]
        return Span(value.line, value.column, value.line, max(value.column, len(line.rstrip()) + 1))


def split_lines(text: str) -> list[str]:
    """The lines of a file, without their ends: a line ends in LF, CR LF or CR, and in nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
