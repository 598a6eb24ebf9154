"""Files become frames of the engine's own types: every format, every type, good and bad values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from gzip import compress
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    UNSUPPORTED,
    Type,
    decimal,
    list_of,
)
from segmentry.engine.sources.read import ReadCount, SourceReader

BERLIN = "Europe/Berlin"


def reader_of(
    root: Path, name: str | Sequence[str], columns: Sequence[Column] = (), **options: Any
) -> SourceReader:
    paths = (name,) if isinstance(name, str) else tuple(name)
    return SourceReader(Source("orders", paths=paths, columns=tuple(columns), **options), root, BERLIN)


def read(reader: SourceReader, *columns: str) -> tuple[pl.DataFrame, tuple[ReadCount, ...]]:
    """What a run does: values and counts in one go, then the verdict."""
    audit = reader.audit(columns)
    if audit is None:
        return reader.scan(columns).collect(), ()
    frame, counts = pl.collect_all([reader.scan(columns), audit])
    return frame, reader.verdict(counts.row(0, named=True))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


# --- texts, in every format that can hold them ---------------------------------------------------------


def write_delimited(separator: str) -> Callable[[Path, Sequence[str | None]], None]:
    def write(path: Path, texts: Sequence[str | None]) -> None:
        frame = pl.DataFrame({"id": range(len(texts)), "value": texts}, schema_overrides={"value": pl.String})
        text = frame.write_csv(separator=separator)
        path.write_bytes(compress(text.encode()) if path.suffix == ".gz" else text.encode())

    return write


def write_excel(path: Path, texts: Sequence[str | None]) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "value"])
        for row, text in enumerate(texts, 1):
            sheet.write_number(row, 0, row)
            sheet.write_string(row, 1, text or "")


def texts_frame(texts: Sequence[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"id": range(len(texts)), "value": pl.Series(texts, dtype=pl.String)})


TEXT_FORMATS: Mapping[str, tuple[Callable[[Path, Sequence[str | None]], None], int]] = {
    # how it is written, and the number of its first row
    "v.csv": (write_delimited(","), 2),
    "v.csv.gz": (write_delimited(","), 2),
    "v.tsv": (write_delimited("\t"), 2),
    "v.xlsx": (write_excel, 2),
    "v.ndjson": (lambda path, texts: texts_frame(texts).write_ndjson(path), 1),
    "v.parquet": (lambda path, texts: texts_frame(texts).write_parquet(path), 1),
    "v.arrow": (lambda path, texts: texts_frame(texts).write_ipc(path), 1),
}

GOOD: list[tuple[Type, list[str | None], list[Any]]] = [
    (STRING, ["Zoë", " x ", 'a "b", c', "007", None], ["Zoë", " x ", 'a "b", c', "007", None]),
    (
        INTEGER,
        ["12", "+12", "-0", " 7 ", "007", "-9223372036854775808", None, " "],
        [12, 12, 0, 7, 7, -(2**63), None, None],
    ),
    (NUMBER, ["0.1", "1e3", "-.5", " 2 ", "nan", "-inf", None], [0.1, 1000.0, -0.5, 2.0, None, None, None]),
    (
        decimal(2),
        ["1.10", "0.125", "0.135", "-0.125", "7", "0.1250000000000000000000000000000000000001", None],
        [110, 12, 14, -12, 700, 13, None],
    ),
    (decimal(0), ["99999999999999999999999999999999999999", "0.5", "1.5"], [10**38 - 1, 0, 2]),
    (BOOLEAN, ["true", "FALSE", " True ", None], [True, False, True, None]),
    (DATE, ["2026-01-31", " 0001-01-01", "9999-12-31", None], [date(2026, 1, 31), date.min, date.max, None]),
    (
        DATETIME,
        ["2026-01-31T12:30:00", "2026-07-01 12:30", "2026-01-31T12:30:00.1234567Z", "2026-01-31T12:30+05:30"],
        [
            utc(2026, 1, 31, 11, 30),
            utc(2026, 7, 1, 10, 30),
            utc(2026, 1, 31, 12, 30, 0, 123456),
            utc(2026, 1, 31, 7),
        ],
    ),
    (DATETIME, ["2026-01-31", " 2026-01-31T00:00 ", None], [utc(2026, 1, 30, 23)] * 2 + [None]),
]

BAD: list[tuple[Type, list[str]]] = [
    (INTEGER, ["1.0", "1e3", "1_000", "twelve", "9223372036854775808"]),
    (NUMBER, ["1,5", "0x10", "1.2.3"]),
    (decimal(2), ["1,50", "EUR 1", "1e", "9999999999999999999999999999999999999.99"]),
    (BOOLEAN, ["yes", "1", "no"]),
    (DATE, ["31.01.2026", "2026-02-30", "2026-1-31", "202601", "0000-01-01", "26-01-31"]),
    (DATETIME, ["31.01.2026 12:00", "2026-01-31T24:00", "2026-01-31T12", "2026-01-31T12:30:60", "today"]),
]


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize(("kind", "texts", "expected"), GOOD, ids=lambda v: getattr(v, "kind", ""))
def test_texts_parse_to_their_declared_type(
    name: str, kind: Type, texts: list[str | None], expected: list[Any], tmp_path: Path
) -> None:
    TEXT_FORMATS[name][0](tmp_path / name, texts)
    column = Column("value", kind, on_more_places="round")
    frame, counts = read(reader_of(tmp_path, name, [column]), "value")
    assert frame["value"].to_list() == expected
    assert [count.fault for count in counts] == (["rounded"] if kind.kind == "decimal" else [])


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize(("kind", "texts"), BAD, ids=lambda v: getattr(v, "kind", ""))
def test_a_text_that_does_not_parse_is_shown_with_its_place(
    name: str, kind: Type, texts: list[str], tmp_path: Path
) -> None:
    write, first = TEXT_FORMATS[name]
    write(tmp_path / name, [None, None, *texts])
    with pytest.raises(DataError) as caught:
        read(reader_of(tmp_path, name, [Column("value", kind)]), "value")
    assert (caught.value.file, caught.value.row, caught.value.column) == (name, first + 2, "value")
    assert f"`{texts[0]}` is not " in str(caught.value)
    assert f"({len(texts) - 1} more like it)" in str(caught.value)
    accepted = reader_of(tmp_path, name, [Column("value", kind, on_bad_value="null")])
    frame, counts = read(accepted, "value")
    assert frame["value"].null_count() == frame.height == len(texts) + 2
    assert counts == (ReadCount("value", "bad", len(texts), len(texts) + 2),)


# --- typed values --------------------------------------------------------------------------------------

BIG = 2**63
NAN = float("nan")
D = Decimal
NOON = datetime(2026, 7, 1, 12)

TYPED: list[tuple[pl.DataType, list[Any], Type | None, list[Any], str]] = [
    # dtype in the file, its values, declared type, canonical values, fault that is counted
    (pl.Int8(), [1, -1, None], None, [1, -1, None], ""),
    (pl.UInt64(), [1, BIG], None, [1, None], "bad"),
    (pl.Int128(), [-1, BIG], INTEGER, [-1, None], "bad"),
    (pl.Float64(), [2.0, 2.5, NAN, 9.3e18], INTEGER, [2, None, None, None], "bad"),
    (pl.Decimal(9, 2), [D("2.00"), D("2.50")], INTEGER, [2, None], "bad"),
    (pl.Float64(), [0.1, NAN, float("inf")], None, [0.1, None, None], ""),
    (pl.Int64(), [2**53 + 1], NUMBER, [float(2**53)], ""),
    (pl.Decimal(12, 2), [D("0.07"), D("1234567.89"), None], NUMBER, [0.07, 1234567.89, None], ""),
    (pl.Decimal(38, 1), [D("922337203685477580.9")], NUMBER, [922337203685477580.9], ""),
    (pl.Decimal(12, 3), [D("0.125"), None], None, [125, None], ""),
    (pl.Decimal(12, 3), [D("0.125"), D("0.135"), D("-0.125")], decimal(2), [12, 14, -12], "rounded"),
    (pl.Decimal(12, 1), [D("0.1")], decimal(3), [100], ""),
    (pl.Decimal(38, 0), [D(1), D(10**37)], decimal(2), [100, None], "bad"),
    (pl.Int64(), [3, BIG - 1], decimal(20), [3 * 10**20, None], "bad"),
    (pl.Float64(), [0.29, 1.005, 0.125, NAN], decimal(2), [29, 100, 12, None], "rounded"),
    (pl.Float64(), [1e40, 1.0], decimal(2), [None, 100], "bad"),
    (pl.Int64(), [7], STRING, ["7"], ""),
    (pl.Float64(), [0.1, NAN], STRING, ["0.1", None], ""),
    (pl.Categorical(), ["a", None], None, ["a", None], ""),
    (pl.Enum(["1", "2"]), ["2", None], INTEGER, [2, None], ""),
    (pl.Datetime("ns"), [datetime(1969, 12, 31, 12)], None, [utc(1969, 12, 31, 11)], ""),
    (pl.Datetime("ms", "America/New_York"), [utc(2026, 7, 1, 12)], None, [utc(2026, 7, 1, 12)], ""),
    (pl.Datetime("us"), [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)], DATETIME,
     [utc(2026, 3, 29, 1, 30), utc(2026, 10, 25, 0, 30)], ""),
    (pl.Datetime("us", "UTC"), [utc(2026, 7, 1, 22)], DATE, [date(2026, 7, 2)], ""),
    (pl.Date(), [date(2026, 7, 1)], DATETIME, [utc(2026, 6, 30, 22)], ""),
    (pl.Date(), [date(2026, 7, 1)], STRING, ["2026-07-01"], ""),
    (pl.List(pl.String), [["b", None], [], None], None, [["b"], [], None], ""),
    (pl.List(pl.Float32), [[1.5, NAN, None]], Type("list"), [[1.5]], ""),
    (pl.List(pl.UInt64), [[1, None], [BIG]], None, [[1], []], "bad"),
    (pl.Array(pl.Int16, 2), [[1, 2], None], None, [[1, 2], None], ""),
    (pl.Null(), [None, None], None, [None, None], ""),
    (pl.Null(), [None], decimal(2), [None], ""),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "values", "kind", "expected", "fault"), TYPED, ids=str)
def test_typed_values_become_canonical_ones(
    dtype: pl.DataType, values: list[Any], kind: Type | None, expected: list[Any], fault: str, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"v": pl.Series(values, dtype=dtype, strict=False)})
    columns = [Column("v", kind, on_bad_value="null", on_more_places="round")]
    source = Source("orders", columns=tuple(columns))
    readers = [SourceReader(source, tmp_path, BERLIN, frame=frame)]
    if dtype != pl.Null:
        frame.write_parquet(tmp_path / "v.parquet")
        readers.append(reader_of(tmp_path, "v.parquet", columns))
    for reader in readers:
        result, counts = read(reader, "v")
        assert result["v"].to_list() == expected
        assert [count.fault for count in counts] == ([fault] if fault else [])


@pytest.mark.parametrize(
    "zone", ["+05:30", "-08:00", "Z", "UTC+1", "Etc/GMT+5", "GMT", "Europe/Berlin", "+0100"]
)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_times_of_any_zone_are_the_instants_they_are(zone: str, ending: str, tmp_path: Path) -> None:
    arrow: Any = import_module("pyarrow")
    noon = utc(2026, 7, 1, 12)
    for index, named in enumerate([zone, "UTC"]):
        kind = arrow.timestamp("ns", named)
        table = arrow.table(
            {"at": arrow.array([noon, None], kind), "all": arrow.array([[noon], []], arrow.list_(kind))}
        )
        path = tmp_path / f"{index}.{ending}"
        if ending == "parquet":
            import_module("pyarrow.parquet").write_table(table, path)
        else:
            import_module("pyarrow.feather").write_feather(table, path)
    reader = reader_of(tmp_path, f"*.{ending}")
    assert reader.schema() == {"at": DATETIME, "all": list_of(DATETIME)}
    frame, _ = read(reader, "at", "all")
    assert frame.rows() == [(noon, [noon]), (None, [])] * 2
    days = reader_of(tmp_path, f"*.{ending}", [Column("at", DATE, values=(date(2026, 7, 2),))])
    with pytest.raises(DataError, match="is none of the values") as caught:
        read(days, "at")
    assert caught.value.row == 1


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        (pl.Int64(), BOOLEAN),
        (pl.Boolean(), INTEGER),
        (pl.Date(), NUMBER),
        (pl.Datetime("us"), STRING),
        (pl.String(), Type("list")),
        (pl.Duration("us"), None),
    ],
)
def test_types_that_do_not_go_together_are_an_error_when_used(
    dtype: pl.DataType, kind: Type | None, tmp_path: Path
) -> None:
    pl.DataFrame({"v": pl.Series([], dtype=dtype), "w": []}).write_parquet(tmp_path / "v.parquet")
    reader = reader_of(tmp_path, "v.parquet", [Column("v", kind)])
    assert reader.scan(["w"]).collect().height == 0
    assert kind is not None or reader.schema()["v"] == UNSUPPORTED
    with pytest.raises(DataError, match="`v`: the file holds") as caught:
        reader.scan(["v"])
    assert caught.value.column == "v"


def test_numbers_in_json_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = '{"a": 0.545, "b": 7, "c": [1, null], "d": {"e": 1}}\n\n{"a": 2, "c": []}\n'
    (tmp_path / "v.jsonl").write_text(text)
    reader = reader_of(tmp_path, "v.jsonl", [Column("a", decimal(2), on_more_places="round")])
    assert reader.schema() == {"a": decimal(2), "b": INTEGER, "c": list_of(INTEGER), "d": UNSUPPORTED}
    frame, _ = read(reader, "c", "a", "b")
    # Read as a double, 0.545 · 100 would be 54.50000000000001.
    assert frame.rows() == [([1], 54, 7), ([], 200, None)]
    assert reader.row_count() == 2


def test_cells_of_excel_are_read_as_they_are_meant(tmp_path: Path) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "v.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("Notes").write_string(0, 0, "nothing here")
        sheet = book.add_worksheet("Data")
        sheet.write_row(2, 0, ["n", "day", "at", "yes", None, "text"])
        sheet.write_row(3, 0, [12.0, date(2026, 1, 31), datetime(2026, 1, 31, 12, 30), True, "x", 0.1 + 0.2])
        sheet.write_row(5, 0, ["n/a"])
    kinds = {"n": INTEGER, "day": DATE, "at": DATETIME, "yes": BOOLEAN}
    columns = [Column(name, kind, on_bad_value="null") for name, kind in kinds.items()]
    for sheet_name in ("Data", 2):
        reader = reader_of(tmp_path, "v.xlsx", columns, sheet=sheet_name)
        assert list(reader.schema()) == [*kinds, "text"]
        frame, _ = read(reader, *reader.schema())
        first = (12, date(2026, 1, 31), utc(2026, 1, 31, 11, 30), True, "0.3")
        assert frame.rows() == [first, (None,) * 5]
    with pytest.raises(DataError, match="`n/a` is not a whole number") as caught:
        read(reader_of(tmp_path, "v.xlsx", [Column("n", INTEGER)], sheet="Data"), "n")
    assert caught.value.row == 6


# --- contracts -----------------------------------------------------------------------------------------


def test_the_schema_is_the_contract_and_what_else_the_file_has(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1], "Total (EUR)": [1.5], "old": ["x"], "n": [1]}).write_parquet(
        tmp_path / "v.parquet"
    )
    columns = [Column("amount", decimal(2), source_name="Total (EUR)"), Column("old", pii="quasi")]
    reader = reader_of(tmp_path, "v.parquet", [*columns, Column("n", days_since_previous=True)])
    assert reader.schema() == {"amount": decimal(2), "old": STRING, "id": INTEGER}
    assert reader.scan(["old", "amount"]).collect().to_dicts() == [{"old": "x", "amount": 150}]


@pytest.mark.parametrize("policy", ["error", "keep", "null"])
@pytest.mark.parametrize(
    ("kind", "texts", "values"),
    [
        (STRING, ["DE", "NO", None], ("DE", "AT")),
        (INTEGER, ["1", "7", None], (1, 2)),
        (decimal(2), ["0.50", "7", None], ("0.5", "1")),
        (BOOLEAN, ["true", "false", None], (True,)),
    ],
)
def test_values_outside_those_named(
    policy: Any, kind: Type, texts: list[str], values: tuple[Any, ...], tmp_path: Path
) -> None:
    write_delimited(",")(tmp_path / "v.csv", texts)
    column = Column("value", kind, values=values, on_unknown_value=policy)
    reader = reader_of(tmp_path, "v.csv", [column])
    if policy == "error":
        with pytest.raises(DataError, match=f"row 3, column `value`: `{texts[1]}` is none of") as caught:
            read(reader, "value")
        assert caught.value.row == 3
        return
    frame, counts = read(reader, "value")
    assert counts == (ReadCount("value", "unknown", 1, 3),)
    assert [value is None for value in frame["value"]] == [False, policy == "null", True]


def test_an_error_shows_five_columns_and_no_personal_data(tmp_path: Path) -> None:
    names = [f"c{index}" for index in range(7)]
    (tmp_path / "v.csv").write_text(f"{','.join(names)}\n{','.join(['x' * 60] * 7)}\n")
    columns = [Column(name, INTEGER, pii="direct" if name == "c0" else None) for name in names]
    with pytest.raises(DataError) as caught:
        read(reader_of(tmp_path, "v.csv", columns), *names)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert "`•••`" in lines[0]
    assert "xx" not in lines[0]
    assert f"`{'x' * 39}…`" in lines[1]


# --- how it is read ------------------------------------------------------------------------------------


def test_what_a_file_guarantees_is_not_audited_and_not_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1], "b": ["x"], "c": [NOON], "d": [D("1.5")], "unused": [1]})
    frame.write_parquet(tmp_path / "v.parquet")
    reader = reader_of(tmp_path, "v.parquet")
    assert reader.audit(["a", "b", "c", "d"]) is None
    plan = reader.scan(["a", "b"]).filter(pl.col("a") == 1).explain()
    assert "PROJECT 2/5 COLUMNS" in plan
    assert "SELECTION" in plan


@pytest.mark.parametrize("name", ["v.csv", "v.parquet"])
def test_reading_streams_and_values_and_audit_share_it(name: str, tmp_path: Path) -> None:
    rows = 1_000_000
    number = pl.int_range(rows, eager=True)
    frame = pl.select(id=number, amount=(number % 1000) / 100, at=pl.lit(NOON))
    frame.write_csv(tmp_path / name) if name.endswith("csv") else frame.write_parquet(tmp_path / name)
    columns = [Column("id", INTEGER), Column("amount", decimal(2)), Column("at", DATETIME)]
    reader = reader_of(tmp_path, name, columns)
    scan, audit = reader.scan(["id", "amount", "at"]), reader.audit(["id", "amount", "at"])
    assert audit is not None
    graph = scan.show_graph(engine="streaming", plan_stage="physical", raw_output=True)
    assert graph is not None
    assert "in-memory-map" not in graph
    total = scan.select(pl.col("amount").sum(), pl.len())
    moments = reader.scan(["at"]).select(pl.col("at").n_unique())
    if name.endswith("csv"):
        assert pl.explain_all([total, moments, audit]).count("python_udf") == 1
    result, moment, counts = pl.collect_all([total, moments, audit])
    assert result.row(0) == (sum(range(1000)) * rows // 1000, rows)
    assert moment.item() == 1
    assert reader.verdict(counts.row(0, named=True)) == ()


# --- more places than the scale ------------------------------------------------------------------------

PLACES: list[tuple[pl.DataType, list[Any], int, float]] = [
    # dtype in the file, values of which some have more than two places, how many, by how much at most
    (pl.String(), ["1.50", "1.500", "1.504", " 2.9951 ", "-1.005", "15e-3", "1e3", "1.5e-2"], 5, 0.005),
    (pl.String(), ["9" * 33 + ".994", "1.000000001", "0.35000000000000003", "1.001"], 3, 0.005),
    (pl.Decimal(12, 4), [D("1.5000"), D("1.5049"), None, D("-7.0001")], 2, 0.0049),
    (pl.Float64(), [0.29, 19.999999, 1.504, NAN, 19.9899999999, 123456789012.34], 2, 0.004),
]


@pytest.mark.parametrize(("dtype", "values", "rows", "most"), PLACES, ids=str)
def test_more_places_are_counted_and_measured(
    dtype: pl.DataType, values: list[Any], rows: int, most: float, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"v": pl.Series(values, dtype=dtype)})
    columns = (Column("v", decimal(2), on_more_places="round"),)
    _, counts = read(SourceReader(Source("orders", columns=columns), tmp_path, BERLIN, frame=frame), "v")
    (count,) = counts
    assert (count.fault, count.rows, count.of) == ("rounded", rows, len(values))
    assert count.most == pytest.approx(most)


@pytest.mark.parametrize(
    ("policy", "more", "refused"),
    [(None, 1, False), (None, 2, True), ("error", 1, True), ("round", 900, False)],
)
def test_more_places_are_an_error_above_one_row_in_a_thousand(
    policy: Any, more: int, refused: bool, tmp_path: Path
) -> None:
    write_delimited(",")(tmp_path / "v.csv", ["1.00"] * (1000 - more) + ["1.009"] * more)
    reader = reader_of(tmp_path, "v.csv", [Column("value", decimal(2), on_more_places=policy)])
    if not refused:
        _, counts = read(reader, "value")
        assert [(count.fault, count.rows) for count in counts] == [("rounded", more)]
        return
    with pytest.raises(DataError, match="on_more_places") as caught:
        read(reader, "value")
    assert (caught.value.file, caught.value.row, caught.value.column) == ("v.csv", 1002 - more, "value")
