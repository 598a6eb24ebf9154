"""What testing gives: a result per case, and what the cases cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from segmentry.engine.answers.explain import SegmentVerdict
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.condition_model import Place
from segmentry.engine.ruletests.coverage import Coverage

Status = Literal["passed", "failed", "error", "todo"]

STATUSES: tuple[Status, ...] = ("passed", "failed", "error", "todo")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: how it ended, and for a failure the difference, the trees and what decided.

    ``trees`` are verdicts by customer (empty text for the only one), ``problems`` say why an error could not
    be evaluated, ``note`` is why a `todo` waits.
    """

    file: str
    test: str
    label: str
    status: Status
    at: Place
    differences: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    trees: tuple[tuple[str, SegmentVerdict], ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    note: str = ""

    @property
    def title(self) -> str:
        """The test's name, and the case where there are several."""
        return f"{self.test} › {self.label}" if self.label else self.test


@dataclass(frozen=True, slots=True)
class TestReport:
    """All results, and the texts of the test files. ``shortfalls`` are coverages below what was asked."""

    __test__ = False

    cases: tuple[CaseResult, ...]
    coverage: Coverage | None = None
    shortfalls: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    def count(self, status: Status) -> int:
        """The number of cases that ended in one way."""
        return sum(case.status == status for case in self.cases)

    @property
    def exit_code(self) -> int:
        """0 fine · 1 a case fails or can't be evaluated, or too little is covered · 6 no case ran."""
        if self.count("failed") or self.count("error"):
            return 1
        if not self.count("passed"):
            return 6
        return 1 if self.shortfalls else 0
