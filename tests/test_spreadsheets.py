"""No text in a CSV for people is a formula to a spreadsheet; numbers and Parquet stay as they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine.outputs.spreadsheets import shown_table, shown_text
from tests.command_line import call

FORMULAS = [
    "=HYPERLINK(1)",
    "+SUM(1)",
    "-cmd|x",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1",
    "＝1+1",
    "-1+2",
    "=5",
]
NUMBERS = ["-5", "+49", "-1,234.50", "-12 %", "-1e-7", "5", "plain", "", "a=b"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert shown_text(text) == f"'{text}"


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_and_other_texts_stay(text: str) -> None:
    assert shown_text(text) == text


def test_a_table_is_shown_like_its_texts() -> None:
    texts = [*FORMULAS, *NUMBERS]
    frame = pl.DataFrame({"=a": texts, "n": range(-3, len(texts) - 3)})
    enum = frame["=a"].cast(pl.Enum(texts)).alias("e")
    found = shown_table(frame.with_columns(enum, pl.col("=a").cast(pl.Categorical).alias("c")))
    assert found.columns == ["'=a", "n", "e", "c"]
    for name in ("'=a", "e", "c"):
        assert found[name].to_list() == [shown_text(text) for text in texts]
    assert found["n"].equals(frame["n"])


KEYS = ["=HYPERLINK(1)", "-7", "@x", "plain"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nname: Shop\nsources:\n  customers:\n    path: customers.csv\n    key: id\n    columns:\n"
        "      id: {type: string}\n      city: {type: string}\n      debt: {type: integer}\n",
        "utf-8",
    )
    rows = "".join(f"{KEYS[n % 4]}{n if n % 4 != 1 else n * 10},=city,{n - 40}\n" for n in range(80))
    (tmp_path / "customers.csv").write_text(f"id,city,debt\n{rows}", "utf-8")
    (tmp_path / "rules" / "all.yaml").write_text(
        "segmentation: all\nowner: crm\nassign: every_match\n"
        "segments:\n  - {id: some, when: {trait: debt, at_most: 0}}\n"
        "  - {id: housed, when: {trait: city, known: true}}\n",
        "utf-8",
    )
    return tmp_path


def test_run_writes_no_formula_unless_raw(shop: Path) -> None:
    def keys() -> list[str]:
        with (shop / "out" / "memberships_long.csv").open(encoding="utf-8", newline="") as file:
            return [row["id"] for row in csv.DictReader(file)]

    call("run", "--csv", "--long", "-w", shop)
    shown = keys()
    assert any(key.startswith("'=HYPERLINK") for key in shown)
    assert any(key.startswith("-7") for key in shown)
    assert not [key for key in shown if key[0] in "=@"]
    exact = pl.read_parquet(shop / "out" / "memberships_long.parquet")["id"].to_list()
    assert any(key.startswith("=HYPERLINK") for key in exact)
    call("run", "--csv", "--long", "--raw", "-w", shop)
    assert keys() == exact


def test_profile_shows_no_formula_unless_raw(shop: Path) -> None:
    shown = list(csv.DictReader(io.StringIO(call("profile", "--format", "csv", "-w", shop).stdout)))
    raw = list(csv.DictReader(io.StringIO(call("profile", "--format", "csv", "--raw", "-w", shop).stdout)))
    assert "=city" in {row["category"] for row in raw}
    assert "'=city" in {row["category"] for row in shown}
    assert not [value for row in shown for value in row.values() if value.startswith(("=", "@"))]
    negative = [row["value"] for row in shown if row["value"].startswith("-")]
    assert negative
    assert [float(value) for value in negative]
