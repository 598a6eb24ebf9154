"""Keys that find nothing: how many rows look for them, some examples, and what would make them match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from segmentry.engine.backends.protocol import MOST_EXAMPLES, LookupCount, Unmatched
from segmentry.engine.planning.plan import LookupStep

LOOKED_AT = 1000
"""How many of the keys are compared with those that exist, the smallest ones."""

ROWS = "\x00rows"

LIKENESSES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "case": lambda text: text.str.to_lowercase(),
    "spaces": lambda text: text.str.strip_chars(),
    "zeros": lambda text: text.str.strip_chars_start("0"),
    "all": lambda text: text.str.strip_chars().str.to_lowercase().str.strip_chars_start("0"),
}
"""By name what two keys are alike in; the simplest one that explains most is named."""


@dataclass(frozen=True)
class LookupQueries:
    """What is counted of one lookup, and the keys of its table."""

    asked: pl.LazyFrame
    missed: pl.LazyFrame
    known: pl.LazyFrame

    @classmethod
    def of(cls, frame: pl.LazyFrame, step: LookupStep, table: pl.LazyFrame) -> LookupQueries:
        """The counts of rows that look in a table, before they are joined with it.

        ``asked`` is one number. ``missed`` has the keys without a row in the table, and `ROWS` with each.
        """
        here, there = [*step.here], [*step.there]
        asking = frame.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in here))
        missed = asking.select(here).join(table.select(there), left_on=here, right_on=there, how="anti")
        return cls(
            asking.select(pl.len()), missed.group_by(here).agg(pl.len().alias(ROWS)), table.select(there)
        )

    def count(self, step: LookupStep, asked: int, missed: pl.DataFrame, *, show_ids: bool) -> LookupCount:
        """What the lookup found. The table's keys are read once more where it missed one."""
        lost = int(missed[ROWS].sum())
        about = None
        if lost:
            if len(step.here) == 1:
                known = self.known.collect(engine="in-memory").to_series()
                about = unmatched(missed.drop(ROWS).to_series(), known, show_ids=show_ids)
            else:
                about = _of_parts(missed.drop(ROWS), show_ids=show_ids)
        return LookupCount(step.source, step.here, step.there, asked, asked - lost, about)


def unmatched(missed: pl.Series, known: pl.Series, *, show_ids: bool) -> Unmatched:
    """What can be said of different keys that are not among the known ones."""
    looked_at = missed.sort().head(LOOKED_AT)
    examples = tuple(masked(key, show_ids=show_ids) for key in looked_at.head(MOST_EXAMPLES))
    return Unmatched(len(missed), examples, _alike(looked_at, known))


def _of_parts(missed: pl.DataFrame, *, show_ids: bool) -> Unmatched:
    """What can be said of different keys of several parts."""
    keys = missed.sort(missed.columns).head(MOST_EXAMPLES).rows()
    examples = [" with ".join(masked(part, show_ids=show_ids) for part in key) for key in keys]
    return Unmatched(missed.height, tuple(examples))


def _alike(missed: pl.Series, known: pl.Series) -> tuple[str, int] | None:
    if missed.dtype != pl.String or known.dtype != pl.String:
        return None
    best: tuple[str, int] | None = None
    for name, normal in LIKENESSES.items():
        texts = known.to_frame("k").select(normal(pl.col("k"))).to_series()
        found = missed.to_frame("k").select(normal(pl.col("k")).is_in(texts.implode()).sum()).item()
        if found > (0 if best is None else best[1]):
            best = (name, int(found))
    return best


def masked(value: object, *, show_ids: bool) -> str:
    """A key as a message shows it: never more than a third, so that a short one is not shown whole."""
    text = str(value)
    return f"`{text}`" if show_ids else f"`{text[: min(2, len(text) // 3)]}•••`"
