"""Databases for tests: a private PostgreSQL, files of SQLite and DuckDB, and tables put into them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

PASSWORD = "geheim-und-lang-4711"
USER = "segmenter"

_POSTGRES: Mapping[str, str] = {
    "Int64": "bigint",
    "Float64": "double precision",
    "String": "text",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "timestamp",
    "DatetimeUTC": "timestamptz",
    "Decimal3": "numeric(20,3)",
    "List": "text[]",
}
_DUCKDB: Mapping[str, str] = {
    **_POSTGRES,
    "DatetimeUTC": "TIMESTAMP WITH TIME ZONE",
    "Decimal3": "DECIMAL(20,3)",
    "String": "VARCHAR",
    "List": "VARCHAR[]",
}
_SQLITE: Mapping[str, str] = {
    "Int64": "INTEGER",
    "Float64": "REAL",
    "String": "TEXT",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    "Datetime": "DATETIME",
    "DatetimeUTC": "DATETIME",
    "Decimal3": "TEXT",
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that runs: its folder and port."""

    folder: Path
    port: int

    def address(self, **changed: str) -> str:
        """The address of its database, as an environment variable holds it."""
        parts = {"user": USER, "password": PASSWORD, "host": "127.0.0.1", "name": "postgres", **changed}
        return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{self.port}/{parts['name']}"

    def run(self, *statements: str) -> None:
        """Run statements, each on its own."""
        driver: Any = import_module("adbc_driver_postgresql.dbapi")

        with driver.connect(self.address(), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            for statement in statements:
                cursor.execute(statement)


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


@contextlib.contextmanager
def postgres_server() -> Generator[Server]:
    """A private cluster in a folder of its own, stopped in the end. In CI nothing may be missing."""
    programs = binaries()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="segmentry-pg-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "password").write_text(PASSWORD)
        data = folder / "data"
        data.mkdir()
        # The server refuses to run as root, so there it runs as nobody.
        as_other: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_other = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(data, "nobody", "nogroup")
        _run([programs / "initdb", "-D", data, "-A", "scram-sha-256", "-U", USER, "--no-sync",
              f"--pwfile={folder / 'password'}", "-E", "UTF8", "--locale=C.UTF-8"], as_other)  # fmt: skip
        port = free_port()
        options = f"-k {data} -h 127.0.0.1 -p {port} -c fsync=off"
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-o", options, "-l", data / "log", "start"], as_other)
        try:
            yield Server(data, port)
        finally:
            _run([*control, "-m", "immediate", "stop"], as_other)


def _run(command: list[Any], as_other: dict[str, Any]) -> None:
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/", **as_other)


def free_port() -> int:
    """A port of the loopback that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    """A private PostgreSQL."""
    with postgres_server() as running:
        yield running


# --- tables -----------------------------------------------------------------------------------------


def fill_postgres(
    server: Server, schema: str, tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, str]]]
) -> None:
    """Make a schema with these tables: frames, and the kinds of their columns."""
    driver: Any = import_module("adbc_driver_postgresql.dbapi")

    with driver.connect(server.address(), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        cursor.execute(f"CREATE SCHEMA {schema}")
        for name, (frame, kinds) in tables.items():
            cursor.execute(f"CREATE TABLE {schema}.{name} ({_columns(kinds, _POSTGRES)})")
            for row in frame.rows():
                cursor.execute(f"INSERT INTO {schema}.{name} VALUES ({', '.join(map(literal, row))})")


def fill_duckdb(file: Path, tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, str]]]) -> None:
    """Make a file of DuckDB with these tables."""
    import duckdb

    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, (frame, kinds) in tables.items():
            connection.execute(f"CREATE TABLE {name} ({_columns(kinds, _DUCKDB)})")
            for row in frame.rows():
                connection.execute(f"INSERT INTO {name} VALUES ({', '.join(map(literal, row))})")


def fill_sqlite(file: Path, tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, str]]]) -> None:
    """Make a file of SQLite with these tables; days and times are texts of ISO 8601."""
    file.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        for name, (frame, kinds) in tables.items():
            connection.execute(f"CREATE TABLE {name} ({_columns(kinds, _SQLITE)})")
            marks = ", ".join("?" for _ in kinds)
            rows = [tuple(map(_plain, row)) for row in frame.rows()]
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def _columns(kinds: Mapping[str, str], types: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}" {types[kind]}' for name, kind in kinds.items())


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case _:
            return value


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case float():
            return f"CAST('{value!r}' AS double precision)"
        case int() | Decimal():
            return str(value)
        case list():
            items = ", ".join(map(literal, cast("list[Any]", value)))
            return f"CAST(ARRAY[{items}] AS text[])"
        case datetime() | date():
            return f"'{value.isoformat()}'"
        case _:
            quoted = str(value).replace("'", "''")
            return f"'{quoted}'"


@cache
def marker() -> str:
    """A word that no other test has."""
    return f"planted{secrets.token_hex(6)}"
