"""CSV files: everything is text, and the structure is proved before a row is believed.

A parser that splits a file for several threads at once can lose rows to a stray quote, or fill a short row
with nulls, without a word. So every line is held against the header once, by a pattern that runs at the
speed of reading; what does not fit is a data error with its line. After that no row can be misread.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.dress import PLAIN, FileShape
from segmentry.engine.sources.csv_content import in_utf8, named_separator, separates, without_extras
from segmentry.engine.sources.read_table import ROW, SourceTable, not_empty, readable

_LINE = pl.col("line")
_WIDEST = 500
"""Columns up to which one pattern counts the fields; a longer pattern grows too large."""
_MANY_LINES = 100
"""Line breaks of a field from which on it may have swallowed rows."""
_MANY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the proof found: rows, the places of blank lines among the records, whether quotes quote.

    ``long`` are records with a field that is suspiciously long: their number, and line and text of the first.
    """

    rows: int
    blanks: tuple[int, ...]
    quoting: bool
    long: tuple[int, int, str] | None = None


class CsvTable(SourceTable):
    """A CSV or TSV file, also gzipped, with a header. All columns are ``String``, an empty field is null.

    A blank line is no row. Columns with an empty name in the header are left out. A first line `sep=;` is
    none of the table: it names the separator, whatever was declared.
    """

    format_name = "CSV"
    typed = False

    def __init__(
        self, path: Path, label: str, separator: str, encoding: str | None, shape: FileShape = PLAIN
    ) -> None:
        self.label = label
        self._separator = separator
        self._quote = shape.quote or '"'
        self._header_row = shape.header_row
        if len(separator) != 1 or not separator.isascii() or not separates(separator):
            raise DataError(f"{label}: `separator` must be one plain character such as `;`.", file=label)
        not_empty(path, label)
        self._source = in_utf8(path, label, encoding)
        if shape.comment or shape.footer_rows:
            self._source = without_extras(self._source, label, separator, shape)
        self._skipped = 0
        self._header_lines = 1
        names = self._read_header()
        self._width = len(names)
        self._names = [name or f"\x00unnamed {index}" for index, name in enumerate(names)]
        self.schema: Mapping[str, pl.DataType] = {name: pl.String() for name in names if name}

    def scan(self) -> pl.LazyFrame:
        return self.numbered().drop(ROW) if self._layout.blanks else self._fields(None)

    def numbered(self) -> pl.LazyFrame:
        blanks = self._layout.blanks
        frame = self._fields(ROW)
        return frame.filter(~pl.col(ROW).is_in(list(blanks))) if blanks else frame

    def place(self, row: int) -> int:
        """The line of the file on which a row begins; the header begins on line 1."""
        if not self._layout.quoting:
            return self._header_lines + 1 + row
        starts = self._records().filter(pl.col("number") > self._header_lines, ~pl.col("inside"))
        return int(starts.select(pl.col("number")).slice(row, 1).collect().item())

    def row_count(self) -> int:
        return self._layout.rows

    def notes(self, source: str) -> tuple[ReadNote, ...]:
        long = self._layout.long
        if long is None:
            return ()
        count, line, record = long
        sep, q = re.escape(self._separator), re.escape(self._quote)
        # The module csv refuses a field of 128 kB.
        fields = re.findall(rf"(?:^|{sep})({q}[^{q}]*(?:{q}{q}[^{q}]*)*{q}|[^{sep}]*)", record.rstrip("\r"))
        index, longest = max(enumerate(fields), key=lambda field: len(field[1]))
        name = self._names[index] if index < len(self._names) else None
        inner = longest.split("\n")[1:-1]
        alike = sum(text.count(self._separator) == self._width - 1 for text in inner)
        rows = f": {_count(alike, 'line')} of it look{'s' if alike == 1 else ''} like rows" if alike else ""
        length = (
            f"{_count(longest.count(chr(10)) + 1, 'line')} long"
            if inner
            else f"{len(longest):,} characters long"
        )
        more = f" ({count - 1:,} more like it)" if count > 1 else ""
        message = f"{self.label}, row {line}, column `{name}`: the field is {length}{rows}{more}"
        fix = "look for a double quote too many; inside a quoted field each is doubled"
        return (ReadNote("long-field", source, message, fix, count, self.label, line, name),)

    def _fields(self, row_index: str | None) -> pl.LazyFrame:
        frame = pl.scan_csv(
            self._source,
            separator=self._separator,
            quote_char=self._quote if self._layout.quoting else None,
            infer_schema=False,
            new_columns=self._names,
            raise_if_empty=False,
            glob=False,
            skip_lines=self._skipped,
            row_index_name=row_index,
        )
        if not self._layout.quoting:
            return frame
        # A quoted empty field comes as an empty text; it is missing like any other.
        return frame.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in self._names)

    # --- the header ---------------------------------------------------------------------------------

    def _read_header(self) -> list[str]:
        """The names in the header, stripped."""
        with readable(self.label, self.format_name), self._open() as text:
            self._obey_separator_line(text)
            reader = csv.reader(text, delimiter=self._separator, quotechar=self._quote, strict=True)
            try:
                names = self._first_record(reader)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(None) from error
            except csv.Error as error:
                line = self._skipped + reader.line_num
                raise DataError(
                    f"{self.label}, row {line}: the header can't be read ({error}). "
                    "Each name stands between separators, in double quotes if it holds one.",
                    file=self.label,
                    row=line,
                ) from error
        if names is None:
            row = self._header_row
            raise DataError(
                f"{self.label} holds nothing but blank lines. Its first line must name the columns."
                if row is None
                else f"{self.label}, row {row}: there is no header. Correct `header_row` of its source.",
                file=self.label,
                row=row,
            )
        stripped = [name.strip() for name in names]
        self._refuse_header(stripped, self._skipped + 1)
        return stripped

    def _first_record(self, reader: Any) -> list[str] | None:
        """The header's fields; what stands above it is skipped. None where there is no header."""
        blanks = 0
        for record in reader:
            if record or self._header_row is not None:
                break
            blanks = reader.line_num
        else:
            return None
        self._header_lines = self._skipped + reader.line_num
        self._skipped += blanks
        return record or None

    def _obey_separator_line(self, text: TextIOWrapper) -> None:
        """Take the separator from the first line where that names it, and go to the line of the header."""
        try:
            found = named_separator(text.readline())
            if found is not None:
                self._separator = found
            self._skipped = max(found is not None, (self._header_row or 1) - 1)
            text.seek(0)
            for _ in range(self._skipped):
                text.readline()
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(None) from error

    def _refuse_header(self, names: list[str], line: int) -> None:
        for name in names:
            if name and names.count(name) > 1:
                raise DataError(
                    f"{self.label}: the header names the column `{name}` twice. "
                    "Give each column a name of its own.",
                    file=self.label,
                    row=line,
                    column=name,
                )
        if any("\r" in name for name in names) or "\x00" in "".join(names):
            raise self._wrong_encoding(line)

    def _open(self) -> TextIOWrapper:
        raw: IO[bytes] | gzip.GzipFile
        if isinstance(self._source, bytes):
            raw = BytesIO(self._source)
        elif self._source.suffix == ".gz":
            raw = gzip.GzipFile(self._source)
        else:
            raw = self._source.open("rb")
        return TextIOWrapper(raw, encoding="utf-8-sig", newline="\n")

    # --- the proof ----------------------------------------------------------------------------------

    @cached_property
    def _layout(self) -> _Layout:
        with readable(self.label, self.format_name):
            try:
                return self._prove()
            except pl.exceptions.ComputeError as error:
                if "utf" not in str(error).lower():
                    raise
                raise self._wrong_encoding(None) from error

    def _prove(self) -> _Layout:
        body = pl.col("number") > self._header_lines
        blank = body & _is_blank(_LINE)
        filled = body & ~_is_blank(_LINE)
        counts = self._lines().select(
            body.sum().alias("lines"),
            blank.sum().alias("blanks"),
            (filled & (self._separators(_LINE) != self._width - 1)).sum().alias("uneven"),
            _LINE.str.contains(self._quote, literal=True).any(ignore_nulls=False).alias("quotes"),
            (_LINE.str.len_bytes() > _MANY_BYTES).any(ignore_nulls=False).alias("big"),
        )
        lines, blanks, uneven, quotes, big = counts.collect().row(0)
        # Where no field begins with a quote, quotes are but text: inches, for example.
        begins = _LINE.str.contains(f"(?:^|{self._pattern}){self._quotes}")
        quoting = bool(uneven) or (quotes and self._any(begins))
        if quoting and self._any(filled & ~self._fits(_LINE)):
            return self._prove_records()
        places: tuple[int, ...] = ()
        if blanks:
            index = pl.col("number") - (self._header_lines + 1)
            places = tuple(self._lines().filter(blank).select(index).collect().to_series().to_list())
        long = self._long(self._lines().filter(body)).collect().row(0) if big else None
        return _Layout(lines - blanks, places, quoting, long if long and long[0] else None)

    def _long(self, records: pl.LazyFrame) -> pl.LazyFrame:
        """One row: how many records have a field that is suspiciously long, line and text of the first."""
        sep = self._pattern
        big = (_LINE.str.count_matches("\n", literal=True) >= _MANY_LINES) | (
            _LINE.str.len_bytes() > _MANY_BYTES
        )
        q = self._quotes
        fields = pl.when(big).then(_LINE).str.extract_all(rf"{q}[^{q}]*(?:{q}{q}[^{q}]*)*{q}|[^{sep}{q}]+")
        field = pl.element()
        long = (field.str.count_matches("\n", literal=True) >= _MANY_LINES) | (
            field.str.len_bytes() > _MANY_BYTES
        )
        found = records.filter(fields.list.eval(long).list.any())
        first = pl.col("number").arg_min()
        return found.select(
            pl.len(), pl.col("number").min().alias("first"), _LINE.get(first, null_on_oob=True)
        )

    def _any(self, test: pl.Expr) -> bool:
        return self._lines().filter(test).head(1).collect().height > 0

    def _prove_records(self) -> _Layout:
        """The proof where some line is no record on its own: a field may hold line breaks."""
        lines = self._records().filter(pl.col("number") > self._header_lines)
        lines = lines.with_columns((~pl.col("inside")).cum_sum().alias("record"))
        alone = lines.filter(~pl.col("inside"), ~pl.col("odd"))
        blank = _is_blank(_LINE)
        parts = lines.filter(pl.col("inside") | pl.col("odd")).group_by("record")
        joined = parts.agg(pl.col("number").min(), _LINE.sort_by(pl.col("number")).str.join("\n"))
        columns = (pl.col("number"), _LINE)
        last, blanks, single, several, long = pl.collect_all(
            [
                lines.select(pl.col("record").max().fill_null(0)),
                alone.filter(blank).select("record"),
                alone.filter(~blank, ~self._fits(_LINE)).select(columns).head(1),
                joined.filter(~self._fits(_LINE)).select(columns).bottom_k(1, by="number"),
                self._long(pl.concat([alone.select(columns), joined.select(columns)])),
            ]
        )
        misfits = sorted([*single.rows(), *several.rows()])
        if misfits:
            raise self._misfit(*misfits[0])
        found = tuple(record - 1 for record in blanks.to_series().to_list())
        first = long.row(0) if long.item(0, 0) else None
        return _Layout(int(last.item()) - len(found), found, True, first)

    def _lines(self) -> pl.LazyFrame:
        lines = pl.scan_lines(self._source, row_index_name="number", row_index_offset=1, glob=False)
        # What stands above the header may hold quotes of its own.
        return lines.filter(pl.col("number") > self._skipped) if self._skipped else lines

    def _records(self) -> pl.LazyFrame:
        """The lines, whether each begins inside a quoted field, and whether its quotes are odd."""
        quotes = _LINE.str.count_matches(self._quote, literal=True).cast(pl.Int64)
        return self._lines().with_columns(
            ((quotes.cum_sum() - quotes) % 2 == 1).alias("inside"), (quotes % 2 == 1).alias("odd")
        )

    def _fits(self, record: pl.Expr) -> pl.Expr:
        """Whether a text is one record of as many fields as the header has.

        A quote inside a plain field is let pass where quotes come in pairs and hide no separator: that is
        read as it stands.
        """
        sep, q = self._pattern, self._quotes
        plain = rf"[^{q}{sep}\n]+(?:{q}[^{q}{sep}\n]*{q}[^{q}{sep}\n]*)*"
        one = rf"(?:{q}(?:[^{q}]|{q}{q})*{q}|(?:{plain})?)"
        if self._width <= _WIDEST:
            return record.str.contains(rf"^{one}(?:{sep}{one}){{{self._width - 1}}}\r?$")
        separators = self._separators(record.str.replace_all(f"{q}[^{q}]*{q}", ""))
        return record.str.contains(rf"^{one}(?:{sep}{one})*\r?$") & (separators == self._width - 1)

    def _separators(self, text: pl.Expr) -> pl.Expr:
        return text.str.count_matches(self._separator, literal=True)

    @property
    def _pattern(self) -> str:
        """The separator in a regular expression."""
        return f"\\x{{{ord(self._separator):x}}}"

    @property
    def _quotes(self) -> str:
        """The mark of quotes in a regular expression."""
        return f"\\x{{{ord(self._quote):x}}}"

    # --- what is told -------------------------------------------------------------------------------

    def _misfit(self, line: int, record: str) -> DataError:
        try:
            line_of = [record.rstrip("\r")]
            reader = csv.reader(line_of, delimiter=self._separator, quotechar=self._quote, strict=True)
            fields = len(next(reader))
        except csv.Error:
            fields = self._width
        if fields == self._width:
            return DataError(
                f"{self.label}, row {line}: a double quote stands where none can, or is never closed. "
                'Put the whole field into quotes and double each quote inside it: "5"" screen".',
                file=self.label,
                row=line,
            )
        hint = "a field that holds the separator must stand in double quotes"
        return DataError(
            f"{self.label}, row {line}: the row has {_count(fields, 'field')}, but the header has "
            f"{_count(self._width, 'column')}. Correct the row; {hint}.",
            file=self.label,
            row=line,
        )

    def _wrong_encoding(self, line: int | None) -> DataError:
        return DataError(
            f"{self.label} is not written in UTF-8. Say how it is written, such as `encoding: cp1252` "
            "(Windows) or `encoding: utf-16`, in segmentry.yaml, or export it as UTF-8 with line ends.",
            file=self.label,
            row=line,
        )


def _is_blank(line: pl.Expr) -> pl.Expr:
    return (line == "") | (line == "\r")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
