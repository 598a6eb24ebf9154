"""The two versions that are compared, each with its rules in a folder, over one set of data."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from segmentry.engine.checks import check
from segmentry.engine.diagnostics.errors import RuleError, UsageError
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diagnostics.there import is_file, is_folder
from segmentry.engine.diagnostics.whole import temporary_folder
from segmentry.engine.diff.revisions import check_out, commit_of
from segmentry.engine.files.model import Source
from segmentry.engine.planning.plan import Plan
from segmentry.engine.ruletests.frames import empty_frame
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.sources.databases.pool import Databases
from segmentry.engine.sources.prepared import PREPARED_FOLDER
from segmentry.engine.sources.read import SourceReader
from segmentry.engine.store.columns import Store
from segmentry.engine.workspace import WORKSPACE_FILE, Workspace

WORKING_TREE = "the working tree"
"""The name of the side whose files are those of the workspace as they lie there."""


@dataclass(frozen=True)
class RulesVersion:
    """One version: its name as it was asked for, its rules, and the folder that paths of data start from.

    ``others`` are the sources of the other version, whose files stand in for those that are gone, ``store``
    is where columns of earlier evaluations are.
    """

    name: str
    rules: Workspace
    data: Path
    others: tuple[Source, ...] = ()
    store: Store | None = None

    @cached_property
    def readers(self) -> Mapping[str, SourceReader]:
        """A reader per source that is read. Raises RuleError where the rules can't be read."""
        return {s.name: self._reader(s) for s in self.rules.model.sources if s.parent is None}

    @cached_property
    def databases(self) -> Databases:
        """The databases of the sources, seen at one moment."""
        return Databases(self.data, self.rules.environ)

    def _reader(self, source: Source) -> SourceReader:
        zone, environ = self.rules.model.timezone, self.rules.environ
        frame = self.rules.frames.get(source.name)
        copies = self.data / PREPARED_FOLDER
        reader = SourceReader(source, self.data, zone, frame, environ, copies, self.databases)
        other = next((o for o in self.others if o.name == source.name and o.parent is None), None)
        if other is None or other.paths == source.paths or reader.available():
            return reader
        moved = replace(
            source, paths=other.paths, separator=other.separator, encoding=other.encoding, sheet=other.sheet
        )
        return SourceReader(moved, self.data, zone, environ=environ)

    @cached_property
    def lacking(self) -> tuple[str, ...]:
        """The sources for which there is no data."""
        return tuple(name for name, reader in self.readers.items() if not reader.available())

    @property
    def has_data(self) -> bool:
        """Whether all data is at hand."""
        return not self.lacking

    @cached_property
    def typed(self) -> Workspace:
        """The rules over tables without rows, whose columns are those of the data.

        Without data they are those of the contracts and, where there is none, of what the rules compare.
        """
        columns = dict(CasePlans(self.rules, ()).columns) if self.lacking else {}
        columns |= {name: r.schema() for name, r in self.readers.items() if name not in self.lacking}
        sources = {s.name: s for s in self.rules.model.sources}
        frames = {name: empty_frame(sources[name], found) for name, found in columns.items()}
        return self.rules.over(frames)

    def plan(self, as_of: str) -> Plan:
        """The plan at an instant. Raises RuleError with findings that name the version before the file."""
        with self.naming():
            return self.typed.plan(as_of)

    def as_of(self, asked: str | None, now: str) -> str:
        """The instant for both versions: the one asked for, else what these rules say, else now."""
        with self.naming():
            model = self.rules.model
        if asked is not None or model.as_of is not None:
            return asked or model.as_of or now
        if model.as_of_latest is None or not self.has_data:
            return now
        plan = self.plan(now)
        newest = self.rules.backend.newest_row(plan, self.readers, model.as_of_latest, store=self.store).at
        return now if newest is None else plan.calendar.next_midnight(newest).isoformat()

    def findings(self) -> list[Diagnostic]:
        """What the check finds, with the columns of the data where there is any."""
        return check(self.typed if self.has_data else self.rules)

    @contextmanager
    def naming(self) -> Generator[None]:
        """Around what reads the rules: their findings name the version too, as in `main:rules/a.yaml`.

        In the files that lie in the workspace they are found without.
        """
        try:
            yield
        except RuleError as error:
            raise error if self.name == WORKING_TREE else RuleError(self._named(error.diagnostics)) from None

    def _named(self, items: Iterable[Diagnostic]) -> list[Diagnostic]:
        return [replace(item, file=f"{self.name}:{item.file}", related=()) for item in items]


@contextmanager
def open_sides(
    workspace: Workspace, base: str, head: str | None = None, data: Path | None = None
) -> Generator[tuple[RulesVersion, RulesVersion]]:
    """The two versions, there as long as the context is.

    ``base`` and ``head`` are folders with a `segmentry.yaml`, or else git revisions of the workspace's
    repository; without ``head`` it is the workspace as it lies there. Relative paths of data start from the
    head's folder (for a revision from the workspace's), or from ``data``. Raises UsageError for a name that
    is neither, RuleError for a revision without the workspace.
    """
    if data is not None and not is_folder(data):
        raise UsageError(f"--data takes a folder, and there is none at {data}")
    with temporary_folder("segmentry-diff-") as scratch:
        new = workspace if head is None else _rules(workspace, head, scratch / "head")
        folder = workspace.root if scratch in new.root.parents else new.root
        at_hand = folder if data is None else data.absolute()
        store = workspace.store
        after = RulesVersion(WORKING_TREE if head is None else head, new, at_hand, store=store)
        with after.naming():
            others = new.model.sources
        yield RulesVersion(base, _rules(workspace, base, scratch / "base"), at_hand, others, store), after


def _rules(workspace: Workspace, name: str, scratch: Path) -> Workspace:
    folder = Path(name)
    if is_file(folder / WORKSPACE_FILE):
        return replace(workspace, root=folder.resolve(), frames={}, unsaved={})
    if is_folder(folder) and len(folder.parts) > 1:
        raise UsageError(f"the folder {name} has no {WORKSPACE_FILE}; name a workspace, or a git revision")
    check_out(workspace.root, name, commit_of(workspace.root, name), scratch)
    return replace(workspace, root=scratch, unsaved={})
