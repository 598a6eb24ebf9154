"""Rules evaluated over possible customers: the values of traits are given, nothing is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import Type
from segmentry.engine.planning.order import levels, reached
from segmentry.engine.planning.plan import Computed, Plan
from segmentry.engine.sources.dtypes import dtype_of


def agreeing(
    plan: Plan, expected: Sequence[tuple[Expr, bool]], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """The places of the rows for which every expression has the truth that is expected of it.

    ``rows`` give the values of traits, columns, counts and ranks by the name of their definition (decimals
    in minor units); rules and memberships are computed from them. Empty where the values can't be evaluated.
    """
    if not rows or any(_has_no_element(plan.types.get(name)) for name in rows[0]):
        return []
    lowerer = Lowerer(str(plan.calendar.zone))
    try:
        frame = _given(plan, rows).lazy()
        needed = reached(plan, [e for e, _ in expected], rows[0].__contains__)
        for level in levels(needed, rows[0].__contains__):
            work = stepped(frame, {n: _expression(plan, n) for n in level}, lowerer)
            columns = [expression.alias(n) for n, expression in work.expressions.items()]
            frame = work.frame.with_columns(columns).drop(work.steps)
        agrees = [lowerer(e) == pl.lit(truth) for e, truth in expected]
        found = frame.select(pl.all_horizontal(agrees).arg_true().alias("place")).collect(engine="in-memory")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError, TypeError):
        return []
    return found["place"].to_list()


def _has_no_element(kind: Type | None) -> bool:
    """Whether it is a list of nobody knows what, which can't be evaluated without its file."""
    return kind is not None and kind.kind == "list" and kind.element is None


def _given(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    series = [pl.Series(name, values, dtype=_dtype(plan, name, values)) for name, values in columns.items()]
    return pl.DataFrame(series) if series else pl.DataFrame({"\x00row": [0] * len(rows)})


def _dtype(plan: Plan, name: str, values: Sequence[Any]) -> pl.DataType | None:
    """The engine's dtype of a definition; where its type is not known, that of the values."""
    kind = plan.types.get(name)
    if kind is None:
        definition = plan.definitions.get(name)
        kind = getattr(definition, "type", None)
    if kind is not None and kind.kind != "unknown":
        return dtype_of(kind)
    known = [v for v in values if v is not None]
    return None if known and not isinstance(known[0], bool) else pl.Boolean()


def _expression(plan: Plan, name: str) -> Expr:
    definition = plan.definitions[name]
    assert isinstance(definition, Computed)
    return definition.expr
