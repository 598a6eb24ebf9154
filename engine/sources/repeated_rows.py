"""Rows that several files of one source have in common: exports whose periods overlap count them twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import polars as pl

from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.sources.read_table import SourceTable, readable

LOOKED_AT = 32_000_000
"""So many bytes of files are compared at most: of larger ones it would cost more than reading them."""

SOME = Fraction(1, 1000)
"""From which share of the rows on it is told."""

_HASH, _FILE = "\x00hash", "\x00file"


def repeated_rows(source: str, files: Sequence[Path], tables: Sequence[SourceTable]) -> Iterator[ReadNote]:
    """The note of rows that are equal in every column and stand in more than one file.

    Rows that are equal within one file are none of them: two of a thing may have been bought. Files of other
    columns than the first, are left out.
    """
    if len(files) < 2 or sum(file.stat().st_size for file in files) > LOOKED_AT:
        return
    names = list(tables[0].schema)
    alike = [table for table in tables if table.schema == tables[0].schema]
    row = pl.struct(names).hash(0)
    hashes = [
        table.scan().select(row.alias(_HASH)).with_columns(pl.lit(at, dtype=pl.UInt32).alias(_FILE))
        for at, table in enumerate(alike)
    ]
    with readable(source, alike[0].format_name):
        found = pl.concat(hashes).collect()
    per_file = found.group_by(_HASH, _FILE).agg(pl.len().cast(pl.Int64).alias("rows"))
    in_several = per_file.filter(pl.col(_FILE).n_unique().over(_HASH) > 1)
    if in_several.is_empty():
        return
    twice = int(in_several.filter(pl.col(_FILE) > pl.col(_FILE).min().over(_HASH))["rows"].sum())
    if Fraction(twice, found.height) < SOME:
        return
    places: list[int] = in_several[_FILE].unique().sort().to_list()
    labels = [alike[at].label for at in places]
    shown = ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
    yield ReadNote(
        "repeated-rows",
        source,
        f"{twice:,} of {found.height:,} rows of `{source}` stand in an earlier file of it already, equal in "
        f"every column ({shown})",
        "export periods that don't overlap, or take the rows out of one of the files",
        twice,
        file=labels[1],
    )
