"""Which sensitive data something rests on, however far away.

A count of the rows in which a diagnosis is known tells the diagnosis. So it is not the values alone that
count: whatever takes part in a definition does, in a condition, a sum or a grouped column, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.planning.plan import (
    Computed,
    Followed,
    LookupStep,
    Plan,
    Ranked,
    RowAggregate,
    RowSet,
    SourcePlan,
)

_ROWS = "\x00rows"
"""Stands for which rows a source has, where the name of a column is expected."""

_Node = tuple[str, str]
"""A definition of the plan (no source, its name), or a source with one of its columns or `_ROWS`."""


class Sensitive:
    """What of a plan rests on traits and columns that are marked `pii: sensitive`.

    All definitions are looked at once, in the plan's order: each only adds to what those before it found.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._marked: dict[_Node, str] = {
            ("", f"t:{trait.id}"): trait.id for trait in plan.model.traits if trait.pii == "sensitive"
        }
        for source in plan.model.sources:
            prefix = "" if source.is_customers else f"{source.name}."
            self._marked |= {
                (source.name, column.name): f"{prefix}{column.name}"
                for column in source.columns
                if column.pii == "sensitive"
            }
        self._found: dict[str, frozenset[str]] = {}
        for name in plan.definitions if self._marked else ():
            self._found[name] = self._walked(name)

    def below(self, name: str) -> frozenset[str]:
        """The marked traits and columns under a definition or customers column of the plan, itself too.

        Columns of rows are named with their source: `surveys.diagnosis`.
        """
        if not self._marked:
            return frozenset()
        found = self._found.get(name)
        return self._walked(name) if found is None else found

    def _walked(self, name: str) -> frozenset[str]:
        found: set[str] = set()
        waiting: list[_Node] = [("", name)]
        seen = set(waiting)
        while waiting:
            node = waiting.pop()
            source, inner = node
            if not source and inner in self._found:
                found |= self._found[inner]
                continue
            if node in self._marked:
                found.add(self._marked[node])
            fresh = {other for other in self._below(node) if other not in seen}
            seen |= fresh
            waiting.extend(fresh)
        return frozenset(found)

    def _below(self, node: _Node) -> Iterator[_Node]:
        source, name = node
        if not source:
            yield from self._of_definition(name)
        elif source in self.plan.sources:
            plan = self.plan.sources[source]
            yield from _of_rows(plan) if name == _ROWS else _of_column(plan, name)

    def _of_definition(self, name: str) -> Iterator[_Node]:
        definition = self.plan.definitions.get(name)
        match definition:
            case Computed(expr=expr):
                yield from _nodes("", expr)
            case Ranked(of=of, among=among, per=per):
                yield from _nodes("", of, among, per)
            case RowAggregate(source=source):
                yield source, _ROWS
                yield from _nodes(source, *definition.expressions)
            case Followed():
                for link in definition.links:
                    yield from _of_row_set(link.first, link.same)
                    yield from _of_row_set(link.then, link.same)
            case None:
                if name.startswith("c:"):
                    yield self.plan.customers, name[2:]
            case _:
                assert_never(definition)


def _nodes(source: str, *exprs: Expr | None) -> Iterator[_Node]:
    for expr in exprs:
        if expr is not None:
            yield from ((source, name) for name in fields_of(expr))


def _of_row_set(rows: RowSet, same: Iterable[str]) -> Iterator[_Node]:
    yield rows.source, _ROWS
    yield from _nodes(rows.source, rows.where)
    yield from ((rows.source, name) for name in same)


def _of_rows(plan: SourcePlan) -> Iterator[_Node]:
    """What decides which rows a source has: its filter, and the columns without which a row takes no part."""
    yield from _nodes(plan.name, plan.where)
    keys = plan.group.keys if plan.group is not None else ()
    if plan.source.duplicates is not None and plan.source.duplicates.by is not None:
        keys = (*keys, plan.source.duplicates.by)
    yield from ((plan.name, name) for name in (*keys, plan.time) if name is not None)
    if plan.parent is not None:
        yield plan.parent, _ROWS
    for source, _ in plan.people.records if plan.people is not None else ():
        yield source, _ROWS


def _of_column(plan: SourcePlan, name: str) -> Iterator[_Node]:
    """What a column of a source is made of."""
    if plan.people is not None:
        for column in plan.people.columns:
            if column.name == name:
                yield from ((source, name) for source in column.sources)
        return
    formulas = [formula for column, formula in plan.formulas if column == name]
    yield from _nodes(plan.name, *formulas)
    looked_up: list[LookupStep] = [*plan.lookups]
    grouped: list[Expr] = []
    if plan.group is not None:
        looked_up += plan.group.lookups
        grouped = [expr for column, expr in plan.group.columns if column == name]
    for step in looked_up:
        if name in step.columns:
            yield from ((step.source, name), (step.source, _ROWS))
            yield from ((plan.name, here) for here in step.here)
    for made, rows in plan.group.aggregates if plan.group is not None else ():
        if any(made in fields_of(expr) for expr in grouped):
            yield plan.name, _ROWS
            yield from _nodes(plan.name, rows.value, rows.where)
    if plan.parent is not None and not formulas and not grouped:
        reported = next((column for column in plan.source.columns if column.name == name), None)
        yield plan.parent, (reported.source_name if reported is not None and reported.source_name else name)
