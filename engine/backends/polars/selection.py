"""Of which customers rows are read: of one of them, or of a range of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from segmentry.engine.language.types import Type
from segmentry.engine.sources.dtypes import literal


@dataclass(frozen=True, slots=True)
class Selection:
    """The keys from ``first`` on and before ``end``, None without a bound; or the key ``only``, if it is set.

    ``kind`` is the type of the keys.
    """

    kind: Type
    only: Any = None
    first: Any = None
    end: Any = None

    def mask(self, key: str) -> pl.Expr:
        """The rows whose customer, in the column ``key``, is selected."""
        if self.only is not None:
            return pl.col(key) == literal(self.only, self.kind)
        bounds: list[pl.Expr] = []
        if self.first is not None:
            bounds.append(pl.col(key) >= literal(self.first, self.kind))
        if self.end is not None:
            bounds.append(pl.col(key) < literal(self.end, self.kind))
        return pl.all_horizontal(bounds) if bounds else pl.lit(value=True)


def ranges_of(keys: Sequence[Any] | pl.Series, count: int, kind: Type) -> list[Selection]:
    """As many ranges, or fewer, with about as many of the sorted keys in each; together they hold any key."""
    starts = sorted({len(keys) * n // count for n in range(1, count)} - {0})
    cuts = [keys[start] for start in starts]
    return [
        Selection(kind, first=first, end=end) for first, end in zip([None, *cuts], [*cuts, None], strict=True)
    ]
