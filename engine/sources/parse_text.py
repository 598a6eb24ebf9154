"""Texts as values: what a CSV, XLSX or text column holds, parsed by the type its contract declares.

Surrounding white space is tolerated, a blank text is missing. What does not parse is null; `is_filled` tells
it from what was missing.
"""

from __future__ import annotations

import polars as pl


def is_filled(text: pl.Expr) -> pl.Expr:
    """Whether a text holds more than white space; null for null."""
    return text.str.strip_chars() != ""


def integer(text: pl.Expr) -> pl.Expr:
    """``Int64`` of an optional sign and digits."""
    return text.str.strip_chars().cast(pl.Int64, strict=False)


def number(text: pl.Expr) -> pl.Expr:
    """``Float64`` of a decimal or exponent form, the nearest double; `nan` and `inf` parse too."""
    return text.str.strip_chars().cast(pl.Float64, strict=False)


def decimal(text: pl.Expr, scale: int) -> pl.Expr:
    """``Int128`` minor units of a number with a point; further places round half to even, exactly."""
    exact = text.str.strip_chars().cast(pl.Decimal(38, scale), strict=False)
    return exact.to_physical()


_PRINTED = 17
"""Characters from which on a text may be a double printed in full, such as 0.35000000000000003."""


def moved(text: pl.Expr, value: pl.Expr, scale: int, least: float) -> pl.Expr:
    """``Float64``: by how much `decimal` moved a text to its minor units; null or 0 where it did not.

    Compared at twelve more places; of numbers too long for that half of the last place at most.
    A text that may be a double printed in full counts only from ``least`` on.
    """
    places = min(12, 37 - scale)
    longer = text.str.contains(rf"\.[0-9]{{{scale}}}[0-9]*[1-9][0-9]*\s*$")
    near = pl.when(longer | text.str.contains("[eE]")).then(text)
    exact = near.str.strip_chars().cast(pl.Decimal(38, scale + places), strict=False).to_physical()
    minor = value * pl.lit(10**places, dtype=pl.Int128)
    lost = (exact - minor).abs().cast(pl.Float64) / 10.0 ** (scale + places)
    tiny, half = 10.0 ** -(scale + places), 0.5 / 10.0**scale
    lost = pl.when(longer).then(pl.max_horizontal(lost.fill_null(half), tiny)).otherwise(lost)
    counts = (lost > least) | (text.str.len_bytes() < _PRINTED)
    return pl.when(value.is_not_null() & counts).then(lost)


def boolean(text: pl.Expr) -> pl.Expr:
    """``Boolean`` of true or false in any case."""
    word = text.str.strip_chars()
    # Patterns of plain letters: much faster than lowering every text.
    yes, no = word.str.contains("^[Tt][Rr][Uu][Ee]$"), word.str.contains("^[Ff][Aa][Ll][Ss][Ee]$")
    return pl.when(yes | no).then(yes)
