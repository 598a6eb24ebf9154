"""The reading room: a source's files as one lazy frame of the engine's own types.

Reading and judging are two views of one plan: `SourceReader.scan` gives the values, `SourceReader.audit`
counts what did not fit, and collected together they read a file once.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException, PolarsError

from segmentry.engine.diagnostics.errors import DataError, SegmentryError
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.model import Source
from segmentry.engine.language.types import Type
from segmentry.engine.sources import locate
from segmentry.engine.sources.read_columns import FAULTS, ReadColumn, ReadColumns, ReadCount, flag
from segmentry.engine.sources.read_formats import format_of, open_table
from segmentry.engine.sources.read_paths import find_files, label_of
from segmentry.engine.sources.read_table import FrameTable, SourceTable, unreadable
from segmentry.engine.sources.repeated_files import repeated_files

__all__ = ["ReadCount", "SourceReader", "reading"]

_ROWS, _MOST = "\x00rows", "\x00most "


Frame = pl.DataFrame | pl.LazyFrame
"""Data in memory in place of a source's files."""


def is_frame(value: object) -> bool:
    """Whether something can stand in for a source's files."""
    return isinstance(value, (pl.DataFrame, pl.LazyFrame))


class SourceReader:
    """Reads one root source: from its files, or from a frame that was given for it.

    ``root`` is the folder of the workspace, ``zone`` the IANA name of its time zone. Every method but
    `available` raises DataError for files that are not there or can't be read.
    """

    def __init__(
        self,
        source: Source,
        root: Path,
        zone: str,
        *,
        frame: Frame | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.source = source
        self._root = root.absolute()
        self.zone = zone
        self._given = frame
        self._environ = environ

    # --- what there is ------------------------------------------------------------------------------

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The files, absolute and sorted; none where a frame was given."""
        if self._given is not None:
            return ()
        files = find_files(self.source, self._root, self._environ)
        formats = {format_of(file, self._label(file)).removesuffix(".gz") for file in files}
        if len(formats) > 1:
            raise DataError(
                f"The files of source `{self.source.name}` are of several formats "
                f"({', '.join(sorted(formats))}). Give them one format, or make a source of each."
            )
        return files

    def available(self) -> bool:
        """Whether there is anything to read; never raises."""
        try:
            return self._given is not None or bool(self.files)
        except SegmentryError:
            return False

    def schema(self) -> dict[str, Type]:
        """The final names of the columns and their types, in the order of contract, then file.

        Columns that a formula or an aggregate computes are not among them.
        """
        return {name: column.type for name, column in self.columns.by_name.items()}

    @property
    def bytes(self) -> int:
        """How large the files are, or the frame in their place as far as that is known."""
        if isinstance(self._given, pl.DataFrame):
            return int(self._given.estimated_size())
        return sum(file.stat().st_size for file in self.files)

    def row_count(self) -> int:
        """How many rows the files have."""
        return sum(table.row_count() for table in self.tables)

    def notes(self) -> tuple[ReadNote, ...]:
        """What is worth saying of the files, though they can be read: file by file, then of several."""
        each = [note for table in self.tables for note in table.notes(self.source.name)]
        return (*each, *repeated_files(self.source.name, self.files, self.tables))

    # --- reading ------------------------------------------------------------------------------------

    def scan(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows, with exactly these columns (final names, at least one) in this order.

        Dtypes are the engine's: Int64, Int128 (minor units of a decimal), Float64, Boolean, Date, Datetime in
        UTC, String, and lists of those.

        A value that does not fit is null here; `audit` counts it. No other column is read.
        """
        return self._read(columns).select(columns)

    def audit(self, columns: Sequence[str]) -> pl.LazyFrame | None:
        """One row that counts what does not fit in these columns, for `verdict`; None where nothing can.

        Collect it together with what uses `scan` of the same columns: both then share the reading.
        """
        read = self._read(columns)
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

    def verdict(self, row: Mapping[str, Any]) -> tuple[ReadCount, ...]:
        """What a row of `audit` means: the counts above zero, and the columns that are empty.

        Raises DataError where the source's contract does not accept them; it names the first such value of
        up to five columns, with file and row.
        """
        counts: list[ReadCount] = []
        for column in self.columns.by_name.values():
            for fault in FAULTS:
                name = flag(fault, column.name)
                rows = int(row.get(name) or 0)
                empty = rows == row.get(_ROWS) and not any(c.column == column.name for c in counts)
                if rows and (fault != "empty" or empty):
                    counts.append(ReadCount(column.name, fault, rows, row[_ROWS], row.get(_MOST + name)))
        refused = [count for count in counts if self._refuses(count)]
        if refused:
            raise locate.refusal(self.columns, refused[: locate.MOST])
        return tuple(counts)

    def explain_failure(self) -> None:
        """Raises DataError for the file that can't be read to its end, if there is one."""
        for table in self.tables:
            try:
                table.scan().select(pl.all().null_count()).collect()
            except (PolarsError, PanicException, OSError) as error:
                raise unreadable(table.label, table.format_name, error) from error

    # --- how ----------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> tuple[SourceTable, ...]:
        """The opened files, or the frame."""
        if self._given is not None:
            return (FrameTable(self._given, f"The frame given for `{self.source.name}`"),)
        return tuple(open_table(file, self._label(file), self.source) for file in self.files)

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

    def _frame(self, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        groups: dict[object, list[SourceTable]] = {}
        for table in self.tables:
            key = (table.group, tuple(table.schema.items())) if table.group is not None else table
            groups.setdefault(key, []).append(table)
        parts = [
            self.columns.checked(type(tables[0]).scan_group(tables), tables[0], wanted)
            for tables in groups.values()
        ]
        # A file's own types may need no check where another's do: what is not there is no fault.
        return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal")

    def _refuses(self, count: ReadCount) -> bool:
        contract = self.columns.by_name[count.column].contract
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


@contextmanager
def reading(readers: Iterable[SourceReader]) -> Generator[None]:
    """Around whatever collects frames of these readers: a file that turns out damaged is a DataError."""
    try:
        yield
    except (PolarsError, PanicException, OSError):
        for reader in readers:
            reader.explain_failure()
        raise
