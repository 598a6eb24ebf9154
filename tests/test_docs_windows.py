"""The windows that the reference shows with their dates, held against rows just inside and just outside."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from segmentry.engine import Workspace, evaluate

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "windows.md"
ROW = re.compile(r"^\| (`[^|]+`) \| (\d{4}-\d\d-\d\d) \| (\d{4}-\d\d-\d\d) \|$", re.M)
SECOND = timedelta(seconds=1)

WORKSPACE = """
version: 1
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: customers.csv
    key: id
    columns: {id: {type: string}}
  orders:
    path: orders.csv
    customer: id
    time: at
    columns: {id: {type: string}, at: {type: datetime}, window: {type: integer}}
"""


def test_windows_begin_and_end_where_the_page_says(tmp_path: Path) -> None:
    shown = ROW.findall(PAGE.read_text("utf-8"))
    assert len(shown) >= 8
    traits = "traits:\n"
    rows: list[tuple[str, datetime, int]] = []
    for number, (window, start, end) in enumerate(shown):
        traits += f"  - id: in_window_{number}\n    count: orders\n"
        traits += f"    where: {{column: window, is: {number}}}\n"
        traits += "".join(f"    {part}\n" for part in re.findall(r"`([^`]+)`", window))
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        rows += [("A", at, number) for at in (first - SECOND, first, last - SECOND, last)]
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    (tmp_path / "rules" / "traits.yaml").write_text(traits, "utf-8")
    orders = pl.DataFrame(rows, ["id", "at", "window"], orient="row")
    frames = {"customers": pl.DataFrame({"id": ["A"]}), "orders": orders}
    counted = evaluate(Workspace.load(tmp_path, frames=frames), traits="all").traits.drop("id").row(0)
    assert dict(zip(shown, counted, strict=True)) == dict.fromkeys(shown, 2)
