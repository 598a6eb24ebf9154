"""Logic on random rules, against brute force over all customers and against another solver."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engine.backends.registry import backend_named
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.logic.relation import relation
from tests.logic_cases import load, logic_of, plan_of, segmentation

Customer = Mapping[str, Any]
Condition = dict[str, Any]

# Every value that the conditions below can tell apart from another, missing among them.
WORLD: Mapping[str, tuple[Any, ...]] = {
    "country": ("DE", "AT", "CH", None),
    "tier": (1, 2, 3, None),
    "visits": (-1, 0, 1, 2, 3, 4, 5, None),
    "member": (True, False, None),
}
EVERYBODY: tuple[Customer, ...] = tuple(
    dict(zip(WORLD, values, strict=True)) for values in product(*WORLD.values())
)

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda a, b: a == b,
    "is_not": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "more_than": lambda a, b: a > b,
    "at_least": lambda a, b: a >= b,
    "less_than": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "not_between": lambda a, b: not b[0] <= a <= b[1],
}


def holds(condition: Condition, customer: Customer) -> bool:
    """The condition on one customer, by the words of the language."""
    match condition:
        case {"all": items}:
            return all(holds(c, customer) for c in items)
        case {"any": items}:
            return any(holds(c, customer) for c in items)
        case {"none": items}:
            return not any(holds(c, customer) for c in items)
        case {"not": item}:
            return not holds(item, customer)
        case {"trait": trait, "known": known}:
            return bool((customer[trait] is not None) == known)
        case _:
            return leaf_holds(condition, customer)


def leaf_holds(condition: Condition, customer: Customer) -> bool:
    value = customer[condition["trait"]]
    if value is None:
        return "missing" in condition
    return all(OPERATORS[k](value, v) for k, v in condition.items() if k in OPERATORS)


# --- random conditions ----------------------------------------------------------------------------


@st.composite
def leaves(draw: st.DrawFn) -> Condition:
    trait = draw(st.sampled_from(sorted(WORLD)))
    if draw(st.integers(0, 7)) == 0:
        return {"trait": trait, "known": draw(st.booleans())}
    values = [v for v in WORLD[trait] if v is not None]
    numbers = trait in ("tier", "visits")
    inner = values[1:-1] if trait == "visits" else values
    names = sorted(OPERATORS) if numbers else ["in", "is", "is_not", "not_in"]
    operator = draw(st.sampled_from(names))
    operand: Any = draw(st.sampled_from(inner))
    if operator in ("in", "not_in"):
        operand = draw(st.lists(st.sampled_from(inner), min_size=1, max_size=2))
    elif "between" in operator:
        operand = sorted([operand, draw(st.sampled_from(inner))])
    leaf = {"trait": trait, operator: operand}
    return leaf | ({"missing": "include"} if draw(st.integers(0, 3)) == 0 else {})


def combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    lists = st.lists(inner, min_size=1, max_size=3)
    joined = st.tuples(st.sampled_from(("all", "all", "any", "none")), lists)
    return st.one_of(joined.map(lambda pair: {pair[0]: pair[1]}), inner.map(lambda c: {"not": c}))


CONDITIONS = st.recursive(leaves(), combined, max_leaves=6)


def flow(value: Condition) -> str:
    """The condition as YAML on one line."""
    return json.dumps(value)


# --- brute force ----------------------------------------------------------------------------------


def members(condition: Condition) -> frozenset[int]:
    return frozenset(n for n, customer in enumerate(EVERYBODY) if holds(condition, customer))


@settings(max_examples=40)
@given(rules=st.lists(CONDITIONS, min_size=1, max_size=5), first_match=st.booleans(), promise=st.booleans())
def test_findings_are_those_of_brute_force(
    tmp_path_factory: pytest.TempPathFactory, rules: list[Condition], first_match: bool, promise: bool
) -> None:
    folder = tmp_path_factory.mktemp("logic")
    assign = "first_match" if first_match else "every_match"
    more = "complete: true\ndisjoint: true\n" if promise else ""
    texts = [f"s{n}: {flow(c)}" for n, c in enumerate(rules)]
    found = [
        (d.code, d.message) for d in logic_of(load(folder, segmentation(*texts, assign=assign, more=more)))
    ]

    def reported(code: str, *words: str) -> bool:
        return any(c == code and all(w in message for w in words) for c, message in found)

    sets = [members(c) for c in rules]
    whole = frozenset(range(len(EVERYBODY)))
    for n, here in enumerate(sets):
        name = f"`s{n}`"
        dead = reported("unsatisfiable", f"this branch of {name}")
        assert reported("unsatisfiable", f"nobody can be in {name}") == (not here)
        assert reported("always-true", f"condition of {name}") == (here == whole and not dead)
        before = frozenset[int]().union(*sets[:n])
        assert reported("unreachable", f"left for {name}") == (first_match and bool(here) and here <= before)
        ordinary = bool(here) and here != whole
        assert reported("equivalent", f"{name} has the same") == (ordinary and here in sets[:n])
        wider = [o for o in sets if here < o and o != whole]
        assert reported("subsumed", f"whoever is in {name}") == (ordinary and not first_match and bool(wider))
    assert reported("gap") == (promise and frozenset[int]().union(*sets) != whole)
    overlaps = any(a & b for n, a in enumerate(sets) for b in sets[:n])
    assert reported("overlap") == (promise and overlaps)
    assert not reported("undecided")


@settings(max_examples=40)
@given(rule=CONDITIONS)
def test_dead_branches_and_redundant_parts_are_so(
    tmp_path_factory: pytest.TempPathFactory, rule: Condition
) -> None:
    """Which parts are told follows from brute force on the rule with a part changed."""
    folder = tmp_path_factory.mktemp("logic")
    found = logic_of(load(folder, segmentation(f"s: {flow(rule)}")))
    here = members(rule)
    if not here or len(here) == len(EVERYBODY):
        return
    dead = [d for d in found if d.code == "unsatisfiable"]
    assert bool(dead) == any(not members(b) for b in branches(rule, ()))
    if not dead:
        changing = [members(r) != here for r in shortened(rule)]
        assert any(d.code == "redundant-leaf" for d in found) == (not all(changing))


def branches(condition: Condition, around: tuple[Condition, ...]) -> list[Condition]:
    """Every part that could be met by itself, with what is asked around it."""
    match condition:
        case {"all": items}:
            return [
                b
                for n, item in enumerate(items)
                for b in branches(item, (*around, *items[:n], *items[n + 1 :]))
            ]
        case {"any": items}:
            return [b for i in items for b in ({"all": [i, *around]}, *branches(i, around))]
        case {"none": items}:
            return [b for i in items for b in (i, *branches(i, ()))]
        case {"not": item}:
            return [item, *branches(item, ())]
        case _:
            return []


def shortened(condition: Condition) -> list[Condition]:
    """The condition without one of its leaves, for every leaf that has others beside it."""
    for key, items in condition.items():
        if key in ("all", "any", "none"):
            gone = [
                {key: [*items[:n], *items[n + 1 :]]}
                for n, item in enumerate(items)
                if len(items) > 1 and "trait" in item
            ]
            inside = [
                {key: [*items[:n], other, *items[n + 1 :]]}
                for n, item in enumerate(items)
                for other in shortened(item)
            ]
            return gone + inside
        if key == "not":
            return [{"not": other} for other in shortened(items)]
    return []


# --- another solver -------------------------------------------------------------------------------


z3: Any = import_module("z3")  # it has no types
DECLARED = "".join(
    f"(declare-const {name} Int)(declare-const {name}_known Bool)"
    for name in ("visits", "orders_12m", "score")
)
DOMAINS = "(and orders_12m_known (>= orders_12m 0) score_known (>= score 1) (<= score 5))"
IN_SMT = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<=", "is": "="}


def smt(condition: Condition) -> str:
    """The condition in SMT-LIB, with a flag for each trait that says whether it is known."""
    match condition:
        case {"all": items}:
            return f"(and {' '.join(map(smt, items))})"
        case {"any": items}:
            return f"(or {' '.join(map(smt, items))})"
        case {"none": items}:
            return f"(not (or {' '.join(map(smt, items))}))"
        case {"not": item}:
            return f"(not {smt(item)})"
        case _:
            return smt_leaf(condition)


def smt_leaf(condition: Condition) -> str:
    trait = condition["trait"]
    tests = " ".join(smt_test(k, trait, v) for k, v in condition.items() if k in OPERATORS)
    held = f"(and {trait}_known {tests})"
    return f"(or {held} (not {trait}_known))" if "missing" in condition else held


def smt_test(operator: str, trait: str, operand: Any) -> str:
    match operator:
        case "in":
            return f"(or {' '.join(smt_test('is', trait, v) for v in operand)})"
        case "between":
            return f"(and (>= {trait} {smt_number(operand[0])}) (<= {trait} {smt_number(operand[1])}))"
        case "is_not" | "not_in" | "not_between":
            positive = {"is_not": "is", "not_in": "in", "not_between": "between"}[operator]
            return f"(not {smt_test(positive, trait, operand)})"
        case _:
            return f"({IN_SMT[operator]} {trait} {smt_number(operand)})"


def smt_number(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"


def possible(*formulas: str) -> bool:
    solver = z3.Solver()
    solver.from_string(DECLARED + "".join(f"(assert {f})" for f in (DOMAINS, *formulas)))
    return bool(solver.check() == z3.sat)


@st.composite
def wide_leaves(draw: st.DrawFn) -> Condition:
    """Leaves over whole numbers without end."""
    trait = draw(st.sampled_from(("visits", "orders_12m", "score")))
    operator = draw(st.sampled_from(sorted(OPERATORS)))
    numbers = st.integers(-3, 40)
    operand: Any = draw(numbers)
    if operator in ("in", "not_in"):
        operand = draw(st.lists(numbers, min_size=1, max_size=3))
    elif "between" in operator:
        operand = sorted([operand, draw(numbers)])
    return {"trait": trait, operator: operand} | ({"missing": "include"} if draw(st.booleans()) else {})


WIDE = st.recursive(wide_leaves(), combined, max_leaves=10)


@settings(max_examples=40)
@given(old=WIDE, new=WIDE)
def test_relations_are_those_of_another_solver(
    tmp_path_factory: pytest.TempPathFactory, old: Condition, new: Condition
) -> None:
    folder = tmp_path_factory.mktemp("logic")
    plan = plan_of(load(folder, segmentation(f"old: {flow(old)}", f"new: {flow(new)}")))
    found = relation(
        (plan, Field("r:old", BOOLEAN)), (plan, Field("r:new", BOOLEAN)), backend_named().agreeing
    )
    grows = possible(smt(new), f"(not {smt(old)})")
    shrinks = possible(smt(old), f"(not {smt(new)})")
    expected = {(True, True): "shifted", (True, False): "widened", (False, True): "narrowed"}
    assert found.kind == expected.get((grows, shrinks), "equivalent")
    assert (found.gained is not None, found.lost is not None) == (grows, shrinks)
