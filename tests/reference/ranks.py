"""Ranks over a population: equal values always stand together."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.values import double


@dataclass(frozen=True, slots=True)
class Peers:
    """The known values that one customer's is ranked among."""

    value: Any
    others: tuple[Any, ...]

    def in_edge(self, operator: str, operand: Any) -> bool:
        """Whether the value is of the top or bottom: rank_min ≤ ceil(share × n), or ≤ a number."""
        better = [other > self.value if operator == "top" else other < self.value for other in self.others]
        if isinstance(operand, str):
            share = Fraction(operand.removesuffix("%").strip()) / 100
            return 1 + sum(better) <= math.ceil(share * len(self.others))
        return 1 + sum(better) <= operand

    def rank(self, ascending: bool, ties: str) -> Fraction:
        """The place from 1: of the equal ones the last (highest), the first (lowest), or halfway."""
        last = sum(other <= self.value if ascending else other >= self.value for other in self.others)
        first = last - sum(other == self.value for other in self.others) + 1
        return {"highest": Fraction(last), "lowest": Fraction(first), "middle": Fraction(first + last, 2)}[
            ties
        ]

    def bucket(self, into: int, ascending: bool, ties: str) -> int:
        """ceil(into × rank ÷ n)"""
        return math.ceil(into * self.rank(ascending, ties) / len(self.others))

    def percentile(self, ascending: bool, ties: str) -> float | None:
        return double(self.rank(ascending, ties) / len(self.others))


def peers(
    values: Mapping[Any, Any],
    groups: Mapping[Any, Hashable] | None,
    member: Callable[[Any], bool],
) -> dict[Any, Peers | str]:
    """Per key the peers of its value, `outside` (the population) or `missing`. A missing group is a group."""
    inside = {key for key in values if member(key)}
    result: dict[Any, Peers | str] = {}
    for key, value in values.items():
        if key not in inside:
            result[key] = "outside"
        elif value is None:
            result[key] = "missing"
        else:
            fellows = [other for other in inside if groups is None or groups[other] == groups[key]]
            known = tuple(values[other] for other in fellows if values[other] is not None)
            result[key] = Peers(value, known)
    return result
