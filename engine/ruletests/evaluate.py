"""Evaluation of ready cases: all that give traits in one frame, each population of rows in its own.

A population takes one evaluation by the engine: some hundredths of a second, whatever the number of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from segmentry.engine.errors import DataError
from segmentry.engine.expr import Expr
from segmentry.engine.polars.source_pass import KEY
from segmentry.engine.ruletests.case import ReadyCase, note_lacks, wanted_columns
from segmentry.engine.ruletests.compute import Overrides, computed, reached
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.prepared import Prepared
from segmentry.engine.ruletests.rows import Population, key_text, population_of
from segmentry.engine.ruletests.supply import Supply

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out of a case: a row of values by customer (None where it has no rows).

    ``given`` are the definitions that the case states outright.
    """

    rows: Mapping[str | None, Row]
    given: frozenset[str]


def evaluate_cases(plans: CasePlans, prepared: Prepared, cases: Iterable[ReadyCase]) -> dict[int, Answer]:
    """The answers by the identity of the case; cases with problems, new ones included, have none.

    Raises DataError for a result that does not fit its type.
    """
    sound = [ready for ready in cases if not ready.problems]
    answers: dict[int, Answer] = {}
    for ready in sound:
        if ready.case.has_rows:
            answer = _answer_rows(plans, ready)
            if answer is not None:
                answers[id(ready)] = answer
    given = [ready for ready in sound if not ready.case.has_rows]
    answers.update(_answer_given(prepared, given))
    return answers


# --- cases that give traits -----------------------------------------------------------------------


def _answer_given(prepared: Prepared, cases: list[ReadyCase]) -> dict[int, Answer]:
    supplies: dict[frozenset[str], Supply] = {}
    enough: list[ReadyCase] = []
    for ready in cases:
        given = frozenset(ready.given)
        supply = supplies.setdefault(given, Supply(prepared, given))
        if not note_lacks(ready, supply):
            enough.append(ready)
    if not enough:
        return {}
    overrides = Overrides()
    for row, ready in enumerate(enough):
        for name, (kind, value) in ready.given.items():
            overrides.add(name, kind, row, value)
    used = {frozenset(ready.given) for ready in enough}
    able = [supply for given, supply in supplies.items() if given in used]
    base = pl.DataFrame({KEY: range(len(enough))})
    rows = _computed(prepared, base, overrides, wanted_columns(enough), able)
    return {
        id(ready): Answer({None: row}, frozenset(ready.given))
        for ready, row in zip(enough, rows, strict=True)
    }


def _computed(
    prepared: Prepared,
    base: pl.DataFrame,
    overrides: Overrides,
    wanted: Mapping[str, Expr],
    supplies: list[Supply],
) -> list[dict[str, Any]]:
    known: dict[str, bool] = {}

    def computes(name: str) -> bool:
        if name not in known:
            known[name] = any(supply.computes(name) for supply in supplies)
        return known[name]

    try:
        return computed(prepared.plan, base, overrides, wanted, computes)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"the cases can't be evaluated: {str(error).splitlines()[0]}") from error


# --- cases by rows --------------------------------------------------------------------------------


def _answer_rows(plans: CasePlans, ready: ReadyCase) -> Answer | None:
    population = population_of(plans, ready.prepared.plan, ready.case)
    ready.problems += population.problems
    if ready.problems:
        return None
    supply, given = _supply(ready, population)
    if note_lacks(ready, supply):
        return None
    wanted = wanted_columns([ready])
    names = reached(population.plan, wanted.values(), supply.computes, given)
    try:
        base = population.frame(n for n in names if n in population and n not in given)
    except DataError as error:
        ready.problem(str(error), ready.case.at)
        return None
    overrides = Overrides()
    for row in range(base.height):
        for name, (kind, value) in given.items():
            overrides.add(name, kind, row, value)
    rows = _computed(ready.prepared, base, overrides, wanted, [supply])
    keys = [key_text(key) for key in base[KEY]]
    return Answer(dict(zip(keys, rows, strict=True)), frozenset(given))


def _supply(ready: ReadyCase, population: Population) -> tuple[Supply, dict[str, tuple[Any, Any]]]:
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
