"""All checks of a workspace, in one place: an entry each."""

from __future__ import annotations

from segmentry.engine.checks import hygiene
from segmentry.engine.checks.brand import check_brand
from segmentry.engine.checks.context import Check, Context
from segmentry.engine.checks.languages import check_languages
from segmentry.engine.checks.logic import check_logic_of
from segmentry.engine.checks.tests import check_tests
from segmentry.engine.checks.tones import check_tones
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.diagnostics.model import Diagnostic, sorted_diagnostics
from segmentry.engine.files.controls import apply_controls
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.planning.plan import Plan
from segmentry.engine.workspace import Workspace

__all__ = ["CHECKS", "Check", "Context", "check"]

CHECKS: tuple[Check, ...] = (
    check_logic_of,
    hygiene.check_owner,
    hygiene.check_description,
    hygiene.check_unused,
    hygiene.check_expired,
    hygiene.check_purpose,
    hygiene.check_allowed,
    check_languages,
    check_brand,
    check_tones,
    check_tests,
)
"""The checks that need no data, in order: later ones may look at what earlier ones found."""


_DEPENDS = frozenset(("no-contract", "unknown-offer"))
"""Findings that depend on what is at hand, so that a control for one may have nothing to do today."""


def check(workspace: Workspace, as_of: str | None = None, *, data: bool = False) -> list[Diagnostic]:
    """All findings of a workspace, after the controls in comments, sorted by file and place.

    Uses the columns of data that is at hand; with ``data`` its rows, too, unless the rules hold errors.
    ``as_of`` is a date or ISO datetime and goes before the workspace's: dates are judged by it. The same
    finding never comes twice. No findings is an empty list.

    Raises DataError for data that can't be read, and UsageError for an ``as_of`` that can't.
    """
    plan, findings = workspace.draft(as_of)
    if plan is None:
        return sorted_diagnostics(findings.items)
    return _checked(workspace, plan, findings, data=data, as_of=as_of)


def _checked(
    workspace: Workspace, plan: Plan, findings: Findings, *, data: bool, as_of: str | None
) -> list[Diagnostic]:
    context = Context(workspace, plan, findings, dict(workspace.documents))
    for look in CHECKS:
        look(context)
    evaluated = data and not context.has_errors
    if evaluated:
        from segmentry.engine.checks.data import check_data

        check_data(context, as_of)
    elsewhere = ("briefs",) if evaluated else ("briefs", "data")
    unseen = {code for code, entry in CATALOGUE.items() if entry.family in elsewhere} | _DEPENDS
    kept = apply_controls(findings.items, context.documents.values(), context.today, unseen)
    workspace.keep_texts(context.texts)
    return sorted_diagnostics(kept)
