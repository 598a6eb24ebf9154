"""Which numbers of a table "where they were, where they are" may be shown.

A segment's members before and after a change are two groups that differ by few people as a rule, so that
what is told of the one and the other is told of those few. The rule is that of every count: at least
``min_cell`` customers in it, and as many among those who did not go the same way, or nobody at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
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

    A set of points is a whole number with a bit for each, so that a step from a point to all the next ones
    is a single operation.
    """

    def __init__(
        self, cells: Mapping[tuple[Place, Place], int], reported: set[Figure], outside: Place, min_cell: int
    ) -> None:
        self.outside = outside
        self.reported = reported
        self.counts = _figures(cells)
        self.small = [one for one, n in self.counts.items() if few(n, min_cell) and one not in reported]
        self.moves = {one for one, n in self.counts.items() if one.kind == "move" and n}
        self.bits: dict[_Node, int] = {}
        self.ways = {one: self._ways(one) for one in self.counts}
        self.ranked = sorted(reported, key=lambda one: (_ORDER[one.kind], self.counts[one], str(one)))
        self._open_all()

    def protect(self) -> set[Figure]:
        """Hide until every small figure can be another one, or nothing is told any more."""
        for one in self.small:
            while self.reported and not self._can_differ(one):
                self._hide_for(one)
        return self.reported

    def _can_differ(self, one: Figure) -> bool:
        return any(
            self._reached(self.onward, head, (tail, head), tail) >> tail & 1 for tail, head in self.ways[one]
        )

    def _hide_for(self, one: Figure) -> None:
        """Hide the smallest figure that closes a ring through this one, or else the smallest."""
        self.ranked = [reported for reported in self.ranked if reported in self.reported]
        open_ends = [
            (self._reached(self.onward, head, way), self._reached(self.back, tail, way))
            for way in self.ways[one]
            for tail, head in (way,)
        ]
        closing = (
            reported
            for reported in self.ranked
            for tail, head in self.ways[reported]
            for behind, before in open_ends
            if behind >> tail & before >> head & 1
        )
        self._hide(next(closing, self.ranked[0]))

    def _hide(self, one: Figure) -> None:
        gone = {one}
        if one.kind != "move":
            gone |= {Figure("in", one.source, one.source), Figure("out", one.source, one.source)}
        gone &= self.reported
        self.reported -= gone
        if self.empty_known and not self.moves <= self.reported:
            self._open_all()
        for hidden in gone:
            self._open(hidden)

    def _open_all(self) -> None:
        """Where one can go by the figures that are hidden, from every point and back from it."""
        # Where every move of somebody is told, there is no other, which tells of those of nobody, too.
        self.empty_known = self.moves <= self.reported
        self.onward = [0] * len(self.bits)
        self.back = [0] * len(self.bits)
        for one in self.counts:
            if one not in self.reported:
                self._open(one)

    def _open(self, one: Figure) -> None:
        if not self.counts[one] and (one.kind in ("before", "after") or self.empty_known):
            return  # nobody was there, which is no secret
        for tail, head in self.ways[one]:
            self.onward[tail] |= 1 << head
            self.back[head] |= 1 << tail

    def _reached(self, ways: list[int], start: int, without: tuple[int, int], goal: int | None = None) -> int:
        """The points to which hidden figures lead from one, but for a way (and back); no further than a goal.

        Between two points is one figure at most, so leaving out its ways leaves out the figure.
        """
        barred = {without[0]: without[1], without[1]: without[0]}
        seen = left = 1 << start
        while left and (goal is None or not seen >> goal & 1):
            point = left.bit_length() - 1
            left ^= 1 << point
            more = ways[point] & ~seen
            if point in barred:
                more &= ~(1 << barred[point])
            seen |= more
            left |= more
        return seen

    def _ways(self, one: Figure) -> list[tuple[int, int]]:
        """From point to point by a figure: onward, and back where somebody is."""
        tail, head = (self.bits.setdefault(node, len(self.bits)) for node in self._ends(one))
        return [(tail, head), (head, tail)] if self.counts[one] else [(tail, head)]

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
    befores: Counter[Place] = Counter()
    afters: Counter[Place] = Counter()
    for (a, b), n in cells.items():
        befores[a] += n
        afters[b] += n
    for place in places:
        stay, before, after = cells.get((place, place), 0), befores[place], afters[place]
        of: Mapping[Kind, int] = {
            "before": before, "stay": stay, "out": before - stay, "in": after - stay, "after": after,
        }  # fmt: skip
        found |= {Figure(kind, place, place): n for kind, n in of.items()}
    return found
