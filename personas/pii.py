"""How personal a trait is: what its author says of it, and what the data that it is made of says.

A trait that hands a value on (the latest e-mail address, a formula over a birth date) is as personal as
that value. With sensitive data that is not enough: a count of the rows in which a diagnosis is known tells
the diagnosis, so a trait is sensitive wherever anything sensitive takes part, also in a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from segmentry.engine.expr import Expr, fields_of
from segmentry.engine.language.formula import names_in
from segmentry.engine.model import Column, Model, Source, Trait
from segmentry.engine.plan import (
    Computed,
    Definition,
    Followed,
    Plan,
    Ranked,
    RowAggregate,
    RowSet,
    SourcePlan,
)
from segmentry.personas.privacy import Pii

_STRICT: tuple[Pii | None, ...] = (None, "quasi", "sensitive", "direct")
_COPIES = frozenset({"first", "last", "most_common", "values", "min", "max"})
"""Kinds of traits and of grouped columns that hand a row's own value on."""

_ROWS = "\x00rows"
"""Stands for which rows a source has, where the name of a column is expected."""

Node = tuple[str, str]
"""A definition of the plan (no source, its name), or a source with one of its columns or `_ROWS`."""


class PiiOf:
    """How personal the traits of a plan are."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.copied = _Copied(plan.model)
        self.traits = {trait.id: trait for trait in plan.model.traits}

    def trait(self, name: str) -> Pii | None:
        """The strictest that holds of a trait or customers column: its own word, or what it rests on."""
        defined = self.traits.get(name)
        if defined is None:
            copied = self.copied.of_column(self.copied.sources[self.plan.customers], name)
            return _strictest([copied, "sensitive" if self._rests_on_sensitive(f"c:{name}") else None])
        copied = self.copied.of_trait(defined, {name})
        return _strictest([copied, "sensitive" if self._rests_on_sensitive(f"t:{name}") else None])

    def contract(self, name: str) -> Column | None:
        """The contract of a customers column, wherever it comes from."""
        return self.copied.column(self.copied.sources[self.plan.customers], name)

    def _rests_on_sensitive(self, name: str) -> bool:
        waiting: list[Node] = [("", name)]
        seen = set(waiting)
        while waiting:
            node = waiting.pop()
            if self._is_marked(node):
                return True
            fresh = {other for other in self._below(node) if other not in seen}
            seen |= fresh
            waiting.extend(fresh)
        return False

    def _is_marked(self, node: Node) -> bool:
        source, name = node
        if not source:
            trait = self.traits.get(name.removeprefix("t:")) if name.startswith("t:") else None
            return trait is not None and trait.pii == "sensitive"
        columns = self.copied.sources[source].columns if source in self.copied.sources else ()
        return any(column.name == name and column.pii == "sensitive" for column in columns)

    def _below(self, node: Node) -> Iterator[Node]:
        source, name = node
        if not source:
            yield from self._of_definition(name)
        elif source in self.plan.sources:
            plan = self.plan.sources[source]
            yield from _of_rows(plan) if name == _ROWS else _of_column(plan, name)

    def _of_definition(self, name: str) -> Iterator[Node]:
        definition: Definition | None = self.plan.definitions.get(name)
        if name.startswith("c:"):
            yield self.plan.customers, name[2:]
        match definition:
            case Computed(expr=expr):
                yield from _nodes("", expr)
            case Ranked(of=of, among=among, per=per):
                yield from _nodes("", of, among, per)
            case RowAggregate(source=source, value=value, where=where):
                yield source, _ROWS
                yield from _nodes(source, value, where)
            case Followed(first=first, then=then, same=same):
                yield from _of_row_set(first, same)
                yield from _of_row_set(then, same)
            case None:
                return
            case _:
                assert_never(definition)


def _nodes(source: str, *exprs: Expr | None) -> Iterator[Node]:
    for expr in exprs:
        if expr is not None:
            yield from ((source, name) for name in fields_of(expr))


def _of_row_set(rows: RowSet, same: Iterable[str]) -> Iterator[Node]:
    yield rows.source, _ROWS
    yield from _nodes(rows.source, rows.where)
    yield from ((rows.source, name) for name in same)


def _of_rows(plan: SourcePlan) -> Iterator[Node]:
    """What decides which rows a source has."""
    yield from _nodes(plan.name, plan.where)
    if plan.parent is not None:
        yield plan.parent, _ROWS


def _of_column(plan: SourcePlan, name: str) -> Iterator[Node]:
    """What a column of a source is made of."""
    formulas = [formula for column, formula in plan.formulas if column == name]
    yield from _nodes(plan.name, *formulas)
    lookups = [*plan.lookups, *(plan.group.lookups if plan.group is not None else ())]
    yield from ((look.source, name) for look in lookups if name in look.columns)
    if plan.group is not None:
        yield from _nodes(plan.name, *(expr for column, expr in plan.group.columns if column == name))
        for made, rows in plan.group.aggregates:
            if made == name:
                yield from _nodes(plan.name, rows.value, rows.where)
    if plan.parent is not None and not formulas:
        told = next((column for column in plan.source.columns if column.name == name), None)
        yield plan.parent, (told.source_name if told is not None and told.source_name else name)


class _Copied:
    """What a column or a trait hands on: how personal the values themselves are."""

    def __init__(self, model: Model) -> None:
        self.sources = {source.name: source for source in model.sources}
        self.traits = {trait.id: trait for trait in model.traits}
        self.customers = next((source for source in model.sources if source.is_customers), None)

    def column(self, source: Source, name: str) -> Column | None:
        """The contract of a source's column: its own, a looked-up table's, or the parent's."""
        own = next((column for column in source.columns if column.name == name), None)
        if own is not None:
            return own
        found = (self.column(other, name) for other in self._givers(source, name))
        return next((column for column in found if column is not None), None)

    def _givers(self, source: Source, name: str) -> list[Source]:
        """The other sources that a column of a source may come from."""
        names = [look.source for look in source.lookups if name in look.columns]
        names += [source.parent] if source.parent else []
        return [self.sources[other] for other in names if other in self.sources]

    def of_column(self, source: Source, name: str) -> Pii | None:
        """The strictest of a column's own word and of what it is taken, computed or grouped from."""
        own = next((column for column in source.columns if column.name == name), None)
        found: list[Pii | None] = [] if own is None else [_pii(own.pii)]
        if own is not None and own.formula is not None:
            named = [node.name for node in names_in(own.formula.tree)]
            found.extend(self.of_column(source, other) for other in named if other != name)
            return _strictest(found)
        taken = name if own is None or own.source_name is None else own.source_name
        if own is not None and own.aggregate is not None:
            if own.aggregate.kind not in _COPIES or own.aggregate.column is None:
                return _strictest(found)
            taken = own.aggregate.column
            if taken != name:
                return _strictest([*found, self.of_column(source, taken)])
        found.extend(self.of_column(other, taken) for other in self._givers(source, taken))
        return _strictest(found)

    def of_trait(self, trait: Trait, seen: set[str]) -> Pii | None:
        """The trait's own `pii`, or what it hands on if that is stricter."""
        found: list[Pii | None] = [_pii(trait.pii)]
        source = self.sources.get(trait.rows.source) if trait.rows is not None else None
        if source is not None and trait.column is not None and trait.kind in _COPIES:
            found.append(self.of_column(source, trait.column))
        named = [node.name for node in names_in(trait.formula.tree)] if trait.formula is not None else []
        for name in [*named, *([trait.of] if trait.of else [])]:
            if name in self.traits and name not in seen:
                found.append(self.of_trait(self.traits[name], seen | {name}))
            elif self.customers is not None and name not in self.traits:
                found.append(self.of_column(self.customers, name))
        return _strictest(found)


def _pii(told: str | None) -> Pii | None:
    """The word of a contract, whose schema knows no others."""
    match told:
        case "direct" | "quasi" | "sensitive":
            return told
        case _:
            return None


def _strictest(found: list[Pii | None]) -> Pii | None:
    return max(found, key=_STRICT.index, default=None)
