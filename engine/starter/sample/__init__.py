"""Sample data for the starter workspace: a made-up outdoor outfitter, six years of customers and orders.

Everything is drawn from one seed and ends on a fixed day, so the same call writes the same bytes and numbers
in the tutorial stay true. docs/sample-data.md describes the tables and what is odd in them on purpose.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from segmentry.engine.starter.sample import contact, people, products, shopping, web

AS_OF = date(2026, 11, 1)

__all__ = ["AS_OF", "make_sample", "write_sample"]


def write_sample(folder: Path, *, seed: int = 7, customers: int = 6000) -> dict[str, int]:
    """Write the sample tables into `folder` (made if needed; files of the same names are replaced).

    Returns the number of rows per table. Parquet, except `surveys.csv` and the three files in `exports/`,
    which are CSV as other systems write it. Money is decimal with two places, in euro.
    """
    tables = make_sample(seed=seed, customers=customers)
    orders = tables["orders"]
    (folder / "orders").mkdir(parents=True, exist_ok=True)
    (folder / "exports").mkdir(exist_ok=True)
    for (year,), rows in orders.group_by(pl.col("ordered_at").dt.year(), maintain_order=True):
        rows.write_parquet(folder / "orders" / f"{year}.parquet")
    for name in ("customers", "order_lines", "returns", "products", "events", "mails", "contacts"):
        tables[name].write_parquet(folder / f"{name}.parquet")
    tables["surveys"].write_csv(folder / "surveys.csv")
    tables["outlet_orders"].write_csv(
        folder / "exports" / "outlet_orders.csv", separator=";", datetime_format="%Y-%m-%d %H:%M"
    )
    tables["crm_accounts"].write_csv(folder / "exports" / "crm_accounts.csv")
    tables["crm_regions"].write_csv(folder / "exports" / "crm_regions.csv")
    return {name: frame.height for name, frame in tables.items()}


def make_sample(*, seed: int = 7, customers: int = 6000) -> dict[str, pl.DataFrame]:
    """The same tables as frames, by name, without writing anything."""
    crowd = people.make_people(seed, customers, AS_OF)
    range_ = products.make_products(seed)
    orders = shopping.make_orders(seed, crowd, range_, AS_OF)
    contacts = contact.contacts_table(orders, seed, AS_OF)
    return {
        "customers": people.customers_table(crowd, seed, AS_OF),
        "orders": shopping.orders_table(orders),
        "order_lines": shopping.lines_table(orders),
        "returns": shopping.returns_table(orders, seed, AS_OF),
        "products": products.products_table(range_),
        "events": web.events_table(crowd, orders, range_, seed, AS_OF),
        "mails": contact.mails_table(crowd, seed, AS_OF),
        "surveys": contact.surveys_table(orders, contacts, seed, AS_OF),
        "contacts": contacts,
        "outlet_orders": contact.outlet_table(crowd, seed, AS_OF),
        "crm_accounts": contact.crm_table(crowd, seed),
        "crm_regions": contact.regions_table(),
    }
