"""The reading room: a source's files as one lazy frame of the engine's own types.

Reading and judging are two views of one plan: `SourceReader.scan` gives the values, `SourceReader.audit`
counts what did not fit, and collected together they read a file once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import polars as pl
from polars.exceptions import PanicException, PolarsError

from segmentry.engine.errors import DataError, SegmentryError
from segmentry.engine.language.types import UNSUPPORTED, Type, common_type, list_of
from segmentry.engine.model import Column, Source
from segmentry.engine.polars import locate
from segmentry.engine.polars.convert import Conversion, conversion, natural_type
from segmentry.engine.polars.read_formats import format_of, open_table, physical_name
from segmentry.engine.polars.read_paths import find_files, label_of, nearest
from segmentry.engine.polars.read_table import FrameTable, Table, unreadable

Fault = Literal["bad", "unknown", "rounded"]

_RAW = "\x00raw "


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many values of a column were not read as they stand.

    ``fault`` is "bad" (read as missing), "unknown" (not among `values`) or "rounded" (a float that is no
    decimal of that scale).
    """

    column: str
    fault: Fault
    rows: int


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column as it is read: its final name and type, its name in the files, and its contract."""

    name: str
    physical: str
    type: Type
    contract: Column


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
        frame: pl.DataFrame | pl.LazyFrame | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.source = source
        self._root = root.absolute()
        self.zone = zone
        self._frame = frame
        self._environ = environ

    # --- what there is ------------------------------------------------------------------------------

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The files, absolute and sorted; none where a frame was given."""
        if self._frame is not None:
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
            return self._frame is not None or bool(self.files)
        except SegmentryError:
            return False

    def schema(self) -> dict[str, Type]:
        """The final names of the columns and their types, in the order of contract, then file.

        Columns that a formula or an aggregate computes are not among them.
        """
        return {name: column.type for name, column in self._columns.items()}

    def physical_schema(self) -> dict[str, str]:
        """The columns as they stand in the files, with the names of their Polars dtypes."""
        found: dict[str, list[str]] = {}
        for table in self.tables:
            for name, dtype in table.schema.items():
                words = found.setdefault(name, [])
                if str(dtype) not in words:
                    words.append(str(dtype))
        return {name: " | ".join(words) for name, words in found.items()}

    def row_count(self) -> int:
        """How many rows the files have."""
        return sum(table.row_count() for table in self.tables)

    # --- reading ------------------------------------------------------------------------------------

    def scan(self, columns: Sequence[str]) -> pl.LazyFrame:
        """Exactly these columns (final names, at least one) in this order, of the engine's dtypes.

        A value that does not fit is null here; `audit` counts it. No other column is read.
        """
        return self._read(columns).select(columns)

    def audit(self, columns: Sequence[str]) -> pl.LazyFrame | None:
        """One row that counts what does not fit in these columns, for `verdict`; None where nothing can.

        Collect it together with what uses `scan` of the same columns: both then share the reading.
        """
        read = self._read(columns)
        names = [name for name in read.collect_schema().names() if name not in columns]
        if not names:
            return None
        return read.select(pl.col(name).sum().alias(name) for name in names)

    def verdict(self, row: Mapping[str, int]) -> tuple[ReadCount, ...]:
        """What a row of `audit` means: the counts above zero.

        Raises DataError where the source's contract does not accept them; it names the first such value of
        up to five columns, with file and row.
        """
        counts: list[ReadCount] = []
        for column in self._columns.values():
            for fault in ("bad", "unknown", "rounded"):
                rows = row.get(_flag(fault, column.name)) or 0
                if rows:
                    counts.append(ReadCount(column.name, fault, int(rows)))
        refused = [count for count in counts if self._refuses(count)]
        if refused:
            raise locate.refusal(self, refused[: locate.MOST])
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
    def tables(self) -> tuple[Table, ...]:
        """The opened files, or the frame."""
        if self._frame is not None:
            return (FrameTable(self._frame, f"The frame given for `{self.source.name}`"),)
        return tuple(open_table(file, self._label(file), self.source) for file in self.files)

    def column(self, name: str) -> ReadColumn:
        """A column of `schema`; raises DataError for another name."""
        column = self._columns.get(name)
        if column is None:
            raise self._no_column(name)
        return column

    def convert(self, table: Table, column: ReadColumn) -> Conversion:
        """How a table's column becomes the engine's; raises DataError where it can't."""
        dtype = table.schema.get(column.physical)
        if dtype is None:
            raise DataError(
                f"{table.label} has no column `{column.physical}`, but other files of source "
                f"`{self.source.name}` do. Add it there (it may be empty), or leave the file out.",
                file=table.label,
                column=column.physical,
            )
        found = conversion(dtype, column.type, self.zone)
        if found is None:
            raise self._no_conversion(table, column, dtype)
        return found

    def _read(self, columns: Sequence[str]) -> pl.LazyFrame:
        """The columns, and a Boolean column for every fault that can be in them."""
        wanted = [self.column(name) for name in columns]
        groups: dict[object, list[Table]] = {}
        for table in self.tables:
            key = (table.group, tuple(table.schema.items())) if table.group is not None else table
            groups.setdefault(key, []).append(table)
        parts = [self._read_group(tables, wanted) for tables in groups.values()]
        # A file's own types may need no check where another's do: what is not there is no fault.
        return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal")

    def _read_group(self, tables: Sequence[Table], wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        rows = type(tables[0]).scan_group(tables)
        return self.checked(rows, tables[0], wanted)

    def checked(self, rows: pl.LazyFrame, table: Table, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        """Raw rows of a table as final columns and their faults; further columns are dropped."""
        plans = [(column, self.convert(table, column)) for column in wanted]
        values = [plan.value(pl.col(column.physical)).alias(column.name) for column, plan in plans]
        judged = [(column, plan) for column, plan in plans if plan.bad or plan.rounded]
        raws = [pl.col(column.physical).alias(_RAW + column.name) for column, _ in judged]
        flags: list[pl.Expr] = []
        for column, plan in judged:
            raw, value = pl.col(_RAW + column.name), pl.col(column.name)
            if plan.bad is not None:
                flags.append(plan.bad(raw, value).alias(_flag("bad", column.name)))
            if plan.rounded is not None:
                flags.append(plan.rounded(raw).alias(_flag("rounded", column.name)))
        frame = rows.select(*values, *raws)
        if flags:
            frame = frame.with_columns(flags).drop([_RAW + column.name for column, _ in judged])
        return self._known_values(frame, wanted)

    def _known_values(self, frame: pl.LazyFrame, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        for column in wanted:
            if column.contract.values is None:
                continue
            known = locate.is_known_value(column, pl.col(column.name), self.zone)
            frame = frame.with_columns((~known).alias(_flag("unknown", column.name)))
            if column.contract.on_unknown_value == "null":
                kept = pl.when(~pl.col(_flag("unknown", column.name))).then(pl.col(column.name))
                frame = frame.with_columns(kept.alias(column.name))
        return frame

    def _refuses(self, count: ReadCount) -> bool:
        contract = self._columns[count.column].contract
        match count.fault:
            case "bad":
                return contract.on_bad_value == "error"
            case "unknown":
                return contract.on_unknown_value == "error"
            case "rounded":
                return False

    # --- names and types ----------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> dict[str, ReadColumn]:
        present = {name: None for table in self.tables for name in table.schema}
        columns: dict[str, ReadColumn] = {}
        computed: set[str] = set()
        for contract in self.source.columns:
            if contract.formula or contract.aggregate or contract.days_since_previous:
                computed.add(contract.name)
                continue
            physical = physical_name(contract)
            if physical not in present:
                raise self._no_column(physical)
            columns[contract.name] = self._read_column(contract, physical)
        mapped = {column.physical for column in columns.values()} | computed | columns.keys()
        for name in present:
            if name not in mapped:
                columns[name] = self._read_column(Column(name), name)
        return columns

    def _read_column(self, contract: Column, physical: str) -> ReadColumn:
        declared = contract.type
        if declared is not None and (declared.kind != "list" or declared.element is not None):
            return ReadColumn(contract.name, physical, declared, contract)
        found = self._natural(physical)
        if declared is not None and found.kind != "list":
            found = list_of(found)
        return ReadColumn(contract.name, physical, found, contract)

    def _natural(self, physical: str) -> Type:
        """The type of a column that only the files describe: one that holds the values of all of them."""
        common: Type | None = None
        for table in self.tables:
            dtype = table.schema.get(physical)
            if dtype is None or dtype == pl.Null:
                continue
            kind = natural_type(dtype)
            if common is not None and {common.kind, kind.kind} == {"date", "datetime"}:
                return UNSUPPORTED
            merged = kind if common is None else common_type(common, kind)
            if merged is None:
                return UNSUPPORTED
            common = merged
        return common or natural_type(pl.Null())

    def _no_column(self, name: str) -> DataError:
        present = list({column: None for table in self.tables for column in table.schema})
        first = self.tables[0].label
        where = first if len(self.tables) == 1 else f"{first} (and {len(self.tables) - 1} more)"
        alike = nearest(name, present)
        if alike:
            fix = f"Is `{alike[0]}` meant? Then say so with `from: {alike[0]}`, or correct the name."
        elif len(present) == 1 and any(mark in present[0] for mark in ";\t|"):
            fix = f"The header reads as one column `{present[0][:40]}`: does the source lack its `separator`?"
        else:
            fix = f"Its columns are {', '.join(f'`{column}`' for column in present[:12])}."
        text = f"{where} has no column `{name}`, which source `{self.source.name}` needs. {fix}"
        return DataError(text, file=first, column=name)

    def _no_conversion(self, table: Table, column: ReadColumn, dtype: pl.DataType) -> DataError:
        place = f"{table.label}, column `{column.physical}`"
        held = {other.schema.get(column.physical): other.label for other in reversed(self.tables)}
        different = [label for kind, label in held.items() if kind not in (None, pl.Null, dtype)]
        if column.contract.type is not None:
            text = (
                f"{place}: the file holds {_words(dtype)}, which can't be read as {column.type.words()}. "
                "Declare another `type`, or change the file."
            )
        elif different and natural_type(dtype) != UNSUPPORTED:
            text = (
                f"{place}: the file holds {_words(dtype)}, but {different[-1]} holds another type. "
                "Make the files alike, or declare the `type` of the column."
            )
        else:
            text = f"{place}: the file holds {_words(dtype)}, which rules can't use. Leave the column out."
        return DataError(text, file=table.label, column=column.physical)

    def _label(self, file: Path) -> str:
        return label_of(file, self._root)


@contextmanager
def reading(readers: Iterable[SourceReader]) -> Iterator[None]:
    """Around whatever collects frames of these readers: a file that turns out damaged is a DataError."""
    try:
        yield
    except (PolarsError, PanicException, OSError):
        for reader in readers:
            reader.explain_failure()
        raise


def _flag(fault: Fault, name: str) -> str:
    return f"\x00{fault} {name}"


def _words(dtype: pl.DataType) -> str:
    kind = natural_type(dtype)
    return (
        f"values of type {dtype}" if kind.kind == "unsupported" else f"{kind.words()} in each row ({dtype})"
    )
