"""Which numbers of a table "where they were, where they are" may be shown.

A segment's members before and after a change are two groups that differ by few people as a rule, so that
what is told of the one and the other is told of those few. The rule is that of every count: at least
``min_cell`` customers in it, and as many among those who did not go the same way, or nobody at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Place = TypeVar("Place", bound=Hashable)


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
