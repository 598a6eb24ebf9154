"""Exports that write the head of an order on its first line only: empty fields take the value above."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def filled_down(rows: pl.LazyFrame, columns: Sequence[str], within: str) -> pl.LazyFrame:
    """Raw rows, in their order, where an empty field of the columns takes the last value above it.

    Only from rows with the same value in ``within``; a row without one is left as it is.
    """
    schema = rows.collect_schema()

    def filled(name: str) -> pl.Expr:
        column = pl.col(name)
        if schema[name] == pl.String:
            column = pl.when(column.str.strip_chars() != "").then(column)
        above = column.forward_fill().over(within)
        return pl.when(pl.col(within).is_null()).then(pl.col(name)).otherwise(above).alias(name)

    return rows.with_columns(filled(name) for name in columns)
