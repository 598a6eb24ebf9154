"""The reading room: a source's files as one lazy frame of the engine's own types.

Reading and judging are two views of one plan: `SourceReader.scan` gives the values, `SourceReader.audit`
counts what did not fit, and collected together they read a file once. Where a prepared copy of the files
counts, both come from it: the same values, the same counts, the same notes.
"""

from __future__ import annotations

import os
from collections.abc import Container, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException, PolarsError

from segmentry.engine.diagnostics.errors import DataError, SegmentryError
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import Type
from segmentry.engine.sources import locate
from segmentry.engine.sources.databases.pool import Databases
from segmentry.engine.sources.origins import Stamp, is_elsewhere, is_named, made_of, open_tables, stamp
from segmentry.engine.sources.prepared import Freshness, KeptColumn, PreparedCopy, doubt_words, find_copy
from segmentry.engine.sources.read_columns import FAULTS, ReadColumn, ReadColumns, ReadCount, flag
from segmentry.engine.sources.read_formats import format_of
from segmentry.engine.sources.read_paths import find_files, label_of
from segmentry.engine.sources.read_table import FrameTable, SourceTable, unreadable
from segmentry.engine.sources.repeated_files import repeated_files
from segmentry.engine.sources.repeated_rows import repeated_rows

__all__ = ["ReadCount", "SourceReader", "reading"]

_ROWS, _MOST = "\x00rows", "\x00most "


Frame = pl.DataFrame | pl.LazyFrame
"""Data in memory in place of a source's files."""


def is_frame(value: object) -> bool:
    """Whether something can stand in for a source's files."""
    return isinstance(value, (pl.DataFrame, pl.LazyFrame))


class SourceReader:
    """Reads one root source: from its files or its database, or from a frame that was given for it.

    ``root`` is the folder of the workspace, ``zone`` the IANA name of its time zone, ``copies`` the folder of
    the prepared copies that may be read in place of the data, ``databases`` are those that are open (without
    them the reader opens its own). Every method but `available` raises DataError for data that is not there
    or can't be read.
    """

    def __init__(
        self,
        source: Source,
        root: Path,
        zone: str,
        frame: Frame | None = None,
        environ: Mapping[str, str] = os.environ,
        copies: Path | None = None,
        databases: Databases | None = None,
    ) -> None:
        self.source = source
        self._root = root.absolute()
        self.zone = zone
        self._given = frame
        self._environ = environ
        self._copies = copies
        self._databases = databases

    # --- what there is ------------------------------------------------------------------------------

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The files, absolute and sorted; none of a database, and none where a frame was given."""
        if self._given is not None or not self.source.paths:
            return ()
        files = find_files(self.source, self._root, self._environ)
        formats = {format_of(file, self._label(file)).removesuffix(".gz") for file in files}
        if len(formats) > 1:
            raise DataError(
                f"The files of source `{self.source.name}` are of several formats "
                f"({', '.join(sorted(formats))}). Give them one format, or make a source of each."
            )
        return files

    @cached_property
    def opened(self) -> tuple[Stamp, ...]:
        """The stamps that the files had before anything of them was read."""
        return tuple(stamp(file) for file in self.files)

    def stamps(self) -> tuple[Stamp, ...]:
        """The stamps of the files as they are now. Raises OSError."""
        return tuple(stamp(file) for file in self.files)

    def copy_stamps(self) -> tuple[Stamp, ...]:
        """The stamps of the prepared copy that is read in place of the files, if there is one that counts."""
        return () if self.copy is None else tuple(stamp(file) for file in self.copy.parts)

    def available(self) -> bool:
        """Whether there is anything to read; never raises, and asks no database."""
        try:
            if self._given is None and is_elsewhere(self.source):
                return is_named(self.source, self.databases) or self.copy is not None
            return self._given is not None or bool(self.files)
        except SegmentryError:
            return False

    def schema(self) -> dict[str, Type]:
        """The final names of the columns and their types, in the order of contract, then file.

        Columns that a formula or an aggregate computes are not among them.
        """
        if self.copy is not None:
            return dict(self.copy.schema)
        return {name: column.type for name, column in self.columns.by_name.items()}

    @property
    def bytes(self) -> int:
        """How large the files are, or the frame in their place as far as that is known; 0 of a database."""
        if isinstance(self._given, pl.DataFrame):
            return int(self._given.estimated_size())
        return sum(file.stat().st_size for file in self.files)

    def row_count(self) -> int:
        """How many rows the files have."""
        if self.copy is not None:
            return self.copy.rows
        return sum(table.row_count() for table in self.tables)

    @property
    def is_typed(self) -> bool:
        """Whether what is read carries its own types, instead of texts to be parsed."""
        return self.copy is not None or all(table.typed for table in self.tables)

    def rows_about(self) -> int:
        """About how many rows there are, from what files tell of themselves; none is read through."""
        if isinstance(self._given, pl.DataFrame):
            return self._given.height
        if self._given is not None:
            return 0
        if self.copy is not None:
            return self.copy.rows
        if not self.files:
            return self.row_count()
        return sum(table.rows_about(file) for table, file in zip(self.tables, self.files, strict=True))

    def notes(self) -> tuple[ReadNote, ...]:
        """What is worth saying of the files, though they can be read: file by file, then of several."""
        if self.copy is not None:
            return self.copy.notes
        each = [note for table in self.tables for note in table.notes(self.source.name)]
        name = self.source.name
        files = [*repeated_files(name, self.files, self.tables)]
        rows = repeated_rows(name, self.files, self.tables) if self.source.time and not files else ()
        return (*each, *files, *rows)

    # --- the prepared copy --------------------------------------------------------------------------

    @cached_property
    def freshness(self) -> Freshness:
        """What there is of a prepared copy of the files as they are now; never raises."""
        if self._copies is None or self._given is not None:
            return Freshness()
        try:
            origin = self.made_of() if self.opened or is_elsewhere(self.source) else None
        except (SegmentryError, OSError):
            return Freshness()
        return Freshness() if origin is None else find_copy(self.source, self.zone, origin, self._copies)

    def made_of(self) -> list[list[Any]]:
        """What a copy of the source would be made of, as it is now. Raises OSError."""
        return made_of(self.source, self.files, self._root)

    @property
    def copy(self) -> PreparedCopy | None:
        """The prepared copy that is read in place of the files, if there is one that counts."""
        return self.freshness.copy

    def copy_note(self) -> str | None:
        """Why a prepared copy that is there is not read, in words; None where that is not so."""
        doubt = self.freshness.doubt
        return None if doubt is None else doubt_words(self.source.name, doubt)

    def reads_copy(self, columns: Iterable[str]) -> bool:
        """Whether these columns come from the prepared copy; one that lacks any of them gives none."""
        return self.copy is not None and self.copy.holds(columns)

    def kept(self, row: Mapping[str, Any], columns: Iterable[str]) -> dict[str, KeptColumn]:
        """What a copy of these columns has to tell of them, by a row of `audit`."""
        schema = self.schema()
        return {
            name: KeptColumn(
                schema[name],
                narrow=False,
                counts={f: int(row[n] or 0) for f in FAULTS[:-1] if (n := flag(f, name)) in row},
                empty=int(row.get(flag("empty", name)) or 0),
                most=row.get(_MOST + flag("rounded", name)),
            )
            for name in columns
        }

    def judged(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows with these columns and with what `audit` counts; in a file they can be audited later."""
        return self._frame([self.columns.column(name) for name in columns])

    # --- reading ------------------------------------------------------------------------------------

    def scan(self, columns: Sequence[str], *, numbered: bool = False) -> pl.LazyFrame:
        """All rows, with exactly these columns (final names, at least one) in this order.

        Dtypes are the engine's: Int64, Int128 (minor units of a decimal), Float64, Boolean, Date, Datetime in
        UTC, String, and lists of those.

        A value that does not fit is null here; `audit` counts it. No other column is read. Where the rows are
        to be ``numbered``, they are the same ones at the same places in all such scans.
        """
        copy = self.copy
        if copy is not None and copy.holds(columns) and (copy.whole or not numbered):
            return copy.scan(columns)
        return self._read(columns).select(columns)

    def audit(self, columns: Sequence[str], *, of: pl.LazyFrame | None = None) -> pl.LazyFrame | None:
        """One row that counts what does not fit in these columns, for `verdict`; None where nothing can.

        Collect it together with what uses `scan` of the same columns: both then share the reading. ``of`` are
        rows that were `judged` before.
        """
        if of is None and self.copy is not None and self.copy.holds(columns):
            return _audit_of(self.copy, columns)
        read = self._read(columns) if of is None else of
        present = set(read.collect_schema().names())
        flags = [flag(fault, name) for name in columns for fault in FAULTS if flag(fault, name) in present]
        if not flags and all(table.typed for table in self.tables):
            return None
        counts: list[pl.Expr] = [pl.len().alias(_ROWS)]
        for name in flags:
            column = pl.col(name)
            if name.startswith(flag("rounded", "")):
                counts += [column.count(), column.max().alias(_MOST + name)]
            else:
                counts.append(column.sum())
        counts += [pl.col(name).null_count().alias(flag("empty", name)) for name in columns]
        return read.select(counts)

    def verdict(self, row: Mapping[str, Any], *, but: Container[str] = ()) -> tuple[ReadCount, ...]:
        """What a row of `audit` means, ``but`` for some columns: the counts above zero, and which are empty.

        Raises DataError where the source's contract does not accept them; it names the first such value of
        up to five columns, with file and row.
        """
        counts = [count for count in self._counts(row) if count.column not in but]
        refused = [count for count in counts if self._refuses(count)]
        if refused:
            raise locate.refusal(self.columns, refused[: locate.MOST])
        return tuple(counts)

    def refused(self, row: Mapping[str, Any]) -> set[str]:
        """The columns for which `verdict` raises."""
        return {count.column for count in self._counts(row) if self._refuses(count)}

    def _counts(self, row: Mapping[str, Any]) -> list[ReadCount]:
        counts: list[ReadCount] = []
        for column in self.schema():
            for fault in FAULTS:
                name = flag(fault, column)
                rows = int(row.get(name) or 0)
                empty = rows == row.get(_ROWS) and not any(c.column == column for c in counts)
                if rows and (fault != "empty" or empty):
                    counts.append(ReadCount(column, fault, rows, row[_ROWS], row.get(_MOST + name)))
        return counts

    def explain_failure(self) -> None:
        """Raises DataError for the file that can't be read to its end, if there is one."""
        if self.copy is not None:
            self._explain_copy(self.copy)
        for table in self.tables:
            if table.failure is not None:
                raise table.failure
            try:
                table.scan().select(pl.all().null_count()).collect()
            except (PolarsError, PanicException, OSError) as error:
                raise unreadable(table.label, table.format_name, error) from error

    def _explain_copy(self, copy: PreparedCopy) -> None:
        try:
            copy.scan(list(copy.columns)).select(pl.all().null_count()).collect()
        except (PolarsError, PanicException, OSError) as error:
            raise DataError(doubt_words(self.source.name, "damaged")) from error

    # --- how ----------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> tuple[SourceTable, ...]:
        """The opened files, the table of the database, or the frame. Raises UsageError without a driver."""
        if self._given is not None:
            return (FrameTable(self._given, f"The frame given for `{self.source.name}`"),)
        _ = self.opened
        return open_tables(self.source, self.files, self._root, self.databases)

    @cached_property
    def databases(self) -> Databases:
        """The databases that are open."""
        return self._databases or Databases(self._root, self._environ)

    @cached_property
    def columns(self) -> ReadColumns:
        """The columns that can be read."""
        return ReadColumns(self.source, self.tables, self.zone)

    def _read(self, columns: Sequence[str]) -> pl.LazyFrame:
        """At least the columns, and a Boolean column for every fault that can be in them.

        Parsing text is what costs: a frame of texts is one and the same for every wish, so that a query does
        the work once. A typed file is filtered as it is read instead, which a shared step would prevent.
        """
        wanted = [self.columns.column(name) for name in columns]
        if all(table.typed for table in self.tables):
            return self._frame(wanted)
        for column in wanted:
            self.columns.check_fit(column)
        return self._texts

    @cached_property
    def _texts(self) -> pl.LazyFrame:
        return self._frame([column for column in self.columns.by_name.values() if self._fits(column)]).cache()

    def _fits(self, column: ReadColumn) -> bool:
        try:
            self.columns.check_fit(column)
        except DataError:
            return False
        return True

    def fits(self, name: str) -> bool:
        """Whether all files can give a column."""
        return self._fits(self.columns.column(name))

    def _frame(self, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        groups: dict[object, list[SourceTable]] = {}
        for table in self.tables:
            table.expect(column.physical for column in wanted)
            # What is filled down comes from the rows of one file.
            alone = table.group is None or self.source.shape.fill_down is not None
            key = table if alone else (table.group, tuple(table.schema.items()))
            groups.setdefault(key, []).append(table)
        parts = [
            self.columns.checked(type(tables[0]).scan_group(tables), tables[0], wanted)
            for tables in groups.values()
        ]
        # A file's own types may need no check where another's do: what is not there is no fault.
        return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal")

    def _refuses(self, count: ReadCount) -> bool:
        declared = {column.name: column for column in self.source.columns}
        contract = declared.get(count.column, Column(count.column))
        match count.fault:
            case "bad":
                return contract.on_bad_value == "error"
            case "unknown":
                return contract.on_unknown_value == "error"
            case "rounded":
                policy = contract.on_more_places
                return policy == "error" or (policy is None and count.rows * 1000 > count.of)
            case "empty":
                return False

    def _label(self, file: Path) -> str:
        return label_of(file, self._root)


def _audit_of(copy: PreparedCopy, columns: Sequence[str]) -> pl.LazyFrame | None:
    """The row that auditing the files of a copy would give."""
    if copy.typed and not any(copy.columns[name].counts for name in columns):
        return None
    row: dict[str, int | float | None] = {_ROWS: copy.rows}
    for name in columns:
        kept = copy.columns[name]
        row |= {flag(fault, name): kept.counts[fault] for fault in FAULTS if fault in kept.counts}
        row |= {_MOST + flag("rounded", name): kept.most, flag("empty", name): kept.empty}
    return pl.LazyFrame([row])


@contextmanager
def reading(readers: Iterable[SourceReader]) -> Generator[None]:
    """Around whatever collects frames of these readers: a file that turns out damaged is a DataError."""
    try:
        yield
    except (PolarsError, PanicException, OSError):
        for reader in readers:
            reader.explain_failure()
        raise
