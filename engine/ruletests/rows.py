"""Rows of a case: a population of its own, read and aggregated by the engine like any other data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.condition_model import Place
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.planning.order import columns_of
from segmentry.engine.planning.plan import Plan, SourcePlan
from segmentry.engine.ruletests.frames import rows_frame
from segmentry.engine.ruletests.plans import CasePlans, Needs
from segmentry.engine.ruletests.rule_test import Case, Row
from segmentry.engine.ruletests.values import Unfit, read_typed
from segmentry.engine.sources.read import SourceReader


@dataclass(frozen=True)
class CasePopulation:
    """The rows of one case. ``plan`` is the case's, without the customers' `where` where no row answers it.

    ``rows`` are by source that is read; ``problems`` what is wrong with them; ``_needs`` is shared by all
    populations of a plan.
    """

    plans: CasePlans
    plan: Plan
    rows: Mapping[str, tuple[Row, ...]]
    problems: tuple[Diagnostic, ...]
    _needs: dict[str, Needs]

    def __contains__(self, name: object) -> bool:
        """Whether the rows let a column, an aggregate or a sequence be computed."""
        if not isinstance(name, str) or not name.startswith(("c:", "a:", "q:")):
            return False
        return all(self._answers(source, columns) for source, columns in self.needs(name).items())

    def _answers(self, source: str, columns: frozenset[str]) -> bool:
        return source in self.rows and all(columns <= row.keys() for row in self.rows[source])

    def lacks(self, name: str) -> list[str]:
        """What of the rows a column, an aggregate or a sequence lacks, in words."""
        found: list[str] = []
        for source, columns in self.needs(name).items():
            if source not in self.rows:
                found.append(f"rows of `{source}` under `sources:` (`[]` for none)")
                continue
            absent = sorted(c for c in columns if any(c not in row for row in self.rows[source]))
            found += [f"`{column}` in every row of `{source}`" for column in absent]
        return found

    def needs(self, name: str) -> Needs:
        """What has to be read for a column, an aggregate or a sequence."""
        if name not in self._needs:
            backend = self.plans.workspace.backend
            self._needs[name] = backend.reads(self.plan, self.plans.readers, [name])
        return self._needs[name]

    @cached_property
    def readers(self) -> dict[str, SourceReader]:
        """Readers of the rows; a source without rows is empty."""
        plans, zone = self.plans, str(self.plan.calendar.zone)
        given: dict[str, SourceReader] = {}
        for name, rows in self.rows.items():
            typed = typed_rows(plans, self.plan, name, rows)
            frame = rows_frame(plans.roots[name], plans.columns[name], typed)
            given[name] = SourceReader(plans.roots[name], plans.workspace.root, zone, frame=frame)
        return {**self.plans.readers, **given}


def typed_rows(plans: CasePlans, plan: Plan, name: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows that cases give of a source that is read, in the engine's form."""
    columns = plans.columns[name]
    return [
        {c: read_typed(row[c], c, kind, plan.calendar) for c, kind in columns.items() if c in row}
        for row in rows
    ]


# --- from a case ----------------------------------------------------------------------------------


def population_of(plans: CasePlans, plan: Plan, case: Case) -> CasePopulation:
    """The population of a case by rows, with what is wrong with its rows."""
    problems: list[Diagnostic] = []
    rows = {n: r for n, r in case.sources.items() if _is_known(plans, plan, n, case, problems)}
    customers = plan.sources[plan.customers]
    if customers.parent is None:
        rows[plan.customers] = case.customers if case.customers is not None else _seen(plan, rows)
        plan = _without_unanswered_where(plan, customers, rows[plan.customers])
    elif case.customers is not None:
        problems.append(
            _problem(
                f"the customers are taken from `{customers.parent}`, so they have no rows of their own",
                case.at,
                f"give rows of `{customers.parent}` under `sources:`",
            )
        )
    for name, given in rows.items():
        problems += _wrong_cells(plans, plan, name, given)
    kept = plan.sources[plan.customers].where is not None
    return CasePopulation(plans, plan, rows, tuple(problems), plans.needs_at(plan.calendar.as_of, kept))


def _is_known(plans: CasePlans, plan: Plan, name: str, case: Case, problems: list[Diagnostic]) -> bool:
    if name in plans.roots:
        return True
    at = case.source_places[name]
    source = plan.sources.get(name)
    if source is None:
        hint = did_you_mean(name, plans.roots)
        problems.append(_problem(f"no source named `{name}`", at, hint))
        return False
    while source.parent is not None:
        source = plan.sources[source.parent]
    problems.append(_problem(f"`{name}` is made from `{source.name}`", at, f"give rows of `{source.name}`"))
    return False


def _seen(plan: Plan, rows: Mapping[str, tuple[Row, ...]]) -> tuple[Row, ...]:
    """The customers that occur in rows, where the case does not list them."""
    found: dict[str, Row] = {}
    for name, given in rows.items():
        customer = plan.sources[name].customer
        for row in given:
            cell = row.get(customer) if customer is not None else None
            if cell is not None and cell.raw is not None:
                found.setdefault(str(cell.raw), {plan.key: cell})
    return tuple(found.values())


def _without_unanswered_where(plan: Plan, customers: SourcePlan, rows: tuple[Row, ...]) -> Plan:
    """The plan without the customers' `where`, where no row says anything of its columns.

    Who is listed in a test is a customer, unless the row itself says otherwise.
    """
    asked = columns_of([customers.where]) - {plan.key}
    if customers.where is None or any(asked & row.keys() for row in rows):
        return plan
    return replace(plan, sources={**plan.sources, customers.name: replace(customers, where=None)})


def _wrong_cells(plans: CasePlans, plan: Plan, name: str, rows: tuple[Row, ...]) -> list[Diagnostic]:
    """Cells of unknown columns, and values that do not fit their column."""
    columns = plans.columns[name]
    found: list[Diagnostic] = []
    for row in rows:
        for column, cell in row.items():
            if column in columns:
                try:
                    read_typed(cell, column, columns[column], plan.calendar)
                except Unfit as unfit:
                    found.append(unfit.finding)
            elif not plans.is_open(name):
                hint = did_you_mean(column, columns)
                message = f"the source `{name}` has no column `{column}`"
                if column in plan.sources[name].columns:
                    message = f"`{column}` is computed in `{name}`, and can't be given in a row"
                found.append(_problem(message, cell.key_at, hint))
    return found


def _problem(message: str, at: Place, hint: str | None = None) -> Diagnostic:
    return diagnostic("test-incomplete", message, at.file, at.span, hint=hint)


def key_text(value: Any) -> str:
    """A customer's key as tests name it."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
