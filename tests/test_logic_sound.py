"""What logic claims of random rules holds for the customers of random data."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings

from segmentry.engine import Workspace, check
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN
from tests.strategies import Case, case_to_files, workspaces


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(workspaces())
def test_claims_hold_on_data(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        case_to_files(case, Path(name))
        workspace = Workspace.load(name)
        try:
            plan = workspace.plan(case.as_of, drafts=True)
            rules = {d: Field(d, BOOLEAN) for d in plan.definitions if d.startswith(("r:", "m:"))}
            frame = workspace.backend.frame(plan, workspace.readers, rules).frame
        except DataError:
            return
        codes = [(d.code, d.message) for d in check(workspace, case.as_of)]
    for code, message in codes:
        _holds(frame, code, message)


def _holds(frame: pl.DataFrame, code: str, message: str) -> None:
    names = re.findall(r"`([\w-]+)`", message)
    segments = [n for n in names if f"r:{n}" in frame.columns]
    if code == "unsatisfiable" and "nobody can be in" in message:
        assert not frame[f"r:{names[-1]}"].any()
    elif code == "always-true":
        assert frame[f"r:{segments[0]}"].all()
    elif code == "unreachable":
        assert not frame[f"m:{segments[0]}"].any()
    elif code == "equivalent":
        assert (frame[f"r:{segments[0]}"] == frame[f"r:{segments[1]}"]).all()
    elif code == "subsumed":
        for wide in segments[1:]:
            assert not (frame[f"r:{segments[0]}"] & ~frame[f"r:{wide}"]).any()
