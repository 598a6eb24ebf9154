"""What conditions imply: each finding of logic, where it stands and what it says, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine import check
from segmentry.engine.diagnostics.findings import CATALOGUE
from tests.logic_cases import load, logic_of, places, segmentation


def codes_of(tmp_path: Path, condition: str) -> list[str]:
    """The findings of logic on one segment with that condition."""
    return [code for code, _ in places(load(tmp_path, segmentation(f"one: {condition}")))]


# --- unsatisfiable --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "{all: [{trait: visits, at_least: 4}, {trait: visits, less_than: 2}]}",
        "{all: [{trait: visits, more_than: 3}, {trait: visits, less_than: 4}]}",
        "{all: [{trait: balance, more_than: 0.5}, {trait: balance, less_than: 0.51}]}",
        "{all: [{trait: country, is: DE}, {trait: country, is: AT}]}",
        "{all: [{trait: country, is: DE}, {trait: country, known: false}]}",
        "{all: [{trait: country, is: DE}, {trait: country, in: [de], ignore_case: true, known: false}]}",
        "{all: [{trait: country, is: AT}, {trait: country, is: ｄｅ, fold: true}]}",
        "{all: [{trait: country, is: DE}, {not: {trait: country, starts_with: d, fold: true}}]}",
        "{all: [{trait: city, is: a, fold: true}, {trait: city, is: Ｂ, fold: true}]}",
        "{all: [{trait: country, is: AT}, {trait: country, starts_with: D}]}",
        "{all: [{trait: country, is: DE}, {not: {trait: country, in: [DE, AT]}}]}",
        "{all: [{trait: member, is: true}, {trait: member, is_not: true}]}",
        "{all: [{trait: tier, more_than: 1}, {trait: tier, less_than: 2}]}",
        "{all: [{trait: joined, before: 2026-01-01}, {trait: joined, within_last: 3 weeks}]}",
        "{all: [{trait: seen_at, before: 2026-01-01}, {trait: seen_at, more_than_ahead: 1 hour}]}",
        "{all: [{trait: seen_at, is: 2026-01-01}, {trait: seen_at, after: 2026-01-01}]}",
        "{all: [{trait: joined, month_in: [may]}, {trait: joined, month_in: [june]}]}",
        "{all: [{trait: city, matches: '^X'}, {trait: city, not_matches: '^X'}]}",
        "{all: [{trait: spend, top: 10%}, {not: {trait: spend, top: 10%}}]}",
        "{all: [{trait: balance, top: 10%}, {trait: balance, known: false}]}",
        "{all: [{trait: visits, bottom: 5, among: {trait: tier, is: 1}}, {trait: tier, is: 2}]}",
        "{all: [{did: orders}, {did_not: orders}]}",
        "{all: [{did: orders, times: {at_least: 3}}, {did: orders, times: {at_most: 2}}]}",
        "{all: [{trait: visits, more_than: {trait: tier}}, {trait: tier, at_least: {trait: visits}}]}",
        "{all: [{trait: tags, includes: a}, {trait: tags, includes_none: [a]}]}",
        "{all: [{trait: rating, more_than: 0.1}, {trait: rating, at_most: 0.1}]}",
    ],
)
def test_two_parts_exclude_each_other(tmp_path: Path, condition: str) -> None:
    (found,) = (d for d in logic_of(load(tmp_path, segmentation(f"one: {condition}"))) if d.code != "opaque")
    assert found.code == "unsatisfiable"
    assert "exclude each other" in found.message
    assert len(found.related) == 1
    assert (found.related[0].span.line, found.related[0].span.column) < (found.span.line, found.span.column)


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("{trait: orders_12m, less_than: 0}", "`orders_12m` is never below 0"),
        ("{trait: web_share, at_least: 50}", "`web_share` lies between 0 and 1"),
        ("{trait: score, is: 6}", "`score` lies between 1 and 5"),
        ("{trait: rank, is: 0}", "`rank` lies above 0 and is at most 1"),
        ("{trait: tone, is: middle}", "`tone` is one of low, high"),
        ("{trait: points, more_than: 30}", "`points` lies between -10 and 30"),
        ("{trait: last_channel, is: fax}", "`last_channel` is one of web, app, none"),
        ("{trait: age_days, less_than: 0}", "`age_days` is never below 0"),
        ("{trait: orders_12m, known: false}", "`orders_12m` is never below 0"),
    ],
)
def test_a_part_outside_of_what_a_kind_can_be(tmp_path: Path, condition: str, hint: str) -> None:
    (found,) = logic_of(load(tmp_path, segmentation(f"one: {condition}")))
    assert (found.code, found.span.line, found.hint) == ("unsatisfiable", 5, hint)


def test_operators_of_one_leaf_exclude_each_other_at_the_later(tmp_path: Path) -> None:
    (found,) = logic_of(load(tmp_path, segmentation("one: {trait: visits, at_least: 4, less_than: 2}")))
    assert found.code == "unsatisfiable"
    assert found.related[0].span.column < found.span.column
    assert found.span.end_column - found.span.column == len("less_than")


def test_the_place_is_the_later_of_two_leaves(tmp_path: Path) -> None:
    rules = """\
        segmentation: sample
        assign: every_match
        segments:
          - id: one
            when:
              all:
                - trait: visits
                  at_least: 4
                - any:
                    - {trait: member, is: true}
                    - {trait: member, is: false}
                - trait: visits
                  less_than: 2
                - {trait: visits, less_than: 1}
        """
    (found,) = logic_of(load(tmp_path, rules))
    assert (found.code, found.span.line, found.related[0].span.line) == ("unsatisfiable", 12, 7)


@pytest.mark.parametrize(
    "condition",
    [
        "{any: [{trait: member, is: true}, {all: [{trait: visits, is: 1}, {trait: visits, is: 2}]}]}",
        "{all: [{trait: visits, is: 1}, {any: [{trait: visits, is: 2}, {trait: member, is: true}]}]}",
        "{not: {all: [{trait: visits, is: 1}, {trait: visits, is: 2}]}}",
        "{none: [{trait: member, is: true}, {trait: orders_12m, less_than: 0}]}",
        "{none: [{any: [{trait: member, is: true}, {all: [{trait: tier, is: 1}, {trait: tier, is: 2}]}]}]}",
    ],
)
def test_a_branch_that_can_never_hold_is_reported_once(tmp_path: Path, condition: str) -> None:
    (found,) = logic_of(load(tmp_path, segmentation(f"one: {condition}")))
    assert found.code == "unsatisfiable"
    assert "branch" in found.message


def test_no_noise_follows_a_rule_that_nobody_can_meet(tmp_path: Path) -> None:
    rules = """\
        segmentation: sample
        assign: first_match
        complete: true
        disjoint: true
        segments:
          - {id: all-of-them, when: {any: [{trait: visits, known: true}, {trait: visits, known: false}]}}
          - {id: nobody, when: {all: [{trait: visits, is: 1}, {trait: visits, is: 2}]}}
          - {id: nobody-else, extends: nobody}
          - {id: nor-these, extends: nobody, when: {trait: tier, is: 1}}
          - {id: nor-those, when: {all: [{segment: nobody}, {trait: tier, is: 1}]}}
        """
    assert places(load(tmp_path, rules)) == [("always-true", 6), ("unsatisfiable", 7)]


def test_what_a_segment_extends_is_cited(tmp_path: Path) -> None:
    rules = """\
        segmentation: sample
        assign: every_match
        segments:
          - {id: active, when: {trait: visits, at_least: 1}}
          - id: asleep
            extends: active
            when: {trait: visits, less_than: 1}
        """
    (found,) = logic_of(load(tmp_path, rules))
    assert (found.code, found.span.line, found.related[0].span.line) == ("unsatisfiable", 7, 6)


@pytest.mark.parametrize(
    "condition",
    [
        "{all: [{trait: country, is: DEE}, {trait: country, is: DE}]}",  # value-not-allowed: logic looks away
        "{all: [{trait: city, matches: '^X'}, {trait: city, not_matches: '^Y'}]}",
        "{all: [{trait: city, starts_with: a}, {trait: city, ends_with: b}]}",
        "{all: [{trait: city, is: a}, {trait: city, in: [A], ignore_case: true}]}",
        "{all: [{trait: city, is: ß}, {trait: city, in: [SS], fold: true}]}",
        "{all: [{trait: spend, top: 10%}, {not: {trait: spend, top: 20%}}]}",
        "{all: [{trait: rating, more_than: 0.1}, {trait: rating, less_than: 0.2}]}",
        "{all: [{trait: seen_at, is: 2026-03-29}, {trait: seen_at, before: 2026-03-29T01:00}]}",
        "{all: [{trait: joined, month_in: [february]}, {trait: joined, before: 2026-01-01}]}",
        "{all: [{trait: spend, less_than: 0}, {trait: orders_12m, is: 0}]}",
        "{not: {trait: visits, known: true, more_than: 5}}",
    ],
)
def test_what_can_be_so_is_no_finding(tmp_path: Path, condition: str) -> None:
    assert codes_of(tmp_path, condition) == []


# --- always true, redundant -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "{trait: orders_12m, at_least: 0}",
        "{any: [{trait: visits, at_least: 1}, {trait: visits, less_than: 1}, {trait: visits, known: false}]}",
        "{trait: country, in: [DE, AT, CH], missing: include}",
        "{any: [{trait: city, matches: x}, {not: {trait: city, matches: x}}]}",
    ],
)
def test_always_true(tmp_path: Path, condition: str) -> None:
    found = [f for f in places(load(tmp_path, segmentation(f"one: {condition}"))) if f[0] == "always-true"]
    assert found == [("always-true", 5)]


@pytest.mark.parametrize(
    ("condition", "column"),
    [
        ("{all: [{trait: visits, at_least: 4}, {trait: visits, at_least: 1}]}", 59),
        ("{all: [{trait: visits, at_least: 1}, {trait: visits, at_least: 4}]}", 29),
        ("{any: [{trait: visits, at_least: 4}, {trait: visits, at_least: 1}]}", 29),
        ("{all: [{trait: visits, is: 4}, {trait: visits, is: 4}]}", 53),
        ("{all: [{trait: visits, is: 4}, {none: [{trait: visits, is: 3}, {trait: member, is: true}]}]}", 61),
    ],
)
def test_redundant_leaf(tmp_path: Path, condition: str, column: int) -> None:
    found = [(d.code, d.span.column) for d in logic_of(load(tmp_path, segmentation(f"one: {condition}")))]
    assert found == [("redundant-leaf", column)]


# --- several rules --------------------------------------------------------------------------------


def test_unreachable_by_the_union_of_earlier_ones(tmp_path: Path) -> None:
    rules = segmentation(
        "few: {trait: visits, less_than: 3}",
        "members: {trait: member, is: true}",
        "many: {trait: visits, at_least: 3}",
        "some: {trait: visits, between: [2, 4]}",
        assign="first_match",
    )
    (found,) = logic_of(load(tmp_path, rules))
    assert (found.code, found.span.line) == ("unreachable", 8)
    assert [r.span.line for r in found.related] == [5, 7]
    assert "`few` and `many` together take" in found.message


@pytest.mark.parametrize(
    "later",
    ["{trait: country, in: [ＤＥ, at], fold: true}", "{trait: country, starts_with: [d, Ａ], fold: true}"],
)
def test_unreachable_by_texts_that_fold_to_the_same(tmp_path: Path, later: str) -> None:
    earlier = "some: {trait: country, in: [DE, AT]}"
    rules = segmentation(earlier, f"later: {later}", assign="first_match")
    assert "unreachable" in [d.code for d in logic_of(load(tmp_path, rules))]


def test_a_draft_takes_nobody_from_a_live_segment(tmp_path: Path) -> None:
    rules = """\
        segmentation: sample
        assign: first_match
        segments:
          - {id: all-visits, status: draft, when: {trait: visits, known: true}}
          - {id: some, when: {trait: visits, at_least: 3}}
          - {id: planned, status: draft, when: {trait: visits, at_least: 4}}
        """
    assert places(load(tmp_path, rules)) == [("unreachable", 6)]


def test_equivalent_across_the_workspace_at_the_later(tmp_path: Path) -> None:
    first = segmentation("loyal: {trait: orders_12m, at_least: 4}", "same: {rule: loyal}")
    second = segmentation("regular: {trait: orders_12m, more_than: 3}").replace("sample", "other")
    (found,) = logic_of(load(tmp_path, first, second))
    assert (found.code, found.file, found.span.line) == ("equivalent", "rules/b.yaml", 5)
    assert (found.related[0].file, found.related[0].span.line) == ("rules/a.yaml", 5)


def test_subsumed_at_the_narrower(tmp_path: Path) -> None:
    rules = segmentation(
        "buyers: {trait: spend, at_least: 100}",
        "big: {all: [{trait: spend, at_least: 500}, {trait: member, is: true}]}",
        "built-on: {all: [{rule: buyers}, {trait: tier, is: 2}]}",
    )
    assert places(load(tmp_path, rules)) == [("subsumed", 6)]
    in_order = rules.replace("every_match", "first_match").replace("buyers: ", "z: ")
    assert places(load(tmp_path, in_order)) == [("unreachable", 6), ("unreachable", 7)]


# --- promises -------------------------------------------------------------------------------------


def test_a_gap_shows_a_customer(tmp_path: Path) -> None:
    rules = segmentation(
        "small: {trait: balance, less_than: 100, missing: include}",
        "big: {trait: balance, more_than: 100}",
        more="complete: true\n",
    )
    (found,) = logic_of(load(tmp_path, rules))
    assert (found.code, found.span.line) == ("gap", 4)
    assert found.message.endswith("a customer with `balance` 100.00")
    assert places(load(tmp_path, rules.replace("more_than", "at_least"))) == []
    closed = rules.replace("complete: true", "otherwise: {id: rest}\ncomplete: true")
    assert places(load(tmp_path, closed.replace("every_match", "first_match"))) == []


def test_a_gap_of_missing_values(tmp_path: Path) -> None:
    rules = segmentation(
        "ours: {trait: country, is: DE}", "others: {trait: country, is_not: DE}", more="complete: true\n"
    )
    (found,) = logic_of(load(tmp_path, rules))
    assert found.message.endswith("a customer with `country` missing")


def test_a_best_score_without_a_score_takes_nobody(tmp_path: Path) -> None:
    rules = """\
        segmentation: sample
        assign: best_score
        complete: true
        segments:
          - {id: a, score: visits}
          - {id: b, score: "coalesce(visits, 0)"}
        """
    assert places(load(tmp_path, rules)) == []
    (found,) = logic_of(load(tmp_path, rules.replace('"coalesce(visits, 0)"', "rating")))
    assert found.code == "gap"


def test_an_overlap_shows_a_customer(tmp_path: Path) -> None:
    rules = segmentation(
        "small: {trait: balance, at_most: 100}",
        "big: {trait: balance, at_least: 100}",
        more="disjoint: true\n",
    )
    (found,) = logic_of(load(tmp_path, rules))
    assert (found.code, found.span.line) == ("overlap", 4)
    assert found.message.endswith("a customer with `balance` 100.00")
    assert places(load(tmp_path, rules.replace("at_most", "less_than"))) == []


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("{trait: city, starts_with: VIP-}", "{trait: city, contains: [x]}", "`city` VIP-x"),
        ("{trait: joined, month_in: [may]}", "{trait: joined, weekday_in: [monday]}", "`joined` "),
        ("{trait: visits, more_than: {trait: tier, times: 2}}", "{trait: tier, is: 3}", "`visits` "),
        ("{trait: channels, includes: web}", "{trait: channels, size: {at_least: 2}}", "`channels` web, "),
        ("{trait: spend, top: 10%}", "{did: orders}", "is in the top 10%`: yes"),
        ("{trait: member, is: true}", "{trait: member, known: true}", "`member` true"),
    ],
)
def test_the_customer_that_is_shown_is_one(tmp_path: Path, first: str, second: str, shown: str) -> None:
    rules = segmentation(f"one: {first}", f"two: {second}", more="disjoint: true\n")
    (found,) = (d for d in logic_of(load(tmp_path, rules)) if d.code == "overlap")
    assert shown in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{trait: spend, top: 10%}", "{trait: spend, bottom: 10%}"),
        ("{did: orders, within_last: 1 month}", "{did_not: orders, within_last: 2 months}"),
        ("{trait: city, starts_with: a}", "{trait: city, starts_with: b}"),
        (
            "{trait: visits, more_than: {trait: tier}}",
            "{all: [{trait: visits, is: 0}, {trait: tier, is: 1}]}",
        ),
    ],
)
def test_no_customer_is_shown_who_may_be_impossible(tmp_path: Path, first: str, second: str) -> None:
    rules = segmentation(f"one: {first}", f"two: {second}", more="disjoint: true\n")
    assert places(load(tmp_path, rules)) == []


@pytest.mark.parametrize(
    ("extended", "code"), [("nobody", "unknown-segment"), ("a", "cycle"), ("b", "cycle")]
)
def test_a_rule_that_only_extends_a_broken_one_is_one_finding(
    tmp_path: Path, extended: str, code: str
) -> None:
    rules = "segmentation: sample\nassign: first_match\nowner: crm\nsegments:\n"
    rules += f"  - {{id: a, extends: {extended}}}\n  - {{id: b, extends: a}}\n"
    found = check(load(tmp_path, rules))
    assert [d.code for d in found if d.severity == "error"] == [code]
    assert not any(CATALOGUE[d.code].family == "logic" for d in found)


def test_a_long_chain_of_references_may_stand_in_any_order(tmp_path: Path) -> None:
    links = [
        f"s{n}: {{all: [{{segment: s{n + 1}}}, {{trait: visits, at_least: {140 - n}}}]}}" for n in range(140)
    ]
    ends = ["s140: {trait: country, is: DE}", "s141: {all: [{rule: s0}, {trait: visits, is: 3}]}"]
    text = segmentation(*links, *ends)
    (found,) = (d for d in logic_of(load(tmp_path, text)) if d.code != "redundant-leaf")
    assert (found.code, found.span.line) == ("unsatisfiable", 146)
