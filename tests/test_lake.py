"""Parquet in an object store, and Delta tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine.sources import lake
from tests.command_line import call
from tests.object_store import object_store

SHOP = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: s3://lake/customers.parquet
    key: id
  orders:
    ORIGIN
    customer: customer
    columns:
      amount: {type: decimal, scale: 2}
"""
RULES = """traits:
  - {id: spend, description: Money, sum: orders.amount, value: true}
segmentation: tier
owner: crm
assign: first_match
segments:
  - {id: big, description: Big, when: {trait: spend, at_least: 10}}
otherwise: {id: rest, description: Rest}
"""
CUSTOMERS = pl.DataFrame({"id": [1, 2]})
ORDERS = pl.DataFrame({"customer": [1, 2, 1], "amount": ["10.10", "5", "1.90"]}).with_columns(
    pl.col("amount").cast(pl.Decimal(10, 2))
)


def shop(folder: Path, origin: str) -> Path:
    """The workspace, and a bucket `lake` beside it."""
    (folder / "rules").mkdir(parents=True)
    (folder / "segmentry.yaml").write_text(SHOP.replace("ORIGIN", origin), "utf-8")
    (folder / "rules" / "tier.yaml").write_text(RULES, "utf-8")
    bucket = folder / "store" / "lake"
    (bucket / "orders").mkdir(parents=True)
    CUSTOMERS.write_parquet(bucket / "customers.parquet")
    ORDERS.head(2).write_parquet(bucket / "orders" / "1.parquet")
    ORDERS.tail(1).write_parquet(bucket / "orders" / "2.parquet")
    return folder


def write_delta(folder: Path) -> None:
    import deltalake

    write: Any = deltalake.write_deltalake
    write(str(folder), ORDERS)


def spend(folder: Path) -> list[Decimal]:
    call("run", "--traits", "-w", folder)
    return pl.read_parquet(folder / "out" / "traits.parquet").sort("id")["spend"].to_list()


def test_parquet_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, "path: s3://lake/orders/*.parquet")
    with object_store(tmp_path / "store") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert spend(tmp_path) == [Decimal("12.00"), Decimal("5.00")]
        call("prepare", "customers", "orders", "-w", tmp_path)
    # The store is gone, and the copies are read.
    assert spend(tmp_path) == [Decimal("12.00"), Decimal("5.00")]


def test_a_delta_table_is_read_in_a_folder_and_in_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, "delta: store/lake/sold")
    write_delta(tmp_path / "store" / "lake" / "sold")
    with object_store(tmp_path / "store") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert spend(tmp_path) == [Decimal("12.00"), Decimal("5.00")]
        (tmp_path / "segmentry.yaml").write_text(SHOP.replace("ORIGIN", "delta: s3://lake/sold"), "utf-8")
        assert spend(tmp_path) == [Decimal("12.00"), Decimal("5.00")]


def test_a_store_that_is_not_there_is_a_data_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, "path: s3://lake/orders/*.parquet")
    with object_store(tmp_path / "store") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    assert "0 errors" not in call("check", "-w", tmp_path).output
    said = call("preview", "-w", tmp_path, code=4).output
    assert "s3://lake/customers.parquet can't be read: nothing answers there" in said
    assert "planted" not in said


def test_an_absent_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, "delta: sold")
    CUSTOMERS.write_parquet(tmp_path / "customers.parquet")
    text = SHOP.replace("ORIGIN", "delta: sold").replace("s3://lake/", "")
    (tmp_path / "segmentry.yaml").write_text(text, "utf-8")

    def nothing(package: str) -> None:
        return None

    monkeypatch.setattr(lake, "find_spec", nothing)
    assert "pip install 'segmentry[delta]'" in call("preview", "-w", tmp_path, code=2).output
