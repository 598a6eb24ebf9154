"""How far logic sees, and what it says of two versions of a rule."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from segmentry.engine import check
from segmentry.engine.backends.registry import backend_named
from segmentry.engine.files.parse.reader import Findings
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.logic.check import CHECKS
from segmentry.engine.planning.logic.relation import relation
from segmentry.engine.planning.logic.rules import Rules
from segmentry.engine.planning.logic.state import State
from tests.logic_cases import HEAD, load, logic_of, places, plan_of, segmentation

# --- how far logic sees ---------------------------------------------------------------------------


def test_opaque_parts_are_reported_where_they_stand(tmp_path: Path) -> None:
    rules = segmentation(
        "a: {trait: city, matches: x}",
        "b: {trait: spend, top: 10%}",
        "c: {did: orders}",
        "d: {did: orders, then: {did: orders}}",
        "e: {trait: city, starts_with: x}",
    )
    found = [(d.code, d.severity, d.span.line) for d in logic_of(load(tmp_path, rules))]
    assert found == [("opaque", "info", line) for line in (5, 6, 7, 8)]


def test_a_question_beyond_the_budget_is_undecided(tmp_path: Path) -> None:
    # Twelve guests in eleven rooms, none in a room with another: finding out takes very many steps.
    traits = [f"p{n}" for n in range(12)]
    head = "".join(
        f"      {t}: {{type: integer, values: [{', '.join(map(str, range(11)))}]}}\n" for t in traits
    )
    rooms = [
        f"{{not: {{all: [{{trait: {a}, is: {room}}}, {{trait: {b}, is: {room}}}]}}}}"
        for n, a in enumerate(traits)
        for b in traits[:n]
        for room in range(11)
    ]
    known = [f"{{trait: {t}, known: true}}" for t in traits]
    rules = segmentation(f"one: {{all: [{', '.join([*known, *rooms])}]}}")
    workspace = load(tmp_path, rules, head=HEAD.replace("      country:", f"{head}      country:"))
    assert places(workspace) == [("undecided", 5)]


def test_mistakes_in_a_rule_are_not_made_more_by_logic(tmp_path: Path) -> None:
    rules = segmentation(
        "one: {trait: no_such_trait, at_least: 4}",
        "two: {trait: visits, known: true}",
        "three: {all: [{rule: one}, {trait: visits, at_least: 1}]}",
        assign="first_match",
        more="complete: true\n",
    )
    assert {d.code for d in check(load(tmp_path, rules))} & {"unsatisfiable", "gap", "unreachable"} == set()


# --- two versions of a rule -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kind", "gained", "lost"),
    [
        ("{trait: visits, at_least: 4}", "{trait: visits, more_than: 3}", "equivalent", None, None),
        ("{trait: visits, at_least: 4}", "{trait: visits, at_least: 3}", "widened", "`visits` 3", None),
        ("{trait: visits, known: true}", "{trait: visits, at_least: 0}", "narrowed", None, "`visits` -1"),
        ("{trait: tier, is: 1}", "{trait: tier, is: 2}", "shifted", "`tier` 2", "`tier` 1"),
        (
            "{all: [{trait: spend, top: 10%}, {trait: tier, is: 1}]}",
            "{trait: spend, top: 10%}",
            "widened",
            "`spend is in the top 10%`: yes and `tier` 2",
            None,
        ),
        ("{trait: spend, top: 10%}", "{trait: spend, top: 20%}", "opaque", None, None),
        ("{did: orders}", "{did: orders, within_last: 1 year}", "opaque", None, None),
        ("{trait: city, matches: '^U'}", "{trait: city, matches: '^X'}", "opaque", None, None),
        ("{trait: city, starts_with: a}", "{trait: city, starts_with: b}", "shifted", "`city` b", "`city` a"),
        ("{did: orders}", "{did: orders, times: {at_least: 1}}", "equivalent", None, None),
        ("{did: orders}", "{did: orders, times: {at_least: 2}}", "narrowed", None, ": 1"),
    ],
)
def test_relation(
    tmp_path: Path, old: str, new: str, kind: str, gained: str | None, lost: str | None
) -> None:
    rule = Field("r:one", BOOLEAN)
    plans = [
        plan_of(
            load(tmp_path / name, segmentation(f"one: {condition}", "two: {did: orders, times: {is: 9}}"))
        )
        for name, condition in (("old", old), ("new", new))
    ]
    found = relation((plans[0], rule), (plans[1], rule), backend_named().agreeing)
    assert found.kind == kind
    for expected, shown in ((gained, found.gained), (lost, found.lost)):
        assert (expected is None) == (shown is None)
        assert expected is None or (shown or "").endswith(expected)


def test_five_hundred_rules_take_few_steps(tmp_path: Path) -> None:
    chosen = random.Random(5)

    def leaf() -> str:
        trait = chosen.choice(("visits", "orders_12m", "score", "tier"))
        return f"{{trait: {trait}, {chosen.choice(('at_least', 'less_than'))}: {chosen.randint(1, 5)}}}"

    rules = [f"s{n}: {{all: [{leaf()}, {leaf()}, {{any: [{leaf()}, {leaf()}]}}]}}" for n in range(500)]
    found = Rules(plan_of(load(tmp_path, segmentation(*rules))))
    state = State(found, Findings(), backend_named().agreeing)
    before = found.budget.left
    for _, look in CHECKS:
        look(state)
    assert before - found.budget.left < 200_000
    assert not found.undecided
