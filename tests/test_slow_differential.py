"""The engine against the naive interpreter on more random workspaces than fit into the quick suite."""

from __future__ import annotations

import pytest

from segmentry.engine.backends.registry import BACKENDS
from tests.random_models.agree import assert_agreement
from tests.strategies import case_of

BLOCK = 250


@pytest.mark.slow
@pytest.mark.parametrize("engine", BACKENDS)
@pytest.mark.parametrize("block", range(8))
def test_random_workspaces_come_out_as_the_reference_says(engine: str, block: int) -> None:
    """Other seeds than those of the quick suite; a failure names its seed for `python -m tests.fuzz`."""
    for seed in range(1_000_000 + block * BLOCK, 1_000_000 + (block + 1) * BLOCK):
        try:
            assert_agreement(case_of(seed), engine)
        except AssertionError as failure:
            failure.add_note(f"seed {seed}")
            raise
