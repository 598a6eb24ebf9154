"""A comparison as one JSON document, for programs."""

from __future__ import annotations

from typing import Any

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diff.comparison import TestTotals
from segmentry.personas.diff.publish import Change, Move, PublishedDiff, SegmentChange, Share

VERSION = 1
"""Of the document's layout; it grows when a key changes its meaning or goes away."""


def diff_document(published: PublishedDiff) -> dict[str, Any]:
    """The comparison as plain data. Counts are rounded; null stands for what is not known or not told."""
    return {
        "version": VERSION,
        "base": published.base,
        "head": published.head,
        "as_of": published.as_of.isoformat(),
        "has_data": published.customers is not None,
        "customers": None
        if published.customers is None
        else {"base": published.customers[0], "head": published.customers[1]},
        "min_cell": published.min_cell,
        "segments": [_segment(one) for one in published.segments],
        "moves": [_move(one) for one in published.moves],
        "withheld": list(published.withheld),
        "changes": [_change(one) for one in published.changes],
        "findings": {
            "new": [_finding(item) for item in published.new_findings],
            "gone": [_finding(item) for item in published.gone_findings],
        },
        "tests": None
        if published.tests is None
        else {"base": _totals(published.tests[0]), "head": _totals(published.tests[1])},
        "budgets": [
            {"segment": one.segment, "of": one.of, "expected": one.expected} for one in published.budgets
        ],
        "too_much": list(published.too_much),
        "notes": list(published.notes),
    }


def _segment(one: SegmentChange) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "segmentation": one.segmentation,
        "class": one.kind,
        "rule": one.rule,
        "metadata": list(one.edited),
        "renamed": one.renamed,
        "draft": one.draft,
        "because": list(one.because),
        "gained": one.gained,
        "lost": one.lost,
        "base": one.base,
        "head": one.head,
        "change": one.change,
        "in": one.came,
        "out": one.went,
        "too_much": one.too_much,
    }


def _move(one: Move) -> dict[str, Any]:
    return {
        "segmentation": one.segmentation,
        "from": one.source,
        "to": one.target,
        "customers": one.customers,
        "value": dict(one.value),
        "ids": list(one.ids),
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "before": one.before,
        "after": one.after,
        "traced": one.traced,
        "explains": [_share(share) for share in one.explains],
    }


def _share(one: Share) -> dict[str, Any]:
    return {
        "segmentation": one.segmentation,
        "segment": one.segment,
        "part": one.part,
        "customers": one.customers,
        "moved": one.moved,
    }


def _finding(item: Diagnostic) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        "file": item.file,
        "line": item.span.line,
        "column": item.span.column,
    }


def _totals(one: TestTotals) -> dict[str, Any]:
    return {"cases": one.cases, "failed": one.failed, "coverage": dict(one.coverage)}
