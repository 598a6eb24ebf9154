"""People: which columns a table of persons has, and from which columns of records it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.identity import MATCHES, Identity
from segmentry.engine.files.model import Source
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import STRING, UNKNOWN, Type
from segmentry.engine.planning.plan import PeopleStep, PersonColumn, PersonStep, SourcePlan
from segmentry.engine.planning.resolve.conditions import Lowering
from segmentry.engine.planning.resolve.scope import Columns, RowScope

_TELLING = ("integer", "string", "unknown")
"""The types of keys, and of what joins records or keeps them apart."""


def person_step(scope: RowScope, source: Source, records: Mapping[str, Source]) -> PersonStep | None:
    """The step that gives a row its person; None where the customer stands in the row. Raises Rejected."""
    if source.person is None or source.customer is None:
        return None
    (member, here), id = source.person, source.customer
    at = source.places.get("customer", source.places.get("record", source.at))
    there = scope.names.sources.get(member)
    record = records[member].record if member in records else None
    if record is None or (there is None and member != source.name):
        raise Rejected
    kind = scope.field(here, at).type
    known = scope.columns.types if there is None else there.types
    of_record = known.get(record, UNKNOWN)
    if UNKNOWN not in (kind, of_record) and kind.kind != of_record.kind:
        message = f"`{source.name}.{here}` is {kind.words()}, `{member}.{record}` is {of_record.words()}"
        scope.names.reject("value-type", message, at, "declare the same `type:` for both under `columns:`")
    if id in scope.columns.types:
        message = f"`{source.name}` has a column `{id}` already, and that is to be the person"
        scope.names.reject("duplicate-id", message, at, "give one another name, by `id:` under `identity:`")
    scope.columns.types[id] = STRING
    scope.columns.never_null.add(id)
    return PersonStep(member, here, id)


@dataclass(frozen=True)
class PeopleResolver:
    """Resolves the table of people, after the sources of their records."""

    lowering: Lowering
    identity: Identity
    source: Source
    sources: Mapping[str, Source]

    def plan(self) -> tuple[SourcePlan, Columns]:
        """The plan of the table and its columns. Raises Rejected."""
        names, identity, source = self.lowering.names, self.identity, self.source
        if any(member not in names.sources for member in identity.customers):
            raise Rejected
        records = tuple((name, self._record(name)) for name in identity.customers)
        keys = [self._telling(key.name, "join_on", n, "key") for n, key in enumerate(identity.join_on)]
        apart = [self._telling(name, "apart", n) for n, name in enumerate(identity.apart)]
        columns = self._columns()
        step = PeopleStep(
            records,
            identity.join_on,
            tuple(keys),
            identity.apart,
            tuple(apart),
            self._chosen(columns),
            identity.id,
            MATCHES if identity.matches else None,
            identity.at_least,
        )
        about = SourcePlan(
            name=source.name,
            source=source,
            parent=source.parent,
            lookups=(),
            formulas=(),
            where=None,
            customer=None,
            time=None,
            group=None,
            days_since_previous=None,
            columns=columns.types,
            people=step,
        )
        return about, columns

    def _at(self, *path: str | int) -> Place:
        return self.lowering.subplace(self.source.at, path)

    def _reject(self, code: str, message: str, at: Place, hint: str | None) -> NoReturn:
        self.lowering.names.reject(code, message, at, hint)

    def _of(self, member: str) -> Columns:
        return self.lowering.names.sources[member]

    def _record(self, member: str) -> str:
        source = self.sources[member]
        assert source.record is not None
        kind = self._of(member).types.get(source.record, UNKNOWN)
        if kind.kind not in _TELLING:
            at = source.places.get("record", source.at)
            message = f"the record `{source.record}` of `{member}` is {kind.words()}"
            self._reject("value-type", message, at, "a key is a whole number or a text")
        return source.record

    def _having(self, name: str, at: Place) -> tuple[str, ...]:
        """The sources of records that have a column, or may have it."""
        there = [
            m for m in self.identity.customers if name in self._of(m).types or self._of(m).may_have(name)
        ]
        if not there:
            known = {column for m in self.identity.customers for column in self._of(m).types}
            message = f"none of {_listed(self.identity.customers)} has a column `{name}`"
            self._reject("unknown-column", message, at, did_you_mean(name, known))
        return tuple(there)

    def _telling(self, name: str, *path: str | int) -> tuple[str, ...]:
        """The sources that have a column by which records are joined or kept apart."""
        at = self._at(*path)
        there = self._having(name, at)
        for member in there:
            kind = self._of(member).types.get(name, UNKNOWN)
            if kind.kind not in _TELLING:
                message = f"`{member}.{name}` is {kind.words()}, and records are compared by texts"
                self._reject("value-type", message, at, "declare it as `type: string` under `columns:`")
        return there

    def _columns(self) -> Columns:
        """Every column of the records, with the type that it has in all of them."""
        members = self.identity.customers
        columns = Columns(open=any(self._of(m).open for m in members), origin=self.source)
        columns.contracts = {column.name: column for column in self.source.columns}
        own = {self.sources[m].record for m in members}
        for member in members:
            for name, kind in self._of(member).types.items():
                if name == self.identity.id:
                    continue
                first = columns.types.setdefault(name, kind)
                if first == UNKNOWN:
                    columns.types[name] = kind
                elif kind not in (UNKNOWN, first):
                    self._differs(columns, member, name, kind, own)
            columns.approximate |= self._of(member).approximate
        columns.types = {n: k for n, k in columns.types.items() if k.kind != "unsupported"}
        columns.types[self.identity.id] = STRING
        columns.never_null.add(self.identity.id)
        return columns

    def _differs(self, columns: Columns, member: str, name: str, kind: Type, own: set[str | None]) -> None:
        """A column of two types is a mistake; the keys of records may differ, and belong to these alone."""
        if name in own:
            columns.types[name] = Type("unsupported")
            return
        first = next(m for m in self.identity.customers if name in self._of(m).types)
        message = f"`{name}` is {columns.types[name].words()} in `{first}`, {kind.words()} in `{member}`"
        at = next((c.at for c in self.sources[member].columns if c.name == name), self._at("customers"))
        hint = "declare the same `type:` for both, or give one another name with `from:` under `columns:`"
        self._reject("value-type", message, at, hint)

    def _chosen(self, columns: Columns) -> tuple[PersonColumn, ...]:
        """How each column gets its value."""
        newest = dict(self.identity.columns)
        for name in newest:
            self._having(name, self._at("columns", name))
        found: list[PersonColumn] = []
        for name, kind in columns.types.items():
            if name == self.identity.id:
                continue
            there = tuple(m for m in self.identity.customers if name in self._of(m).types)
            clock = newest.get(name)
            dated = () if clock is None else self._dated(clock, name)
            found.append(PersonColumn(name, kind, there, clock, dated))
        return tuple(found)

    def _dated(self, clock: str, column: str) -> tuple[str, ...]:
        at = self._at("columns", column, "newest")
        there = self._having(clock, at)
        for member in there:
            kind = self._of(member).types.get(clock, UNKNOWN)
            if kind != UNKNOWN and not kind.is_temporal:
                message = f"`{member}.{clock}` is {kind.words()}, a date or datetime is expected"
                self._reject("operator-type", message, at, "name a column with a time")
        return there


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
