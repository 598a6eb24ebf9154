"""What is worth saying of data that can be read: findings of `check --data`, notes of `preview` and `run`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine.checks import check
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.workspace import Workspace
from tests.command_line import call

HEAD = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: {as_of}
sources:
  customers:
    path: {customers}
    key: id
  orders:
    path: orders*.csv
    customer: customer
    time: at
    columns: {{at: {{type: date}}}}
"""
RULES = """segmentation: audience
owner: crm
assign: every_match
segments:
  - id: buyers
    description: Has bought
    when: {did: orders}
"""
ORDERS = "customer,at\na,2025-10-01\na,2025-10-05\n"
CUSTOMERS = "id,note\na,x\nb,y\n"


def shop(
    root: Path, *, customers: str | None = CUSTOMERS, orders: str = ORDERS, as_of: str = "2025-11-01"
) -> Path:
    (root / "rules").mkdir(exist_ok=True)
    name = "customers.csv" if customers is not None else "customers.xlsx"
    (root / "segmentry.yaml").write_text(HEAD.format(as_of=as_of, customers=name))
    (root / "rules" / "audience.yaml").write_text(RULES)
    (root / "orders.csv").write_text(orders)
    if customers is not None:
        (root / name).write_text(customers)
    return root


CODES = ("long-field", "long-number", "repeated-file", "late-future")


def found(root: Path) -> list[tuple[str, str]]:
    """Code and message of the notes, which `check --data`, `preview` and `run` agree on."""
    items = [d for d in check(Workspace.load(root), data=True) if d.code in CODES]
    assert all(d.file == "segmentry.yaml" and d.severity == "warning" and d.hint for d in items)
    preview, run = call("preview", "-w", root), call("run", "-w", root)
    notes = json.loads((root / "out" / "run.json").read_text())["notes"]
    kept = [f"{note['text']}; {note['fix']}" for note in notes if note["code"] in CODES]
    for item in items:
        assert f"warning: {item.message}; {item.hint}" in preview.stderr
        assert f"warning: {item.message}; {item.hint}" in run.stderr
    assert sorted(kept) == sorted(f"{item.message}; {item.hint}" for item in items)
    return [(d.code, d.message) for d in items]


def rows(first: int, last: int) -> str:
    return "".join(f"{n},plain\n" for n in range(first, last))


def test_data_without_faults_has_no_notes(tmp_path: Path) -> None:
    assert found(shop(tmp_path)) == []


def test_a_pair_of_stray_quotes(tmp_path: Path) -> None:
    customers = "id,note\n" + rows(0, 50) + '50,"27 inch\n' + rows(51, 150) + '150,15"\n' + rows(151, 160)
    [(code, message)] = found(shop(tmp_path, customers=customers))
    assert code == "long-field"
    assert "customers.csv, row 52, column `note`" in message
    assert "99 lines of it look like rows" in message


@pytest.mark.parametrize(("lines", "code"), [(100, []), (101, ["long-field"])])
def test_a_field_of_many_lines(lines: int, code: list[str], tmp_path: Path) -> None:
    text = "\n".join(["word"] * lines)
    customers = f'id,note\na,""\nb,"{text}"\nc,"{text}"\n'
    notes = found(shop(tmp_path, customers=customers))
    assert [c for c, _ in notes] == code
    assert all("row 3" in message and "(1 more like it)" in message for _, message in notes)


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(("size", "code"), [(65536, []), (65550, ["long-field"])])
def test_a_field_of_many_bytes(quote: str, size: int, code: list[str], tmp_path: Path) -> None:
    customers = f"id,note\na,x\n{quote}{'b' * (size - 2 * len(quote))}{quote},y\n"
    notes = found(shop(tmp_path, customers=customers))
    assert [c for c, _ in notes] == code
    assert all("customers.csv, row 3, column `id`" in message for _, message in notes)
    # Many short fields make a long line, and no long field.
    wide = ",".join(f"{n:0300}" for n in range(300))
    customers = f"id,{wide}\n" + f"a,{wide}\n"
    assert found(shop(tmp_path, customers=customers)) == []


def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    root = shop(tmp_path)
    for name in ("orders (1).csv", "orders (2).csv"):
        (root / name).write_text(ORDERS)
    (root / "orders (3).csv").write_text(ORDERS.replace("05", "06"))
    for name in ("orders (4).csv", "orders (5).csv"):
        (root / name).write_text("customer,at\n")
    [(code, message)] = found(root)
    assert code == "repeated-file"
    assert "orders (1).csv, orders (2).csv, orders.csv are the same file" in message
    assert "its 2 rows count 3 times" in message


def test_a_row_of_the_far_future_gives_no_as_of_date(tmp_path: Path) -> None:
    root = shop(tmp_path, orders=ORDERS + "b,2062-03-04\n", as_of="{latest: orders}")
    [(code, message)] = found(root)
    assert code == "late-future"
    assert "1 row of `orders` is after today, up to 2062-03-04" in message
    assert Workspace.load(root).plan().calendar.as_of.isoformat() == "2025-10-05T22:00:00+00:00"
    # Whoever says the day is taken at his word.
    asked = Workspace.load(root).plan("2062-03-05")
    assert asked.calendar.as_of.year == 2062
    assert asked.notes == ()
    text = (root / "segmentry.yaml").read_text()
    (root / "segmentry.yaml").write_text(text.replace("type: date", "type: datetime"))
    (root / "orders.csv").write_text(ORDERS.replace("05", "05T10:00") + "b,2062-03-04T10:00\n")
    assert found(root) == [(code, message)]
    (root / "orders.csv").write_text("customer,at\nb,2062-03-04T10:00\n")
    with pytest.raises(DataError, match="none up to today"):
        Workspace.load(root).plan()


def test_numbers_that_excel_has_cut(tmp_path: Path) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "customers.xlsx") as book:
        sheet = book.add_worksheet("People")
        sheet.write_row(0, 0, ["id", "card"])
        sheet.write_row(1, 0, ["a", 999999999999999])
        sheet.write_row(2, 0, ["b", "4111222233334444"])
    root = shop(tmp_path, customers=None)
    assert found(root) == []
    with xlsxwriter.Workbook(tmp_path / "customers.xlsx") as book:
        sheet = book.add_worksheet("People")
        sheet.write_row(0, 0, ["id", "card"])
        sheet.write_row(1, 0, ["a", 4111222233334444])
        sheet.write_row(2, 0, ["b", -4111222233334444])
        sheet.write_row(3, 0, ["c", 0.1234567890123456789])
    [(code, message)] = found(root)
    assert code == "long-number"
    assert "customers.xlsx, sheet `People`, row 2, column `card`" in message
    assert "(1 more like it)" in message


def test_each_fault_of_several_has_its_error(tmp_path: Path) -> None:
    root = shop(tmp_path, customers="id,n,m\na,x,y\nb,1,2\n", orders='customer,at\na,"01.10.\n2025"\n')
    text = (root / "segmentry.yaml").read_text()
    columns = "    key: id\n    columns: {n: {type: integer}, m: {type: integer}}\n"
    (root / "segmentry.yaml").write_text(text.replace("    key: id\n", columns))
    said = call("check", "-w", root, "--data", code=4).stderr.splitlines()
    starts = [
        "error: customers.csv, row 2, column `n`: `x`",
        "error: customers.csv, row 2, column `m`: `y`",
        # A line break in a value makes no line of its own.
        "error: orders.csv, row 2, column `at`: `01.10.\\n2025`",
    ]
    assert [line.startswith(start) for line, start in zip(said, starts, strict=True)] == [True] * 3
    document = json.loads(call("check", "-w", root, "--data", "--format", "json", code=4).stdout)
    assert document["error"]["message"].count("row 2") == 3
