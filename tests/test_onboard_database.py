"""`init --from` a database: its tables are drafted like exports, and its address is told to nobody."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from segmentry.engine.workspace import Workspace
from tests.command_line import call
from tests.databases import PASSWORD

pytest.importorskip("adbc_driver_sqlite")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as held:
        held.execute("CREATE TABLE customers (id INTEGER, email TEXT, newsletter TEXT, joined TEXT)")
        held.execute('CREATE TABLE "shop orders" (no TEXT, customer_id INTEGER, ordered_at TEXT, total REAL)')
        people = [
            (n, f"p{n}@mail.example", "ja" if n % 3 else "nein", f"{1 + n % 28:02}.03.2024")
            for n in range(1, 61)
        ]
        held.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", people)
        orders = [
            (f"O{n}", 1 + n % 50, f"2025-{1 + n % 12:02}-{1 + n % 28:02} 10:00", n + 0.25) for n in range(400)
        ]
        held.executemany('INSERT INTO "shop orders" VALUES (?, ?, ?, ?)', orders)
    return file


def drafted(tmp_path: Path, named: str) -> Path:
    shop = tmp_path / "workspace"
    assert "customers as of" in call("init", shop, "--yes", "--from", named).output
    return shop


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}", "${{OF_TEST}}"])
def test_the_draft_reads_what_is_in_the_database(
    form: str, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_DB", raising=False)
    monkeypatch.setenv("OF_TEST", f"sqlite:///{database}")
    shop = drafted(tmp_path, form.format(database))
    text = (shop / "segmentry.yaml").read_text("utf-8")
    variable = "OF_TEST" if "OF_TEST" in form else "SHOP_DB"
    assert text.count(f'database: "${{{variable}}}"') == 2
    assert "table: shop orders" in text or "table: '\"shop orders\"'" in text
    assert "format: day_first" in text
    assert "true_values: [ja]" in text
    monkeypatch.setenv(variable, f"sqlite:///{database}")
    found = json.loads(call("check", "--data", "-w", shop, "--format", "json").stdout)["findings"]
    assert [finding for finding in found if finding["severity"] == "error"] == []
    call("test", "-w", shop)
    assert json.loads(call("preview", "-w", shop, "--format", "json").stdout)["customers"] == 60


def test_the_variable_to_be_set_is_named_and_no_path_is_written(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_DB", raising=False)
    said = call("init", tmp_path / "workspace", "--yes", "--from", database)
    assert "Set SHOP_DB to the address of the database" in said.output
    for file in (tmp_path / "workspace").rglob("*"):
        assert not file.is_file() or str(database) not in file.read_text("utf-8")
    assert "SHOP_DB" not in os.environ
    assert Workspace.load(tmp_path / "workspace").mistakes() == []


@pytest.mark.parametrize(
    ("named", "code", "words"),
    [
        ("sqlite:////nowhere/shop.db", 4, "its file is not there"),
        ("${NOT_SET_AT_ALL}", 2, "`NOT_SET_AT_ALL` is not set"),
        (f"mysql://somebody:{PASSWORD}@127.0.0.1/shop", 2, "`mysql://…` is neither a file nor a folder"),
    ],
)
def test_what_can_t_be_opened_is_said_without_its_address(
    named: str, code: int, words: str, tmp_path: Path
) -> None:
    done = call("init", tmp_path / "workspace", "--yes", "--from", named, code=code)
    assert words in done.output
    assert PASSWORD not in done.output
    assert "nowhere" not in done.output
