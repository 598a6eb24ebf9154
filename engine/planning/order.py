"""Which definitions of a plan some expressions rest on, and in which order those are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.language.types import BOOLEAN, UNKNOWN, Type
from segmentry.engine.planning.plan import Computed, Definition, Followed, Plan, Ranked, RowAggregate

Reached = Mapping[str, Definition | None]
"""Definitions by name; None is a column of the customers table."""


def columns_of(expressions: Iterable[Expr | None]) -> set[str]:
    """The columns that some expressions read."""
    return {name for e in expressions if e is not None for name in fields_of(e)}


def used_by(definition: Definition | None) -> list[str]:
    """The definitions that one is computed from, sorted; none for what is taken from rows."""
    match definition:
        case Computed(expr=expr):
            return sorted(fields_of(expr))
        case Ranked(of=of, among=among, per=per):
            return sorted(columns_of([of, among, per]))
        case RowAggregate() | Followed() | None:
            return []


def never(_: str) -> bool:
    """Of nothing anything is known."""
    return False


def reached(
    plan: Plan, wanted: Iterable[Expr], is_known: Callable[[str], bool] = never
) -> dict[str, Definition | None]:
    """Everything under some expressions, without what is only under definitions that are known already."""
    found: dict[str, Definition | None] = {}
    stack = [name for expr in wanted for name in sorted(fields_of(expr))]
    while stack:
        name = stack.pop()
        if name not in found:
            found[name] = plan.definitions.get(name)
            if not is_known(name):
                stack.extend(used_by(found[name]))
    return found


def levels(reached: Reached, is_known: Callable[[str], bool] = never) -> list[list[str]]:
    """The definitions to compute, each level using earlier ones and what is known only."""
    depth: dict[str, int] = {}
    stack = list(reached)
    while stack:
        name = stack[-1]
        definition = reached[name]
        if name in depth:
            stack.pop()
            continue
        if not isinstance(definition, (Computed, Ranked)) or is_known(name):
            depth[name] = 0
            continue
        waiting = [used for used in used_by(definition) if used not in depth]
        if waiting:
            stack.extend(waiting)
        else:
            depth[name] = 1 + max((depth[used] for used in used_by(definition)), default=0)
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=0))]
    for name in reached:
        if depth[name]:
            found[depth[name] - 1].append(name)
    return found


def with_unused(
    plan: Plan, steps: Sequence[Sequence[str]], held: Iterable[str], wanted: Iterable[Expr]
) -> Iterator[tuple[Sequence[str], list[str]]]:
    """Each level of definitions, with what neither a later level nor what is wanted in the end uses.

    ``held`` is there before the first of them.
    """
    after = [columns_of(wanted)]
    for level in reversed(steps):
        after.append(after[-1].union(*(used_by(plan.definitions[name]) for name in level)))
    after.reverse()
    there = set(held)
    for level, later in zip(steps, after[1:], strict=True):
        there.update(level)
        unused = sorted(there - later)
        there &= later
        yield level, unused


def root_of(plan: Plan, source: str) -> str:
    """The source whose files a derived one is read from."""
    parent = plan.sources[source].parent
    return source if parent is None else root_of(plan, parent)


def customers_roots(plan: Plan) -> frozenset[str]:
    """The sources from whose files the customers are read: several where a person has several records."""
    people = plan.sources[plan.customers].people
    names = [plan.customers] if people is None else [source for source, _ in people.records]
    return frozenset(root_of(plan, name) for name in names)


def read_together(plan: Plan, needed: Reached) -> list[dict[str, Definition | None]]:
    """What is taken from rows, apart by the files that it is read from: a file is in one part alone."""
    parts: list[tuple[set[str], dict[str, Definition | None]]] = []
    for name, definition in needed.items():
        match definition:
            case RowAggregate(source=source):
                roots = {root_of(plan, source)}
            case Followed():
                roots = {root_of(plan, rows.source) for rows in definition.sides}
            case _:
                continue
        joined: dict[str, Definition | None] = {}
        for part in [part for part in parts if part[0] & roots]:
            parts.remove(part)
            roots |= part[0]
            joined |= part[1]
        parts.append((roots, {**joined, name: definition}))
    return [names for _, names in parts]


def type_of(plan: Plan, name: str) -> Type:
    """The type of a definition or customers column; unknown where nothing says it."""
    definition = plan.definitions.get(name)
    match definition:
        case Computed(expr=expr):
            return expr.type
        case Ranked(type=kind) | RowAggregate(type=kind):
            return kind
        case Followed():
            return BOOLEAN
        case None:
            return plan.types.get(name, UNKNOWN)


def owner_of(plan: Plan, name: str) -> str:
    """The trait or rule that a definition is or belongs to, in backquotes; else its source, or some words."""
    if not name.startswith(("a:", "k:", "q:", "l:")):  # `l:` is a condition of a rule under test
        return f"`{name.partition(':')[2]}`"
    owner = next((n for n, d in plan.definitions.items() if name in used_by(d)), None)
    if owner is not None:
        return owner_of(plan, owner)
    definition = plan.definitions[name]
    return f"`{definition.source}`" if isinstance(definition, RowAggregate) else "a condition"
