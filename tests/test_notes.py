"""What is said of rows and values that take no part: in `check --data`, `preview`, `run` and run.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine.answers.notes import NOTES, severity_of, share_words
from segmentry.engine.diagnostics.findings import CATALOGUE
from tests.command_line import call, in_json

WORKSPACE = """\
version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: customers.csv
    key: id
    lookup: [{from: blocked, on: email, columns: [reason]}]
    columns: {id: {type: string}, email: {type: string, pii: direct}}
  blocked:
    path: blocked.csv
    lookup_key: email
    columns: {email: {type: string, pii: direct}, reason: {type: string}}
  orders:
    path: orders.csv
    customer: customer
    time: at
    columns:
      customer: {type: string}
      at: {type: datetime}
      amount: {type: decimal, scale: 2}
      colour: {type: string}
"""
RULES = """\
segmentation: audience
assign: every_match
owner: crm
segments:
  - id: may-write
    description: Not on the list
    when: {trait: reason, known: false}
  - id: buyers
    description: Somebody who buys
    when: {trait: spend, more_than: 0}
"""
TRAITS = """\
traits:
  - {id: spend, sum: orders.amount}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(WORKSPACE)
    (tmp_path / "rules" / "audience.yaml").write_text(RULES)
    (tmp_path / "rules" / "traits.yaml").write_text(TRAITS)
    table(tmp_path / "customers.csv", "id,email", [f"C{n:03},user{n}@shop.example" for n in range(30)])
    table(tmp_path / "blocked.csv", "email,reason", [f"user{n}@shop.example,left" for n in range(20)])
    orders(tmp_path, [order(n) for n in range(30)])
    return tmp_path


def table(file: Path, header: str, rows: list[str]) -> None:
    file.write_text("\n".join([header, *rows]) + "\n")


def order(n: int, customer: str | None = None, at: str = "2026-05-01", amount: str = "10.00") -> str:
    return f"{f'C{n:03}' if customer is None else customer},{at},{amount},red"


def orders(shop: Path, rows: list[str]) -> None:
    table(shop / "orders.csv", "customer,at,amount,colour", rows)


def notes(shop: Path) -> list[dict[str, Any]]:
    """The notes of a run, as run.json has them; `preview` prints the same, and nothing else differs."""
    done = call("run", "-w", shop)
    found = json.loads((shop / "out" / "run.json").read_text("utf-8"))["notes"]
    shown = in_json("preview", "-w", shop)["notes"]
    assert shown == found
    for note in found:
        assert note["text"] in done.stderr
    return found


def findings(shop: Path) -> set[tuple[str, str, int]]:
    """The notes as findings of `check --data`: code, severity, line."""
    done = CliRunner().invoke(app, ["check", "--data", "--format", "json", "-w", str(shop)])
    codes = {entry.code for entry in NOTES}
    found = json.loads(done.stdout)["findings"]
    return {(f["code"], f["severity"], f["line"]) for f in found if f["code"] in codes}


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    (note,) = found
    return note


def test_every_kind_of_note_is_a_finding_of_data() -> None:
    assert all(CATALOGUE[entry.code].family == "data" for entry in NOTES)
    assert len({entry.code for entry in NOTES}) == len(NOTES)


@pytest.mark.parametrize(
    ("rows", "of", "severity"),
    [(0, 5, None), (0, 0, None), (9, 10_000, None), (10, 10_000, "info"), (99, 10_000, "info"),
     (100, 10_000, "warning"), (9_999, 10_000, "warning"), (10_000, 10_000, "error"), (1, 1, "error")],
)  # fmt: skip
def test_the_share_decides_how_much_it_matters(rows: int, of: int, severity: str | None) -> None:
    assert severity_of(rows, of) == severity


def test_a_share_is_never_all_of_what_is_not_all() -> None:
    assert share_words(135_080, 541_909) == "25%"
    assert (share_words(9_999, 10_000), share_words(5, 5)) == ("over 99%", "100%")
    assert share_words(3, 1000) == "0.3%"


def test_nothing_is_said_of_sound_data(shop: Path) -> None:
    table(shop / "blocked.csv", "email,reason", [f"user{n}@shop.example,left" for n in range(30)])
    assert notes(shop) == []
    assert findings(shop) == set()


def test_rows_without_a_customer_or_a_time(shop: Path) -> None:
    orders(shop, [order(n) for n in range(97)] + [order(1, ""), order(2, ""), order(3, at="")])
    found = [n for n in notes(shop) if n["source"] == "orders"]
    said = [(n["code"], n["severity"], n["rows"], n["of"]) for n in found]
    assert said[:2] == [("rows-left-out", "warning", 2, 100), ("rows-left-out", "warning", 1, 100)]
    assert found[0]["text"] == "2 of 100 rows of `orders` have no customer (2%)"
    assert ("rows-left-out", "warning", 15) in findings(shop)


@pytest.mark.parametrize(
    ("written", "advice"),
    [("c{n:03}", "capital letters aside"), (" C{n:03} ", "spaces"), ("x{n}", "is `orders.customer` written")],
)
def test_rows_of_unknown_customers_and_how_they_are_written(shop: Path, written: str, advice: str) -> None:
    orders(shop, [order(n, written.format(n=n)) for n in range(30)])
    note = next(n for n in notes(shop) if n["source"] == "orders")
    assert (note["code"], note["severity"], note["rows"], note["of"]) == ("rows-left-out", "error", 30, 30)
    assert advice in note["fix"]
    # Not more of a key than a third of it.
    assert written.format(n=0) not in note["text"]
    assert "30 keys such as" in note["text"]


def test_zeros_in_front_are_seen(shop: Path) -> None:
    table(shop / "customers.csv", "id,email", [f"00{n},user{n}@shop.example" for n in range(10, 40)])
    orders(shop, [order(n, str(n)) for n in range(10, 40)])
    note = next(n for n in notes(shop) if n["source"] == "orders")
    assert "zeros in front aside, all of them would match" in note["fix"]


def test_what_is_expected_is_not_told_and_more_is_an_error(shop: Path) -> None:
    orders(shop, [order(n) for n in range(7)] + [order(n, f"X{n}") for n in range(3)])
    expected = "    expected: {unknown_customer: {share: {at_most: %s}}}\n"
    (shop / "segmentry.yaml").write_text(WORKSPACE + expected % "0.3")
    assert [n for n in notes(shop) if n["source"] == "orders"] == []
    assert not any(code == "rows-left-out" for code, _, _ in findings(shop))
    (shop / "segmentry.yaml").write_text(WORKSPACE + expected % "0.29")
    done = call("run", "-w", shop, code=4)
    assert "3 of 10 rows of `orders` belong to no customer" in done.stderr
    assert ("rows-left-out", "error", 15) in findings(shop)


def test_a_lookup_that_finds_nothing(shop: Path) -> None:
    table(shop / "blocked.csv", "email,reason", [f"User{n}@Shop.example,left" for n in range(20)])
    note = only(notes(shop))
    assert (note["code"], note["severity"], note["rows"], note["of"]) == (
        "lookup-finds-nothing", "error", 30, 30,
    )  # fmt: skip
    assert note["column"] == "email"
    assert "capital letters aside, 20 of them would match" in note["fix"]
    assert "user0@" not in note["text"]
    assert findings(shop) == {("lookup-finds-nothing", "error", 10)}
    sources = json.loads((shop / "out" / "run.json").read_text("utf-8"))["sources"]
    assert sources["customers"]["lookups"] == [
        {"from": "blocked", "on": {"email": "email"}, "asked": 30, "found": 0}
    ]


@pytest.mark.parametrize(
    ("listed", "severity"), [(29, "info"), (15, "info"), (14, "warning"), (1, "warning")]
)
def test_a_lookup_that_finds_some(shop: Path, listed: int, severity: str) -> None:
    table(shop / "blocked.csv", "email,reason", [f"user{n}@shop.example,left" for n in range(listed)])
    note = only(notes(shop))
    assert (note["code"], note["severity"], note["rows"]) == ("lookup-finds-nothing", severity, 30 - listed)


def test_values_rounded_are_told_with_the_most_that_one_moved(shop: Path) -> None:
    yaml = WORKSPACE.replace("scale: 2", "scale: 2, on_more_places: round")
    (shop / "segmentry.yaml").write_text(yaml)
    orders(shop, [order(n, amount="1.004" if n < 3 else "1.00") for n in range(30)])
    note = next(n for n in notes(shop) if n["code"] == "rounded-money")
    assert (note["severity"], note["rows"], note["of"], note["column"]) == ("warning", 3, 30, "amount")
    assert "by 0.004 at most" in note["text"]
    assert ("rounded-money", "warning", 22) in findings(shop)
    values = json.loads((shop / "out" / "run.json").read_text("utf-8"))["sources"]["orders"]["values"]
    assert [(v["fault"], v["rows"], v["most"]) for v in values] == [("rounded", 3, pytest.approx(0.004))]


def test_values_accepted_as_missing_and_a_column_without_any(shop: Path) -> None:
    yaml = WORKSPACE.replace("scale: 2", "scale: 2, on_bad_value: null")
    (shop / "segmentry.yaml").write_text(yaml)
    orders(shop, [order(n, amount="free" if n < 3 else "1.00") for n in range(30)])
    note = next(n for n in notes(shop) if n["source"] == "orders")
    assert (note["code"], note["severity"], note["rows"]) == ("values-left-out", "warning", 3)
    orders(shop, [order(n, amount="") for n in range(30)])
    note = next(n for n in notes(shop) if n["source"] == "orders")
    assert (note["code"], note["severity"], note["column"]) == ("empty-column", "warning", "amount")
    assert ("empty-column", "warning", 22) in findings(shop)


@pytest.mark.parametrize(("at", "told"), [
    ("1989-12-31", True), ("1990-01-01", False), ("2027-11-01", False), ("2027-11-02", True),
])  # fmt: skip
def test_days_that_can_hardly_be(shop: Path, at: str, told: bool) -> None:
    orders(shop, [order(n) for n in range(30)] + [order(1, at=at)])
    found = [n for n in notes(shop) if n["code"] == "unlikely-date"]
    assert [(n["rows"], n["of"], n["column"]) for n in found] == ([(1, 31, "at")] if told else [])
