"""Plans for tests: the workspace's rules at a test's instant, with or without the data at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Source
from segmentry.engine.language.types import STRING, UNKNOWN, Type
from segmentry.engine.ruletests.frames import Columns, empty_frame
from segmentry.engine.ruletests.prepared import Prepared, prepare
from segmentry.engine.ruletests.rule_test import RuleTestFile
from segmentry.engine.ruletests.undeclared import used_kinds, written_values
from segmentry.engine.ruletests.values import natural_kind
from segmentry.engine.sources.read import SourceReader
from segmentry.engine.workspace import Workspace

Needs = Mapping[str, frozenset[str]]
"""Columns by the source that is read."""


@dataclass
class CasePlans:
    """The plans of a workspace for some test files, one per instant.

    Columns have the types of the data where it is at hand, else those of the contract; what neither says is
    taken from the tests.
    """

    workspace: Workspace
    files: tuple[RuleTestFile, ...]
    as_of: str | None = None
    _plans: dict[str, Prepared] = field(default_factory=dict[str, Prepared])
    _needs: dict[object, dict[str, Needs]] = field(default_factory=dict[object, dict[str, Needs]])

    def at(self, as_of: str | None) -> Prepared:
        """The testable plan at an instant: the test's, else the option's, else the workspace's, else now.

        Raises RuleError for mistakes in the rules, UsageError for an instant that can't be read.
        """
        instant = as_of or self.as_of or self.workspace.model.as_of or self._now
        if instant not in self._plans:
            self._plans[instant] = prepare(self._empty.plan(instant, drafts=True))
        return self._plans[instant]

    def needs_at(self, *which: object) -> dict[str, Needs]:
        """What definitions read, to be filled in by whoever finds out; one for each plan."""
        return self._needs.setdefault(which, {})

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.workspace.model.timezone)

    @cached_property
    def _now(self) -> str:
        return datetime.now(UTC).isoformat()

    @property
    def readers(self) -> Mapping[str, SourceReader]:
        """Readers of sources without rows, whose columns have the right types."""
        return self._empty.readers

    @cached_property
    def _empty(self) -> Workspace:
        """The workspace over tables without rows."""
        frames = {name: empty_frame(source, self.columns[name]) for name, source in self.roots.items()}
        return self.workspace.over(frames)

    @cached_property
    def roots(self) -> dict[str, Source]:
        """The sources that are read, not derived."""
        return {s.name: s for s in self.workspace.model.sources if s.parent is None}

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """The columns of every source that is read, with their types."""
        model = self.workspace.model
        customers = next((s.name for s in model.sources if s.is_customers), "")
        traits = {trait.id for trait in model.traits}
        written = written_values(self.files, customers)
        used = used_kinds(model)
        found: dict[str, Columns] = {}
        for name, source in self.roots.items():
            at_hand = self._at_hand(name)
            if at_hand is not None:
                found[name] = at_hand
                continue
            values = written.get(name, {})
            columns = declared_columns(source)
            names: Iterable[str] = columns
            if not columns:
                own = (source.key, source.customer, source.time, *source.lookup_key)
                names = dict.fromkeys(n for n in (*own, *used) if n is not None and n not in traits)
            found[name] = {n: _settled(n, columns, values.get(n, []), used) for n in names}
        return found

    def is_open(self, source: str) -> bool:
        """Whether neither a file nor a contract says which columns a source has."""
        return not declared_columns(self.roots[source]) and self._at_hand(source) is None

    def _at_hand(self, name: str) -> Columns | None:
        reader = self.workspace.readers[name]
        try:
            return reader.schema() if reader.available() else None
        except DataError:
            return None


def declared_columns(source: Source) -> dict[str, Type]:
    """The columns of a contract that are read, not computed."""
    return {
        c.name: c.type or UNKNOWN
        for c in source.columns
        if c.formula is None and c.aggregate is None and not c.days_since_previous
    }


def _settled(name: str, declared: Columns, values: list[object], used: Columns) -> Type:
    """A column's type: declared, else of its values, else one that the rules can use."""
    kind = declared.get(name, UNKNOWN)
    if kind.kind == "list" and kind.element is None:
        found = natural_kind(values)
        return found if found.kind == "list" else Type("list", 0, STRING)
    for candidate in (kind, natural_kind(values), used.get(name, UNKNOWN)):
        if candidate != UNKNOWN:
            return candidate
    return STRING
