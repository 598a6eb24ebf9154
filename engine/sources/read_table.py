"""Tables as they stand in files: what every format offers, and the formats that carry their own types."""

from __future__ import annotations

import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Hashable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import polars as pl
from polars.datatypes import DataTypeClass
from polars.exceptions import PanicException, PolarsError

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.read_note import ReadNote

# Polars knows only the names of the zone database and panics at `+05:30`, `Z` or `UTC+1`. Those are legal in
# Parquet and Arrow, and only say how an instant was shown: `instants` drops them.
os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")

ROW = "\x00row"
"""The column that `Table.numbered` adds: the index of a row, from 0."""

MARK = "\x00"
"""With it begins a text that stands for no value, but for what is there instead, such as `#N/A`."""

DEEPEST = 64
"""Levels of lists and objects within each other that a column may have."""


class SourceTable(ABC):
    """One file (or frame) that has been opened; its rows are read when they are asked for.

    ``label`` is how messages name it, ``schema`` its columns with their dtypes. Opening, and whatever reads,
    raises DataError for what can't be read.
    """

    label: str
    schema: Mapping[str, pl.DataType]
    format_name: ClassVar[str]
    typed: ClassVar[bool] = True
    """Whether values stand in the file as what they are, so that a reader can skip rows by them."""
    marked: frozenset[str] = frozenset()
    """The columns in which some text begins with `MARK`."""
    numeric: frozenset[str] = frozenset()
    """The columns of texts that are numbers in the file: those have a point, whatever is declared."""
    failure: DataError | None = None
    """Why reading has failed, where the table itself knows it best."""

    @property
    def where(self) -> str:
        """The file as a message about one of its cells names it: with the sheet, where there are sheets."""
        return self.label

    @abstractmethod
    def numbered(self) -> pl.LazyFrame:
        """All columns and `ROW`; rows that are not data (blank lines) are left out and leave a gap."""

    @abstractmethod
    def scan(self) -> pl.LazyFrame:
        """All rows and columns, in the dtypes of the file; what is not selected later is not read."""

    def expect(self, columns: Iterable[str]) -> None:
        """Be told of columns of this table that will be read; a table that fetches them does so together."""
        return

    def place(self, row: int) -> int | None:
        """The number by which a person finds the row: here its number in the table, from 1.

        None where rows have no order by which one could be found.
        """
        return row + 1

    def row_count(self) -> int:
        """How many rows the table has."""
        with readable(self.label, self.format_name):
            return int(self.scan().select(pl.len()).collect().item())

    def rows_about(self, path: Path) -> int:
        """About how many rows the file at ``path`` has: of texts so many as fit its bytes."""
        return self.row_count() if self.typed else rows_in(path)

    def notes(self, source: str) -> tuple[ReadNote, ...]:
        """What is worth saying of the file, which is the source of that name."""
        return ()

    @property
    def group(self) -> Hashable:
        """Tables of one group (and one schema) are read by one scan; None for a table on its own."""
        return None

    @classmethod
    def scan_group(cls, tables: Sequence[SourceTable]) -> pl.LazyFrame:
        """The rows of all tables of one group, in their order, with the columns and dtypes of each."""
        return pl.concat([table.scan() for table in tables])


_HEAD = 65_536
_PACKED = 6
"""How many times larger than its file a compressed text is, about."""


def rows_in(path: Path) -> int:
    """About how many rows a file of texts has, from the length of its first lines."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:2] in (b"\x1f\x8b", b"PK"):
        return size * _PACKED // 100
    return size * head.count(b"\n") // max(1, len(head))


class ParquetTable(SourceTable):
    """A Parquet file."""

    format_name = "Parquet"

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        self._path = path
        with readable(label, self.format_name):
            self._held = shallow(label, pl.read_parquet_schema(path))
        self.schema = types_in_utc(self._held)

    def scan(self) -> pl.LazyFrame:
        return instants(_scan_parquet([self._path]), self._held)

    def numbered(self) -> pl.LazyFrame:
        return self.scan().with_row_index(ROW)

    @property
    def group(self) -> Hashable:
        return ParquetTable, tuple(self._held.values())

    @classmethod
    def scan_group(cls, tables: Sequence[SourceTable]) -> pl.LazyFrame:
        alike = [table for table in tables if isinstance(table, ParquetTable)]
        return instants(_scan_parquet([table._path for table in alike]), alike[0]._held)


def _scan_parquet(paths: list[Path]) -> pl.LazyFrame:
    # A folder named like `year=2026` must not add a column that the file does not have.
    return pl.scan_parquet(paths, glob=False, hive_partitioning=False)


def shallow(label: str, schema: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """The schema; raises DataError for a column of so many levels that even its type is hard to handle."""
    for name, dtype in schema.items():
        level = [dtype]
        for _ in range(DEEPEST):
            level = [dtype_instance(inner) for outer in level for inner in _inner_of(outer)]
        if level:
            raise too_deep(f"{label}, column `{name}`", label, None, name)
    return dict(schema)


def too_deep(place: str, label: str, row: int | None, column: str | None) -> DataError:
    """The error of lists and objects within each other without end."""
    return DataError(
        f"{place}: lists and objects are nested more than {DEEPEST} levels deep. "
        "Export the file without them, or with texts in their place.",
        file=label,
        row=row,
        column=column,
    )


def _inner_of(dtype: pl.DataType) -> list[pl.DataType | DataTypeClass]:
    match dtype:
        case pl.List() | pl.Array():
            return [dtype.inner]
        case pl.Struct():
            return [field.dtype for field in dtype.fields]
        case _:
            return []


def _in_utc(dtype: pl.DataType) -> pl.DataType:
    """The dtype with every time of a zone in UTC: the instants are the same."""
    match dtype:
        case pl.Datetime() if dtype.time_zone is not None:
            return pl.Datetime(dtype.time_unit, "UTC")
        case pl.List():
            return pl.List(_in_utc(dtype_instance(dtype.inner)))
        case pl.Array():
            return pl.Array(_in_utc(dtype_instance(dtype.inner)), dtype.size)
        case _:
            return dtype


def types_in_utc(held: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """A schema with every time of a zone in UTC."""
    return {name: _in_utc(dtype) for name, dtype in held.items()}


def instants(frame: pl.LazyFrame, held: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The frame of dtypes ``held``, with its times in UTC."""
    casts = [pl.col(name).cast(_in_utc(dtype)) for name, dtype in held.items() if _in_utc(dtype) != dtype]
    return frame.with_columns(casts) if casts else frame


def dtype_instance(inner: pl.DataType | DataTypeClass) -> pl.DataType:
    """The dtype within a list's."""
    return inner if isinstance(inner, pl.DataType) else inner()


class ArrowTable(SourceTable):
    """An Arrow IPC (Feather 2) file."""

    format_name = "Arrow"

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        self._path = path
        with readable(label, self.format_name):
            self._held = shallow(
                label, pl.scan_ipc(path, glob=False, hive_partitioning=False).collect_schema()
            )
        self.schema = types_in_utc(self._held)

    def scan(self) -> pl.LazyFrame:
        return instants(pl.scan_ipc(self._path, glob=False, hive_partitioning=False), self._held)

    def numbered(self) -> pl.LazyFrame:
        return self.scan().with_row_index(ROW)


class FrameTable(SourceTable):
    """A frame that the caller gave instead of files."""

    format_name = "frame"

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame, label: str) -> None:
        self.label = label
        self._frame = frame.lazy()

    @cached_property
    def schema(self) -> Mapping[str, pl.DataType]:  # type: ignore[override]
        with readable(self.label, self.format_name):
            return dict(self._frame.collect_schema())

    def scan(self) -> pl.LazyFrame:
        return self._frame

    def numbered(self) -> pl.LazyFrame:
        return self._frame.with_row_index(ROW)


@contextmanager
def readable(label: str, format_name: str) -> Generator[None]:
    """Turns whatever goes wrong in reading the file into a DataError that names it."""
    try:
        yield
    except (PolarsError, PanicException, OSError, EOFError, zlib.error) as error:
        raise unreadable(label, format_name, error) from error


def unreadable(label: str, format_name: str, error: BaseException) -> DataError:
    """The DataError of a file that can't be read."""
    if isinstance(error, PermissionError):
        return DataError(
            f"{label}: reading it is not permitted. Ask for the permission to read the file.", file=label
        )
    if isinstance(error, FileNotFoundError):
        return DataError(f"{label}: the file is gone. Was it moved while it was read?", file=label)
    # What the library below says of it helps nobody who can only export the file again.
    return DataError(
        f"{label} can't be read as {format_name}: it is damaged, cut off or of another format. "
        "Export it again, or correct its ending.",
        file=label,
    )


def not_empty(path: Path, label: str) -> None:
    """Raises DataError for a file of no bytes, or one that can't be looked at."""
    with readable(label, "a file"):
        size = path.stat().st_size
    if size == 0:
        raise DataError(
            f"{label} is empty (0 bytes). Export it again: even a table without rows has its header.",
            file=label,
        )
