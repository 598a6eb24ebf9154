"""Random decisions.

They come from one seed, not from a draw each: Hypothesis copies parts of its examples into each other, which
leaves few different rules in some hundred examples. What fails is made small by `reduce` instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


class Chooser:
    """Decisions that a seed determines."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between so many options, none of them twice, in their order."""
        count = min(self.number(low, high), len(options))
        return [options[index] for index in sorted(self._random.sample(range(len(options)), count))]

    def cells(self, pools: Sequence[Sequence[Any]], rows: int) -> list[list[Any]]:
        """Rows of cells, one pool a column."""
        return [[self._random.choice(pool) for pool in pools] for _ in range(rows)]
