"""Sources that are not what they were: smaller, older, with rows in two files or keys without zeros."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import call

WORKSPACE = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2025-11-01
sources:
  customers:
    path: customers.csv
    key: id
  orders:
    path: orders*.csv
    customer: customer
    time: at
    columns: {at: {type: date}}
"""
RULES = """segmentation: audience
owner: crm
assign: every_match
segments:
  - id: buyers
    description: Has bought
    when: {did: orders}
"""
HEADER = "customer,at,amount\n"


def days(month: int, count: int) -> str:
    return "".join(f"{'ab'[day % 2]},2025-{month:02}-{day:02},{day}\n" for day in range(1, count + 1))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(WORKSPACE)
    (tmp_path / "rules" / "audience.yaml").write_text(RULES)
    (tmp_path / "customers.csv").write_text("id,note\na,x\nb,y\n")
    (tmp_path / "orders.csv").write_text(HEADER + days(9, 28) + days(10, 12))
    return tmp_path


def said(shop: Path, command: str, *options: str) -> str:
    return call(command, "-w", str(shop), *options).stderr


def codes(shop: Path) -> list[str]:
    found = json.loads(call("check", "--data", "-w", str(shop), "--format", "json").stdout)["findings"]
    told = ("smaller-source", "older-source", "repeated-rows", "lost-zeros")
    return [finding["code"] for finding in found if finding["code"] in told]


def manifest(shop: Path) -> bytes:
    return (shop / "out" / "run.json").read_bytes()


def test_first_run_and_one_over_the_same_files_say_nothing(shop: Path) -> None:
    assert "last run" not in said(shop, "run")
    first = manifest(shop)
    assert "last run" not in said(shop, "run")
    assert (manifest(shop), codes(shop)) == (first, [])
    assert json.loads(first)["sources"]["orders"]["newest"] == "2025-10-12"


@pytest.mark.parametrize("command", ["run", "preview"])
def test_source_of_less_than_half_the_rows_is_told(shop: Path, command: str) -> None:
    said(shop, "run")
    (shop / "orders.csv").write_text(HEADER + days(10, 12))
    assert "`orders` has 12 rows, in the last run it had 40; look whether" in said(shop, command)
    assert "newest" not in said(shop, command)


def test_run_after_a_run_over_few_rows_has_the_bytes_of_a_first_one(shop: Path) -> None:
    said(shop, "run")
    (shop / "orders.csv").write_text(HEADER + days(10, 12))
    assert codes(shop) == ["smaller-source"]
    said(shop, "run")
    told = manifest(shop)
    assert "last run" not in said(shop, "run")
    assert manifest(shop) == told


def test_just_half_the_rows_are_not_told(shop: Path) -> None:
    said(shop, "run")
    (shop / "orders.csv").write_text(HEADER + days(9, 8) + days(10, 12))
    assert "last run" not in said(shop, "run")


@pytest.mark.parametrize("cache", ["off", "on"])
def test_source_that_has_become_older_is_told_with_and_without_kept_columns(shop: Path, cache: str) -> None:
    said(shop, "preview", "--cache", cache)
    said(shop, "run")
    (shop / "orders.csv").write_text(HEADER + days(9, 28) + days(8, 12))
    for _ in range(2):
        assert "the newest row of `orders` is of 2025-09-28, that of the last run was of 2025-10-12" in said(
            shop, "preview", "--cache", cache
        )
    assert codes(shop) == ["older-source"]


def test_an_earlier_as_of_makes_no_source_older(shop: Path) -> None:
    said(shop, "run")
    assert "last run" not in said(shop, "preview", "--as-of", "2025-10-05")


@pytest.mark.parametrize("left", ["", "{}", "[1]", '{"sources": {"orders": 3}, "as_of": 7}', "\0"])
def test_manifest_that_is_none_is_passed_over(shop: Path, left: str) -> None:
    (shop / "out").mkdir()
    (shop / "out" / "run.json").write_text(left)
    assert call("preview", "-w", str(shop)).exit_code == 0


def test_periods_that_overlap_are_told(shop: Path) -> None:
    (shop / "orders.csv").unlink()
    (shop / "orders-1.csv").write_text(HEADER + days(8, 20) + days(9, 20))
    (shop / "orders-2.csv").write_text(HEADER + days(9, 20) + days(10, 20))
    expected = (
        "20 of 80 rows of `orders` stand in an earlier file of it already, equal in every column "
        "(orders-1.csv, orders-2.csv)"
    )
    assert expected in said(shop, "run")
    assert expected in said(shop, "preview")
    assert codes(shop) == ["repeated-rows"]


def test_equal_rows_of_one_file_are_not_told(shop: Path) -> None:
    (shop / "orders-1.csv").write_text(HEADER + days(8, 20) * 2)
    assert codes(shop) == []


@pytest.mark.parametrize(("further", "told"), [("", ["repeated-rows"]), (",shop", [])])
def test_columns_are_compared_by_name(shop: Path, further: str, told: list[str]) -> None:
    value = ",x" if further else ""
    (shop / "orders-2.csv").write_text(f"at,customer,amount{further}\n2025-09-01,b,1{value}\n")
    assert codes(shop) == told


@pytest.mark.parametrize(
    ("keys", "short"),
    [
        ("00122 123 00124 99999", 1),
        ("00122 123 7 00124 X9", 2),
        ("00122 00123 99999", 0),
        ("122 123 7", 0),
        ("00122 123 123456", 0),
        ("00122 0123 7", 0),
        ("0", 0),
    ],
)
def test_keys_without_their_zeros(shop: Path, keys: str, short: int) -> None:
    rows = "".join(f"{key},x\n" for key in keys.split())
    (shop / "customers.csv").write_text("id,note\n" + rows)
    (shop / "orders.csv").write_text(HEADER + f"{keys.split()[0]},2025-10-01,1\n")
    told = f"{short} of {len(keys.split())} keys of `customers.id`"
    assert codes(shop) == (["lost-zeros"] if short else [])
    assert (told in said(shop, "run")) == (told in said(shop, "preview")) == bool(short)
