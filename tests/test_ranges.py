"""An evaluation in ranges of keys is the evaluation at once: the same frames and the same reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from polars.testing import assert_frame_equal

from segmentry.engine import Workspace, evaluate
from segmentry.engine.answers.evaluation import Result
from segmentry.engine.backends.polars.dense.choice import SWITCH
from segmentry.engine.diagnostics.errors import DataError, SegmentryError
from segmentry.engine.language.expr import Field
from tests.parts_at_hand import needs_module
from tests.random_models.agree import assert_agreement
from tests.ranges import InRanges
from tests.ranges import in_ranges as in_ranges
from tests.strategies import Case, workspaces
from tests.test_kernels import far, near, shop, text

SOURCES = """\
    lookup: [{from: friends, on: {whole: friend}, columns: [grade]}]
  friends: {path: data/friends.parquet, customer: id}
  days:
    from: orders
    group_by: day
    time: {min: at}
    columns:
      held: {count: true}
      pause: {days_since_previous: true}
"""
TRAITS = """\
  - {id: orders, count: orders}
  - {id: spend, sum: orders.money}
  - {id: busy, max: days.held}
  - {id: pause, max: days.pause}
  - {id: grade, max: orders.grade}
  - {id: score, bucket: {of: orders, into: 4}}
  - {id: low_score, bucket: {of: orders, into: 3, ties: lowest}}
  - {id: place, percentile: {of: spend, ties: middle}}
  - {id: per_grade, bucket: {of: spend, into: 2, per: grade}}
  - {id: ratio, formula: spend / score}
"""
RULES = """\
segmentation: ranked
assign: every_match
segments:
  - {id: top, name: Top, when: {trait: orders, top: 20%}}
  - {id: first, name: First, when: {trait: spend, top: 7, among: {trait: orders, more_than: 3}}}
  - id: mixed
    name: Mixed
    when:
      all:
        - {trait: busy, at_least: 1}
        - any: [{trait: spend, bottom: 50%}, {not: {trait: grade, known: true}}]
  - {id: above, name: Above, extends: mixed, when: {not: {segment: top}}}
  - {id: scored, name: Scored, when: {trait: score, in: [1, 4]}}
  - {id: plain, name: Plain, when: {all: [{trait: spend, at_least: 1}, {trait: pause, at_least: 1}]}}
  - id: followed
    name: Followed
    when:
      did: orders
      where: {column: flag, is: true}
      then: {did: orders, where: {column: text, is: t1}}
      within: 20 days
  - id: not-followed
    name: Not followed
    when:
      did: days
      then_not: {did: orders, where: {column: text, is: t2}}
      within: 3 days
"""
TIER = """\
segmentation: tier
assign: first_match
segments:
  - {id: high, name: High, when: {trait: place, more_than: 0.7}}
  - {id: middle, name: Middle, when: {trait: ratio, more_than: 1}}
otherwise: {id: low, name: Low}
"""


def ranked_shop(folder: Path, key: Callable[[int], Any] = near) -> Path:
    """The shop of the kernels with ranks, sequences, a derived source, and a lookup in others' rows."""
    shop(folder, key)
    for file, more in ((folder / "segmentry.yaml", SOURCES), (folder / "rules" / "traits.yaml", TRAITS)):
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    for name, content in (("ranked", RULES), ("tier", TIER)):
        (folder / "rules" / f"{name}.yaml").write_text(content, encoding="utf-8")
    friends = {
        "id": [key(n * 7 % 30) for n in range(12)],
        "friend": [n - 6 for n in range(12)],
        "grade": [n % 5 for n in range(12)],
    }
    pl.DataFrame(friends).write_parquet(folder / "data" / "friends.parquet")
    return folder


def evaluated(folder: Path) -> Result:
    return evaluate(Workspace.load(folder), traits="all")


def assert_same(one: Result, other: Result) -> None:
    """Bit for bit, but for sums of doubles, whose last digit depends on their order."""
    exact = [name for name, dtype in one.traits.schema.items() if dtype != pl.Float64]
    assert_frame_equal(one.memberships, other.memberships)
    assert_frame_equal(one.traits.select(exact), other.traits.select(exact))
    assert_frame_equal(one.traits, other.traits, check_exact=False, rel_tol=1e-12)
    assert one.reports == other.reports


@pytest.mark.parametrize("switch", ["on", "off"])
@pytest.mark.parametrize("key", [near, far, text], ids=["close numbers", "far numbers", "texts"])
@pytest.mark.parametrize("count", [2, 7, 64])
def test_ranges_give_what_is_had_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_ranges: InRanges,
    switch: str,
    key: Callable[[int], Any],
    count: int,
) -> None:
    needs_module("numba") if switch == "on" else None
    monkeypatch.setenv(SWITCH, switch)
    folder = ranked_shop(tmp_path, key)
    at_once = evaluated(folder)
    in_ranges(count)
    assert_same(at_once, evaluated(folder))
    assert at_once.reports["orders"].unknown is not None
    assert at_once.memberships["mixed"].sum() > 0


@pytest.mark.parametrize("switch", ["on", "off"])
@settings(
    max_examples=100,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(case=workspaces())
def test_ranges_and_reference_agree(
    monkeypatch: pytest.MonkeyPatch, in_ranges: InRanges, switch: str, case: Case
) -> None:
    needs_module("numba") if switch == "on" else None
    monkeypatch.setenv(SWITCH, switch)
    in_ranges(3)
    assert_agreement(case)


@pytest.mark.parametrize("switch", ["on", "off"])
def test_a_customer_alone_is_the_customer_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    """Also where a row looks up what belongs to somebody else."""
    monkeypatch.setenv(SWITCH, switch)
    workspace = Workspace.load(ranked_shop(tmp_path))
    plan = workspace.plan()
    wanted = {name: Field(f"t:{name}", plan.traits[name]) for name in ("grade", "busy", "pause")}
    backend = workspace.backend
    everybody = backend.frame(plan, workspace.readers, wanted).frame
    for row in everybody.head(5).to_dicts():
        alone = backend.frame(plan, workspace.readers, wanted, only=row["\x00key"]).frame
        assert alone.to_dicts() == [row]


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [("customers", "id", 9), ("customers", "id", None), ("friends", "friend", 3)],
    ids=["a key twice", "no key", "a looked-up key twice"],
)
def test_what_is_wrong_is_said_as_at_once(
    tmp_path: Path, in_ranges: InRanges, file: str, column: str, value: int | None
) -> None:
    folder = ranked_shop(tmp_path)
    path = folder / "data" / f"{file}.parquet"
    frame = pl.read_parquet(path).with_row_index("n")
    changed = pl.when(pl.col("n") > frame.height - 4).then(value).otherwise(pl.col(column)).alias(column)
    frame.with_columns(changed).drop("n").write_parquet(path)
    said: list[str] = []
    for count in (1, 3):
        in_ranges(count)
        with pytest.raises(DataError) as error:
            evaluated(folder)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("switch", ["on", "off"])
def test_a_sum_beyond_all_bits_is_said_as_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_ranges: InRanges, switch: str
) -> None:
    monkeypatch.setenv(SWITCH, switch)
    folder = ranked_shop(tmp_path)
    orders = folder / "data" / "orders.parquet"
    pl.read_parquet(orders).with_columns(pl.lit(2**62).alias("whole")).write_parquet(orders)
    said: list[str] = []
    for count in (1, 3):
        in_ranges(count)
        with pytest.raises(SegmentryError) as error:
            evaluated(folder)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert "too large" in said[0]


def test_no_customers(tmp_path: Path, in_ranges: InRanges) -> None:
    folder = ranked_shop(tmp_path)
    customers = folder / "data" / "customers.parquet"
    pl.read_parquet(customers).clear().write_parquet(customers)
    at_once = evaluated(folder)
    in_ranges(4)
    assert_same(at_once, evaluated(folder))
