"""The steps of a customer's rows as numbers beside the rows, so that a step is a condition on its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.language.aggregates import RowAggregate
from segmentry.engine.language.expr import Expr

Numbering = tuple[Expr | None, Expr | None, bool, datetime | None, datetime | None]
"""What the numbers of rows depend on: which rows make steps, by what, from which end, and their bounds."""


def numbering_of(aggregate: RowAggregate) -> Numbering:
    """The numbering that an aggregate with steps goes by."""
    steps = aggregate.steps
    assert steps is not None
    return steps.where, steps.by, steps.newest_first, aggregate.start, aggregate.end


@dataclass
class RowSteps:
    """The numbers of steps as columns; ``time`` is the column with the time of the rows."""

    lowerer: Lowerer
    time: str | None
    names: dict[Numbering, str] = field(default_factory=dict[Numbering, str])

    def mask(self, aggregate: RowAggregate) -> pl.Expr | None:
        """The rows of the steps that an aggregate is of, never null; None for all."""
        steps = aggregate.steps
        if steps is None or steps.last is None:
            return None
        return self.number(aggregate).is_between(steps.first, steps.last).fill_null(value=False)

    def number(self, aggregate: RowAggregate) -> pl.Expr:
        """The number of each row's step, null for rows that make none."""
        return pl.col(self.names[numbering_of(aggregate)])

    def numbered(
        self,
        rows: pl.LazyFrame,
        keys: Sequence[str],
        aggregates: Iterable[tuple[RowAggregate, pl.Expr | None]],
    ) -> pl.LazyFrame:
        """The rows with a column for each numbering that some aggregates need, within each of the keys.

        Beside each aggregate stands which rows make its steps, None for all.
        """
        steps: list[pl.Expr] = []
        numbers: list[pl.Expr] = []
        for aggregate, mask in aggregates:
            numbering = numbering_of(aggregate)
            if numbering not in self.names:
                name = self.names[numbering] = f"\x00step{len(self.names)}"
                _, by, newest_first, _, _ = numbering
                steps.append(self._step(keys, mask, by).alias(name))
                number = pl.col(name).rank("dense", descending=newest_first)
                numbers.append(number.over(keys).cast(pl.Int64))
        return rows.with_columns(steps).with_columns(numbers) if steps else rows

    def _step(self, keys: Sequence[str], mask: pl.Expr | None, by: Expr | None) -> pl.Expr:
        """What orders the steps of rows, equal in one step, null for rows that make none."""
        assert self.time is not None
        time = pl.col(self.time)
        if by is None:
            return time if mask is None else pl.when(mask).then(time)
        value = self.lowerer(by)
        makes = value.is_not_null() if mask is None else mask & value.is_not_null()
        earliest = pl.when(makes).then(time).min().over([*keys, value])
        return pl.when(makes).then(pl.struct(earliest.alias("time"), value.alias("value")))
