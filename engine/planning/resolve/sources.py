"""Sources: columns and types at every step of their work, in an order in which each finds its parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from segmentry.engine.files.identity import Identity
from segmentry.engine.files.model import Column, Lookup, Source
from segmentry.engine.language.aggregates import RowOptions, Rowwise
from segmentry.engine.language.expr import TRUE, Const, Expr, Field, fields_of
from segmentry.engine.language.formula import names_in
from segmentry.engine.language.kinds import GROUP_KINDS
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import DATE, INTEGER, UNKNOWN, Type
from segmentry.engine.planning.plan import GroupStep, LookupStep, RowAggregate, SourcePlan
from segmentry.engine.planning.resolve.checks import (
    aggregates_approximate,
    check_kind,
    check_ties,
    check_time,
    is_approximate,
)
from segmentry.engine.planning.resolve.conditions import Lowering
from segmentry.engine.planning.resolve.cycles import Edge, order_of
from segmentry.engine.planning.resolve.formulas import FormulaLowering
from segmentry.engine.planning.resolve.lookups import LookupResolver
from segmentry.engine.planning.resolve.nulls import may_be_null
from segmentry.engine.planning.resolve.people import PeopleResolver, person_step
from segmentry.engine.planning.resolve.scope import Columns, RowScope

GroupTime = tuple[str, Literal["min", "max"]]

Schemas = Mapping[str, Mapping[str, Type]]
"""The columns of the sources whose files (or frames) are at hand, after their contracts."""


@dataclass
class SourceResolver:
    """Resolves the sources of a workspace one after another into plans."""

    lowering: Lowering
    schemas: Schemas
    sources: Mapping[str, Source]
    identity: Identity | None = None
    plans: dict[str, SourcePlan] = field(default_factory=dict[str, SourcePlan])

    def resolve(self) -> dict[str, SourcePlan]:
        """Plans of all sources that hold no mistake, parents first."""
        names = self.lowering.names
        edges = [edge for source in self.sources.values() for edge in self._edges(source)]
        order, cyclic = order_of(list(self.sources), edges, names.findings)
        names.broken = names.broken | cyclic
        for name in order:
            if name in cyclic:
                continue
            try:
                self.plans[name] = self._plan(self.sources[name])
            except Rejected:
                names.broken = names.broken | {name}
                names.sources.pop(name, None)
        return self.plans

    def _edges(self, source: Source) -> list[Edge]:
        edges: list[Edge] = []
        if source.parent is not None:
            edges.append(Edge(source.name, source.parent, source.places.get("from", source.at)))
        edges += [Edge(source.name, lookup.source, lookup.source_at) for lookup in source.lookups]
        edges += [Edge(source.name, member, source.at) for member in source.members]
        if source.person is not None and source.person[0] not in (source.name, source.parent):
            edges.append(Edge(source.name, source.person[0], source.places.get("customer", source.at)))
        return edges

    # --- one source -------------------------------------------------------------------------------

    def _plan(self, source: Source) -> SourcePlan:
        if source.members and self.identity is not None:
            people = PeopleResolver(self.lowering, self.identity, source, self.sources)
            plan, self.lowering.names.sources[source.name] = people.plan()
        else:
            plan, self.lowering.names.sources[source.name] = self._table(source)
        return plan

    def _table(self, source: Source) -> tuple[SourcePlan, Columns]:
        columns = self._read(source)
        parent = self.plans.get(source.parent) if source.parent else None
        customer = source.customer or (parent.customer if parent and source.key is None else None)
        time = source.time if not source.group_by else None
        time = time or (parent.time if parent and source.key is None else None)
        self._known_columns(source, columns, customer, time)
        scope = RowScope(self.lowering.names, source.name, columns)
        # A customers table taken from another source looks its customers up, not that source's rows.
        late = source.key is not None and source.parent is not None
        later = _later(source, () if late else source.lookups)
        lookup = LookupResolver(self.lowering.names, self.sources, later, has_data=bool(self.schemas))
        formulas = self._formulas(source, scope, frozenset(_formulas_of(source)) - later)
        lookups = () if late else tuple(lookup.resolve(scope, one) for one in source.lookups)
        formulas += self._formulas(source, scope, later)
        person = person_step(scope, source, self.sources)
        where = TRUE if source.where is None else self.lowering.condition(source.where, scope)
        self._duplicates(source, scope)
        group = self._group(source, scope, customer, time)
        if group is not None:
            columns, time = self._grouped(source, scope, group, customer, time)
        if late and group is not None:
            group = replace(group, lookups=self._of_groups(source, columns, lookup))
        previous = self._previous(source, columns)
        if source.key is not None:
            customer = time = None
        self._time_type(source, columns, time)
        plan = SourcePlan(
            name=source.name,
            source=source,
            parent=source.parent,
            lookups=lookups,
            formulas=formulas,
            where=None if where == TRUE else where,
            customer=customer,
            time=time,
            group=group,
            days_since_previous=previous,
            columns=columns.types,
            person=person,
        )
        return plan, columns

    def _of_groups(self, source: Source, columns: Columns, lookup: LookupResolver) -> tuple[LookupStep, ...]:
        """What is looked up for groups."""
        grouped = RowScope(self.lowering.names, source.name, columns)
        return tuple(lookup.resolve(grouped, one) for one in source.lookups)

    def _read(self, source: Source) -> Columns:
        """The columns that a source starts from: its file's, its contract's, or its parent's."""
        names = self.lowering.names
        if source.parent is not None:
            parent = names.sources.get(source.parent)
            if parent is None:
                if source.parent not in names.broken:
                    hint = did_you_mean(source.parent, self.sources)
                    at = source.places.get("from", source.at)
                    fix = names.findings.respelt(at, source.parent, self.sources)
                    names.reject("unknown-source", f"no source named `{source.parent}`", at, hint, fix)
                raise Rejected
            columns = parent.copy()
            columns.contracts.update(_contracts(source))
            return columns
        contracts = _contracts(source)
        at_hand = self.schemas.get(source.name)
        if at_hand is not None:
            return Columns(dict(at_hand), False, contracts)
        declared = {name: c.type or UNKNOWN for name, c in contracts.items()}
        columns = Columns(declared, True, contracts, origin=source)
        if not declared:
            names.warn_no_contract(columns)
        return columns

    def _known_columns(
        self, source: Source, columns: Columns, customer: str | None, time: str | None
    ) -> None:
        """The columns that a source's own keys name: a file must have them, a contract may lack them."""
        computed = {*_formulas_of(source)}
        computed |= {name for lookup in source.lookups for name in lookup.columns}
        computed |= {customer} if source.person is not None and customer is not None else set()
        own = (("key", source.key), ("customer", customer), ("record", source.record), ("time", time))
        for key, name in own:
            if name is None:
                continue
            columns.never_null.add(name)
            if name in columns.types or name in computed:
                continue
            if not columns.open:
                at = source.places.get(key, source.at)
                RowScope(self.lowering.names, source.name, columns).field(name, at)
            columns.types[name] = UNKNOWN
        for key, name in (
            *(("lookup_key", name) for name in source.lookup_key),
            *(("sorted_by", name) for name in source.sorted_by),
        ):
            if name not in computed:
                at = source.places.get(key, source.at)
                RowScope(self.lowering.names, source.name, columns).field(name, at)
                columns.types.setdefault(name, UNKNOWN)

    def _duplicates(self, source: Source, scope: RowScope) -> None:
        """The column that says which row of a customer is the latest has to have an order."""
        choice = source.duplicates
        if choice is None or choice.by is None:
            return
        kind = scope.field(choice.by, choice.by_at).type
        if kind.kind in ("boolean", "list"):
            message = f"`{choice.by}` is {kind.words()}, which has no latest"
            hint = "name a column of dates, times or numbers"
            scope.names.findings.add("operator-type", message, choice.by_at, hint)

    def _formulas(
        self, source: Source, scope: RowScope, names: frozenset[str]
    ) -> tuple[tuple[str, Expr], ...]:
        """Some of the computed columns, each after those it reads."""
        waiting = {name: column for name, column in _formulas_of(source).items() if name in names}
        for name, column in waiting.items():
            if name in scope.columns.types:
                message = f"`{source.name}` has a column `{name}` already"
                scope.names.findings.add(
                    "duplicate-id", message, column.at, "give the computed column another name"
                )
        edges: list[Edge] = []
        for name, column in waiting.items():
            assert column.formula is not None
            for used in names_in(column.formula.tree):
                if used.name in waiting:
                    at = self.lowering.locate(column.formula.at, used.start, used.end)
                    edges.append(Edge(name, used.name, at))
        order, cyclic = order_of(list(waiting), edges, scope.names.findings)
        lowered = [self._formula(scope, waiting[name], broken=name in cyclic) for name in order]
        return tuple(entry for entry in lowered if entry is not None)

    def _formula(self, scope: RowScope, column: Column, *, broken: bool) -> tuple[str, Expr] | None:
        assert column.formula is not None
        columns = scope.columns
        columns.types[column.name] = UNKNOWN
        if broken:
            return None
        try:
            expr = FormulaLowering(scope, column.formula, self.lowering.locate).lower()
        except Rejected:
            return None
        columns.types[column.name] = expr.type
        if not may_be_null(expr, scope.nullable):
            columns.never_null.add(column.name)
        if is_approximate(expr, columns.approximate):
            columns.approximate.add(column.name)
        return column.name, expr

    # --- grouping ---------------------------------------------------------------------------------

    def _group(
        self, source: Source, scope: RowScope, customer: str | None, time: str | None
    ) -> GroupStep | None:
        keys = source.group_by or ((source.key,) if source.key and source.parent else ())
        if not keys:
            return None
        for n, key in enumerate(keys):
            at = source.places.get("group_by" if source.group_by else "key", source.at)
            scope.field(key, self.lowering.subplace(at, (n,)) if len(keys) > 1 else at)
        aggregates: dict[RowAggregate, str] = {}

        def add(aggregate: RowAggregate) -> Field:
            name = aggregates.setdefault(aggregate, f"g:{len(aggregates)}")
            return Field(name, aggregate.type)

        step_time = self._group_time(source, scope, time)
        parent = self.plans.get(source.parent) if source.parent else None
        # Customers have no time of their own; the rows that they are made of may have one.
        of_rows = time if source.key is None or parent is None else parent.time
        clock = None if of_rows is None else Field(of_rows, scope.columns.types.get(of_rows, UNKNOWN))
        today = Const(scope.names.calendar.today, DATE)
        rows = Rowwise(source.name, None, None, None, clock, today, add)
        columns = tuple(
            (c.name, self._aggregate(scope, rows, c)) for c in source.columns if c.aggregate is not None
        )
        named = tuple((name, aggregate) for aggregate, name in aggregates.items())
        return GroupStep(keys, step_time, named, columns)

    def _group_time(self, source: Source, scope: RowScope, time: str | None) -> GroupTime | None:
        if source.key is not None:
            return None
        name = source.time or time
        if name is None:
            return None
        scope.field(name, source.places.get("time", source.at))
        return name, source.time_aggregate or "min"

    def _aggregate(self, scope: RowScope, rows: Rowwise, column: Column) -> Expr:
        aggregate = column.aggregate
        assert aggregate is not None
        kind = GROUP_KINDS[aggregate.kind]
        timed = rows.time is not None
        check_time(scope.names, kind, scope.source, aggregate.at, timed=timed)
        check_ties(scope.names, aggregate, scope.source, aggregate.at, timed=timed)
        value = None if aggregate.column is None else scope.field(aggregate.column, aggregate.at)
        if value is not None:
            check_kind(scope.names, kind, value.type, aggregate.column or "", aggregate.at)
        that = None if aggregate.that is None else self.lowering.condition(aggregate.that, scope)
        options = RowOptions(tie=aggregate.tie or "greatest", keep_missing=aggregate.keep_missing)
        return kind.lower(replace(rows, column=value, condition=that, options=options))

    def _grouped(
        self, source: Source, scope: RowScope, group: GroupStep, customer: str | None, time: str | None
    ) -> tuple[Columns, str | None]:
        """The columns after grouping: the keys, the customer, the time, and those listed."""
        before = scope.columns
        after = Columns(contracts=dict(before.contracts), open=False)
        kept = [*group.keys, *([customer] if customer else []), *([group.time[0]] if group.time else [])]
        for name in kept:
            after.types[name] = before.types.get(name, UNKNOWN)
            after.never_null.add(name)
        for name, expr in group.columns:
            if name in after.types:
                column = next(c for c in source.columns if c.name == name)
                message = (
                    f"`{source.name}` has a column `{name}` already: a group keeps its key, customer and time"
                )
                scope.names.reject("duplicate-id", message, column.at, "give this column another name")
            after.types[name] = expr.type
            primitives = [a for n, a in group.aggregates if n in fields_of(expr)]
            if aggregates_approximate(primitives, before.approximate):
                after.approximate.add(name)
        return after, group.time[0] if group.time else None

    def _previous(self, source: Source, columns: Columns) -> str | None:
        for column in source.columns:
            if column.days_since_previous:
                columns.types[column.name] = INTEGER
                return column.name
        return None

    def _time_type(self, source: Source, columns: Columns, time: str | None) -> None:
        kind = columns.types.get(time) if time is not None else None
        if kind is not None and not kind.is_temporal:
            at = source.places.get("time", source.at)
            message = (
                f"the time `{time}` of `{source.name}` is {kind.words()}, a date or datetime is expected"
            )
            hint = f"declare it: `columns: {{{time}: {{type: datetime}}}}`"
            self.lowering.names.reject("operator-type", message, at, hint)


def _formulas_of(source: Source) -> dict[str, Column]:
    """The columns with a formula by name."""
    return {c.name: c for c in source.columns if c.formula is not None}


def _later(source: Source, lookups: Iterable[Lookup]) -> frozenset[str]:
    """The formulas that use a looked-up column, of themselves or through others; a circle is in neither."""
    found = {name for lookup in lookups for name in lookup.columns}
    trees = {
        n: {u.name for u in names_in(c.formula.tree)} for n, c in _formulas_of(source).items() if c.formula
    }
    waiting = list(trees)
    while added := [name for name in waiting if name not in found and trees[name] & found]:
        found.update(added)
    return frozenset(name for name in trees if name in found)


def _contracts(source: Source) -> dict[str, Column]:
    """The columns that a source says something of and that it does not compute."""
    return {
        c.name: c
        for c in source.columns
        if c.formula is None and c.aggregate is None and not c.days_since_previous
    }
