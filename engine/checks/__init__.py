"""All checks of a workspace, in one place: an entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentry.engine.checks import hygiene
from segmentry.engine.checks.brand import check_brand
from segmentry.engine.checks.context import Check, Context
from segmentry.engine.checks.logic import check_logic_of
from segmentry.engine.checks.tests import check_tests
from segmentry.engine.controls import apply_controls
from segmentry.engine.diagnostics import Diagnostic, sorted_diagnostics
from segmentry.engine.findings import CATALOGUE
from segmentry.engine.parse.reader import Findings
from segmentry.engine.plan import Plan

if TYPE_CHECKING:
    from segmentry.engine.workspace import Workspace

__all__ = ["CHECKS", "Check", "Context", "run_checks"]

CHECKS: tuple[Check, ...] = (
    check_logic_of,
    hygiene.check_owner,
    hygiene.check_description,
    hygiene.check_unused,
    hygiene.check_expired,
    hygiene.check_purpose,
    check_brand,
    check_tests,
)
"""The checks that need no data, in order: later ones may look at what earlier ones found."""


_DEPENDS = frozenset(("no-contract", "unknown-offer"))
"""Findings that depend on what is at hand, so that a control for one may have nothing to do today."""


def run_checks(
    workspace: Workspace, plan: Plan, findings: Findings, *, data: bool, as_of: str | None
) -> tuple[list[Diagnostic], dict[str, str]]:
    """All findings, after the controls in comments, sorted; and the texts of files that checks read.

    ``findings`` holds what reading and resolving found. ``data`` evaluates the rules too, unless they hold
    errors. Raises DataError.
    """
    context = Context(workspace, plan, findings, dict(workspace.documents))
    for check in CHECKS:
        check(context)
    evaluated = data and not context.has_errors
    if evaluated:
        from segmentry.engine.checks.data import check_data

        check_data(context, as_of)
    elsewhere = ("briefs",) if evaluated else ("briefs", "data")
    unseen = {code for code, entry in CATALOGUE.items() if entry.family in elsewhere} | _DEPENDS
    kept = apply_controls(findings.items, context.documents.values(), context.today, unseen)
    return sorted_diagnostics(kept), context.texts
