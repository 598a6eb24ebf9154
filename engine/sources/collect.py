"""What goes wrong while frames are collected, in words: numbers that do not fit, damaged files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.sources.read import SourceReader, reading

FAILURES = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""Everything that collecting raises when it fails."""


class TooLargeError(DataError):
    """A result that neither 64-bit integers nor 128-bit decimals hold."""


def too_large(what: str) -> TooLargeError:
    """The error of ``what`` ("`spend`", or what else can be said of it) that does not fit."""
    return TooLargeError(
        f"a value of {what} is too large: whole numbers have 64 bits, exact decimals 38 digits; "
        "look for a wrong figure in the data, compute with smaller numbers, or round first"
    )


def failure(error: Exception) -> DataError:
    """The error of a collection that failed though every file can be read."""
    first = (str(error).splitlines() or [""])[0]
    if "conversion from `i128`" in first:
        return too_large("a sum or of a computed column")
    return DataError(f"the data can't be evaluated ({first})")


def collected(
    queries: Sequence[pl.LazyFrame], readers: Mapping[str, SourceReader], read: Mapping[str, Iterable[str]]
) -> list[pl.DataFrame]:
    """The results of queries over some columns (``read``, by source), which are audited along the way.

    Raises DataError for a file that can't be read, a value that its contract refuses, a number that does not
    fit.
    """
    audits: dict[str, pl.LazyFrame] = {}
    for name, columns in read.items():
        audit = readers[name].audit(sorted(columns))
        if audit is not None:
            audits[name] = audit
    try:
        with reading(readers[name] for name in read):
            found = pl.collect_all([*queries, *audits.values()])
    except FAILURES as error:
        raise failure(error) from error
    for name, counts in zip(audits, found[len(queries) :], strict=True):
        readers[name].verdict(counts.row(0, named=True))
    return found[: len(queries)]
