"""What a change may not do: break a budget, or move more people than was allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from segmentry.engine.diff.comparison import BrokenBudget, SegmentDiff
from segmentry.engine.files.condition_words import test_words
from segmentry.engine.files.model import Segment
from segmentry.engine.language.bounds import keeps

_SHARE = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%\s*")


def share_of(text: str) -> Fraction | None:
    """The share that a text like `20%` says; None for anything else."""
    found = _SHARE.fullmatch(text)
    return None if found is None else Fraction(found[1]) / 100


def too_much(segments: Iterable[SegmentDiff], most: Fraction | None) -> dict[str, Fraction]:
    """The segments of both sides that more people joined or left than ``most`` and their own word allow.

    Each with the share that is allowed.
    """
    if most is None:
        return {}
    judged = [(s, _allowed(s, most)) for s in segments if s.kind not in ("new", "gone")]
    return {s.id: limit for s, limit in judged if limit is not None and _exceeds(s, limit)}


def _allowed(segment: SegmentDiff, most: Fraction) -> Fraction | None:
    """The share of a segment that may come or go; None for any."""
    expected = segment.expected_change
    if expected is True:
        return None
    meant = share_of(expected) if isinstance(expected, str) else None
    return most if meant is None else max(most, meant)


def _exceeds(segment: SegmentDiff, limit: Fraction) -> bool:
    if segment.sizes is None:
        return False
    change = segment.sizes.change
    return change is None or change > limit


def unreadable_changes(segments: Iterable[SegmentDiff]) -> Iterator[str]:
    """A sentence for every `expected_change` that is no share."""
    for segment in segments:
        expected: Any = segment.expected_change
        if isinstance(expected, str) and share_of(expected) is None:
            yield f"`{segment.id}`: `expected_change: {expected}` is no share like 30%, and does not count."


def broken_budgets(segment: Segment, size: int, customers: int) -> Iterator[BrokenBudget]:
    """The budgets of a segment that its new size breaks."""
    share = Fraction(size, customers) if customers else Fraction(0)
    for budget in segment.budgets:
        found = Fraction(size) if budget.of == "size" else share
        if not all(keeps(found, test.operator, test.operand) for test in budget.tests):
            words = " and ".join(test_words(test).removeprefix("is ") for test in budget.tests)
            yield BrokenBudget(segment.id, budget.of, words)
