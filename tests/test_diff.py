"""`diff`: what a change of the rules does, told exactly. Counts follow from the customers' numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine.diagnostics.errors import DataError, RuleError, UsageError
from tests.two_versions import SETTINGS, TRAITS, Reported, at_least, motive, reported, segment, write

BASE = motive(segment("top", at_least("n", 80)), segment("middle", at_least("n", 50)))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path / "base", BASE)


def compared(base: Path, rules: Any, **more: Any) -> Reported:
    """The base against other rules, over customers 0 to 99."""
    options = {name: more.pop(name) for name in ("max_change", "ids", "as_of") if name in more}
    head = write(base.parent / "head", rules, customers=100, **more)
    return reported(base, head, **options)


# --- counts -----------------------------------------------------------------------------------------


def test_nothing_changes(base: Path) -> None:
    found = compared(base, BASE)
    assert {one.kind for one in found.diff.segments} == {"unchanged"}
    assert found.sizes("top") == (20, 20, 0, 0)
    assert found.diff.causes == ()
    assert found.moves() == {}
    assert found.diff.customers == (100, 100)


def test_a_wider_rule_takes_from_the_later_ones(base: Path) -> None:
    found = compared(base, motive(segment("top", at_least("n", 70)), BASE["segments"][1]), ids=3)
    assert found.sizes("top") == (20, 30, 10, 0)
    assert found.sizes("middle") == (30, 20, 0, 10)
    assert found.moves() == {("middle", "top"): 10}
    assert found.segment("top").kind == "widened"
    assert "`n`" in (found.segment("top").gained or "")
    assert found.segment("top").lost is None
    assert found.segment("middle").kind == "indirect"
    assert [(r.kind, r.id) for r in found.segment("middle").because] == [("segment", "top")]
    (move,) = (f for f in found.table().flows if f.is_move)
    assert move.ids == (70, 71, 72)
    # 70 to 79 have 1, 2, 0, 1, 2, 0, 1, 2, 0, 1 orders of 10.00
    assert move.value["spend"].total == Decimal("100.00")
    assert move.value["spend"].largest == 20


@pytest.mark.parametrize(
    ("leaves", "kind"),
    [
        ([at_least("n", 90)], "narrowed"),
        ([{"trait": "n", "between": [70, 90]}], "shifted"),
        ([{"trait": "n", "more_than": 79}], "equivalent"),
        ([at_least("n", 80), {"trait": "spend", "more_than": 5}], "narrowed"),
        ([{"trait": "n", "top": "20%"}], "opaque"),
        ([at_least("n", 70), {"did": "orders", "times": {"at_least": 2}}], "shifted"),
    ],
)
def test_the_class_of_a_rule_is_proved(base: Path, leaves: list[Any], kind: str) -> None:
    found = compared(base, motive(segment("top", *leaves), BASE["segments"][1]))
    assert found.segment("top").kind == kind
    assert found.segment("middle").kind == ("unchanged" if kind == "equivalent" else "indirect")


def test_rows_of_another_window_are_no_proof(base: Path) -> None:
    def bought(days: int) -> dict[str, Any]:
        return {"did": "orders", "within_last": f"{days} days"}

    write(base, motive(segment("top", bought(57))))
    found = compared(base, motive(segment("top", bought(60))))
    # the first orders are 59 days before, the second ones 58
    assert found.sizes("top") == (0, 66, 66, 0)
    assert found.segment("top").kind == "opaque"


def test_names_and_texts_are_metadata_only(base: Path) -> None:
    top = segment("top", at_least("n", 80), name="The best", owner="crm")
    found = compared(base, motive(top, BASE["segments"][1]))
    assert found.segment("top").kind == "metadata only"
    assert found.segment("top").edited == ("name", "owner")
    assert found.segment("middle").kind == "unchanged"


def test_new_gone_and_other_order(base: Path) -> None:
    rules = motive(BASE["segments"][1], segment("low", at_least("n", 20)), segment("top", at_least("n", 80)))
    found = compared(base, {**rules, "segments": [rules["segments"][0], rules["segments"][1]]})
    assert found.segment("low").kind == "new"
    assert found.segment("top").kind == "gone"
    assert found.moves() == {("top", "middle"): 20, (None, "low"): 30}
    again = compared(base, motive(*reversed(BASE["segments"])))
    assert again.moves() == {("top", "middle"): 20}
    cause = again.cause("motive")
    assert (cause.kind, cause.traced) == ("segmentation", True)
    assert [(e.explained, e.moved) for e in cause.explains] == [(20, 20)]


def test_only_what_comes_before_is_a_reason(base: Path) -> None:
    low, high = segment("low", at_least("n", 20)), segment("high", at_least("n", 90))
    after = compared(base, motive(*BASE["segments"], low))
    assert [after.segment(i).kind for i in ("top", "middle", "low")] == ["unchanged", "unchanged", "new"]
    first = compared(base, motive(high, *BASE["segments"]))
    for identity in ("top", "middle"):
        assert [(r.kind, r.id, r.change) for r in first.segment(identity).because] == [
            ("segment", "high", "new")
        ]
    swapped = compared(base, motive(*reversed(BASE["segments"])))
    assert [(r.kind, r.id) for r in swapped.segment("top").because] == [("segmentation", "motive")]
    gone = compared(base, motive(BASE["segments"][1])).segment("middle").because
    assert [(r.kind, r.id, r.change) for r in gone] == [("segment", "top", "gone")]


def test_the_order_of_others_before_one_is_no_reason(base: Path) -> None:
    low = segment("low", at_least("n", 20))
    write(base, motive(*BASE["segments"], low))
    found = compared(base, motive(*reversed(BASE["segments"]), low))
    assert found.segment("low").kind == "unchanged"


def test_the_same_rule_under_another_id_was_renamed(base: Path) -> None:
    found = compared(base, motive({**BASE["segments"][0], "id": "best"}, BASE["segments"][1]))
    assert [(found.segment(i).kind, found.segment(i).renamed) for i in ("best", "top")] == [
        ("new", "top"), ("gone", "best"),
    ]  # fmt: skip
    assert found.moves() == {("top", "best"): 20}
    other = compared(base, motive(segment("best", at_least("n", 81)), BASE["segments"][1]))
    assert other.segment("best").renamed is None


def test_without_a_new_segment_nobody_is_in_it(base: Path) -> None:
    def club(rule: Any) -> dict[str, Any]:
        return {"segmentation": "clubs", "assign": "every_match", "segments": [segment("club", rule)]}

    head = write(
        base.parent / "head", motive(*BASE["segments"], segment("low", at_least("n", 20))), customers=100
    )
    for folder, rule in ((base, at_least("n", 1000)), (head, {"segment": "low"})):
        (folder / "rules" / "clubs.yaml").write_text(json.dumps(club(rule)), "utf-8")
    found = reported(base, head)
    assert found.sizes("club") == (0, 30, 30, 0)
    explained = {e.segment: (e.explained, e.moved) for e in found.cause("motive").explains}
    assert explained == {None: (30, 30), "club": (30, 30)}


def test_every_match_has_a_table_for_each_segment(base: Path) -> None:
    many = motive(*BASE["segments"], assign="every_match")
    write(base, many)
    found = compared(
        base, motive(segment("top", at_least("n", 90)), BASE["segments"][1], assign="every_match")
    )
    assert found.sizes("top") == (20, 10, 0, 10)
    assert found.sizes("middle") == (50, 50, 0, 0)
    assert found.segment("middle").kind == "unchanged"
    assert [(e.segment, e.explained, e.moved) for e in found.cause("top").explains] == [("top", 10, 10)]


def test_another_way_of_assigning_is_reported_segment_by_segment(base: Path) -> None:
    found = compared(base, motive(*BASE["segments"], assign="every_match"))
    assert found.sizes("middle") == (30, 50, 20, 0)
    assert found.segment("middle").kind == "indirect"
    assert not found.cause("motive").traced


def test_best_score_and_its_scores(base: Path) -> None:
    scored = [{"id": "odd", "score": "n"}, {"id": "even", "score": "60"}]
    write(base, motive(*scored, assign="best_score"))
    other = [scored[0], {"id": "even", "score": "80"}]
    found = compared(base, motive(*other, assign="best_score"))
    assert found.moves() == {("odd", "even"): 20}
    cause = found.cause("motive")
    assert [(e.explained, e.moved) for e in cause.explains] == [(20, 20)]
    assert {found.segment("odd").kind, found.segment("even").kind} == {"indirect"}


def test_drafts_have_a_class_and_no_counts(base: Path) -> None:
    draft = segment("idea", at_least("n", 10), status="draft")
    write(base, motive(*BASE["segments"], draft))
    found = compared(base, motive(*BASE["segments"], segment("idea", at_least("n", 5), status="draft")))
    idea = found.segment("idea")
    assert (idea.kind, idea.draft, idea.sizes) == ("widened", True, None)


# --- what rests on what -----------------------------------------------------------------------------


def test_a_trait_that_changes_reaches_who_uses_it(base: Path) -> None:
    rules = motive(segment("buyers", at_least("orders_all", 2)), segment("rest", at_least("n", 0)))
    write(base, rules)
    traits = [{**TRAITS[0], "where": {"column": "kind", "is": "gift"}}, TRAITS[1]]
    found = compared(base, rules, traits=traits)
    # two orders, of which one is a gift: nobody has two gifts any more
    assert found.sizes("buyers") == (33, 0, 0, 33)
    assert found.segment("buyers").kind == "indirect"
    assert [(r.kind, r.id) for r in found.segment("buyers").because] == [("trait", "orders_all")]
    cause = found.cause("orders_all")
    assert "orders" in (cause.before or "")
    assert "gift" in (cause.after or "")
    assert [(e.explained, e.moved) for e in cause.explains] == [(33, 33)]


def test_a_rule_over_a_changed_trait_proves_nothing(base: Path) -> None:
    write(base, motive(segment("buyers", at_least("orders_all", 2))))
    traits = [{**TRAITS[0], "where": {"column": "kind", "is": "own"}}, TRAITS[1]]
    found = compared(base, motive(segment("buyers", at_least("orders_all", 1))), traits=traits)
    buyers = found.segment("buyers")
    assert (buyers.kind, buyers.rule) == ("opaque", "widened")
    explained = {c.kind: [(e.explained, e.moved) for e in c.explains] for c in found.diff.causes}
    # own orders: 1 for numbers that leave 1 or 2; 33 had two orders of any kind, 33 join
    assert found.sizes("buyers") == (33, 66, 33, 0)
    assert explained == {"segment": [(33, 33)], "trait": [(0, 33)]}


def test_a_source_that_changes_is_a_cause(base: Path) -> None:
    rules = motive(segment("buyers", at_least("orders_all", 2)))
    write(base, rules)
    orders = {**SETTINGS["sources"]["orders"], "where": {"column": "kind", "is": "own"}}
    settings = {**SETTINGS, "sources": {**SETTINGS["sources"], "orders": orders}}
    found = compared(base, rules, settings=settings)
    assert found.sizes("buyers") == (33, 0, 0, 33)
    assert [(r.kind, r.id) for r in found.segment("buyers").because] == [("source", "orders")]
    assert [(e.explained, e.moved) for e in found.cause("orders").explains] == [(33, 33)]


def test_a_description_of_a_column_changes_nothing(base: Path) -> None:
    described = {**SETTINGS["sources"]["orders"], "description": "What was bought"}
    settings = {**SETTINGS, "sources": {**SETTINGS["sources"], "orders": described}}
    found = compared(base, BASE, settings=settings)
    assert {one.kind for one in found.diff.segments} == {"unchanged"}


def test_two_changed_leaves_share_the_moves(base: Path) -> None:
    write(base, motive(segment("top", at_least("n", 80), at_least("half", 10))))
    found = compared(base, motive(segment("top", at_least("n", 60), at_least("half", 35))))
    # n from 70 on, by the half; without the first change from 80 on, without the second from 60 on
    assert found.sizes("top") == (20, 30, 10, 0)
    shares = {c.before: [(e.explained, e.moved) for e in c.explains] for c in found.diff.causes}
    assert shares == {"n is at least 80": [(10, 10)], "half is at least 10": [(0, 10)]}


def test_a_leaf_that_comes_and_one_that_goes(base: Path) -> None:
    write(base, motive(segment("top", at_least("n", 80), at_least("half", 45))))
    found = compared(base, motive(segment("top", at_least("n", 80), {"trait": "n", "less_than": 95})))
    reported_of = {(c.before, c.after): [e.explained for e in c.explains] for c in found.diff.causes}
    # 90 to 99 before, 80 to 94 now
    assert found.sizes("top") == (10, 15, 10, 5)
    assert reported_of == {("half is at least 45", None): [10], (None, "n is less than 95"): [5]}


def test_other_customers_are_found_again_by_their_key(base: Path) -> None:
    people = {**SETTINGS["sources"]["customers"], "where": {"column": "n", "at_least": 60}}
    settings = {**SETTINGS, "sources": {**SETTINGS["sources"], "customers": people}}
    found = compared(base, BASE, settings=settings)
    assert found.diff.customers == (100, 40)
    assert found.moves() == {(None, "not_a_customer"): 50, ("middle", "not_a_customer"): 10}
    assert found.sizes("middle") == (30, 20, 0, 10)
    assert found.segment("top").kind == "indirect"
    assert any("customers table" in note for note in found.diff.notes)


# --- limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "most", "over"),
    [(None, "1/2", []), (None, "49/100", ["top"]), (True, "1/10", ["middle"]), ("50%", "1/10", ["middle"]),
     ("40%", "1/10", ["middle", "top"]), ("some", "1/10", ["middle", "top"])],
)  # fmt: skip
def test_more_than_is_allowed_fails_unless_it_is_expected(
    base: Path, expected: Any, most: str, over: list[str]
) -> None:
    more = {} if expected is None else {"expected_change": expected}
    rules = motive(segment("top", at_least("n", 70), **more), BASE["segments"][1])
    found = compared(base, rules, max_change=most)
    assert sorted(found.diff.too_much) == over
    assert any("expected_change" in note for note in found.diff.notes) is (expected == "some")


def test_people_in_a_segment_that_had_none_are_a_change_without_limit(base: Path) -> None:
    write(base, motive(segment("top", at_least("n", 1000))))
    found = compared(base, motive(segment("top", at_least("n", 80))), max_change="5")
    assert found.sizes("top") == (0, 20, 20, 0)
    assert found.diff.too_much == {"top": Fraction(5)}


def test_a_word_of_its_own_is_the_share_that_is_reported(base: Path) -> None:
    rules = motive(segment("top", at_least("n", 70), expected_change="30%"), BASE["segments"][1])
    assert compared(base, rules, max_change="1/10").diff.too_much["top"] == Fraction(3, 10)


def test_swapping_people_is_a_change_though_the_size_stays(base: Path) -> None:
    found = compared(
        base, motive(segment("top", {"trait": "n", "less_than": 20}), BASE["segments"][1]), max_change="9/10"
    )
    assert found.sizes("top") == (20, 20, 20, 20)
    assert "top" in found.diff.too_much


def test_the_head_has_to_keep_its_budgets(base: Path) -> None:
    budget = {"share": {"at_most": 0.25}, "size": {"at_least": 10}}
    found = compared(base, motive(segment("top", at_least("n", 70), expected=budget), BASE["segments"][1]))
    assert [(b.segment, b.of) for b in found.diff.budgets] == [("top", "share")]


# --- beside the counts ------------------------------------------------------------------------------


def test_findings_that_are_new_and_gone(base: Path) -> None:
    rules = motive(segment("top", at_least("n", 80)), segment("middle", at_least("n", 90)))
    found = compared(base, rules)
    assert "unreachable" in {item.code for item in found.diff.new_findings}
    back = reported(base.parent / "head", write(base, BASE, customers=100))
    assert "unreachable" in {item.code for item in back.diff.gone_findings}
    assert not any(item.code == "no-contract" for item in back.diff.new_findings)


def test_totals_of_rule_tests(base: Path) -> None:
    text = "rules: motive.yaml\ntests: [{name: a, segment: top, cases: [{given: {n: 75}, expect: out}]}]\n"
    (base / "rules" / "motive.test.yaml").write_text(text, "utf-8")
    head = write(
        base.parent / "head", motive(segment("top", at_least("n", 70)), BASE["segments"][1]), customers=100
    )
    (head / "rules" / "motive.test.yaml").write_text(text, "utf-8")
    tests = reported(base, head).diff.tests
    assert tests is not None
    assert [(one.cases, one.failed) for one in tests] == [(1, 0), (1, 1)]
    assert tests[0].coverage["leaf"] < 100


def test_without_data_the_rules_speak(base: Path) -> None:
    head = write(base.parent / "head", motive(segment("top", at_least("n", 70)), BASE["segments"][1]))
    found = reported(base, head)
    assert found.diff.customers is None
    assert found.segment("top").kind == "widened"
    assert found.segment("top").gained is not None
    assert found.segment("top").sizes is None
    assert any("No data" in note for note in found.diff.notes)
    with pytest.raises(DataError, match=r"customers\.csv"):
        reported(base, head, data=head)


def test_data_lies_where_it_is_said_to(base: Path) -> None:
    elsewhere = write(base.parent / "elsewhere", BASE, customers=90)
    head = write(base.parent / "head", BASE, customers=100)
    assert reported(base, head, data=elsewhere).sizes("top") == (10, 10, 0, 0)
    with pytest.raises(UsageError, match="--data"):
        reported(base, head, data=base / "nowhere")


def test_files_that_moved_are_read_where_they_are(base: Path) -> None:
    head = write(base.parent / "head", BASE, customers=100)
    (head / "data/customers.csv").rename(head / "data/people.csv")
    people = {**SETTINGS["sources"]["customers"], "path": "data/people.csv"}
    write(head, BASE, settings={**SETTINGS, "sources": {**SETTINGS["sources"], "customers": people}})
    assert reported(base, head).diff.customers == (100, 100)


def test_one_instant_for_both(base: Path) -> None:
    traits = [{"id": "days", "days_since_last": "orders"}]
    rules = motive(segment("late", at_least("days", 60)))
    write(base, rules, traits=traits, settings={**SETTINGS, "as_of": "2026-02-01"})
    newest = {**SETTINGS, "as_of": {"latest": "orders"}}
    found = compared(base, rules, traits=traits, settings=newest)
    assert found.diff.as_of.isoformat() == "2026-01-03T00:00:00+00:00"
    assert found.sizes("late") == (0, 0, 0, 0)
    asked = compared(base, rules, traits=traits, settings=newest, as_of="2026-03-08")
    assert asked.sizes("late") == (66, 66, 0, 0)


def test_rules_that_do_not_load_name_their_version(base: Path) -> None:
    write(base, motive(segment("top", at_least("unknown", 1))))
    head = write(base.parent / "head", BASE, customers=10)
    with pytest.raises(RuleError) as caught:
        reported(base, head)
    assert [(d.code, d.file) for d in caught.value.diagnostics] == [
        ("unknown-trait", f"{base}:rules/motive.yaml")
    ]
