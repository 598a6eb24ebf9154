"""The door to the engines: each entry is whole, and what one can't do is refused before anything runs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from segmentry.engine import UnsupportedError, UsageError, Workspace, check, evaluate
from segmentry.engine.answers.explain import waterfall
from segmentry.engine.backends import registry
from segmentry.engine.backends.protocol import KEY, Backend, Given, People, numbered
from segmentry.engine.backends.registry import BACKENDS, backend_named
from segmentry.engine.diff.compare import DiffOptions, compare
from segmentry.engine.language.aggregates import AggregateKind, Steps
from segmentry.engine.language.expr import Const, Expr, Field
from segmentry.engine.language.expr import call as expr_call
from segmentry.engine.language.types import BOOLEAN, DATE, INTEGER, NUMBER, STRING, Type
from segmentry.engine.planning.plan import RowAggregate
from segmentry.engine.planning.primitives import PRIMITIVES
from segmentry.engine.ruletests.run import run_tests
from tests.command_line import call
from tests.small_shop import FILES, make_shop

_POLARS = BACKENDS["polars"]
PARTS = sorted(name for name in vars(Backend) if not name.startswith("_"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


@pytest.mark.parametrize("name", BACKENDS)
def test_an_entry_has_every_part_of_the_protocol(name: str) -> None:
    backend = backend_named(name)
    assert backend.name == name
    assert backend.version
    for part in PARTS:
        here, there = getattr(type(backend), part), getattr(Backend, part)
        if inspect.isfunction(there):
            assert inspect.signature(here) == inspect.signature(there), part


@pytest.mark.parametrize("name", BACKENDS)
def test_an_entry_names_only_primitives_that_there_are(name: str) -> None:
    assert backend_named(name).primitives <= PRIMITIVES


# What an engine can't do exactly, and so refuses by name.
REFUSED: Mapping[str, frozenset[str]] = {}


@pytest.mark.parametrize("name", BACKENDS)
def test_every_primitive_of_a_plan_is_lowered_or_refused_on_purpose(name: str) -> None:
    assert PRIMITIVES - backend_named(name).primitives == REFUSED.get(name, frozenset())


class _Lame:
    """Polars without one primitive, that must not begin to evaluate."""

    def __init__(self, lacking: str) -> None:
        self.polars = _POLARS(None)
        self.primitives = self.polars.primitives - {lacking}

    def __getattr__(self, name: str) -> Any:
        if name in ("frame", "check_feeds", "rows"):
            raise AssertionError(f"{name} was asked for, though the rules can't be evaluated")
        return getattr(self.polars, name)


@pytest.mark.parametrize("lacking", ["aggregate sum", "aggregate count", "greater_or_equal"])
def test_what_an_engine_cannot_do_is_named_before_anything_runs(
    shop: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    monkeypatch.setitem(registry.BACKENDS, "polars", lambda _: _Lame(lacking))  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match=f"not supported here: {lacking.replace('_', ' ')}"):
        evaluate(Workspace.load(shop), traits="all")
    result = call("run", "--traits", "-w", shop, code=3)
    assert "not supported here" in result.stderr
    assert not (shop / "out").exists()


def test_a_workspace_with_an_engine_that_there_is_not(shop: Path) -> None:
    with pytest.raises(UsageError, match=r"no engine named `polar`; did you mean `polars`"):
        evaluate(Workspace(shop, engine="polar"))


@pytest.mark.parametrize("name", BACKENDS)
def test_rows_of_a_source_of_all_or_of_one(shop: Path, name: str) -> None:
    workspace = Workspace(shop, engine=name)
    plan, backend = workspace.plan(), workspace.backend
    source = plan.sources["orders"]
    assert source.customer is not None
    everybody = backend.rows(plan, workspace.readers, "orders", [source.customer])
    assert everybody.height > 1
    key = everybody[source.customer].sort()[0]
    one = backend.rows(plan, workspace.readers, "orders", [source.customer], key)
    assert one.height == everybody.filter(pl.col(source.customer) == key).height > 0


@pytest.mark.parametrize("name", BACKENDS)
def test_given_values_go_before_computed_ones_and_nothing_is_read(shop: Path, name: str) -> None:
    plan = Workspace(shop, engine=name).plan()
    rule = next(n for n in plan.definitions if n.startswith("m:"))
    given = Given()
    for row, truth in enumerate((True, False)):
        given.add(rule, BOOLEAN, row, truth)
    people = People(numbered(3), given, lambda _: False)
    found = backend_named(name).frame_of(plan, people, {"rule": Field(rule, BOOLEAN)})
    assert [row["rule"] for row in found] == [True, False, None]


@pytest.mark.parametrize("name", BACKENDS)
def test_a_frame_has_a_row_per_customer_in_order(shop: Path, name: str) -> None:
    workspace = Workspace(shop, engine=name)
    plan = workspace.plan()
    key = Field(f"c:{plan.key}", plan.types[f"c:{plan.key}"])
    found = workspace.backend.frame(plan, workspace.readers, {"again": key})
    assert found.frame[KEY].is_sorted()
    assert found.frame[KEY].to_list() == found.frame["again"].to_list()
    assert key.type in (INTEGER, key.type)


# --- what each row aggregate comes to --------------------------------------------------------------

AMOUNT, WHAT, AT = Field("amount", INTEGER), Field("what", STRING), Field("at", DATE)
# By kind: of what, the result's type, and the values of customers 1, 2 and 3 (who has no rows).
AGGREGATES: Mapping[AggregateKind, tuple[Expr | None, Type, Any, Any, Any]] = {
    "count": (None, INTEGER, 3, 1, 0),
    "sum": (AMOUNT, INTEGER, 9, 7, 0),
    "min": (AMOUNT, INTEGER, 1, 7, None),
    "max": (AMOUNT, INTEGER, 4, 7, None),
    "median": (AMOUNT, INTEGER, 4, 7, None),
    "std": (AMOUNT, NUMBER, 3**0.5, None, None),
    "distinct": (WHAT, INTEGER, 2, 0, 0),
    "values": (WHAT, Type("list", 0, STRING), ["a", "b"], [], []),
    "first": (AMOUNT, INTEGER, 1, 7, None),
    "last": (WHAT, STRING, "b", None, None),
    "most_common": (WHAT, STRING, "b", None, None),
    "longest_gap": (AT, INTEGER, 4, None, None),
    "list": (AMOUNT, Type("list", 0, INTEGER), [1, 4, 4], [7], None),
    "streak": (None, INTEGER, 2, 1, 0),
}
# What breaks a streak, and from which end it is counted; of all others all rows.
BROKEN: Mapping[AggregateKind, tuple[Expr, Steps]] = {
    "streak": (expr_call("equal", AMOUNT, Const(1, INTEGER)), Steps(None, None, newest_first=True))
}
DAYS = [date(2026, 1, day) for day in (5, 2, 9, 3)]
FRAMES = {
    "people": pl.DataFrame({"id": [2, 1, 3]}),
    "orders": pl.DataFrame(
        {"who": [1, 1, 1, 2], "at": DAYS, "amount": [4, 1, 4, 7], "what": ["b", "a", "b", None]}
    ),
}


@pytest.mark.parametrize("kind", get_args(AggregateKind))
@pytest.mark.parametrize("name", BACKENDS)
def test_every_row_aggregate(tmp_path: Path, name: str, kind: AggregateKind) -> None:
    sources = "{people: {path: p.csv, key: id}, orders: {path: o.csv, customer: who, time: at}}"
    (tmp_path / "segmentry.yaml").write_text(f"version: 1\nas_of: 2026-02-01\nsources: {sources}\n", "utf-8")
    workspace = Workspace(tmp_path, FRAMES, engine=name)
    value, result, *expected = AGGREGATES[kind]
    plan = workspace.plan()
    where, steps = BROKEN.get(kind, (None, None))
    definitions = {"a:x": RowAggregate("orders", kind, value, where, None, None, result, steps)}
    plan = replace(plan, definitions={**plan.definitions, **definitions})
    found = workspace.backend.frame(plan, workspace.readers, {"x": Field("a:x", result)}).frame
    assert found[KEY].to_list() == [1, 2, 3]
    assert found["x"].to_list() == [pytest.approx(e) if isinstance(e, float) else e for e in expected]


# --- nobody can leave the question out -------------------------------------------------------------


class _Less:
    """An engine of the registry without one primitive, which it has to find out by itself."""

    def __init__(self, name: str, lacking: str) -> None:
        whole = backend_named(name)
        kind = type("Less", (type(whole),), {"primitives": whole.primitives - {lacking}})
        self.backend: Any = kind()

    def __call__(self, memory: int | None) -> Any:
        return self.backend


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    "command",
    [
        ("explain", "10", "big"),
        ("waterfall", "big"),
        ("preview",),
        ("check", "--data"),
        ("test",),
        ("diff", "BASE"),
    ],
)
def test_whatever_evaluates_is_refused(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: tuple[str, ...]
) -> None:
    case = "rules: tier.yaml\ntests: [{name: x, segment: big, cases: [{given: {spend: 30}, expect: in}]}]\n"
    (shop / "rules" / "tier.test.yaml").write_text(case, "utf-8")
    base = make_shop(tmp_path / "base", traits=FILES["rules/traits.yaml"].replace("Money", "All money"))
    monkeypatch.setitem(registry.BACKENDS, "polars", _Less(name, "greater_or_equal"))  # type: ignore[arg-type]
    words = [str(base) if word == "BASE" else word for word in command]
    result = call(*words, "-w", shop, code=3)
    assert re.search(r"not supported here: greater or equal \(for `(big|small|later)`\)", result.stderr)


@pytest.mark.parametrize("name", BACKENDS)
def test_rows_are_refused_that_are_made_with_what_an_engine_cannot_do(shop: Path, name: str) -> None:
    head = (shop / "segmentry.yaml").read_text("utf-8")
    derived = "  days: {from: orders, group_by: at, columns: {spent: {sum: amount}}}\n"
    (shop / "segmentry.yaml").write_text(head + derived, "utf-8")
    plan = Workspace(shop).plan()
    with pytest.raises(UnsupportedError, match=r"aggregate sum \(for `days`\)"):
        _Less(name, "aggregate sum").backend.rows(plan, {}, "days", ["spent"])


@pytest.mark.parametrize("name", BACKENDS)
def test_a_source_grouped_by_its_time_has_each_moment_once(shop: Path, name: str) -> None:
    head = (shop / "segmentry.yaml").read_text("utf-8")
    derived = "  days: {from: orders, group_by: at, columns: {pause: {days_since_previous: true}}}\n"
    (shop / "segmentry.yaml").write_text(head + derived, "utf-8")
    rule = "traits: [{id: longest, max: days.pause}]\n"
    (shop / "rules" / "longest.yaml").write_text(rule, "utf-8")
    result = evaluate(Workspace(shop, engine=name), traits=["longest"])
    assert dict(result.traits.select("Kunden Nr", "longest").iter_rows()) == {2: None, 3: None, 10: 1}


def test_the_engine_that_is_chosen_does_it_all(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = "rules: tier.yaml\ntests: [{name: x, segment: big, cases: [{given: {spend: 30}, expect: in}]}]\n"
    (shop / "rules" / "tier.test.yaml").write_text(case, "utf-8")
    base = make_shop(tmp_path / "base", traits=FILES["rules/traits.yaml"].replace("Money", "All money"))

    def other() -> Any:
        raise AssertionError("another engine was asked for than the one that is chosen")

    monkeypatch.setattr(registry, "BACKENDS", {"polars": other, "chosen": _POLARS})
    monkeypatch.setattr("segmentry.engine.workspace.BACKENDS", registry.BACKENDS)
    workspace = Workspace(shop, engine="chosen")
    assert check(workspace, data=True)
    assert run_tests(workspace).cases[0].status == "passed"
    for head in (None, str(shop)):
        assert compare(workspace, str(base), head, DiffOptions()).tables
    assert waterfall(workspace, "big").members == 1
