"""`init --from`: what is guessed of exports in each vendor's dress, held against what a person would say."""

from __future__ import annotations

import gzip
import shutil
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
import yaml

from segmentry.engine.files.schema import json_schema
from segmentry.engine.starter.onboard.known import KNOWN, known_by
from tests import export_pages
from tests.command_line import call, in_json
from tests.vendor_exports import MAKERS, Expected

SEED = 20261201
COLUMN_KEYS = json_schema("workspace")["$defs"]["column"]["properties"]
PLAIN = (
    "stripe-charges",
    "hubspot-contacts",
    "salesforce-contacts",
    "amazon-orders",
    "plain-tables",
    "ndjson",
)
"""Exports whose values are read without a word about how they are written."""
DRESSED = [name for name in MAKERS if name not in PLAIN]
KNOWS_DRESSES = "decimal" in COLUMN_KEYS and "true_values" in COLUMN_KEYS


def drafted(folder: Path, name: str) -> tuple[Path, Expected]:
    """A workspace drafted from made-up exports, and what is expected of it."""
    exports, shop = folder / "exports", folder / "shop"
    exports.mkdir()
    expected = MAKERS[name](exports, Random(SEED))
    call("init", shop, "--yes", "--quiet", "--from", exports)
    return shop, expected


def contract(shop: Path) -> dict[str, Any]:
    """The drafted segmentry.yaml as data."""
    return yaml.safe_load(
        (shop / "segmentry.yaml").read_text("utf-8").replace("\n        on:", "\n        'on':")
    )


@pytest.mark.parametrize("name", MAKERS)
def test_the_guesses_are_those_of_a_person(tmp_path: Path, name: str) -> None:
    shop, expected = drafted(tmp_path, name)
    data = contract(shop)
    sources = data["sources"]
    customers = next(source for source in sources.values() if "key" in source)
    assert customers["key"] == expected.key
    assert customers.get("from") == expected.derived
    assert {t: sources[t].get("time") for t in expected.times} == expected.times
    assert {t: sources[t].get("customer") for t in expected.customers} == expected.customers
    assert data.get("currency") == expected.currency
    grouped = [source["group_by"] for source in sources.values() if "group_by" in source]
    assert grouped == ([expected.grain] if expected.grain else [])
    columns = [item for source in sources.values() for item in source.get("columns", {}).items()]
    personal = {n for n, c in columns if c.get("pii")}
    assert personal >= expected.personal, "personal columns that were not found"
    assert len(personal & expected.personal) >= 0.8 * len(personal), personal - expected.personal
    assert _amounts(shop) == ({expected.amount} if expected.amount else set())
    assert _consents(shop) == expected.consents


def _traits(shop: Path) -> dict[str, Any]:
    file = shop / "rules" / "traits.yaml"
    return (
        {trait["id"]: trait for trait in yaml.safe_load(file.read_text("utf-8"))["traits"]}
        if file.exists()
        else {}
    )


def _amounts(shop: Path) -> set[str]:
    spend = _traits(shop).get("spend_12m")
    if spend is None:
        return set()
    source, _, column = spend["sum"].partition(".")
    found = contract(shop)["sources"][source].get("columns", {}).get(column, {})
    return {found.get("sum") or found.get("max") or column}


def _consents(shop: Path) -> frozenset[str]:
    file = shop / "rules" / "reach.yaml"
    if not file.exists():
        return frozenset()
    return frozenset(s["when"]["trait"] for s in yaml.safe_load(file.read_text("utf-8"))["segments"])


def works(folder: Path, name: str) -> None:
    """The drafted workspace passes the checks, its tests, and gives sizes and briefs."""
    shop, _ = drafted(folder, name)
    found = in_json("check", "--data", "-w", shop)["findings"]
    assert [f for f in found if f["severity"] == "error"] == []
    call("test", "-w", shop)
    sizes = in_json("preview", "-w", shop)["segments"]
    assert len([segment for segment in sizes if segment["size"]]) > 1
    call("brief", "-w", shop, "-o", folder / "briefs")
    assert in_json("fmt", "--check", "-w", shop)


@pytest.mark.parametrize("name", PLAIN)
def test_the_draft_works_at_once(tmp_path: Path, name: str) -> None:
    works(tmp_path, name)


@pytest.mark.slow
@pytest.mark.skipif(not KNOWS_DRESSES, reason="columns have no keys for how values are written")
@pytest.mark.parametrize("name", DRESSED)
def test_the_draft_of_a_dressed_export_works_at_once(tmp_path: Path, name: str) -> None:
    works(tmp_path, name)


# --- nothing personal -----------------------------------------------------------------------------

PLANTED = (
    "Wilhelmine Quaddel", "wilhelmine.quaddel@mail.example", "+49 160 5550142", "Hinterm Deich 7",
    "DE89370400440532013000", "Quaddel",
)  # fmt: skip


def test_no_value_of_anybody_is_in_a_draft_or_said(tmp_path: Path) -> None:
    """Names, addresses, phones and accounts in columns of innocent names, few and often, and as labels."""
    name, mail, phone, street, iban, last = PLANTED
    rows = "".join(
        f"C{n},{name if n % 2 else 'Oskar Pinz'},{last if n % 3 else 'Pinz'},{mail},{phone},{street},{iban},"
        f"call {name} at {phone},{mail},2026-0{1 + n % 9}-11,{n}.50\n"
        for n in range(1, 200)
    )
    (tmp_path / "deals.csv").write_text(
        f"customer_no,handled,group,x1,x2,x3,x4,remark,status,sold_on,amount\n{rows}", "utf-8"
    )
    (tmp_path / "broken.csv").write_text(
        f'customer_no,at,who\nC1,2026-01-01,"{name}"\nC2,{mail},{phone}\n', "utf-8"
    )
    said = call("init", tmp_path / "shop", "--from", tmp_path / "deals.csv", tmp_path / "broken.csv")
    call("check", "--data", "-w", tmp_path / "shop")
    files = [path.read_text("utf-8") for path in sorted((tmp_path / "shop").rglob("*")) if path.is_file()]
    assert any("guessed" in text for text in files)
    for text in (*files, said.output):
        for planted in (*PLANTED, "Oskar", "Pinz", "5550142"):
            assert planted not in text


def test_labels_that_are_no_names_are_listed(tmp_path: Path) -> None:
    rows = "".join(
        f"C{n % 40},2026-01-{1 + n % 28:02},{'paid' if n % 3 else 'open'},{n}\n" for n in range(400)
    )
    (tmp_path / "orders.csv").write_text(f"customer_id,ordered_on,status,amount\n{rows}", "utf-8")
    call("init", tmp_path / "shop", "--yes", "--from", tmp_path / "orders.csv")
    assert contract(tmp_path / "shop")["sources"]["orders"]["columns"]["status"]["values"] == ["open", "paid"]


# --- again, and by the way ------------------------------------------------------------------------


def test_a_second_draft_proposes_and_never_writes_over(tmp_path: Path) -> None:
    shop, _ = drafted(tmp_path, "plain-tables")
    rules = shop / "rules" / "lifecycle.yaml"
    rules.write_text(rules.read_text("utf-8").replace("name: Lapsed", "name: Gone"), "utf-8")
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    assert "nothing to propose" in call("init", shop, "--yes", "--from", tmp_path / "exports").output
    orders = tmp_path / "exports" / "orders.csv"
    lines = orders.read_text("utf-8").splitlines()
    orders.write_text(
        "\n".join([f"{lines[0]},channel", *(f"{line},web" for line in lines[1:])]) + "\n", "utf-8"
    )
    said = call("init", shop, "--yes", "--from", tmp_path / "exports").stdout
    assert "+      channel:" in said
    assert "Gone" not in said
    assert {path: path.read_bytes() for path in before} == before
    assert (shop / "proposal.diff").read_text("utf-8") in said


def test_answers_are_taken_and_remembered(tmp_path: Path) -> None:
    from segmentry.engine.starter.onboard.drafting import draft_workspace

    MAKERS["plain-tables"](tmp_path, Random(SEED))
    answers = {"timezone": "Europe/Vienna", "currency": "chf"}
    asked: list[str] = []

    def ask(question: Any) -> str:
        asked.append(question.about)
        return answers[question.about]

    draft_workspace(tmp_path / "shop", [str(tmp_path)], ask=ask)
    assert asked == ["timezone", "currency"]
    data = contract(tmp_path / "shop")
    assert (data["timezone"], data["currency"]) == ("Europe/Vienna", "CHF")
    assert (
        draft_workspace(tmp_path / "shop", [str(tmp_path / "orders.csv"), str(tmp_path)]).answers[0][1]
        == "Europe/Vienna"
    )


def test_an_answer_that_can_t_be_is_the_default(tmp_path: Path) -> None:
    from segmentry.engine.starter.onboard.drafting import draft_workspace

    MAKERS["plain-tables"](tmp_path, Random(SEED))
    draft_workspace(tmp_path / "shop", [str(tmp_path)], ask=lambda _: "Middle Earth")
    data = contract(tmp_path / "shop")
    assert (data["timezone"], data.get("currency")) == ("UTC", None)


def test_dates_that_could_be_read_either_way_are_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"C{n % 9},{1 + n % 12}/{1 + n % 11}/2026,{n}.00\n" for n in range(100))
    (tmp_path / "orders.csv").write_text(f"customer_id,ordered_on,amount\n{rows}", "utf-8")
    said = in_json("init", tmp_path / "shop", "--yes", "--from", tmp_path / "orders.csv")
    assert [a["answer"] for a in said["answers"] if "day or month" in a["question"]] == ["month"]
    assert (
        contract(tmp_path / "shop")["sources"]["orders"]["columns"]["ordered_on"]["format"] == "month_first"
    )


@pytest.mark.parametrize(
    ("first", "form"),
    [("31/01/2026", "day_first"), ("01/31/2026", "month_first"), ("2026/01/31", "year_first")],
)
def test_a_value_over_twelve_settles_the_order(tmp_path: Path, first: str, form: str) -> None:
    parts = ("2026/02/03",) if form == "year_first" else ("02/03/2026",)
    rows = "".join(f"C{n % 9},{parts[0]},{n}.00\n" for n in range(30_000))
    (tmp_path / "orders.csv").write_text(f"customer_id,ordered_on,amount\n{rows}C1,{first},1.00\n", "utf-8")
    call("init", tmp_path / "shop", "--yes", "--quiet", "--from", tmp_path / "orders.csv")
    assert contract(tmp_path / "shop")["sources"]["orders"]["columns"]["ordered_on"]["format"] == form


def test_customers_in_part_of_a_table_are_looked_up(tmp_path: Path) -> None:
    """A table that knows a third of the buyers is no table of customers."""
    (tmp_path / "demographics.csv").write_text(
        "household_id,size\n" + "".join(f"{n},{n % 4}\n" for n in range(1, 31)), "utf-8"
    )
    rows = "".join(f"{1 + n % 90},b{n // 2},2026-01-{1 + n % 28:02},{n}.10\n" for n in range(600))
    (tmp_path / "transactions.csv").write_text(f"household_id,basket_id,sold_at,sales_value\n{rows}", "utf-8")
    call("init", tmp_path / "shop", "--yes", "--quiet", "--from", tmp_path)
    sources = contract(tmp_path / "shop")["sources"]
    assert sources["customers"]["from"] == "transactions"
    assert sources["customers"]["lookup"] == [
        {"from": "demographics", "on": "household_id", "columns": ["size"]}
    ]
    assert sources["demographics"]["lookup_key"] == "household_id"
    assert sources["orders"]["group_by"] == "basket_id"


def test_a_table_is_looked_up_by_two_columns_together(tmp_path: Path) -> None:
    rows = "".join(
        f"C{n % 50},S{n % 7},{'DE' if n % 2 else 'AT'},2026-01-{1 + n % 28:02},2\n" for n in range(500)
    )
    (tmp_path / "lines.csv").write_text(f"customer_id,sku,country,sold_at,quantity\n{rows}", "utf-8")
    prices = "".join(
        f"S{n},{land},{'toys' if n % 2 else 'tools'}\n" for n in range(7) for land in ("DE", "AT")
    )
    (tmp_path / "ranges.csv").write_text(f"sku,country,category\n{prices}", "utf-8")
    call("init", tmp_path / "shop", "--yes", "--quiet", "--from", tmp_path)
    sources = contract(tmp_path / "shop")["sources"]
    assert sources["ranges"]["lookup_key"] == ["sku", "country"]
    assert sources["lines"]["lookup"] == [
        {"from": "ranges", "on": ["sku", "country"], "columns": ["category"]}
    ]


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv.gz", "xlsx"])
def test_other_formats_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    days = [date(2026, 1 + n % 9, 1 + n % 28) for n in range(200)]
    orders = pl.DataFrame(
        {
            "order_id": range(200),
            "user_id": [f"u{n % 30}" for n in range(200)],
            "sold_on": days,
            "total": [9.5] * 200,
        }
    )
    file = tmp_path / f"orders.{ending}"
    match ending:
        case "parquet":
            orders.write_parquet(file)
        case "arrow":
            orders.write_ipc(file)
        case "xlsx":
            orders.write_excel(file, "Orders")
        case _:
            file.write_bytes(gzip.compress(orders.write_csv().encode()))
    call("init", tmp_path / "shop", "--yes", "--quiet", "--from", file)
    found = contract(tmp_path / "shop")["sources"]["orders"]
    assert (found["customer"], found["time"], found["columns"]["total"]["type"]) == (
        "user_id",
        "sold_on",
        "decimal",
    )
    assert in_json("preview", "-w", tmp_path / "shop")["customers"] == 30


def test_files_of_the_same_columns_are_one_source_and_the_next_one_will_be_in_it(tmp_path: Path) -> None:
    for year in (2024, 2025, 2026):
        rows = "".join(f"C{n % 9},{year}-01-{1 + n % 28:02},{n}.10\n" for n in range(60))
        (tmp_path / f"orders-{year}.csv").write_text(f"customer_id,ordered_on,amount\n{rows}", "utf-8")
    call("init", tmp_path / "shop", "--yes", "--quiet", "--from", tmp_path)
    assert contract(tmp_path / "shop")["sources"]["orders"]["path"] == "../orders-*.csv"
    (tmp_path / "orders-old.csv").write_text(
        "customer_id,ordered_on,amount,note\nC1,2020-01-01,1.00,x\n", "utf-8"
    )
    named = [tmp_path / f"orders-{year}.csv" for year in (2024, 2025)]
    call("init", tmp_path / "two", "--yes", "--quiet", "--from", *named)
    paths = contract(tmp_path / "two")["sources"]["orders"]["path"]
    assert paths == ["../orders-2024.csv", "../orders-2025.csv"]


def test_the_files_may_stand_behind_the_folder_as_a_shell_puts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MAKERS["plain-tables"](tmp_path, Random(SEED))
    monkeypatch.chdir(tmp_path)
    files = sorted(path.name for path in tmp_path.glob("*.csv"))
    call("init", "shop", "--yes", "--from", *files)
    assert set(contract(tmp_path / "shop")["sources"]) >= {"customers", "orders", "order_lines", "products"}
    shutil.rmtree(tmp_path / "shop")
    call("init", "--yes", "--from", *files)
    assert (tmp_path / "segmentry.yaml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "nowhere.csv"), "neither a file nor a folder"),
        (("--from", "empty.csv"), "is empty"),
        (("--from", "numbers.csv"), "names the columns"),
        (("--from", "weather.csv"), "says whose a row is"),
        (("--from", "weather.csv", "--no-data"), "don't go together"),
        (("one", "two"), "one folder, please"),
    ],
)
def test_what_can_t_be_drafted_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.csv").touch()
    Path("numbers.csv").write_text("1,2026-01-01,3.50\n2,2026-01-02,4.50\n", "utf-8")
    Path("weather.csv").write_text("day,rain\n2026-01-01,3\n", "utf-8")
    code = 4 if words[1:] in (("empty.csv",), ("numbers.csv",)) else 2
    assert said in call("init", "--yes", *words, code=code).output
    assert not Path("segmentry.yaml").exists()


def test_without_a_terminal_nobody_is_asked_and_that_is_said(tmp_path: Path) -> None:
    MAKERS["plain-tables"](tmp_path, Random(SEED))
    assert "without a terminal" in call("init", tmp_path / "shop", "--from", tmp_path).stderr


def test_each_table_has_a_line(tmp_path: Path) -> None:
    MAKERS["plain-tables"](tmp_path, Random(SEED))
    lines = call("init", tmp_path / "shop", "--yes", "--from", tmp_path).stderr.splitlines()
    assert [line.partition(":")[0] for line in lines if " rows, " in line] == [
        "customers.csv", "order_lines.csv", "orders.csv", "products.csv",
    ]  # fmt: skip


# --- the registry ---------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: Any) -> None:
    assert known_by(entry.headings) is entry
    assert set(entry.signs) <= set(entry.headings)
    assert {*entry.roles, *entry.truths, *entry.inverted} <= set(entry.headings)
    assert entry.made.endswith(".")
    assert entry.adds.endswith(".")
    assert entry.pages or entry.unconfirmed, "neither read anywhere nor said to be unconfirmed"
    assert all(address.startswith("http") for address, _ in entry.pages)


def test_the_pages_of_the_entries_are_up_to_date() -> None:
    there = {path.name: path.read_text("utf-8") for path in export_pages.FOLDER.glob("*.md")}
    assert export_pages.pages() == there, "write them anew: python -m tests.export_pages"


def test_every_known_export_is_in_the_labelled_set(tmp_path: Path) -> None:
    found: set[str] = set()
    for name, make in MAKERS.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder, Random(SEED))
        for file in folder.glob("*.[ct]sv"):
            head = file.read_text("cp1252").splitlines()[0].split("\t" if file.suffix == ".tsv" else ",")
            entry = known_by(head)
            found |= {entry.id} if entry else set()
    assert found == {entry.id for entry in KNOWN}
