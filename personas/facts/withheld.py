"""What may be told of the segments: decided once for all of them, before any figure is handed out.

Somebody who subtracts knows the base and everything that is told. So it is not enough that a figure is of
many: what remains when all that is told is taken away has to be of many, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segmentry.engine.privacy import (
    COUNT_STEP,
    PrivacySettings,
    both_sides,
    is_dominated,
    shown_cells,
    shown_sizes,
)
from segmentry.personas.facts.figures import TOP
from segmentry.personas.facts.measured import BASE, Cells, MeasuredSegment

_NOISE = 1e-9
"""A sum below this part of the base's is what remains of doubles when they are subtracted."""


class Reported:
    """What may be told: sizes by segment, and the means, categories and overlaps by what they are of.

    ``sizes`` says it of every segment. ``means`` holds (segment, trait), ``cells`` (segment, trait, value of
    a list or None, category), ``overlaps`` (segment, segment) both ways round.
    """

    def __init__(self, measured: MeasuredSegment, privacy: PrivacySettings) -> None:
        self.measured = measured
        self.privacy = privacy
        self.groups = measured.groups()
        self.sizes = self._sizes()
        self.means = {pair for group in self.groups for pair in self._means(group)}
        self.cells = {cell for key in measured.cells for cell in self._cells_of(*key)}
        self.overlaps = set(self._overlaps())

    # --- sizes ------------------------------------------------------------------------------------

    def _sizes(self) -> dict[str, bool]:
        """A size that is hidden stays so where another segment has the same customers, or all others."""
        kept: set[str] = set()
        while True:
            shown = {id_: show for group in self.groups for id_, show in self._sizes_in(group, kept)}
            twins = {b for a, b in self.measured.overlaps if not shown[a] and shown[b] and self._same(a, b)}
            if not twins:
                return shown
            kept |= twins

    def _sizes_in(self, group: list[str], kept: set[str]) -> Iterator[tuple[str, bool]]:
        sizes, least = [self.measured.sizes[id_] for id_ in group], self.privacy.min_cell
        yield from zip(
            group, shown_sizes(sizes, self.measured.size, least, [id_ in kept for id_ in group]), strict=True
        )

    def _same(self, one: str, other: str) -> bool:
        a, b, both = self.measured.sizes[one], self.measured.sizes[other], self.measured.overlaps[one, other]
        return a == b == both or (both == 0 and a + b == self.measured.size)

    # --- means ------------------------------------------------------------------------------------

    def _means(self, group: list[str]) -> Iterator[tuple[str, str]]:
        """Means of segments that don't overlap. One more is kept back while the others give a value away."""
        for trait in self.measured.traits:
            if (BASE, trait) in self.measured.numbers:
                reported = [id_ for id_ in group if self._mean_alone(group, id_, trait)]
                while reported and not self._covered(group, reported, trait):
                    reported.remove(
                        min(reported, key=lambda id_: (self.measured.numbers[id_, trait].known, id_))
                    )
                yield from ((id_, trait) for id_ in reported)

    def _mean_alone(self, group: list[str], id_: str, trait: str) -> bool:
        """Enough known values, values that are not nearly all 0, and nobody who dominates the sum.

        Also of the rest of the base, which is a subtraction away, there has to be enough, and no such one.
        """
        here, base = self.measured.numbers.get((id_, trait)), self.measured.numbers[BASE, trait]
        if here is None or not both_sides(here.known, base.known, self.privacy.min_cell):
            return False
        return (
            not is_dominated(here.largest, here.absolute, self.privacy.dominance)
            and not self._dominated(group, [id_], trait)
            and self._varies(id_, trait)
        )

    def _varies(self, id_: str, trait: str) -> bool:
        """A mean that is 0, or nearly, tells what everybody has, or that so few have something else.

        Of shares, 1 is such an end, too.
        """
        here = self.measured.differ.get((id_, trait))
        return here is None or min(here) >= self.privacy.min_cell

    def _covered(self, group: list[str], reported: list[str], trait: str) -> bool:
        """Whether somebody who takes all told means from the base's learns nobody's own value.

        One customer's value that is below five customers' worth is hidden by the rounding.
        """
        base, bound = self.measured.numbers[BASE, trait], self.measured.largest[trait]
        worth = COUNT_STEP * base.absolute / base.known
        return bound <= worth or not self._dominated(group, reported, trait, least=worth)

    def _dominated(self, group: list[str], reported: list[str], trait: str, *, least: float = 0.0) -> bool:
        """Whether a customer, with more than ``least``, dominates the base's sum without these segments'."""
        numbers, bound = self.measured.numbers, self.measured.largest[trait]
        base = numbers[BASE, trait].absolute
        rest = base - sum(numbers[id_, trait].absolute for id_ in reported)
        others = [
            numbers[id_, trait].largest for id_ in group if id_ not in reported and (id_, trait) in numbers
        ]
        largest = max([self.measured.outside.get((group[0], trait), bound), *others])
        return (
            rest > _NOISE * base and largest > least and is_dominated(largest, rest, self.privacy.dominance)
        )

    # --- categories -------------------------------------------------------------------------------

    def _cells_of(
        self, segment: str, trait: str, element: str | None
    ) -> Iterator[tuple[str, str, str | None, str]]:
        if segment == BASE:
            base = self.measured.cells[BASE, trait, element]
            columns = self._columns(trait, element, base)
            for group in self.groups:
                yield from self._table(group, trait, element, columns)

    def _columns(self, trait: str, element: str | None, base: Cells) -> list[str]:
        """The categories that are told of segments, and so of the base: there, too, none by subtraction."""
        ids = [segment.id for segment in self.measured.segments]
        frequent = {v for id_ in ids for v in list(self.measured.cells[id_, trait, element].counts)[:TOP]}
        values = [value for value in base.counts if value in frequent]
        shown = shown_sizes([base.counts[v] for v in values], base.known, self.privacy.min_cell)
        return [value for value, show in zip(values, shown, strict=True) if show]

    def _table(
        self, ids: list[str], trait: str, element: str | None, columns: list[str]
    ) -> Iterator[tuple[str, str, str | None, str]]:
        """One trait's categories over segments that don't overlap; the last row is everybody else."""
        base = self.measured.cells[BASE, trait, element]
        cells = [self.measured.cells[id_, trait, element] for id_ in ids]
        tops = [set(list(cell.counts)[:TOP]) for cell in cells]
        columns = [value for value in columns if any(value in top for top in tops)]
        rows = [[cell.counts.get(value, 0) for value in columns] for cell in cells]
        table = [[*row, cell.known - sum(row)] for row, cell in zip(rows, cells, strict=True)]
        whole = [base.counts[value] for value in columns]
        wanted = [[value in top for value in columns] + [False] for top in tops]
        shown = self._shown([*table, _rest([*whole, base.known - sum(whole)], table)], wanted)
        for id_, row in zip(ids, shown, strict=False):
            yield from (
                (id_, trait, element, value) for value, show in zip(columns, row, strict=False) if show
            )

    def _shown(self, table: list[list[int]], wanted: list[list[bool]]) -> list[list[bool]]:
        """What is shown of a table whose last row nobody wants."""
        return shown_cells(table, [*wanted, [False] * len(table[-1])], self.privacy.min_cell)

    # --- overlaps ---------------------------------------------------------------------------------

    def _overlaps(self) -> Iterator[tuple[str, str]]:
        """Pairs of segments whose overlap can't be had from the sizes and the other overlaps."""
        if not self.measured.overlaps:
            return
        for at, rows in enumerate(self.groups):
            for columns in self.groups[at + 1 :]:
                for one, other in self._crossed(rows, columns):
                    yield from ((one, other), (other, one))

    def _crossed(self, rows: list[str], columns: list[str]) -> Iterator[tuple[str, str]]:
        wanted = [[self.sizes[a] and self.sizes[b] and self._all_four(a, b) for b in columns] for a in rows]
        if len(rows) > 1 or len(columns) > 1:
            counts = [[self.measured.overlaps[a, b] for b in columns] for a in rows]
            table = [_filled(row, self.measured.sizes[a]) for row, a in zip(counts, rows, strict=True)]
            whole = _filled([self.measured.sizes[b] for b in columns], self.measured.size)
            wanted = self._shown([*table, _rest(whole, table)], [[*row, False] for row in wanted])
        yield from (
            (a, b)
            for a, row in zip(rows, wanted, strict=False)
            for b, show in zip(columns, row, strict=False)
            if show
        )

    def _all_four(self, one: str, other: str) -> bool:
        """Whether both, either alone and neither of two segments are many customers."""
        a, b, both = self.measured.sizes[one], self.measured.sizes[other], self.measured.overlaps[one, other]
        return min(both, a - both, b - both, self.measured.size - a - b + both) >= self.privacy.min_cell


def _rest(whole: Sequence[int], table: Sequence[Sequence[int]]) -> list[int]:
    return [total - sum(row[at] for row in table) for at, total in enumerate(whole)]


def _filled(row: Sequence[int], whole: int) -> list[int]:
    """The counts and what remains of the whole."""
    return [*row, whole - sum(row)]
