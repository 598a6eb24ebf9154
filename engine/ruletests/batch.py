"""Populations of many cases evaluated as one, in which no row of a case meets anything of another.

Every row carries the number of its case, and every column that names a customer has a whole number beside it:
that customer of that case. The plan differs only in what tells customers, groups and looked-up rows apart, so
that each customer's values are those that a run over the case's rows alone would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.language.types import INTEGER
from segmentry.engine.planning.order import type_of
from segmentry.engine.planning.plan import GroupStep, LookupStep, Plan, SourcePlan
from segmentry.engine.ruletests.frames import rows_frame
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.rows import CasePopulation, typed_rows
from segmentry.engine.sources.read import SourceReader

CASE = "\x00case"
"""The number of a row's case, in the frames of a crowd."""


@dataclass(frozen=True)
class Batch:
    """Populations that are read by the same plan; ``plan`` keeps them apart."""

    populations: Sequence[CasePopulation]
    plan: Plan

    def frame(self, names: Iterable[str]) -> tuple[pl.DataFrame, pl.Series]:
        """A row per customer of each case: `KEY`, `CASE` and the columns, aggregates and sequences of these
        names; and beside it the customers' own keys.

        Raises DataError for rows that a run would not accept.
        """
        own = f"c:{self.populations[0].plan.key}"
        asked = {CASE: f"c:{CASE}", "\x00own": own, **{name: name for name in sorted(names)}}
        wanted: dict[str, Expr] = {to: Field(name, type_of(self.plan, name)) for to, name in asked.items()}
        backend = self._plans.workspace.backend
        frame = backend.frame(self.plan, self._readers(), wanted, show_ids=True).frame
        return frame.drop("\x00own"), frame["\x00own"]

    def _readers(self) -> dict[str, SourceReader]:
        """Readers of all rows, with the case and the customers' numbers as columns of their own."""
        naming = _naming(self.plan)
        numbers: dict[tuple[object, ...], int] = {}
        found: dict[str, SourceReader] = {}
        for name in self._plans.roots:
            frame = self._rows(name)
            reader = self._reader(name, frame)
            for column in naming.get(name, ()):
                # As the engine reads them: text of another form may be the same key.
                pairs = reader.scan([CASE, column]).collect().rows()
                ids = [None if pair[1] is None else numbers.setdefault(pair, len(numbers)) for pair in pairs]
                frame = frame.with_columns(pl.Series(person(column), ids, dtype=pl.Int64))
            found[name] = self._reader(name, frame)
        return found

    @property
    def _plans(self) -> CasePlans:
        return self.populations[0].plans

    def _rows(self, name: str) -> pl.DataFrame:
        parts = [population.rows.get(name, ()) for population in self.populations]
        rows = typed_rows(self._plans, self.plan, name, [row for rows in parts for row in rows])
        frame = rows_frame(self._plans.roots[name], self._plans.columns[name], rows)
        cases = [n for n, rows in enumerate(parts) for _ in rows]
        return frame.with_columns(pl.Series(CASE, cases, dtype=pl.Int64))

    def _reader(self, name: str, frame: pl.DataFrame) -> SourceReader:
        root, zone = self._plans.workspace.root, str(self.plan.calendar.zone)
        return SourceReader(self._plans.roots[name], root, zone, frame=frame)


def person(column: str) -> str:
    """The column with the number of the customer whom a column names."""
    return f"\x00person:{column}"


# --- the plan -------------------------------------------------------------------------------------


def apart(plan: Plan, given: Iterable[str]) -> Plan | None:
    """The plan over rows of many cases, which they give of some of the sources that are read.

    None where what names a customer there is computed, or differs in type, and where a person has several
    records.
    """
    if plan.sources[plan.customers].people is not None:
        return None
    naming: dict[str, set[str]] = {}
    read = {*given, _root(plan, plan.sources[plan.customers]).name}
    for source in plan.sources.values():
        if _root(plan, source).name not in read:
            continue
        for column in _names_customers(plan, source):
            root = _read_in(plan, source, column)
            if root is None or source.columns.get(column) != plan.types[f"c:{plan.key}"]:
                return None
            naming.setdefault(root, set()).add(column)
    sources = {name: _source_apart(plan, source, naming) for name, source in plan.sources.items()}
    numbers = {f"c:{CASE}": INTEGER, f"c:{person(plan.key)}": INTEGER}
    return replace(plan, sources=sources, key=person(plan.key), types={**plan.types, **numbers})


def _names_customers(plan: Plan, source: SourcePlan) -> list[str]:
    names = [source.customer, plan.key if source.name == plan.customers else None]
    return [name for name in names if name is not None]


def _root(plan: Plan, source: SourcePlan) -> SourcePlan:
    while source.parent is not None:
        source = plan.sources[source.parent]
    return source


def _read_in(plan: Plan, source: SourcePlan, column: str) -> str | None:
    """The source whose files have a column that comes down to ``source`` unchanged."""
    while True:
        computed = {name for name, _ in source.formulas} | {c for s in source.lookups for c in s.columns}
        if column in computed:
            return None
        if source.group is not None and column not in (*source.group.keys, source.customer):
            return None
        if source.parent is None:
            return source.name
        source = plan.sources[source.parent]


def _source_apart(plan: Plan, source: SourcePlan, naming: Mapping[str, set[str]]) -> SourcePlan:
    known = naming.get(_root(plan, source).name, ())
    named = sorted(c for c in known if _read_in(plan, source, c) is not None)
    people = tuple(person(column) for column in named)
    return replace(
        source,
        customer=None if source.customer is None else person(source.customer),
        lookups=_lookups_apart(source.lookups),
        group=None if source.group is None else _group_apart(source, source.group, people),
        columns={**source.columns, **dict.fromkeys((CASE, *people), INTEGER)},
    )


def _group_apart(source: SourcePlan, group: GroupStep, people: tuple[str, ...]) -> GroupStep:
    own = () if source.customer is None else (source.customer,)
    keys = tuple(dict.fromkeys((CASE, *group.keys, *own, *people)))
    return replace(group, keys=keys, lookups=_lookups_apart(group.lookups))


def _lookups_apart(steps: tuple[LookupStep, ...]) -> tuple[LookupStep, ...]:
    return tuple(replace(step, here=(*step.here, CASE), there=(*step.there, CASE)) for step in steps)


def _naming(plan: Plan) -> dict[str, list[str]]:
    """By source that is read: the columns that have the numbers of customers beside them."""
    prefix = person("")
    return {
        name: sorted(c.removeprefix(prefix) for c in source.columns if c.startswith(prefix))
        for name, source in plan.sources.items()
        if source.parent is None
    }
