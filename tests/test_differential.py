"""Every engine against the reference interpreter, on random workspaces with random data."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from segmentry.engine.backends.registry import BACKENDS
from tests.kernels import kernels as kernels
from tests.random_models.agree import assert_agreement
from tests.strategies import Case, case_of, workspaces


@pytest.mark.parametrize("engine", BACKENDS)
@settings(max_examples=300, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(case=workspaces())
def test_engine_and_reference_agree(engine: str, case: Case) -> None:
    assert_agreement(case, engine)


@settings(
    max_examples=100,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(case=workspaces())
def test_kernels_and_reference_agree(kernels: None, case: Case) -> None:
    assert_agreement(case)


@pytest.mark.parametrize("engine", BACKENDS)
@pytest.mark.parametrize("seed", [5_646_776_270])  # a formula of literals beside a constant column
def test_what_once_disagreed_agrees(engine: str, seed: int) -> None:
    assert_agreement(case_of(seed), engine)
