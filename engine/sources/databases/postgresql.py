"""PostgreSQL, by its driver of ADBC."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import polars as pl

from segmentry.engine.language.types import Type
from segmentry.engine.sources.databases.adbc import AdbcConnected
from segmentry.engine.sources.databases.dialect import (
    NO_ANSWER,
    AskedColumn,
    Connected,
    Dialect,
    declared_places,
    finite,
    plain,
    quoted,
    units,
)

_BEGIN: Final = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", "SET LOCAL TimeZone = 'UTC'")

_PLAIN: Final[dict[str, tuple[str, pl.DataType]]] = {
    "smallint": ("bigint", pl.Int64()),
    "integer": ("bigint", pl.Int64()),
    "bigint": ("bigint", pl.Int64()),
    "real": ("double precision", pl.Float64()),
    "double precision": ("double precision", pl.Float64()),
    "boolean": ("boolean", pl.Boolean()),
    "text[]": ("text[]", pl.List(pl.String())),
    "character varying[]": ("text[]", pl.List(pl.String())),
    "smallint[]": ("bigint[]", pl.List(pl.Int64())),
    "integer[]": ("bigint[]", pl.List(pl.Int64())),
    "bigint[]": ("bigint[]", pl.List(pl.Int64())),
    "double precision[]": ("double precision[]", pl.List(pl.Float64())),
    "boolean[]": ("boolean[]", pl.List(pl.Boolean())),
}
_TIMES: Final[dict[str, pl.DataType]] = {
    "date": pl.Date(),
    "timestamp without time zone": pl.Datetime("us"),
    "timestamp with time zone": pl.Datetime("us", "UTC"),
}

# A row of nulls of the relation's own type has all names, though there may be no row and no table.
_NAMES: Final = """SELECT k.name FROM
 (SELECT s.* FROM (SELECT 1) one LEFT JOIN (SELECT * FROM {relation} LIMIT 0) s ON true OFFSET 0) "$row"
 CROSS JOIN LATERAL json_object_keys(to_json("$row")) k(name)"""
_TYPES: Final = "SELECT {types} FROM (SELECT 1) one LEFT JOIN (SELECT * FROM {relation} LIMIT 0) s ON true"
_TABLES: Final = """SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name
 FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
 AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT') ORDER BY 1"""

_REASONS: Final = (
    (r"timeout expired|timed out", f"it does not answer (waited for {NO_ANSWER} seconds)"),
    (r"Connection refused", "nothing listens there"),
    (r"could not translate host name|Name or service not known", "its host is not known"),
    (r"password authentication failed|no password supplied|fe_sendauth", "user or password is wrong"),
    (r'database ".*" does not exist', "there is no database of that name"),
    (r'role ".*" does not exist', "there is no such user"),
    (r"no pg_hba.conf entry", "it does not let this user in from here"),
    (r"SSL|certificate", "its encryption (SSL) does not fit"),
    (r"No such file or directory", "nothing listens there"),
    (r"server closed the connection", "it closed the connection"),
)


def _takes(address: str) -> bool:
    return address.startswith(("postgresql://", "postgres://"))


def _connect(address: str, root: Path) -> Connected:
    driver: Any = import_module("adbc_driver_postgresql.dbapi")
    session = AdbcConnected(driver.connect(with_timeout(address)))
    try:
        for statement in _BEGIN:
            session.run(statement)
    except BaseException:
        session.close()
        raise
    return session


def with_timeout(address: str) -> str:
    """The address with libpq's `connect_timeout`, unless it has one."""
    if "connect_timeout=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}connect_timeout={NO_ANSWER}"


def _columns(session: Connected, relation: str) -> list[tuple[str, str]]:
    names = cast("list[str]", session.frame(_NAMES.format(relation=relation)).to_series().to_list())
    if not names:
        return []
    types = [f"CAST(pg_typeof(s.{quoted(name)}) AS text) AS c{n}" for n, name in enumerate(names)]
    kinds = session.frame(_TYPES.format(types=", ".join(types), relation=relation)).row(0)
    return list(zip(names, kinds, strict=True))


def _tables(session: Connected) -> list[str]:
    return cast("list[str]", session.frame(_TABLES).to_series().to_list())


def _asked(name: str, kind: str, declared: Type | None) -> AskedColumn:
    if kind in _PLAIN:
        cast_to, dtype = _PLAIN[kind]
        return plain(name, dtype, cast_to)
    if kind in _TIMES:
        return finite(name, _TIMES[kind], "text")
    places = declared_places(declared)
    if kind in ("numeric", "money") and places is not None:
        return units(name, f"CAST({quoted(name)} AS numeric)", places, "text", "bigint")
    return plain(name, pl.String(), "text")


def _reason(error: BaseException) -> str | None:
    return next((words for pattern, words in _REASONS if re.search(pattern, str(error))), None)


POSTGRESQL = Dialect(
    name="PostgreSQL",
    packages=("adbc_driver_postgresql",),
    extra="postgres",
    takes=_takes,
    connect=_connect,
    columns=_columns,
    tables=_tables,
    asked=_asked,
    reason=_reason,
)
