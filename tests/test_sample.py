"""The sample data: the same bytes every time, and every oddity that the docs promise."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine.starter.sample import AS_OF, make_sample, write_sample

MIDNIGHT = datetime(AS_OF.year, AS_OF.month, AS_OF.day)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return make_sample(customers=1500)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes_and_another_seed_other_people(tmp_path: Path) -> None:
    rows = write_sample(tmp_path / "a", customers=120)
    write_sample(tmp_path / "b", customers=120)
    write_sample(tmp_path / "c", customers=120, seed=8)
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
    assert _hashes(tmp_path / "a") != _hashes(tmp_path / "c")
    assert pl.read_parquet(tmp_path / "a" / "orders" / "*.parquet").height == rows["orders"]
    assert pl.read_csv(tmp_path / "a" / "surveys.csv").height == rows["surveys"]


def test_customers_are_unique_and_reachable_only_at_example_addresses(
    tables: dict[str, pl.DataFrame],
) -> None:
    customers = tables["customers"]
    assert customers["customer_id"].n_unique() == customers.height == 1500
    assert customers["email"].str.contains(r"^[a-z0-9]+@example\.(com|org)$").all()
    assert customers["is_test"].sum() > 0
    for column in ("country", "birth_date", "city", "consent_email", "card_expires_on"):
        assert 0 < customers[column].null_count() < customers.height


def test_orders_add_up_to_their_lines(tables: dict[str, pl.DataFrame]) -> None:
    value = (pl.col("quantity") * pl.col("unit_price")).sum()
    sums = tables["order_lines"].group_by("order_id").agg(value.alias("of_lines"))
    both = tables["orders"].join(sums, on="order_id", how="left")
    assert both.filter(pl.col("amount") != pl.col("of_lines")).height == 0
    assert both["of_lines"].null_count() == 0
    assert (both["amount"] > 0).all()
    assert (both["discount"] >= 0).all()


def test_orders_hold_the_oddities_of_a_real_feed(tables: dict[str, pl.DataFrame]) -> None:
    orders, known = tables["orders"], tables["customers"]["customer_id"].implode()
    assert orders["customer_id"].null_count() > 0
    assert orders.filter(pl.col("customer_id").is_in(known).not_()).height > 0
    assert 0 < orders.filter(pl.col("ordered_at") >= MIDNIGHT).height < 50
    assert set(orders["status"]) == {"paid", "cancelled"}
    assert orders["ordered_at"].is_sorted()


def test_christmas_sells_more_than_february(tables: dict[str, pl.DataFrame]) -> None:
    by_month = dict(tables["orders"].group_by(pl.col("ordered_at").dt.month()).len().iter_rows())
    assert by_month[12] > 1.5 * by_month[2]


def test_nothing_is_sent_back_before_it_is_sold(tables: dict[str, pl.DataFrame]) -> None:
    both = tables["returns"].join(tables["orders"], on="order_id", validate="m:1")
    assert both.height == tables["returns"].height
    assert both.filter(pl.col("returned_at") <= pl.col("ordered_at")).height == 0
    assert both.filter(pl.col("refund") > pl.col("amount")).height == 0


def test_events_carry_their_zone_and_follow_the_orders(tables: dict[str, pl.DataFrame]) -> None:
    events = tables["events"]
    assert events.schema["happened_at"] == pl.Datetime("us", "UTC")
    assert set(events["event"]) == {"view", "add_to_cart", "checkout", "purchase", "search"}
    assert events["happened_at"].is_sorted()
    bought = events.filter(pl.col("event") == "purchase").height
    assert bought < events.filter(pl.col("event") == "add_to_cart").height


def test_mails_go_only_to_those_who_agreed(tables: dict[str, pl.DataFrame]) -> None:
    agreed = tables["customers"].filter("consent_email")["customer_id"].implode()
    mails = tables["mails"]
    assert mails["customer_id"].is_in(agreed).all()
    sent, opened, clicked = (mails.filter(event=word).height for word in ("sent", "opened", "clicked"))
    assert sent > opened > clicked > 0
