"""Cells of a workbook that hold no value: errors, formulas without theirs, numbers that Excel has cut."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import INTEGER, STRING, decimal
from segmentry.engine.sources.read import ReadCount, SourceReader

SPEND = Column("spend", decimal(2))
REGION = Column("region", STRING)


def write(path: Path, rows: str) -> None:
    """A workbook whose second sheet, `Contacts`, holds these rows as they stand in its XML."""
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "nothing here")
        book.add_worksheet("Contacts").write(0, 0, "x")
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].decode()
    begin, end = sheet.index("<sheetData>"), sheet.index("</sheetData>")
    parts["xl/worksheets/sheet2.xml"] = (sheet[:begin] + "<sheetData>" + rows + sheet[end:]).encode()
    with ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)


def text(address: str, words: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{words}</t></is></c>'


HEADER = f'<row r="2">{text("C2", "id")}{text("D2", "spend")}{text("E2", "region")}</row>'


def read(root: Path, rows: str, *columns: Column) -> tuple[pl.DataFrame, tuple[ReadCount, ...]]:
    write(root / "contacts.xlsx", HEADER + rows)
    source = Source("contacts", paths=("contacts.xlsx",), sheet="Contacts", columns=columns)
    reader = SourceReader(source, root, "UTC")
    names = [column.name for column in columns]
    audit = reader.audit(names)
    assert audit is not None
    frame, counts = pl.collect_all([reader.scan(names), audit])
    return frame, reader.verdict(counts.row(0, named=True))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="D4" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "`#DIV/0!`"),
        ("<c r='D4' t='e'><v>#REF!</v></c>", "`#REF!`"),
        ('<c r="D4"><f>B4*C4</f></c>', "`=B4*C4`"),
        ('<c r="D4"><f>B4*C4</f><v></v></c>', "`=B4*C4`"),
        ('<c r="D4"><f>B4*C4</f><v/></c>', "`=B4*C4`"),
        ('<c r="D4"><f t="shared" si="0"/><v /></c>', "the formula was saved"),
        ("<c/><c/><c/><c><f>1+1</f></c>", "`=1+1`"),
    ],
)
@pytest.mark.parametrize(
    "column", [SPEND, Column("spend", STRING), Column("spend")], ids=lambda c: str(c.type)
)
def test_a_cell_without_a_value_is_a_bad_value(cell: str, shown: str, column: Column, tmp_path: Path) -> None:
    rows = f'<row r="4">{text("C4", "a")}{cell}</row>' if "r=" in cell else f'<row r="4">{cell}</row>'
    with pytest.raises(DataError) as caught:
        read(tmp_path, rows, column)
    assert shown in str(caught.value)
    assert "contacts.xlsx, sheet `Contacts`, row 4, column `spend`" in str(caught.value)
    assert (caught.value.file, caught.value.row, caught.value.column) == ("contacts.xlsx", 4, "spend")


def test_such_cells_are_counted_where_they_may_be_missing(tmp_path: Path) -> None:
    rows = (
        f'<row r="3">{text("C3", "a")}<c r="D3"><v>5</v></c><c r="E3" t="e"><v>#N/A</v></c></row>'
        f'<row r="5">{text("C5", "b")}<c r="D5" t="e"><v>#N/A</v></c>{text("E5", "#N/A")}</row>'
        '<row r="6"><c r="D6"><f>SUM(D3:D5)</f></c></row>'
    )
    columns = [Column(c.name, c.type, on_bad_value="null") for c in (Column("id", STRING), SPEND, REGION)]
    frame, counts = read(tmp_path, rows, *columns)
    # What is but written like an error is a text.
    assert frame.rows() == [("a", 500, None), ("b", None, "#N/A"), (None, None, None)]
    assert set(counts) == {ReadCount("spend", "bad", 2, 3), ReadCount("region", "bad", 1, 3)}


def test_a_formula_that_gives_an_empty_text_has_its_value(tmp_path: Path) -> None:
    rows = (
        f'<row r="3">{text("C3", "a")}<c r="D3" t="str"><f>IF(1,"","x")</f><v></v></c></row>'
        f'<row r="4">{text("C4", "b")}<c r="D4"><f>1+1</f><v>2</v></c></row>'
    )
    frame, counts = read(tmp_path, rows, SPEND)
    assert frame.rows() == [(None,), (200,)]
    assert counts == ()


def test_errors_do_not_matter_where_they_are_not_read(tmp_path: Path) -> None:
    rows = f'<row r="3">{text("C3", "7")}<c r="D3" t="e"><v>#N/A</v></c></row>'
    assert read(tmp_path, rows, Column("id", INTEGER))[0].rows() == [(7,)]


def test_an_entity_is_not_expanded(tmp_path: Path) -> None:
    write(tmp_path / "contacts.xlsx", HEADER)
    with ZipFile(tmp_path / "contacts.xlsx") as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].split(b"?>", 1)[1]
    parts["xl/worksheets/sheet2.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet
    with ZipFile(tmp_path / "contacts.xlsx", "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    source = Source("contacts", paths=("contacts.xlsx",), sheet="Contacts")
    with pytest.raises(DataError, match="can't be read as Excel"):
        SourceReader(source, tmp_path, "UTC").schema()
