"""What an engine has to be able to do: the primitives of the plan, and those that some expressions need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args, get_type_hints

from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES
from segmentry.engine.language.expr import Call, Expr, Op
from segmentry.engine.planning.order import owner_of, reached
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    Plan,
    Ranked,
    RowAggregate,
    SourcePlan,
)

SEQUENCE = "sequence"
LONGER_SEQUENCE = "sequence of three and more"
STEPS = "steps of rows"

PRIMITIVES: frozenset[str] = frozenset(
    (
        *get_args(Op),
        *(f"aggregate {kind}" for kind in AGGREGATE_PRIMITIVES),
        *(f"rank {kind}" for kind in get_args(get_type_hints(Ranked)["kind"])),
        SEQUENCE,
        LONGER_SEQUENCE,
        STEPS,
    )
)
"""Every operation of expressions, row aggregate and rank of the plan, and what is taken of rows in order."""


def primitives_of(plan: Plan, wanted: Iterable[Expr]) -> dict[str, str]:
    """The primitives that some expressions rest on, the sources that they are taken from included; each with
    the first trait, rule or source, in backquotes, that needs it.
    """
    expressions = list(wanted)
    found: dict[str, str] = {}
    for name, definition in reached(plan, expressions).items():
        if definition is not None:
            names = [*_kinds_of(definition), *_operations(_expressions_of(definition))]
            if missing := [one for one in names if one not in found]:
                found |= dict.fromkeys(missing, owner_of(plan, name))
    for source in plan.sources.values():
        kinds = [kind for a in _group_aggregates(source) for kind in _kinds_of(a)]
        for one in (*kinds, *_operations(_expressions_in(source))):
            found.setdefault(one, f"`{source.name}`")
    for one in _operations(expressions):
        found.setdefault(one, "a condition")
    return found


def _kinds_of(definition: Definition) -> Iterator[str]:
    match definition:
        case RowAggregate(kind=kind, steps=steps):
            yield f"aggregate {kind}"
            if steps is not None:
                yield STEPS
        case Ranked(kind=kind):
            yield f"rank {kind}"
        case Followed(further=further):
            yield SEQUENCE
            if further is not None:
                yield LONGER_SEQUENCE
        case Computed():
            return


def _expressions_of(definition: Definition) -> list[Expr]:
    match definition:
        case Computed(expr=expr):
            found: list[Expr | None] = [expr]
        case Ranked(of=of, among=among, per=per):
            found = [of, among, per]
        case RowAggregate():
            found = [*definition.expressions]
        case Followed():
            found = [rows.where for rows in definition.sides]
    return [expr for expr in found if expr is not None]


def _group_aggregates(source: SourcePlan) -> list[RowAggregate]:
    return [] if source.group is None else [aggregate for _, aggregate in source.group.aggregates]


def _expressions_in(source: SourcePlan) -> list[Expr]:
    found = [expr for _, expr in source.formulas]
    found += [] if source.where is None else [source.where]
    for aggregate in _group_aggregates(source):
        found += _expressions_of(aggregate)
    return found + ([] if source.group is None else [expr for _, expr in source.group.columns])


def _operations(expressions: Iterable[Expr]) -> Iterator[str]:
    """The operations in expressions; a part that stands in many is looked at once."""
    seen: set[int] = set()
    stack = list(expressions)
    while stack:
        expr = stack.pop()
        if isinstance(expr, Call) and id(expr) not in seen:
            seen.add(id(expr))
            yield expr.op
            stack.extend(expr.args)
