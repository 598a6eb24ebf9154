"""Evaluation of ready cases: all that give traits in one, and all populations of rows in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from segmentry.engine.backends.protocol import KEY, Backend, Given, People, numbered
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.planning.order import reached, type_of
from segmentry.engine.planning.plan import Plan
from segmentry.engine.ruletests.batch import CASE, Batch, apart
from segmentry.engine.ruletests.case import ReadyCase, Typed, note_lacks, wanted_columns
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.prepared import Prepared
from segmentry.engine.ruletests.rows import CasePopulation, key_text, population_of
from segmentry.engine.ruletests.supply import Supply

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What came out of a case: a row of values by customer (None where it has no rows).

    ``given`` are the definitions that the case states outright.
    """

    rows: Mapping[str | None, Row]
    given: frozenset[str]


def evaluate_cases(plans: CasePlans, prepared: Prepared, cases: Iterable[ReadyCase]) -> dict[int, CaseAnswer]:
    """The answers by the identity of the case; cases with problems, new ones included, have none.

    Raises DataError for a result that does not fit its type.
    """
    sound = [ready for ready in cases if not ready.problems]
    given = [ready for ready in sound if not ready.case.has_rows]
    by_rows = [ready for ready in sound if ready.case.has_rows]
    return {**_answer_given(plans, prepared, given), **_answer_rows(plans, by_rows)}


# --- cases that give traits -----------------------------------------------------------------------


def _answer_given(plans: CasePlans, prepared: Prepared, cases: list[ReadyCase]) -> dict[int, CaseAnswer]:
    supplies: dict[frozenset[str], Supply] = {}
    enough: list[ReadyCase] = []
    for ready in cases:
        given = frozenset(ready.given)
        supply = supplies.setdefault(given, Supply(prepared, given))
        if not note_lacks(ready, supply):
            enough.append(ready)
    if not enough:
        return {}
    values = Given()
    for row, ready in enumerate(enough):
        for name, (kind, value) in ready.given.items():
            values.add(name, kind, row, value)
    used = {frozenset(ready.given) for ready in enough}
    able = [supply for given, supply in supplies.items() if given in used]
    backend = plans.workspace.backend
    rows = _values(backend, prepared, numbered(len(enough)), values, wanted_columns(enough), able)
    return {
        id(ready): CaseAnswer({None: row}, frozenset(ready.given))
        for ready, row in zip(enough, rows, strict=True)
    }


def _values(
    backend: Backend,
    prepared: Prepared,
    base: pl.DataFrame,
    given: Given,
    wanted: Mapping[str, Expr],
    supplies: list[Supply],
) -> list[dict[str, Any]]:
    """A row of wanted values per row of ``base``, of whatever some of the cases lets be computed."""
    known: dict[str, bool] = {}

    def computes(name: str) -> bool:
        if name not in known:
            known[name] = any(supply.computes(name) for supply in supplies)
        return known[name]

    people = People(base, given, computes, CASE if CASE in base.columns else None)
    return backend.frame_of(prepared.plan, people, wanted)


# --- cases by rows --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Peopled:
    """A case with its population, what that provides, and the values that go before it."""

    ready: ReadyCase
    population: CasePopulation
    supply: Supply
    given: Typed

    def names(self) -> set[str]:
        """What has to be taken from the rows."""
        wanted = wanted_columns([self.ready])
        names = reached(self.population.plan, wanted.values(), self._is_known)
        return {name for name in names if name in self.population and name not in self.given}

    def _is_known(self, name: str) -> bool:
        return name in self.given or not self.supply.computes(name)


def _answer_rows(plans: CasePlans, cases: list[ReadyCase]) -> dict[int, CaseAnswer]:
    by_plan: dict[bool, list[Peopled]] = {}
    for ready in cases:
        one = peopled(plans, ready)
        if one is not None:
            filtered = one.population.plan is ready.prepared.plan
            by_plan.setdefault(filtered, []).append(one)
    answers: dict[int, CaseAnswer] = {}
    for group in by_plan.values():
        given = {source for one in group for source in one.population.rows}
        answers.update(_answer_batch(group, apart(group[0].population.plan, given)))
    return answers


def peopled(plans: CasePlans, ready: ReadyCase) -> Peopled | None:
    """A case with its rows; None where something is wrong with them or lacking, which the case then says."""
    population = population_of(plans, ready.prepared.plan, ready.case)
    ready.problems += population.problems
    if ready.problems:
        return None
    supply, given = _supply(ready, population)
    return None if note_lacks(ready, supply) else Peopled(ready, population, supply, given)


def _supply(ready: ReadyCase, population: CasePopulation) -> tuple[Supply, Typed]:
    """What a population provides: a default counts only where the rows do not let its value be computed."""
    given = dict(ready.given)
    alone = Supply(ready.prepared, frozenset(given), population, population=True)
    for name, entry in ready.defaults.items():
        if not alone.has(name):
            given.setdefault(name, entry)
    whole = Supply(
        ready.prepared, frozenset(given), population, population=True, explain_rows=population.lacks
    )
    return whole, given


def _answer_batch(group: list[Peopled], plan: Plan | None) -> dict[int, CaseAnswer]:
    """The answers of cases whose rows are read by one plan; ``plan`` is that which keeps them apart.

    Where the rows of some case can't be evaluated the group is halved until that case is alone.
    """
    if len(group) == 1:
        return _answer_alone(group[0])
    if plan is not None:
        try:
            return _answer_together(group, plan)
        except DataError:
            pass
    half = len(group) // 2
    return {**_answer_batch(group[:half], plan), **_answer_batch(group[half:], plan)}


def _answer_together(group: list[Peopled], plan: Plan) -> dict[int, CaseAnswer]:
    batch = Batch([one.population for one in group], plan)
    base, keys = batch.frame(set[str]().union(*(one.names() for one in group)))
    found: list[dict[str | None, Row]] = [{} for _ in group]
    case_of = base[CASE].to_list()
    rows = _with_given(group, base, case_of)
    for case, key, row in zip(case_of, keys, rows, strict=True):
        found[case][key_text(key)] = row
    return {
        id(one.ready): CaseAnswer(answered, frozenset(one.given))
        for one, answered in zip(group, found, strict=True)
    }


def _answer_alone(one: Peopled) -> dict[int, CaseAnswer]:
    try:
        population = one.population
        plan, readers = population.plan, population.readers
        fields: dict[str, Expr] = {name: Field(name, type_of(plan, name)) for name in sorted(one.names())}
        backend = population.plans.workspace.backend
        base = backend.frame(plan, readers, fields, show_ids=True).frame
        rows = _with_given([one], base, [0] * base.height)
    except DataError as error:
        one.ready.problem(str(error), one.ready.case.at)
        return {}
    keys = [key_text(key) for key in base[KEY]]
    return {id(one.ready): CaseAnswer(dict(zip(keys, rows, strict=True)), frozenset(one.given))}


def _with_given(group: list[Peopled], base: pl.DataFrame, case_of: list[int]) -> list[dict[str, Any]]:
    """A row of values per customer of the numbered cases; what a case gives goes before the rest."""
    given = Given()
    for row, case in enumerate(case_of):
        for name, (kind, value) in group[case].given.items():
            given.add(name, kind, row, value)
    ready = [one.ready for one in group]
    supplies = [one.supply for one in group]
    backend = group[0].population.plans.workspace.backend
    return _values(backend, ready[0].prepared, base, given, wanted_columns(ready), supplies)
