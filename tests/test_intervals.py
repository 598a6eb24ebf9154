"""Intervals of exact numbers: every result lies between them, and what does not fit is never proved to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine import DataError, Workspace, evaluate
from segmentry.engine.backends.polars.intervals import Intervals
from segmentry.engine.language.expr import Const, Expr, Field, Op, call
from segmentry.engine.language.types import INTEGER, decimal

_VALUES = st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9)
_PAIRS: tuple[Op, ...] = ("int_add", "int_subtract", "int_multiply", "coalesce", "smallest", "greatest")
_SINGLES: tuple[Op, ...] = ("int_negate", "int_absolute", "int_scale_up")


def _expressions() -> st.SearchStrategy[Expr]:
    leaves: st.SearchStrategy[Expr] = st.sampled_from(
        [Field("a", INTEGER), Field("b", INTEGER)]
    ) | _VALUES.map(lambda value: Const(value, INTEGER))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(_PAIRS), inner, inner).map(
                lambda parts: call(parts[0], parts[1], parts[2], type=decimal(2))
            ),
            st.tuples(st.sampled_from(_SINGLES), inner).map(
                lambda parts: call(parts[0], parts[1], type=decimal(2), params=(3,))
            ),
        ),
        max_leaves=6,
    )


def _value(expr: Expr, row: dict[str, int | None]) -> int | None:
    match expr:
        case Const(value=value):
            return int(value)
        case Field(name=name):
            return row[name]
        case _:
            pass
    parts = [_value(arg, row) for arg in expr.args]
    known = [part for part in parts if part is not None]
    if expr.op == "coalesce":
        return known[0] if known else None
    if expr.op in ("smallest", "greatest"):
        return (min(known) if expr.op == "smallest" else max(known)) if known else None
    if len(known) < len(parts):
        return None
    by_hand: dict[str, Any] = {
        "int_add": lambda: known[0] + known[1],
        "int_subtract": lambda: known[0] - known[1],
        "int_multiply": lambda: known[0] * known[1],
        "int_negate": lambda: -known[0],
        "int_absolute": lambda: abs(known[0]),
        "int_scale_up": lambda: known[0] * 1000,
    }
    return int(by_hand[expr.op]())


@given(_expressions(), st.lists(st.tuples(st.none() | _VALUES, st.none() | _VALUES), max_size=6))
def test_every_result_lies_between_its_bounds(expr: Expr, rows: list[tuple[int | None, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Int64}, orient="row")
    bounds = Intervals(frame)
    found = bounds.of(expr)
    assert found is not None
    values = [_value(expr, {"a": a, "b": b}) for a, b in rows]
    assert all(value is None or found[0] <= value <= found[1] for value in values)
    if bounds.fit(expr):
        assert all(value is None or abs(value) < 10**38 for value in values)


def test_what_is_not_known_is_not_proved() -> None:
    bounds = Intervals(pl.DataFrame({"a": [1]}))
    assert bounds.of(Field("later", INTEGER)) is None
    assert not bounds.fit(call("int_add", Field("a", INTEGER), Field("later", INTEGER), type=INTEGER))
    bounds.note("later", call("int_add", Field("a", INTEGER), Const(2, INTEGER), type=INTEGER))
    assert bounds.of(Field("later", INTEGER)) == (3, 3)


_RULES = """
traits:
  - {id: sum_of, formula: "a + b"}
  - {id: times, formula: "a * b"}
segmentation: sizes
name: Sizes
assign: every_match
segments:
  - {id: large, name: Large, when: {trait: FORMULA, more_than: 0}}
"""


@pytest.mark.parametrize(
    ("formula", "a", "b"),
    [("sum_of", 2**63 - 1, 1), ("times", 2**32, 2**31), ("times", -(2**62), -3)],
)
def test_a_result_just_beyond_the_edge_is_an_error_and_one_at_the_edge_is_not(
    tmp_path: Path, formula: str, a: int, b: int
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "sizes.yaml").write_text(_RULES.replace("FORMULA", formula))
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nname: Edge\nas_of: 2026-01-01\nsources:\n"
        "  customers: {path: none.csv, key: id, columns: {a: {type: integer}, b: {type: integer}}}\n"
    )

    def members(a: int, b: int) -> list[bool]:
        frame = pl.DataFrame({"id": [1, 2], "a": [a, 1], "b": [b, None]})
        loaded = Workspace.load(tmp_path, frames={"customers": frame})
        return evaluate(loaded).memberships["large"].to_list()

    with pytest.raises(DataError, match=formula):
        members(a, b)
    assert members(a - 1 if a > 0 else a + 2**61, b) == [True, False]
