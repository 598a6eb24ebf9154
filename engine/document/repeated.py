"""Keys that stand twice in a mapping, and how two conditions are written that were put into one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Related, Span
from segmentry.engine.document.edits import as_scalar
from segmentry.engine.document.nodes import Path, Stretch, YamlFloat, YamlInt
from segmentry.engine.document.shapes import is_list

_BEGIN_LEAVES: Final = frozenset(("trait", "column"))
_BEGIN: Final = _BEGIN_LEAVES | {"did", "did_not"}
_COMBINE: Final = ("all", "any", "none")
_MOST: Final = 120
"""A longer example is no help."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """An entry of a mapping, with the place of its key; ``first`` is that of the key that it repeats."""

    key: str
    place: Stretch
    value: Any
    first: Stretch | None = None


class Repeated:
    """The mapping at ``path`` of a file, in which keys stand twice; its entries are given in any order.

    Two conditions in one mapping are one mistake, however many keys they have in common: ``foreign`` are the
    keys of the later ones, which would only be misunderstood beside those of the first.
    """

    def __init__(self, file: str, path: Path, entries: Iterable[KeyEntry]) -> None:
        self._file = file
        self._path = path
        self._entries = sorted(entries, key=lambda entry: entry.place)
        self._parts = _conditions(path, self._entries)
        later = [entry.key for part in self._parts[1:] for entry in part if entry.first is None]
        self.foreign = frozenset(later)

    def findings(self) -> Iterator[Diagnostic]:
        """A finding for each key that repeats another, but one only for each further condition."""
        begins = {part[0].place for part in self._parts}
        for entry in self._entries:
            if entry.first is not None and (not begins or entry.place in begins):
                yield diagnostic(
                    "duplicate-key",
                    f"the key `{entry.key}` stands twice in the same mapping",
                    self._file,
                    Span(*entry.place),
                    hint=self._hint(entry, entry.first),
                    related=(Related(f"`{entry.key}` is here first", self._file, Span(*entry.first)),),
                )

    def _hint(self, entry: KeyEntry, first: Stretch) -> str:
        path = self._path
        in_list = bool(path) and isinstance(path[-1], int)
        begins_item = in_list and entry.place[0] > first[0] and entry.key == self._entries[0].key
        if self._parts and begins_item:
            return f"if another condition of the list begins here, write `- {entry.key}:`"
        if self._parts and in_list and len(path) > 1 and path[-2] in _COMBINE:
            return f"for two conditions write two items of the list: `{_example(self._parts)}`"
        if self._parts:
            return f"for two conditions write `all: [{_example(self._parts)}]`, or `any:` if one is enough"
        hint = "keep one of the two; only the first counts here"
        if begins_item:
            hint += f"; if another item of the list begins with this one, write `- {entry.key}:`"
        return hint


def _conditions(path: Path, entries: list[KeyEntry]) -> list[list[KeyEntry]]:
    """The conditions that were put into one mapping, in the order they stand; empty if not sure."""
    parts: list[list[KeyEntry]] = [[]]
    for entry in entries:
        if any(entry.key == other.key for other in parts[-1]):
            parts.append([])
        parts[-1].append(entry)
    sure = not (path and path[-1] in ("then", "then_not")) and all(map(_is_condition, parts))
    return parts if sure else []


def _is_condition(part: list[KeyEntry]) -> bool:
    begins = [entry for entry in part if entry.key in _BEGIN]
    if len(begins) != 1 or not isinstance(begins[0].value, str):
        return False
    return len(part) > 1 or begins[0].key not in _BEGIN_LEAVES


def _example(parts: list[list[KeyEntry]]) -> str:
    whole = ", ".join(map(_written, parts))
    return whole if len(whole) <= _MOST else "{…}, {…}"


def _written(part: list[KeyEntry]) -> str:
    return "{" + ", ".join(f"{entry.key}: {_value(entry.value)}" for entry in part) + "}"


def _value(value: Any) -> str:
    """A value as it can stand in braces; of what holds more than plain values only an ellipsis."""
    if is_list(value):
        inner = [_value(item) for item in value]
        return "…" if any("…" in item for item in inner) else f"[{', '.join(inner)}]"
    match value:
        case bool():
            return str(value).lower()
        case YamlInt() | YamlFloat():
            return value.text
        case str():
            return as_scalar(value)
        case _:
            return "…"
