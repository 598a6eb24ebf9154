"""The databases of a workspace: one connection, and in it one transaction, for each address."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import polars as pl

from segmentry.engine.diagnostics.errors import DataError, UsageError
from segmentry.engine.language.types import Type
from segmentry.engine.sources.databases.adbc import driver_errors
from segmentry.engine.sources.databases.address import Address, address_of
from segmentry.engine.sources.databases.dialect import AskedColumn, Connected, Dialect, assembled, select
from segmentry.engine.sources.databases.duckdb import DUCKDB
from segmentry.engine.sources.databases.postgresql import POSTGRESQL
from segmentry.engine.sources.databases.sqlite import SQLITE

DIALECTS: Final[tuple[Dialect, ...]] = (POSTGRESQL, SQLITE, DUCKDB)
"""The kinds of databases, an entry each, in the order in which they are asked whose an address is."""


def dialect_of(text: str) -> Dialect | None:
    """The kind of database that an address, or the name of a file, names."""
    return next((dialect for dialect in DIALECTS if dialect.takes(text)), None)


class Database:
    """One database, open: all that is asked of it is seen as it was at one moment.

    Every method raises DataError, which says nothing of the address, for what the database refuses.
    """

    def __init__(self, address: Address, dialect: Dialect, session: Connected) -> None:
        self.address = address
        self.dialect = dialect
        self._session = session
        self._one_at_a_time = threading.RLock()
        self._end = weakref.finalize(self, session.close)

    @property
    def is_open(self) -> bool:
        """Whether it can be asked: a refusal ends the transaction, and with it the moment that is seen."""
        return self._end.alive

    def close(self) -> None:
        """End the transaction and the connection."""
        self._end()

    def columns(self, relation: str, label: str) -> list[tuple[str, str]]:
        """The names of a relation's columns and their types, as the database has them."""
        with self._asking(label):
            return self.dialect.columns(self._session, relation)

    def tables(self) -> list[str]:
        """The names of all tables, as SQL has them."""
        with self._asking(f"the database {self.address.label}"):
            return self.dialect.tables(self._session)

    def asked(self, name: str, kind: str, declared: Type | None) -> AskedColumn:
        """How a column is asked for."""
        return self.dialect.asked(name, kind, declared)

    def rows(self, relation: str, columns: Sequence[AskedColumn], label: str) -> pl.DataFrame:
        """All rows of a relation with some of its columns."""
        with self._asking(label):
            return assembled(self._session.frame(select(relation, columns)), columns)

    def count(self, relation: str, label: str) -> int:
        """How many rows a relation has."""
        with self._asking(label):
            return int(self._session.frame(f"SELECT count(*) AS n FROM {relation}").item())

    @contextmanager
    def _asking(self, label: str) -> Generator[None]:
        with self._one_at_a_time:
            try:
                yield
            except driver_errors() as error:
                self.close()
                told = self.address.scrubbed(_first_words(error))
                raise DataError(f"{label} can't be read: {told}", file=label) from None


def _first_words(error: BaseException) -> str:
    """What a driver says went wrong, without the query that it repeats."""
    text = str(error).split("Query was:")[0].strip().rstrip(".")
    return text.split("\nLINE ")[0] + "."


class Databases:
    """The databases that sources of a workspace name; each is opened when it is first asked."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._open: dict[str, Database] = {}

    def is_named(self, variable: str) -> bool:
        """Whether the environment names a database; nothing is opened."""
        return bool(self._environ.get(variable, "").strip())

    def database(self, variable: str, source: str) -> Database:
        """The database that a variable names.

        Raises DataError where there is none or it does not answer, UsageError where its driver is not
        installed.
        """
        address = address_of(variable, source, self._environ)
        found = self._open.get(address.text)
        if found is None or not found.is_open:
            found = self._open[address.text] = opened(address, self._root)
        return found

    def close(self) -> None:
        """End all transactions and connections."""
        while self._open:
            self._open.popitem()[1].close()


def opened(address: Address, root: Path) -> Database:
    """The database at an address. Raises DataError and UsageError as `Databases.database` does."""
    dialect = dialect_of(address.text)
    if dialect is None:
        raise DataError(
            f"The address in {address.label} is of no database that can be read. It begins with "
            "postgresql://, sqlite:/// or duckdb:///; other databases are read through files."
        )
    if not all(map(find_spec, dialect.packages)):
        raise UsageError(
            f"reading {dialect.name} needs an addition: pip install 'segmentry[{dialect.extra}]'"
        )
    try:
        return Database(address, dialect, dialect.connect(address.text, root))
    except FileNotFoundError:
        reason = "its file is not there"
    except driver_errors() as error:
        reason = dialect.reason(error) or "its driver gives no reason that could be shown here"
    raise DataError(
        f"The {dialect.name} database {address.label} can't be reached: {reason}. Correct the address in the "
        f"variable `{address.variable}`, or make a prepared copy where it can be reached."
    )
