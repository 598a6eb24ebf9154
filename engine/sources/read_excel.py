"""Excel workbooks: one sheet as a table of texts, read as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.dress import PLAIN, FileShape
from segmentry.engine.sources import read_cells
from segmentry.engine.sources.read_table import MARK, ROW, SourceTable, not_empty, readable, unreadable

_LONG = r"^-?[0-9]{16}"
_FRACTION = r"^-?[0-9]+\.[0-9]"
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00(?:\.0+)?$"


class ExcelTable(SourceTable):
    """A sheet of an .xlsx file: its first row that is not empty is the header, empty rows are no rows.

    All columns are ``String``: numbers as Excel shows them in full, dates in ISO 8601. A column without a
    name is left out. ``sheet`` is a name, or a number from 1; without it the first sheet is read.
    ``commas`` names columns whose texts have a decimal comma: their numbers get one, too.
    A cell that holds an error, and a formula without its value, are texts that begin with `MARK`.
    """

    format_name = "Excel"
    typed = False

    def __init__(
        self,
        path: Path,
        label: str,
        sheet: str | int | None,
        shape: FileShape = PLAIN,
        commas: Collection[str] = (),
    ) -> None:
        self.label = label
        self._shape = shape
        self._commas = commas
        not_empty(path, label)
        if find_spec("fastexcel") is None:
            raise DataError(
                f"{label}: reading Excel files needs an addition: `pip install 'segmentry[excel]'`.",
                file=label,
            )
        cells = self._cells(path, sheet)
        self._rows = self._with_commas(self._table(cells))
        texts = self._rows.select(pl.exclude(ROW).str.starts_with(MARK).any())
        self.marked = frozenset(name for name, marked in texts.row(0, named=True).items() if marked)
        self.schema: Mapping[str, pl.DataType] = {
            name: dtype for name, dtype in self._rows.schema.items() if name != ROW
        }

    @property
    def where(self) -> str:
        return f"{self.label}, sheet `{self._sheet}`"

    def scan(self) -> pl.LazyFrame:
        return self._rows.lazy().drop(ROW)

    def numbered(self) -> pl.LazyFrame:
        return self._rows.lazy()

    def notes(self, source: str) -> tuple[ReadNote, ...]:
        if not self._long_numbers:
            return ()
        row, column = min(self._long_numbers)
        name = self._names.get(str(column))
        place = f"{self.where}, row {row + 1}{f', column `{name}`' if name else ''}"
        count = len(self._long_numbers)
        more = f" ({count - 1:,} more like it)" if count > 1 else ""
        message = (
            f"{place}: a number of more than {read_cells.LONGEST_EXACT} digits{more}; "
            "Excel has lost the last of them"
        )
        fix = "export the column as text"
        return (ReadNote("long-number", source, message, fix, count, self.label, row + 1, name),)

    def _cells(self, path: Path, sheet: str | int | None) -> pl.DataFrame:
        import fastexcel

        with readable(self.label, self.format_name):
            try:
                book: Any = fastexcel.read_excel(path)
                names: list[str] = book.sheet_names
                if isinstance(sheet, int):
                    name = names[sheet - 1] if 0 < sheet <= len(names) else None
                else:
                    name = sheet if sheet in names else names[0] if sheet is None else None
                if name is None:
                    raise self._no_sheet(sheet, names)
                self._sheet = name
                loaded: Any = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
                columns = [column.absolute_index for column in loaded.selected_columns]
                cells = pl.DataFrame(loaded, schema=[str(index) for index in columns])
                return self._with_faults(cells, path, names.index(name))
            except (fastexcel.FastExcelError, *read_cells.FAILURES) as error:
                raise unreadable(self.label, self.format_name, error) from error

    def _with_faults(self, cells: pl.DataFrame, path: Path, sheet: int) -> pl.DataFrame:
        """The cells, where an error or a formula without its value comes as its marked text."""
        sought = f"{_LONG}|{_FRACTION}" if self._commas else _LONG
        texts = (pl.col(name).str.contains(sought) for name in cells.columns)
        numbers = bool(cells.select(pl.any_horizontal(pl.lit(value=False), *texts).any()).item())
        found = read_cells.read_cells(path, sheet, numbers=numbers)
        self._long_numbers, self._fractions = found.long_numbers, found.fractions
        faults: dict[str, dict[int, str]] = {}
        for (row, column), text in found.faulty.items():
            faults.setdefault(str(column), {})[row] = MARK + text
        height = max([cells.height, *(row + 1 for row, _ in found.faulty)])
        columns: list[pl.Series] = []
        for name in sorted({*cells.columns, *faults}, key=int):
            held = cells[name] if name in cells.columns else pl.Series(name, [], dtype=pl.String)
            grown = held.extend_constant(None, height - held.len())
            rows = faults.get(name, {})
            columns.append(grown.scatter(list(rows), list(rows.values())) if rows else grown)
        return pl.DataFrame(columns)

    def _table(self, cells: pl.DataFrame) -> pl.DataFrame:
        filled = cells.with_row_index(ROW).filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
        filled = filled.head(max(0, filled.height - self._shape.footer_rows))
        if self._shape.header_row is not None:
            filled = self._from_header(filled, self._shape.header_row)
        if not filled.height:
            raise DataError(
                f"{self.label}: the sheet is empty. Its first row must name the columns.", file=self.label
            )
        header = {column: name for column, name in filled.row(0, named=True).items() if column != ROW}
        written = {column: (name or "").removeprefix(MARK).strip() for column, name in header.items()}
        self._names = names = {column: name for column, name in written.items() if name}
        for name in names.values():
            if list(names.values()).count(name) > 1:
                raise DataError(
                    f"{self.label}: the header names the column `{name}` twice. "
                    "Give each column a name of its own.",
                    file=self.label,
                    row=int(filled.item(0, 0)) + 1,
                    column=name,
                )
        texts = [_as_shown(pl.col(column)).alias(name) for column, name in names.items()]
        return filled.slice(1).select(pl.col(ROW), *texts)

    def _from_header(self, filled: pl.DataFrame, header_row: int) -> pl.DataFrame:
        below = filled.filter(pl.col(ROW) >= header_row - 1)
        if not below.height or below.item(0, ROW) != header_row - 1:
            raise DataError(
                f"{self.where}, row {header_row}: there is no header. Correct `header_row` of its source.",
                file=self.label,
                row=header_row,
            )
        return below

    def _with_commas(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows, where a number of the sheet is written as the texts of its column are."""
        index = {name: int(column) for column, name in self._names.items()}
        for name in index.keys() & set(self._commas):
            places = [row for row, column in self._fractions if column == index[name]]
            changed = pl.col(name).str.replace(".", ",", literal=True)
            rows = rows.with_columns(pl.when(pl.col(ROW).is_in(places)).then(changed).otherwise(pl.col(name)))
        return rows

    def _no_sheet(self, sheet: str | int | None, names: list[str]) -> DataError:
        there = ", ".join(f"`{name}`" for name in names)
        return DataError(
            f"{self.label} has no sheet `{sheet}`; it has {there}. Correct `sheet` of its source.",
            file=self.label,
        )


def _as_shown(text: pl.Expr) -> pl.Expr:
    """A day without its midnight, an empty text as missing."""
    return pl.when(text != "").then(text.str.replace(_MIDNIGHT, "$1"))
