"""The column store: what evaluations have left, in memory and in the files of a folder.

It is an aid and never a need: a folder that can't be written, a full disk or a damaged file cost what an
evaluation without it does, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from segmentry.engine.backends.protocol import Backend, Fact, Readers
from segmentry.engine.files.model import Model
from segmentry.engine.planning.direct import DirectValues
from segmentry.engine.planning.plan import Plan
from segmentry.engine.store.fingerprints import Fingerprint, Fingerprints
from segmentry.engine.store.folder import CACHE_FOLDER, ColumnCache
from segmentry.engine.store.identity import Identity, doubts, identities

CacheMode = Literal["off", "read", "on"]
"""What is done with the columns that evaluations leave for later ones."""

_UNCUT: Final = ("feed", "newest")
"""The kinds of facts that do not depend on what the as-of instant cuts off."""


@dataclass(frozen=True)
class Store:
    """The columns kept for a workspace; ``writes`` says whether new ones are.

    ``models`` are what other versions of the rules say, whose marks of personal data count as well.
    """

    cache: ColumnCache
    writes: bool = True
    models: tuple[Model, ...] = ()

    def of(self, plan: Plan, readers: Readers, engine: Backend) -> KeptColumns:
        """See `ColumnStore.of`."""
        return KeptColumns(self, plan, readers, f"{engine.name} {engine.version}")

    def beside(self, model: Model) -> Store:
        """The same store for a plan that is partly of another version of the rules."""
        return replace(self, models=(*self.models, model))


def store_in(root: Path, *, writes: bool) -> Store:
    """The store of the workspace in a folder; all who use it in this process share what is in memory."""
    return Store(_cache_in(root / CACHE_FOLDER), writes)


@lru_cache(maxsize=4)
def _cache_in(folder: Path) -> ColumnCache:
    return ColumnCache(folder)


@dataclass
class KeptColumns:
    """What the store has for one plan over its data as it is now; see `Kept`."""

    store: Store
    plan: Plan
    readers: Readers
    engine: str
    _lost: set[Fingerprint] = field(default_factory=set[Fingerprint])

    def __post_init__(self) -> None:
        self.store.cache.refresh(self.direct.marks, writes=self.store.writes)

    @cached_property
    def identities(self) -> dict[str, Identity]:
        """What the data was when this was first asked."""
        return identities(self.readers)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The fingerprints of the plan's definitions over that data."""
        return Fingerprints(self.plan, self.identities, self.engine)

    @cached_property
    def direct(self) -> DirectValues:
        """The values that could name somebody."""
        return DirectValues(self.plan, self.store.models)

    @cached_property
    def _never(self) -> set[Fingerprint | None]:
        """The fingerprints of columns that are not kept, under whatever name."""
        if not self.direct.marks:
            return {None}
        columns = [name for name in self.plan.types if name.startswith("c:")]
        names = [name for name in (*self.plan.definitions, *columns) if name in self.direct]
        return {None, *map(self.fingerprints.of, names)}

    def wants(self, name: str) -> bool:
        """See `Kept.wants`."""
        return self.fingerprints.of(name) not in self._never

    def holds(self, name: str) -> bool:
        """See `Kept.holds`."""
        found = self.fingerprints.of(name)
        return found is not None and found not in self._lost and self.store.cache.holds(found)

    def take(self, names: Iterable[str]) -> dict[str, pl.Series]:
        """See `Kept.take`."""
        prints = {name: found for name in names if (found := self.fingerprints.of(name)) is not None}
        columns = self.store.cache.take(dict.fromkeys(prints.values()), writes=self.store.writes)
        self._lost.update(found for found in prints.values() if found not in columns)
        return {name: columns[found].alias(name) for name, found in prints.items() if found in columns}

    def keep(self, columns: Mapping[str, pl.Series], facts: Mapping[Fact, Any]) -> None:
        """See `Kept.keep`."""
        if self.changed:
            return
        kept = {self.fingerprints.of(name): column for name, column in columns.items() if self.wants(name)}
        known = {self._fact(fact): value for fact, value in facts.items()}
        self.store.cache.put(
            {found: column for found, column in kept.items() if found is not None},
            {found: value for found, value in known.items() if found is not None},
            self.direct.marks,
            writes=self.store.writes,
        )

    def fact(self, fact: Fact) -> Any:
        """See `Kept.fact`."""
        found = self._fact(fact)
        return None if found is None else self.store.cache.fact(found)

    def _fact(self, fact: Fact) -> Fingerprint | None:
        kind, source, *rest = fact
        if kind in _UNCUT:
            return self.fingerprints.fact(str(source), kind, *rest, cut=False)
        return self.fingerprints.fact(str(source), kind, *rest, self.fingerprints.customers, cut=True)

    def doubt(self) -> str | None:
        """Why nothing that is taken from rows can be kept or found, in words; None where it can."""
        found = doubts(self.readers)
        if found:
            return found[0]
        if self.plan.calendar.as_of.microsecond:
            return "no as-of date is named, so each evaluation looks from another instant"
        return None

    @property
    def changed(self) -> bool:
        """See `Kept.changed`."""
        return identities(self.readers) != self.identities
