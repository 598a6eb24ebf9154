"""The drafted segmentry.yaml: every source with its contract, each guess with what it rests on beside it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from string import digits
from typing import Any, Final

from segmentry.engine.starter.onboard.guesses import GuessedColumn, GuessedLink, GuessedTable, Sales, Shop
from segmentry.engine.starter.onboard.sales import VALUE, cancelled_in, formula_of_value
from segmentry.engine.starter.onboard.words import MONEY, has
from segmentry.engine.starter.onboard.yaml_text import Noted, yaml_text

FILE: Final = "segmentry.yaml"
_UP: Final = 3
"""Folders upward for which a path is still written from the workspace on."""


def draft_sources(shop: Shop, folder: Path) -> str:
    """The text of segmentry.yaml for a workspace in a folder."""
    data: dict[str, Any] = {"version": 1, "name": shop.name}
    data["timezone"] = _noted(shop, "timezone", shop.timezone)
    if shop.currency is not None:
        data["currency"] = _noted(shop, "currency", shop.currency)
    if (latest := latest_of(shop)) is not None:
        note = (
            f"the midnight after the newest row; the newest day here is {shop.newest}" if shop.newest else ""
        )
        data["as_of"] = Noted({"latest": latest}, note) if note else {"latest": latest}
    data["sources"] = dict(_sources(shop, folder))
    data["privacy"] = {"min_cell": Noted(10, "no group smaller than this appears in a brief")}
    return yaml_text(_head(shop), data, name=FILE)


def _head(shop: Shop) -> list[str]:
    lines = [
        "yaml-language-server: $schema=.segmentry/schema/workspace.schema.json",
        "",
        "Drafted by `segmentry init --from`. What stands after a # is what a guess rests on; guesses.md has",
        "all of them, and how sure they are. Change what is wrong, then run `segmentry check --data`.",
    ]
    unused = [table for table in shop.tables if table.part == "unused"]
    if unused:
        lines += ["", "Left out, because nothing in them leads to a customer or is looked up:"]
        lines += [f"  {table.name} ({table.seen.export.label}, {table.rows:,} rows)" for table in unused]
    return lines


def _noted(shop: Shop, about: str, value: Any) -> Any:
    note = next((note for note in shop.notes if note.about == about), None)
    return value if note is None else Noted(value, note.text.rstrip("."))


def latest_of(shop: Shop) -> str | None:
    """The source whose newest row says as of when everything is seen."""
    if shop.sales is not None:
        return shop.sales.source
    timed = [table for table in shop.tables if table.part == "facts" and table.time]
    return max(timed, key=lambda table: table.rows).name if timed else None


def _sources(shop: Shop, folder: Path) -> Iterator[tuple[str, Any]]:
    if shop.customers is not None:
        table = shop.customers
        yield table.name, _file_source(shop, table, folder)
    else:
        yield customers_name(shop), _derived_customers(shop)
    for table in shop.tables:
        if table.part == "facts":
            yield table.name, _file_source(shop, table, folder)
            if shop.sales is not None and table is shop.sales.table:
                yield from _derived(shop, shop.sales)
    for table in shop.tables:
        if table.part == "lookup":
            yield table.name, _file_source(shop, table, folder)


def customers_name(shop: Shop) -> str:
    """What the customers table is called."""
    if shop.customers is not None:
        return shop.customers.name
    return "customers" if all(table.name != "customers" for table in shop.tables) else "people"


def _derived_customers(shop: Shop) -> dict[str, Any]:
    assert shop.derived_from is not None
    why = shop.table(shop.derived_from).evidence.get("customers", "")
    source: dict[str, Any] = {"from": Noted(shop.derived_from, why), "key": shop.key}
    if shop.customer_lookups:
        source["lookup"] = [_lookup(link) for link in shop.customer_lookups]
    return source


def _file_source(shop: Shop, table: GuessedTable, folder: Path) -> dict[str, Any]:
    export, layout = table.seen.export, table.seen.export.layout
    source: dict[str, Any] = {"description": _description(table)}
    if export.database is not None:
        source["database"] = f"${{{export.database}}}"
        source["table"] = Noted(export.table, f"{table.rows:,} rows")
    else:
        source["path"] = Noted(path_of(export.files, folder), f"{table.rows:,} rows")
    if layout is not None and export.format != ".xlsx":
        usual = "\t" if export.format == ".tsv" else ","
        if layout.separator != usual and not layout.names_separator:
            source["separator"] = "tab" if layout.separator == "\t" else layout.separator
        if layout.encoding != "utf-8":
            source["encoding"] = Noted(layout.encoding, "not all of its bytes are UTF-8")
        if layout.footer_rows:
            source["footer_rows"] = Noted(layout.footer_rows, "sums below the table")
    if layout is not None and layout.header_row > (2 if layout.names_separator else 1):
        source["header_row"] = Noted(layout.header_row, "a title stands above")
    if export.sheet is not None:
        source["sheet"] = export.sheet
    if table.known is not None and table.known.fill_down is not None:
        source |= _fill_down(table)
    source |= _links(table)
    source["columns"] = {c.name: _column(shop, c) for c in table.columns.values()}
    if shop.sales is not None and table is shop.sales.table and shop.sales.amount == VALUE:
        source["columns"][VALUE] = {"formula": formula_of_value(table), **_unit(shop)}
    if table.left_out:
        source["columns"] = Noted(
            source["columns"], f"without a value, so left out: {', '.join(table.left_out)}"
        )
    return source


def _description(table: GuessedTable) -> str:
    return f"An export of {table.known.title}" if table.known else f"Rows of {table.seen.export.label}"


def _fill_down(table: GuessedTable) -> dict[str, Any]:
    assert table.known is not None
    assert table.known.fill_down is not None
    within, columns = table.known.fill_down
    there = [heading for heading in columns if heading in table.columns]
    gaps = [heading for heading in there if table.columns[heading].seen.filled < table.rows]
    if not gaps or within not in table.columns:
        return {}
    return {
        "fill_down": Noted(
            {"columns": gaps, "within": within}, "the head of an order stands on its first line only"
        )
    }


def _links(table: GuessedTable) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if table.key is not None:
        found["key"] = Noted(table.key, table.evidence.get("key", ""))
    elif table.lookup_key:
        found["lookup_key"] = table.lookup_key[0] if len(table.lookup_key) == 1 else table.lookup_key
    if table.customer is not None:
        found["customer"] = Noted(table.customer, table.evidence.get("customer", ""))
    if table.time is not None:
        found["time"] = Noted(table.time, table.evidence.get("time", ""))
    if table.lookups:
        found["lookup"] = [Noted(_lookup(link), link.evidence) for link in table.lookups]
    if table.where:
        conditions = [condition for condition, _ in table.where]
        why = "; ".join(reason for _, reason in table.where)
        found["where"] = Noted(conditions[0] if len(conditions) == 1 else {"all": conditions}, why)
    return found


def _lookup(link: GuessedLink) -> dict[str, Any]:
    same = all(here == there for here, there in link.on.items())
    on: Any = list(link.on) if same else dict(link.on)
    if same and len(on) == 1:
        on = on[0]
    return {"from": link.table, "on": on, "columns": link.columns}


def _column(shop: Shop, column: GuessedColumn) -> Any:
    keys = dict(column.keys)
    if column.is_money and column.seen.dress.type == "decimal" and has_money(column):
        keys |= _unit(shop)
    return Noted(keys, column.evidence) if column.evidence else keys


def has_money(column: GuessedColumn) -> bool:
    """Whether a decimal is an amount of money, and no other measure."""
    return column.seen.dress.sign is not None or has(column.heading, MONEY)


def _unit(shop: Shop) -> dict[str, Any]:
    return {"unit": shop.currency} if shop.currency else {}


def path_of(files: Sequence[Path], folder: Path) -> Any:
    """The files as they are named in a workspace: from it on, or from the root where they lie elsewhere.

    Several are named by a pattern where it fits no other file, so that the next one is read, too.
    """
    if len(files) == 1:
        return _path(files[0], folder)
    names = [file.name for file in files]
    begin = _common(names).rstrip(digits)
    end = _common([name[::-1] for name in names])[::-1].lstrip(digits)
    pattern = f"{glob.escape(begin)}*{glob.escape(end)}"
    if len(begin) + len(end) < min(map(len, names)) and set(files[0].parent.glob(pattern)) == set(files):
        return _path(files[0].parent / pattern, folder)
    return [_path(file, folder) for file in files]


def _common(names: Sequence[str]) -> str:
    """The letters with which all names begin."""
    shared = takewhile(lambda marks: len(set(marks)) == 1, zip(*names, strict=False))
    return "".join(marks[0] for marks in shared)


def _path(file: Path, folder: Path) -> str:
    relative = Path(os.path.relpath(file, folder))
    near = relative.parts[:_UP].count("..") < _UP
    return (relative if near else file).as_posix()


# --- what is made of the sales --------------------------------------------------------------------


def _derived(shop: Shop, sales: Sales) -> Iterator[tuple[str, Any]]:
    table = sales.table
    if sales.rows != table.name:
        yield sales.rows, {"description": "Rows that are sales", "from": table.name, "where": _sold(sales)}
    if sales.returns == "returned":
        where = {"column": sales.amount, "less_than": 0}
        yield "returned", {"description": "Rows that give money back", "from": table.name, "where": where}
    if sales.order is not None:
        yield sales.source, _orders(shop, sales)


def _sold(sales: Sales) -> Any:
    conditions: list[Any] = []
    if (cancelled := cancelled_in(sales)) is not None:
        column, labels = cancelled
        conditions.append({"column": column, "not_in": labels, "missing": "include"})
    if sales.returns == "returned":
        conditions.append({"column": sales.amount, "more_than": 0})
    return conditions[0] if len(conditions) == 1 else {"all": conditions}


def _orders(shop: Shop, sales: Sales) -> dict[str, Any]:
    table = sales.table
    columns: dict[str, Any] = {}
    if sales.amount is not None:
        columns["order_value"] = {str(sales.amount_of): sales.amount, **_unit(shop)}
    if sales.discount is not None:
        columns["order_discount"] = {str(sales.amount_of): sales.discount, **_unit(shop)}
    columns["articles"] = {"count": True}
    return {
        "description": "Orders, one for each number",
        "from": Noted(sales.rows, sales.evidence.get("grain", "")),
        "group_by": sales.order,
        "time": {"min": table.time},
        "columns": columns,
    }
