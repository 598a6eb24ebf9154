"""Many possible customers at once, to see quickly what is *not* so.

Each sample is one cell per dimension, a formula's bits are the samples for which it holds. What some sample
contradicts needs no proof; what no sample contradicts is put to the solver.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from segmentry.engine.planning.logic.formulas import FALSE, Cells, Formulas, FormulaShape, Node
from segmentry.engine.planning.logic.solver import Box

_SEED = 1
_MOST = 4096


class Samples:
    """Samples drawn from boxes: ``each`` of every box, the cells at random, the same in every run."""

    def __init__(self, formulas: Formulas, boxes: Sequence[Box], each: int) -> None:
        self.formulas = formulas
        chosen = random.Random(_SEED)
        drawn = [box for box in boxes for _ in range(each)]
        if len(drawn) > _MOST:
            drawn = chosen.sample(drawn, _MOST)
        self.all = (1 << len(drawn)) - 1
        self._cells = [self._draw(d, drawn, chosen) for d in range(len(formulas.full))]
        self._bits: dict[Node, int] = {0: 0, 1: self.all}

    def _draw(self, dimension: int, boxes: Sequence[Box], chosen: random.Random) -> list[int]:
        """For each cell of a dimension the samples that lie in it."""
        lists: dict[Cells, list[int]] = {}
        found = [0] * self.formulas.full[dimension].bit_length()
        draw = chosen.random
        for number, box in enumerate(boxes):
            cells = box[dimension]
            listed = lists.get(cells)
            if listed is None:
                listed = lists[cells] = [n for n in range(cells.bit_length()) if cells >> n & 1]
            found[listed[int(draw() * len(listed))]] |= 1 << number
        return found

    def bits(self, node: Node) -> int:
        """The samples for which a formula holds."""
        found = self._bits.get(node)
        if found is None:
            parts = self.formulas.parts[node]
            match self.formulas.shapes[node]:
                case FormulaShape.LITERAL:
                    found = self._literal(*parts)
                case FormulaShape.AND:
                    found = self.all
                    for part in parts:
                        found &= self.bits(part)
                case _:
                    found = FALSE
                    for part in parts:
                        found |= self.bits(part)
            self._bits[node] = found
        return found

    def _literal(self, dimension: int, cells: Cells) -> int:
        found = 0
        for n, samples in enumerate(self._cells[dimension]):
            if cells >> n & 1:
                found |= samples
        return found
