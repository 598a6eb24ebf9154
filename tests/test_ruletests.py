"""Rule tests: what a case gives, what comes out, and that nothing that is left out passes silently."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine import RuleError, UsageError, Workspace
from segmentry.engine.ruletests.results import CaseResult, TestReport
from segmentry.engine.ruletests.run import run_tests

HEAD = """
version: 1
name: Shop
timezone: Europe/Berlin
sources:
  customers:
    path: data/customers.parquet
    key: customer_id
    where: {column: is_test, is: false}
    columns:
      customer_id: {type: string}
      country: {type: string, values: [DE, AT, CH]}
      joined_on: {type: date}
      is_test: {type: boolean}
      interests: {type: list}
  orders:
    path: data/orders.parquet
    customer: customer_id
    time: ordered_at
    columns:
      customer_id: {type: string}
      ordered_at: {type: datetime}
      amount: {type: decimal, scale: 2, from: Total}
      discount: {type: decimal, scale: 2}
      status: {type: string}
  baskets: {from: orders, group_by: status, columns: {value: {sum: amount}}}
"""
TRAITS = """
traits:
  - {id: orders_12m, count: orders, where: {column: status, is: paid}, within_last: 12 months}
  - {id: spend_12m, sum: orders.amount, where: {column: status, is: paid}, within_last: 12 months}
  - {id: discount_share, share: orders, that: {column: discount, more_than: 0}}
  - {id: days_since_order, days_since_last: orders}
  - {id: average_order, formula: spend_12m / orders_12m}
  - {id: size, band: {of: spend_12m, edges: {small: 0, large: 100}}}
  - id: score
    points:
      - {when: {trait: orders_12m, at_least: 2}, points: 10}
      - {when: {segment: away}, points: -5}
"""
MOTIVE = """
segmentation: motive
assign: first_match
otherwise: {id: unclear}
segments:
  - id: value-driven
    when:
      all:
        - {trait: country, is: DE}
        - {trait: discount_share, at_least: 0.5}
  - id: large
    when: {trait: size, is: large}
  - id: away
    when: {trait: days_since_order, at_least: 180}
"""
REACH = """
segmentation: reach
assign: every_match
segments:
  - {id: top-spenders, when: {trait: spend_12m, top: 50%, as: top_spender}}
  - {id: shoppers, when: {did: orders, where: {column: status, is: paid}}}
  - {id: gone, when: {all: [{segment: away}, {not: {segment: top-spenders}}]}}
  - {id: gone-or-large, extends: gone, when: {trait: size, is: large}}
  - {id: scored, when: {trait: score, at_least: 10}}
  - {id: newcomers, when: {trait: joined_on, within_last: 30 days}}
  - {id: skiers, when: {trait: interests, includes: ski}}
"""
VALUE = """
segmentation: value
assign: best_score
segments:
  - {id: frequent, when: {trait: orders_12m, at_least: 1}, score: orders_12m}
  - {id: rich, score: spend_12m / 100}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "segmentry.yaml").write_text(HEAD, "utf-8")
    files = {"traits": TRAITS, "motive": MOTIVE, "reach": REACH, "value": VALUE}
    for name, text in files.items():
        (tmp_path / "rules" / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


def report_of(shop: Path, tests: str, rules: str = "motive", head: str = "") -> TestReport:
    """The report of a test file with these tests."""
    text = f"rules: {rules}.yaml\nas_of: 2026-03-01\n{head}\ntests:\n{tests}"
    (shop / "rules" / f"{rules}.test.yaml").write_text(text, "utf-8")
    return run_tests(Workspace.load(shop), [f"rules/{rules}.test.yaml"])


def case_of(shop: Path, segment: str, case: str, rules: str = "motive", head: str = "") -> CaseResult:
    """The result of one case about a segment."""
    tests = f"  - {{name: one, segment: {segment}, cases: [{case}]}}"
    (result,) = report_of(shop, tests, rules, head).cases
    return result


def messages(result: CaseResult) -> str:
    return "\n".join(f"{p.code} {p.message} ({p.hint})" for p in result.problems)


DEFAULTS = "defaults: {country: DE, orders_12m: 3, days_since_order: 20, spend_12m: 30}"


# --- cases that give traits -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("discount_share: 0.5", "in"),
        ("discount_share: 0.49", "out"),
        ("discount_share: null", "out"),
        ("discount_share: 0.5, country: AT", "out"),
        ("discount_share: 0.5, country: null", "out"),
    ],
)
def test_a_case_is_final_membership_over_the_defaults(shop: Path, given: str, expect: str) -> None:
    other = {"in": "out", "out": "in"}[expect]
    head = DEFAULTS
    right = case_of(shop, "value-driven", f"{{given: {{{given}}}, expect: {expect}}}", head=head)
    wrong = case_of(shop, "value-driven", f"{{given: {{{given}}}, expect: {other}}}", head=head)
    assert (right.status, wrong.status) == ("passed", "failed")
    assert wrong.differences == (f"expected {other}, found {expect} (`value-driven`)",)


def test_a_trait_that_the_rule_reads_and_the_case_leaves_out_is_an_error(shop: Path) -> None:
    result = case_of(shop, "value-driven", "{given: {country: AT}, expect: out}")
    assert result.status == "error"
    assert "the rule reads `discount_share`" in messages(result)


def test_a_first_match_needs_the_traits_of_earlier_rules_too_and_not_those_of_later(shop: Path) -> None:
    short = case_of(shop, "large", "{given: {size: large}, expect: in}")
    assert "`country` and `discount_share`" in messages(short)
    whole = case_of(shop, "large", "{given: {size: large, country: AT, discount_share: 0}, expect: in}")
    assert whole.status == "passed"
    taken = case_of(shop, "large", "{given: {size: large, country: DE, discount_share: 1}, expect: in}")
    assert taken.status == "failed"
    assert taken.trees[0][1].taken_by == "value-driven"


def test_traits_are_computed_from_what_is_given_and_a_given_one_goes_before(shop: Path) -> None:
    computed = "  - {name: computed, cases: [{given: {spend_12m: 99.99, orders_12m: 4}, expect_traits: "
    computed += "{any: {average_order: 24.9975, size: small}}}]}\n"
    computed += "  - {name: given, cases: [{given: {spend_12m: 99, size: large}, expect_traits: "
    computed += "{any: {size: large}}}]}\n"
    computed += "  - {name: missing, cases: [{given: {spend_12m: 99, orders_12m: 0}, expect_traits: "
    computed += "{any: {average_order: null}}}]}\n"
    computed += "  - {name: wrong, cases: [{given: {spend_12m: 100}, expect_traits: {any: {size: small}}}]}\n"
    report = report_of(shop, computed)
    assert [case.status for case in report.cases] == ["passed", "passed", "passed", "failed"]
    assert report.cases[3].differences == ("any: expected `size` small, found large",)


def test_half_of_what_a_trait_is_computed_from_is_not_enough(shop: Path) -> None:
    tests = "  - {name: one, cases: [{given: {spend_12m: 10}, expect_traits: {any: {average_order: 1}}}]}"
    (result,) = report_of(shop, tests).cases
    assert "reads `average_order`" in messages(result)
    assert "`orders_12m`, from which it is computed" in messages(result)


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        ("{given: {discount_shar: 1}, expect: in}", "test-incomplete", "`discount_shar`"),
        ("{given: {discount_share: a}, expect: in}", "value-type", "a number is expected"),
        ("{given: {spend_12m: 1.001}, expect: in}", "value-type", "2 places"),
        ("{given: {orders_12m: 1.5}, expect: in}", "value-type", "a whole number"),
        ("{given: {joined_on: 2026-02-30}, expect: in}", "value-type", "a date"),
        ("{given: {country: 49}, expect: in}", "value-type", "a text"),
        ("{given: {interests: ski}, expect: in}", "value-type", "a list"),
        ("{segments: [awy], expect: in}", "test-incomplete", "did you mean `away`"),
        ("{expect: {assigned: larg}}", "test-incomplete", "did you mean `large`"),
        ("{expect: {assigned: large, also: [larg]}}", "test-incomplete", "no segment named `larg`"),
    ],
)
def test_wrong_names_and_values_are_errors(shop: Path, case: str, code: str, words: str) -> None:
    result = case_of(shop, "value-driven", case, head=DEFAULTS)
    assert result.status == "error"
    assert next(p.code for p in result.problems) == code
    assert words in messages(result)


def test_in_and_out_need_a_segment(shop: Path) -> None:
    (result,) = report_of(shop, "  - {name: one, cases: [{given: {}, expect: in}]}").cases
    assert "which segment" in messages(result)


def test_a_mistake_in_the_defaults_is_one_error(shop: Path) -> None:
    tests = "  - {name: one, segment: large, cases: [{given: {}, expect: in}, {given: {}, expect: out}]}"
    report = report_of(shop, tests, head="defaults: {countr: DE}")
    assert [case.status for case in report.cases] == ["error"]
    assert "did you mean `country`" in messages(report.cases[0])


def test_dates_lists_and_relative_words_are_typed_like_the_trait(shop: Path) -> None:
    for given, expect in (
        ("2026-02-28", "in"),
        ("2026-01-30", "in"),
        ("2026-01-29", "out"),
        ("today", "out"),
        ("10 days ago", "in"),
        ("null", "out"),
    ):
        case = f"{{given: {{joined_on: {given}}}, expect: {expect}}}"
        assert case_of(shop, "newcomers", case, "reach").status == "passed", given
    for given, expect in (("[ski, bike]", "in"), ("[]", "out"), ("null", "out")):
        case = f"{{given: {{interests: {given}}}, expect: {expect}}}"
        assert case_of(shop, "skiers", case, "reach").status == "passed", given


# --- leaves that no trait decides -----------------------------------------------------------------


def test_a_named_leaf_is_given_by_its_name(shop: Path) -> None:
    for truth, expect in (("true", "in"), ("false", "out")):
        case = f"{{given: {{top_spender: {truth}}}, expect: {expect}}}"
        assert case_of(shop, "top-spenders", case, "reach").status == "passed"
    missing = case_of(shop, "top-spenders", "{given: {top_spender: null}, expect: in}", "reach")
    assert "true or false, never missing" in messages(missing)
    lacking = case_of(shop, "top-spenders", "{given: {spend_12m: 5}, expect: in}", "reach")
    assert "top_spender: true" in messages(lacking)


def test_a_leaf_without_name_asks_for_rows_or_a_name(shop: Path) -> None:
    assert "name the line" in messages(case_of(shop, "shoppers", "{given: {}, expect: in}", "reach"))


def test_segments_decide_references_and_only_those(shop: Path) -> None:
    for listed, expect in (("[away]", "in"), ("[]", "out"), ("[away, top-spenders]", "out")):
        case = f"{{segments: {listed}, expect: {expect}}}"
        assert case_of(shop, "gone", case, "reach").status == "passed", listed
    untold = case_of(shop, "gone", "{given: {top_spender: true}, expect: out}", "reach")
    assert "`segments: [away]`" in messages(untold)
    own = case_of(shop, "away", "{segments: [away], given: {days_since_order: 1}, expect: out}", head=OTHERS)
    assert own.status == "passed"


OTHERS = "defaults: {country: AT, discount_share: 0, size: small}"


def test_a_reference_is_computed_where_the_traits_are_given(shop: Path) -> None:
    given = "country: AT, discount_share: 0, size: small, days_since_order: 200, top_spender: false"
    assert case_of(shop, "gone", f"{{given: {{{given}}}, expect: in}}", "reach").status == "passed"


def test_references_inside_traits_follow_segments_too(shop: Path) -> None:
    for listed, expect in (("[]", "in"), ("[away]", "out")):
        case = f"{{given: {{orders_12m: 2}}, segments: {listed}, expect: {expect}}}"
        assert case_of(shop, "scored", case, "reach").status == "passed"


# --- assigned, also, because, todo ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expect", "status"),
    [
        ("discount_share: 0.6, size: large", "{assigned: value-driven, also: [large]}", "passed"),
        ("discount_share: 0.6, size: small", "{assigned: value-driven, also: [large]}", "failed"),
        ("discount_share: 0.6, size: large", "{assigned: large}", "failed"),
        ("discount_share: 0.4, size: large", "{assigned: large}", "passed"),
        ("discount_share: 0.4, size: small, days_since_order: 3", "{assigned: unclear}", "passed"),
        ("discount_share: 0.4, size: small, days_since_order: 300", "{assigned: unclear}", "failed"),
        ("discount_share: 0.6, size: large", "{also: [large, value-driven]}", "passed"),
    ],
)
def test_assigned_and_also(shop: Path, given: str, expect: str, status: str) -> None:
    case = f"{{given: {{country: DE, {given}}}, expect: {expect}}}"
    assert case_of(shop, "large", case).status == status


def test_the_best_score_wins_and_a_missing_one_never(shop: Path) -> None:
    for given, expect in (
        ("orders_12m: 3, spend_12m: 100", "frequent"),
        ("orders_12m: 3, spend_12m: 400", "rich"),
        ("orders_12m: 3, spend_12m: 300", "frequent"),
        ("orders_12m: 0, spend_12m: 0", "rich"),
        ("orders_12m: 0, spend_12m: null", "null"),
    ):
        tests = f"  - {{name: a, cases: [{{given: {{{given}}}, expect: {{assigned: {expect}}}}}]}}"
        assert report_of(shop, tests, "value").cases[0].status == "passed", given


def test_every_match_assigns_to_no_single_segment(shop: Path) -> None:
    case = "{given: {top_spender: true}, expect: {assigned: top-spenders}}"
    assert "every one that fits" in messages(case_of(shop, "top-spenders", case, "reach"))


@pytest.mark.parametrize(
    ("because", "given", "status"),
    [
        ("discount_share at_least 0.5", "discount_share: 0.1", "passed"),
        ("discount_share is at least 0.5", "discount_share: 0.1", "passed"),
        ("country is DE", "discount_share: 0.1", "failed"),
        ("country is DE", "country: AT, discount_share: 0.1", "passed"),
        ("orders_12m at_least 1", "discount_share: 0.1", "failed"),
    ],
)
def test_because_names_the_condition_that_decides(shop: Path, because: str, given: str, status: str) -> None:
    case = f"{{given: {{{given}}}, expect: out, because: {because}}}"
    assert case_of(shop, "value-driven", case, head=DEFAULTS).status == status


def test_what_decides_an_otherwise_and_a_best_score(shop: Path) -> None:
    given = "country: AT, discount_share: 1, size: small, days_since_order: 179"
    left = case_of(shop, "unclear", f"{{given: {{{given}}}, expect: out}}")
    assert left.decided_by == ("country is DE", "size is large", "days_since_order at_least 180")
    (shop / "rules" / "motive.test.yaml").unlink()
    case = "{given: {orders_12m: 2, spend_12m: 100}, expect: out, because: orders_12m at_least 1}"
    assert case_of(shop, "rich", case, "value").status == "passed"


def test_a_failure_says_what_decided_and_shows_the_tree(shop: Path) -> None:
    result = case_of(shop, "value-driven", "{given: {discount_share: 0.4}, expect: in}", head=DEFAULTS)
    assert result.decided_by == ("discount_share at_least 0.5",)
    (_, verdict), *_ = result.trees
    country, discount = verdict.tree[0].parts
    assert (country.holds, discount.holds, discount.value) == (True, False, 0.4)


def test_todo_is_no_pass_and_is_not_evaluated(shop: Path) -> None:
    tests = "  - {name: later, todo: in spring}\n"
    tests += "  - {name: open, segment: large, cases: [{given: {}, expect: todo}]}"
    report = report_of(shop, tests)
    assert [case.status for case in report.cases] == ["todo", "todo"]
    assert report.cases[0].note == "in spring"
    assert report.exit_code == 6


# --- cases by rows --------------------------------------------------------------------------------

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


def test_behaviour_is_told_by_rows_and_a_given_value_goes_before(shop: Path) -> None:
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


# --- files ----------------------------------------------------------------------------------------


def test_a_file_that_matches_no_rule_does_not_load(shop: Path) -> None:
    for rules in ("motiv.yaml", "../segmentry.yaml"):
        text = f"rules: {rules}\ntests: [{{name: a, todo: true}}]\n"
        (shop / "rules" / "x.test.yaml").write_text(text, "utf-8")
        with pytest.raises(RuleError) as raised:
            run_tests(Workspace.load(shop))
        assert [d.code for d in raised.value.diagnostics] == ["test-without-rules"]


def test_files_with_mistakes_do_not_load(shop: Path) -> None:
    (shop / "rules" / "motive.test.yaml").write_text("rules: motive.yaml\ntests: []\nwhat: 1\n", "utf-8")
    with pytest.raises(RuleError) as raised:
        run_tests(Workspace.load(shop))
    assert {d.code for d in raised.value.diagnostics} == {"schema", "unknown-key"}


def test_rules_with_mistakes_do_not_load(shop: Path) -> None:
    (shop / "rules" / "value.yaml").write_text(VALUE.replace("spend_12m", "spend"), "utf-8")
    with pytest.raises(RuleError):
        report_of(shop, "  - {name: a, todo: true}")


def test_paths_and_keywords_choose(shop: Path) -> None:
    tests = """
  - name: Large baskets
    segment: large
    cases:
      - {name: by size, given: {country: AT, discount_share: 0, size: large}, expect: in}
      - {given: {country: AT, discount_share: 0, size: small}, expect: out}
"""
    assert len(report_of(shop, tests).cases) == 2
    workspace = Workspace.load(shop)
    for path in ("rules/motive.test.yaml", "rules/motive.yaml", "rules", shop / "rules" / "motive.yaml"):
        assert len(run_tests(workspace, [path]).cases) == 2, path
    with pytest.raises(UsageError, match=r"rules/motive\.test\.yaml"):
        run_tests(workspace, ["rules/motiv.test.yaml"])
    assert len(run_tests(workspace, keyword="BASKETS").cases) == 2
    assert len(run_tests(workspace, keyword="by size").cases) == 1
    assert run_tests(workspace, keyword="no such").exit_code == 6


# --- the command ----------------------------------------------------------------------------------


def _call(shop: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["test", "-w", str(shop), *options])
    return result.exit_code, result.stdout


def test_exit_codes_and_formats_of_the_command(shop: Path) -> None:
    assert _call(shop)[0] == 6
    passing = "  - {name: ok, segment: away, cases: [{given: {days_since_order: 180}, expect: in}]}\n"
    failing = "  - {name: bad, segment: away, cases: [{given: {days_since_order: 179}, expect: in}]}\n"
    todo = "  - {name: later, todo: true}\n"
    report_of(shop, passing, head=OTHERS)
    assert _call(shop) == (0, "1 passed in 1 file.\n")
    assert _call(shop, "--min-coverage", "decisive=1")[0] == 0
    assert _call(shop, "--min-coverage", "leaf=100")[0] == 1
    assert _call(shop, "--min-coverage", "laef=100")[0] == 2
    assert _call(shop, "nowhere")[0] == 2
    report_of(shop, passing + failing + todo, head=OTHERS)
    code, text = _call(shop, "--coverage")
    assert code == 1
    assert "expected in, found out" in text
    assert "  rules/motive.yaml:9  `country is DE` is never seen true\n" in text
    code, text = _call(shop, "--format", "json")
    assert (code, json.loads(text)["summary"]) == (1, {"passed": 1, "failed": 1, "error": 0, "todo": 1})
    code, text = _call(shop, "--format", "junit")
    suites = ElementTree.fromstring(text)
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("3", "1", "1")
    code, text = _call(shop, "--format", "sarif")
    (run,) = json.loads(text)["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "test-failed"
    code, text = _call(shop, "--format", "github")
    assert text.startswith("::error file=rules/motive.test.yaml,line=6,")
    (shop / "rules" / "motive.test.yaml").write_text("rules: x.yaml\ntests: [{name: a, todo: true}]", "utf-8")
    assert _call(shop)[0] == 3
