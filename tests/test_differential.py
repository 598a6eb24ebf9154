"""The engine against the reference interpreter, on random workspaces with random data."""

from __future__ import annotations

from hypothesis import Phase, given, settings

from tests.random_models.agree import assert_agreement
from tests.strategies import Case, workspaces


@settings(max_examples=300, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(workspaces())
def test_engine_and_reference_agree(case: Case) -> None:
    assert_agreement(case)
