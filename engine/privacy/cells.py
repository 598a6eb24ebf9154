"""Which counts may be shown: small cells, their complements, and cells that a subtraction would give away.

The rule for one figure is short: at least ``min_cell`` customers on both sides of it. What remains is to
keep hidden cells hidden from somebody who subtracts: over the sizes of a segmentation, over one trait's
categories within a segment, and over the segments of one category. Cells that nobody is in protect nobody
and are not defended. See Hundepool et al., *Statistical Disclosure Control* (Wiley 2012), chapter 4, for
primary and secondary suppression and for the audit by alternating paths used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Cell = tuple[int, int]


def both_sides(part: int, whole: int, min_cell: int) -> bool:
    """Whether a part and what remains of the whole both hold at least ``min_cell`` customers."""
    return part >= min_cell and whole - part >= min_cell


def shown_sizes(
    sizes: Sequence[int], total: int, min_cell: int, kept_back: Sequence[bool] | None = None
) -> list[bool]:
    """Which sizes of a segmentation may be shown; its segments don't overlap, the rest is in none.

    Where the hidden customers together are few, subtraction would give them away: then the smallest shown
    size is hidden too, and so on. ``kept_back`` are sizes that are hidden for other reasons, whatever they
    are: beside each of them so many customers have to be hidden that it can't be had by subtraction either.
    """
    kept = [False] * len(sizes) if kept_back is None else kept_back
    shown = [both_sides(size, total, min_cell) and not kept[at] for at, size in enumerate(sizes)]
    guarded = [size for size, keep in zip(sizes, kept, strict=True) if keep and size]
    while any(shown):
        hidden = total - _sum_shown(sizes, shown)
        if not 0 < hidden < min_cell and all(hidden - size >= min_cell for size in guarded):
            break
        shown[min((size, at) for at, size in enumerate(sizes) if shown[at])[1]] = False
    return shown


def _sum_shown(sizes: Sequence[int], shown: Sequence[bool]) -> int:
    return sum(size for size, show in zip(sizes, shown, strict=True) if show)


def shown_cells(
    table: Sequence[Sequence[int]], wanted: Sequence[Sequence[bool]], min_cell: int
) -> list[list[bool]]:
    """Which of the wanted cells of a table may be shown.

    Rows are groups of customers that don't overlap and together are the base, columns the categories of one
    trait, together all that is known of it. The totals of rows and columns count as public.
    """
    return _Table(table, wanted, min_cell).protect()


class _Table:
    def __init__(
        self, table: Sequence[Sequence[int]], wanted: Sequence[Sequence[bool]], min_cell: int
    ) -> None:
        self.counts = table
        self.min_cell = min_cell
        self.height = len(table)
        self.width = len(table[0]) if table else 0
        self.shown = [
            [
                want and both_sides(count, sum(counts), min_cell)
                for count, want in zip(counts, wants, strict=True)
            ]
            for counts, wants in zip(table, wanted, strict=True)
        ]

    def protect(self) -> list[list[bool]]:
        while self._hide_by_sums() or self._hide_by_paths():
            pass
        return self.shown

    def _hide_by_sums(self) -> bool:
        """Hide one more cell of a row or column whose hidden customers are few; whether one was hidden."""
        return any(
            0
            < sum(self.counts[row][column] for row, column in line if not self.shown[row][column])
            < self.min_cell
            and self._hide_smallest(line)
            for line in self._lines()
        )

    def _lines(self) -> Iterator[list[Cell]]:
        for row in range(self.height):
            yield [(row, column) for column in range(self.width)]
        for column in range(self.width):
            yield [(row, column) for row in range(self.height)]

    def _hide_smallest(self, line: list[Cell]) -> bool:
        cells = [(self.counts[row][column], row, column) for row, column in line if self.shown[row][column]]
        if not cells:
            return False
        _, row, column = min(cells)
        self.shown[row][column] = False
        return True

    def _hide_by_paths(self) -> bool:
        """Hide one more cell for the sake of a small hidden one that the totals alone determine."""
        return any(
            0 < self.counts[row][column] < self.min_cell
            and not self.shown[row][column]
            and not self._can_differ(row, column)
            and self._hide_for(row, column)
            for row in range(self.height)
            for column in range(self.width)
        )

    def _hide_for(self, row: int, column: int) -> bool:
        """Hide the smallest shown cell that closes a ring, or else the smallest of its row or column."""
        for _, other, across in sorted(
            (self.counts[other][across], other, across)
            for other in range(self.height)
            for across in range(self.width)
            if self.shown[other][across]
        ):
            self.shown[other][across] = False
            if self._can_differ(row, column):
                return True
            self.shown[other][across] = True
        beside = [(row, across) for across in range(self.width)]
        below = [(other, column) for other in range(self.height)]
        return self._hide_smallest(beside) or self._hide_smallest(below)

    def _can_differ(self, row: int, column: int) -> bool:
        """Whether another table with the same totals and shown cells has another count here.

        It has when customers can be moved around a ring of hidden cells through this one: raising a cell is
        always possible, lowering only one that is not empty.
        """
        return self._path(row, column, raising=True) or self._path(row, column, raising=False)

    def _path(self, row: int, column: int, *, raising: bool) -> bool:
        """Whether a raise (or a drop) of the cell can be made up for by other hidden cells.

        Starts in the cell's row, whose sum must be kept by an opposite change, and ends in its column.
        """
        seen_rows, seen_columns, rows = {row}, set[int](), [row]
        while rows:
            here = rows.pop()
            for across in range(self.width):
                if across in seen_columns or (here, across) == (row, column) or self.shown[here][across]:
                    continue
                if raising and not self.counts[here][across]:
                    continue
                if across == column:
                    return True
                seen_columns.add(across)
                for down in range(self.height):
                    if (down, across) == (row, column) or down == here or self.shown[down][across]:
                        continue
                    if not raising and not self.counts[down][across]:
                        continue
                    if down not in seen_rows:
                        seen_rows.add(down)
                        rows.append(down)
        return False
