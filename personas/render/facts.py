"""Facts as templates see them: `i.average_order`, `i.average_order.base`, `o.autumn_10.code`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_MAIN = ("mean", "true", "recency")
_PARTS = {
    "value": "value",
    "base": "base_text",
    "index": "index",
    "label": "label",
    "confidence": "confidence",
}
"""What a fact has besides its text, and the key of its entry that holds it."""


class FactNode:
    """A fact, or a group of them, by name.

    Printed it is what the fact shows; a trait stands for its main figure. `.value` is the number, `.base`
    what all customers show, `.index`, `.label`, `.confidence` the rest.
    """

    def __init__(self) -> None:
        self._entry: Mapping[str, Any] | None = None
        self._children: dict[str, FactNode] = {}

    def add(self, path: list[str], entry: Mapping[str, Any]) -> None:
        """Put a fact in its place."""
        if not path:
            self._entry = entry
            return
        self._children.setdefault(path[0], FactNode()).add(path[1:], entry)

    def _fact(self) -> Mapping[str, Any] | None:
        if self._entry is not None:
            return self._entry
        main = next((self._children[name] for name in _MAIN if name in self._children), None)
        return None if main is None else main._fact()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        children: dict[str, FactNode] = self._children
        if name in children:
            return children[name]
        entry = self._fact()
        if entry is not None and name in _PARTS and entry[_PARTS[name]] is not None:
            return entry[_PARTS[name]]
        raise AttributeError(name)

    def __str__(self) -> str:
        entry = self._fact()
        if entry is None:
            raise AttributeError(f"choose one of {', '.join(sorted(self._children))}")
        return str(entry["text"])

    def names(self) -> list[str]:
        """The names below this one."""
        return sorted(self._children)

    def all_names(self) -> list[str]:
        """What a template can write after this one's name."""
        return self.names() if self._fact() is None else [*self.names(), *_PARTS]


def fact_tree(entries: Iterable[Mapping[str, Any]]) -> dict[str, FactNode]:
    """The namespaces `i` and `o` of a brief's facts."""
    roots = {"i": FactNode(), "o": FactNode()}
    for entry in entries:
        root, *path = entry["handle"].split(".")
        roots[root].add(path, entry)
    return roots
