"""What a comparison tells of people: never of few, and no count that is exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from segmentry.engine.diff.comparison import (
    CauseDiff,
    Diff,
    Explained,
    Flow,
    FlowTable,
    SegmentDiff,
    Sizes,
    Sum,
)
from segmentry.engine.files.privacy import Privacy
from segmentry.engine.privacy.flows import shown_flows
from segmentry.personas.diff.document import diff_document
from segmentry.personas.diff.markdown import render_markdown
from segmentry.personas.diff.plain import render_text
from segmentry.personas.diff.publish import publish

PLACES = ("one", "two", "three", None)
LEAST = 10


def money(customers: int, largest: float) -> Sum:
    return Sum(Decimal(customers * 10), customers * 10.0, largest)


def diff_of(cells: dict[tuple[Any, Any], int], *, largest: float = 10.0) -> Diff:
    """A comparison in one segmentation with these counts."""
    flows = tuple(Flow(a, b, n, {"spend": money(n, largest)}) for (a, b), n in cells.items())
    total = sum(cells.values())

    def segment(identity: str) -> SegmentDiff:
        base = sum(n for (a, _), n in cells.items() if a == identity)
        head = sum(n for (_, b), n in cells.items() if b == identity)
        sizes = Sizes(base, head, cells.get((identity, identity), 0))
        return SegmentDiff(
            identity, None, "motive", "shifted", "shifted", (), None, False, (), None, None, None, sizes
        )

    moved = sum(n for (a, b), n in cells.items() if a != b)
    causes = (CauseDiff("segment", "one", "x", "y", True, (Explained("motive", None, moved // 2, moved),)),)
    return Diff(
        base="main", head="HEAD", as_of=datetime(2026, 3, 1, tzinfo=UTC), privacy=Privacy(),
        customers=(total, total), value_units={"spend": "EUR"},
        segments=tuple(segment(p) for p in PLACES if p is not None),
        tables=(FlowTable("motive", None, flows),), causes=causes, new_findings=(), gone_findings=(),
        tests=None, budgets=(), too_much={}, notes=(),
    )  # fmt: skip


counts = st.one_of(st.integers(1, 25), st.integers(1, 2000))
tables = st.dictionaries(st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)), counts, min_size=1)


def test_a_move_of_few_is_not_reported_and_not_to_be_had_by_subtraction() -> None:
    cells: dict[tuple[str | None, str | None], int] = {
        ("one", "one"): 500, ("one", "two"): 3, ("one", "three"): 40, ("two", "two"): 300,
    }  # fmt: skip
    assert shown_flows(cells, LEAST) == {("one", "one")}


def test_a_move_of_many_is_reported_where_nobody_stays() -> None:
    assert shown_flows({("one", "two"): 50, ("two", "two"): 70}, LEAST) == {("one", "two"), ("two", "two")}


@given(tables)
def test_hidden_people_are_enough_in_every_row_and_column(cells: dict[tuple[Any, Any], int]) -> None:
    shown = shown_flows(cells, LEAST)
    assert all(cells[cell] >= LEAST for cell in shown)
    for end in (0, 1):
        for place in PLACES:
            line = [cell for cell in cells if cell[end] == place]
            hidden = sum(cells[cell] for cell in line if cell not in shown)
            assert hidden == 0 or hidden >= LEAST or not any(cell in shown for cell in line)


@given(tables)
def test_every_count_that_is_reported_is_rounded_and_large_enough(cells: dict[tuple[Any, Any], int]) -> None:
    document = diff_document(publish(diff_of(cells)))
    reported: list[int] = [move["customers"] for move in document["moves"]]
    for segment in document["segments"]:
        reported += [segment[key] for key in ("base", "head", "in", "out") if segment[key] is not None]
    for change in document["changes"]:
        for share in change["explains"]:
            reported += [share[key] for key in ("customers", "moved") if share[key] is not None]
    assert all(number % 5 == 0 for number in reported)
    assert all(number == 0 or number >= LEAST for number in reported)


def test_money_of_one_person_is_not_reported() -> None:
    cells = {("one", "one"): 500, ("one", "two"): 50, ("two", "two"): 400}
    (move,) = publish(diff_of(cells)).moves
    assert move.value == {"spend": 500.0}
    (alone,) = publish(diff_of(cells, largest=260.0)).moves
    assert alone.value == {}


def test_hidden_counts_show_as_a_dot_in_every_form() -> None:
    published = publish(diff_of({("one", "one"): 500, ("one", "two"): 3, ("two", "two"): 400}))
    assert Counter(segment.went for segment in published.segments)[None] >= 2
    assert "| `one` | 500 | 500 | 0 | · | · |" in render_markdown(published)
    assert "·" in render_text(published)
    assert "may not be told" in render_text(published)


def test_settings_of_the_workspace_hold() -> None:
    cells = {("one", "one"): 500, ("one", "two"): 12, ("two", "two"): 400}
    assert publish(diff_of(cells)).moves
    strict = replace(diff_of(cells), privacy=Privacy(min_cell=20))
    assert not publish(strict).moves
