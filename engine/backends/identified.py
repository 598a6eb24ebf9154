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
    keys in theirs (integers as numbers, text by code point). Elsewhere a record is the number of its row
    (UInt32), and a key (UInt8) that of its name in ``keys``. ``joins``: `a` and `b`, two records that `key`
    joins by `value`, which is null of a match. ``refused``: the records `row` whose `value` of `key` too
    many have. ``roots`` is the first record of each record's person, ``before`` what it was until those
    that are to be kept apart were parted. ``lost``: `root` as before, and the `key` whose joins were removed
    there.
    ``pairs`` is how many pairs were sure enough, ``unknown_pairs`` how many of them name no record.
    """

    records: pl.DataFrame
    joins: pl.DataFrame
    refused: pl.DataFrame
    roots: pl.Series
    before: pl.Series
    lost: pl.DataFrame
    keys: tuple[str, ...]
    pairs: int
    unknown_pairs: int
