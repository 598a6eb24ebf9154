"""Random workspaces over databases: the same rows, and what comes of them is what comes of files."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from segmentry.engine import Workspace, evaluate
from segmentry.engine.diagnostics.errors import SegmentryError
from tests.databases import Server, fill_duckdb, fill_postgres, fill_sqlite
from tests.random_models.dump import frame, to_yaml
from tests.strategies import Case, case_to_files

Tables = Mapping[str, tuple[pl.DataFrame, Mapping[str, str]]]
Fill = Callable[[Path, Tables], str]
"""Puts tables into a database and gives its address."""

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "Int64": {"type": "integer"},
    "Float64": {"type": "number"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Date": {"type": "date"},
    "Datetime": {"type": "datetime"},
    "DatetimeUTC": {"type": "datetime"},
    "Decimal3": {"type": "decimal", "scale": 3},
}


def in_postgres(server: Server) -> Fill:
    """Fills a schema of a server, which the tables are read of."""

    def fill(folder: Path, tables: Tables) -> str:
        fill_postgres(server, "public", tables)
        return server.address()

    return fill


def in_sqlite(folder: Path, tables: Tables) -> str:
    """Fills a file of SQLite."""
    fill_sqlite(folder / "shop.sqlite", tables)
    return "sqlite:///shop.sqlite"


def in_duckdb(folder: Path, tables: Tables) -> str:
    """Fills a file of DuckDB."""
    fill_duckdb(folder / "shop.duckdb", tables)
    return "duckdb:///shop.duckdb"


def assert_same_as_files(case: Case, fill: Fill) -> None:
    """Fails where a case over a database comes out otherwise than over its files; a list stays a file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        declared = _declared(case)
        case_to_files(declared, folder)
        from_files = outcome(Workspace(folder), case.as_of)
        held = {
            source: (frame(rows, case.dtypes[source]), case.dtypes[source])
            for source, rows in case.tables.items()
            if "List" not in case.dtypes[source].values() or fill is not in_sqlite
        }
        address = fill(folder, held)
        over = copy.deepcopy(declared.files["segmentry.yaml"])
        for source in held:
            spec = over["sources"][source]
            del spec["path"]
            spec.pop("sorted_by", None)
            over["sources"][source] = {"database": "${SHOP_DB}", "table": source, **spec}
        (folder / "segmentry.yaml").write_text(to_yaml(over), encoding="utf-8")
        workspace = Workspace(folder, environ={"SHOP_DB": address})
        try:
            from_database = outcome(workspace, case.as_of)
        finally:
            workspace.close()
    if isinstance(from_files, str) or isinstance(from_database, str):
        assert from_database == from_files
        return
    assert_frame_equal(from_database[0], from_files[0])
    # Sums of doubles may differ in their last digits, in two runs over files, too: `run.json` names them.
    close = [name for name in from_files[1].columns if name in from_files[2]]
    assert_frame_equal(from_database[1].drop(close), from_files[1].drop(close), check_exact=True)
    assert_frame_equal(from_database[1].select(close), from_files[1].select(close), rel_tol=1e-12)


def outcome(workspace: Workspace, as_of: str | None) -> tuple[pl.DataFrame, pl.DataFrame, set[str]] | str:
    """Memberships, traits, and which of these are approximate; or the kind of error."""
    try:
        found = evaluate(workspace, as_of=as_of, traits="all")
    except SegmentryError as error:
        return type(error).__name__
    close = {name.removeprefix("t:") for name in workspace.plan(as_of).approximate}
    return found.memberships, found.traits, close


def _declared(case: Case) -> Case:
    """The case with the type of every column declared: SQLite has none for days, times and money."""
    files = copy.deepcopy(dict(case.files))
    for source, kinds in case.dtypes.items():
        spec = files["segmentry.yaml"]["sources"][source]
        columns = spec.setdefault("columns", {})
        known = {each.get("from", name) for name, each in columns.items() if "formula" not in each}
        for name, kind in kinds.items():
            if name not in known and name not in columns and kind in _TYPES:
                columns[name] = dict(_TYPES[kind])
    return Case(files, case.tables, case.as_of, case.dtypes, case.seed)
