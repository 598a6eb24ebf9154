"""Which column is the customer, what leads to it, what is looked up: by values that are found again."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import polars as pl

from segmentry.engine.starter.onboard.guesses import GuessedColumn, GuessedLink, GuessedTable, GuessNote, Shop
from segmentry.engine.starter.onboard.words import (
    CATEGORY,
    CUSTOMER,
    IDENTITY,
    ORDER,
    PRODUCT,
    has,
    is_identity,
    words,
)

FOUND: Final = 0.95
"""The share of values that have to be found again for a join."""
_HALF: Final = 0.5
_BROUGHT: Final = 6
"""Columns that a lookup brings at most."""


def find_customers(shop: Shop) -> None:
    """Set the customers: the table that most others refer to, else those of the largest table."""
    best: tuple[tuple[float, ...], GuessedTable, GuessedColumn] | None = None
    for table in shop.tables:
        for column in table.columns.values():
            score = _as_customers(shop, table, column)
            if score is not None and (best is None or score > best[0]):
                best = (score, table, column)
    if best is None:
        _derive(shop)
        return
    (referring, *_), table, column = best
    shop.customers, shop.key = table, column.name
    table.part, table.key = "customers", column.name
    _evidence_of_key(table, column, int(referring))


def _evidence_of_key(table: GuessedTable, column: GuessedColumn, referring: int) -> None:
    seen = column.seen
    table.evidence["key"] = f"unique in {seen.filled:,} of {seen.filled:,} rows"
    if seen.filled < seen.rows:
        missing = seen.rows - seen.filled
        table.where.append(({"column": column.name, "known": True}, f"{missing:,} rows have none"))
    if referring:
        who = "1 other table refers" if referring == 1 else f"{referring} other tables refer"
        table.evidence["key"] += f"; {who} to it"


def _as_customers(shop: Shop, table: GuessedTable, column: GuessedColumn) -> tuple[float, ...] | None:
    """How well a column would be the key of the customers; None where it can't be."""
    if not column.seen.is_unique or column.seen.filled < _HALF * table.rows:
        return None
    known = table.roles.get(column.heading)
    grain = table.known.grain if table.known else None
    if grain not in (None, "customers") or (grain == "customers" and known is None and not _is_mail(column)):
        return None
    about = has(column.heading, CUSTOMER) or has(table.name, CUSTOMER) or _is_mail(column)
    other = has(column.heading, ORDER | PRODUCT) and not has(column.heading, CUSTOMER)
    if (
        not about
        or other
        or not (is_identity(column.heading) or _is_mail(column) or has(column.heading, CUSTOMER))
    ):
        return None
    # Orders have one row for each customer only where nobody came twice.
    if (
        not has(table.name, CUSTOMER)
        and grain is None
        and _has_time_and_money(table)
        and not _referred(shop, table, column)
    ):
        return None
    referring = _referred(shop, table, column)
    if not _covers(shop, table, column):
        return None
    if (
        referring == 0
        and any(t is not table and _candidates(t) for t in shop.tables)
        and not has(table.name, CUSTOMER)
    ):
        return None
    return (referring, known == "key", has(table.name, CUSTOMER), not _is_mail(column), column.seen.is_key)


def _has_time_and_money(table: GuessedTable) -> bool:
    kinds = {column.type for column in table.columns.values()}
    return "decimal" in kinds and bool(kinds & {"date", "datetime"})


def _is_mail(column: GuessedColumn) -> bool:
    return column.pii == "direct" and bool({"mail", "email"} & set(words(column.heading)))


def _referred(shop: Shop, table: GuessedTable, key: GuessedColumn) -> int:
    others = (other for other in shop.tables if other is not table)
    return sum(any(_leads(column, key) >= _HALF for column in _candidates(other)) for other in others)


def _covers(shop: Shop, table: GuessedTable, key: GuessedColumn) -> bool:
    """Whether the table that names most customers names those of this key, and not only some."""
    shares = [
        (column.seen.distinct or 0, _leads(column, key))
        for other in shop.tables
        if other is not table
        for column in _candidates(other)
        if words(column.heading) == words(key.heading) or _leads(column, key) >= _HALF
    ]
    return not shares or max(shares)[1] >= _HALF


def _candidates(table: GuessedTable) -> list[GuessedColumn]:
    """The columns that may hold a customer, the likeliest first."""
    roles = table.roles
    found = [
        column
        for heading, column in table.columns.items()
        if column.seen.hashes is not None
        and (
            roles.get(heading) in ("customer", "key")
            or (
                has(heading, CUSTOMER)
                and (is_identity(heading) or len(words(heading)) == 1 or _is_mail(column))
            )
            or _is_mail(column)
        )
        and not (has(heading, ORDER | PRODUCT) and not has(heading, CUSTOMER) and not _is_mail(column))
    ]
    return sorted(
        found, key=lambda c: (roles.get(c.heading) != "customer", _is_mail(c), c.seen.rows - c.seen.filled)
    )


def _leads(column: GuessedColumn, key: GuessedColumn) -> float:
    """The share of a column's different values that are found in a key."""
    here, there = column.seen.hashes, key.seen.hashes
    if here is None or there is None or not len(here) or _is_mail(column) != _is_mail(key):
        return 0.0
    return float(here.is_in(there.implode()).mean() or 0.0)  # type: ignore[arg-type]


def _derive(shop: Shop) -> None:
    """No table is the customers: those of the largest table that names any, or of the one with orders."""
    choices = [
        (
            table.known is not None and table.known.grain in ("orders", "lines"),
            _has_time_and_money(table),
            table.rows,
            n,
        )
        for n, table in enumerate(shop.tables)
        if _candidates(table)
    ]
    if not choices:
        return
    table = shop.tables[max(choices)[-1]]
    column = _candidates(table)[0]
    shop.derived_from, shop.key = table.name, column.name
    distinct = column.seen.distinct or 0
    text = f"no table has a row for each customer; {distinct:,} different values in {table.name}"
    shop.notes.append(GuessNote("customers", f"{text}.", "likely"))
    table.evidence["customers"] = text


# --- the others -----------------------------------------------------------------------------------


def link_tables(shop: Shop) -> None:
    """Say of every other table how it leads to the customers, or that it is looked up."""
    key = _key_column(shop)
    for table in shop.tables:
        if table is shop.customers:
            continue
        _link(shop, table, key)
    for table in shop.tables:
        _look_up(shop, table)


def _key_column(shop: Shop) -> GuessedColumn | None:
    owner = shop.customers or (shop.table(shop.derived_from) if shop.derived_from else None)
    return owner.named(shop.key) if owner else None


def _link(shop: Shop, table: GuessedTable, key: GuessedColumn | None) -> None:
    if key is None:
        return
    best: tuple[float, GuessedColumn] | None = None
    for column in _candidates(table):
        share = 1.0 if column is key else _leads(column, key)
        alike = words(column.heading) == words(key.heading)
        if (share >= _HALF or alike) and (best is None or share > best[0]):
            best = (share, column)
    if best is None:
        return
    share, column = best
    if shop.customers is None and column is not key and column.seen.is_unique and _timeless(table):
        _about_customers(shop, table, column, share)
        return
    table.part, table.customer = "facts", column.name
    table.unknown_share = 1 - share
    if shop.customers is not None:
        table.evidence["customer"] = f"{share:.1%} of its {column.seen.distinct:,} values are customers"
    if share < FOUND:
        text = f"{1 - share:.1%} of the customers in it are unknown"
        shop.notes.append(GuessNote(f"{table.name}.{column.name}", f"{text}: their rows take no part."))
    _same_type(column, key)


def _same_type(column: GuessedColumn, key: GuessedColumn) -> None:
    if column.type != key.type:
        column.keys["type"] = key.keys["type"] = "string"


def _timeless(table: GuessedTable) -> bool:
    return not any(column.type in ("date", "datetime") for column in table.columns.values())


def _about_customers(shop: Shop, table: GuessedTable, column: GuessedColumn, share: float) -> None:
    """A table with a row for some customers, which the derived customers look up."""
    table.part, table.lookup_key = "lookup", [column.name]
    brought = [c.name for c in table.columns.values() if c is not column and c.type != "list"]
    evidence = f"a row each for some customers; {share:.1%} of its keys are customers"
    shop.customer_lookups.append(GuessedLink(table.name, {shop.key: column.name}, brought, evidence))
    key = _key_column(shop)
    if key is not None:
        _same_type(column, key)


def _look_up(shop: Shop, table: GuessedTable) -> None:
    """Let tables that lead to customers look others up: by one column, or by two together."""
    if table.part not in ("facts", "customers"):
        return
    for other in shop.tables:
        if other is table or other.part in ("customers", "facts"):
            continue
        link = _by_one(table, other) or _by_two(table, other)
        if link is None:
            continue
        other.part = "lookup"
        other.lookup_key = list(link.on.values())
        link.columns = _brought(table, other, link)
        if link.columns:
            table.lookups.append(link)


def _by_one(table: GuessedTable, other: GuessedTable) -> GuessedLink | None:
    best: tuple[float, GuessedLink, GuessedColumn, GuessedColumn] | None = None
    for there in other.columns.values():
        if not there.seen.is_key:
            continue
        for here in table.columns.values():
            if here.seen.hashes is None or not _named_alike(here.heading, there.heading, other.name):
                continue
            share = _leads(here, there)
            if share >= FOUND and (best is None or share > best[0]):
                text = f"{share:.1%} of its {here.seen.distinct:,} values are found there"
                best = (share, GuessedLink(other.name, {here.name: there.name}, [], text), here, there)
    if best is None:
        return None
    _same_type(best[2], best[3])
    return best[1]


def _named_alike(here: str, there: str, table: str) -> bool:
    mine, yours = set(words(here)), set(words(there))
    telling = (mine & yours) - IDENTITY
    of_table = {w.removesuffix("s") for w in words(table)} & {w.removesuffix("s") for w in mine}
    return (mine == yours and mine != {"id"}) or bool(telling) or bool(of_table)


def _by_two(table: GuessedTable, other: GuessedTable) -> GuessedLink | None:
    """Two columns that together tell the rows of a table apart and stand in the other, too."""
    if any(column.seen.is_key for column in other.columns.values()):
        return None
    shared = [h for h, c in other.columns.items() if _may_be_key(c) and h in table.columns][:5]
    for pair in combinations(shared, 2):
        there = other.frame().select(pl.struct(pl.col(h).cast(pl.String) for h in pair).hash(1).alias("k"))
        keys = there.collect()["k"]
        if keys.n_unique() != other.rows:
            continue
        here = table.frame().select(pl.struct(pl.col(h).cast(pl.String) for h in pair).hash(1).alias("k"))
        mine = here.collect()["k"].unique()
        share = float(mine.is_in(keys.implode()).mean() or 0.0)  # type: ignore[arg-type]
        if share >= FOUND:
            on = {table.columns[h].name: other.columns[h].name for h in pair}
            return GuessedLink(other.name, on, [], f"{share:.1%} of its {len(mine):,} pairs are found there")
    return None


def _may_be_key(column: GuessedColumn) -> bool:
    return column.type in ("string", "integer") and (
        column.seen.hashes is not None or column.seen.labels is not None
    )


def _brought(table: GuessedTable, other: GuessedTable, link: GuessedLink) -> list[str]:
    """The columns that are worth fetching: labels and names of kinds first, nothing personal or taken."""
    taken = {column.name for column in table.columns.values()}
    taken |= {name for link in table.lookups for name in link.columns}
    free = [
        column
        for column in other.columns.values()
        if column.name not in link.on.values()
        and column.name not in taken
        and column.pii is None
        and not is_identity(column.heading)
        and column.type != "list"
    ]
    free.sort(key=lambda column: (not has_category(column), column.seen.labels is None))
    return [column.name for column in free[:_BROUGHT]]


def has_category(column: GuessedColumn) -> bool:
    """Whether a column tells kinds of articles apart."""
    return column.type == "string" and any(word in CATEGORY for word in words(column.heading))
