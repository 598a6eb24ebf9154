"""Small tools that the generators share: seeded dice, money in cents, rows into frames."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any, Generic, TypeVar

import polars as pl

T = TypeVar("T")

MONEY = pl.Decimal(12, 2)
CENT = Decimal("0.01")
MOMENT = pl.Datetime("us")

# How busy each month is for an outfitter: spring and autumn are good, Christmas is best.
MONTH_WEIGHTS = (0.75, 0.65, 0.9, 1.15, 1.2, 1.0, 0.95, 0.85, 1.15, 1.25, 1.5, 1.6)
BUSIEST_MONTH = max(MONTH_WEIGHTS)

_HOURS = range(6, 24)
_DAYTIME = (1, 2, 3, 4, 5, 6, 7, 6, 5, 5, 5, 6, 7, 8, 9, 9, 6, 3)
_EVENING = (3, 5, 4, 2, 2, 2, 4, 3, 2, 2, 3, 5, 8, 12, 14, 14, 10, 5)


def dice(seed: int, name: str) -> Random:
    """A generator of its own for each table, so that one table can change without moving the others."""
    return Random(f"segmentry sample {seed} {name}")


def poisson(rng: Random, mean: float) -> int:
    """A Poisson count with this mean: how many unit-rate exponential gaps fit into it."""
    count, reached = -1, 0.0
    while reached <= mean:
        reached += rng.expovariate(1.0)
        count += 1
    return count


class Weighted(Generic[T]):
    """A choice among a few values by weight; `weights` stand in the order of `values`."""

    __slots__ = ("_cumulative", "_values")

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = tuple(weights)
        total = sum(weights.values())
        self._cumulative = tuple(reached / total for reached in accumulate(weights.values()))

    def draw(self, rng: Random) -> T:
        # The last bound is left out of the search: rounding may leave it just below 1.
        return self._values[bisect(self._cumulative, rng.random(), 0, len(self._values) - 1)]


def _hours(weights: Sequence[int]) -> Weighted[int]:
    return Weighted(dict(zip(_HOURS, weights, strict=True)))


DAYTIME = _hours(_DAYTIME)
EVENING = _hours(_EVENING)


def moment(rng: Random, day: date, hours: Weighted[int] = DAYTIME) -> datetime:
    """A local time on that day. Never between midnight and six, so clock changes stay out of it."""
    second = int(rng.random() * 3600)
    return datetime(day.year, day.month, day.day, hours.draw(rng)) + timedelta(seconds=second)


def table(rows: Sequence[tuple[Any, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame; a column whose type is MONEY takes whole cents."""
    columns = zip(*rows, strict=True) if rows else [() for _ in schema]
    raw = {name: pl.Int64 if dtype == MONEY else dtype for name, dtype in schema.items()}
    cents = [name for name, dtype in schema.items() if dtype == MONEY]
    euros = (pl.col(cents).cast(pl.Decimal(12, 0)) * pl.lit(CENT)).cast(MONEY)
    frame = pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=raw)
    return frame.with_columns(euros) if cents else frame
