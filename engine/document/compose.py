"""Parser events to data with places: what YAML calls composing and constructing, in one pass.

Beyond YAML itself, rules have their own limits: no tags, one document, keys are texts and stand once,
aliases neither recurse nor explode, nesting up to 64.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import yaml

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Span
from segmentry.engine.document.nodes import Path, RawSpans, Stretch
from segmentry.engine.document.repeated import KeyEntry, Repeated
from segmentry.engine.document.scalars import resolve_plain
from segmentry.engine.document.stop import quoted

_LINE_END: Final = re.compile(r"[\r\n]|\Z")

MAX_NESTING: Final = 64
MAX_EXPANDED: Final = 100_000
"""How many values aliases may add to a file, all in all."""

_NO_KEY: Final = (0, 0, 0, 0)

_PLAIN: Final = (None, "")
"""The style of an unquoted scalar: None by the pure parser, empty by libyaml."""
_QUOTES: Final = ("'", '"')


class Halt(Exception):
    """Reading stops: what follows can't be understood."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """An anchored value, its places relative to it, and its nesting. ``key`` is its text as a key."""

    data: Any
    paths: list[Path]
    spans: list[RawSpans]
    height: int
    key: str | None


def open_events(text: str) -> Callable[[], Any]:
    """The next-event function over a text: by libyaml where PyYAML has it, else in pure Python."""
    loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    next_event: Callable[[], Any] = loader(text).get_event
    return next_event


class Composer:
    """Reads the events of one file. After ``compose`` its findings are in ``diagnostics``.

    ``paths`` and ``spans`` are the places of all values. ``opaque`` are the contents of quoted and block
    scalars as offsets (from, to) in the text: where a ``#`` starts no comment. ``restore`` is applied to the
    text of every scalar.
    """

    def __init__(self, file: str, text: str, restore: Callable[[str], str] | None) -> None:
        self.file = file
        self.paths: list[Path] = []
        self.spans: list[RawSpans] = []
        self.opaque: list[tuple[int, int]] = []
        self.diagnostics: list[Diagnostic] = []
        self._text = text
        self._next = open_events(text)
        self._restore = restore
        self._anchors: dict[str, _Anchor | None] = {}
        self._unused: dict[str, Any] = {}
        self._expanded = 0
        self._end: tuple[int, int] = (1, 1)

    def compose(self) -> Any:
        """The data of the file's only document; None for an empty file.

        Raises yaml.MarkedYAMLError where YAML itself is broken, and Halt where a limit ends the reading.
        """
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self._keep((), _NO_KEY, (1, 1, 1, 1))
            return None
        data = self._node(self._next(), (), _NO_KEY, 1)
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._fault(
                "a second document starts here, but a file holds one",
                _span(event.start_mark, event.end_mark),
                "put it into a file of its own, or remove the `---`",
            )
        for event in self._unused.values():
            self._warn_unused(event)
        return data

    def _node(self, event: Any, path: Path, key: Stretch, depth: int) -> Any:
        name: str | None = event.anchor
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, key, depth)
        if event.tag is not None:
            self._refuse_tag(event)
        if name is None:
            return self._value(event, path, key, depth)
        first = len(self.paths)
        self._anchors[name] = None
        self._unused[name] = event
        data = self._value(event, path, key, depth)
        if self._anchors[name] is None:
            self._keep_anchor(name, data, path, first, event)
        return data

    def _value(self, event: Any, path: Path, key: Stretch, depth: int) -> Any:
        data: Any
        if isinstance(event, yaml.ScalarEvent):
            data = self._scalar(event)
        else:
            data = self._collection(event, path, depth)
        line, column = self._start(event)
        self._keep(path, key, (line, column, *self._end))
        return data

    def _keep(self, path: Path, key: Stretch, value: Stretch) -> None:
        self.paths.append(path)
        self.spans.append(key + value)

    def _collection(self, event: Any, path: Path, depth: int) -> Any:
        if depth > MAX_NESTING:
            start = event.start_mark
            self._too_deep(Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2))
        data: Any
        if isinstance(event, yaml.MappingStartEvent):
            data, end = self._mapping(path, depth)
        else:
            data, end = self._sequence(path, depth)
        if event.flow_style:
            self._end = (end.line + 1, end.column + 1)
        return data

    def _scalar(self, event: Any) -> Any:
        value: str = event.value if self._restore is None else self._restore(event.value)
        style: str | None = event.style
        end = event.end_mark
        if style in _PLAIN:
            self._end = (end.line + 1, end.column + 1)
            return value if event.tag is not None else resolve_plain(value)
        self._hold(event)
        if style in _QUOTES:
            self._end = (end.line + 1, end.column + 1)
        else:
            self._end = self._last_character(event.start_mark, end)
        return value

    def _hold(self, event: Any) -> None:
        """Notes where a scalar hides ``#``; only the header line of a block scalar may end in a comment."""
        start: int = event.start_mark.index
        if event.style not in _QUOTES:
            line_end = _LINE_END.search(self._text, start)
            start = line_end.start() if line_end else start
        self.opaque.append((start, event.end_mark.index))

    def _last_character(self, start: Any, end: Any) -> tuple[int, int]:
        """The end of a block scalar: libyaml reports the start of what follows, after all blank lines."""
        body = self._text[start.index : end.index].rstrip(" \t\r\n")
        lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        offset = start.column if len(lines) == 1 else 0
        return start.line + len(lines), offset + len(lines[-1]) + 1

    def _start(self, event: Any) -> tuple[int, int]:
        """Where the value itself starts: after its anchor, if it has one."""
        mark = event.start_mark
        if event.anchor is None:
            return mark.line + 1, mark.column + 1
        if isinstance(event, yaml.ScalarEvent) and not event.value and event.style in _PLAIN:
            return self._end
        index = mark.index + 1 + len(event.anchor)
        while self._text[index : index + 1] in (" ", "\t", "\r", "\n"):
            index += 1
        before = self._text[mark.index : index].replace("\r\n", "\n").replace("\r", "\n")
        breaks = before.count("\n")
        if breaks == 0:
            return mark.line + 1, mark.column + 1 + len(before)
        return mark.line + 1 + breaks, len(before) - before.rindex("\n")

    def _sequence(self, path: Path, depth: int) -> tuple[list[Any], Any]:
        items: list[Any] = []
        event = self._next()
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), _NO_KEY, depth + 1))
            event = self._next()
        return items, event.end_mark

    def _mapping(self, path: Path, depth: int) -> tuple[dict[str, Any], Any]:
        items: dict[str, Any] = {}
        places: dict[str, Stretch] = {}
        repeated: list[KeyEntry] = []
        try:
            end = self._entries(path, depth, items, places, repeated)
        finally:
            if repeated:
                entries = [KeyEntry(key, place, items.get(key)) for key, place in places.items()]
                twice = Repeated(self.file, path, entries + repeated)
                self.diagnostics.extend(twice.findings())
                for key in twice.foreign:
                    items.pop(key, None)
        return items, end

    def _entries(
        self,
        path: Path,
        depth: int,
        items: dict[str, Any],
        places: dict[str, Stretch],
        repeated: list[KeyEntry],
    ) -> Any:
        """The end of a mapping whose entries were read; ``repeated`` has those whose key was there before."""
        event = self._next()
        while not isinstance(event, yaml.MappingEndEvent):
            start, end = event.start_mark, event.end_mark
            place = (start.line + 1, start.column + 1, end.line + 1, end.column + 1)
            key = self._key(event, place, depth)
            if key is not None and key not in items:
                places[key] = place
                items[key] = self._node(self._next(), (*path, key), place, depth + 1)
            else:
                value = self._skip(depth)
                if key is not None:
                    repeated.append(KeyEntry(key, place, value, places[key]))
            event = self._next()
        return event.end_mark

    def _key(self, event: Any, place: Stretch, depth: int) -> str | None:
        """The text of a key; None, with a finding, of what can't be one."""
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style in _PLAIN
            if not plain:
                self._hold(event)
            if event.tag is not None:
                self._refuse_tag(event)
            text: str = event.value if self._restore is None else self._restore(event.value)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchor(resolve_plain(text) if plain else text, [], [], 0, text)
            return text
        if isinstance(event, yaml.AliasEvent):
            anchor = self._anchors.get(event.anchor or "")
            if anchor is not None and anchor.key is not None:
                return anchor.key
        else:
            self._skip(depth, event)
        self._fault(
            "a key must be a text, and here is a whole list or mapping",
            Span(place[0], place[1], place[0], place[1] + 1),
            "put the text into quotes if it is meant to start with `{` or `[`",
        )
        return None

    def _skip(self, depth: int, event: Any = None) -> Any:
        """The value, read past: it has no place in the data."""
        kept = len(self.paths)
        value = self._node(self._next() if event is None else event, (), _NO_KEY, depth + 1)
        del self.paths[kept:], self.spans[kept:]
        return value

    def _keep_anchor(self, name: str, data: Any, path: Path, first: int, event: Any) -> None:
        depth = len(path)
        paths = [inner[depth:] for inner in self.paths[first:-1]]
        height = max(map(len, paths), default=0)
        key: str | None = event.value if isinstance(event, yaml.ScalarEvent) else None
        self._anchors[name] = _Anchor(data, paths, self.spans[first:-1], height, key)

    def _alias(self, event: Any, path: Path, key: Stretch, depth: int) -> Any:
        place = _span(event.start_mark, event.end_mark)
        self._end = (place.end_line, place.end_column)
        self._keep(path, key, (place.line, place.column, *self._end))
        name: str = event.anchor
        self._unused.pop(name, None)
        anchor = self._anchors.get(name)
        if anchor is None:
            inside = name in self._anchors
            self._fault(
                f"`*{name}` stands inside `&{name}` itself"
                if inside
                else f"`*{name}` refers to an anchor `&{name}`, and no such anchor comes before it",
                place,
                "write the part out"
                if inside
                else f"put it into quotes if it is a text: {self._quoted_from(event)}",
            )
            return None
        self._expanded += len(anchor.paths) + 1
        if self._expanded > MAX_EXPANDED:
            self._fault(
                f"the aliases of this file expand to more than {MAX_EXPANDED:,} values",
                place,
                "write the parts out, or refer to a segment with `rule:`",
            )
            raise Halt
        if depth + anchor.height > MAX_NESTING + 1:
            self._too_deep(place)
        self.paths.extend((*path, *inner) for inner in anchor.paths)
        self.spans.extend(anchor.spans)
        return anchor.data

    def _quoted_from(self, event: Any) -> str:
        """The text of the line from an event on, in quotes."""
        start: int = event.start_mark.index
        return quoted(re.split(r"[\r\n,\]}]| #", self._text[start : start + 100])[0].rstrip())

    def _warn_unused(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self.diagnostics.append(
            diagnostic(
                "yaml-syntax",
                f"`&{event.anchor}` is taken for the name of an anchor, which no `*{event.anchor}` refers to",
                self.file,
                Span(line, column, line, column + 1 + len(event.anchor)),
                hint=f"put it into quotes if it belongs to the text: {self._quoted_from(event)}",
                severity="warning",
            )
        )

    def _refuse_tag(self, event: Any) -> None:
        start = event.start_mark
        text = re.match(r"(?:&\S+\s+)?", self._text[start.index :])
        skipped = text.end() if text else 0
        tag = re.match(r"!\S*", self._text[start.index + skipped :])
        length = tag.end() if tag else 1
        column = start.column + 1 + skipped
        self._fault(
            f"`{tag.group() if tag else '!'}` is a YAML tag, and rules have none",
            Span(start.line + 1, column, start.line + 1, column + length),
            "remove it, or put the value into quotes if it is a text that starts with `!`",
        )

    def _too_deep(self, place: Span) -> None:
        self._fault(
            f"the nesting is deeper than {MAX_NESTING} levels here",
            place,
            "split the condition: move inner parts into segments and refer to them with `rule:`",
        )
        raise Halt

    def _fault(self, message: str, place: Span, hint: str) -> None:
        self.diagnostics.append(diagnostic("yaml-syntax", message, self.file, place, hint=hint))


def _span(start: Any, end: Any) -> Span:
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
