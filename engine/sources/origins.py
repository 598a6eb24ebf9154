"""Where the rows of a source come from: the one place that knows of files and of databases."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.elsewhere import NOWHERE_ELSE
from segmentry.engine.files.model import Source
from segmentry.engine.sources.databases.pool import Databases
from segmentry.engine.sources.lake import open_delta, open_stored
from segmentry.engine.sources.prepared import stamps
from segmentry.engine.sources.read_formats import open_table
from segmentry.engine.sources.read_paths import label_of
from segmentry.engine.sources.read_table import SourceTable
from segmentry.engine.sources.stores import is_stored

Stamp = tuple[str, int, int, int, int]
"""By what a file is told from another one: its path, size, both times of change in ns, and its number."""


def stamp(file: Path) -> Stamp:
    """The stamp of a file. Raises OSError."""
    stat = file.stat()
    return str(file), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def open_tables(
    source: Source, files: Sequence[Path], root: Path, databases: Databases
) -> tuple[SourceTable, ...]:
    """The tables of a source. Raises DataError for what can't be read, UsageError for an absent addition."""
    if source.elsewhere.database is not None:
        from segmentry.engine.sources.databases.table import DatabaseTable

        return (DatabaseTable(databases.database(source.elsewhere.database, source.name), source, root),)
    if source.elsewhere.delta is not None:
        return (open_delta(source.elsewhere.delta, root),)
    stored = [path for path in source.paths if is_stored(path)]
    if stored:
        if files:
            raise DataError(
                f"Source `{source.name}` names files here and in an object store. Make a source of each."
            )
        return tuple(open_stored(path) for path in stored)
    return tuple(open_table(file, label_of(file, root), source) for file in files)


def is_elsewhere(source: Source) -> bool:
    """Whether its rows come from a database or an object store, which is asked only when rows are needed."""
    return source.elsewhere != NOWHERE_ELSE or any(map(is_stored, source.paths))


def is_named(source: Source, databases: Databases) -> bool:
    """Whether it is said where to ask for the rows of a source that are elsewhere. Nothing is opened."""
    return source.elsewhere.database is None or databases.is_named(source.elsewhere.database)


def made_of(source: Source, files: Sequence[Path], root: Path) -> list[list[Any]]:
    """By what the rows of a source, kept as a copy, are told from later ones: its files as they are now.

    A database or an object store does not tell whether it has changed: of a query its text counts, of a table
    nothing. Raises OSError.
    """
    if source.elsewhere.query is not None:
        text = (root / source.elsewhere.query).read_bytes()
        return [[source.elsewhere.query, hashlib.sha256(text).hexdigest()]]
    return stamps(files, root)
