"""Rows aggregated by kernels: the same values as grouped ones, whatever the numbers, texts and keys are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from segmentry.engine import Workspace, evaluate
from segmentry.engine.backends.polars.dense.choice import SWITCH
from tests.kernels import kernels as kernels
from tests.parts_at_hand import needs_module

SETTINGS = """\
version: 1
as_of: 2026-03-01
timezone: Europe/Berlin
sources:
  customers: {path: data/customers.parquet, key: id}
  orders:
    path: data/orders.parquet
    customer: id
    time: at
    columns:
      money: {type: decimal, scale: 2}
      at: {type: datetime}
"""

KINDS = (
    *("count: orders", "distinct: orders.text", "distinct: orders.whole", "distinct: orders.day"),
    *(f"{kind}: orders.{column}" for kind in ("first", "last", "min", "max") for column in (
        "text", "whole", "money", "real", "day", "at",
    )),
    *(f"{kind}: orders.flag" for kind in ("first", "last")),
    *(f"{kind}: orders.{column}" for kind in ("sum", "mean", "median", "std")
      for column in ("whole", "money")),
    *(f"most_common: orders.{column}" for column in ("text", "whole", "day", "flag")),
    "values: orders.text", "longest_gap_days: orders", "mean_gap_days: orders", "days_since_first: orders",
)  # fmt: skip


def near(n: int) -> int:
    return n + 5


def far(n: int) -> int:
    return n * 2**40 - 2**50


def text(n: int) -> str:
    return f"Köln {n:03}"


def shop(folder: Path, key: Callable[[int], Any], texts: int = 4, times: int = 7) -> Path:
    """30 customers and 600 orders, many at the same time, some of unknown customers; many values missing."""
    (folder / "data").mkdir()
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(SETTINGS, encoding="utf-8")
    traits = "".join(
        f"  - {{id: t{n}_{m}, {kind}{window}}}\n"
        for n, kind in enumerate(KINDS)
        for m, window in enumerate(("", ", within_last: 60 days", ", where: {column: text, in: [t1, t2]}"))
    )
    (folder / "rules" / "traits.yaml").write_text(f"traits:\n{traits}", encoding="utf-8")
    pl.DataFrame({"id": [key(n) for n in range(30)]}).write_parquet(folder / "data" / "customers.parquet")
    start = datetime(2025, 12, 1, tzinfo=UTC)
    rows = [
        {
            "id": key(n * n % 33),
            "at": start + timedelta(hours=19 * (n % times)),
            "text": None if n % 11 == 0 else f"t{n * 7 % texts}",
            "whole": None if n % 5 == 0 else (n * 31) % 17 - 8,
            "money": None if n % 7 == 0 else ((n * 97) % 1000 - 400) / 100,
            "real": None if n % 6 == 0 else (n * 13 % 29) / 7,
            "day": (start + timedelta(days=n * 3 % 80)).date(),
            "flag": None if n % 4 == 0 else n % 3 == 0,
        }
        for n in range(600)
    ]
    pl.DataFrame(rows).write_parquet(folder / "data" / "orders.parquet")
    return folder


def grouped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    with monkeypatch.context() as without:
        without.setenv(SWITCH, "off")
        return evaluate(Workspace.load(folder), traits="all").traits


@pytest.mark.parametrize("key", [near, far, text], ids=["close numbers", "far numbers", "texts"])
@pytest.mark.parametrize("texts", [4, 150], ids=["few texts", "many texts"])
def test_kernels_give_what_groups_give(
    tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch, key: Callable[[int], Any], texts: int
) -> None:
    folder = shop(tmp_path, key, texts)
    taken = count_results(monkeypatch)
    by_kernels = evaluate(Workspace.load(folder), traits="all")
    assert taken == ["orders"]
    assert_frame_equal(by_kernels.traits, grouped(folder, monkeypatch), check_exact=False, rel_tol=1e-12)
    assert by_kernels.reports["orders"].left_out["unknown_customer"] > 0


def count_results(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources whose results came from kernels, as they come."""
    from segmentry.engine.backends.polars.dense.dense_pass import DensePass

    taken: list[str] = []
    results = DensePass.results

    def noted(work: DensePass) -> list[pl.Series]:
        found = results(work)
        taken.append(work.source)
        return found

    monkeypatch.setattr(DensePass, "results", noted)
    return taken


@pytest.mark.parametrize("column", ["whole", "money"])
def test_sums_beyond_64_bits_are_taken_without_kernels(
    tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    folder = shop(tmp_path, near)
    orders = folder / "data" / "orders.parquet"
    large = 2**57 if column == "whole" else 9.2e16
    frame = pl.read_parquet(orders).with_columns(
        pl.when(pl.col(column) > 0).then(large).otherwise(-large).alias(column)
    )
    frame.write_parquet(orders)
    (folder / "rules" / "traits.yaml").write_text(
        f"traits:\n  - {{id: t, sum: orders.{column}}}\n", encoding="utf-8"
    )
    taken = count_results(monkeypatch)
    found = evaluate(Workspace.load(folder), traits="all").traits
    assert taken == []
    assert_frame_equal(found, grouped(folder, monkeypatch))


@pytest.mark.parametrize("lacking", ["customers", "orders"])
def test_no_customers_and_no_rows(
    tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    folder = shop(tmp_path, near)
    file = folder / "data" / f"{lacking}.parquet"
    pl.read_parquet(file).clear().write_parquet(file)
    found = evaluate(Workspace.load(folder), traits="all").traits
    assert_frame_equal(found, grouped(folder, monkeypatch))


def compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources taken by kernels, of an evaluation that gives what groups give."""
    taken = count_results(monkeypatch)
    found = evaluate(Workspace.load(folder), traits="all").traits
    assert_frame_equal(found, grouped(folder, monkeypatch), check_exact=False, rel_tol=1e-12)
    return taken


@pytest.mark.parametrize("ending", ["csv", "ndjson", "xlsx", "arrow"])
def test_files_of_every_format(
    tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Also of texts, where every batch is parsed and values that do not fit are missing."""
    folder = shop(tmp_path, near)
    rows = pl.read_parquet(folder / "data" / "orders.parquet")
    path = folder / "data" / f"orders.{ending}"
    texts = rows.with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"), pl.col("day").cast(pl.String))
    match ending:
        case "csv":
            texts.with_columns(pl.col("whole").cast(pl.String).replace("3", "three")).write_csv(path)
        case "ndjson":
            texts.write_ndjson(path)
        case "xlsx":
            needs_module("xlsxwriter")
            texts.write_excel(path)
        case _:
            rows.write_ipc(path)
    head = folder / "segmentry.yaml"
    written = head.read_text("utf-8").replace("orders.parquet", path.name)
    types = {
        "id": "integer",
        "day": "date",
        "whole": "integer, on_bad_value: null",
        "real": "number",
        "flag": "boolean",
    }
    written += "".join(f"      {name}: {{type: {kind}}}\n" for name, kind in types.items())
    head.write_text(written, "utf-8")
    assert compared(folder, monkeypatch) == ["orders"]


@pytest.mark.parametrize("texts", [63, 64, 65, 70_000])
def test_dictionaries_of_every_width(
    tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch, texts: int
) -> None:
    """As bits of a number up to 64 values, in runs above, and with codes beyond 16 bits."""
    folder = shop(tmp_path, near)
    count = max(2000, texts + 500)
    rows = pl.DataFrame({"n": range(count)}).select(
        (pl.col("n") * 7 % 33 + 5).alias("id"),
        pl.lit(datetime(2026, 1, 1, tzinfo=UTC)).alias("at") + pl.duration(minutes=pl.col("n") % 97),
        pl.format("t{}", pl.col("n") * 31 % texts).alias("text"),
    )
    rows.write_parquet(folder / "data" / "orders.parquet")
    kinds = ("distinct", "first", "last", "min", "max", "most_common")
    traits = "".join(f"  - {{id: {kind}, {kind}: orders.text}}\n" for kind in kinds)
    (folder / "rules" / "traits.yaml").write_text(f"traits:\n{traits}", "utf-8")
    monkeypatch.setattr("segmentry.engine.backends.polars.dense.dense_pass.ROWS_OF_A_BATCH", 997)
    head = folder / "segmentry.yaml"
    head.write_text(head.read_text("utf-8").replace("      money: {type: decimal, scale: 2}\n", ""), "utf-8")
    assert compared(folder, monkeypatch) == ["orders"]


def test_sources_derived_from_others(tmp_path: Path, kernels: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups by two keys, groups of groups, and rows that look values up."""
    folder = shop(tmp_path, text)
    derived = """\
    lookup: [{from: places, on: text, columns: [city]}]
  places: {path: data/places.parquet, lookup_key: text}
  baskets:
    from: orders
    group_by: [day, text]
    time: {max: at}
    columns:
      rows: {count: true}
      paid: {sum: money}
      last_city: {last: city}
      pause: {days_since_previous: true}
  busy: {from: baskets, where: {column: rows, at_least: 1}}
"""
    head = folder / "segmentry.yaml"
    head.write_text(head.read_text("utf-8") + derived, "utf-8")
    pl.DataFrame({"text": ["t0", "t1", "t2"], "city": ["Bern", None, "Chur"]}).write_parquet(
        folder / "data" / "places.parquet"
    )
    traits = """\
traits:
  - {id: baskets, count: baskets}
  - {id: paid, max: baskets.paid}
  - {id: middle, median: baskets.paid}
  - {id: pause, max: busy.pause}
  - {id: city, last: busy.last_city}
  - {id: cities, distinct: orders.city}
  - {id: usual, most_common: orders.city}
  - {id: gap, longest_gap_days: baskets}
"""
    (folder / "rules" / "traits.yaml").write_text(traits, "utf-8")
    assert sorted(compared(folder, monkeypatch)) == ["baskets", "busy", "orders"]
