"""Workspaces of one table whose values are written in some way, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from segmentry.engine import Workspace
from segmentry.engine.sources.read import SourceReader
from tests.test_read import TEXT_FORMATS, read

RULES = "traits:\n  - {id: rows_known, count: rows}\n"


def reader_of(
    root: Path, file: str, contract: Mapping[str, Any], zone: str = "Europe/Berlin", **source: Any
) -> SourceReader:
    """The reader of a file with the columns `id` and `value`, whose contract and source say this."""
    columns = {"value": dict(contract)} if contract else {}
    table = {"path": file, "key": "id", **({"columns": columns} if columns else {}), **source}
    document = {"version": 1, "timezone": zone, "as_of": "2026-11-01", "sources": {"people": table}}
    (root / "segmentry.yaml").write_text(json.dumps(document), "utf-8")
    workspace = Workspace.load(root)
    assert {mistake.code for mistake in workspace.mistakes()} <= {"unknown-column"}  # of the file
    return workspace.readers["people"]


def write(root: Path, name: str, texts: Sequence[str | None]) -> None:
    """Texts as the column `value` of a file, in the format of its name."""
    TEXT_FORMATS[name][0](root / name, texts)


def values(reader: SourceReader, column: str = "value") -> list[Any]:
    """What is read, refused values as an error."""
    return read(reader, column)[0][column].to_list()


def typed(root: Path, name: str, series: pl.Series) -> None:
    """A column of a file's own type."""
    frame = pl.DataFrame({"id": range(len(series)), "value": series})
    if name.endswith("parquet"):
        frame.write_parquet(root / name)
    elif name.endswith("arrow"):
        frame.write_ipc(root / name)
    else:
        frame.write_ndjson(root / name)
