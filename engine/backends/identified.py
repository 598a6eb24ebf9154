"""Who is one person: what an engine found of the records of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Identified:
    """Records and their people.

    ``records``: a row per record with the columns `source`, `record` and `person` (String), the sources in
    their order, the keys in theirs (integers as numbers, text by code point). Elsewhere a record is the
    number of its row (UInt32), and a key (UInt8) that of its name in ``keys``.

    ``joins``: `a` and `b`, two records that `key` joins by `value`, which is null of a match. ``refused``:
    the records `row` whose `value` of `key` too many have. ``roots`` is the first record of each record's
    person, ``before`` what it was until those that are to be kept apart were parted. ``lost``: `root` as
    before, and the `key` whose joins were removed there. ``pairs`` is how many pairs of others were sure
    enough, ``unknown_pairs`` how many of them name a record that there is none of.
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
