"""Rule tests whose cases are the lines of a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine import RuleError, Workspace, check
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.ruletests.results import TestReport
from tests.tested_shop import make_shop, messages, report_of

HEAD = "defaults: {country: DE, orders_12m: 3, days_since_order: 20, spend_12m: 30}"
CSV = "rules/value.cases.csv"
VALUE_DRIVEN = "  - {name: value, segment: value-driven, cases: value.cases.csv}"
ASSIGNED = "  - {name: value, cases: value.cases.csv}"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


def _report(
    shop: Path, table: str | bytes, tests: str = VALUE_DRIVEN, rules: str = "motive", head: str = HEAD
) -> TestReport:
    raw = table if isinstance(table, bytes) else table.encode()
    (shop / CSV).write_bytes(raw)
    return report_of(shop, tests, rules, head)


def _statuses(report: TestReport) -> list[str]:
    assert [messages(case) for case in report.cases if case.problems] == []
    return [case.status for case in report.cases]


def _faults(shop: Path, table: str | bytes, tests: str = VALUE_DRIVEN) -> list[Diagnostic]:
    with pytest.raises(RuleError) as raised:
        _report(shop, table, tests)
    return list(raised.value.diagnostics)


def test_each_line_is_a_case_and_a_failure_names_the_file_and_its_line(shop: Path) -> None:
    table = """name,discount_share,country,expect,because
enough,0.5,,in,
,0.49,,out,discount_share at_least 0.5
,null,,out,
elsewhere,0.9,AT,out,country is DE

,0.6,,out,
,0.6,,todo,
"""
    report = _report(shop, table)
    assert _statuses(report) == ["passed", "passed", "passed", "passed", "failed", "todo"]
    assert [case.label for case in report.cases[:2]] == ["enough", "case 2"]
    failed = report.cases[4]
    assert (failed.file, failed.at.span.line) == (CSV, 7)
    assert failed.differences == ("expected out, found in (`value-driven`)",)
    result = CliRunner().invoke(app, ["test", "-w", str(shop), "--format", "github"])
    assert result.stdout.startswith(f"::error file={CSV},line=7,")


def test_an_empty_cell_is_not_given_and_null_is_missing(shop: Path) -> None:
    report = _report(shop, "discount_share,country,expect\n0.5,,in\n0.5,null,out\n,,in\n")
    assert [case.status for case in report.cases] == ["passed", "passed", "error"]
    error = report.cases[2]
    assert (error.file, error.at.span.line) == (CSV, 4)
    assert "reads `discount_share`" in messages(error)
    assert "is a column" in messages(error)


def test_without_a_segment_the_assigned_one_is_expected(shop: Path) -> None:
    table = """discount_share,size,expect,also
0.6,large,value-driven,large
0.6,small,value-driven,large
0.4,large,large,
0.4,small,unclear,
0.4,large,larg,
"""
    report = _report(shop, table, ASSIGNED)
    assert [case.status for case in report.cases] == ["passed", "failed", "passed", "passed", "error"]
    (problem,) = report.cases[4].problems
    assert (problem.file, problem.span.line, problem.hint) == (CSV, 6, "did you mean `large`?")
    table = "orders_12m,spend_12m,expect\n0,null,null\n1,null,frequent\n"
    assert _statuses(_report(shop, table, ASSIGNED, "value", "")) == ["passed", "passed"]


def test_segments_are_separated_by_spaces_and_null_is_none(shop: Path) -> None:
    tests = "  - {name: gone, segment: gone, cases: value.cases.csv}"
    table = "segments,expect\naway,in\naway top-spenders,out\nnull,out\n"
    assert _statuses(_report(shop, table, tests, "reach")) == ["passed"] * 3


@pytest.mark.parametrize(
    ("segment", "column", "cells"),
    [
        ("newcomers", "joined_on", {"2026-02-28": "in", "2026-01-29": "out", "10 days ago": "in"}),
        ("skiers", "interests", {'"[ski, bike]"': "in", "[]": "out", "[bike]": "out"}),
        ("top-spenders", "top_spender", {"true": "in", "FALSE": "out"}),
    ],
)
def test_cells_are_typed_like_the_trait(shop: Path, segment: str, column: str, cells: dict[str, str]) -> None:
    lines = "".join(f"{cell},{expect}\n" for cell, expect in cells.items())
    tests = f"  - {{name: one, segment: {segment}, cases: value.cases.csv}}"
    assert set(_statuses(_report(shop, f"{column},expect\n{lines}", tests, "reach"))) == {"passed"}


def test_what_looks_like_a_number_is_the_text_of_a_text_trait(shop: Path) -> None:
    rules = "segmentation: s\nassign: every_match\nsegments: [{id: g, when: {trait: country, is: '049'}}]\n"
    (shop / "rules" / "s.yaml").write_text(rules, "utf-8")
    tests = "  - {name: one, segment: g, cases: value.cases.csv}"
    report = _report(shop, "country,expect\n049,in\n49,out\ntrue,out\n", tests, "s", "")
    assert _statuses(report) == ["passed"] * 3


def test_columns_that_nothing_declares_have_the_type_of_their_cells(shop: Path) -> None:
    rules = "segmentation: s\nassign: every_match\nsegments: [{id: g, when: {trait: points, at_least: 5}}]\n"
    (shop / "rules" / "s.yaml").write_text(rules, "utf-8")
    head = (shop / "segmentry.yaml").read_text("utf-8")
    columns = head[head.index("    columns:") : head.index("  orders:")]
    (shop / "segmentry.yaml").write_text(
        head.replace(columns, "").replace("    where: {column: is_test, is: false}\n", ""), "utf-8"
    )
    for name in ("traits", "motive", "reach", "value"):
        (shop / "rules" / f"{name}.yaml").unlink()
    tests = "  - {name: one, segment: g, cases: value.cases.csv}"
    assert _statuses(_report(shop, "points,expect\n5,in\n4.5,out\n", tests, "s", "")) == ["passed"] * 2


@pytest.mark.parametrize(
    ("cell", "words"),
    [("0,5", "decimals have a point: 0.5"), ("half", "a number is expected"), ("NULL", "the text `NULL`")],
)
def test_a_cell_that_does_not_fit_is_reported_with_its_line(shop: Path, cell: str, words: str) -> None:
    report = _report(shop, f"discount_share;expect\n0.5;in\n{cell};in\n")
    assert [case.status for case in report.cases] == ["passed", "error"]
    (problem,) = report.cases[1].problems
    assert (problem.code, problem.file, problem.span.line) == ("value-type", CSV, 3)
    assert words in messages(report.cases[1])


@pytest.mark.parametrize(
    "table",
    [
        b"\xef\xbb\xbfdiscount_share,expect\r\n0.5,in\r\n0.4,out\r\n",
        b"discount_share;expect\r\n0.5;in\r\n0.4;out\r\n;\r\n",
        b'"discount_share", "expect"\n"0.5", "in"\n0.4 , out',
        b"discount_share,expect;\n".replace(b";", b"") + b'0.5,in\n"0.4","out"\n',
    ],
)
def test_what_spreadsheets_write_can_be_read(shop: Path, table: bytes) -> None:
    assert _statuses(_report(shop, table)) == ["passed", "passed"]


def test_a_semicolon_separates_only_where_the_header_has_no_comma(shop: Path) -> None:
    table = "discount_share,expect,name\n0.5,in,a;b\n"
    assert [case.label for case in _report(shop, table).cases] == ["a;b"]


def test_an_unknown_column_is_one_error_with_a_suggestion(shop: Path) -> None:
    table = "discount_shar,becaus,expect\n0.5,,in\n0.6,,in\n"
    (result,) = _report(shop, table).cases
    assert (result.status, result.file, result.at.span.line) == ("error", CSV, 1)
    assert [problem.hint for problem in result.problems] == [
        "did you mean `discount_share`?",
        "did you mean `because`?",
    ]
    found = [d for d in check(Workspace.load(shop)) if d.file == CSV]
    assert [(d.code, d.span.line) for d in found] == [("test-incomplete", 1)] * 2


@pytest.mark.parametrize(
    ("table", "line", "message", "hint"),
    [
        ("", 1, "no column `expect`", "names the columns"),
        ("discount_share\texpect\n0.5\tin\n", 1, "no column `expect`", "separated by tabs"),
        ("PK\x03\x04rest", 1, "no column `expect`", "a workbook"),
        ("discount_share,expct\n0.5,in\n", 1, "no column `expect`", "is `expct` meant"),
        ("discount_share,expect\n", 1, "no case below the header", "a line for every case"),
        ("country,expect,country\nDE,in,DE\n", 1, "`country` is here twice", "keep one"),
        ("country,,expect\nDE,1,in\n", 1, "column 2 has no name", "name it"),
        ("country,expect\nDE,in\nDE,in,1\n", 3, "has 3 cells, the header has 2", "in quotes"),
        ("country,expect\nDE\n", 2, "has 1 cell, the header has 2", "an empty cell"),
        ("country,expect\nDE,\n", 2, "does not say what is expected", "`todo`"),
        ("country,expect\nDE,yes\n", 2, "in, out or todo, found `yes`", "without `segment:`"),
        ("country,expect,also\nDE,in,large\n", 2, "`also` can't stand beside `in`", "leave `also` empty"),
        ('name,expect\n"a\nb",in\n"c,out\n', 4, "quotation marks", "written twice"),
        ("name,expect\nfine,in\nMünchen,in\n".encode("cp1252"), 3, "not in UTF-8", "CSV UTF-8"),
    ],
)
def test_mistakes_in_the_file_are_reported_with_their_line(
    shop: Path, table: str | bytes, line: int, message: str, hint: str
) -> None:
    (found,) = _faults(shop, table)
    assert (found.code, found.file, found.span.line) == ("test-cases", CSV, line)
    assert message in found.message
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    ("named", "code", "message", "hint"),
    [
        (
            "valu.cases.csv",
            "test-cases",
            "there is no file `valu.cases.csv`",
            "did you mean `value.cases.csv`?",
        ),
        ("../../value.cases.csv", "test-cases", "outside the workspace", "beside this one"),
        ("value.cases.xlsx", "schema", "a file of them like loyalty.cases.csv", ""),
    ],
)
def test_a_file_that_is_not_there_is_reported_at_cases(
    shop: Path, named: str, code: str, message: str, hint: str
) -> None:
    (shop.parent / "value.cases.csv").write_text("discount_share,expect\n0.5,in\n", "utf-8")
    tests = f"  - name: value\n    segment: value-driven\n    cases: {named}"
    (found,) = _faults(shop, "discount_share,expect\n0.5,in\n", tests)
    assert (found.code, found.file, found.span.line) == (code, "rules/motive.test.yaml", 7)
    assert message in found.message
    assert hint in (found.hint or "")
