"""Two plans as one: what is defined alike on both sides is there once, and so is read and computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import assert_never

from segmentry.engine.files.model import Source
from segmentry.engine.language.expr import Call, Const, Expr, Field, fields_of
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    GroupStep,
    LookupStep,
    PeopleStep,
    Plan,
    Ranked,
    RowAggregate,
    RowSet,
    SourcePlan,
)

Names = Mapping[str, str]


def renamed(expr: Expr, names: Names) -> Expr:
    """The expression over other definitions; names that are not mapped stay."""
    match expr:
        case Const():
            return expr
        case Field(name=name, type=kind):
            return Field(names[name], kind) if name in names else expr
        case Call(args=args):
            return replace(expr, args=tuple(renamed(arg, names) for arg in args))
        case _:
            assert_never(expr)


def renamed_definition(definition: Definition, names: Names, sources: Names) -> Definition:
    """The definition over other definitions of customers, or over other sources."""
    match definition:
        case Computed(expr=expr):
            return Computed(renamed(expr, names))
        case Ranked(of=of, among=among, per=per):
            return replace(
                definition, of=renamed(of, names), among=_maybe(among, names), per=_maybe(per, names)
            )
        case RowAggregate(source=source):
            return replace(definition, source=sources.get(source, source))
        case Followed():
            return _followed_over(definition, sources)
        case _:
            assert_never(definition)


def _followed_over(followed: Followed, sources: Names) -> Followed:
    further = None if followed.further is None else _followed_over(followed.further, sources)
    first, then = _over(followed.first, sources), _over(followed.then, sources)
    return replace(followed, first=first, then=then, further=further)


def _maybe(expr: Expr | None, names: Names) -> Expr | None:
    return None if expr is None else renamed(expr, names)


def _over(rows: RowSet, sources: Names) -> RowSet:
    return replace(rows, source=sources.get(rows.source, rows.source))


def used_by(definition: Definition) -> frozenset[str]:
    """The definitions of customers that one rests on."""
    match definition:
        case Computed(expr=expr):
            return fields_of(expr)
        case Ranked(of=of, among=among, per=per):
            return frozenset[str]().union(*(fields_of(e) for e in (of, among, per) if e is not None))
        case RowAggregate() | Followed():
            return frozenset()
        case _:
            assert_never(definition)


@dataclass(frozen=True)
class Merged:
    """The plans of both sides. ``plan`` is the head's, with the definitions of the base beside its own.

    Only for plans that go ``together``: of one zone, one instant and one customers table.
    """

    base: Plan
    head: Plan

    @cached_property
    def together(self) -> bool:
        """Whether one frame of customers can hold both sides."""
        one, other = self.base, self.head
        return (
            one.calendar == other.calendar
            and one.key == other.key
            and self.sources.get(one.customers) == other.customers
        )

    # --- sources ----------------------------------------------------------------------------------

    @cached_property
    def sources(self) -> Names:
        """The name in the merged plan of every source of the base: its own where nothing changed."""
        names: dict[str, str] = {}
        for name, source in self.base.sources.items():
            other = self.head.sources.get(name)
            same = other is not None and self._source_over(source, names, name) == _bare(other)
            names[name] = name if same else self._free(f"{name} (base)")
        return names

    def _source_over(self, source: SourcePlan, names: Names, name: str) -> SourcePlan:
        """A source of the base under a name, over the merged sources, without what does not change a row."""
        bare = _bare(source)
        return replace(
            bare,
            name=name,
            parent=None if bare.parent is None else names[bare.parent],
            lookups=tuple(_lookup_over(step, names) for step in bare.lookups),
            group=None if bare.group is None else _group_over(bare.group, names),
            people=None if bare.people is None else _people_over(bare.people, names),
        )

    def _free(self, name: str) -> str:
        return name if name not in self.head.sources else self._free(f"{name}'")

    # --- definitions ------------------------------------------------------------------------------

    @cached_property
    def _done(self) -> tuple[Names, Mapping[str, Definition]]:
        known: dict[Definition, str] = {}
        for name, definition in self.head.definitions.items():
            known.setdefault(definition, name)
        names: dict[str, str] = {}
        added: dict[str, Definition] = {}
        for name in _in_order(self.base.definitions):
            definition = renamed_definition(self.base.definitions[name], names, self.sources)
            if self.head.definitions.get(name) == definition:
                names[name] = name
                continue
            found = known.get(definition)
            if found is None:
                found = known[definition] = f"{name} (base)"
                added[found] = definition
            names[name] = found
        return names, added

    @property
    def names(self) -> Names:
        """The name in the merged plan of every definition of the base: the head's where they are equal."""
        return self._done[0]

    @cached_property
    def plan(self) -> Plan:
        """Both sides in one plan."""
        added = self._done[1]
        sources = {
            name: self._source_over(self.base.sources[old], self.sources, name)
            for old, name in self.sources.items()
            if name != old
        }
        types = {self.names[n]: t for n, t in self.base.types.items() if self.names.get(n) in added}
        return replace(
            self.head,
            sources={**self.head.sources, **sources},
            definitions={**self.head.definitions, **added},
            types={**self.head.types, **types},
        )

    def of_base(self, expr: Expr) -> Expr:
        """An expression of the base over the merged definitions."""
        return renamed(expr, self.names)


def _in_order(definitions: Mapping[str, Definition]) -> list[str]:
    """The names, each after those that its definition rests on."""
    order: dict[str, None] = {}
    stack = list(definitions)
    while stack:
        name = stack[-1]
        waiting = [n for n in used_by(definitions[name]) if n in definitions and n not in order]
        if name in order or not waiting:
            order[stack.pop()] = None
        else:
            stack.extend(waiting)
    return list(order)


def _bare(plan: SourcePlan) -> SourcePlan:
    """The plan of a source without what is told to people, and without what is expected of the feed."""
    columns = tuple(
        replace(c, description=None, unit=None, pii=None, purpose=None) for c in plan.source.columns
    )
    source: Source = replace(plan.source, description=None, expected=None, columns=columns)
    return replace(plan, source=source)


def _lookup_over(step: LookupStep, names: Names) -> LookupStep:
    return replace(step, source=names[step.source])


def _people_over(step: PeopleStep, names: Names) -> PeopleStep:
    """The records of people over the merged sources: of others they are other people."""
    matches = None if step.matches is None else names[step.matches]
    records = tuple((names[source], column) for source, column in step.records)
    return replace(step, records=records, matches=matches)


def _group_over(group: GroupStep, names: Names) -> GroupStep:
    aggregates = tuple(
        (name, replace(aggregate, source=names.get(aggregate.source, aggregate.source)))
        for name, aggregate in group.aggregates
    )
    return replace(group, aggregates=aggregates)
