"""Logic as one of the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segmentry.engine.checks.context import Context
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.logic.check import check_logic
from segmentry.engine.planning.plan import Plan


def check_logic_of(context: Context) -> None:
    """The findings of logic."""

    def confirm(
        plan: Plan, expected: Sequence[tuple[Expr, bool]], rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[int]:
        """The engine's word on possible customers; it is loaded when it is first asked."""
        return context.workspace.backend.agreeing(plan, expected, rows)

    check_logic(context.plan, context.findings, confirm)
