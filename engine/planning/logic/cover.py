"""gap, overlap: whether a segmentation keeps what it promises, shown on a possible customer."""

from __future__ import annotations

from itertools import combinations

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Segmentation
from segmentry.engine.language.expr import Field, call
from segmentry.engine.language.types import BOOLEAN, INTEGER
from segmentry.engine.planning.logic.formulas import Node
from segmentry.engine.planning.logic.rules import Rule
from segmentry.engine.planning.logic.state import State, see
from segmentry.engine.planning.logic.witness import Expected, Witnesses, WitnessSide


def check_gap(state: State) -> None:
    """`gap`: somebody falls through a segmentation that says `complete: true`; shows a possible customer.

    With an `otherwise` nobody falls through.
    """
    for segmentation in state.rules.plan.segmentations:
        rules = _checked(state, segmentation, complete=True)
        if rules is None or segmentation.otherwise is not None:
            continue
        make = state.rules.formulas
        nodes = [make.negation(r.node) for r in rules]
        expected: Expected = [(Field(f"r:{r.id}", BOOLEAN), False) for r in rules]
        if segmentation.assign == "best_score":
            known = state.rules.known_scores(segmentation)
            nodes = [
                make.negation(make.all_of([r.node, score])) for r, score in zip(rules, known, strict=True)
            ]
            expected = [(call("is_known", Field(f"w:{segmentation.id}", INTEGER)), False)]
        at = segmentation.places.get("key:complete", segmentation.at)
        words = _shown(state, nodes, expected, at, f"whether `{segmentation.id}` is complete")
        if words is not None:
            message = f"`{segmentation.id}` is not complete: no segment takes a customer with {words}"
            several = segmentation.assign == "every_match"
            state.add("gap", message, at, f"add a segment{'' if several else ' or an `otherwise`'} for them")


def check_overlap(state: State) -> None:
    """`overlap`: two rules of a segmentation that says `disjoint: true` hold for one possible customer."""
    for segmentation in state.rules.plan.segmentations:
        rules = _checked(state, segmentation, complete=False)
        if rules is None:
            continue
        at = segmentation.places.get("key:disjoint", segmentation.at)
        for first, second in combinations([r for r in rules if r.id not in state.empty], 2):
            nodes = [first.node, second.node]
            expected: Expected = [(Field(f"r:{r.id}", BOOLEAN), True) for r in (first, second)]
            who = _shown(state, nodes, expected, at, f"whether `{segmentation.id}` is disjoint")
            if who is not None:
                message = f"`{first.id}` and `{second.id}` are not disjoint: both take a customer with {who}"
                related = [see("one of the two", r.segment.at) for r in (first, second)]
                state.add("overlap", message, at, "change a bound so that only one of them holds", related)
                break


def _checked(state: State, segmentation: Segmentation, *, complete: bool) -> list[Rule] | None:
    """The rules of a segmentation that makes the promise, None where it does not or can't be judged."""
    promised = segmentation.complete if complete else segmentation.disjoint
    rules = state.rules.of(segmentation)
    faulty = segmentation.file in state.faulty or any(r.broken for r in rules)
    return rules if promised and not faulty else None


def _shown(state: State, nodes: list[Node], expected: Expected, at: Place, what: str) -> str | None:
    """A customer in words for whom the formulas hold, confirmed by the engine; None where there is none."""
    rules = state.rules
    witnesses = Witnesses(
        rules.space,
        rules.formulas,
        (rules.translator,),
        lambda asked: rules.model(asked, at, what),
        state.confirm,
    )
    return witnesses.find(nodes, (WitnessSide(rules.translator, expected),))
