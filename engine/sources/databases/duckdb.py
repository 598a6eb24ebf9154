"""Files of DuckDB, by the driver of ADBC that its package brings."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import polars as pl

from segmentry.engine.language.types import Type
from segmentry.engine.sources.databases.adbc import AdbcConnected
from segmentry.engine.sources.databases.dialect import (
    AskedColumn,
    Connected,
    Dialect,
    FileAddresses,
    declared_places,
    finite,
    plain,
    quoted,
    units,
)

FILES: Final = FileAddresses("duckdb:///", (".duckdb", ".ddb"))

_PLAIN: Final[dict[str, tuple[str, pl.DataType]]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), ("BIGINT", pl.Int64())),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), ("BIGINT", pl.Int64())),
    **dict.fromkeys(("FLOAT", "DOUBLE"), ("DOUBLE", pl.Float64())),
    "BOOLEAN": ("BOOLEAN", pl.Boolean()),
    "VARCHAR[]": ("VARCHAR[]", pl.List(pl.String())),
    "INTEGER[]": ("BIGINT[]", pl.List(pl.Int64())),
    "BIGINT[]": ("BIGINT[]", pl.List(pl.Int64())),
    "DOUBLE[]": ("DOUBLE[]", pl.List(pl.Float64())),
    "BOOLEAN[]": ("BOOLEAN[]", pl.List(pl.Boolean())),
}
_TIMES: Final[dict[str, pl.DataType]] = {
    "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
    "TIMESTAMP WITH TIME ZONE": pl.Datetime("us", "UTC"),
}


def _connect(address: str, root: Path) -> Connected:
    import adbc_driver_manager.dbapi as manager

    library: Any = import_module("adbc_driver_duckdb")

    connection: Any = manager.connect(
        driver=library.driver_path(),
        entrypoint="duckdb_adbc_init",
        db_kwargs={"path": str(FILES.file(address, root)), "access_mode": "READ_ONLY"},
        autocommit=True,
    )
    session = AdbcConnected(connection)
    for statement in ("SET TimeZone = 'UTC'", "BEGIN TRANSACTION"):
        session.run(statement)
    return session


def _columns(session: Connected, relation: str) -> list[tuple[str, str]]:
    found = session.frame(f"DESCRIBE SELECT * FROM {relation}")
    return [(row["column_name"], row["column_type"]) for row in found.iter_rows(named=True)]


def _tables(session: Connected) -> list[str]:
    found = session.frame(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
    )
    return [
        quoted(table) if schema == "main" else f"{quoted(schema)}.{quoted(table)}"
        for schema, table in cast("list[tuple[str, str]]", found.rows())
    ]


def _asked(name: str, kind: str, declared: Type | None) -> AskedColumn:
    if kind in _PLAIN:
        cast_to, dtype = _PLAIN[kind]
        return plain(name, dtype, cast_to)
    if kind in _TIMES:
        return finite(name, _TIMES[kind], "VARCHAR")
    places = declared_places(declared)
    if kind.startswith("DECIMAL(") and places is not None:
        precision, scale = (int(n) for n in kind[8:-1].split(","))
        return _units(name, places, precision, scale)
    return plain(name, pl.String(), "VARCHAR")


def _units(name: str, places: int, precision: int, scale: int) -> AskedColumn:
    """As of other dialects; a multiplication must not leave the 38 digits that DuckDB has."""
    if max(scale, places) + precision - scale > 38 - places:
        return plain(name, pl.String(), "VARCHAR")
    wide = f"CAST({quoted(name)} AS DECIMAL(38, {max(scale, places)}))"
    return units(name, wide, places, "VARCHAR", "BIGINT")


def _reason(error: BaseException) -> str | None:
    text = str(error)
    if "lock" in text.lower():
        return "another program holds its file open for writing"
    return "its file is no database of DuckDB" if "not a valid DuckDB" in text else None


DUCKDB = Dialect(
    name="DuckDB",
    packages=("duckdb", "adbc_driver_manager"),
    extra="duckdb",
    takes=FILES.takes,
    connect=_connect,
    columns=_columns,
    tables=_tables,
    asked=_asked,
    reason=_reason,
    files=FILES,
)
