"""What a kind of database has to offer: an entry of the registry has all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from segmentry.engine.language.types import Type
from segmentry.engine.sources.forms import NATIVE, TEXT, UNITS

NO_ANSWER: Final = 30
"""Seconds after which a database that does not answer is given up."""

NARROW: Final = 18
"""Digits that 64 bits hold, whatever they are."""


class Connected(Protocol):
    """One connection in one transaction: all that is asked for is as it was when the first was asked."""

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query. Raises the driver's own errors."""
        ...

    def run(self, sql: str) -> None:
        """Run a statement that gives no rows. Raises the driver's own errors."""
        ...

    def close(self) -> None:
        """End the transaction and the connection."""
        ...


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """One column as it is asked for: an expression of SQL for each form in which its values may come."""

    name: str
    forms: tuple[tuple[str, str, pl.DataType], ...]

    @property
    def dtype(self) -> pl.DataType:
        """What the column is of in frames: the only form's dtype, or a struct of all of them."""
        if len(self.forms) == 1:
            return self.forms[0][2]
        return pl.Struct([pl.Field(form, dtype) for form, _, dtype in self.forms])


@dataclass(frozen=True, slots=True)
class FileAddresses:
    """How the files of a kind of database are named: by an address that begins with ``scheme``, such as
    `sqlite:///`, or by themselves, with one of the ``endings``.
    """

    scheme: str
    endings: tuple[str, ...]

    def takes(self, address: str) -> bool:
        """Whether an address, or the name of a file, is one of them."""
        by_itself = "://" not in address and address.lower().endswith(self.endings)
        return address.startswith(self.scheme) or by_itself

    def file(self, address: str, root: Path) -> Path:
        """The file that is named, from a folder on where it is not named in full. Raises OSError."""
        file = root / address.removeprefix(self.scheme)
        file.open("rb").close()
        return file

    def in_full(self, address: str, root: Path) -> str:
        """The address by which the file is named from everywhere."""
        return f"{self.scheme}{(root / address.removeprefix(self.scheme)).absolute()}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A kind of database.

    ``takes`` says whether an address (or a file's name) is one of this kind, ``connect`` opens it (with the
    folder from which files are named); ``columns`` gives names and types of a relation, ``tables`` the names
    of all tables; ``asked`` says how a column of such a type is asked for, given what its contract declares.
    ``files`` says how its files are named, None where it is none of files.
    ``packages`` are imported when they are needed, ``extra`` installs them.
    """

    name: str
    packages: tuple[str, ...]
    extra: str
    takes: Callable[[str], bool]
    connect: Callable[[str, Path], Connected]
    columns: Callable[[Connected, str], list[tuple[str, str]]]
    tables: Callable[[Connected], list[str]]
    asked: Callable[[str, str, Type | None], AskedColumn]
    reason: Callable[[BaseException], str | None]
    files: FileAddresses | None = None


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def relation_of(table: str) -> str:
    """A table as an author writes it, such as `shop.orders`; a part in double quotes stays as it is."""
    parts: list[str] = []
    rest = table
    while rest:
        if rest.startswith('"') and (end := rest.find('"', 1)) > 0:
            parts.append(rest[1:end])
            rest = rest[end + 1 :].removeprefix(".")
        else:
            part, _, rest = rest.partition(".")
            parts.append(part)
    return ".".join(quoted(part) for part in parts)


def select(relation: str, columns: Sequence[AskedColumn], where: str | None = None) -> str:
    """The query of some columns of a relation; its columns are named by their places, `c0_1` and so on."""
    fields = [
        f"{sql} AS c{number}_{place}"
        for number, column in enumerate(columns)
        for place, (_, sql, _) in enumerate(column.forms)
    ]
    return f"SELECT {', '.join(fields)} FROM {relation}" + (f" WHERE {where}" if where else "")


def assembled(rows: pl.DataFrame, columns: Sequence[AskedColumn]) -> pl.DataFrame:
    """What `select` gave, with the names and dtypes that frames have."""
    made: list[pl.Expr] = []
    for number, column in enumerate(columns):
        forms = [
            pl.col(f"c{number}_{place}").cast(dtype).alias(form)
            for place, (form, _, dtype) in enumerate(column.forms)
        ]
        made.append((forms[0] if len(forms) == 1 else pl.struct(forms)).alias(column.name))
    return rows.select(made)


# --- what dialects with SQL's own types share ---------------------------------------------------------


def plain(name: str, dtype: pl.DataType, cast: str | None = None) -> AskedColumn:
    """A column whose values all fit its dtype."""
    column = quoted(name)
    return AskedColumn(name, ((NATIVE, column if cast is None else f"CAST({column} AS {cast})", dtype),))


def finite(name: str, dtype: pl.DataType, text: str) -> AskedColumn:
    """A column of days or times, of which one may be infinite."""
    column = quoted(name)
    fits = f"isfinite({column})"
    return AskedColumn(
        name,
        (
            (NATIVE, f"CASE WHEN {fits} THEN {column} END", dtype),
            (TEXT, f"CASE WHEN NOT {fits} THEN CAST({column} AS {text}) END", pl.String()),
        ),
    )


def units(name: str, value: str, places: int, text: str, whole: str) -> AskedColumn:
    """A numeric as whole minor units; what has more places, or more digits, comes as it is written."""
    fits = f"({value} = trunc({value}, {places}) AND abs({value}) < {_power(NARROW - places)})"
    minor = f"CAST({value} * {_power(places)} AS {whole})"
    return AskedColumn(
        name,
        (
            (f"{UNITS}{places}", f"CASE WHEN {fits} THEN {minor} END", pl.Int64()),
            (TEXT, f"CASE WHEN NOT {fits} THEN CAST({value} AS {text}) END", pl.String()),
        ),
    )


def _power(exponent: int) -> str:
    return "1" + "0" * exponent if exponent >= 0 else "0." + "0" * (-exponent - 1) + "1"


def declared_places(declared: Type | None) -> int | None:
    """The places of the exact type that a contract declares."""
    if declared is None or declared.kind not in ("decimal", "integer"):
        return None
    return declared.scale if declared.kind == "decimal" else 0
