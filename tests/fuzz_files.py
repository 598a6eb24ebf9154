"""Damaged data files: whatever a reader meets, it reads or says in which file something is wrong."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from typer.testing import CliRunner

from segmentry.cli import app
from tests.fuzz_damage import damaged, damaged_part

SETTINGS = """version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2025-11-01
sources:
  customers:
    path: {name}
    key: id
    columns:
      id: {{type: string}}
      spend: {{type: decimal, scale: 2}}
      since: {{type: date}}
      mail: {{type: boolean}}
      note: {{type: string}}
"""
RULES = """segmentation: audience
owner: crm
assign: every_match
segments:
  - id: known
    description: Has something to tell
    when:
      any:
        - {trait: spend, at_least: 5}
        - {trait: since, before: 2025-01-01}
        - {trait: mail, is: true}
        - {trait: note, contains: word}
"""
ROWS = 40


def _frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"c{n}" for n in range(ROWS)],
            "spend": pl.Series([Decimal(n * 37) / 100 for n in range(ROWS)], dtype=pl.Decimal(12, 2)),
            "since": [date(2024, 1, 1) + timedelta(days=n * 9) for n in range(ROWS)],
            "mail": [n % 3 == 0 if n % 5 else None for n in range(ROWS)],
            "note": [f'a word, "{n}"\nmore' if n % 7 == 0 else f"word {n}" for n in range(ROWS)],
        }
    )


def _written(write: Callable[[BytesIO], object]) -> bytes:
    content = BytesIO()
    write(content)
    return content.getvalue()


def _csv() -> bytes:
    return _written(_frame().write_csv)


def _excel() -> bytes:
    # The time of creation is in the file: for equal seeds it has to be the same.
    xlsxwriter: Any = import_module("xlsxwriter")

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "remove_timezone": True}) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})
        sheet = book.add_worksheet("People")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, _frame().columns)
        for n, (key, spend, since, mail, note) in enumerate(_frame().rows(), 1):
            sheet.write_row(n, 0, [key, float(spend)])
            sheet.write_datetime(n, 2, since, day)
            sheet.write_row(n, 3, [mail, note])
    return content.getvalue()


def _damaged_gzip(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return damaged(gzip.compress(content, mtime=0), chance)
    return gzip.compress(damaged(content, chance), mtime=0)


FORMATS: dict[str, tuple[Callable[[], bytes], Callable[[bytes, random.Random], bytes]]] = {
    "people.csv": (_csv, damaged),
    "people.csv.gz": (_csv, _damaged_gzip),
    "people.ndjson": (lambda: _written(_frame().write_ndjson), damaged),
    "people.xlsx": (_excel, damaged_part),
    "people.parquet": (lambda: _written(_frame().write_parquet), damaged),
    "people.arrow": (lambda: _written(_frame().write_ipc), damaged),
}
"""What is damaged: how a whole file is made, and how damage is done to it."""


def damaged_file(seed: int) -> tuple[str, bytes]:
    """A file's name and its content, the same for the same seed."""
    chance = random.Random(seed)
    name = chance.choice(list(FORMATS))
    make, damage = FORMATS[name]
    return name, damage(make(), chance)


def assert_withstands(seed: int, root: Path) -> None:
    """Assert that the file of a seed is read, or that the error says where it is not."""
    name, content = damaged_file(seed)
    (root / "rules").mkdir(exist_ok=True)
    (root / "rules" / "audience.yaml").write_text(RULES)
    (root / "segmentry.yaml").write_text(SETTINGS.format(name=name))
    for left in root.glob("people.*"):
        left.unlink()
    (root / name).write_bytes(content)
    command = ("check", "--data") if seed % 2 else ("run", "--quiet")
    result = CliRunner().invoke(app, [*command, "-w", str(root), "--format", "json"])
    said = f"{name}: {' '.join(command)} ended with {result.exit_code}: {result.stderr[:500]}"
    assert "went wrong in Segmentry" not in result.stderr, said
    assert "Traceback" not in result.output, said
    assert result.exit_code in (0, 1, 4), said
    document = json.loads(result.stdout)
    if result.exit_code == 4:
        assert all(line.startswith("error: ") for line in result.stderr.splitlines()), said
        message = document["error"]["message"]
        # A key that is missing or there twice is a fault of the table.
        assert name in message or "customers table `customers`" in message, said
