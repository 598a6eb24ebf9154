"""Where the orders are: which table, their time and amount, and whether a row is an order or an article."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from segmentry.engine.starter.onboard.dress import SeenDress, read_value
from segmentry.engine.starter.onboard.guesses import GuessedColumn, GuessedTable, GuessNote, Sales, Shop
from segmentry.engine.starter.onboard.links import has_category
from segmentry.engine.starter.onboard.words import (
    CANCELLED,
    CUSTOMER,
    DISCOUNT,
    MONEY,
    ORDER,
    PRICE,
    QUANTITY,
    REFUND,
    STATUS,
    has,
    is_identity,
    ranked,
    vocabulary,
    words,
)

VALUE: Final = "line_value"
_TIMES: Final = ranked(
    "ordered order purchase purchased invoice sold bought transaction placed created happened occurred event "
    "timestamp date datum time paid joined signup registered opened sent"
)
_NO_TIMES: Final = vocabulary(
    "updated modified changed shipped fulfilled cancelled canceled closed due end ends expires expiry birth "
    "birthday delivered delivery estimated last reversed refunded birthdate first"
)
_AMOUNTS: Final = ranked(
    "grand paid total gross revenue amount spend sales value betrag umsatz net summe montant ca subtotal "
    "price"
)
_NO_AMOUNTS: Final = vocabulary(
    "tax taxes fee fees shipping tip tips cost costs balance gift cash tender discount discounts disc refund "
    "refunded refunds unit compare duties outstanding income versand steuer handling service ltv "
    "card converted rabatt partial spent"
)
_ONE_ORDER: Final = 0.95


def find_times(shop: Shop) -> None:
    """Set the time of every table that leads to customers."""
    for table in shop.tables:
        if table.part == "facts":
            best = _time_of(table)
            if best is not None:
                table.time = best.name
                seen = best.seen
                table.evidence["time"] = f"{_day(seen.least)} to {_day(seen.most)}"


def _day(value: Any) -> str:
    return str(value)[:10]


def _time_of(table: GuessedTable) -> GuessedColumn | None:
    roles = table.roles

    def score(column: GuessedColumn) -> tuple[float, ...]:
        found = words(column.heading)
        place = next((n for n, word in enumerate(_TIMES) if word in found), len(_TIMES))
        filled = column.seen.filled / max(1, column.seen.rows)
        return (
            roles.get(column.heading) == "time",
            not set(found) & _NO_TIMES,
            round(filled, 1),
            -place,
            filled,
        )

    dated = [c for c in table.columns.values() if c.type in ("date", "datetime") and c.pii is None]
    return max(dated, key=score, default=None)


def find_sales(shop: Shop) -> None:
    """Set where the orders are, if there are any: the likeliest table of those with a time."""
    choices = [(_as_sales(table), -n, table) for n, table in enumerate(shop.tables) if table.part == "facts"]
    choices = [choice for choice in choices if choice[0] > 0]
    if not choices:
        return
    _, _, table = max(choices, key=lambda choice: choice[:2])
    sales = shop.sales = Sales(table, table.name, table.name)
    _find_columns(sales)
    _set_amount(shop, sales)
    _filter(shop, sales)
    _group(shop, sales)
    _find_lines(shop, sales)
    returned = [
        t for t in shop.tables if t.part == "facts" and t is not table and t.time and has(t.name, REFUND)
    ]
    if returned and sales.returns is None:
        sales.returns = returned[0].name
    if sales.amount is None:
        shop.notes.append(
            GuessNote(table.name, "no column is an amount of money: spend is left out.", "asked")
        )


def _as_sales(table: GuessedTable) -> float:
    if table.time is None or has(table.name, REFUND):
        return 0
    known = 4 if table.known and table.known.grain in ("orders", "lines") else 0
    sold = any(has(heading, QUANTITY) for heading in table.columns)
    amount = 3 if _amounts(table) or _pieces(table) else 1 if sold else 0
    named = 2 * has(table.name, ORDER) + any(has(heading, ORDER) for heading in table.columns)
    articles = has(table.name, frozenset({"line", "lines", "item", "items", "positions", "positionen"}))
    return known + amount + named - articles if known or amount or has(table.name, ORDER) else 0


def _amounts(table: GuessedTable) -> list[GuessedColumn]:
    roles = table.roles

    def score(column: GuessedColumn) -> tuple[float, ...]:
        found = words(column.heading)
        place = min((n for n, word in enumerate(_AMOUNTS) if word in found), default=len(_AMOUNTS))
        return (roles.get(column.heading) == "amount", -place, -len(found))

    found = [
        column
        for column in table.columns.values()
        if (
            column.type == "decimal"
            and has(column.heading, MONEY)
            and not set(words(column.heading)) & _NO_AMOUNTS
        )
        or roles.get(column.heading) == "amount"
    ]
    found = [column for column in found if column.type in ("decimal", "integer")]
    return sorted(found, key=score, reverse=True)


def _pieces(table: GuessedTable) -> tuple[GuessedColumn, GuessedColumn] | None:
    """Quantity and price of a piece."""
    roles = {role: heading for heading, role in table.roles.items()}
    columns = table.columns
    quantity = [c for h, c in columns.items() if roles.get("quantity") == h or has(h, QUANTITY)]
    price = [
        c
        for h, c in columns.items()
        if roles.get("price") == h or (has(h, PRICE) and "compare" not in words(h))
    ]
    quantity = [c for c in quantity if c.type in ("integer", "decimal")]
    price = [c for c in price if c.type == "decimal"]
    return (quantity[0], price[0]) if quantity and price else None


# --- the columns ----------------------------------------------------------------------------------


def _find_columns(sales: Sales) -> None:
    table = sales.table
    money = [c for c in table.columns.values() if c.type == "decimal"]
    sales.discount = next((c.name for c in money if set(words(c.heading)) & DISCOUNT and c.seen.most), None)
    sales.refund = next((c.name for c in money if set(words(c.heading)) & REFUND and c.seen.most), None)
    sales.category = _category(table)


def _category(table: GuessedTable) -> str | None:
    own = [c.name for c in table.columns.values() if has_category(c) and c.seen.labels and c.pii is None]
    brought = [
        name
        for link in table.lookups
        for name in link.columns
        if has(name, frozenset({"category", "department", "kategorie", "brand"}))
    ]
    found = sorted(
        [*own, *brought],
        key=lambda name: ("category" not in name and "department" not in name, name not in own),
    )
    return found[0] if found else None


def _set_amount(shop: Shop, sales: Sales) -> None:
    table = sales.table
    amounts, pieces = _amounts(table), _pieces(table)
    roles = table.roles
    told = bool(amounts) and roles.get(amounts[0].heading) == "amount"
    if amounts and (told or not (pieces and amounts[0] is pieces[1])):
        sales.amount = amounts[0].name
        sales.evidence["amount"] = f"`{amounts[0].heading}` by its name"
    elif pieces:
        quantity, price = pieces
        sales.amount = VALUE
        sales.evidence["amount"] = f"`{quantity.heading}` times `{price.heading}`"


def formula_of_value(table: GuessedTable) -> str:
    """What a row is worth where no column says it."""
    pieces = _pieces(table)
    assert pieces is not None
    return f"{pieces[0].name} * {pieces[1].name}"


def scale_of_value(table: GuessedTable) -> int:
    """The places of that worth."""
    pieces = _pieces(table)
    assert pieces is not None
    return sum(int(piece.keys.get("scale", 0)) for piece in pieces)


def _filter(shop: Shop, sales: Sales) -> None:
    """Rows that are no sales: cancelled ones, and ones that give money back."""
    table = sales.table
    for column in table.columns.values():
        bad = _cancelled(column)
        if bad:
            labels = ", ".join(bad)
            sales.rows = "sales"
            sales.evidence[f"status {column.name}"] = f"{labels}: no sale"
            shop.notes.append(GuessNote(f"{table.name}.{column.name}", f"rows with {labels} are no sales."))
            break
    if _negative(table, sales):
        sales.rows, sales.returns = "sales", "returned"
        shop.notes.append(GuessNote(table.name, "rows with a negative amount are returns, and no sales."))
    if sales.rows == "sales" and table.name == "sales":
        sales.rows = "valid_sales"
    sales.source = sales.rows


def _negative(table: GuessedTable, sales: Sales) -> int:
    pieces = _pieces(table)
    if sales.amount == VALUE and pieces:
        return pieces[0].seen.negative + pieces[1].seen.negative
    return table.named(sales.amount).seen.negative if sales.amount else 0


def _cancelled(column: GuessedColumn) -> list[str]:
    if not column.shown or not has(column.heading, STATUS) or "fulfillment" in words(column.heading):
        return []
    labels = column.keys.get("values", [])
    bad = [label for label in labels if has(label, CANCELLED) and "partially" not in words(label)]
    return bad if len(bad) < len(labels) else []


def cancelled_in(sales: Sales) -> tuple[str, list[str]] | None:
    """The column that says that an order is none, and the values that say so."""
    for column in sales.table.columns.values():
        if bad := _cancelled(column):
            return column.name, bad
    return None


# --- lines and orders -----------------------------------------------------------------------------


def _order_column(table: GuessedTable) -> GuessedColumn | None:
    roles = table.roles
    found = [
        column
        for heading, column in table.columns.items()
        if column.seen.hashes is not None
        and (
            roles.get(heading) == "order"
            or (has(heading, ORDER) and not has(heading, CUSTOMER) and is_identity(heading))
        )
    ]
    return max(
        found,
        key=lambda c: (roles.get(c.heading) == "order", "payment" not in words(c.heading), c.seen.filled),
        default=None,
    )


def _group(shop: Shop, sales: Sales) -> None:
    """Rows that share the number of an order are its articles; then orders are made of them."""
    table = sales.table
    order = _order_column(table)
    if order is None or order.seen.filled < _ONE_ORDER * table.rows:
        return
    distinct = order.seen.distinct or 0
    if distinct >= order.seen.filled * 0.999:
        sales.evidence["grain"] = f"a row for each order: {distinct:,} numbers in {order.seen.filled:,} rows"
        return
    sales.order = order.name
    sales.source = (
        "orders"
        if table.name != "orders" and not any(t.name == "orders" for t in shop.tables)
        else "whole_orders"
    )
    sales.amount_of = _amount_of(table, order, sales)
    how = "each row has its own amount" if sales.amount_of == "sum" else "the amount is the order's"
    sales.evidence["grain"] = f"{distinct:,} orders in {order.seen.filled:,} rows; {how}"


def _amount_of(table: GuessedTable, order: GuessedColumn, sales: Sales) -> str:
    """Whether an order's amount is the sum of its rows, or stands in one or in all of them."""
    if sales.amount in (None, VALUE):
        return "sum"
    amount = table.named(str(sales.amount))
    text = pl.col(amount.heading).cast(pl.String).str.strip_chars()
    value = pl.when(text != "").then(text)
    rows = table.frame().select(pl.col(order.heading).alias("order"), value.alias("amount"))
    several = (
        rows.group_by("order")
        .agg(
            pl.len().alias("rows"),
            pl.col("amount").count().alias("known"),
            pl.col("amount").n_unique().alias("n"),
            pl.col("amount").drop_nulls().n_unique().alias("different"),
        )
        .filter(pl.col("rows") > 1)
        .select((pl.col("different") <= 1).mean().fill_null(0.0))
        .collect()
        .item()
    )
    return "max" if float(several) >= _ONE_ORDER else "sum"


def _find_lines(shop: Shop, sales: Sales) -> None:
    """A table of articles beside the orders, for what people buy."""
    if sales.order is not None or sales.category is not None:
        return
    others = [
        t for t in shop.tables if t.part == "facts" and t is not sales.table and t.time and _category(t)
    ]
    bought = [t for t in others if has(t.name, ORDER) and not has(t.name, REFUND)]
    if bought:
        sales.lines, sales.category = bought[0], _category(bought[0])


# --- the rhythm -----------------------------------------------------------------------------------


def measure_rhythm(shop: Shop) -> None:
    """The median of the days between two days with an order of a customer; and the newest of those.

    Where there are no orders, of the rows of the largest table with a time.
    """
    table = shop.sales.table if shop.sales is not None else shop.busiest
    if table is None or table.time is None or table.customer is None:
        return
    time, customer = table.named(str(table.time)), table.named(str(table.customer))
    who = pl.col(customer.heading).cast(pl.String).str.strip_chars()
    rows = table.frame().select(pl.when(who != "").then(who).hash(1).alias("who"), _as_day(time).alias("day"))
    days = rows.drop_nulls().unique().sort("who", "day")
    gap = (pl.col("day") - pl.col("day").shift(1)).dt.total_days()
    found = days.with_columns(pl.when(pl.col("who") == pl.col("who").shift(1)).then(gap).alias("gap"))
    row = found.select(pl.col("gap").median(), pl.col("day").max()).collect().row(0)
    shop.gap_days, shop.newest = row


def _as_day(column: GuessedColumn) -> pl.Expr:
    if column.seen.dtype == pl.String:
        dress: SeenDress = column.seen.dress
        form = dress.keys.get("format") or ""
        text = pl.col(column.heading).str.strip_chars()
        whole = form.startswith(("%", "unix", "excel"))
        return read_value(text if whole else text.str.head(10), dress).cast(pl.Date)
    return pl.col(column.heading).cast(pl.Date)
