"""Whether a formula can hold: a complete search with propagation, within a budget of steps.

A step is one look at one node, so the same question takes the same number of steps on every machine.
The search is that of Davis, Putnam, Logemann and Loveland (Communications of the ACM 5, 1962), over cells
in place of truth values: asserting a literal narrows the cells that its dimension may still be in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segmentry.engine.planning.logic.formulas import FALSE, TRUE, Cells, Formulas, FormulaShape, Node

QUESTION_STEPS = 100_000
"""The budget of one question."""


class Undecided(Exception):
    """The budget of steps was not enough."""


@dataclass
class StepBudget:
    """Steps that are left. ``question`` is the most that one question may take, ``left`` what all may."""

    left: int
    question: int = QUESTION_STEPS


Box = list[Cells]
"""The cells that each dimension may still be in."""

Choice = Sequence[Node]
"""Formulas of which one has to hold."""

_HOLDS, _FAILS, _OPEN = 1, 0, -1


def model_of(formulas: Formulas, nodes: Iterable[Node], budget: StepBudget) -> Box | None:
    """A box in which all the formulas hold, whatever cell of it is taken; None where there is none.

    Raises Undecided when the question takes more steps than the budget has.
    """
    search = _Search(formulas, min(budget.question, budget.left))
    try:
        return search.run(list(nodes))
    finally:
        budget.left -= search.spent


class _Search:
    def __init__(self, formulas: Formulas, limit: int) -> None:
        self.formulas = formulas
        self.limit = limit
        self.spent = 0

    def run(self, nodes: Sequence[Node]) -> Box | None:
        """Depth first; every alternative also denies the ones before it, so none is searched twice."""
        stack: list[tuple[Box, list[Choice], list[Node]]] = [(list(self.formulas.full), [], list(nodes))]
        while stack:
            box, choices, asserted = stack.pop()
            open_choices = self._propagate(box, choices, asserted)
            if open_choices is None:
                continue
            if not open_choices:
                return box
            shortest = min(open_choices, key=len)
            rest = [c for c in open_choices if c is not shortest]
            branches: list[tuple[Box, list[Choice], list[Node]]] = []
            denied: list[Node] = []
            for option in shortest:
                branches.append((list(box), rest, [option, *denied]))
                denied.append(self.formulas.negation(option))
            stack.extend(reversed(branches))
        return None

    def _propagate(self, box: Box, choices: list[Choice], asserted: list[Node]) -> list[Choice] | None:
        """Everything that follows at once; the choices that stay open, or None for a contradiction."""
        waiting = choices
        while True:
            added = self._assert(box, asserted)
            if added is None:
                return None
            asserted = []
            still: list[Choice] = []
            for choice in (*waiting, *added):
                options = self._options(box, choice)
                if options is None:
                    continue
                if not options:
                    return None
                if len(options) == 1:
                    asserted.append(options[0])
                else:
                    still.append(options)
            if not asserted:
                return still
            waiting = still

    def _assert(self, box: Box, nodes: Iterable[Node]) -> list[Choice] | None:
        """Narrows the box to where the nodes hold; the choices among them, or None for a contradiction."""
        choices: list[Choice] = []
        stack = list(nodes)
        shapes, parts = self.formulas.shapes, self.formulas.parts
        while stack:
            node = stack.pop()
            self._step()
            match shapes[node]:
                case FormulaShape.LITERAL:
                    dimension, cells = parts[node]
                    box[dimension] &= cells
                    if not box[dimension]:
                        return None
                case FormulaShape.AND:
                    stack.extend(parts[node])
                case FormulaShape.OR:
                    choices.append(parts[node])
                case FormulaShape.CONSTANT:
                    if node == FALSE:
                        return None
        return choices

    def _options(self, box: Box, choice: Choice) -> list[Node] | None:
        """The parts of a choice that can still hold; None where one holds already."""
        options: list[Node] = []
        for part in choice:
            status = self._status(box, part)
            if status == _HOLDS:
                return None
            if status == _OPEN:
                options.append(part)
        return options

    def _status(self, box: Box, node: Node) -> int:
        self._step()
        shape, parts = self.formulas.shapes[node], self.formulas.parts[node]
        if shape is FormulaShape.LITERAL:
            here = box[parts[0]]
            if not here & parts[1]:
                return _FAILS
            return _OPEN if here & ~parts[1] else _HOLDS
        if shape is FormulaShape.CONSTANT:
            return _HOLDS if node == TRUE else _FAILS
        decisive = _FAILS if shape is FormulaShape.AND else _HOLDS
        result = 1 - decisive
        for part in parts:
            status = self._status(box, part)
            if status == decisive:
                return decisive
            if status == _OPEN:
                result = _OPEN
        return result

    def _step(self) -> None:
        self.spent += 1
        if self.spent > self.limit:
            raise Undecided
