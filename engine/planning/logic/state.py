"""What the checks of logic share: the rules, what is known of them so far, and where findings go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from segmentry.engine.diagnostics.model import Fix, Related
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.planning.logic.rules import Rule, Rules, RuleUnit
from segmentry.engine.planning.logic.samples import Samples
from segmentry.engine.planning.logic.solver import Box
from segmentry.engine.planning.logic.witness import Confirm

EACH = 6
"""Samples drawn of every rule."""


@dataclass
class State:
    """``empty`` are the ids of rules that nobody can meet, ``full`` of those that everybody meets.

    ``dead`` are those with a branch that nobody can meet, ``equal`` pairs of rules for the same customers,
    ``faulty`` files with errors in them.
    """

    rules: Rules
    findings: Findings
    confirm: Confirm
    faulty: frozenset[str] = frozenset()
    models: dict[str, Box] = field(default_factory=dict[str, Box])
    empty: set[str] = field(default_factory=set[str])
    full: set[str] = field(default_factory=set[str])
    dead: set[str] = field(default_factory=set[str])
    equal: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    @property
    def sound(self) -> list[Rule]:
        """The rules without mistakes."""
        return [r for r in self.rules.all if not r.broken]

    @property
    def living(self) -> list[Rule]:
        """The rules that somebody, but not everybody, can meet."""
        return [r for r in self.sound if r.id not in self.empty and r.id not in self.full]

    @cached_property
    def samples(self) -> Samples:
        """Possible customers: some of each rule that can be met, and some at random."""
        anybody = [list(self.rules.formulas.full)] * 40
        return Samples(self.rules.formulas, [*self.models.values(), *anybody], EACH)

    def add(
        self,
        code: str,
        message: str,
        at: Place,
        hint: str | None = None,
        related: Iterable[Related] = (),
        fix: Fix | None = None,
    ) -> None:
        """Add a finding."""
        self.findings.add(code, message, at, hint, tuple(related), fix)


def position(at: Place) -> tuple[str, int, int]:
    """Where a place stands in the order of reading."""
    return at.file, at.span.line, at.span.column


def see(message: str, at: Place) -> Related:
    """A related place."""
    return Related(message, at.file, at.span)


def in_order(units: Iterable[RuleUnit]) -> list[RuleUnit]:
    """Parts in the order in which they stand."""
    return sorted(units, key=lambda unit: position(unit.at))


def quoted(texts: Iterable[str]) -> str:
    """Names or words in backquotes: `a`, `b` and `c`."""
    items = [f"`{text}`" for text in texts]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
