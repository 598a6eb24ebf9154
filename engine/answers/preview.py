"""A preview: sizes only, drafts included, no outputs written."""

from __future__ import annotations

from dataclasses import replace

from segmentry.engine.answers.earlier import since_last_run
from segmentry.engine.answers.evaluation import evaluate_plan
from segmentry.engine.answers.summary import Summary, summarise
from segmentry.engine.diagnostics.errors import NothingRan
from segmentry.engine.workspace import Workspace


def preview_workspace(
    workspace: Workspace, only: tuple[str, ...] = (), *, as_of: str | None = None
) -> Summary:
    """The sizes of all segments, or of those asked for.

    Raises RuleError, DataError, UsageError for an id that names nothing, NothingRan without segments.
    """
    plan = workspace.plan(as_of, drafts=True)
    values = [t.id for t in plan.model.traits if t.value]
    result = evaluate_plan(plan, workspace, traits=values, only=only)
    notes = since_last_run(workspace, plan, result.reports)
    summary = summarise(replace(result, of_reading=(*result.of_reading, *notes)))
    if not summary.segmentations:
        raise NothingRan(f"there is no segment yet; write one into a file below {plan.model.rules}/")
    return summary
