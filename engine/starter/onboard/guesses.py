"""What is guessed of exports: tables with their columns and their part in the whole, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import polars as pl

from segmentry.engine.starter.onboard.known.entry import KnownExport, Role
from segmentry.engine.starter.onboard.seen import SeenColumn, SeenTable

Part = Literal["customers", "facts", "lookup", "unused"]
Sure = Literal["certain", "likely", "asked"]
_NO_ROLES: Final[Mapping[str, Role]] = {}


@dataclass
class GuessedColumn:
    """A column as it is declared: its name, and its keys in the order in which they are written."""

    seen: SeenColumn
    name: str
    keys: dict[str, Any]
    evidence: str = ""
    shown: bool = False
    """Whether its labels may be quoted."""

    @property
    def heading(self) -> str:
        """Its name in the file."""
        return self.seen.heading

    @property
    def type(self) -> str:
        """Its declared type."""
        return str(self.keys.get("type", "string"))

    @property
    def pii(self) -> str | None:
        """How personal it is."""
        found = self.keys.get("pii")
        return None if found is None else str(found)

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money."""
        return self.type == "decimal"


@dataclass
class GuessedLink:
    """A lookup: a table, the columns that are equal (here: there), what is brought, and why."""

    table: str
    on: dict[str, str]
    columns: list[str]
    evidence: str


@dataclass
class GuessedTable:
    """A table and its part: ``key``, ``customer`` and ``time`` are names of columns."""

    seen: SeenTable
    known: KnownExport | None
    columns: dict[str, GuessedColumn]
    """By heading."""
    part: Part = "unused"
    key: str | None = None
    customer: str | None = None
    time: str | None = None
    lookups: list[GuessedLink] = field(default_factory=list[GuessedLink])
    where: list[tuple[dict[str, Any], str]] = field(default_factory=list[tuple[dict[str, Any], str]])
    """Conditions on its rows, each with its reason."""
    evidence: dict[str, str] = field(default_factory=dict[str, str])
    """Why a key of the source is as it is, by key."""
    lookup_key: list[str] = field(default_factory=list[str])
    unknown_share: float = 0.0
    """Rows whose customer is not among the customers."""
    left_out: list[str] = field(default_factory=list[str])
    """Headings of columns without a value."""

    @property
    def name(self) -> str:
        """What the source is called."""
        return self.seen.name

    @property
    def roles(self) -> Mapping[str, Role]:
        """What is known of its headings."""
        return self.known.roles if self.known is not None else _NO_ROLES

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.seen.rows

    def named(self, name: str) -> GuessedColumn:
        """The column of this name."""
        return next(column for column in self.columns.values() if column.name == name)

    def frame(self) -> pl.LazyFrame:
        """Its rows, as the file has them."""
        return self.seen.export.frame


@dataclass
class Sales:
    """Where orders are: the table, the source with a row for each, and the columns that matter."""

    table: GuessedTable
    source: str
    rows: str
    """The source of the rows that count as sales: the table itself, or one filtered from it."""
    order: str | None = None
    """The column that names an order, where several rows make one."""
    amount: str | None = None
    amount_of: str | None = None
    """How an order gets its amount of its rows: `sum` or `max`."""
    discount: str | None = None
    category: str | None = None
    refund: str | None = None
    lines: GuessedTable | None = None
    """The table of articles, if it is another one."""
    returns: str | None = None
    evidence: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class GuessNote:
    """Something that a person should know or decide: in a sentence, and how sure the guess is."""

    about: str
    text: str
    sure: Sure = "likely"


@dataclass
class Shop:
    """Everything that is guessed, from which the files are written."""

    name: str
    tables: list[GuessedTable]
    customers: GuessedTable | None = None
    derived_from: str | None = None
    """The source whose customers are the customers, where no table is."""
    key: str = ""
    customer_lookups: list[GuessedLink] = field(default_factory=list[GuessedLink])
    sales: Sales | None = None
    currency: str | None = None
    timezone: str = "UTC"
    consents: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    """Columns of the customers table that say who may be written to, and the value that says so."""
    notes: list[GuessNote] = field(default_factory=list[GuessNote])
    gap_days: float | None = None
    """The median of the days between two orders of a customer; of `busiest`, where there are no orders."""
    newest: Any = None
    """The newest day of those."""

    @property
    def busiest(self) -> GuessedTable | None:
        """The largest table of what customers did, with a time; None where there is none."""
        timed = [table for table in self.tables if table.part == "facts" and table.time and table.customer]
        return max(timed, key=lambda table: table.rows, default=None)

    def table(self, name: str) -> GuessedTable:
        """The table of this name."""
        return next(table for table in self.tables if table.name == name)
