"""Evaluation of cases: one frame with a row per case, the definitions level by level as in a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.ranks import rank_expression
from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.language.types import BOOLEAN, UNKNOWN, Type
from segmentry.engine.planning.plan import Computed, Followed, Plan, Ranked, RowAggregate
from segmentry.engine.ruletests.supply import names_used
from segmentry.engine.sources.dtypes import dtype_of, literals

_VALUE, _GIVEN, _ROW = "\x00given:", "\x00is given:", "\x00row"


@dataclass
class Overrides:
    """Values that go before what is computed: by definition the type, and the value of each row with one."""

    types: dict[str, Type] = field(default_factory=dict[str, Type])
    values: dict[str, dict[int, Any]] = field(default_factory=dict[str, dict[int, Any]])

    def add(self, name: str, kind: Type, row: int, value: Any) -> None:
        """One value of one row."""
        self.types[name] = kind
        self.values.setdefault(name, {})[row] = value

    def everywhere(self, name: str, height: int) -> bool:
        """Whether every row has a value of the definition, so that nothing computes it."""
        return len(self.values.get(name, ())) == height

    def columns(self, height: int) -> list[pl.Series]:
        """The values, and for definitions that some rows lack whether they are given."""
        columns: list[pl.Series] = []
        for name, values in self.values.items():
            series = literals([values.get(n) for n in range(height)], self.types[name])
            if self.everywhere(name, height):
                columns.append(series.alias(name))
                continue
            columns.append(series.alias(_VALUE + name))
            columns.append(pl.Series(_GIVEN + name, [n in values for n in range(height)]))
        return columns


Computes = Callable[[str], bool]
"""Whether some row can compute a definition; what none can is null."""


def reached(plan: Plan, wanted: Iterable[Expr], computes: Computes, given: Iterable[str] = ()) -> set[str]:
    """The definitions and columns under some expressions, without what is only under ``given`` ones."""
    cut = set(given)
    found: set[str] = set()
    stack = [name for expr in wanted for name in fields_of(expr)]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            if name not in cut and computes(name):
                stack.extend(names_used(plan.definitions.get(name)))
    return found


def computed(
    plan: Plan,
    base: pl.DataFrame,
    overrides: Overrides,
    wanted: Mapping[str, Expr],
    computes: Computes,
    within: str | None = None,
) -> list[dict[str, Any]]:
    """A row of wanted values per row of ``base``, which has the columns and aggregates that are known.

    Ranks are within each value of the column ``within``, if there is one.
    """
    height = base.height
    everywhere = {name for name in overrides.values if overrides.everywhere(name, height)}
    needed = reached(plan, wanted.values(), computes, everywhere)
    lowerer = Lowerer(str(plan.calendar.zone))
    frame = base.drop([name for name in everywhere if name in base.columns]).with_row_index(_ROW)
    frame = frame.with_columns(overrides.columns(height))
    lazy = frame.lazy()
    for level in _levels(plan, needed, everywhere, computes):
        lazy = lazy.with_columns(
            _overridden(name, _expression(plan, name, lowerer, base, computes, within), overrides).alias(name)
            for name in level
        )
    result = lazy.select(pl.col(_ROW), *(lowerer(expr).alias(name) for name, expr in wanted.items()))
    rows: list[dict[str, Any]] = result.collect(engine="in-memory").drop(_ROW).to_dicts()
    return rows if wanted else [{} for _ in range(height)]


def _overridden(name: str, expression: pl.Expr, overrides: Overrides) -> pl.Expr:
    if name not in overrides.values:
        return expression
    return pl.when(pl.col(_GIVEN + name)).then(pl.col(_VALUE + name)).otherwise(expression)


def _expression(
    plan: Plan, name: str, lowerer: Lowerer, base: pl.DataFrame, computes: Computes, within: str | None
) -> pl.Expr:
    definition = plan.definitions.get(name)
    match definition:
        case Computed(expr=expr) if computes(name):
            return lowerer(expr)
        case Ranked() if computes(name):
            return rank_expression(definition, lowerer, within=within)
        case _ if name in base.columns:
            return pl.col(name)
        case _:
            kind = type_of(plan, name)
            return pl.lit(None, dtype=None if kind == UNKNOWN else dtype_of(kind))


def type_of(plan: Plan, name: str) -> Type:
    """The type of a definition or customers column; unknown where nothing says it."""
    definition = plan.definitions.get(name)
    match definition:
        case Computed(expr=expr):
            return expr.type
        case Ranked(type=kind) | RowAggregate(type=kind):
            return kind
        case Followed():
            return BOOLEAN
        case None:
            return plan.types.get(name, UNKNOWN)


def _levels(plan: Plan, needed: set[str], given: set[str], computes: Computes) -> Sequence[Sequence[str]]:
    """The definitions to compute, each level using earlier ones only."""
    depth: dict[str, int] = dict.fromkeys(given, 0)
    stack = sorted(needed)
    while stack:
        name = stack[-1]
        if name in depth:
            stack.pop()
            continue
        used = names_used(plan.definitions.get(name)) if computes(name) else []
        waiting = [u for u in used if u not in depth]
        if waiting:
            stack.extend(waiting)
        else:
            depth[name] = 1 + max((depth[u] for u in used), default=0)
    levels: list[list[str]] = [[] for _ in range(max(depth.values(), default=0))]
    for name in sorted(needed):
        if depth[name]:
            levels[depth[name] - 1].append(name)
    return levels
