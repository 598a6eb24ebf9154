"""Rule tests: what a case gives, what comes out, and that nothing that is left out passes silently."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from segmentry.cli import app
from segmentry.engine import RuleError, UsageError, Workspace
from segmentry.engine.ruletests.run import run_tests
from tests.tested_shop import VALUE, case_of, make_shop, messages, report_of


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


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
