"""A table of a database, or the rows of a query, as one more table that is read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.model import Source
from segmentry.engine.sources.databases.dialect import AskedColumn, relation_of
from segmentry.engine.sources.databases.pool import Database
from segmentry.engine.sources.read_paths import label_of
from segmentry.engine.sources.read_table import ROW, SourceTable


class DatabaseTable(SourceTable):
    """A relation of an open database, of which the columns are fetched that are expected.

    They are fetched by one query, when the first of them is needed, and kept: all that is made of them is
    made of the same rows in the same order.
    """

    format_name = "a table"

    def __init__(self, database: Database, source: Source, root: Path) -> None:
        self._database = database
        self.label, self._relation = relation(source, root)
        found = database.columns(self._relation, self.label)
        names = [name for name, _ in found]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise DataError(f"{self.label} has two columns `{twice}`. Name one of them anew with AS.")
        declared = {column.source_name or column.name: column.type for column in source.columns}
        self._asked: dict[str, AskedColumn] = {
            name: database.asked(name, kind, declared.get(name)) for name, kind in found
        }
        self._undeclared = [name for name, kind in found if declared.get(name) is None and _is_exact(kind)]
        self.schema: Mapping[str, pl.DataType] = {name: asked.dtype for name, asked in self._asked.items()}
        self._expected: dict[str, None] = {}
        self._held: pl.DataFrame | None = None
        self._fetching = threading.Lock()

    def expect(self, columns: Iterable[str]) -> None:
        self._expected.update(dict.fromkeys(columns))

    def scan(self) -> pl.LazyFrame:
        rows = register_io_source(self._rows, schema=dict(self.schema), is_pure=True)
        # Filters stay here: one with a function of ours could not be handed to a source of rows.
        return rows.map_batches(_as_they_are, projection_pushdown=True, slice_pushdown=True, streamable=True)

    def numbered(self) -> pl.LazyFrame:
        return self.scan().with_row_index(ROW)

    def place(self, row: int) -> None:
        return None

    def row_count(self) -> int:
        if self._held is not None:
            return self._held.height
        return self._database.count(self._relation, self.label)

    def notes(self, source: str) -> tuple[ReadNote, ...]:
        return tuple(
            ReadNote(
                "undeclared-numeric",
                source,
                f"{self.label}: the column `{name}` holds exact decimals, and without a type they are texts",
                f"declare it, as in `{name}: {{type: decimal, scale: 2}}`",
                1,
                self.label,
                column=name,
            )
            for name in self._undeclared
        )

    def _rows(
        self,
        columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        """What Polars asks a source of rows for."""
        wanted = list(self.schema) if columns is None else columns
        with self._fetching:
            rows = self._fetched(wanted)
        if n_rows is not None:
            rows = rows.head(n_rows)
        yield rows.select(wanted) if predicate is None else rows.filter(predicate).select(wanted)

    def _fetched(self, wanted: Iterable[str]) -> pl.DataFrame:
        held = self._held
        if held is None or any(name not in held.columns for name in wanted):
            before = [] if held is None else held.columns
            names = dict.fromkeys((*before, *self._expected, *wanted)) or dict.fromkeys(list(self.schema)[:1])
            try:
                held = self._database.rows(self._relation, [self._asked[n] for n in names], self.label)
            except DataError as error:
                self.failure = error
                raise
            self._held = held
        return held


def _as_they_are(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def relation(source: Source, root: Path) -> tuple[str, str]:
    """What messages call the relation of a source, and what SQL calls it.

    Raises DataError for a file of SQL that is not there.
    """
    if source.elsewhere.query is None:
        table = source.elsewhere.table or ""
        return f"table {table} of ${{{source.elsewhere.database}}}", relation_of(table)
    text = query_text(source, root)
    label = f"{label_of(root / source.elsewhere.query, root)} over ${{{source.elsewhere.database}}}"
    return label, f"({text.rstrip().rstrip(';')}\n) AS source_rows"


def query_text(source: Source, root: Path) -> str:
    """The SQL of a source's query. Raises DataError where its file can't be read."""
    name = source.elsewhere.query or ""
    try:
        return (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise DataError(
            f"The query `{name}` of source `{source.name}` can't be read. Put a file with one SELECT there, "
            "in UTF-8, or correct its name.",
            file=name,
        ) from None


def _is_exact(kind: str) -> bool:
    """Whether a type of a database is of exact decimals."""
    return kind.lower().startswith(("numeric", "decimal", "money"))
