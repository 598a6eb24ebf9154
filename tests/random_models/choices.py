"""Drawing decisions. Whatever is drawn first in a list is what failing examples shrink to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw(Protocol):
    def __call__(self, strategy: st.SearchStrategy[T]) -> T: ...


@cache
def _integers(high: int) -> st.SearchStrategy[int]:
    return st.integers(0, high)


class Chooser:
    """Decisions over Hypothesis' draws."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return low + (self._draw(_integers(high - low)) if high > low else 0)

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between so many options, none of them twice, in their order."""
        count = min(self.number(low, high), len(options))
        chosen: list[int] = []
        for _ in range(count):
            left = [index for index in range(len(options)) if index not in chosen]
            chosen.append(self.pick(left))
        return [options[index] for index in sorted(chosen)]

    def cells(self, pools: Sequence[Sequence[Any]], rows: int) -> list[list[Any]]:
        """Rows of cells, one pool a column: a byte a cell, so that tables are cheap to draw."""
        width = len(pools)
        blob = self._draw(st.binary(min_size=rows * width, max_size=rows * width))
        return [
            [pool[blob[row * width + index] % len(pool)] for index, pool in enumerate(pools)]
            for row in range(rows)
        ]


Maker = Callable[[Chooser], Any]
