"""Newline-delimited JSON: one object a line, with the types that JSON gives."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.sources.read_fields import field_in, with_texts
from segmentry.engine.sources.read_table import (
    ROW,
    SourceTable,
    not_empty,
    readable,
    shallow,
    too_deep,
    unreadable,
)


class NdjsonTable(SourceTable):
    """An NDJSON file; a key that an object lacks is null there, a blank line is no row.

    ``as_text`` names columns (or paths) whose numbers are wanted as they are written (12.10 as `12.1`, not as
    the double next to it). Of those with a decimal comma, ``commas``, all have to be texts, or none.
    """

    format_name = "NDJSON"
    typed = False

    def __init__(
        self, path: Path, label: str, as_text: Collection[str], commas: Collection[str] = ()
    ) -> None:
        self.label = label
        self._path = path
        not_empty(path, label)
        schema = self._infer()
        texts = [name for name in as_text if (held := field_in(schema, name)) and held.dtype.is_float()]
        self.numeric = frozenset(texts)
        for name in texts:
            schema = with_texts(schema, name)
        self.schema: Mapping[str, pl.DataType] = schema
        for name in commas:
            self._refuse_mixed(name)

    def scan(self) -> pl.LazyFrame:
        return pl.scan_ndjson(self._path, schema=dict(self.schema))

    def numbered(self) -> pl.LazyFrame:
        return self.scan().with_row_index(ROW)

    def place(self, row: int) -> int:
        """The line of the file, from 1."""
        lines = pl.scan_lines(self._path, row_index_name="number", row_index_offset=1, glob=False)
        filled = lines.filter(pl.col("line").str.strip_chars() != "")
        return int(filled.select("number").slice(row, 1).collect().item())

    def _infer(self) -> Mapping[str, pl.DataType]:
        """The types that hold every line: all are looked at, so that a late one can't come as a surprise."""
        with readable(self.label, self.format_name):
            try:
                return shallow(
                    self.label, pl.scan_ndjson(self._path, infer_schema_length=None).collect_schema()
                )
            except PolarsError as error:
                raise self._fault(error) from error

    def _refuse_mixed(self, name: str) -> None:
        """Raises DataError where texts and numbers are mixed: 1.234 and "1.234" come as one text."""
        held = field_in(self.schema, name)
        if held is None or held.dtype != pl.String or name in self.numeric:
            return
        key = re.escape(json.dumps(name.rpartition(".")[2], ensure_ascii=False))
        lines = pl.scan_lines(self._path, row_index_name="number", row_index_offset=1, glob=False)
        with readable(self.label, self.format_name):
            found = lines.filter(pl.col("line").str.contains(rf"{key}\s*:\s*-?[0-9]+[.eE]")).head(1).collect()
        if found.height:
            row = int(found.item(0, "number"))
            raise DataError(
                f'{self.label}, row {row}, column `{name}`: a number among texts, where `decimal: ","` is '
                "declared: which mark 1.234 has can't be told. Export all of the column as texts.",
                file=self.label,
                row=row,
                column=name,
            )

    def _fault(self, error: PolarsError) -> DataError:
        """The first line that is no JSON object; looked for only when reading has failed."""
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    fine = isinstance(json.loads(line), dict)
                except ValueError:
                    fine = False
                except RecursionError:
                    return too_deep(f"{self.label}, row {number}", self.label, number, None)
                if not fine:
                    return DataError(
                        f"{self.label}, row {number}: the line is no JSON object such as "
                        '{"id": 1, "amount": 12.5}. Each line must hold one object, whole.',
                        file=self.label,
                        row=number,
                    )
        return unreadable(self.label, self.format_name, error)
