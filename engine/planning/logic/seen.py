"""opaque, undecided: where logic says how far it sees."""

from __future__ import annotations

from segmentry.engine.files.condition_model import Did, Leaf, Sequence
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.planning.logic.rules import RuleUnit, units_of
from segmentry.engine.planning.logic.state import State


def check_opaque(state: State) -> None:
    """`opaque`: a part of a rule that can't be reasoned about without data."""
    for rule in state.sound:
        for unit in () if rule.segment.when is None else units_of(rule.segment.when):
            what = _opaque(unit)
            if what is not None:
                message = f"logic can't see into `{unit.words}`: it is {what}"
                state.add("opaque", message, unit.at)


def _opaque(unit: RuleUnit) -> str | None:
    match unit.condition:
        case Did() | Sequence():
            return "behaviour, which only data shows"
        case Leaf(tests=tests):
            return next(filter(None, (OPERATORS[t.operator].opaque for t in tests)), None)
        case _:
            return None


def check_undecided(state: State) -> None:
    """`undecided`: questions that took more steps than the budget has, one finding a place."""
    for at, what in state.rules.undecided.items():
        message = f"it takes too many steps to find out {what}"
        state.add("undecided", message, at, "name parts of it as segments of their own and use `rule:`")
