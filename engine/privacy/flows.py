"""Which numbers of a table "where they were, where they are" may be shown.

A segment's members before and after a change are two groups that differ by few people as a rule, so that
what is told of the one and the other is told of those few. The rule is that of every count: at least
``min_cell`` customers in it, and as many among those who did not go the same way, or nobody at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, assert_never

Place = str | None
"""A segment's id, None for none of them, or what stands for being no customer."""

Kind = Literal["before", "stay", "out", "move", "in", "after"]


def few(count: int, min_cell: int) -> bool:
    """Whether there is somebody, but too few to tell."""
    return 0 < count < min_cell


def shown_flows(cells: Mapping[tuple[Place, Place], int], min_cell: int) -> frozenset[tuple[Place, Place]]:
    """The cells (place before, place after) that may be shown; the sums of rows and columns count as known.

    Hidden are small cells, and the smallest others of a line in which so few are hidden that a subtraction
    would give them away; so a cell next to which only few remain is hidden, too.
    """
    lines = _lines(cells)
    hidden = {cell for cell in cells if few(cells[cell], min_cell)}
    while (more := _given_away(cells, lines, hidden, min_cell)) is not None:
        hidden.add(more)
    return frozenset(cell for cell in cells if cell not in hidden)


def _lines(cells: Iterable[tuple[Place, Place]]) -> list[list[tuple[Place, Place]]]:
    """The rows, then the columns."""
    rows: dict[Place, list[tuple[Place, Place]]] = {}
    columns: dict[Place, list[tuple[Place, Place]]] = {}
    for cell in cells:
        rows.setdefault(cell[0], []).append(cell)
        columns.setdefault(cell[1], []).append(cell)
    return [*rows.values(), *columns.values()]


def _given_away(
    cells: Mapping[tuple[Place, Place], int],
    lines: list[list[tuple[Place, Place]]],
    hidden: set[tuple[Place, Place]],
    min_cell: int,
) -> tuple[Place, Place] | None:
    """One more cell to hide: the smallest of a line whose hidden customers are few."""
    for line in lines:
        if few(sum(cells[cell] for cell in line if cell in hidden), min_cell):
            left = [cell for cell in line if cell not in hidden and cells[cell]]
            if left:
                return min(left, key=lambda cell: cells[cell])
    return None


# --- several figures together -----------------------------------------------------------------------


class Figure(NamedTuple):
    """One number of a table: a place's size before or after, who stays, goes out or comes in; or a move.

    Of a place ``source`` and ``target`` are the same.
    """

    kind: Kind
    source: Place
    target: Place


def kept_together(
    cells: Mapping[tuple[Place, Place], int], reported: Iterable[Figure], outside: Place, min_cell: int
) -> set[Figure]:
    """What may be told of ``told`` so that no small figure follows from it and the numbers of all customers.

    Were every figure exact: moves, comings and goings and sizes are bound to one another. Who comes in and
    who goes out is told together or not at all, and beside both sizes only. ``outside`` is the place of those
    who are no customers on one side.
    """
    return _Current(cells, set(reported), outside, min_cell).protect()


_Node = tuple[str, Place]
_ORDER: Mapping[Kind, int] = {"move": 0, "stay": 1, "in": 1, "out": 1, "before": 2, "after": 2}
"""Of what is told moves are hidden first, sizes last."""


class _Current:
    """Customers as a current: from a place before they stay, or go out and come in elsewhere, to one after.

    As many arrive as leave at every point. So a hidden figure can be another one if customers can be sent
    around a ring of hidden figures through it: along them always, against them only where somebody is.
    """

    def __init__(
        self, cells: Mapping[tuple[Place, Place], int], reported: set[Figure], outside: Place, min_cell: int
    ) -> None:
        self.outside = outside
        self.reported = reported
        self.counts = _figures(cells)
        self.small = [one for one, n in self.counts.items() if few(n, min_cell) and one not in reported]
        self.moves = {one for one, n in self.counts.items() if one.kind == "move" and n}
        self.onward: dict[_Node, list[tuple[_Node, Figure]]] = {}
        self.back: dict[_Node, list[tuple[_Node, Figure]]] = {}
        for one in self.counts:
            for tail, head in self._ways(one):
                self.onward.setdefault(tail, []).append((head, one))
                self.back.setdefault(head, []).append((tail, one))

    def protect(self) -> set[Figure]:
        """Hide until every small figure can be another one, or nothing is told any more."""
        for one in self.small:
            while self.reported and not self._can_differ(one):
                self._hide_for(one)
        return self.reported

    def _can_differ(self, one: Figure) -> bool:
        return any(tail in self._reached(self.onward, head, one, tail) for tail, head in self._ways(one))

    def _hide_for(self, one: Figure) -> None:
        """Hide the smallest figure that closes a ring through this one, or else the smallest."""
        ranked = sorted(
            self.reported, key=lambda reported: (_ORDER[reported.kind], self.counts[reported], str(reported))
        )
        open_ends = [
            (self._reached(self.onward, head, one), self._reached(self.back, tail, one))
            for tail, head in self._ways(one)
        ]
        closing = (
            reported
            for reported in ranked
            for tail, head in self._ways(reported)
            if any(tail in behind and head in before for behind, before in open_ends)
        )
        self._hide(next(closing, ranked[0]))

    def _hide(self, one: Figure) -> None:
        self.reported.discard(one)
        if one.kind != "move":
            self.reported -= {Figure("in", one.source, one.source), Figure("out", one.source, one.source)}

    def _reached(
        self,
        ways: Mapping[_Node, list[tuple[_Node, Figure]]],
        start: _Node,
        without: Figure,
        goal: _Node | None = None,
    ) -> set[_Node]:
        """Where hidden figures lead to from a point, this one left out; no further than the goal."""
        empty_known = self.moves <= self.reported
        seen, left = {start}, [start]
        while left and goal not in seen:
            for node, one in ways.get(left.pop(), ()):
                if node in seen or one == without or one in self.reported:
                    continue
                if not self.counts[one] and (one.kind in ("before", "after") or empty_known):
                    continue  # nobody was there, which is no secret; no move is hidden, so there is no other
                seen.add(node)
                left.append(node)
        return seen

    def _ways(self, one: Figure) -> Iterator[tuple[_Node, _Node]]:
        tail, head = self._ends(one)
        yield tail, head
        if self.counts[one]:
            yield head, tail

    def _ends(self, one: Figure) -> tuple[_Node, _Node]:
        source, target = one.source, one.target
        match one.kind:
            case "before":
                return ("no customer" if source == self.outside else "all", None), ("before", source)
            case "stay":
                return ("before", source), ("after", source)
            case "out":
                return ("before", source), ("out", source)
            case "move":
                return ("out", source), ("in", target)
            case "in":
                return ("in", source), ("after", source)
            case "after":
                return ("after", source), ("no customer" if source == self.outside else "all after", None)
            case _:
                assert_never(one.kind)


def _figures(cells: Mapping[tuple[Place, Place], int]) -> dict[Figure, int]:
    """Every figure of a table, also of moves that nobody made."""
    places = list(dict.fromkeys(place for cell in cells for place in cell))
    found = {Figure("move", a, b): cells.get((a, b), 0) for a in places for b in places if a != b}
    for place in places:
        stay = cells.get((place, place), 0)
        before = sum(n for (a, _), n in cells.items() if a == place)
        after = sum(n for (_, b), n in cells.items() if b == place)
        of: Mapping[Kind, int] = {
            "before": before, "stay": stay, "out": before - stay, "in": after - stay, "after": after,
        }  # fmt: skip
        found |= {Figure(kind, place, place): n for kind, n in of.items()}
    return found
