"""SQLite, by its driver of ADBC.

A column of SQLite holds whatever was put there, value by value; its declared type is a wish. So each value is
asked for by the type that it has, and one of another type than the column's comes as a text.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import polars as pl

from segmentry.engine.language.types import Type
from segmentry.engine.sources.databases.adbc import AdbcConnected
from segmentry.engine.sources.databases.dialect import AskedColumn, Connected, Dialect, FileAddresses, quoted
from segmentry.engine.sources.forms import NATIVE, NUMBER, TEXT

FILES: Final = FileAddresses("sqlite:///", (".sqlite", ".sqlite3", ".db"))
_AT_ONCE: Final = {"adbc.sqlite.query.batch_rows": "1000000000"}
"""All rows at once: the types of the columns are taken from the first ones."""

_VIEW: Final = "segmentry query"


def _connect(address: str, root: Path) -> Connected:
    driver: Any = import_module("adbc_driver_sqlite.dbapi")
    uri = f"file:{quote(str(FILES.file(address, root)))}?mode=ro"
    return AdbcConnected(driver.connect(uri), _AT_ONCE)


def _columns(session: Connected, relation: str) -> list[tuple[str, str]]:
    # A view that lasts as long as the connection tells of any query what a table tells of itself.
    view = quoted(_VIEW)
    session.run(f"DROP VIEW IF EXISTS temp.{view}")
    session.run(f"CREATE TEMP VIEW {view} AS SELECT * FROM {relation}")
    found = session.frame(f"SELECT name, type FROM pragma_table_info('{_VIEW}', 'temp')")
    return [(name, kind or "") for name, kind in found.rows()]


def _tables(session: Connected) -> list[str]:
    found = session.frame(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' "
        "ORDER BY name"
    )
    return cast("list[str]", found.to_series().to_list())


def _asked(name: str, kind: str, declared: Type | None) -> AskedColumn:
    column = quoted(name)
    text = f"CASE typeof({column}) WHEN 'real' THEN {_shortest(column)} ELSE CAST({column} AS TEXT) END"
    match _kind(kind) if declared is None else declared.kind:
        case "integer":
            whole = f"typeof({column}) = 'real' AND abs({column}) < 9e18"
            fits = f"(typeof({column}) = 'integer' OR {whole} AND {column} = CAST({column} AS INTEGER))"
            return _two(name, fits, f"CAST({column} AS INTEGER)", pl.Int64(), text)
        case "number":
            fits = f"typeof({column}) IN ('real', 'integer')"
            return _two(name, fits, f"CAST({column} AS REAL)", pl.Float64(), text)
        case "decimal":
            return _money(name, column)
        case "boolean":
            truth = f"CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {text} END"
            return AskedColumn(name, ((NATIVE, truth, pl.String()),))
        case _:
            return AskedColumn(name, ((NATIVE, text, pl.String()),))


def _two(name: str, fits: str, value: str, dtype: pl.DataType, text: str) -> AskedColumn:
    """What fits as it is, everything else as a text."""
    return AskedColumn(
        name,
        (
            (NATIVE, f"CASE WHEN {fits} THEN {value} END", dtype),
            (TEXT, f"CASE WHEN NOT ({fits}) THEN {text} END", pl.String()),
        ),
    )


def _money(name: str, column: str) -> AskedColumn:
    """Whole numbers, doubles and texts, each as it is."""
    kinds: tuple[tuple[str, str, pl.DataType], ...] = (
        (NATIVE, "'integer'", pl.Int64()),
        (NUMBER, "'real'", pl.Float64()),
        (TEXT, "'text', 'blob'", pl.String()),
    )
    return AskedColumn(
        name,
        tuple(
            (form, f"CASE WHEN typeof({column}) IN ({held}) THEN {column} END", dtype)
            for form, held, dtype in kinds
        ),
    )


def _shortest(column: str) -> str:
    """The shortest text that is the double again: 15 to 17 digits (IEEE 754)."""
    texts = [f"printf('%!.{digits}g', {column})" for digits in (15, 16, 17)]
    tried = " ".join(f"WHEN CAST({text} AS REAL) = {column} THEN {text}" for text in texts[:-1])
    return f"CASE {tried} ELSE {texts[-1]} END"


def _kind(declared: str) -> str:
    """What a declared type of SQLite stands for (its rules of affinity); of money and times: a text."""
    words = declared.upper()
    if "INT" in words:
        return "integer"
    return "number" if any(word in words for word in ("REAL", "FLOA", "DOUB")) else "string"


def _reason(error: BaseException) -> str | None:
    return "its file is no database of SQLite" if "not a database" in str(error) else None


SQLITE = Dialect(
    name="SQLite",
    packages=("adbc_driver_sqlite",),
    extra="sqlite",
    takes=FILES.takes,
    connect=_connect,
    columns=_columns,
    tables=_tables,
    asked=_asked,
    reason=_reason,
    files=FILES,
)
