"""The workspace that Segmentry runs: the same traits and segments in its own language."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from bench.conditions import Segmentation, as_yaml
from bench.form import Form
from bench.segments import segmentations
from bench.tables import TABLES, pattern
from bench.vocabulary import AS_OF, MONEY

TRAITS = Path(__file__).with_name("traits.yaml")
TYPES = {"text": "string", "integer": "integer", "flag": "boolean", "day": "date", "time": "datetime"}
CENTS = {"type": "decimal", "scale": 2, "unit": "EUR"}


def _dump(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=110), encoding="utf-8")


def _columns(table: str, form: Form) -> dict[str, Any]:
    """What the workspace has to say of columns: of Parquet what is money, of texts all types."""
    kinds = TABLES[table].items()
    money = {name: dict(CENTS) for name, kind in kinds if kind == "money"}
    if form.files == "parquet":
        return money
    types = TYPES | {"key": "string" if form.keys == "text" else "integer"}
    return {name: {"type": types[kind]} for name, kind in kinds if kind != "money"} | money


def _source(data: Path, table: str, form: Form) -> dict[str, Any]:
    source: dict[str, Any] = {"path": str(pattern(data, table, form))}
    if table == "customers":
        source["key"] = "customer_id"
    else:
        source |= {"customer": "customer_id", "time": "ordered_at" if table == "orders" else "at"}
        if form.layout == "clustered":
            source["sorted_by"] = "customer_id"
    columns = _columns(table, form)
    return source | ({"columns": columns} if columns else {})


def _segmentation(content: Segmentation) -> dict[str, Any]:
    head: dict[str, Any] = {
        "segmentation": content.id,
        "name": content.id,
        "assign": "first_match" if content.first_match else "every_match",
    }
    if content.first_match:
        head["otherwise"] = {"id": content.otherwise, "name": "Everybody else"}
    head["segments"] = [{"id": s.id, "name": s.id, "when": as_yaml(s.when)} for s in content.segments]
    return head


def write(folder: Path, data: Path, count: int, form: Form) -> Path:
    """Write the whole workspace to the folder (made anew) and return it. Nothing of the data is copied.

    Where the form is rules alone, data is the file of finished traits, and the customers table.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "rules").mkdir(parents=True)
    if form.rules:
        columns = {name: dict(CENTS) for name in MONEY}
        sources = {"customers": {"path": str(data), "key": "customer_id", "columns": columns}}
    else:
        sources = {table: _source(data, table, form) for table in TABLES}
        traits = TRAITS.read_text("utf-8").splitlines(keepends=True)
        wanted = [line for line in traits if form.median or "id: median_amount" not in line]
        (folder / "rules" / "traits.yaml").write_text("".join(wanted), "utf-8")
    about = {
        "version": 1,
        "name": "Benchmark",
        "timezone": form.zone,
        "currency": "EUR",
        "as_of": AS_OF.isoformat(),
    }
    _dump(folder / "segmentry.yaml", about | {"sources": sources})
    for content in segmentations(count, form):
        _dump(folder / "rules" / f"{content.id}.yaml", _segmentation(content))
    return folder


def main() -> None:
    """Arguments: FOLDER SOURCE SEGMENTS [WORD=VALUE …]."""
    folder, source, count, *words = sys.argv[1:]
    write(Path(folder), Path(source), int(count), Form.of(words))


if __name__ == "__main__":
    main()
