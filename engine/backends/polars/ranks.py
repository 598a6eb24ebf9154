"""Ranks over customers: buckets, percentiles, the first of a ranking. Integer arithmetic, ties together.

A rank that only says on which side of some place in the order a value lies is had from cut points: the values
are sorted once, and compared with the one at that place. Percentiles, ties in the middle and buckets within
groups need the rank itself, which costs several times as much.
"""

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
        inside = _first_ones(known, ranked, groups)
        if among is None:
            return pl.when(value.is_not_null()).then(inside)
        return pl.when(~among).then(pl.lit(value=False)).when(value.is_not_null()).then(inside)
    if ranked.kind == "percentile":
        rank, times = _rank(known, ranked, groups)
        return exact.true_quotient(rank.cast(pl.Float64), (count * times).cast(pl.Float64))
    assert isinstance(ranked.amount, int)
    if ranked.ties != "middle" and not groups:
        return _by_cuts(known, ranked, ranked.amount)
    rank, times = _rank(known, ranked, groups)
    of = count * times
    return (rank * ranked.amount + of - 1) // of


def _first_ones(known: pl.Expr, ranked: Ranked, groups: list[pl.Expr]) -> pl.Expr:
    """Whether a value is not beyond the one that stands at the limit; null where it is missing."""
    count = known.count().cast(pl.Int64)
    limit = _limit(ranked.amount, count)
    last = _sorted(known, ranked).get(pl.min_horizontal(limit, count) - 1, null_on_oob=True)
    edge = pl.when(limit > 0).then(last)
    cut = _within(edge, groups)
    inside = known <= cut if not ranked.descending else known >= cut
    # With no place to be had the cut is missing, and nobody is in.
    return pl.when(known.is_not_null()).then(inside.fill_null(value=False))


def _by_cuts(known: pl.Expr, ranked: Ranked, buckets: int) -> pl.Expr:
    """The bucket: 1, and one more for each cut point that the value has reached.

    With n values in order, bucket j + 1 begins above floor(j x n / buckets) of them: for ties that count as
    the highest of their places at the value after these, for the lowest beyond the last of these.
    """
    ordered, count = _sorted(known, ranked), known.count().cast(pl.Int64)
    below = pl.int_range(1, buckets, dtype=pl.Int64) * count // buckets
    if ranked.ties == "highest":
        passed = _places(ordered.gather(below, null_on_oob=True), known, "right", ranked)
    else:
        some = below.filter(below > 0)
        before = (buckets - 1) - some.len().cast(pl.Int64)
        passed = _places(ordered.gather(some - 1, null_on_oob=True), known, "left", ranked) + before
    return pl.when(known.is_not_null()).then(passed + 1)


def _places(cuts: pl.Expr, known: pl.Expr, side: Literal["left", "right"], ranked: Ranked) -> pl.Expr:
    """How many of the cut points each value has reached ("right") or passed ("left")."""
    return cuts.search_sorted(known, side, descending=ranked.descending).cast(pl.Int64)


def _sorted(known: pl.Expr, ranked: Ranked) -> pl.Expr:
    return known.drop_nulls().sort(descending=ranked.descending)


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
