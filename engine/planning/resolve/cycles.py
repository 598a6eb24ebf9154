"""Order and cycles: what depends on what, by name, with the place of each reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import groupby

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.parse.reader import Findings


@dataclass(frozen=True, slots=True)
class Edge:
    """``user`` refers to ``used`` at a place; ``written`` is false where that follows from the assignment."""

    user: str
    used: str
    at: Place
    written: bool = True


def order_of(
    nodes: Sequence[str], edges: Iterable[Edge], findings: Findings
) -> tuple[list[str], frozenset[str]]:
    """The nodes, each after those it uses, and those that stand in a cycle; every cycle is reported once."""
    known = set(nodes)
    kept = [e for e in edges if e.used in known]
    cyclic: set[str] = set()
    while True:
        graph = TopologicalSorter({n: [] for n in nodes})
        for edge in kept:
            if edge.user not in cyclic and edge.used not in cyclic:
                graph.add(edge.user, edge.used)
        try:
            return list(graph.static_order()), frozenset(cyclic)
        except CycleError as error:
            ring = list(reversed(error.args[1]))[:-1]
            _report(ring, kept, findings)
            cyclic.update(ring)


def _report(ring: list[str], edges: list[Edge], findings: Findings) -> None:
    """One cycle, at its first written reference, printed from there on."""
    steps: list[Edge] = []
    for n, user in enumerate(ring):
        used = ring[(n + 1) % len(ring)]
        steps.append(min((e for e in edges if (e.user, e.used) == (user, used)), key=_position))
    written = [n for n, step in enumerate(steps) if step.written]
    first = min(written or range(len(steps)), key=lambda n: _position(steps[n]))
    around = [_bare(steps[(first + n) % len(steps)].user) for n in range(len(steps))]
    names = [name for name, _ in groupby(name for name in around if name is not None)]
    if len(names) > 1 and names[-1] == names[0]:
        names.pop()
    path = " → ".join(f"`{name}`" for name in [*names, names[0]])
    hint = "take one of these references away"
    findings.add("cycle", f"this goes round in a circle: {path}", steps[first].at, hint)


def _position(edge: Edge) -> tuple[str, int, int]:
    return edge.at.file, edge.at.span.line, edge.at.span.column


def _bare(node: str) -> str | None:
    """The id of a trait or segment; None for a node that only orders the work."""
    prefix, _, rest = node.partition(":")
    if prefix in ("e", "w") and rest:
        return None
    return rest if prefix in ("t", "r", "m") and rest else node
