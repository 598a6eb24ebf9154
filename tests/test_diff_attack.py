"""Somebody who adds and subtracts: of a comparison no few customers can be counted, and no money is one's."""

from __future__ import annotations

import random
from collections.abc import Set
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engine.diff.comparison import NOT_A_CUSTOMER, Diff, Explained, Flow, FlowTable, Place, Sum
from segmentry.engine.privacy import round_count
from segmentry.personas.diff.plain import render_text
from segmentry.personas.diff.publish import PublishedDiff, publish
from tests.test_diff_privacy import LEAST, PLACES, diff_of

linprog: Any = import_module("scipy.optimize").linprog
Cell = tuple[Place, Place]
EVERYWHERE = (*PLACES, NOT_A_CUSTOMER)
ALL: list[Cell] = [(a, b) for a in EVERYWHERE for b in EVERYWHERE]
_NOBODY = (NOT_A_CUSTOMER, NOT_A_CUSTOMER)
MOVES = {cell for cell in ALL if cell[0] != cell[1]}


def _people(dice: random.Random) -> dict[Cell, int]:
    """Most stay where they are; nobody, few or many move, or are no customers on one side."""
    places = dice.choice([PLACES, PLACES, PLACES, EVERYWHERE])
    cells = [cell for cell in ALL if {*cell} <= {*places} and cell != _NOBODY]
    there = {True: 0.9, False: dice.choice([0.3, 0.6, 1.0])}
    sizes = ((1, 12), (1, 25), (20, 300))
    return {
        cell: dice.randint(*dice.choice(sizes)) for cell in cells if dice.random() < there[cell[0] == cell[1]]
    }


def _reported(cells: dict[Cell, int]) -> PublishedDiff:
    sizes = [sum(n for cell, n in cells.items() if cell[end] != NOT_A_CUSTOMER) for end in (0, 1)]
    return publish(replace(diff_of(cells), customers=(sizes[0], sizes[1])))


class _Attacker:
    """Knows all that is told, and each count before it was rounded (``exact``) or which cells are empty."""

    def __init__(self, cells: dict[Cell, int], reported: PublishedDiff, *, exact: bool) -> None:
        self.cells, self.exact = cells, exact
        self.rows: list[list[float]] = []
        self.bounds: list[float] = []
        assert reported.customers is not None
        self._learn({cell for cell in ALL if cell[0] != NOT_A_CUSTOMER}, reported.customers[0])
        self._learn({cell for cell in ALL if cell[1] != NOT_A_CUSTOMER}, reported.customers[1])
        all_are_customers = not any(NOT_A_CUSTOMER in cell for cell in cells)
        self._between(
            {cell for cell in ALL if NOT_A_CUSTOMER in cell} if all_are_customers else {_NOBODY}, 0, 0
        )
        for segment in reported.segments:
            self._learn(_before(segment.id), segment.base)
            self._learn(_after(segment.id), segment.head)
            self._learn(_after(segment.id) - _before(segment.id), segment.came)
            self._learn(_before(segment.id) - _after(segment.id), segment.went)
        moves = {(move.source, move.target): move.customers for move in reported.moves}
        for cell in MOVES:
            if cell in moves:
                self._learn({cell}, moves[cell])
            elif not (reported.withheld if exact else cells.get(cell)):
                self._between({cell}, 0, 0)
        for share in [] if exact else [share for change in reported.changes for share in change.explains]:
            self._learn(MOVES, share.moved)

    def _learn(self, part: Set[Cell], reported: int | None) -> None:
        if reported is not None and self.exact:
            self._between(part, self.number(part), self.number(part))
        elif reported is not None:
            alike = [n for n in range(max(reported - 10, 0), reported + 10) if round_count(n) == reported]
            self._between(part, alike[0], alike[-1] if reported else 0)  # no 1 to 9 is told as 0

    def _between(self, part: Set[Cell], low: float, high: float) -> None:
        row = [float(cell in part) for cell in ALL]
        self.rows += [row, [-weight for weight in row]]
        self.bounds += [high + 1e-6, 1e-6 - low]

    def number(self, part: Set[Cell]) -> int:
        return sum(count for cell, count in self.cells.items() if cell in part)

    def knows(self, part: Set[Cell]) -> bool:
        """Whether only one number of customers goes with all that is known."""
        goal = [float(cell in part) for cell in ALL]
        least, most = (
            linprog([sign * one for one in goal], A_ub=self.rows, b_ub=self.bounds, bounds=(0, None))
            for sign in (1, -1)
        )
        assert least.success
        return bool(most.success) and float(-most.fun) - float(least.fun) < 1 - 1e-4


def _before(place: Place) -> set[Cell]:
    return {cell for cell in ALL if cell[0] == place}


def _after(place: Place) -> set[Cell]:
    return {cell for cell in ALL if cell[1] == place}


def _figures() -> list[set[Cell]]:
    """The cells of every size, coming, going and move."""
    sizes = [cells for place in PLACES for cells in (_before(place), _after(place))]
    comings = [_after(place) - _before(place) for place in PLACES]
    goings = [_before(place) - _after(place) for place in PLACES]
    return [*sizes, *comings, *goings, *({cell} for cell in ALL)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_few_customers_can_not_be_counted(seed: int) -> None:
    """Not from exact sizes, comings, goings and moves; not from rounded ones by who knows what is empty."""
    cells = _people(random.Random(seed))
    reported = _reported(cells)
    for exact in (True, False):
        attacker = _Attacker(cells, reported, exact=exact)
        few = [part for part in _figures() if 0 < attacker.number(part) < LEAST]
        assert not [part for part in few if attacker.knows(part)]


def test_a_move_is_not_what_remains_of_others_and_of_who_came() -> None:
    """Each line hides many, yet row `two` gives 20 away, and then column `three` the 4 of row `one`."""
    cells: dict[Cell, int] = {("one", "one"): 300, ("one", "two"): 30, ("one", "three"): 4}
    cells |= {("two", "two"): 200, ("two", "three"): 20, ("three", "three"): 100, (None, "one"): 40}
    reported = publish(diff_of(cells))
    assert not _Attacker(cells, reported, exact=True).knows({("one", "three")})
    assert [segment.came for segment in reported.segments] == [40, 30, 20]
    assert not reported.moves


def test_a_small_size_is_not_what_remains_of_another_that_follows_from_moves() -> None:
    """Three hides two's 30 before; but two has 80 after, and 50 of them came from one."""
    cells: dict[Cell, int] = {
        ("one", "one"): 40,
        ("one", "two"): 50,
        ("two", "two"): 30,
        ("three", "three"): 4,
    }
    reported = publish(diff_of(cells))
    assert not _Attacker(cells, reported, exact=True).knows(_before("three") | _before(None))
    assert [segment.head for segment in reported.segments] == [None, 80, None]
    assert not reported.moves


def test_people_who_are_no_customers_on_one_side_count_beside_the_totals() -> None:
    cells: dict[Cell, int] = {("one", "one"): 300, ("two", "two"): 200, (NOT_A_CUSTOMER, "one"): 40}
    diff = replace(diff_of(cells), customers=(500, 540))
    (move,) = publish(diff).moves
    assert (move.source, move.customers) == (NOT_A_CUSTOMER, 40)


def test_who_is_no_customer_any_more_gives_no_size_away() -> None:
    """22 had no segment and 14 of those there now were no customers: the totals bind them to the rest."""
    cells: dict[Cell, int] = {("one", "one"): 11, ("one", "three"): 1, ("one", None): 54}
    cells |= {("three", "three"): 272, ("three", None): 22, (None, "three"): 2, (None, None): 21}
    cells |= {(NOT_A_CUSTOMER, None): 14}
    attacker = _Attacker(cells, _reported(cells), exact=True)
    few = [part for part in _figures() if 0 < attacker.number(part) < LEAST]
    assert few
    assert not [part for part in few if attacker.knows(part)]


def test_all_moves_are_not_numbered_where_few_of_them_are_hidden() -> None:
    """53 moved, 50 of them from one to two: the others are three."""
    cells: dict[Cell, int] = {("one", "one"): 60, ("one", "two"): 50, ("two", "two"): 400}
    cells |= {("three", "three"): 300, ("three", None): 3}
    (share,) = publish(diff_of(cells)).changes[0].explains
    assert (share.part, share.customers, share.moved) == ("some", None, None)
    assert "how many may not be told" in render_text(publish(diff_of(cells)))
    (share,) = publish(diff_of(cells | {("three", None): 13})).changes[0].explains
    assert share.moved == 60


def _moved(money: float, customers: int, segmentation: str) -> FlowTable:
    total = Sum(Decimal(str(money)), money, money / customers)
    return FlowTable(segmentation, None, (Flow("one", "two", customers, {"spend": total}),))


def _money(diff: Diff, **by: tuple[float, int]) -> list[float]:
    tables = tuple(_moved(money, customers, name) for name, (money, customers) in by.items())
    return [move.value["spend"] for move in publish(replace(diff, tables=tables)).moves]


def test_nearly_the_same_move_in_two_segmentations_tells_nobody_s_money() -> None:
    """51 customers here are 50 of them there: between the sums lies what the one of them is worth."""
    diff = diff_of({("one", "one"): 500})
    found = {tuple(_money(diff, motive=(5030 + one, 51), value=(5030, 50))) for one in range(0, 500, 10)}
    assert len(found) <= 2  # of five hundred, in two parts
    assert len({tuple(_money(diff, year=(5030 + one, 51))) for one in range(50)}) == 1


def test_money_that_nobody_has_is_not_reported() -> None:
    """None of 40 spent anything: so each of them did not."""
    zero = FlowTable("motive", None, (Flow("one", "two", 40, {"spend": Sum(Decimal(0), 0.0, 0.0)}),))
    (move,) = publish(replace(diff_of({("one", "one"): 500}), tables=(zero,))).moves
    assert move.customers == 40
    assert move.value == {}


def test_what_a_change_explains_of_moves_in_one_segment_is_not_few_either() -> None:
    cells: dict[Cell, int] = {("one", "one"): 300, ("one", "two"): 60, ("two", "two"): 200}
    diff = diff_of(cells)
    for explained, customers in ((60, 60), (55, None), (4, None), (30, 30), (0, 0)):
        cause = replace(diff.causes[0], explains=(Explained("motive", None, explained, 60),))
        (share,) = publish(replace(diff, causes=(cause,))).changes[0].explains
        assert share.customers == customers
