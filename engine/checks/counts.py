"""What the findings of data count: everything is asked for first, then evaluated once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from segmentry.engine.answers.earlier import since_last_run
from segmentry.engine.answers.lost_zeros import lost_zeros
from segmentry.engine.answers.notes import Note, notes_of
from segmentry.engine.answers.people import people_notes
from segmentry.engine.backends.protocol import KEY
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.plan import Plan
from segmentry.engine.workspace import Workspace


@dataclass
class Counts:
    """Truths to be counted over all customers in one evaluation: ask first, then `count`, then look.

    ``kept`` has, once counted, a row per customer and a column per value that was to be kept.
    """

    plan: Plan
    wanted: dict[str, Expr] = field(default_factory=dict[str, Expr])
    found: dict[str, int] = field(default_factory=dict[str, int])
    notes: tuple[Note, ...] = ()
    customers: int = 0
    kept: pl.DataFrame = field(default_factory=pl.DataFrame)
    _names: dict[Expr, str] = field(default_factory=dict[Expr, str])
    _kept_names: dict[Expr, str] = field(default_factory=dict[Expr, str])

    def ask(self, expr: Expr) -> str:
        """The name under which the number of customers will be found for whom a truth holds."""
        name = self._names.setdefault(expr, f"n{len(self._names)}")
        self.wanted[name] = expr
        return name

    def keep(self, expr: Expr) -> str:
        """The column under which the values of an expression will be kept."""
        name = self._kept_names.setdefault(expr, f"v{len(self._kept_names)}")
        self.wanted[name] = expr
        return name

    def count(self, workspace: Workspace) -> None:
        """Evaluate everything that was asked for."""
        evaluated = workspace.backend.frame(self.plan, workspace.readers, self.wanted)
        frame = evaluated.frame
        self.notes = (
            *notes_of(self.plan, evaluated.reports),
            *lost_zeros(self.plan, frame[KEY]),
            *since_last_run(workspace, self.plan, evaluated.reports),
            *people_notes(self.plan, workspace.backend.people(self.plan, workspace.readers)),
        )
        self.customers = frame.height
        self.kept = frame.select(self._kept_names.values())
        counted = frame.select(self._names.values()).sum()
        self.found = counted.row(0, named=True) if self._names else {}

    def share(self, name: str) -> Fraction:
        """The share of the customers for whom it holds."""
        return Fraction(self.found[name], self.customers)


Report = Callable[[], None]
"""Adds findings, once everything is counted."""
