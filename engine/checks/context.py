"""What a check of the workspace is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from segmentry.engine.document import Document
from segmentry.engine.files.model import Model, Segment, Segmentation
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.planning.plan import Plan

if TYPE_CHECKING:
    from segmentry.engine.workspace import Workspace


@dataclass
class Context:
    """A workspace with its plan (drafts included), and where findings go.

    The plan may hold mistakes, which are among the findings already. ``documents`` are the files whose
    comments may hold controls; a check that reads further files adds them, and their ``texts``.
    """

    workspace: Workspace
    plan: Plan
    findings: Findings
    documents: dict[str, Document]
    texts: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def model(self) -> Model:
        """What the files say."""
        return self.plan.model

    @property
    def today(self) -> date:
        """The as-of date."""
        return self.plan.calendar.today

    @property
    def segments(self) -> list[tuple[Segmentation, Segment]]:
        """Every segment with its segmentation; no `otherwise`."""
        return [(sg, s) for sg in self.model.segmentations for s in sg.segments]

    @property
    def has_errors(self) -> bool:
        """Whether reading, names or types are wrong somewhere, so that the plan can't be evaluated."""
        return any(item.severity == "error" and not _is_of_logic(item.code) for item in self.findings.items)


Check = Callable[[Context], None]
"""A check: looks at the workspace and adds findings."""


def _is_of_logic(code: str) -> bool:
    from segmentry.engine.diagnostics.findings import CATALOGUE

    return CATALOGUE[code].family not in ("reading", "names")
