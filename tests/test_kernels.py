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
