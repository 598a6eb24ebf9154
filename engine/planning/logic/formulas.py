"""Formulas over boxes: and / or of literals, where a literal says that a value lies in some cells.

Every dimension (a trait, mostly) is split into finitely many cells; a set of cells is the bits of an
integer. Literals of one dimension merge when formulas are joined, equal formulas are one node, and a
negation is pushed down to the literals, so that a node never holds a `not`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

Node = int
"""A formula, as its number in `Formulas`."""

Cells = int
"""A set of cells of one dimension, as the bits of an integer."""


class FormulaShape(IntEnum):
    """What a node is."""

    CONSTANT = 0
    LITERAL = 1
    AND = 2
    OR = 3


FALSE: Node = 0
TRUE: Node = 1


class Formulas:
    """The table of formulas. ``full`` holds, for each dimension, the bits of all its cells."""

    def __init__(self, full: Sequence[Cells]) -> None:
        self.full = list(full)
        self.shapes: list[FormulaShape] = [FormulaShape.CONSTANT, FormulaShape.CONSTANT]
        self.parts: list[tuple[int, ...]] = [(), ()]
        """Of a literal the dimension and the cells, of `and` and `or` the nodes."""
        self._known: dict[tuple[FormulaShape, tuple[int, ...]], Node] = {}
        self._negated: dict[Node, Node] = {FALSE: TRUE, TRUE: FALSE}

    def literal(self, dimension: int, cells: Cells) -> Node:
        """The value of a dimension lies in one of the cells."""
        if cells == 0:
            return FALSE
        if cells == self.full[dimension]:
            return TRUE
        return self._node(FormulaShape.LITERAL, (dimension, cells))

    def all_of(self, nodes: Iterable[Node]) -> Node:
        """Every one of the formulas holds."""
        return self._joined(FormulaShape.AND, nodes)

    def any_of(self, nodes: Iterable[Node]) -> Node:
        """At least one of the formulas holds."""
        return self._joined(FormulaShape.OR, nodes)

    def negation(self, node: Node) -> Node:
        """The formula does not hold."""
        found = self._negated.get(node)
        if found is None:
            parts = self.parts[node]
            match self.shapes[node]:
                case FormulaShape.LITERAL:
                    found = self.literal(parts[0], self.full[parts[0]] & ~parts[1])
                case FormulaShape.AND:
                    found = self.any_of([self.negation(p) for p in parts])
                case _:
                    found = self.all_of([self.negation(p) for p in parts])
            self._negated[node] = found
            self._negated[found] = node
        return found

    def _joined(self, shape: FormulaShape, nodes: Iterable[Node]) -> Node:
        ends = (TRUE, FALSE) if shape is FormulaShape.AND else (FALSE, TRUE)
        literals: dict[int, Cells] = {}
        others: dict[Node, None] = {}
        stack = list(nodes)[::-1]
        while stack:
            node = stack.pop()
            if node == ends[1]:
                return node
            kind = self.shapes[node]
            if kind is FormulaShape.LITERAL:
                dimension, cells = self.parts[node]
                before = literals.get(dimension)
                if before is not None:
                    cells = cells & before if shape is FormulaShape.AND else cells | before
                literals[dimension] = cells
            elif kind is shape:
                stack.extend(self.parts[node][::-1])
            elif node != ends[0]:
                others[node] = None
        merged = [self.literal(d, c) for d, c in sorted(literals.items())]
        if ends[1] in merged:
            return ends[1]
        parts = (*(m for m in merged if m != ends[0]), *sorted(others))
        if len(parts) < 2:
            return parts[0] if parts else ends[0]
        return self._node(shape, parts)

    def _node(self, shape: FormulaShape, parts: tuple[int, ...]) -> Node:
        key = (shape, parts)
        found = self._known.get(key)
        if found is None:
            found = len(self.shapes)
            self._known[key] = found
            self.shapes.append(shape)
            self.parts.append(parts)
        return found
