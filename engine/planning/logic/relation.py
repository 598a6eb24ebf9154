"""How two versions of a condition relate: proved, with customers that the change takes in and leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.logic.formulas import Formulas, Node
from segmentry.engine.planning.logic.solver import QUESTION_STEPS, Box, StepBudget, Undecided, model_of
from segmentry.engine.planning.logic.space import Space
from segmentry.engine.planning.logic.translate import Translator
from segmentry.engine.planning.logic.witness import Confirm, Witnesses, WitnessSide
from segmentry.engine.planning.plan import Plan

RelationKind = Literal["equivalent", "widened", "narrowed", "shifted", "opaque", "undecided"]


@dataclass(frozen=True, slots=True)
class Relation:
    """``gained`` is a possible customer in words who is in the new but not in the old condition, ``lost`` one
    the other way round; None where there is none, or none could be shown.
    """

    kind: RelationKind
    gained: str | None = None
    lost: str | None = None


def relation(old: tuple[Plan, Expr], new: tuple[Plan, Expr], confirm: Confirm) -> Relation:
    """How the new condition relates to the old one, each a truth over the definitions of its plan.

    Traits of one name count as the same trait; a trait that itself changed is not seen here. `opaque`: it
    depends on what only data shows. `undecided`: it takes more steps than the budget has.
    """
    return _Compared(old, new, confirm).relation()


class _Compared:
    def __init__(self, old: tuple[Plan, Expr], new: tuple[Plan, Expr], confirm: Confirm) -> None:
        self.space = Space()
        self.old, self.new = Translator(old[0], self.space), Translator(new[0], self.space)
        self.exprs = old[1], new[1]
        self.old.truth(old[1])
        self.new.truth(new[1])
        self.space.cut()
        self.formulas = Formulas([d.full for d in self.space.dimensions])
        self.old.start(self.formulas)
        self.new.start(self.formulas)
        self.budget = StepBudget(8 * QUESTION_STEPS)
        self.confirm = confirm

    def relation(self) -> Relation:
        try:
            return self._relation(self.old.truth(self.exprs[0]), self.new.truth(self.exprs[1]))
        except Undecided:
            return Relation("undecided")

    def _relation(self, old: Node, new: Node) -> Relation:
        negation = self.formulas.negation
        more, less = [new, negation(old)], [old, negation(new)]
        grows, shrinks = self._ask(more) is not None, self._ask(less) is not None
        gained = self._customer(more, in_new=True) if grows else None
        lost = self._customer(less, in_new=False) if shrinks else None
        if (grows and gained is None) or (shrinks and lost is None):
            return Relation("opaque", gained, lost)
        if grows and shrinks:
            return Relation("shifted", gained, lost)
        return Relation("widened" if grows else "narrowed" if shrinks else "equivalent", gained, lost)

    def _ask(self, nodes: list[Node]) -> Box | None:
        return model_of(self.formulas, nodes, self.budget)

    def _customer(self, nodes: list[Node], *, in_new: bool) -> str | None:
        witnesses = Witnesses(self.space, self.formulas, (self.old, self.new), self._ask, self.confirm)
        old, new = self.exprs
        return witnesses.find(
            nodes, (WitnessSide(self.old, [(old, not in_new)]), WitnessSide(self.new, [(new, in_new)]))
        )
