"""Sources of databases: what files give, of one moment, exact to the last digit, the address unsaid."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine import Workspace, evaluate
from segmentry.engine.diagnostics.errors import DataError, UsageError
from segmentry.engine.sources.databases import pool
from tests.command_line import call
from tests.database_cases import assert_same_as_files, in_duckdb, in_postgres, in_sqlite
from tests.databases import PASSWORD, USER, Server, free_port
from tests.databases import server as server
from tests.strategies import case_of

pytestmark = pytest.mark.xdist_group("postgres")

SEEDS = range(8)

SHOP = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    database: ${SHOP_DB}
    table: shop.customers
    key: id
    columns:
      id: {type: integer}
  orders:
    database: ${SHOP_DB}
    table: shop.orders
    customer: customer
    time: at
    columns:
      customer: {type: integer}
      at: {type: datetime}
      amount: {type: decimal, scale: 2}
"""
RULES = """traits:
  - {id: spend, description: Money, sum: orders.amount, value: true}
  - {id: newest, description: Newest, max: orders.at}
segmentation: tier
owner: crm
assign: first_match
segments:
  - {id: big, description: Big, when: {trait: spend, at_least: 10}}
otherwise: {id: rest, description: Rest}
"""
FILLED = (
    "DROP SCHEMA IF EXISTS shop CASCADE",
    "CREATE SCHEMA shop",
    "CREATE TABLE shop.customers (id bigint, name text)",
    "INSERT INTO shop.customers VALUES (1, 'a'), (2, 'b')",
    "CREATE TABLE shop.orders (customer integer, at timestamptz, amount numeric, note text)",
    "INSERT INTO shop.orders VALUES (1, '2026-10-01 00:30+00', 10.10, 'x'), (2, '2026-10-02', 5, NULL)",
)


def shop(folder: Path, server: Server | None, *changes: tuple[str, str], extra: tuple[str, ...] = ()) -> Path:
    """The workspace in a folder, and its tables in the server's database."""
    text = SHOP
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "segmentry.yaml").write_text(text, "utf-8")
    (folder / "rules" / "tier.yaml").write_text(RULES, "utf-8")
    if server is not None:
        server.run(*FILLED, *extra)
    return folder


def traits(folder: Path, address: str) -> pl.DataFrame:
    """The traits of the workspace over the database at an address."""
    workspace = Workspace(folder, environ={"SHOP_DB": address})
    try:
        return evaluate(workspace, traits="all").traits
    finally:
        workspace.close()


def refusal(folder: Path, address: str) -> str:
    """What is said of data that is refused."""
    with pytest.raises(DataError) as caught:
        traits(folder, address)
    return str(caught.value)


def test_random_workspaces_over_postgresql_are_as_over_files(server: Server) -> None:
    for seed in SEEDS:
        assert_same_as_files(case_of(seed), in_postgres(server))


def test_random_workspaces_over_sqlite_are_as_over_files() -> None:
    for seed in SEEDS:
        assert_same_as_files(case_of(seed), in_sqlite)


def test_random_workspaces_over_duckdb_are_as_over_files() -> None:
    for seed in SEEDS:
        assert_same_as_files(case_of(seed), in_duckdb)


# --- types ------------------------------------------------------------------------------------------


def test_no_digit_is_lost(server: Server, tmp_path: Path) -> None:
    many = "1.123456789012345"
    shop(tmp_path, server, ("scale: 2", "scale: 15"), extra=(f"UPDATE shop.orders SET amount = {many}",))
    assert traits(tmp_path, server.address())["spend"].to_list() == [Decimal(many)] * 2


def test_amounts_beyond_64_bits_come_whole(server: Server, tmp_path: Path) -> None:
    large = "123456789012345678901234567890.12"
    shop(tmp_path, server, extra=(f"UPDATE shop.orders SET amount = {large}",))
    assert traits(tmp_path, server.address())["spend"].to_list() == [Decimal(large)] * 2


def test_an_instant_is_one_and_a_local_time_is_of_the_workspace(server: Server, tmp_path: Path) -> None:
    shop(tmp_path, server)
    first = traits(tmp_path, server.address())["newest"].to_list()[0]
    assert f"{first:%Y-%m-%d %H:%M}" == "2026-10-01 00:30"
    server.run("ALTER TABLE shop.orders ALTER COLUMN at TYPE timestamp USING at AT TIME ZONE 'UTC'")
    first = traits(tmp_path, server.address())["newest"].to_list()[0]
    assert f"{first:%Y-%m-%d %H:%M}" == "2026-09-30 22:30"


@pytest.mark.parametrize("value", ["infinity", "-infinity"])
def test_an_infinite_time_is_a_bad_value(server: Server, tmp_path: Path, value: str) -> None:
    shop(tmp_path, server, extra=(f"UPDATE shop.orders SET at = '{value}' WHERE customer = 2",))
    said = refusal(tmp_path, server.address())
    assert f"table shop.orders of ${{SHOP_DB}}, column `at`: `{value}` is not a date with time" in said
    shop(tmp_path, None, ("at: {type: datetime}", 'at: {type: datetime, on_bad_value: "null"}'))
    assert traits(tmp_path, server.address())["newest"].null_count() == 1


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_an_amount_that_is_no_number_is_a_bad_value(server: Server, tmp_path: Path, value: str) -> None:
    shop(tmp_path, server, extra=(f"UPDATE shop.orders SET amount = '{value}' WHERE customer = 2",))
    assert f"column `amount`: `{value}` is not a decimal" in refusal(tmp_path, server.address())


def test_more_places_are_treated_as_in_files(server: Server, tmp_path: Path) -> None:
    shop(tmp_path, server, extra=("UPDATE shop.orders SET amount = 1.005 WHERE customer = 2",))
    said = refusal(tmp_path, server.address())
    assert "`1.005` has more places than the 2 of its `scale` (1 of 2 rows)" in said
    shop(tmp_path, None, ("scale: 2", "scale: 2, on_more_places: round"))
    assert traits(tmp_path, server.address())["spend"].to_list() == [Decimal("10.10"), Decimal("1.00")]


def test_a_numeric_without_a_type_is_asked_for_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, server, extra=("ALTER TABLE shop.orders ADD COLUMN tax numeric",))
    monkeypatch.setenv("SHOP_DB", server.address())
    said = call("check", "--data", "-w", tmp_path).output
    assert "undeclared-numeric" in said
    assert "tax: {type: decimal, scale: 2}" in said
    assert "undeclared-numeric" not in call("preview", "-w", tmp_path).output


# --- what is asked ----------------------------------------------------------------------------------


def test_only_columns_in_use_are_asked_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    frame = pool.select

    def select(relation: str, columns: object, where: str | None = None) -> str:
        text = frame(relation, columns, where)  # type: ignore[arg-type]
        asked.append(text)
        return text

    monkeypatch.setattr(pool, "select", select)
    shop(tmp_path, server)
    traits(tmp_path, server.address())
    assert any("amount" in text for text in asked)
    assert not any("note" in text or "name" in text for text in asked)


def test_a_query_is_read_as_a_table(server: Server, tmp_path: Path) -> None:
    shop(tmp_path, server, ("table: shop.orders", "query: queries/orders.sql"))
    (tmp_path / "queries").mkdir()
    text = "-- all orders, twice\nSELECT customer, at, amount * 2 AS amount FROM shop.orders; -- no more"
    (tmp_path / "queries" / "orders.sql").write_text(text.replace("; -- no more", ";\n"), "utf-8")
    assert traits(tmp_path, server.address())["spend"].to_list() == [Decimal("20.20"), Decimal("10.00")]


def test_all_tables_are_seen_at_one_moment(server: Server, tmp_path: Path) -> None:
    shop(tmp_path, server)
    workspace = Workspace(tmp_path, environ={"SHOP_DB": server.address()})
    workspace.readers["customers"].schema()
    server.run("INSERT INTO shop.customers VALUES (3, 'c')", "DELETE FROM shop.orders")
    found = evaluate(workspace, traits="all").traits
    workspace.close()
    assert found["id"].to_list() == [1, 2]
    assert found["spend"].to_list() == [Decimal("10.10"), Decimal("5.00")]
    assert traits(tmp_path, server.address())["id"].to_list() == [1, 2, 3]


def test_a_check_of_the_rules_asks_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, None)
    monkeypatch.setenv("SHOP_DB", f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{free_port()}/shop")

    def opened(address: object, root: Path) -> None:
        pytest.fail("it was asked")

    monkeypatch.setattr(pool, "opened", opened)
    assert "0 errors" not in call("check", "-w", tmp_path).output


# --- what goes wrong --------------------------------------------------------------------------------


def test_a_database_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, None)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=2"
        monkeypatch.setenv("SHOP_DB", address)
        said = call("preview", "-w", tmp_path, code=4).output
    assert "can't be reached: it does not answer" in " ".join(said.split())
    assert PASSWORD not in said


def test_thirty_seconds_are_waited_for_an_answer() -> None:
    from segmentry.engine.sources.databases.postgresql import with_timeout

    assert with_timeout("postgresql://h/d") == "postgresql://h/d?connect_timeout=30"
    assert with_timeout("postgresql://h/d?a=b") == "postgresql://h/d?a=b&connect_timeout=30"
    assert with_timeout("postgresql://h/d?connect_timeout=2") == "postgresql://h/d?connect_timeout=2"


WRONG: Mapping[str, tuple[dict[str, str], str]] = {
    "a wrong password": ({"password": "planted-in-vain"}, "user or password is wrong"),
    "a wrong user": ({"user": "planted_user"}, "user or password is wrong"),
    "no such database": ({"name": "planted_name"}, "there is no database of that name"),
    "no such host": ({"host": "planted.invalid"}, "its host is not known"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_address_is_explained_and_not_shown(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    changed, reason = WRONG[case]
    shop(tmp_path, None)
    monkeypatch.setenv("SHOP_DB", server.address(**changed))
    result = call("run", "-w", tmp_path, code=4)
    said = " ".join(result.output.split())
    assert f"The PostgreSQL database ${{SHOP_DB}} can't be reached: {reason}" in said
    for secret in (PASSWORD, USER, "planted", "127.0.0.1", str(server.port)):
        assert secret not in said


def test_nothing_that_is_written_holds_the_address(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever commands write, on the screen and to the disk, right or wrong."""
    shop(tmp_path, server)
    monkeypatch.setenv("SHOP_DB", server.address())
    said = [call(*command, "-w", tmp_path).output for command in COMMANDS]
    server.run("ALTER TABLE shop.orders RENAME COLUMN amount TO total")
    said.append(call("preview", "-w", tmp_path, code=4).output)
    server.run("DROP TABLE shop.orders")
    said.append(call("run", "-w", tmp_path, code=4).output)
    assert "shop.orders" in said[-1]
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "run.json" for file in written)
    for text in (*said, *(file.read_bytes().decode("latin-1") for file in written)):
        for secret in (PASSWORD, USER, "127.0.0.1", str(server.port)):
            assert secret not in text


COMMANDS = (
    ("check", "--data"),
    ("run", "--traits"),
    ("preview",),
    ("explain", "1"),
    ("list",),
    ("run", "--plan"),
)


def test_run_json_names_the_table_and_hashes_its_rows(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, server)
    monkeypatch.setenv("SHOP_DB", server.address())

    def entry() -> dict[str, object]:
        call("run", "-w", tmp_path)
        found: dict[str, dict[str, object]] = json.loads((tmp_path / "out" / "run.json").read_bytes())[
            "sources"
        ]
        return found["orders"]

    first = entry()
    assert {key: first[key] for key in ("database", "table", "rows")} == {
        "database": "${SHOP_DB}",
        "table": "shop.orders",
        "rows": 2,
    }
    # The same rows in another order are the same; another amount is not.
    server.run(
        "CREATE TABLE shop.turned AS SELECT * FROM shop.orders ORDER BY customer DESC",
        "DROP TABLE shop.orders",
        "ALTER TABLE shop.turned RENAME TO orders",
    )
    assert entry() == first
    server.run("UPDATE shop.orders SET amount = amount + 0.01 WHERE customer = 2")
    assert entry()["rows_sha256"] != first["rows_sha256"]


def test_an_absent_addition_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, None)

    def nothing(package: str) -> None:
        return None

    monkeypatch.setattr(pool, "find_spec", nothing)
    with pytest.raises(UsageError, match=r"pip install 'segmentry\[postgres\]'"):
        traits(tmp_path, "postgresql://h/d")


@pytest.mark.parametrize("address", ["", "mysql://u:geheim@h/d", "sqlite:///none.sqlite"])
def test_an_address_that_leads_nowhere_is_explained(tmp_path: Path, address: str) -> None:
    shop(tmp_path, None)
    said = refusal(tmp_path, address)
    assert "SHOP_DB" in said
    assert "geheim" not in said
    assert "none.sqlite" not in said


# --- prepared copies --------------------------------------------------------------------------------


def test_with_prepared_copies_no_database_is_needed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, server)
    monkeypatch.setenv("SHOP_DB", server.address())
    call("run", "--traits", "-w", tmp_path)
    before = {name: list(values) for name, values in written(tmp_path).items()}
    assert "2 rows in a database; a copy of" in call("prepare", "orders", "customers", "-w", tmp_path).output
    monkeypatch.delenv("SHOP_DB")
    assert "no-contract" not in call("check", "-w", tmp_path).output
    call("run", "--traits", "-w", tmp_path)
    assert {name: list(values) for name, values in written(tmp_path).items()} == before
    for file in (tmp_path / ".segmentry").rglob("*"):
        assert file.is_dir() or PASSWORD.encode() not in file.read_bytes()


def test_a_prepared_copy_stands_until_it_is_made_anew(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, server)
    monkeypatch.setenv("SHOP_DB", server.address())
    call("prepare", "--all", "-w", tmp_path)
    server.run("UPDATE shop.orders SET amount = 20")
    call("run", "--traits", "-w", tmp_path)
    assert written(tmp_path)["spend"].to_list() == [Decimal("10.10"), Decimal("5.00")]
    call("prepare", "--all", "-w", tmp_path)
    call("run", "--traits", "-w", tmp_path)
    assert written(tmp_path)["spend"].to_list() == [Decimal("20.00")] * 2


def test_the_copy_of_another_query_does_not_count(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, server, ("table: shop.orders", "query: orders.sql"))
    monkeypatch.setenv("SHOP_DB", server.address())
    query = tmp_path / "orders.sql"
    query.write_text("SELECT customer, at, amount FROM shop.orders", "utf-8")
    call("prepare", "--all", "-w", tmp_path)
    query.write_text("SELECT customer, at, amount * 3 AS amount FROM shop.orders", "utf-8")
    assert "`segmentry prepare orders` makes it anew" in call("run", "--traits", "-w", tmp_path).output
    assert written(tmp_path)["spend"].to_list() == [Decimal("30.30"), Decimal("15.00")]


def written(folder: Path) -> dict[str, pl.Series]:
    """The traits that a run wrote."""
    return pl.read_parquet(folder / "out" / "traits.parquet").to_dict()


def test_a_filter_of_ours_over_a_database_is_a_filter(tmp_path: Path) -> None:
    """Folding and cleaning are functions of ours, which no source of rows could be handed."""
    with sqlite3.connect(tmp_path / "shop.sqlite") as held:
        held.execute("CREATE TABLE people (id TEXT, city TEXT)")
        held.executemany("INSERT INTO people VALUES (?, ?)", [("a", "Köln "), ("b", "KÖLN"), ("c", "Bonn")])
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nas_of: 2026-01-01\nsources:\n  people:\n    database: ${SHOP_DB}\n    table: people\n"
        "    key: id\n    where: {column: city, is: köln, fold: true}\n"
        "    columns: {city: {type: string, clean: [strip, nfc]}}\n",
        "utf-8",
    )
    workspace = Workspace(tmp_path, environ={"SHOP_DB": "sqlite:///shop.sqlite"})
    assert evaluate(workspace, traits="all").memberships["id"].to_list() == ["a", "b"]
