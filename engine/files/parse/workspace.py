"""The whole workspace: documents that were validated become one model.

What holds a mistake is left out, and its id is kept (`Parsed.broken`), so that a reference to it is no
second mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from segmentry.engine.document import Document, Path, is_mapping
from segmentry.engine.files.model import Model, Segment, Segmentation, Source, Trait
from segmentry.engine.files.parse.identity import parse_identity, with_people
from segmentry.engine.files.parse.reader import Cursor, Findings, Unreadable
from segmentry.engine.files.parse.rules import parse_segment, parse_segmentation, parse_trait
from segmentry.engine.files.parse.sources import parse_source
from segmentry.engine.files.privacy import Privacy
from segmentry.engine.language.calendar_names import month_number, weekday_number

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A model, and the ids of what was left out of it.

    ``partial``: a whole file could not be read, so that nobody knows which ids it defines.
    """

    model: Model
    broken: frozenset[str]
    partial: bool = False


@dataclass(frozen=True)
class _Part:
    """A document with the paths in it that hold mistakes, and where the ids of what is left out go."""

    document: Document
    wrong: frozenset[Path]
    findings: Findings
    broken: set[str]

    def cursor(self, *path: str) -> Cursor | None:
        value: Any = self.document.data
        for step in path:
            if is_mapping(value) and step in value:
                value = value[step]
            else:
                return None
        return Cursor(self.document, self.findings, value, path)

    def is_wrong(self, path: Path) -> bool:
        return any(w[: len(path)] == path for w in self.wrong)

    def read(self, cursor: Cursor, identity: object, parse: Callable[[], T]) -> T | None:
        """What parsing gives, or None where there are mistakes inside; then the id is broken."""
        try:
            if not self.is_wrong(cursor.path):
                return parse()
        except Unreadable:
            pass
        if identity is not None:
            self.broken.add(str(identity))
        return None


def parse_workspace(
    workspace: Document,
    rules: Sequence[Document],
    wrong: Mapping[str, frozenset[Path]],
    findings: Findings,
    *,
    unread: bool = False,
) -> Parsed:
    """The model of a workspace's documents; ``wrong`` are the paths with mistakes by file.

    ``unread`` says that some rule file could not be read at all.
    """
    broken: set[str] = set()
    none: frozenset[Path] = frozenset()
    head = _Part(workspace, wrong.get(workspace.file, none), findings, broken)
    traits: list[Trait] = []
    segmentations: list[Segmentation] = []
    for document in rules:
        part = _Part(document, wrong.get(document.file, none), findings, broken)
        traits.extend(_traits(part))
        segmentation = _segmentation(part)
        if segmentation is not None:
            segmentations.append(segmentation)
    partial = unread or not all(map(_defines_something, rules))
    return Parsed(_model(head, tuple(traits), tuple(segmentations)), frozenset(broken), partial)


def _defines_something(document: Document) -> bool:
    """Whether a rule file defines something, or holds nothing: not one that says neither in so many words."""
    data = document.data
    return not data or (is_mapping(data) and bool(data.keys() & {"traits", "segmentation"}))


def _model(part: _Part, traits: tuple[Trait, ...], segmentations: tuple[Segmentation, ...]) -> Model:
    data = part.document.data
    root = Cursor(part.document, part.findings, data if is_mapping(data) else {})

    def text(key: str) -> str | None:
        return None if part.is_wrong((key,)) else root.optional_text(key)

    as_of = root.get("as_of")
    latest = as_of.optional_text("latest") if as_of is not None and isinstance(as_of.value, dict) else None
    llm = root.get("llm")
    identity = root.get("identity")
    people = None if identity is None or part.is_wrong(("identity",)) else parse_identity(identity)
    locales = root.get("locales")
    return Model(
        name=text("name") or "workspace",
        description=text("description"),
        timezone=text("timezone") or "UTC",
        currency=text("currency"),
        locale=text("locale") or "en",
        locales=tuple(c.text() for c in locales.items())
        if locales and not part.is_wrong(("locales",))
        else (),
        fiscal_month=month_number(root.value.get("fiscal_year_starts", 1)) or 1,
        week_day=weekday_number(root.value.get("week_starts", 1)) or 1,
        as_of=None if latest or as_of is None or part.is_wrong(("as_of",)) else as_of.text(),
        as_of_latest=latest,
        sources=with_people(_sources(part), people, root.places().get("key:identity")),
        identity=people,
        privacy=_privacy(part),
        llm=llm.value if llm is not None and is_mapping(llm.value) else None,
        rules=text("rules") or "rules",
        output=text("output") or "out",
        traits=traits,
        segmentations=segmentations,
        places=root.places(),
    )


def _sources(part: _Part) -> tuple[Source, ...]:
    sources = part.cursor("sources")
    found: list[Source] = []
    for name, cursor in () if sources is None else sources.entries():
        if isinstance(cursor.value, dict):
            source = part.read(cursor, name, partial(parse_source, name, cursor))
            if source is not None:
                found.append(source)
        else:
            part.broken.add(name)
    return tuple(found)


def _privacy(part: _Part) -> Privacy:
    privacy = part.cursor("privacy")
    if privacy is None or part.is_wrong(("privacy",)) or not is_mapping(privacy.value):
        return Privacy()
    allowed = privacy.get("sensitive_allowed")
    return Privacy(
        min_cell=int(privacy.value.get("min_cell", 10)),
        dominance=float(privacy.value.get("dominance", 0.5)),
        sensitive_allowed=() if allowed is None else tuple(c.text() for c in allowed.items()),
    )


def _traits(part: _Part) -> list[Trait]:
    traits = part.cursor("traits")
    if traits is None or not isinstance(traits.value, list):
        return []
    found: list[Trait] = []
    for cursor in traits.items():
        identity = cursor.optional_text("id") if isinstance(cursor.value, dict) else None
        trait = part.read(cursor, identity, partial(parse_trait, cursor))
        if trait is not None:
            found.append(trait)
    return found


def _segmentation(part: _Part) -> Segmentation | None:
    root = part.cursor()
    if root is None or not is_mapping(root.value) or not root.has("segmentation"):
        return None
    owner = root.optional_text("owner")
    segments: list[Segment] = []
    for cursor in _segment_cursors(root):
        identity = cursor.optional_text("id") if isinstance(cursor.value, dict) else None
        segment = part.read(cursor, identity, partial(parse_segment, cursor, owner))
        if segment is not None:
            segments.append(segment)
    otherwise: Segment | None = None
    last = root.get("otherwise")
    if last is not None and isinstance(last.value, dict):
        otherwise = part.read(last, last.optional_text("id"), partial(parse_segment, last, owner))
    head = ("segmentation", "assign", "complete", "disjoint")
    if root.value.get("assign") is None or any(part.is_wrong((key,)) for key in head):
        part.broken.update(s.id for s in segments)
        part.broken.add(str(root.value.get("segmentation")))
        return None
    return parse_segmentation(root, tuple(segments), otherwise)


def _segment_cursors(root: Cursor) -> list[Cursor]:
    segments = root.get("segments")
    return list(segments.items()) if segments is not None and isinstance(segments.value, list) else []
