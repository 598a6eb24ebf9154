"""A workspace: its files read, checked and made into a plan. The facade of the library.

Nothing here prints or exits. Authors' mistakes are findings (`engine.check`); to evaluate rules that
hold errors raises `RuleError` with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segmentry.engine.backends.newest import late_future
from segmentry.engine.backends.registry import BACKENDS, DEFAULT, backend_named
from segmentry.engine.diagnostics.errors import DataError, RuleError, UsageError
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.memory import holding
from segmentry.engine.diagnostics.model import Diagnostic, Span, sorted_diagnostics
from segmentry.engine.diagnostics.there import is_file, is_folder, is_there
from segmentry.engine.document import Document, is_mapping, read_document
from segmentry.engine.document import Path as DataPath
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Model, Source
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.files.parse.workspace import Parsed, parse_workspace
from segmentry.engine.files.schema import validate
from segmentry.engine.files.unreadable import look_through, unreadable_file
from segmentry.engine.language.calendar import Calendar, parse_as_of
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import Type
from segmentry.engine.planning.plan import Plan
from segmentry.engine.planning.resolve.resolve import resolve

if TYPE_CHECKING:
    from segmentry.engine.backends.protocol import Backend
    from segmentry.engine.sources.databases.pool import Databases
    from segmentry.engine.sources.read import Frame, SourceReader
    from segmentry.engine.store.columns import CacheMode, Store

WORKSPACE_FILE = "segmentry.yaml"
BRAND_FILE = "brand.yaml"

Frames = Mapping[str, "Frame"]
"""Data in memory in place of files, by source name."""


def find_workspace(start: Path) -> Path:
    """The nearest folder from ``start`` upward that holds a `segmentry.yaml`.

    Raises RuleError where there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if is_file(folder / WORKSPACE_FILE):
            return folder
    hint = "run `segmentry init` to make a workspace, or name one with -w"
    raise RuleError([_no_workspace(f"{start} or a folder above it", hint)])


def _rules_folder(head: Document) -> str:
    """The folder of the rules, relative to the workspace."""
    folder = head.data.get("rules") if is_mapping(head.data) else None
    return folder if isinstance(folder, str) else "rules"


def _no_workspace(where: str, hint: str) -> Diagnostic:
    message = f"no {WORKSPACE_FILE} in {where}"
    return diagnostic("schema", message, WORKSPACE_FILE, Span(1, 1, 1, 1), hint=hint)


@dataclass
class Workspace:
    """The files of a workspace below the folder ``root``; they are read once, when first asked for.

    ``frames`` are data in memory in place of sources' files, by the source's name: columns as the files would
    have them, a row per row. ``environ`` is what `${NAME}` in a path is looked up in, ``engine`` the name of
    the backend that evaluates, ``memory`` the bytes that it may take (None: it chooses). ``unsaved`` are read
    in place of files, by their name relative to ``root``. ``cache``: columns that evaluations leave for later
    ones are not used ("off"), used ("read"), or used and added to ("on").
    """

    root: Path
    frames: Frames = field(default_factory=dict[str, "Frame"])
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    engine: str = DEFAULT
    memory: int | None = None
    unsaved: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    cache: CacheMode = "off"

    @classmethod
    def load(cls, folder: str | Path, *, frames: Frames | None = None, cache: CacheMode = "off") -> Workspace:
        """The workspace in a folder. Raises RuleError without a `segmentry.yaml`; `check` tells mistakes."""
        root = Path(folder).resolve()
        if not is_file(root / WORKSPACE_FILE):
            hint = "name the folder that holds it, or run `segmentry init` to make a workspace"
            raise RuleError([_no_workspace(str(root), hint)])
        return cls(root, frames or {}, cache=cache)

    def over(self, frames: Frames) -> Workspace:
        """The workspace over other frames; its files are not read again."""
        other = replace(self, frames=frames)
        vars(other)["_read"] = self._read
        return other

    # --- reading ----------------------------------------------------------------------------------

    @cached_property
    def _read(self) -> _Read:
        documents: dict[str, Document] = {}
        findings = Findings(documents=documents)
        wrong: dict[str, frozenset[DataPath]] = {}
        sources: dict[str, str] = {}

        def read(file: str, schema: str) -> Document | None:
            try:
                raw = self.raw(file)
            except OSError as error:
                findings.items.append(unreadable_file(file, (error.strerror or str(error)).lower()))
                return None
            document, found = read_document(file, raw)
            findings.items.extend(found)
            sources[file] = raw.decode("utf-8", errors="replace")
            if document is None:
                return None
            faults, wrong[file] = validate(document, schema)  # type: ignore[arg-type]
            findings.items.extend(faults)
            documents[file] = document
            return document

        head = read(WORKSPACE_FILE, "workspace")
        if head is None:
            return _Read(None, documents, findings, sources, "rules")
        # A wrong folder may be anywhere, the root of the disk included.
        folder = None if ("rules",) in wrong[WORKSPACE_FILE] else _rules_folder(head)
        named = is_mapping(head.data) and "rules" in head.data
        files = [] if folder is None else self._rule_files(folder, findings, named=named)
        read_rules = [read(file, "rules") for file in files]
        rules = [document for document in read_rules if document is not None]
        parsed = parse_workspace(head, rules, wrong, findings, unread=folder is None or None in read_rules)
        return _Read(parsed, documents, findings, sources, folder)

    def raw(self, file: str) -> bytes:
        """The content of a file that people write, by its name.

        Raises OSError for one that can't be read, UsageError where the memory does not hold it.
        """
        unsaved, path = self.unsaved.get(file), self.root / file
        with holding(path, file):
            return path.read_bytes() if unsaved is None else unsaved

    def _rule_files(self, folder: str, findings: Findings, *, named: bool) -> list[str]:
        """The rule files (not the tests) below a folder, relative to the workspace, sorted.

        Adds an `unreadable` for whatever there can't be read.
        """
        found = look_through(self.root / folder, named=named)
        for path, reason in found.unreadable:
            name = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
            findings.items.append(unreadable_file(name, reason))
        names = (path.relative_to(self.root).as_posix() for path in found.files)
        return sorted(n for n in names if not n.endswith((".test.yaml", ".test.yml")))

    def authored_files(self) -> list[str]:
        """All files that people write: workspace, brand, rules and their tests; relative, sorted."""
        found = {self.root / name for name in (WORKSPACE_FILE, BRAND_FILE)}
        rules = self._read.rules
        found |= set() if rules is None else set(look_through(self.root / rules, named=False).files)
        return sorted(path.relative_to(self.root).as_posix() for path in found if is_file(path))

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of every file that was read, for reporters."""
        return self._read.texts

    def keep_texts(self, texts: Mapping[str, str]) -> None:
        """Keep the texts of more files that were read, for reporters."""
        self._read.texts.update(texts)

    @property
    def documents(self) -> Mapping[str, Document]:
        """Every file that could be read, by its name."""
        return self._read.documents

    @property
    def model(self) -> Model:
        """What the files say. Raises RuleError where `segmentry.yaml` can't be read at all."""
        parsed = self._read.parsed
        if parsed is None:
            raise RuleError(self._read.findings.items)
        return parsed.model

    # --- data at hand -----------------------------------------------------------------------------

    @cached_property
    def readers(self) -> dict[str, SourceReader]:
        """A reader per source that comes from files or from a frame in memory, by the source's name.

        Raises RuleError where `segmentry.yaml` can't be read.
        """
        from segmentry.engine.sources.prepared import PREPARED_FOLDER

        return self.readers_of(self.root / PREPARED_FOLDER)

    def readers_of(self, copies: Path | None) -> dict[str, SourceReader]:
        """Readers as in `readers` that use the prepared copies in a folder, or none."""
        from segmentry.engine.sources.read import SourceReader

        zone, databases = self.model.timezone, self.databases
        return {
            s.name: SourceReader(s, self.root, zone, self.frames.get(s.name), self.environ, copies, databases)
            for s in self.model.sources
            if s.parent is None
        }

    @cached_property
    def databases(self) -> Databases:
        """The databases of the sources; each is opened when it is first asked, and seen at one moment."""
        from segmentry.engine.sources.databases.pool import Databases

        return Databases(self.root, self.environ)

    def close(self) -> None:
        """End the connections to databases that reading has opened; the next reading opens new ones."""
        if "databases" in vars(self):
            self.databases.close()

    @cached_property
    def backend(self) -> Backend:
        """The engine that evaluates the plans. Raises UsageError for a name that there is none of."""
        if self.engine not in BACKENDS:
            hint = did_you_mean(self.engine, BACKENDS) or f"there are {', '.join(BACKENDS)}"
            raise UsageError(f"no engine named `{self.engine}`; {hint}")
        return backend_named(self.engine, self.memory)

    @property
    def store(self) -> Store | None:
        """Where evaluations find and leave columns, None where they do not."""
        from segmentry.engine.store.columns import store_in

        return None if self.cache == "off" else store_in(self.root, writes=self.cache == "on")

    def _available(self, source: Source) -> bool:
        if source.name in self.frames:
            return True
        from segmentry.engine.sources.origins import is_elsewhere

        if is_elsewhere(source):
            # A check of the rules asks no database: a prepared copy tells the columns, or nobody does.
            return self.readers[source.name].copy is not None
        return source.parent is None and any("${" in p or self._matches(p) for p in source.paths)

    def _matches(self, path: str) -> bool:
        if any(c in path for c in "*?["):
            base = Path(path)
            if base.is_absolute() or "**" in base.name:
                return True
            folder = self.root / base.parent
            return is_folder(folder) and any(folder.glob(base.name))
        return is_there(self.root / path)

    def _schemas_at_hand(self, findings: Findings) -> dict[str, Mapping[str, Type]]:
        """Columns of the sources whose data is there; a declared column that a file lacks is a finding."""
        schemas: dict[str, Mapping[str, Type]] = {}
        for source in self.model.sources:
            if not (self._available(source) and self.readers[source.name].available()):
                continue
            try:
                schemas[source.name] = self.readers[source.name].schema()
            except DataError as error:
                self._report(source, error, findings)
        return schemas

    def _report(self, source: Source, error: DataError, findings: Findings) -> None:
        named = (c for c in source.columns if error.column in (c.name, c.source_name or c.name))
        column = next(named, None)
        if column is None:
            return
        document = self._read.documents[WORKSPACE_FILE]
        path = (*column.at.path, "from")
        at = (
            column.at
            if column.source_name is None
            else Place(WORKSPACE_FILE, document.value_span(path), path)
        )
        findings.add("unknown-column", str(error), at)

    # --- checking and planning --------------------------------------------------------------------

    def mistakes(self) -> list[Diagnostic]:
        """The errors of reading, names and types, sorted: what keeps the rules from being evaluated.

        Looks neither at logic nor at rows. Raises DataError for data that can't be read, UsageError never: it
        looks at the day that the workspace names.
        """
        _, findings = self.draft(None)
        return sorted_diagnostics(errors_of(findings.items))

    def draft(self, as_of: str | None = None) -> tuple[Plan | None, Findings]:
        """What can be resolved with the data at hand, mistakes or not, and what was found on the way.

        No plan where `segmentry.yaml` can't be read. Raises DataError for data that can't be read, and
        UsageError for an ``as_of`` that can't.
        """
        findings = Findings(list(self._read.findings.items), self._read.documents)
        if self._read.parsed is None:
            return None, findings
        calendar, schemas = self._calendar(as_of, findings), self._schemas_at_hand(findings)
        return self._resolved(calendar, schemas, findings, drafts=True), findings

    def plan(self, as_of: str | None = None, *, drafts: bool = False) -> Plan:
        """The plan at an instant, with the columns that the data has.

        ``as_of`` is a date or ISO datetime and goes before the workspace's. Raises RuleError for mistakes
        in the rules, DataError for data that is not there, UsageError for an ``as_of`` that can't be read and
        for frames of no source.
        """
        findings = Findings(list(self._read.findings.items), self._read.documents)
        if errors_of(findings.items):
            raise RuleError(self.mistakes())
        if self.frames:
            from segmentry.engine.sources.given import check_frames

            check_frames(self.model.sources, self.frames)
        calendar = self._calendar(as_of, findings)
        schemas = {name: reader.schema() for name, reader in self.readers.items()}
        plan = self._resolved(calendar, schemas, findings, drafts=drafts)
        if wrong := errors_of(findings.items):
            raise RuleError(wrong)
        if as_of is None and self.model.as_of_latest is not None:
            return self._plan_at_latest(plan, schemas, drafts=drafts)
        return plan

    def _plan_at_latest(self, plan: Plan, schemas: Mapping[str, Mapping[str, Type]], *, drafts: bool) -> Plan:
        """The plan at the midnight after the newest row of a source."""
        name = self.model.as_of_latest
        assert name is not None
        newest = self.backend.newest_row(plan, self.readers, name, store=self.store)
        if newest.at is None:
            missing = "none up to today" if newest.later else "none"
            raise DataError(
                f"`as_of: {{latest: {name}}}` needs a row with a time in `{name}`, which has {missing}; "
                "name a date with --as-of"
            )
        calendar = replace(plan.calendar, as_of=plan.calendar.next_midnight(newest.at))
        found = self._resolved(calendar, schemas, Findings(), drafts=drafts)
        return replace(found, notes=(late_future(name, newest, calendar.zone),)) if newest.later else found

    def _resolved(
        self,
        calendar: Calendar,
        schemas: Mapping[str, Mapping[str, Type]],
        findings: Findings,
        *,
        drafts: bool,
    ) -> Plan:
        read = self._read
        assert read.parsed is not None
        return resolve(read.parsed, read.documents, calendar, schemas, findings, drafts=drafts)

    def _calendar(self, as_of: str | None, findings: Findings) -> Calendar:
        model = self.model
        zone = ZoneInfo(model.timezone)
        instant = datetime.now(UTC)
        if as_of is not None:
            found = parse_as_of(as_of, zone)
            if found is None:
                raise UsageError(f"--as-of takes a date like 2026-11-01 or an ISO datetime, not `{as_of}`")
            instant = found
        elif model.as_of is not None:
            found = parse_as_of(model.as_of, zone)
            if found is None:
                hint = "write a date like 2026-11-01, an ISO datetime, or {latest: SOURCE}"
                message = f"`{model.as_of}` is no date"
                findings.add("value-type", message, model.places["as_of"], hint)
            else:
                instant = found
        return Calendar(zone, model.fiscal_month, instant, model.week_day)


@dataclass(frozen=True)
class _Read:
    """What reading gave. ``texts`` are for reporters, ``rules`` is their folder, unless it is wrong."""

    parsed: Parsed | None
    documents: dict[str, Document]
    findings: Findings
    texts: dict[str, str]
    rules: str | None


def errors_of(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that are errors."""
    return [d for d in diagnostics if d.severity == "error"]
