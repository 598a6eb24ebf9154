"""Tables of a database as exports: SQLite and DuckDB by their file, each kind by its address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import polars as pl

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.sources.databases.address import Address
from segmentry.engine.sources.databases.dialect import relation_of
from segmentry.engine.sources.databases.pool import Database, dialect_of, opened
from segmentry.engine.sources.forms import is_of_forms
from segmentry.engine.starter.onboard.export import Export
from segmentry.engine.starter.onboard.words import snake

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
_QUOTED: Final = re.compile(r'"([a-z_][a-z0-9_]*)"')
"""A name that means the same without its quotes, in SQL of any kind."""
_NAMED: Final = "SHOP_DB"


def is_database(text: str) -> bool:
    """Whether a text is the address of a database, the file of one, or a variable with one: `${SHOP_DB}`."""
    return bool(_VARIABLE.fullmatch(text)) or dialect_of(text) is not None


def open_database(text: str) -> Iterator[Export]:
    """Every table of a database, with all its rows.

    Raises DataError where it can't be read, UsageError where its driver is not installed or a variable not
    set. None of them says anything of the address.
    """
    address = _address(text)
    database = opened(address, Path.cwd())
    try:
        for found in database.tables():
            table = _QUOTED.sub(r"\1", found)
            rows = _rows(database, table, f"table {table} of {address.label}")
            name = snake(table.rpartition(".")[2].strip('"'))
            yield Export(
                name,
                (),
                "database",
                rows.lazy,
                typed=True,
                database=address.variable,
                table=table,
                address=address.text,
            )
    finally:
        database.close()


def _address(text: str) -> Address:
    if found := _VARIABLE.fullmatch(text):
        address = os.environ.get(found[1], "").strip()
        if not address:
            raise UsageError(f"the variable `{found[1]}` is not set; set it to the address of the database")
        return Address(found[1], address)
    dialect = dialect_of(text)
    # A file is named from here, and in the workspace from its own folder: in full it is the same in both.
    files = None if dialect is None else dialect.files
    whole = text if files is None else files.in_full(text, Path.cwd())
    free = (name for name in _names() if os.environ.get(name, whole) in (whole, text))
    return Address(next(free), whole)


def _names() -> Iterator[str]:
    """Names of variables, of which the first is taken that is not set, or is set to the address."""
    yield _NAMED
    yield from (f"{_NAMED}_{number}" for number in count(2))


def _rows(database: Database, table: str, label: str) -> pl.DataFrame:
    """All rows; columns whose values come in several forms as texts."""
    relation = relation_of(table)
    asked = [database.asked(name, kind, None) for name, kind in database.columns(relation, label)]
    rows = database.rows(relation, asked, label)
    return rows.with_columns(
        _as_text(name, dtype) for name, dtype in rows.schema.items() if is_of_forms(dtype)
    )


def _as_text(name: str, dtype: pl.Struct) -> pl.Expr:
    forms = [pl.col(name).struct.field(field.name) for field in dtype.fields]
    return pl.coalesce(form.cast(pl.String) for form in forms).alias(name)
