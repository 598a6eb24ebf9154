"""A session by a driver of ADBC: Arrow Database Connectivity, whose rows come as Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


class AdbcConnected:
    """A connection of ADBC. ``options`` are those of each statement."""

    def __init__(self, connection: Any, options: Mapping[str, str] | None = None) -> None:
        self._connection = connection
        self._options = dict(options or {})

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query. Raises the driver's own errors."""
        with self._connection.cursor(adbc_stmt_kwargs=self._options) as cursor:
            cursor.execute(sql)
            return pl.DataFrame(cursor.fetch_arrow())

    def run(self, sql: str) -> None:
        """Run a statement that gives no rows. Raises the driver's own errors."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def close(self) -> None:
        """End the transaction and the connection."""
        self._connection.close()


def driver_errors() -> tuple[type[BaseException], ...]:
    """What a driver of ADBC raises, while it runs and while its rows are taken."""
    from adbc_driver_manager import Error

    return OSError, Error, pl.exceptions.PolarsError, pl.exceptions.PanicException
