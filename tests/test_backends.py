"""The door to the engines: each entry is whole, and what one can't do is refused before anything runs."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmentry.engine import UnsupportedError, UsageError, Workspace, evaluate
from segmentry.engine.backends import registry
from segmentry.engine.backends.protocol import KEY, Backend, Given, People, numbered
from segmentry.engine.backends.registry import BACKENDS, backend_named
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN, INTEGER
from segmentry.engine.planning.primitives import PRIMITIVES
from tests.command_line import call
from tests.small_shop import make_shop

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


def test_polars_can_do_all_of_the_language() -> None:
    assert backend_named("polars").primitives == PRIMITIVES


class _Lame:
    """Polars without one primitive, that must not begin to evaluate."""

    def __init__(self, lacking: str) -> None:
        self.polars = _POLARS()
        self.primitives = self.polars.primitives - {lacking}

    def __getattr__(self, name: str) -> Any:
        if name in ("frame", "check_feeds", "rows"):
            raise AssertionError(f"{name} was asked for, though the rules can't be evaluated")
        return getattr(self.polars, name)


@pytest.mark.parametrize("lacking", ["aggregate sum", "aggregate count", "greater_or_equal"])
def test_what_an_engine_cannot_do_is_named_before_anything_runs(
    shop: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    monkeypatch.setitem(registry.BACKENDS, "polars", lambda: _Lame(lacking))  # type: ignore[arg-type]
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
