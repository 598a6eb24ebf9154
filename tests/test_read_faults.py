"""Files that can't be read, or not as they should: each a data error that names file, row, column and fix."""

from __future__ import annotations

from collections.abc import Callable
from gzip import compress
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import INTEGER, NUMBER, STRING, UNSUPPORTED
from segmentry.engine.sources.read import SourceReader, reading


def reader_of(root: Path, *paths: str, columns: tuple[Column, ...] = (), **options: Any) -> SourceReader:
    return SourceReader(Source("orders", paths=paths, columns=columns, **options), root, "Europe/Berlin")


def read_all(reader: SourceReader) -> pl.DataFrame:
    with reading([reader]):
        return reader.scan(list(reader.schema())).collect()


def fault_of(reader: SourceReader) -> DataError:
    with pytest.raises(DataError) as caught:
        read_all(reader)
    return caught.value


# --- paths ---------------------------------------------------------------------------------------------


def test_paths_are_found_sorted_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "data" / "b[1]").mkdir(parents=True)
    for name in ("data/b.csv", "data/a.csv", "data/b[1]/c.csv"):
        (tmp_path / name).write_text("id\n1\n")
    source = Source("orders", paths=("${DATA}/*.csv", "data/a.csv", "data/b[1]/c.csv"))
    reader = SourceReader(source, tmp_path, "UTC", environ={"DATA": "data"})
    names = [file.relative_to(tmp_path).as_posix() for file in reader.files]
    assert names == ["data/a.csv", "data/b.csv", "data/b[1]/c.csv"]
    assert reader_of(tmp_path, "data/**/*.csv").row_count() == 3
    assert reader.available()


def test_a_folder_adds_no_column(tmp_path: Path) -> None:
    for year in ("2025", "2026"):
        (tmp_path / f"year={year}").mkdir()
        pl.DataFrame({"year": [1999]}).write_parquet(tmp_path / f"year={year}" / "x.parquet")
    assert read_all(reader_of(tmp_path, "*/x.parquet")).to_dict(as_series=False) == {"year": [1999, 1999]}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("data/order.csv", "looked in the folder `data`). It holds `orders.csv`"),
        ("dat/*.csv", "looked in the folder `.`). It holds `data`"),
        ("data/*.parquet", "looked in the folder `data`). Put the file there"),
        ("empty/*.csv", "The folder is empty."),
        ("data", "is a folder. Name the files in it, such as `data/*.parquet`"),
        ("${NOT_SET}/x.csv", "needs the environment variable `NOT_SET`, which is not set"),
        ("data/notes.txt", "its ending names no format that can be read"),
    ],
)
def test_a_path_that_leads_nowhere(path: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n1\n")
    (tmp_path / "data" / "notes.txt").write_text("x")
    reader = SourceReader(Source("orders", paths=(path,)), tmp_path, "UTC", environ={})
    assert said in str(fault_of(reader))
    assert not reader.available()


def test_files_of_several_formats_are_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "a.ndjson").write_text('{"id": 1}\n')
    (tmp_path / "b.csv.gz").write_bytes(compress(b"id\n1\n"))
    assert "several formats (.csv, .ndjson)" in str(fault_of(reader_of(tmp_path, "a.*")))
    assert reader_of(tmp_path, "*.csv*").row_count() == 2


# --- what is in the files ------------------------------------------------------------------------------


def half_of(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        frame = pl.DataFrame({"id": range(1000)})
        frame.write_parquet(path) if name == "parquet" else frame.write_ipc(path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return write


def holds(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def flipped(content: bytes, at: int) -> Callable[[Path], None]:
    changed = bytearray(content)
    changed[at] ^= 0xFF
    return holds(bytes(changed))


BROKEN: list[tuple[str, Callable[[Path], None], int | None, str]] = [
    ("x.parquet", holds(b""), None, "is empty (0 bytes)"),
    ("x.parquet", holds(b"id\n1\n"), None, "can't be read as Parquet"),
    ("x.parquet", half_of("parquet"), None, "can't be read as Parquet"),
    ("x.arrow", half_of("arrow"), None, "can't be read as Arrow"),
    ("x.feather", holds(b"x" * 50), None, "can't be read as Arrow"),
    ("x.xlsx", holds(b"id\n1\n"), None, "can't be read as Excel"),
    ("x.csv.gz", holds(compress(b"id\n" + b"123\n" * 9999)[:40]), None, "can't be read as CSV"),
    ("x.csv.gz", holds(b"id\n1\n"), None, "can't be read as CSV"),
    ("x.csv", holds(b""), None, "is empty (0 bytes)"),
    ("x.csv", holds(b"\n\n"), None, "holds nothing but blank lines"),
    ("x.csv", holds(b"id,amount\n1,2\n\n3\n"), 4, "the row has 1 field, but the header has 2 columns"),
    ("x.csv", holds(b"id,amount\n1,2\n3,4,5\n"), 3, "the row has 3 fields"),
    ("x.csv", holds(b'id,note\n1,"a\nb"\n2,"x"y"\n3,z\n'), 4, "double quote stands where none can"),
    ("x.csv", holds(b'id,note\n1,"a\n2,b\n3,c\n'), 2, "never closed"),
    ("x.csv", holds(b"id,id\n1,2\n"), 1, "the header names the column `id` twice"),
    ("x.csv", holds("id,name\n1,Zoë\n".encode("cp1252")), None, "not written in UTF-8"),
    ("x.csv", holds("id,name\n1,Zoë\n".encode("utf-16")), None, "not written in UTF-8"),
    ("x.ndjson", holds(b'{"id": 1}\n\n{"id": 2\n{"id": 3}\n'), 3, "the line is no JSON object"),
    ("x.ndjson", holds(b'{"a": 1}\n{"b": ' + b"[" * 70 + b"]" * 70 + b"}\n"), None, "nested more than 64"),
    ("x.ndjson", holds(b'{"a": 1}\n{"b": ' + b"[" * 500 + b"]" * 500 + b"}\n"), None, "nested more than 64"),
    ("x.ndjson", holds(b'{"a": 1}\n{"b": ' + b"[" * 9999 + b"]" * 9999 + b"}\n"), 2, "nested more than 64"),
    ("x.ndjson", holds(b'{"b": 1}\n' + b'{"a": ' * 9999 + b"1" + b"}" * 9999), 2, "nested more than 64"),
    ("x.ndjson", holds(b'{"a": 1}\n{"b": ' + b"[" * 99999), 2, "nested more than 64"),
    ("x.csv.gz", flipped(compress(b"id\n" + b"123\n" * 9999), 12), None, "can't be read as CSV"),
    ("x.csv.gz", flipped(compress(b"id\n" + b"123\n" * 9999), -6), None, "can't be read as CSV"),
    ("x.ndjson", holds(b'[{"id": 1}]\n'), 1, "the line is no JSON object"),
    ("x.jsonl", holds(b""), None, "is empty (0 bytes)"),
]


@pytest.mark.parametrize(("name", "write", "row", "said"), BROKEN, ids=[f"{b[0]} {b[3]}" for b in BROKEN])
def test_broken_files(
    name: str, write: Callable[[Path], None], row: int | None, said: str, tmp_path: Path
) -> None:
    write(tmp_path / name)
    error = fault_of(reader_of(tmp_path, name))
    assert said in str(error)
    assert str(error).startswith(name)
    assert (error.file, error.row) == (name, row)


def test_damage_inside_a_file_is_found_when_it_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [f"customer {index * 7919 % 10007}" for index in range(10000)]})
    frame.write_parquet(tmp_path / "x.parquet", compression="zstd")
    content = bytearray((tmp_path / "x.parquet").read_bytes())
    content[100:4000] = b"\xff" * 3900
    (tmp_path / "x.parquet").write_bytes(content)
    assert "x.parquet can't be read as Parquet" in str(fault_of(reader_of(tmp_path, "x.parquet")))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("id\n1\n")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert "x.csv: reading it is not permitted" in str(fault_of(reader_of(tmp_path, "x.csv")))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8"])
def test_encodings_line_ends_and_marks(encoding: str, tmp_path: Path) -> None:
    mark = "\ufeff" if encoding == "utf-8" else ""
    text = f'{mark}id;" name "\r\n1;"Zoë\r\nMüller"\r\n\r\n2;""\r\n;x'
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    reader = reader_of(tmp_path, "x.csv", separator=";", encoding=encoding)
    assert reader.schema() == {"id": STRING, "name": STRING}
    assert read_all(reader).rows() == [("1", "Zoë\r\nMüller"), ("2", None), (None, "x")]
    assert reader.row_count() == 3
    column = Column("name", INTEGER)
    bad = reader_of(tmp_path, "x.csv", separator=";", encoding=encoding, columns=(column,))
    audit = bad.audit(["name"])
    assert audit is not None
    with pytest.raises(DataError) as caught:
        bad.verdict(audit.collect().row(0, named=True))
    assert caught.value.row == 2


def test_wrong_words_about_a_csv(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"id;name\n1;\xe9\n")
    assert "is no known encoding" in str(fault_of(reader_of(tmp_path, "x.csv", encoding="ansi9")))
    assert "row 2: the file is not written in ascii" in str(
        fault_of(reader_of(tmp_path, "x.csv", encoding="ascii"))
    )
    unseparated = reader_of(tmp_path, "x.csv", encoding="cp1252", columns=(Column("name"),))
    assert 'its names are separated by semicolons. Give source `orders` `separator: ";"`' in str(
        fault_of(unseparated)
    )
    wrong = reader_of(tmp_path, "x.csv", encoding="cp1252", columns=(Column("name"),), separator="\t")
    assert 'semicolons, not by `"\\t"`' in str(fault_of(wrong))
    assert "must be one plain character" in str(fault_of(reader_of(tmp_path, "x.csv", separator="::")))


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("declared", [None, ";", ","])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
@pytest.mark.parametrize("note", ["plain", '"two\r\nlines"'])
def test_the_line_that_names_the_separator(
    line: str, declared: str | None, name: str, note: str, tmp_path: Path
) -> None:
    content = f"\ufeff{line}\r\nid;note\r\n1;{note}\r\n\r\nx;y\r\n".encode()
    (tmp_path / name).write_bytes(compress(content) if name.endswith("gz") else content)
    reader = reader_of(tmp_path, name, separator=declared)
    assert read_all(reader).rows() == [("1", note.strip('"')), ("x", "y")]
    assert reader.row_count() == 2
    bad = reader_of(tmp_path, name, separator=declared, columns=(Column("id", INTEGER),))
    audit = bad.audit(["id"])
    assert audit is not None
    with pytest.raises(DataError) as caught:
        bad.verdict(audit.collect().row(0, named=True))
    # The line of the file, as an editor counts it.
    assert caught.value.row == 5 + content.count(b"two")


def test_faults_below_the_line_that_names_the_separator(tmp_path: Path) -> None:
    for content, row in ((b"sep=|\nid|id\n", 2), (b"sep=|\nid|n\n1|2\n3\n", 4), (b'sep=|\nid|"n\n', 2)):
        (tmp_path / "x.csv").write_bytes(content)
        assert fault_of(reader_of(tmp_path, "x.csv")).row == row
    # Nothing to separate by: a header like any other.
    (tmp_path / "x.csv").write_bytes(b"sep=;;\n1\n")
    assert list(reader_of(tmp_path, "x.csv").schema()) == ["sep=;;"]


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet("Orders").write_row(0, 0, ["id", "id"])
        book.add_worksheet("Empty")
    for sheet in ("Order", 3, 0):
        said = f"has no sheet `{sheet}`; it has `Orders`, `Empty`"
        assert said in str(fault_of(reader_of(tmp_path, "x.xlsx", sheet=sheet)))
    assert "the sheet is empty" in str(fault_of(reader_of(tmp_path, "x.xlsx", sheet="Empty")))
    assert "names the column `id` twice" in str(fault_of(reader_of(tmp_path, "x.xlsx")))


# --- columns, in one file and in several ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.parquet", "x.arrow"])
def test_a_table_without_rows_has_its_columns(name: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": pl.Series([], dtype=pl.Int64), "n": pl.Series([], dtype=pl.Float64)})
    match Path(name).suffix:
        case ".parquet":
            frame.write_parquet(tmp_path / name)
        case ".arrow":
            frame.write_ipc(tmp_path / name)
        case suffix:
            frame.write_csv(tmp_path / name, separator="\t" if suffix == ".tsv" else ",")
    reader = reader_of(tmp_path, name, columns=(Column("n", NUMBER), Column("id", INTEGER)))
    assert read_all(reader).schema == {"n": pl.Float64, "id": pl.Int64}
    assert reader.row_count() == 0


def test_a_column_that_no_file_has(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("customer_id,Amount\n1,2\n")
    error = fault_of(reader_of(tmp_path, "x.csv", columns=(Column("amount"),)))
    assert "x.csv has no column `amount`" in str(error)
    assert "`from: Amount`" in str(error)
    assert (error.file, error.column) == ("x.csv", "amount")
    with pytest.raises(DataError, match=r"has no column `zzz`.* Its columns are `customer_id`, `Amount`"):
        reader_of(tmp_path, "x.csv").scan(["zzz"])


def test_files_of_one_source_may_differ_where_it_makes_sense(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1], "n": [1], "x": [None], "t": ["a"], "old": [1]}).write_parquet(
        tmp_path / "a.parquet"
    )
    second = {"t": [2], "x": [2], "n": [1.5], "id": pl.Series([2], dtype=pl.Int16)}
    pl.DataFrame(second).write_parquet(tmp_path / "b.parquet")
    reader = reader_of(tmp_path, "*.parquet")
    assert reader.schema() == {"id": INTEGER, "n": NUMBER, "x": INTEGER, "t": UNSUPPORTED, "old": INTEGER}
    frame = reader.scan(["n", "id", "x"]).collect()
    assert frame.sort("id").rows() == [(1.0, 1, None), (1.5, 2, 2)]
    with pytest.raises(DataError, match=r"b.parquet has no column `old`, but other files") as caught:
        reader.scan(["id", "old"])
    assert caught.value.file == "b.parquet"
    with pytest.raises(DataError, match=r"a.parquet, column `t`: .* but b.parquet holds another type"):
        reader.scan(["t"])
    declared = reader_of(tmp_path, "*.parquet", columns=(Column("t", STRING),))
    assert set(declared.scan(["t"]).collect().to_series()) == {"a", "2"}


def test_the_row_is_that_of_the_file_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,2\n2,3\n")
    (tmp_path / "b.csv").write_text("n,id\n4,3\nx,4\n")
    reader = reader_of(tmp_path, "?.csv", columns=(Column("n", INTEGER),))
    audit = reader.audit(["n"])
    assert audit is not None
    with pytest.raises(DataError, match=r"b.csv, row 3, column `n`: `x`"):
        reader.verdict(audit.collect().row(0, named=True))


def test_a_frame_in_memory_is_a_source_too(tmp_path: Path) -> None:
    source = Source("orders", columns=(Column("n", INTEGER),))
    frame = pl.DataFrame({"n": [1.0, 2.5]})
    for given in (frame, frame.lazy()):
        reader = SourceReader(source, tmp_path, "UTC", frame=given)
        assert reader.files == ()
        assert reader.available()
        assert reader.row_count() == 2
        audit = reader.audit(["n"])
        assert audit is not None
        with pytest.raises(DataError, match=r"The frame given for `orders`, row 2, column `n`: `2\.5`"):
            reader.verdict(audit.collect().row(0, named=True))
