"""Prepared copies: with one everything is as it is without it, and what does not count is passed over."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from segmentry.engine import Workspace, evaluate
from segmentry.engine.outputs import preparing
from segmentry.engine.sources.read import SourceReader
from tests.command_line import call, in_json

HEAD = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: data/customers.xlsx
    key: id
    columns:
      id: {type: string}
      country: {type: string, values: [DE, FR], on_unknown_value: "null"}
      email: {type: string, pii: direct}
      phone: {type: string, pii: direct}
  orders:
    path: data/orders-*.csv
    customer: customer
    time: at
    columns:
      customer: {type: string, from: who}
      at: {type: datetime}
      amount: {type: decimal, scale: 2, on_more_places: round}
      weight: {type: number, on_bad_value: "null"}
      gift: {type: boolean}
      net: {formula: amount * 2}
  visits:
    path: data/visits.ndjson
    customer: customer
    time: at
    columns:
      customer: {type: string}
      at: {type: datetime}
      price: {type: decimal, scale: 3}
  stays:
    path: data/stays.parquet
    customer: customer
    time: day
    sorted_by: [day]
    columns:
      money: {type: decimal, scale: 2, on_more_places: round}
      fees: {type: list}
  goods:
    path: data/goods.tsv
    columns: {sku: {type: string}, kind: {type: string}}
    lookup_key: sku
  gifts: {from: orders, where: {column: gift, is: true}}
"""
RULES = """traits:
  - {id: spend, description: Money, sum: orders.amount, value: true}
  - {id: weight, description: Weight, max: orders.weight, value: true}
  - {id: net, description: Twice, sum: orders.net, value: true}
  - {id: last, description: Latest, last: orders.amount, value: true}
  - {id: gifts, description: Gifts, count: gifts, value: true}
  - {id: tags, description: Tags, distinct: visits.page, value: true}
  - {id: price, description: Highest, max: visits.price, value: true}
  - {id: stayed, description: Stays, sum: stays.money, value: true}
  - {id: mid, description: Middle, median: stays.money, value: true}
  - {id: hour, description: Hour, formula: hour(seen), value: true}
  - {id: seen, description: Latest visit, last: visits.at, value: true}
segmentation: audience
owner: crm
assign: every_match
segments:
  - id: buyers
    description: Money
    when: {trait: spend, at_least: 10}
  - id: germans
    description: From there
    when: {trait: country, is: DE, missing: exclude}
  - id: back
    description: Came back the same day
    when: {did: orders, then: {did: visits}, within: 2 days}
  - id: more
    description: Another one on the day
    when: {did: stays, then: {did: stays}, within: 2 days}
  - id: reachable
    description: Has an address
    when: {trait: email, known: true}
"""


def write_excel(path: Path, rows: list[list[str | None]]) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            for m, cell in enumerate(row):
                if cell is not None:
                    sheet.write_string(n, m, cell)


def write_data(data: Path) -> None:
    people: list[list[str | None]] = [["id", "country", "email", "phone", "note"]]
    people += [[f"c{n}", ["DE", "FR", "??", None][n % 4], f"{n}@x.example" if n % 3 else None, "1", "x"]
               for n in range(40)]  # fmt: skip
    write_excel(data / "customers.xlsx", people)
    for part in range(2):
        lines = ["who,at,amount,weight,gift,coupon"]
        for n in range(part, 600, 2):
            who = "" if n % 97 == 0 else f"c{(n * 7) % 43}"
            at = f"2026-10-{n % 30 + 1:02}T0{n % 4}:30" + ("+02:00" if n % 5 == 0 else "")
            amount = "" if n % 31 == 0 else f"{n % 17}.{n % 100:02}" + ("5" if n % 1000 == 3 else "")
            weight = "heavy" if n % 50 == 0 else f"{n / 7}"
            lines.append(f"{who},{at},{amount},{weight},{str(n % 2 == 0).lower()},{'' if n % 2 else 'A'}")
        (data / f"orders-{part}.csv").write_text("\n".join(lines) + "\n")
    visits = [
        {"customer": f"c{n % 41}", "at": f"2026-10-25T{n % 24:02}:10:00Z", "page": f"p{n % 6}",
         "price": n / 8, "tags": [f"t{n % 3}", "x"] if n % 4 else []}
        for n in range(300)
    ]  # fmt: skip
    (data / "visits.ndjson").write_text("".join(json.dumps(visit) + "\n" for visit in visits))
    pl.DataFrame(
        {
            "customer": [f"c{n % 9}" if n % 10 else None for n in range(200)],
            "day": [date(2026, 10, 1 + n // 20) for n in range(200)],
            "money": [Decimal(n * 1001).scaleb(-3) for n in range(200)],
            "fees": [[Decimal(n).scaleb(-2), None] if n % 3 else None for n in range(200)],
            "at": [datetime(2026, 10, 1, n % 24, tzinfo=UTC) for n in range(200)],
            "nested": [{"a": n} for n in range(200)],
        },
        schema_overrides={"money": pl.Decimal(12, 3), "fees": pl.List(pl.Decimal(10, 2))},
    ).write_parquet(data / "stays.parquet")
    (data / "goods.tsv").write_text("sku\tkind\nb\tx\na\ty\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    for folder in ("rules", "data"):
        (root / folder).mkdir(parents=True)
    (root / "segmentry.yaml").write_text(HEAD)
    (root / "rules" / "audience.yaml").write_text(RULES)
    write_data(root / "data")
    return root


def results(root: Path) -> dict[str, bytes]:
    """What a run writes, its log aside, and what it says."""
    said = call("run", "--traits", "--csv", "-w", root)
    files = {p.name: p.read_bytes() for p in (root / "out").iterdir() if p.name != "run.log.json"}
    return {**files, "said": said.output.encode()}


def from_copies(root: Path) -> set[str]:
    """The sources that a run would read from a copy."""
    return {s["name"] for s in in_json("run", "--plan", "-w", root)["sources"] if s["prepared"]}


def said_of_copies(root: Path) -> list[str]:
    document = in_json("run", "-w", root)
    return [text for text in document["warnings"] if "prepared copy" in text]


def copy_of(root: Path, source: str) -> Path:
    return root / ".segmentry" / "prepared" / source


def part_of(root: Path, source: str) -> Path:
    return next(copy_of(root, source).rglob("part-0000.parquet"))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# --- the same with and without ----------------------------------------------------------------------


@pytest.mark.parametrize("rows_of_a_part", [2_000_000, 90])
def test_a_run_gives_the_same_bytes(shop: Path, monkeypatch: pytest.MonkeyPatch, rows_of_a_part: int) -> None:
    monkeypatch.setattr(preparing, "ROWS_OF_A_PART", rows_of_a_part)
    before = results(shop)
    notes = {note["code"] for note in json.loads(before["run.json"])["notes"]}
    assert {"rounded-money", "values-left-out", "rows-left-out"} <= notes
    call("prepare", "--all", "-w", shop)
    call("prepare", "goods", "-w", shop)
    assert from_copies(shop) == {"customers", "orders", "visits", "stays"}
    assert (len(list(copy_of(shop, "orders").rglob("part-*"))) > 1) == (rows_of_a_part == 90)
    assert results(shop) == before


def test_every_column_comes_back_as_it_was_read(shop: Path) -> None:
    call("prepare", "--all", "-w", shop)
    workspace = Workspace.load(shop)
    for name, reader in workspace.readers.items():
        original = workspace.readers_of(None)[name]
        assert reader.schema() == original.schema()
        if reader.copy is None:
            continue
        columns = list(reader.copy.columns)
        assert "nested" not in columns
        assert len(columns) >= 3
        there, here = original.scan(columns).collect(), reader.scan(columns).collect()
        assert here.schema == there.schema
        assert sorted(map(str, here.rows())) == sorted(map(str, there.rows()))
        for asked in ([c] for c in columns):
            audits = [r.audit(asked) for r in (reader, original)]
            rows = [None if a is None else a.collect().row(0, named=True) for a in audits]
            counts = [None if r is None else reader.verdict(r) for r in rows]
            assert counts[0] == counts[1]
        assert (reader.row_count(), reader.notes()) == (original.row_count(), original.notes())


def test_money_of_38_digits_comes_back(shop: Path) -> None:
    nines = "9" * 36 + ".99"
    replace_in(shop / "segmentry.yaml", "amount * 2", "amount")
    (shop / "data" / "orders-0.csv").unlink()
    (shop / "data" / "orders-1.csv").write_text(
        f"who,at,amount,weight,gift,coupon\nc1,2026-10-01,-{nines},1,true,\nc2,2026-10-01,{nines},1,true,\n"
    )
    before = results(shop)
    call("prepare", "orders", "-w", shop)
    assert from_copies(shop) == {"orders"}
    assert results(shop) == before


def test_rows_lie_by_customer_then_time(shop: Path) -> None:
    call("prepare", "--all", "-w", shop)
    for source, time in (("orders", "at"), ("visits", "at"), ("stays", "day")):
        rows = pl.read_parquet(part_of(shop, source), columns=["customer", time])
        assert rows.equals(rows.sort("customer", time))
    people = pl.read_parquet(part_of(shop, "customers"))["id"]
    assert people.equals(people.sort())


def test_a_table_without_customer_and_time_keeps_its_order(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "ROWS_OF_A_PART", 1)
    call("prepare", "goods", "-w", shop)
    parts = sorted(copy_of(shop, "goods").rglob("*.parquet"))
    assert [pl.read_parquet(part).row(0) for part in parts] == [("b", "x"), ("a", "y")]


def test_a_sum_of_doubles_is_as_near_as_ever(shop: Path) -> None:
    replace_in(shop / "rules" / "audience.yaml", "max: orders.weight", "sum: orders.weight")
    before = evaluate(shop, traits=["weight"]).traits
    call("prepare", "orders", "-w", shop)
    assert_frame_equal(evaluate(shop, traits=["weight"]).traits, before, rel_tol=1e-9)


def test_rows_are_read_from_the_copy(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("prepare", "--all", "-w", shop)
    call("prepare", "goods", "-w", shop)
    before = results(shop)

    def refuse(self: SourceReader) -> Any:
        raise AssertionError(f"the files of {self.source.name} were opened")

    monkeypatch.setattr(SourceReader, "tables", property(refuse))
    assert results(shop) == before


def test_a_frame_in_memory_goes_before_a_copy(shop: Path) -> None:
    call("prepare", "--all", "-w", shop)
    rows = {"who": ["c1"], "at": [datetime(2026, 10, 1)], "amount": ["7.00"], "weight": [1.0], "gift": [True]}
    frame = pl.DataFrame({**rows, "coupon": [""]})
    found = evaluate(shop, frames={"orders": frame}, traits=["spend"])
    assert found.traits["spend"].sum() == 7


def test_diff_reads_the_copy_too(shop: Path) -> None:
    call("prepare", "--all", "-w", shop)
    other = shop.parent / "other"
    (other / "rules").mkdir(parents=True)
    for name in ("segmentry.yaml", "rules/audience.yaml"):
        (other / name).write_bytes((shop / name).read_bytes())
    replace_in(shop / "rules" / "audience.yaml", "at_least: 10", "at_least: 100")
    with_copy = call("diff", str(other), "-w", shop, "--format", "json").stdout
    call("clean", "-w", shop)
    assert call("diff", str(other), "-w", shop, "--format", "json").stdout == with_copy


# --- when a copy counts -----------------------------------------------------------------------------

OLDER = "the prepared copy of `orders` is older than its files; `segmentry prepare orders` makes it anew"
DECLARED = OLDER.replace("is older than its files", "was made before its declaration changed")
DAMAGED = OLDER.replace("is older than its files", "is damaged")


def _touch(root: Path) -> None:
    file = root / "data" / "orders-0.csv"
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 1))


def _change(root: Path) -> None:
    with (root / "data" / "orders-0.csv").open("a") as file:
        file.write("c1,2026-10-01,1000000,1,true,\n")


def _replace(root: Path) -> None:
    """A file of the same size with other figures."""
    file = root / "data" / "orders-0.csv"
    text = file.read_text()
    file.unlink()
    file.write_text(text.replace("10-02", "10-03"))


def _add(root: Path) -> None:
    (root / "data" / "orders-9.csv").write_text(
        "who,at,amount,weight,gift,coupon\nc1,2026-10-01,1000000,1,true,\n"
    )


def _remove(root: Path) -> None:
    (root / "data" / "orders-1.csv").unlink()


@pytest.mark.parametrize("change", [_touch, _change, _replace, _add, _remove])
def test_other_files_make_a_copy_stale(shop: Path, change: Callable[[Path], None]) -> None:
    call("prepare", "orders", "-w", shop)
    assert said_of_copies(shop) == []
    change(shop)
    assert said_of_copies(shop) == [OLDER]
    assert f"  Note: {OLDER}." in call("run", "--plan", "-w", shop).stdout
    with_stale = results(shop)["memberships.parquet"]
    call("prepare", "orders", "-w", shop)
    assert from_copies(shop) == {"orders"}
    assert said_of_copies(shop) == []
    assert results(shop)["memberships.parquet"] == with_stale
    call("clean", "-w", shop)
    assert results(shop)["memberships.parquet"] == with_stale


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timezone: Europe/Berlin", "timezone: UTC"),
        ("scale: 2, on_more_places: round}\n      weight", "scale: 1, on_more_places: round}\n      weight"),
        ("gift: {type: boolean}", "gift: {type: boolean}\n      coupon: {type: string, pii: direct}"),
        ("path: data/orders-*.csv", "path: [data/orders-*.csv]\n    encoding: utf-8"),
    ],
)
def test_another_declaration_makes_a_copy_stale(shop: Path, old: str, new: str) -> None:
    call("prepare", "orders", "-w", shop)
    replace_in(shop / "segmentry.yaml", old, new)
    assert said_of_copies(shop) == [DECLARED]
    assert from_copies(shop) == set()


def test_words_of_a_declaration_do_not(shop: Path) -> None:
    call("prepare", "orders", "-w", shop)
    replace_in(
        shop / "segmentry.yaml", "gift: {type: boolean}", "gift: {type: boolean, description: Wrapped}"
    )
    assert from_copies(shop) == {"orders"}


def test_another_version_makes_a_copy_stale(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("prepare", "orders", "-w", shop)

    def newer(_: str) -> str:
        return "99.0"

    monkeypatch.setattr("segmentry.engine.sources.prepared.version", newer)
    assert "another version" in said_of_copies(shop)[0]


def _cut_manifest(root: Path) -> None:
    manifest = copy_of(root, "orders") / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:100])


def _false_manifest(root: Path) -> None:
    manifest = copy_of(root, "orders") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": 600', '"rows": 601'))


def _other_json(root: Path) -> None:
    (copy_of(root, "orders") / "manifest.json").write_text("[1]")


def _no_part(root: Path) -> None:
    part_of(root, "orders").unlink()


def _cut_part(root: Path) -> None:
    part = part_of(root, "orders")
    part.write_bytes(part.read_bytes()[:-50])


def _noise(root: Path) -> None:
    part = part_of(root, "orders")
    part.write_bytes(bytes(part.stat().st_size))


@pytest.mark.parametrize("harm", [_cut_manifest, _false_manifest, _other_json, _no_part, _cut_part, _noise])
def test_a_damaged_copy_is_as_none(shop: Path, harm: Callable[[Path], None]) -> None:
    before = results(shop)["memberships.parquet"]
    call("prepare", "orders", "-w", shop)
    harm(shop)
    assert said_of_copies(shop) == [DAMAGED]
    assert results(shop)["memberships.parquet"] == before
    call("prepare", "orders", "-w", shop)
    assert from_copies(shop) == {"orders"}


def test_a_part_that_spoils_unseen_is_named(shop: Path) -> None:
    call("prepare", "orders", "-w", shop)
    part = part_of(shop, "orders")
    times = part.stat()
    content = bytearray(part.read_bytes())
    content[4:2000] = bytes(1996)
    part.write_bytes(content)
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert DAMAGED in call("run", "-w", shop, code=4).stderr


# --- making it --------------------------------------------------------------------------------------


def test_prepare_says_what_it_did(shop: Path) -> None:
    first = in_json("prepare", "--all", "-w", shop)["prepared"]
    assert [(p["source"], p["rows"], p["files"], p["anew"]) for p in first] == [
        ("customers", 40, 1, True),
        ("orders", 600, 2, True),
        ("visits", 300, 1, True),
        ("stays", 200, 1, True),
    ]
    files = sum(file.stat().st_size for file in (shop / "data").glob("orders-*"))
    assert first[1]["bytes"] == files
    assert first[1]["copy_bytes"] == part_of(shop, "orders").stat().st_size
    text = call("prepare", "orders", "-w", shop).stdout
    size = first[1]["copy_bytes"]
    said = (
        f"orders: 600 rows in 2 files of {files:,} bytes; the copy that is there counts, of {size:,} bytes."
    )
    assert text == f"{said}\n"
    assert call("prepare", "orders", "--quiet", "-w", shop).output == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["order"], "no source named `order`; did you mean `orders`?"),
        (["xyz"], "no source named `xyz`; there are customers, orders, visits, stays, goods"),
        (
            ["gifts"],
            "`gifts` is derived from `orders`, and only files are prepared; there are customers, orders",
        ),
        ([], "name the sources to prepare, or write `--all`; there are customers, orders"),
        (["orders", "--all"], "name sources, or write `--all`, not both"),
    ],
)
def test_names_that_name_nothing(shop: Path, names: list[str], said: str) -> None:
    assert said in call("prepare", *names, "-w", shop, code=2).stderr
    assert not (shop / ".segmentry" / "prepared").exists()


@pytest.mark.parametrize("name", ["a/b", "ä" * 120, "Bestell€"])
def test_a_source_of_any_name_has_a_folder(shop: Path, name: str) -> None:
    for file in (shop / "segmentry.yaml", shop / "rules" / "audience.yaml"):
        text = file.read_text("utf-8").replace("visits.", f"{name}.").replace("did: visits", f"did: {name}")
        file.write_text(text.replace("  visits:", f"  {name}:"), "utf-8")
    replace_in(shop / "segmentry.yaml", f"data/{name}.ndjson", "data/visits.ndjson")
    call("prepare", name, "-w", shop)
    assert from_copies(shop) == {name}
    assert len(list((shop / ".segmentry" / "prepared").glob("*/manifest.json"))) == 1


def test_what_a_contract_refuses_is_an_error(shop: Path) -> None:
    call("prepare", "visits", "-w", shop)
    with (shop / "data" / "visits.ndjson").open("a") as file:
        file.write('{"customer": "c1", "at": "soon", "page": "p", "price": 1, "tags": []}\n')
    said = call("prepare", "visits", "-w", shop, code=4).stderr
    assert "data/visits.ndjson, row 301, column `at`: `soon` is not a date with time" in said
    assert [path.name for path in copy_of(shop, "visits").glob("rows-*/*")] == ["part-0000.parquet"]


def test_a_column_that_no_contract_describes_stays_out_where_it_can_not_be_read(shop: Path) -> None:
    write_excel(
        shop / "data" / "customers.xlsx", [["id", "country", "email", "phone"], ["c1", "DE", "a", "1"]]
    )
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(shop / "data" / "customers.xlsx") as book:
        sheet = book.add_worksheet()
        for m, name in enumerate(["id", "country", "email", "phone", "score"]):
            sheet.write_string(0, m, name)
            sheet.write_string(1, m, "c1")
        sheet.write_formula(1, 4, "=1/0", None, "#DIV/0!")
    before = results(shop)
    call("prepare", "customers", "-w", shop)
    assert "score" not in pl.read_parquet_schema(part_of(shop, "customers"))
    assert from_copies(shop) == {"customers"}
    assert results(shop) == before


def test_files_out_of_their_declared_order_are_an_error(shop: Path) -> None:
    stays = shop / "data" / "stays.parquet"
    frame = pl.read_parquet(stays)
    pl.concat([frame, frame.head(1)]).write_parquet(stays)
    said = call("prepare", "stays", "-w", shop, code=4).stderr
    assert "data/stays.parquet, row 201 belongs before the row above it" in said
    assert said == call("run", "-w", shop, code=4).stderr
    assert said == call("check", "--data", "-w", shop, code=4).stderr


def test_a_row_without_a_value_hides_no_false_order(shop: Path) -> None:
    stays = shop / "data" / "stays.parquet"
    frame = pl.read_parquet(stays)
    gap = frame.head(1).with_columns(pl.lit(None, pl.Date).alias("day"))
    pl.concat([frame, gap]).write_parquet(stays)
    call("run", "-w", shop)
    pl.concat([frame, gap, frame.head(1)]).write_parquet(stays)
    assert "row 202 belongs before" in call("run", "-w", shop, code=4).stderr


FULL = pl.exceptions.ComputeError("parquet: underlying IO error: No space left (os error 28)")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, os.strerror(28)), FULL])
@pytest.mark.parametrize(
    ("owner", "place"), [(pl.LazyFrame, "sink_parquet"), (pl.DataFrame, "write_parquet"), (os, "fsync")]
)
def test_a_stop_leaves_the_old_copy(
    shop: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException, owner: Any, place: str
) -> None:
    call("prepare", "orders", "-w", shop)
    contents = {p: p.read_bytes() for p in copy_of(shop, "orders").rglob("*") if p.is_file()}
    _touch(shop)

    def fail(*_: Any, **__: Any) -> None:
        raise stop

    with monkeypatch.context() as broken:
        broken.setattr(owner, place, fail)
        code = 130 if isinstance(stop, KeyboardInterrupt) else 2
        call("prepare", "orders", "-w", shop, code=code)
    assert {p: p.read_bytes() for p in copy_of(shop, "orders").rglob("*") if p.is_file()} == contents
    file = shop / "data" / "orders-0.csv"
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns - 1))
    assert from_copies(shop) == {"orders"}


def test_files_that_change_meanwhile_are_an_error(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = pl.DataFrame.write_parquet

    def meanwhile(self: pl.DataFrame, *given: Any, **more: Any) -> None:
        write(self, *given, **more)
        _touch(shop)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", meanwhile)
    said = call("prepare", "orders", "-w", shop, code=4).stderr
    assert "the files of `orders` changed while they were read; give the command again" in said
    assert not list(copy_of(shop, "orders").glob("*"))


# --- people's data ----------------------------------------------------------------------------------


def test_personal_columns_that_no_rule_uses_stay_out(shop: Path) -> None:
    text = call("prepare", "customers", "-w", shop).stdout
    assert "without `phone` (personal, and in no rule)" in text
    held = pl.read_parquet_schema(part_of(shop, "customers"))
    assert "email" in held
    assert "phone" not in held
    assert b"1@x.example" not in b"".join(p.read_bytes() for p in shop.rglob("manifest.json"))
    replace_in(shop / "rules" / "audience.yaml", "{trait: email, known: true}", "{trait: phone, known: true}")
    # What the copy lacks is read from the files.
    assert from_copies(shop) == set()
    before = results(shop)
    call("prepare", "customers", "-w", shop)
    held = pl.read_parquet_schema(part_of(shop, "customers"))
    assert ("phone" in held, "email" in held) == (True, False)
    assert from_copies(shop) == {"customers"}
    assert results(shop) == before


def test_rows_that_are_numbered_never_come_from_a_copy_in_part(shop: Path) -> None:
    """A sequence that tells rows apart by their places, of which one side needs what the copy lacks."""
    replace_in(
        shop / "segmentry.yaml",
        "      money: {type: decimal",
        "      guest: {type: string, pii: direct}\n      money: {type: decimal",
    )
    stays = shop / "data" / "stays.parquet"
    rows = pl.read_parquet(stays).with_row_index("n").filter(pl.col("n") % 20 < 9).drop("n")
    rows.with_row_index("n").select(
        pl.exclude("n"), guest=pl.when(pl.col("n") % 2 == 0).then(pl.lit("g"))
    ).write_parquet(stays)
    call("prepare", "stays", "-w", shop)
    rules = shop / "rules" / "audience.yaml"
    replace_in(
        rules,
        "when: {did: stays, then: {did: stays}, within: 2 days}",
        "when: {did: stays, then: {did: stays, where: {column: guest, is: g}}, within: 0 days}",
    )
    assert in_json("preview", "more", "-w", shop)["segments"][0]["size"] == 0
    with_copy = results(shop)
    call("clean", "-w", shop)
    assert results(shop) == with_copy


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_only_the_owner_may_read_a_copy(shop: Path) -> None:
    old = os.umask(0)
    try:
        call("prepare", "--all", "-w", shop)
    finally:
        os.umask(old)
    home = shop / ".segmentry" / "prepared"
    for path in (home, *home.rglob("*")):
        if path.name != ".gitignore":
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert (home / ".gitignore").read_text() == "*\n"


def test_clean_removes_the_copies(shop: Path) -> None:
    before = results(shop)
    call("prepare", "--all", "-w", shop)
    assert ".segmentry/prepared" in in_json("clean", "-w", shop)["removed"]
    assert not (shop / ".segmentry" / "prepared").exists()
    assert from_copies(shop) == set()
    assert results(shop) == before
