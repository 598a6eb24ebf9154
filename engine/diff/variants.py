"""A plan with some definitions replaced, beside the plan itself: what rests on them is there twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segmentry.engine.diff.merge import renamed_definition, used_by
from segmentry.engine.planning.plan import Definition


class Circular(Exception):
    """The overrides rest on what rests on them."""


def with_overrides(
    definitions: Mapping[str, Definition],
    uses: Mapping[str, frozenset[str]],
    overrides: Mapping[str, Definition],
    wanted: Iterable[str],
    mark: str,
) -> tuple[dict[str, Definition], dict[str, str]]:
    """The definitions that have to be added so that the wanted ones are there under the overrides, too.

    ``uses`` says what each of the definitions rests on, which is the same for all overrides.
    The second result names them: the new name of every definition under the wanted ones that the overrides
    change. Raises Circular.
    """
    both = {**definitions, **overrides}
    resting = {**uses, **{name: used_by(definition) for name, definition in overrides.items()}}
    names: dict[str, str] = {}
    added: dict[str, Definition] = {}
    for name in _in_order(resting, wanted):
        changed = {used: names[used] for used in resting[name] if used in names}
        if name in overrides or changed:
            names[name] = f"{name} ({mark})"
            added[names[name]] = renamed_definition(both[name], changed, {})
    return added, names


def _in_order(resting: Mapping[str, frozenset[str]], wanted: Iterable[str]) -> list[str]:
    """The wanted definitions and those under them, each after those that it rests on."""
    done: dict[str, None] = {}
    begun: set[str] = set()
    stack = [name for name in wanted if name in resting]
    while stack:
        name = stack[-1]
        waiting = [n for n in resting[name] if n in resting and n not in done]
        if name in done or not waiting:
            done[stack.pop()] = None
            continue
        begun.add(name)
        if not begun.isdisjoint(waiting):
            raise Circular
        stack.extend(waiting)
    return list(done)
