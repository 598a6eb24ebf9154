"""Which sensitive data a segment rests on, however far away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segmentry.engine.expr import Expr, fields_of
from segmentry.engine.logic.domains import Domains
from segmentry.engine.model import Segment, Segmentation
from segmentry.engine.plan import Computed, Definition, Followed, Plan, Ranked, RowAggregate, RowSet

Column = tuple[str, str]
"""A source and a column of it."""


def sensitive_below(plan: Plan, segmentation: Segmentation, segment: Segment) -> list[str]:
    """The traits and columns marked `pii: sensitive` that a segment's rule and score rest on, by name.

    Columns of rows are named with their source: `surveys.diagnosis`.
    """
    start = [f"r:{segment.id}"]
    if segmentation.assign == "best_score":
        start.append(f"w:{segmentation.id}")
    traits = {f"t:{t.id}" for t in plan.model.traits if t.pii == "sensitive"}
    domains = Domains(plan)
    found: set[str] = set()
    for name in _below(plan, start):
        if name in traits:
            found.add(name[2:])
        if name.startswith("c:"):
            found.update(_marked(plan, domains, (plan.customers, name[2:]), named=name[2:]))
        for source, column in _columns(plan.definitions.get(name)):
            found.update(_marked(plan, domains, (source, column), named=f"{source}.{column}"))
    return sorted(found)


def _marked(plan: Plan, domains: Domains, column: Column, named: str) -> list[str]:
    """The name, if the column or one that it is computed from is sensitive."""
    waiting, seen = [column], {column}
    while waiting:
        source, name = waiting.pop()
        contract = domains.column(source, name)
        if contract is not None and contract.pii == "sensitive":
            return [named]
        for formula in (f for n, f in _formulas(plan, source) if n == name):
            for used in fields_of(formula):
                if (source, used) not in seen:
                    seen.add((source, used))
                    waiting.append((source, used))
    return []


def _formulas(plan: Plan, source: str) -> tuple[tuple[str, Expr], ...]:
    return plan.sources[source].formulas if source in plan.sources else ()


def _below(plan: Plan, start: list[str]) -> Iterator[str]:
    """All definitions and columns that some definitions rest on, themselves too."""
    seen: set[str] = set()
    stack = list(start)
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            yield name
            stack.extend(_used(plan.definitions.get(name)))


def _used(definition: Definition | None) -> frozenset[str]:
    match definition:
        case Computed(expr=expr):
            return fields_of(expr)
        case Ranked(of=of, among=among, per=per):
            return frozenset[str]().union(*(fields_of(e) for e in (of, among, per) if e is not None))
        case RowAggregate() | Followed() | None:
            return frozenset()
        case _:
            assert_never(definition)


def _columns(definition: Definition | None) -> Iterator[Column]:
    """The columns of rows that a definition looks at."""
    match definition:
        case RowAggregate(source=source, value=value, where=where):
            yield from _read(source, value, where)
        case Followed(first=first, then=then, same=same):
            for rows in (first, then):
                yield from _read_rows(rows, same)
        case Computed() | Ranked() | None:
            return
        case _:
            assert_never(definition)


def _read_rows(rows: RowSet, same: tuple[str, ...]) -> Iterator[Column]:
    yield from _read(rows.source, rows.where)
    yield from ((rows.source, name) for name in same)


def _read(source: str, *exprs: Expr | None) -> Iterator[Column]:
    for expr in exprs:
        if expr is not None:
            yield from ((source, name) for name in sorted(fields_of(expr)))
