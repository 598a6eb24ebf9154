"""The privacy room: cells, rounding, text."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engine import privacy
from segmentry.engine.diagnostics.errors import DataError

MIN_CELL = 10
linprog: Any = import_module("scipy.optimize").linprog


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [
        ([100, 50, 30], 180, [True, True, True]),
        ([100, 50, 4], 154, [True, False, False]),  # 4 is small; 50 keeps it from being had by subtraction
        ([100, 50, 30], 184, [True, True, False]),  # four customers are in no segment
        ([100, 3, 4, 60], 167, [True, False, False, False]),  # 3 + 4 are still few
        ([100, 6, 7], 113, [True, False, False]),  # 6 + 7 hide each other
        ([95], 100, [False]),  # the complement is small
        ([100, 50, 0], 150, [True, True, False]),  # nobody needs protection in an empty segment
    ],
)
def test_sizes_of_a_segmentation(sizes: list[int], total: int, expected: list[bool]) -> None:
    assert privacy.shown_sizes(sizes, total, MIN_CELL) == expected


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 30))
def test_hidden_sizes_stay_hidden_from_subtraction(sizes: list[int], outside: int) -> None:
    cells = [*sizes, outside]
    shown = [*privacy.shown_sizes(sizes, sum(cells), MIN_CELL), False]
    hidden = [size for size, show in zip(cells, shown, strict=True) if not show]
    assert all(MIN_CELL <= size <= sum(cells) - MIN_CELL for size, s in zip(cells, shown, strict=True) if s)
    assert sum(hidden) == 0 or sum(hidden) >= min(MIN_CELL, sum(cells))


@st.composite
def _tables(draw: st.DrawFn) -> list[list[int]]:
    width = draw(st.integers(1, 5))
    cell = st.one_of(st.integers(0, 12), st.integers(0, 80))
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=5))


@settings(max_examples=40, deadline=None)
@given(_tables())
def test_hidden_cells_can_not_be_solved_for(table: list[list[int]]) -> None:
    """Knowing all totals and shown cells exactly, no small hidden cell has only one possible count.

    But for counts that the totals alone give away, which are not this room's to publish.
    """
    wanted = [[count > 0 for count in row] for row in table]
    shown = privacy.shown_cells(table, wanted, MIN_CELL)
    for row, counts in enumerate(table):
        for column, count in enumerate(counts):
            if shown[row][column]:
                assert privacy.both_sides(count, sum(counts), MIN_CELL)
            elif 0 < count < MIN_CELL:
                least, most = _range_of(table, shown, row, column)
                nothing = [[False] * len(counts) for counts in table]
                assert most - least > 0.5 or _is_one(_range_of(table, nothing, row, column))


def _range_of(table: list[list[int]], shown: list[list[bool]], row: int, column: int) -> tuple[float, float]:
    """The smallest and the largest count of a hidden cell that all that is known allows."""
    hidden = [(r, c) for r, counts in enumerate(table) for c in range(len(counts)) if not shown[r][c]]
    at = {cell: index for index, cell in enumerate(hidden)}
    lines = [[(r, c) for c in range(len(table[0]))] for r in range(len(table))]
    lines += [[(r, c) for r in range(len(table))] for c in range(len(table[0]))]
    matrix = [[1.0 if cell in line else 0.0 for cell in hidden] for line in lines]
    sums = [float(sum(table[r][c] for r, c in line if (r, c) in at)) for line in lines]
    goal = [0.0] * len(hidden)
    goal[at[row, column]] = 1.0
    low = linprog(goal, A_eq=matrix, b_eq=sums, bounds=(0, None))
    high = linprog([-weight for weight in goal], A_eq=matrix, b_eq=sums, bounds=(0, None))
    return float(low.fun), float(-high.fun)


def _is_one(span: tuple[float, float]) -> bool:
    return span[1] - span[0] < 0.5


def test_a_small_category_takes_the_smallest_other_along() -> None:
    shown = privacy.shown_cells([[50, 30, 4], [60, 40, 90]], [[True] * 3] * 2, MIN_CELL)
    assert shown[0] == [True, False, False]
    assert shown[1][0] is True
    assert shown[1].count(False) == 2  # one category across segments, too


def test_everybody_or_nobody_is_not_shown() -> None:
    assert privacy.shown_cells([[40, 0], [30, 60]], [[True, True], [True, True]], MIN_CELL)[0] == [
        False,
        False,
    ]


# --- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1234567.0, 1230000.0), (0.00123456, 0.00123), (-84.25, -84.2), (0.0, 0.0), (999.6, 1000.0)],
)
def test_values_keep_three_significant_digits(value: float, expected: float) -> None:
    assert privacy.round_value(value) == expected


def test_counts_go_down_to_a_multiple_of_five() -> None:
    assert [privacy.round_count(count) for count in (10, 14, 15, 104)] == [10, 10, 15, 100]


@pytest.mark.parametrize(
    ("share", "customers", "expected"),
    [(0.52345, 100_000, 0.523), (0.52345, 1000, 0.525), (0.52345, 104, 0.5), (0.0123, 100_000, 0.0123)],
)
def test_shares_are_never_finer_than_five_customers(share: float, customers: int, expected: float) -> None:
    assert privacy.round_share(share, customers) == expected


@settings(max_examples=50)
@given(st.integers(20, 1500), st.data())
def test_a_share_does_not_tell_the_count(known: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(MIN_CELL, known - MIN_CELL))
    reported = privacy.round_share(count / known, known)
    alike = [c for c in range(known + 1) if privacy.round_share(c / known, known) == reported]
    assert len(alike) >= 2
    assert 0 < reported < 1


@given(st.integers(50, 20_000), st.floats(1, 1000))
def test_two_successive_means_do_not_tell_who_joined(customers: int, mean: float) -> None:
    """One mean is told for sums that differ by three customers or more: a newcomer's value stays open."""
    reported = privacy.round_mean(mean, customers)
    quarters = [mean * (1 + quarter / 4 / customers) for quarter in range(-40, 41)]
    assert sum(privacy.round_mean(value, customers) == reported for value in quarters) >= 3 * 4


def test_one_customer_who_makes_half_of_a_sum_dominates() -> None:
    assert privacy.is_dominated(50, 100, 0.5)
    assert not privacy.is_dominated(49, 100, 0.5)
    assert not privacy.is_dominated(0, 0, 0.5)


@pytest.mark.parametrize(
    ("known", "percent", "allowed"), [(100, 10, True), (99, 90, False), (20, 50, True), (19, 50, False)]
)
def test_percentiles_need_customers_beyond(known: int, percent: float, allowed: bool) -> None:
    assert privacy.percentile_allowed(known, percent, MIN_CELL) is allowed


def test_which_traits_become_facts() -> None:
    workspace = privacy.PrivacySettings(sensitive_allowed=frozenset({"diet"}))
    assert not privacy.may_be_fact("email", "direct", workspace)
    assert not privacy.may_be_fact("health", "sensitive", workspace)
    assert privacy.may_be_fact("diet", "sensitive", workspace)
    assert not privacy.may_be_fact("birth_date", "quasi", workspace, is_date=True)
    assert privacy.may_be_fact("country", "quasi", workspace)


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Zürich \t\n  West ", "Zürich West"),
        ("ﬁne\u200b\u202edesign\u0000", "finedesign"),
        ("Cafe\u0301", "Café"),
        ("x" * 60, "x" * 48),
        ("a\u00a0\u2003b", "a b"),
    ],
)
def test_text_is_cleaned(text: str, expected: str) -> None:
    assert privacy.clean_text(text) == expected


@given(st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert privacy.clean_text(privacy.clean_text(text)) == privacy.clean_text(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to anna@example.org", "an e-mail address"),
        ("ＡＮＮＡ＠ｅｘａｍｐｌｅ．ｏｒｇ", "an e-mail address"),
        ("an\u200bna@exam\u200bple.org", "an e-mail address"),
        ("x" * 60 + " jörg@müller-example.org", "an e-mail address"),
        ("DE89 3704 0044 0532 0130 00", "an IBAN"),
        ("konto gb82west12345698765432", "an IBAN"),
        ("4111 1111 1111 1111", "a card number"),
        ("card 378282246310005.", "a card number"),
        ("٤١١١١١١١١١١١١١١١", "a card number"),
        ("+49 (0)171 2345678", "a phone number"),
        ("0049 171 2345678", "a phone number"),
        ("030/1234567", "a phone number"),
        ("call (555) 234-5678", "a phone number"),
    ],
)
def test_personal_data_is_found(text: str, kind: str) -> None:
    assert privacy.personal_data_in(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Germany", "85123A", "536365", "2026-11-01", "01.02.2026 12:30", "2026-01-01/2026-02-01",
        "4006381333931", "012345678905", "size 42/44", "10 - 20 EUR", "v1.22.333", "AT61 is a road",
        "DE89 3704 0044 0532 0130 01",
        "4111 1111 1111 1112", "Home & Garden @ Linz", "1,000,000 - 2,000,000", "0.0123456789", "9am-5pm",
    ],
)  # fmt: skip
def test_ordinary_text_is_no_personal_data(text: str) -> None:
    assert privacy.personal_data_in(text) is None


def test_the_error_names_the_trait_and_not_the_value() -> None:
    with pytest.raises(DataError, match="`favourite`") as error:
        privacy.safe_text("me@example.org", "favourite")
    assert "me@example" not in str(error.value)
