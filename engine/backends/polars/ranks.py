"""Ranks over customers: buckets, percentiles, the first of a ranking. Integer arithmetic, ties together."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, assert_never

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.planning.plan import Ranked
from segmentry.engine.sources import exact

RANKS = frozenset(("bucket", "percentile", "top_count", "top_share"))
"""The ranks that can be lowered."""


def rank_expression(ranked: Ranked, lowerer: Lowerer, *, within: str | None = None) -> pl.Expr:
    """The rank as an expression over the customers frame, within each value of a column if one is named."""
    groups = [] if within is None else [pl.col(within)]
    groups += [] if ranked.per is None else [lowerer(ranked.per)]
    value = lowerer(ranked.of)
    among = None if ranked.among is None else lowerer(ranked.among)
    known = value if among is None else pl.when(among).then(value)
    count = _within(known.count(), groups).cast(pl.Int64)
    if ranked.kind in ("top_count", "top_share"):
        rank = _within(known.rank("min", descending=ranked.descending), groups).cast(pl.Int64)
        inside = rank <= _limit(ranked.amount, count)
        if among is None:
            return pl.when(value.is_not_null()).then(inside)
        return pl.when(~among).then(pl.lit(value=False)).when(value.is_not_null()).then(inside)
    rank, times = _rank(known, ranked, groups)
    of = count * times
    if ranked.kind == "percentile":
        return exact.true_quotient(rank.cast(pl.Float64), of.cast(pl.Float64))
    assert isinstance(ranked.amount, int)
    return (rank * ranked.amount + of - 1) // of


def _rank(known: pl.Expr, ranked: Ranked, groups: list[pl.Expr]) -> tuple[pl.Expr, int]:
    """The rank that equal values share, and how many times it is counted: the middle is twice its value."""

    def edge(method: Literal["min", "max"]) -> pl.Expr:
        return _within(known.rank(method, descending=ranked.descending), groups).cast(pl.Int64)

    match ranked.ties:
        case "highest":
            return edge("max"), 1
        case "lowest":
            return edge("min"), 1
        case "middle":
            return edge("min") + edge("max"), 2
        case _:
            assert_never(ranked.ties)


def _within(expr: pl.Expr, groups: list[pl.Expr]) -> pl.Expr:
    """Within each group (missing is a group of its own), or over all customers."""
    return expr.over(groups) if groups else expr


def _limit(amount: int | Fraction | None, count: pl.Expr) -> pl.Expr:
    """How many are in: ceil(share x n), or the number itself."""
    if isinstance(amount, Fraction):
        wide = count.cast(pl.Int128) * amount.numerator
        return ((wide + (amount.denominator - 1)) // amount.denominator).cast(pl.Int64)
    return pl.lit(amount, dtype=pl.Int64)
