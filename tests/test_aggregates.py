"""The primitive aggregates: a table in one place, each used by a kind of trait and true of its values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import yaml

from segmentry.engine import Workspace, check, evaluate
from segmentry.engine.backends.polars.aggregate import AGGREGATES
from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES, AggregateKind, RowAggregate
from segmentry.engine.language.kinds import ROW_KINDS, TRAIT_KINDS
from segmentry.engine.language.kinds.entry import at_least
from tests.command_line import call
from tests.example_shop import example_keys, example_shop
from tests.strategies import case_to_files

NOBODY = {"column": "amount", "more_than": 1_000_000}
AS_OF = "2026-03-01"


def example_of(kind: str, folder: Path, **more: Any) -> list[RowAggregate]:
    """The primitives that the example of a kind of rows is lowered to; the workspace stands in the folder."""
    entry = ROW_KINDS[kind]
    keys = {**yaml.safe_load(entry.example), **example_keys(entry)}
    case_to_files(example_shop({"id": "x", **keys, **more}), folder)
    definitions = Workspace(folder).plan(AS_OF).definitions
    return [each for each in definitions.values() if isinstance(each, RowAggregate)]


def test_the_table_has_every_primitive_and_polars_lowers_it() -> None:
    assert set(AGGREGATE_PRIMITIVES) == set(get_args(AggregateKind)) == set(AGGREGATES)


def test_every_primitive_is_used_by_a_kind_of_trait(tmp_path: Path) -> None:
    used = {each.kind for kind in ROW_KINDS for each in example_of(kind, tmp_path / kind)}
    used |= {each.kind for each in example_of("nth", tmp_path / "list", list=True)}
    assert used == set(AGGREGATE_PRIMITIVES)


@pytest.mark.parametrize("kind", sorted(set(ROW_KINDS) & set(AGGREGATE_PRIMITIVES)))
def test_what_the_table_says_is_true(kind: Any, tmp_path: Path) -> None:
    entry = AGGREGATE_PRIMITIVES[kind]
    example_of(kind, tmp_path / "some")
    values = evaluate(Workspace(tmp_path / "some"), as_of=AS_OF, traits="all").traits["x"].drop_nulls()
    assert values.len()
    assert entry.least is None or all(value >= entry.least for value in values)
    example_of(kind, tmp_path / "none", where=NOBODY)
    nothing = evaluate(Workspace(tmp_path / "none"), as_of=AS_OF, traits="all").traits["x"]
    assert nothing.is_null().any() is not entry.is_known


@pytest.mark.parametrize(("default", "given"), [(None, False), (-1, True)])
def test_a_scaffold_has_what_a_trait_can_be_and_its_default(
    default: int | None, given: bool, tmp_path: Path
) -> None:
    trait = {"id": "x", "days_since_last": "orders", **({} if default is None else {"default": default})}
    case_to_files(example_shop(trait, {"trait": "x", "at_least": 0}), tmp_path)
    cases = yaml.safe_load(call("test", "--scaffold", "chosen", "-w", tmp_path).stdout)["tests"][0]["cases"]
    assert (-1 in [case["given"].get("x") for case in cases]) is given


@pytest.mark.parametrize(("below", "possible"), [(1, False), (1.01, True)])
def test_bounds_of_a_kind_hold_in_the_places_of_a_decimal(
    below: float, possible: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = replace(ROW_KINDS["sum"], bounds=at_least(1))
    for registry in (TRAIT_KINDS, ROW_KINDS):
        monkeypatch.setitem(cast("dict[str, Any]", registry), "sum", entry)
    case = example_shop({"id": "x", "sum": "orders.amount"}, {"trait": "x", "less_than": below})
    case_to_files(case, tmp_path)
    codes = {d.code for d in check(Workspace(tmp_path), AS_OF)}
    assert ("unsatisfiable" not in codes) is possible
