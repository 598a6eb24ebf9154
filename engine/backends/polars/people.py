"""Evaluation over people who are given instead of read: a row each, the definitions level by level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.ranks import rank_expression
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.backends.protocol import Given, People
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import UNKNOWN
from segmentry.engine.planning.order import levels, reached, type_of
from segmentry.engine.planning.plan import Computed, Plan, Ranked
from segmentry.engine.sources.dtypes import dtype_of, literals

_VALUE, _GIVEN, _ROW = "\x00given:", "\x00is given:", "\x00row"


def values_of(plan: Plan, people: People, wanted: Mapping[str, Expr]) -> list[dict[str, Any]]:
    """A row of wanted values for each of the people. Raises DataError for a result that does not fit."""
    try:
        rows = _evaluated(plan, people, wanted).to_dicts()
    except pl.exceptions.PolarsError as error:
        raise DataError(f"the cases can't be evaluated: {str(error).splitlines()[0]}") from error
    return rows if wanted else [{} for _ in range(people.frame.height)]


def _evaluated(plan: Plan, people: People, wanted: Mapping[str, Expr]) -> pl.DataFrame:
    height, given = people.frame.height, people.given
    whole = {name for name in given.values if given.is_whole(name, height)}

    def is_known(name: str) -> bool:
        return name in whole or not people.computes(name)

    lowerer = Lowerer(str(plan.calendar.zone))
    frame = people.frame.drop([n for n in whole if n in people.frame.columns]).with_row_index(_ROW)
    frame = frame.with_columns(_given_columns(given, height))
    needed = reached(plan, wanted.values(), is_known)
    held = {n: _held(plan, n, people) for n in needed if is_known(n) and n not in whole}
    lazy = frame.lazy().with_columns(expression.alias(name) for name, expression in held.items())
    for level in levels(needed, is_known):
        definitions = {n: plan.definitions[n] for n in level}
        work = stepped(lazy, {n: d.expr for n, d in definitions.items() if isinstance(d, Computed)}, lowerer)
        ranks = {
            n: rank_expression(d, lowerer, within=people.within)
            for n, d in definitions.items()
            if isinstance(d, Ranked)
        }
        columns = work.expressions | ranks
        lazy = work.frame.with_columns(_overridden(n, columns[n], given).alias(n) for n in level)
        lazy = lazy.drop(work.steps)
    result = lazy.select(pl.col(_ROW), *(lowerer(expr).alias(name) for name, expr in wanted.items()))
    return result.collect(engine="in-memory").drop(_ROW)


def _given_columns(given: Given, height: int) -> list[pl.Series]:
    """The values, and for definitions that some rows lack whether they are given."""
    columns: list[pl.Series] = []
    for name, values in given.values.items():
        series = literals([values.get(n) for n in range(height)], given.types[name])
        if given.is_whole(name, height):
            columns.append(series.alias(name))
            continue
        columns.append(series.alias(_VALUE + name))
        columns.append(pl.Series(_GIVEN + name, [n in values for n in range(height)]))
    return columns


def _held(plan: Plan, name: str, people: People) -> pl.Expr:
    """What is known of a definition that nothing computes; nothing at all is missing."""
    if name in people.frame.columns:
        found = pl.col(name)
    else:
        kind = type_of(plan, name)
        found = pl.lit(None, dtype=None if kind == UNKNOWN else dtype_of(kind))
    return _overridden(name, found, people.given)


def _overridden(name: str, expression: pl.Expr, given: Given) -> pl.Expr:
    if name not in given.values:
        return expression
    return pl.when(pl.col(_GIVEN + name)).then(pl.col(_VALUE + name)).otherwise(expression)
