"""The kernels of `segmentry[fast]`, taken for however little data there is, in batches of a few rows."""

from __future__ import annotations

import pytest

from segmentry.engine.backends.polars.dense.choice import SWITCH
from tests.parts_at_hand import needs_module


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows go through kernels, three at a time."""
    needs_module("numba")
    from segmentry.engine.backends.polars.dense import dense_pass

    monkeypatch.setenv(SWITCH, "on")
    monkeypatch.setattr(dense_pass, "ROWS_OF_A_BATCH", 3)
