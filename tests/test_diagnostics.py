"""Diagnostics, the catalogue of findings, the exceptions, and the reports of a terminal and of programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from segmentry.engine.diagnostics import errors
from segmentry.engine.diagnostics.findings import CATALOGUE, diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Span, TextEdit, sorted_diagnostics
from segmentry.engine.document import read_document
from segmentry.engine.reporters import REPORTERS, report_json, report_text

FILE = "rules/buying-motive.yaml"
HERE = Span(1, 1, 1, 2)

SEVERITIES = {
    "error": """
        yaml-syntax duplicate-key unknown-key schema unreadable
        unknown-trait unknown-source unknown-column unknown-segment unknown-offer duplicate-id cycle
        language-missing
        operator-type value-type bad-regex bad-formula
        unsatisfiable unreachable
        test-without-rules test-incomplete test-cases test-failed
        budget
        brief-schema unknown-fact wrong-pool literal-number no-evidence banned-word unproved-claim urgency
        protected-attribute link-or-markup personal-data
        sms-length search-ad-limits social-ad-limits push-length
        same-variants required-line stale offer-ended brief-missing model-fallback
        template
    """,
    "warning": """
        ambiguous-scalar
        unknown-tone no-contract approximate-money value-not-allowed missing-unhandled
        always-true equivalent gap overlap
        missing-owner naming expired sensitive-without-purpose untested-segment unused-control
        empty-segment nearly-everyone mostly-missing rows-left-out lookup-finds-nothing
        values-left-out rounded-money empty-column unlikely-date smaller-source older-source lost-zeros
        long-field long-number repeated-file repeated-rows late-future skewed-bucket kept-apart
        subject-length
    """,
    "info": """
        subsumed redundant-leaf opaque undecided
        missing-description unused-trait untested-boundary
        inert-leaf top-count joins-nobody undeclared-numeric
    """,
}


def finding(
    code: str = "unknown-trait",
    span: Span = HERE,
    *,
    file: str = FILE,
    hint: str | None = None,
    related: tuple[Related, ...] = (),
    message: str = "m",
    fix: Fix | None = None,
) -> Diagnostic:
    return diagnostic(code, message, file, span, hint=hint, related=related, fix=fix)


# --- diagnostics ----------------------------------------------------------------------------------


def test_diagnostics_are_sorted_and_reported_once() -> None:
    first = finding(span=Span(2, 1, 2, 9))
    others = [
        finding(span=Span(10, 1, 10, 2)),
        finding("unknown-key", Span(2, 3, 2, 4)),
        finding("schema", Span(2, 3, 2, 9)),
        finding(file="brand.yaml", span=Span(99, 1, 99, 2)),
    ]
    assert sorted_diagnostics([*others, first, first]) == [others[3], first, others[2], others[1], others[0]]


def test_the_severity_comes_from_the_catalogue_unless_given() -> None:
    assert finding("gap").severity == "warning"
    assert diagnostic("gap", "m", FILE, Span(1, 1, 1, 1), severity="error").severity == "error"
    with pytest.raises(KeyError):
        finding("no-such-code")


# --- the catalogue --------------------------------------------------------------------------------


def test_the_catalogue_has_every_code_with_its_severity() -> None:
    expected = {code: severity for severity, codes in SEVERITIES.items() for code in codes.split()}
    assert {code: entry.severity for code, entry in CATALOGUE.items()} == expected


@pytest.mark.parametrize("code", CATALOGUE)
def test_entries_are_documented_with_readable_examples(code: str) -> None:
    entry = CATALOGUE[code]
    assert entry.code == code
    assert all(text.strip() == text for text in (entry.title, entry.what, entry.why))
    assert all(text.endswith(".") for text in (entry.what, entry.why))
    assert not entry.title.endswith(".")
    assert entry.bad != entry.good
    for example in (entry.bad, entry.good):
        assert example.endswith("\n")
        document, found = read_document("example.yaml", example.encode())
        broken = {item.code for item in found}
        assert broken == (
            {code} if example == entry.bad and code in ("yaml-syntax", "duplicate-key") else set()
        )
        assert document is None or isinstance(document.data, dict | list)


# --- exceptions -----------------------------------------------------------------------------------


def test_every_exception_has_its_exit_code() -> None:
    codes = {
        errors.SegmentryError: 1,
        errors.UsageError: 2,
        errors.RuleError: 3,
        errors.UnsupportedError: 3,
        errors.DataError: 4,
        errors.ProviderError: 5,
        errors.NothingRan: 6,
        errors.LockedError: 7,
    }
    assert {kind: kind.exit_code for kind in codes} == codes
    assert set(errors.SegmentryError.__subclasses__()) == set(codes) - {errors.SegmentryError}


def test_a_rule_error_holds_all_and_says_the_first() -> None:
    later = finding(span=Span(9, 1, 9, 2))
    error = errors.RuleError([later, finding(message="no trait named `x`", span=Span(2, 5, 2, 6))])
    assert [item.span.line for item in error.diagnostics] == [2, 9]
    assert str(error) == f"{FILE}:2:5: no trait named `x` [unknown-trait] (and 1 more)"
    assert str(errors.RuleError([later])) == f"{FILE}:9:1: m [unknown-trait]"


def test_a_data_error_repeats_its_place() -> None:
    error = errors.DataError("orders.csv, row 7: …", file="orders.csv", row=7, column="amount")
    assert (str(error), error.file, error.row, error.column) == (
        "orders.csv, row 7: …",
        "orders.csv",
        7,
        "amount",
    )


# --- on a terminal --------------------------------------------------------------------------------


def test_text_report_of_one_finding() -> None:
    line = "      - {trait: discont_share, at_least: 0.5}"
    item = finding(
        span=Span(14, 17, 14, 30),
        message="no trait named `discont_share`",
        hint="did you mean `discount_share`?",
    )
    assert report_text([item], {FILE: "\n" * 13 + line + "\n"}) == (
        "error[unknown-trait] no trait named `discont_share`\n"
        "  --> rules/buying-motive.yaml:14:17\n"
        "   |\n"
        "14 |       - {trait: discont_share, at_least: 0.5}\n"
        "   |                 ^^^^^^^^^^^^^ did you mean `discount_share`?\n"
        "\n"
        "1 error in 1 file.\n"
    )


RELATED_REPORT = (
    "error[cycle] m\n"
    "   --> rules/buying-motive.yaml:1:4\n"
    "    |\n"
    "  1 | a: 1\n"
    "    |    ^\n"
    "   ::: rules/buying-motive.yaml:2:1\n"
    "    |\n"
    "  2 | b:\n"
    "    | - goes on here\n"
    "   ::: gone.yaml:120:1\n"
    "    = and there\n"
    "\n"
    "warning[gap] m\n"
    " --> rules/buying-motive.yaml:3:3\n"
    "  |\n"
    "3 |   - x\n"
    "  |   ^^^ first\n"
    "  |       second\n"
    "\n"
    "info[opaque] m\n"
    "  --> brand.yaml:1:3  said, in two lines\n"
    "  ::: gone.yaml:120:1  and there\n"
    "\n"
    "1 error, 1 warning, 1 note in 2 files.\n"
)


def test_text_report_with_related_places_and_counts() -> None:
    sources = {FILE: "a: 1\r\nb:\r\n  - x\r\n  - y\r\n", "brand.yaml": "offers: []\n"}
    items = [
        finding("gap", Span(3, 3, 4, 6), hint="first\nsecond"),
        finding(
            "opaque",
            Span(1, 3, 1, 3),
            file="brand.yaml",
            hint="said\nin two lines",
            related=(Related("and there", "gone.yaml", Span(120, 1, 120, 2)),),
        ),
        finding(
            "cycle",
            Span(1, 4, 1, 5),
            related=(
                Related("goes on here", FILE, Span(2, 1, 2, 2)),
                Related("and there", "gone.yaml", Span(120, 1, 120, 2)),
            ),
        ),
    ]
    assert report_text(items, sources) == RELATED_REPORT


def test_nothing_found_is_said_too() -> None:
    assert report_text([], {}) == "No findings.\n"


@pytest.mark.parametrize(
    ("line", "span", "shown", "marks"),
    [
        ("\tid: a", Span(1, 2, 1, 4), "    id: a", "    ^^"),
        ("n: 漢字 ab", Span(1, 7, 1, 9), "n: 漢字 ab", "        ^^"),
        ("n: 漢字 ab", Span(1, 4, 1, 6), "n: 漢字 ab", "   ^^^^"),
        ("n: ＡＢ ab", Span(1, 7, 1, 9), "n: ＡＢ ab", "        ^^"),
        ("n: e\u0301e ab", Span(1, 8, 1, 10), "n: e\u0301e ab", "      ^^"),
        ("n: a\u202eb\x1b[2J", Span(1, 6, 1, 7), "n: a�b�[2J", "     ^"),
        ("n:", Span(1, 3, 1, 3), "n:", "  ^"),
    ],
)
def test_marks_stand_under_what_they_mean(line: str, span: Span, shown: str, marks: str) -> None:
    lines = report_text([finding(span=span)], {FILE: line}).split("\n")
    assert lines[3:5] == [f"1 | {shown}", f"  | {marks}"]


def test_a_very_long_line_is_shown_around_the_place() -> None:
    line = "n: " + "a" * 5000 + "XY" + "b" * 5000
    lines = report_text([finding(span=Span(1, 5004, 1, 5006))], {FILE: line}).split("\n")
    assert len(lines[3]) < 200
    assert lines[3][lines[4].index("^") : lines[4].rindex("^") + 1] == "XY"


def test_colour_is_only_added() -> None:
    item = finding(hint="h")
    coloured = report_text([item], {FILE: "abc"}, colour=True)
    plain = report_text([item], {FILE: "abc"})
    assert "\x1b[1;31merror[unknown-trait]\x1b[0m m" in coloured
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


# --- for programs ---------------------------------------------------------------------------------


JSON_REPORT: dict[str, Any] = {
    "version": 1,
    "findings": [
        {
            "code": "gap",
            "severity": "warning",
            "message": "m",
            "file": FILE,
            "line": 1,
            "column": 1,
            "end_line": 1,
            "end_column": 2,
            "hint": None,
            "related": [],
            "fix": None,
        },
        {
            "code": "unknown-trait",
            "severity": "error",
            "message": "no trait `größe`",
            "file": FILE,
            "line": 5,
            "column": 6,
            "end_line": 7,
            "end_column": 8,
            "hint": "h",
            "related": [
                {
                    "message": "first here",
                    "file": "brand.yaml",
                    "line": 1,
                    "column": 2,
                    "end_line": 3,
                    "end_column": 4,
                }
            ],
            "fix": {
                "title": "write it so",
                "edits": [
                    {
                        "file": FILE,
                        "line": 5,
                        "column": 6,
                        "end_line": 5,
                        "end_column": 9,
                        "text": "größen",
                    }
                ],
            },
        },
    ],
}


def test_json_report_is_the_documented_document() -> None:
    related = (Related("first here", "brand.yaml", Span(1, 2, 3, 4)),)
    fix = Fix("write it so", (TextEdit(FILE, Span(5, 6, 5, 9), "größen"),))
    items = [
        finding(span=Span(5, 6, 7, 8), hint="h", related=related, message="no trait `größe`", fix=fix),
        finding("gap"),
    ]
    report = report_json(items, {})
    assert "größe" in report
    assert json.loads(report) == JSON_REPORT


def test_reporters_are_found_by_name() -> None:
    assert REPORTERS["json"] is report_json
    assert REPORTERS["text"]([], {}) == "No findings.\n"


def test_a_report_of_a_broken_file_from_end_to_end() -> None:
    text = "segments:\n  - {id: a, when: {trait: x}\n  - {id: b}\n"
    _, found = read_document(FILE, text.encode())
    assert report_text(found, {FILE: text}) == (
        "error[yaml-syntax] this `{` is never closed\n"
        " --> rules/buying-motive.yaml:2:5\n"
        "  |\n"
        "2 |   - {id: a, when: {trait: x}\n"
        "  |     ^ add the closing `}`\n"
        "\n"
        "1 error in 1 file.\n"
    )


def test_examples_of_the_catalogue_are_yaml_for_others_too() -> None:
    for code, entry in CATALOGUE.items():
        assert yaml.safe_load(entry.good) is not None, code
