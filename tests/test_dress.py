"""Values as people and systems write them: each key, in every format that holds texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import DataError
from tests.dressed_files import reader_of, typed, values, write
from tests.test_read import TEXT_FORMATS, read, utc

MONEY = {"type": "decimal", "scale": 2}
NUMBER = {"type": "number"}
DAY, MOMENT = {"type": "date"}, {"type": "datetime"}
LIST = {"type": "list"}
JAN_31 = date(2026, 1, 31)

Case = tuple[dict[str, Any], list[str | None], list[Any], list[str]]

CASES: dict[str, Case] = {
    # the contract; texts, what they are; texts that are bad values
    "iso days": (
        DAY,
        [
            "2026-01-31",
            "20260131",
            "2026-01-31 00:00:00",
            "2026-01-31T00:00",
            "2026-01-31T00:00:00.000",
            None,
        ],
        [JAN_31] * 5 + [None],
        ["2026-01-31T10:00", "2026-1-31", "20260230", "2026013", "31.01.2026", "2026-01-31T00:00Z"],
    ),
    "iso moments": (
        MOMENT,
        [
            "2026-10-31 23:30:00 +0200",
            "2026-10-31T21:30:00 UTC",
            "2026-10-31 22:30",
            "2026-10-31 9:05",
            "2026-10-31T9:05:00.5Z",
            "20261031",
            "2026-10-31T23:30+02:00",
            "2026-10-31 23:30:00+0200",
            "2026-10-31 00:00:00",
        ],
        [
            utc(2026, 10, 31, 21, 30),
            utc(2026, 10, 31, 21, 30),
            utc(2026, 10, 31, 21, 30),
            utc(2026, 10, 31, 8, 5),
            utc(2026, 10, 31, 9, 5, 0, 500_000),
            utc(2026, 10, 30, 23),
            utc(2026, 10, 31, 21, 30),
            utc(2026, 10, 31, 21, 30),
            utc(2026, 10, 30, 23),
        ],
        ["2026-10-31 24:00", "2026-10-31 9:5", "2026-10-31 CET", "2026-10-31 10:00 +2", "202610310905"],
    ),
    "day_first": (
        DAY | {"format": "day_first"},
        [
            "31.01.2026",
            "31/1/2026",
            "31-01-2026 00:00",
            "2026-01-31",
            " 31.1.2026 ",
            "31.01.2026 12:00 AM",
            None,
        ],
        [JAN_31] * 6 + [None],
        ["01/31/2026", "31.01.26", "31.01/2026", "20260131", "31.02.2026", "31.01.2026 10:00", "31.01.02026"],
    ),
    "day_first with time": (
        MOMENT | {"format": "day_first"},
        [
            "31.10.2026 14:05",
            "31/10/2026, 2:05:09 PM",
            "31.10.2026 2:05 p.m.",
            "31-10-2026T14:05:09.25",
            "31.10.2026 14:05 +0200",
            "31.10.2026",
            "31.10.2026 12:05 am",
        ],
        [
            utc(2026, 10, 31, 13, 5),
            utc(2026, 10, 31, 13, 5, 9),
            utc(2026, 10, 31, 13, 5),
            utc(2026, 10, 31, 13, 5, 9, 250_000),
            utc(2026, 10, 31, 12, 5),
            utc(2026, 10, 30, 23),
            utc(2026, 10, 30, 23, 5),
        ],
        ["31.10.2026 14:05 PM", "31.10.2026 24:00", "10/31/2026", "31.10.2026 14"],
    ),
    "month_first": (
        MOMENT | {"format": "month_first"},
        ["12/1/2010 8:26", "10/31/2026, 2:05:00\u202fPM", "01-31-2026"],
        [utc(2010, 12, 1, 7, 26), utc(2026, 10, 31, 13, 5), utc(2026, 1, 30, 23)],
        ["31/10/2026", "12/1/10 8:26"],
    ),
    "year_first": (
        DAY | {"format": "year_first"},
        ["2026/1/31", "2026.01.31", "2026-1-31", "2026-01-31"],
        [JAN_31] * 4,
        ["31.01.2026", "26/1/31"],
    ),
    "a pattern": (
        MOMENT | {"format": "%d-%b-%y %I:%M %p"},
        ["31-Jan-26 02:05 PM", "1-feb-26 12:00 am", "2026-01-31T14:05"],
        [utc(2026, 1, 31, 13, 5), utc(2026, 1, 31, 23), utc(2026, 1, 31, 13, 5)],
        ["31-Jan-2026 02:05 PM", "31-Jan-26 14:05", "31.01.2026"],
    ),
    "a pattern of a day": (DAY | {"format": "%Y%j"}, ["2026031"], [JAN_31], ["202631", "2026366"]),
    "a pattern with an offset": (
        MOMENT | {"format": "%d/%b/%Y:%H:%M:%S %z"},
        ["31/Jan/2026:14:05:06 +0100"],
        [utc(2026, 1, 31, 13, 5, 6)],
        ["31/Jan/2026:14:05:06"],
    ),
    "patterns in turn": (
        DAY | {"format": ["%d.%m.%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M"]},
        ["31.01.2026", "1/31/2026", "31.01.2026 23:59"],
        [JAN_31] * 3,
        ["31/01/2026", "1.31.2026"],
    ),
    "unix_seconds": (
        MOMENT | {"format": "unix_seconds", "missing_values": [0]},
        ["1767225600", "1767225600.25", "0", None],
        [utc(2026, 1, 1), utc(2026, 1, 1, 0, 0, 0, 250_000), None, None],
        ["1767225600000", "yesterday"],
    ),
    "unix_milliseconds": (
        DAY | {"format": "unix_milliseconds"},
        ["1769813999999", "1769900400000"],
        [date(2026, 1, 30), date(2026, 2, 1)],
        ["today", "99999999999999999"],
    ),
    "excel_serial": (
        MOMENT | {"format": "excel_serial"},
        ["46053.5868055556", "46053", "2026-01-31", "61"],
        [utc(2026, 1, 31, 13, 5), utc(2026, 1, 30, 23), utc(2026, 1, 30, 23), utc(1900, 2, 28, 23)],
        ["0", "60", "99999999"],
    ),
    "decimal comma": (
        MONEY | {"decimal": ","},
        ["12,5", "-1234,50", "7", "1,5e1", ",5", " 3, ", None, " "],
        [1250, -123450, 700, 1500, 50, 300, None, None],
        ["12.50", "1.234,50", "1,2,3", "€ 5"],
    ),
    "thousands": (
        MONEY | {"decimal": ",", "thousands": "."},
        ["1.234,56", "1.234.567", "1234,5", "12,00", "-1.000,00"],
        [123456, 123456700, 123450, 1200, -100000],
        ["12.50", "1.23.456", "1234.567", "0.123", "1,234", "1.234,567.890"][:4],
    ),
    "thousands of a space": (
        MONEY | {"decimal": ",", "thousands": " ", "unit": "EUR"},
        ["1 234,50", "1\u00a0234,50 €", "EUR 1\u202f234\u202f567,00"],
        [123450, 123450, 123456700],
        ["1 23,50", "12 345 67", "$1"],
    ),
    "thousands of an apostrophe": (
        MONEY | {"thousands": "'", "unit": "CHF"},
        ["1'234.50", "CHF 1’234.50", "Fr. 1'000"],
        [123450, 123450, 100000],
        ["1'23.50", "1,234.50"],
    ),
    "whole numbers": (
        {"type": "integer", "thousands": ","},
        ["1,234", "12", "(5)", "1,234,567-"],
        [1234, 12, -5, -1234567],
        ["1,23", "12.5", "1e3"],
    ),
    "currency": (
        MONEY | {"unit": "EUR"},
        ["12.50", "€12.50", "12.50 €", "EUR 12.50", "-€12.50", "€-12.50", "(€12.50)", "12.50- EUR"],
        [1250, 1250, 1250, 1250, -1250, -1250, -1250, -1250],
        ["$12.50", "12.50 USD", "€ 12.50 €", "12,50", "(12.50", "-(12.50)", "--12.50", "€"],
    ),
    "dollars": (
        NUMBER | {"unit": "USD", "thousands": ","},
        ["$1,234.5", "US$ 2", "(1.5)", "1.5-", "1e3"],
        [1234.5, 2.0, -1.5, -1.5, 1000.0],
        ["€2", "C$2"],
    ),
    "percent": (
        {"type": "decimal", "scale": 3, "percent": True, "decimal": ","},
        ["12,5 %", "-3%", "(1,5%)", "100 %"],
        [125, -30, -15, 1000],
        ["12,5", "12.5 %", "%", "1e2%"],
    ),
    "percent as a number": (NUMBER | {"percent": True}, ["12.5%", "7\u00a0%"], [0.125, 0.07], ["7"]),
    "truths": (
        {"type": "boolean", "true_values": ["yes", "ja", "SUBSCRIBED", 1], "false_values": ["no", "nein", 0]},
        ["yes", "JA", "Subscribed", "no", " Nein ", "1", "0", "true", "FALSE", None],
        [True, True, True, False, False, True, False, True, False, None],
        ["maybe", "2", "yes!"],
    ),
    "missing": (
        MONEY | {"missing_values": ["NA", "-", "NULL", "#N/A"]},
        ["NA", " - ", "NULL", "#N/A", "1.5", None],
        [None, None, None, None, 150, None],
        ["na", "--"],
    ),
    "missing texts": ({"type": "string", "missing_values": ["NA"]}, ["NA", "na", "x"], [None, "na", "x"], []),
    "split": (
        LIST | {"split": "|"},
        ["PHP|Javascript", " PHP | | C ", "PHPUnit", "|", " ", None],
        [["PHP", "Javascript"], ["PHP", "C"], ["PHPUnit"], [], None, None],
        [],
    ),
    "split and cleaned": (
        LIST | {"split": ";", "clean": ["lower", "collapse_spaces"], "missing_values": ["none"]},
        ["A;b  c", "none"],
        [["a", "b c"], None],
        [],
    ),
    "json": (
        LIST | {"json": True},
        ['["a", " b "]', '[1, 2.50, true, null, ""]', "[]", None],
        [["a", "b"], ["1", "2.50", "true"], [], None],
        ["a", '{"a": 1}', '["a"', "[[1]]", '"a"'],
    ),
    "clean": (
        {"clean": ["no_zero_width", "strip", "collapse_spaces", "lower", "nfc"]},
        [" Zoe\u0308\u200b ", "A\u00a0 b", "\ufeff", None],
        ["zoë", "a b", None, None],
        [],
    ),
    "digits and zeros": (
        {"type": "string", "clean": "digits", "pad": 8},
        ["DE-4711", "123456789", "n/a"],
        ["00004711", "123456789", None],
        [],
    ),
}


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_a_value_is_read_as_its_dress_says(case: str, name: str, tmp_path: Path) -> None:
    contract, texts, expected, _ = CASES[case]
    write(tmp_path, name, texts)
    assert values(reader_of(tmp_path, name, contract)) == expected


@pytest.mark.parametrize("name", ["v.csv", "v.xlsx", "v.ndjson", "v.parquet"])
@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][3]])
def test_a_value_of_another_dress_is_bad(case: str, name: str, tmp_path: Path) -> None:
    contract, good, meant, bad = CASES[case]
    write(tmp_path, name, [good[0], *bad])
    with pytest.raises(DataError) as caught:
        values(reader_of(tmp_path, name, contract))
    assert caught.value.row == TEXT_FORMATS[name][1] + 1
    assert f"`{bad[0]}`" in str(caught.value)
    assert (f"({len(bad) - 1} more like it)" in str(caught.value)) == (len(bad) > 1)
    frame, counts = read(reader_of(tmp_path, name, contract | {"on_bad_value": "null"}), "value")
    assert frame["value"].null_count() == len(bad) + (meant[0] is None)
    assert [(count.fault, count.rows) for count in counts if count.fault == "bad"] == [("bad", len(bad))]


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_nothing_and_one_row_and_all_missing_are_fine(case: str, name: str, tmp_path: Path) -> None:
    contract, texts, expected, _ = CASES[case]
    for rows, wanted in (([texts[0]], [expected[0]]), ([None], [None]), ([None, None, None], [None] * 3)):
        write(tmp_path, name, rows)
        assert values(reader_of(tmp_path, name, contract)) == wanted
    if not name.endswith("ndjson"):
        write(tmp_path, name, [])
        assert values(reader_of(tmp_path, name, contract)) == []


# --- values of a file's own types -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v.parquet", "v.arrow", "v.ndjson"])
@pytest.mark.parametrize(
    ("contract", "series", "expected"),
    [
        (
            MOMENT | {"format": "unix_seconds", "missing_values": [0]},
            [1767225600, 0],
            [utc(2026, 1, 1), None],
        ),
        (MOMENT | {"format": "unix_seconds"}, [1767225600.5], [utc(2026, 1, 1, 0, 0, 0, 500_000)]),
        (DAY | {"format": "excel_serial"}, [46053.9], [JAN_31]),
        (DAY, [20260131], [JAN_31]),
        (DAY | {"format": "%Y%m%d"}, [20260131], [JAN_31]),
        ({"type": "boolean", "true_values": [1], "false_values": [0]}, [1, 0, None], [True, False, None]),
        (MONEY | {"decimal": ",", "thousands": "."}, [1.234, 12.5, 1200.0], [123, 1250, 120000]),
        ({"type": "string", "pad": 5}, [42, 123456], ["00042", "123456"]),
        ({"type": "integer", "missing_values": [-1]}, [-1, 3], [None, 3]),
        (NUMBER | {"missing_values": ["-1", "NA"]}, [-1.0, 3.5], [None, 3.5]),
        (LIST | {"split": ";", "clean": "lower"}, [["A ", "b"], []], [["a", "b"], []]),
    ],
    ids=str,
)
def test_typed_values_are_taken_as_what_they_are(
    name: str, contract: dict[str, Any], series: list[Any], expected: list[Any], tmp_path: Path
) -> None:
    typed(tmp_path, name, pl.Series(series))
    assert (
        values(
            reader_of(tmp_path, name, contract | ({"on_more_places": "round"} if "scale" in contract else {}))
        )
        == expected
    )


def test_numbers_and_texts_of_one_sheet_are_told_apart(tmp_path: Path) -> None:
    """A cell that holds the number 1.234 is that number, the text 1.234 with marks of thousands is 1234."""
    xlsxwriter: Any = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "v.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "value"])
        sheet.write_number(1, 0, 1)
        sheet.write_number(1, 1, 1.234)
        sheet.write_number(2, 0, 2)
        sheet.write_string(2, 1, "1.234")
        sheet.write_number(3, 0, 3)
        sheet.write_string(3, 1, "1,5")
    contract = NUMBER | {"decimal": ",", "thousands": "."}
    assert values(reader_of(tmp_path, "v.xlsx", contract)) == [1.234, 1234.0, 1.5]


def test_numbers_among_texts_in_json_are_refused_where_they_can_be_misread(tmp_path: Path) -> None:
    (tmp_path / "v.ndjson").write_text('{"id": 1, "value": "1,5"}\n{"id": 2, "value": 1.234}\n')
    contract = NUMBER | {"decimal": ","}
    with pytest.raises(DataError, match="a number among texts") as caught:
        values(reader_of(tmp_path, "v.ndjson", contract))
    assert caught.value.row == 2


def test_dates_of_a_workbook_stand_beside_texts(tmp_path: Path) -> None:
    xlsxwriter: Any = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "v.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "value"])
        sheet.write_row(1, 0, ["1", "31.01.2026"])
        sheet.write_string(2, 0, "2")
        sheet.write_datetime(2, 1, datetime(2026, 1, 31), book.add_format({"num_format": "dd.mm.yyyy"}))
    for form in ("day_first", "%d.%m.%Y"):
        assert values(reader_of(tmp_path, "v.xlsx", DAY | {"format": form})) == [JAN_31] * 2


# --- time zones -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("29.03.2026 02:30", utc(2026, 3, 29, 1, 30)),  # does not exist in Berlin: forward by the gap
        ("25.10.2026 02:30", utc(2026, 10, 25, 0, 30)),  # twice in Berlin: the earlier one
        ("25.10.2026 02:30 +0100", utc(2026, 10, 25, 1, 30)),
        ("25.10.2026 02:30:00 UTC", utc(2026, 10, 25, 2, 30)),
    ],
)
def test_local_times_follow_the_zone_of_the_workspace(text: str, instant: datetime, tmp_path: Path) -> None:
    write(tmp_path, "v.csv", [text])
    assert values(reader_of(tmp_path, "v.csv", MOMENT | {"format": "day_first"})) == [instant]


def test_an_instant_has_the_date_of_the_zone(tmp_path: Path) -> None:
    write(tmp_path, "v.csv", ["1767222000"])  # 2025-12-31 23:00 in UTC
    contract = DAY | {"format": "unix_seconds"}
    for zone, day in (("Europe/Berlin", date(2026, 1, 1)), ("UTC", date(2025, 12, 31))):
        assert values(reader_of(tmp_path, "v.csv", contract, zone)) == [day]
    assert datetime.fromtimestamp(1767222000, UTC).date() == date(2025, 12, 31)
