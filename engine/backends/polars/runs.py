"""Aggregates from sorted runs: medians and gaps, for which sorting all rows once by (customer, value) is many
times faster than sorting every customer's values by themselves.

Key and value are packed into one 64-bit number where they fit, and that one column is sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from segmentry.engine.planning.plan import RowAggregate

KEY, VALUE = "\x00run_key", "\x00run_value"
_BITS = 62


def takes_runs(aggregate: RowAggregate) -> bool:
    """Whether an aggregate is computed from sorted runs: medians of exact values, and gaps between dates."""
    exact = aggregate.value is not None and aggregate.value.type.is_exact
    return aggregate.kind == "longest_gap" or (aggregate.kind == "median" and exact)


@dataclass(frozen=True)
class Runs:
    """Values sorted within each key: the keys, where each run starts and how long it is."""

    keys: pl.Series
    starts: pl.Series
    lengths: pl.Series
    values: pl.Series


def sorted_runs(rows: pl.DataFrame) -> Runs:
    """The runs of a frame with the integer columns `KEY` (Int64) and `VALUE` (Int128), both known."""
    if rows.height == 0:
        empty = pl.Series("", [], dtype=pl.Int64)
        return Runs(rows[KEY], empty, empty, rows[VALUE])
    bounds = rows.select(
        pl.col(KEY).min().cast(pl.Int128).alias("k0"),
        pl.col(KEY).max().cast(pl.Int128).alias("k1"),
        pl.col(VALUE).min().alias("v0"),
        pl.col(VALUE).max().alias("v1"),
    ).row(0, named=True)
    value_bits = int(bounds["v1"] - bounds["v0"]).bit_length()
    key_bits = int(bounds["k1"] - bounds["k0"]).bit_length()
    if value_bits + key_bits <= _BITS:
        ordered = _packed(rows, bounds["k0"], bounds["v0"], 1 << value_bits)
    else:
        ordered = rows.sort(KEY, VALUE)
    runs = ordered[KEY].rle().struct.unnest()
    lengths = runs["len"].cast(pl.Int64)
    return Runs(runs["value"], lengths.cum_sum() - lengths, lengths, ordered[VALUE])


def _packed(rows: pl.DataFrame, first_key: int, least: int, size: int) -> pl.DataFrame:
    key = pl.col(KEY) - pl.lit(first_key, dtype=pl.Int64)
    value = (pl.col(VALUE) - pl.lit(least, dtype=pl.Int128)).cast(pl.Int64)
    packed = rows.select((key * size + value).sort().alias("p"))
    return packed.select(
        (pl.col("p") // size + pl.lit(first_key, dtype=pl.Int64)).alias(KEY),
        ((pl.col("p") % size).cast(pl.Int128) + pl.lit(least, dtype=pl.Int128)).alias(VALUE),
    )


def twice_medians(runs: Runs) -> pl.DataFrame:
    """`KEY` and `VALUE`: the sum of the middle two values (twice the middle one, of an odd number)."""
    low = runs.values.gather(runs.starts + (runs.lengths - 1) // 2)
    high = runs.values.gather(runs.starts + runs.lengths // 2)
    return pl.DataFrame({KEY: runs.keys, VALUE: low + high})


def longest_gaps(runs: Runs) -> pl.DataFrame:
    """`KEY` and `VALUE`: the greatest difference of consecutive distinct values, where there are two."""
    frame = pl.DataFrame({VALUE: runs.values.cast(pl.Int64)}).with_row_index("n")
    starts = pl.DataFrame({"n": runs.starts.cast(pl.get_index_type()), KEY: runs.keys})
    gaps = frame.join(starts, on="n", how="left", maintain_order="left").with_columns(
        pl.when(pl.col(KEY).is_null()).then(pl.col(VALUE) - pl.col(VALUE).shift(1)).alias(VALUE),
        pl.col(KEY).forward_fill(),
    )
    return gaps.filter(pl.col(VALUE) > 0).group_by(KEY).agg(pl.col(VALUE).max())
