"""Who is one person: what an engine found of the records of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Identified:
    """Records and their people.

    ``records``: `source`, `record` and `person` (String), a row per record, the sources in their order, the
    keys in theirs (integers as numbers, text by code point). ``joins``: `a` and `b` (UInt32), the rows of two
    records that `key` (its number) joins by `value`, which is null of a match. ``refused``: `key`, `value`
    and the `records` (UInt32) that have it, which are too many. ``conflicts``: `root`, the row of the first
    of some records that would have been one person, and the `key` whose joins were removed among them.
    ``keys`` are the names of the keys by their number. ``unknown_matches``: pairs of a record that there is
    none of.
    """

    records: pl.DataFrame
    joins: pl.DataFrame
    refused: pl.DataFrame
    conflicts: pl.DataFrame
    roots: pl.Series
    before: pl.Series
    keys: tuple[str, ...]
    unknown_matches: int
