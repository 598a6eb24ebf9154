"""Exact arithmetic that Polars has no operation for: correctly rounded quotients, checks of what fits.

Each is one vectorised pass; only rows whose numbers exceed 2^53 (none, in practice) go through Python's
integers, whose division rounds correctly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

import polars as pl

DOUBLE_EXACT = 2**53
"""Whole numbers up to here are doubles without rounding."""

TOO_LARGE = 1.7e38
"""Just below 2^127, the largest 128-bit integer."""
_MOST = 10**38 - 1
"""The largest 128-bit decimal in minor units: 38 digits (Apache Arrow's Decimal128)."""


def true_quotient(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """a / b of doubles, rounded once.

    Polars divides by a scalar through its reciprocal, which is an ulp off now and then; a sum with the
    dividend makes a column of the divisor.
    """
    return a / (a * 0.0 + b)


def quotient(a: pl.Expr, b: pl.Expr, scale_a: int, scale_b: int) -> pl.Expr:
    """The double nearest to (a / 10^scale_a) / (b / 10^scale_b); null for a zero divisor."""
    up_a, up_b = 10 ** max(0, scale_b - scale_a), 10 ** max(0, scale_a - scale_b)

    def divide(batch: Sequence[pl.Series]) -> pl.Series:
        return _divide(_long(batch[0], batch), _long(batch[1], batch), up_a, up_b)

    return pl.map_batches([a, b], divide, return_dtype=pl.Float64, is_elementwise=True)


def _long(series: pl.Series, batch: Sequence[pl.Series]) -> pl.Series:
    """A series at the length of its batch: a literal comes as one value."""
    length = max((len(s) for s in batch), default=0)
    if min(len(s) for s in batch) == 0:
        length = 0
    return series.new_from_index(0, length) if len(series) == 1 and length != 1 else series.head(length)


def _divide(a: pl.Series, b: pl.Series, up_a: int, up_b: int) -> pl.Series:
    frame = pl.DataFrame({"a": a, "b": b})
    top, bottom = pl.col("a").cast(pl.Float64) * float(up_a), pl.col("b").cast(pl.Float64) * float(up_b)
    large = (top.abs() > DOUBLE_EXACT) | (bottom.abs() > DOUBLE_EXACT)
    out = frame.with_columns(
        q=pl.when(pl.col("b") != 0).then(true_quotient(top, bottom)),
        large=(large & (pl.col("b") != 0)).fill_null(value=False),
    )
    if not out["large"].any():
        return out["q"]
    rows = out.filter("large").select("a", "b").rows()
    exact = iter([(x * up_a) / (y * up_b) for x, y in rows])
    values = [next(exact) if big else q for q, big in zip(out["q"], out["large"], strict=True)]
    return pl.Series("q", values, dtype=pl.Float64)


def to_double(a: pl.Expr, scale: int) -> pl.Expr:
    """The double nearest to a / 10^scale."""
    return quotient(a, pl.lit(1, dtype=pl.Int128), scale, 0)


def round_places(x: pl.Expr, places: int) -> pl.Expr:
    """The double nearest to the exact value of a double rounded half to even to some places."""
    factor = float(10**places)

    def rounded(batch: pl.Series) -> pl.Series:
        frame = pl.DataFrame({"x": batch}).with_columns(p=pl.col("x") * factor)
        whole = pl.col("p").round(0, mode="half_to_even")
        near = (pl.col("p") - pl.col("p").floor() - 0.5).abs() <= pl.col("p").abs() * 2**-50
        hard = near | (pl.col("p").abs() > DOUBLE_EXACT)
        out = frame.with_columns(r=true_quotient(whole, pl.lit(factor)), hard=hard.fill_null(value=False))
        if not out["hard"].any():
            return out["r"]
        values = [
            _round_exactly(v, places) if h else r
            for v, r, h in zip(out["x"], out["r"], out["hard"], strict=True)
        ]
        return pl.Series("r", values, dtype=pl.Float64)

    return x.map_batches(rounded, return_dtype=pl.Float64, is_elementwise=True)


_WIDE = Context(prec=800, rounding=ROUND_HALF_EVEN)


def _round_exactly(value: float | None, places: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(_WIDE.quantize(Decimal(value), Decimal(1).scaleb(-places)))


def divided(a: pl.Expr, places: int, how: str) -> pl.Expr:
    """An Int128 divided by 10^places: half to even ("round"), downwards or upwards."""
    by = pl.lit(10**places, dtype=pl.Int128)
    down = a // by
    if how == "floor":
        return down
    rest = a % by
    if how == "ceiling":
        return down + (rest > 0).cast(pl.Int128)
    twice = rest * 2
    up = (twice > by) | ((twice == by) & (down % 2 != 0))
    return down + up.cast(pl.Int128)


def fits_integer(expr: pl.Expr) -> pl.Expr:
    """A 128-bit result as a 64-bit integer; what does not fit raises when it is collected."""
    return expr.cast(pl.Int64, strict=True)


def guarded(result: pl.Expr, estimate: pl.Expr) -> pl.Expr:
    """A 128-bit result that raises when it is collected where it doesn't fit.

    The estimate in doubles tells where the result went round; only elsewhere it can be compared itself.
    """
    return _alarmed(result, (estimate.abs() > TOO_LARGE) | (result.abs() > _MOST))


def fits_decimal(result: pl.Expr) -> pl.Expr:
    """A 128-bit result that did not go round; it raises when it is collected where it has over 38 digits."""
    return _alarmed(result, result.abs() > _MOST)


def _alarmed(result: pl.Expr, wrong: pl.Expr) -> pl.Expr:
    alarm = pl.when(wrong).then(pl.lit(2**100, dtype=pl.Int128)).otherwise(0)
    return result + alarm.cast(pl.Int64, strict=True).cast(pl.Int128)


def wide(expr: pl.Expr) -> pl.Expr:
    """An exact value as Int128."""
    return expr.cast(pl.Int128)
