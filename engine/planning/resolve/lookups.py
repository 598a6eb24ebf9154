"""Lookups: by which columns of both sides, and what they bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Lookup, Source
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import UNKNOWN
from segmentry.engine.planning.plan import LookupStep
from segmentry.engine.planning.resolve.scope import KnownNames, RowScope


@dataclass(frozen=True)
class LookupResolver:
    """Resolves the lookups of one source, in the order listed.

    ``later`` are its formulas that use what is looked up, so that no lookup can go by them. With data at hand
    (``has_data``) the engine says it where two keys differ in type.
    """

    names: KnownNames
    sources: Mapping[str, Source]
    later: frozenset[str]
    has_data: bool

    def resolve(self, scope: RowScope, lookup: Lookup) -> LookupStep:
        """The lookup as a step; its columns are added to the scope's."""
        other = self.names.sources.get(lookup.source)
        if other is None:
            if lookup.source in self.names.broken:
                raise Rejected
            hint = did_you_mean(lookup.source, self.sources)
            at, message = lookup.source_at, f"no source named `{lookup.source}`"
            fix = self.names.findings.respelt(at, lookup.source, self.sources)
            self.names.reject("unknown-source", message, at, hint, fix)
        target = RowScope(self.names, lookup.source, other)
        there = self._there(lookup)
        for name, key, at in zip(lookup.here, there, lookup.here_at, strict=True):
            if name in self.later:
                self._too_late(scope, lookup, name)
            self._too_early(scope, lookup, name, at)
            scope.field(name, at)
            target.field(key, at)
            self._same_type(scope, name, target, key, lookup)
        for name in lookup.columns:
            self._add_column(scope, target, lookup, name)
        return LookupStep(lookup.source, lookup.here, there, lookup.columns)

    def _there(self, lookup: Lookup) -> tuple[str, ...]:
        """The columns of the other table that are looked in."""
        if lookup.there:
            return lookup.there
        table = self.sources[lookup.source]
        keys = table.lookup_key or (() if table.key is None else (table.key,))
        if len(lookup.here) == 1 and len(keys) <= 1:
            return keys or lookup.here
        if not keys or set(keys) == set(lookup.here):
            return lookup.here
        message = f"`{lookup.source}` is looked up by {_listed(keys)}, and here by {_listed(lookup.here)}"
        hint = "say which column is which there: `on: {COLUMN HERE: COLUMN THERE, …}`"
        self.names.reject("value-type", message, lookup.here_at[0], hint)

    def _too_late(self, scope: RowScope, lookup: Lookup, name: str) -> None:
        message = (
            f"`{name}` is computed from a column that is looked up, and `{lookup.source}` is looked up by "
            "it: lookups come before the formulas that use what they bring"
        )
        hint = f"make a source of its own for the second step, with `from: {scope.source}`"
        if self.sources[scope.source].key is not None:
            hint = "compute it in a source below, and take the customers from that: `customers: {from: …}`"
        self.names.reject("cycle", message, lookup.here_at[lookup.here.index(name)], hint)

    def _too_early(self, scope: RowScope, lookup: Lookup, name: str, at: Place) -> None:
        """Report a lookup by what a lookup below it brings."""
        if name in scope.columns.types:
            return
        brings = [o for o in self.sources[scope.source].lookups if o is not lookup and name in o.columns]
        if brings:
            message = f"`{name}` is looked up in `{brings[0].source}`, and that only after `{lookup.source}`"
            hint = f"lookups go in the order listed: put the one from `{brings[0].source}` before this one"
            self.names.reject("unknown-column", message, at, hint)

    def _same_type(self, scope: RowScope, here: str, target: RowScope, there: str, lookup: Lookup) -> None:
        """Keys that are compared have the same type."""
        a, b = scope.columns.types.get(here, UNKNOWN), target.columns.types.get(there, UNKNOWN)
        if a.kind != b.kind and "unknown" not in (a.kind, b.kind) and not self.has_data:
            message = f"`{scope.source}.{here}` is {a.words()}, `{target.source}.{there}` is {b.words()}"
            self.names.findings.add("value-type", message, lookup.at, "declare the same `type:` for both")

    def _add_column(self, scope: RowScope, target: RowScope, lookup: Lookup, name: str) -> None:
        kind = target.field(name, lookup.at).type
        if name in scope.columns.types:
            message = f"the column `{name}` of `{lookup.source}` is in `{scope.source}` already"
            hint = "leave it out, or rename one of the two"
            self.names.reject("duplicate-id", message, lookup.at, hint)
        scope.columns.types[name] = kind
        if name in target.columns.contracts:
            scope.columns.contracts.setdefault(name, target.columns.contracts[name])
        if name in target.columns.approximate:
            scope.columns.approximate.add(name)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
