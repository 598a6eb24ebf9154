"""The checks of logic, in the order in which they use each other's results."""

from __future__ import annotations

from collections.abc import Callable

from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.planning.logic.cover import check_gap, check_overlap
from segmentry.engine.planning.logic.pairs import check_equivalent, check_subsumed, check_unreachable
from segmentry.engine.planning.logic.rules import Rules
from segmentry.engine.planning.logic.satisfiable import check_always_true, check_redundant, check_satisfiable
from segmentry.engine.planning.logic.seen import check_opaque, check_undecided
from segmentry.engine.planning.logic.state import State
from segmentry.engine.planning.logic.witness import Confirm
from segmentry.engine.planning.plan import Plan

CHECKS: tuple[tuple[str, Callable[[State], None]], ...] = (
    ("unsatisfiable", check_satisfiable),
    ("always-true", check_always_true),
    ("unreachable", check_unreachable),
    ("equivalent", check_equivalent),
    ("subsumed", check_subsumed),
    ("redundant-leaf", check_redundant),
    ("gap", check_gap),
    ("overlap", check_overlap),
    ("opaque", check_opaque),
    ("undecided", check_undecided),
)
"""Each finding of logic with its check."""


def check_logic(plan: Plan, findings: Findings, confirm: Confirm) -> None:
    """Add the findings of logic.

    Rules with mistakes in them, and promises of files with errors, are not looked at. ``confirm`` is the
    engine's word on possible customers, without which none is shown.
    """
    faulty = frozenset(d.file for d in findings.items if d.severity == "error")
    state = State(Rules(plan), findings, confirm, faulty)
    for _, check in CHECKS:
        check(state)
