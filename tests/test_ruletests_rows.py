"""Rule tests by rows of sources, and of columns that no contract declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine import Workspace, check
from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.ruletests.run import run_tests
from tests.tested_shop import case_of, make_shop, messages, report_of


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


ROWS = """
  - name: rows
    segment: {segment}
    customers: [{{customer_id: A, country: DE}}, {{customer_id: B, country: AT}}]
    sources:
      orders:
        - {{customer_id: A, ordered_at: 2026-02-28, amount: 0.10, status: paid, discount: 0.05}}
        - {{customer_id: A, ordered_at: 2026-02-28T23:59, amount: 0.20, status: paid, discount: 0}}
        - {{customer_id: A, ordered_at: 2026-03-01, amount: 99, status: paid, discount: 0}}
        - {{customer_id: B, ordered_at: 2025-03-01, amount: 0.29, status: paid, discount: 0}}
    {expect}
"""


def test_traits_are_computed_from_rows_before_the_defaults(shop: Path) -> None:
    expect = """expect_traits:
      A: {orders_12m: 2, spend_12m: 0.3, discount_share: 0.5, days_since_order: 1, country: DE}
      B: {orders_12m: 1, spend_12m: 0.29, discount_share: 0, days_since_order: 365, joined_on: 2020-01-01}"""
    head = "defaults: {orders_12m: 3, spend_12m: 7, country: CH, joined_on: 2020-01-01}"
    report = report_of(shop, ROWS.format(segment="large", expect=expect), head=head)
    assert [(c.status, c.differences, messages(c)) for c in report.cases] == [("passed", (), "")]


def test_every_case_by_rows_is_a_population_of_its_own(shop: Path) -> None:
    tests = ROWS.format(segment="top-spenders", expect="expect: {A: in, B: out}")
    alone = """
  - name: alone
    segment: top-spenders
    cases:
      - {customers: [{customer_id: B}], sources: {orders: []}, expect: in}
      - {sources: {orders: [{customer_id: B, ordered_at: 2026-01-01, amount: 1, status: paid}]}, expect: in}
"""
    report = report_of(shop, tests + alone, "reach")
    assert [(c.status, messages(c)) for c in report.cases] == [("passed", "")] * 3


def test_behaviour_is_reported_by_rows_and_a_given_value_goes_before(shop: Path) -> None:
    tests = ROWS.format(segment="shoppers", expect="expect: {A: in, B: in}")
    tests += ROWS.format(segment="top-spenders", expect="given: {top_spender: false}\n    expect: {A: out}")
    tests += ROWS.format(segment="gone", expect="expect: {A: out, B: in}")
    report = report_of(shop, tests, "reach")
    assert [(c.status, messages(c)) for c in report.cases] == [("passed", "")] * 3


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ("orders: [{customer_id: A, ordered_at: 2026-02-28}]", "`status` in every row of `orders`"),
        ("{}", "rows of `orders` under `sources:`"),
        ("order: []", "did you mean `orders`"),
        ("baskets: []", "`baskets` is made from `orders`"),
        ("orders: [{customer_id: A, ordered_at: 2026-02-28, state: x}]", "no column `state`"),
        ("orders: [{customer_id: A, ordered_at: soon, status: x}]", "a date is expected"),
    ],
)
def test_rows_that_say_too_little_or_name_nothing_are_errors(shop: Path, sources: str, words: str) -> None:
    given = sources if sources == "{}" else f"{{{sources}}}"
    case = f"{{customers: [{{customer_id: A}}], sources: {given}, expect: in}}"
    result = case_of(shop, "shoppers", case, "reach")
    assert result.status == "error"
    assert words in messages(result)


def test_a_customer_who_is_not_among_the_rows_is_an_error(shop: Path) -> None:
    expect = "expect: {A: in, C: in}"
    (result,) = report_of(shop, ROWS.format(segment="shoppers", expect=expect), "reach").cases
    assert "there is no customer `C`" in messages(result)


def test_who_is_listed_is_a_customer_unless_the_row_says_otherwise(shop: Path) -> None:
    customers = "customers: [{customer_id: A, is_test: true}, {customer_id: B, is_test: false}]"
    tests = f"  - {{name: a, segment: shoppers, {customers}, sources: {{orders: []}}, expect: {{A: out}}}}"
    (result,) = report_of(shop, tests, "reach").cases
    assert "no customer `A`" in messages(result)


def test_rows_that_a_run_would_refuse_are_errors(shop: Path) -> None:
    case = "{customers: [{customer_id: A}, {customer_id: A}], sources: {orders: []}, expect: in}"
    assert "several rows" in messages(case_of(shop, "shoppers", case, "reach"))


def test_several_customers_need_names_in_what_is_expected(shop: Path) -> None:
    case = "{customers: [{customer_id: A}, {customer_id: B}], sources: {orders: []}, expect: in}"
    assert "which one is meant" in messages(case_of(shop, "shoppers", case, "reach"))


def test_the_as_of_of_a_case_goes_before_that_of_the_file(shop: Path) -> None:
    rows = "sources: {orders: [{customer_id: A, ordered_at: 2026-02-28, status: paid}]}"
    tests = f"""
  - name: as of
    segment: shoppers
    cases:
      - {{{rows}, expect: in}}
      - {{{rows}, as_of: 2026-02-28, expect: out}}
"""
    assert [c.status for c in report_of(shop, tests, "reach").cases] == ["passed", "passed"]


# --- what `check` says ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "code", "words"),
    [
        (
            "{orders: [{customer_id: A, ordered_at: 2026-02-28, state: x}]}",
            "test-incomplete",
            "no column `state`",
        ),
        ("{order: []}", "test-incomplete", "no source named `order`"),
        ("{orders: [{customer_id: A, ordered_at: soon, status: x}]}", "value-type", "a date is expected"),
        ("{}", "test-incomplete", "some orders where status is paid"),
        ("{orders: [{customer_id: A, ordered_at: 2026-02-28, status: paid}]}", None, ""),
    ],
)
def test_check_reads_the_rows_of_cases(shop: Path, sources: str, code: str | None, words: str) -> None:
    case = f"{{customers: [{{customer_id: A}}], sources: {sources}, expect: in}}"
    head = "rules: reach.yaml\nas_of: 2026-03-01\ntests:\n  - name: t\n    segment: shoppers\n"
    text = f"{head}    cases:\n      - {case}\n"
    (shop / "rules" / "reach.test.yaml").write_text(text, "utf-8")
    found = [f for f in check(Workspace.load(shop)) if f.file == "rules/reach.test.yaml"]
    assert [(f.code, f.span.line) for f in found] == ([(code, 7)] if code else [])
    assert all(words in f.message for f in found)


@pytest.mark.parametrize("where", ["head", "test", "case"])
def test_an_instant_that_cannot_be_read_is_reported_where_it_stands(shop: Path, where: str) -> None:
    head, test, case = ("as_of: soon" if where == place else "" for place in ("head", "test", "case"))
    case = f"{{given: {{orders_12m: 1}}, expect: in{', ' + case if case else ''}}}"
    text = f"rules: value.yaml\n{head}\ntests:\n  - name: t\n    segment: frequent\n"
    text += f"    {test}\n    cases: [{case}]\n"
    (shop / "rules" / "value.test.yaml").write_text(text, "utf-8")
    found = [f for f in check(Workspace.load(shop)) if f.code == "value-type"]
    line = {"head": 2, "test": 6, "case": 7}[where]
    assert [(f.file, f.span.line, f.message) for f in found] == [
        ("rules/value.test.yaml", line, "expected a date, found the text `soon`")
    ]
    with pytest.raises(RuleError):
        run_tests(Workspace.load(shop))


# --- without a contract ---------------------------------------------------------------------------


def test_columns_that_nothing_declares_take_the_type_of_what_is_given(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nname: Bare\nsources:\n  people: {path: people.csv, key: id}\n"
        "  visits: {path: visits.csv, customer: id, time: at}\n",
        "utf-8",
    )
    (tmp_path / "rules" / "bare.yaml").write_text(
        "traits: [{id: spent, sum: visits.paid}]\n"
        "segmentation: bare\nassign: every_match\nsegments:\n"
        "  - {id: born, when: {trait: birth_date, before: 2000-01-01}}\n"
        "  - {id: adults, when: {all: [{trait: age, at_least: 18}, {trait: city, is: Bern}]}}\n"
        "  - {id: payers, when: {trait: spent, more_than: 1}}\n",
        "utf-8",
    )
    tests = """
  - {name: born, segment: born, cases: [{given: {birth_date: 1999-12-31}, expect: in}]}
  - {name: adults, segment: adults, cases: [{given: {age: 17.5, city: Bern}, expect: out}]}
  - {name: typo, segment: adults, cases: [{given: {age: 17, citty: Bern}, expect: out}]}
  - name: payers
    segment: payers
    customers: [{id: 7}]
    sources: {visits: [{id: 7, at: 2026-01-01, paid: 1.5}]}
    expect: {7: in}
"""
    report = report_of(tmp_path, tests, "bare")
    assert [c.status for c in report.cases] == ["passed", "passed", "error", "passed"]


def test_a_type_that_only_rows_tell_is_a_finding_of_check(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nname: Bare\nsources:\n  people: {path: people.csv, key: id}\n", "utf-8"
    )
    rules = "segmentation: bare\nassign: every_match\n"
    rules += "segments:\n  - {id: high, when: {trait: level, at_least: 5}}\n"
    (tmp_path / "rules" / "bare.yaml").write_text(rules, "utf-8")
    tests = "rules: bare.yaml\ntests:\n"
    tests += "  - {name: t, segment: high, customers: [{id: 1, level: top}], expect: {1: in}}\n"
    (tmp_path / "rules" / "bare.test.yaml").write_text(tests, "utf-8")
    errors = [f for f in check(Workspace.load(tmp_path)) if f.severity == "error"]
    assert [(f.code, f.file, f.span.line) for f in errors] == [("operator-type", "rules/bare.yaml", 4)]
