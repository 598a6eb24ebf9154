"""The exact output of commands, held in files that people read: ``tests/transcripts.py`` says how."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine.store import identity
from tests import transcripts
from tests.transcripts import CASES, KINDS


def _name(case: Path) -> str:
    return case.relative_to(CASES).as_posix()


@pytest.mark.parametrize("case", transcripts.cases(), ids=_name)
def test_the_output_is_exactly_as_it_was_read(
    case: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "SETTLED", 0)  # Otherwise what is kept would depend on the clock.
    came = transcripts.happened(case)
    if request.config.getoption("--update"):
        transcripts.write(case, came)
    held = transcripts.expected(case)
    assert came.transcript == held.transcript
    assert came.files == held.files


def test_every_folder_of_cases_is_one() -> None:
    folders = [path for kind in KINDS for path in (CASES / kind).iterdir()]
    assert sorted(folders) == transcripts.cases()
    assert {path.parent.name for path in folders} == set(KINDS)
    for case in folders:
        first = (case / "transcript.txt").read_text("utf-8").partition("\n")[0]
        assert first.startswith("# "), f"{_name(case)} does not say what it shows"
