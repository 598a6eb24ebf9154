"""The guesses about all exports together, in the order in which one rests on another."""

from __future__ import annotations

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.starter.onboard.columns import consent_of, currency_of, guess_columns, has_dollar
from segmentry.engine.starter.onboard.guesses import GuessedTable, GuessNote, Shop
from segmentry.engine.starter.onboard.links import find_customers, link_tables
from segmentry.engine.starter.onboard.sales import find_sales, find_times, measure_rhythm
from segmentry.engine.starter.onboard.seen import SeenTable


def guess(seen: list[SeenTable], name: str) -> Shop:
    """Everything that the tables tell. Raises UsageError where no column says who the customers are."""
    notes: list[GuessNote] = []
    tables = [guess_columns(table, notes) for table in seen]
    shop = Shop(name, tables, notes=notes)
    for table in tables:
        if table.known is not None:
            shop.notes.append(
                GuessNote(table.name, f"an export of {table.known.title}, by its headings.", "certain")
            )
    find_customers(shop)
    if shop.customers is None and shop.derived_from is None:
        raise UsageError(_nobody(tables))
    link_tables(shop)
    find_times(shop)
    find_sales(shop)
    _orders_of_days(shop)
    shop.currency = currency_of(tables, shop.notes)
    if shop.currency is None and has_dollar(tables):
        shop.currency = "USD"
        shop.notes.append(
            GuessNote("currency", "amounts carry a dollar sign: taken for US dollars.", "asked")
        )
    if shop.customers is not None:
        shop.consents = consent_of(shop.customers)
    measure_rhythm(shop)
    return shop


def _nobody(tables: list[GuessedTable]) -> str:
    names = ", ".join(table.name for table in tables)
    return (
        f"no column of {names} says whose a row is; export one that does, headed like customer_id or email, "
        "or begin with `segmentry init --no-data` and name it by hand"
    )


def _orders_of_days(shop: Shop) -> None:
    """Dates that could be read in two orders are read like those that can't, in the same exports."""
    columns = [column for table in shop.tables for column in table.columns.values()]
    forms = [column for column in columns if column.seen.dress.orders]
    settled = {column.keys["format"] for column in forms if len(column.seen.dress.orders) == 1}
    for column in forms:
        possible = column.seen.dress.orders
        if len(possible) < 2 or "format" not in column.keys:
            continue
        known = settled & set(possible)
        if len(known) == 1:
            column.keys["format"] = known.pop()
            column.evidence += "; no value is over 12: read as the other dates are"
        else:
            shop.notes.append(
                GuessNote(
                    f"date order {column.name}", "no value is over 12: day or month may come first.", "asked"
                )
            )
