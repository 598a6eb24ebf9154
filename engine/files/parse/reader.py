"""A cursor over a document: a value, the way to it, and its places. Parsing never fails: what is wrong
is reported, and the trait, segment or source around it is left out of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Span
from segmentry.engine.document import Document, Path, YamlFloat, YamlInt, is_list, is_mapping
from segmentry.engine.document.edits import respelt
from segmentry.engine.files.condition_model import Place
from segmentry.engine.language.suggest import sure


@dataclass
class Findings:
    """Where parsing and resolving put what they find; one per load of a workspace.

    ``documents`` are the files by name, whose texts fixes change; of another file none is made.
    """

    items: list[Diagnostic] = field(default_factory=list[Diagnostic])
    documents: Mapping[str, Document] = field(default_factory=dict[str, Document])

    def add(
        self,
        code: str,
        message: str,
        at: Place,
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        """Add one finding of the catalogue."""
        self.items.append(diagnostic(code, message, at.file, at.span, hint=hint, related=related, fix=fix))

    def respelt(self, at: Place, name: str, known: Iterable[str]) -> Fix | None:
        """The fix that writes the known name that an unknown one was meant to be; None if not sure."""
        return respelt(self.documents.get(at.file), at.span, name, sure(name, known))


class Unreadable(Exception):
    """The thing around the current value was reported as a mistake and is left out."""


@dataclass(frozen=True)
class Cursor:
    """One value of a document, with the document, the way to the value and where to report."""

    document: Document
    findings: Findings
    value: Any
    path: Path = ()

    @property
    def file(self) -> str:
        """The document's file."""
        return self.document.file

    @property
    def at(self) -> Place:
        """The place of the value."""
        return Place(self.file, self.document.value_span(self.path), self.path)

    @property
    def key_at(self) -> Place:
        """The place of the key (of the value, in a list)."""
        span = self.document.key_span(self.path) or self.document.value_span(self.path)
        return Place(self.file, span, self.path)

    @property
    def head(self) -> Place:
        """The first line of the value."""
        span = self.document.value_span(self.path)
        if span.end_line != span.line:
            span = Span(span.line, span.column, span.line, span.column + 1)
        return Place(self.file, span, self.path)

    def has(self, key: str) -> bool:
        """Whether the mapping has the key."""
        return is_mapping(self.value) and key in self.value

    def get(self, key: str) -> Cursor | None:
        """The value behind a key, None where the key lacks."""
        if not self.has(key):
            return None
        return Cursor(self.document, self.findings, self.value[key], (*self.path, key))

    def __getitem__(self, key: str) -> Cursor:
        return Cursor(self.document, self.findings, self.value[key], (*self.path, key))

    def items(self) -> Iterator[Cursor]:
        """The items of a list; a value that is no list is its own only item."""
        if not is_list(self.value):
            yield self
            return
        for n, item in enumerate(self.value):
            yield Cursor(self.document, self.findings, item, (*self.path, n))

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """The keys of a mapping with their values."""
        if is_mapping(self.value):
            for key in self.value:
                yield key, self[key]

    def text(self) -> str:
        """The value as text; a plain number is the text that stands there."""
        return as_text(self.value)

    def optional_text(self, key: str) -> str | None:
        """The text behind a key, None where it lacks."""
        found = self.get(key)
        return None if found is None or found.value is None else found.text()

    def places(self) -> dict[str, Place]:
        """The place of every value of a mapping by its key, and of the keys as `key:` + name."""
        found: dict[str, Place] = {}
        for key, cursor in self.entries():
            found[key] = cursor.at
            found[f"key:{key}"] = cursor.key_at
        return found

    def reject(self, code: str, message: str, hint: str | None = None, at: Place | None = None) -> Unreadable:
        """Report a mistake at the value; to be raised."""
        self.findings.add(code, message, at or self.at, hint)
        return Unreadable()


def as_text(value: Any) -> str:
    """A scalar as the text that stands in the file."""
    if isinstance(value, (YamlInt, YamlFloat)):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
