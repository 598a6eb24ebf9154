"""Evaluation in ranges of keys, however little data there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from segmentry.engine.backends.protocol import MemoryPlan

InRanges = Callable[[int], None]


@pytest.fixture
def in_ranges(monkeypatch: pytest.MonkeyPatch) -> InRanges:
    """From now on everything is evaluated in so many ranges of keys."""
    from segmentry.engine.backends.polars import backend

    def take(count: int) -> None:
        planned = MemoryPlan(need=1, at_once=1, budget=1, ranges=count, given=True)

        def answer(*_: object) -> MemoryPlan:
            return planned

        monkeypatch.setattr(backend, "planned_memory", answer)

    return take
