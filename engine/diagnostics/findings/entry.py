"""The type of a catalogue entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segmentry.engine.diagnostics.model import Severity

Family = Literal["reading", "names", "logic", "hygiene", "data", "briefs"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of finding: what ``check --explain`` prints and the documentation shows.

    ``bad`` and ``good`` are YAML texts, parts of a file: the first has the finding, the second is mended.
    ``fixable`` says that such findings can carry a fix, which `check --fix` applies: that of ``bad`` does.
    ``for_engineers`` are notes on how the checks work rather than on the rules: a terminal counts them only.
    """

    code: str
    severity: Severity
    family: Family
    title: str
    what: str
    why: str
    bad: str
    good: str
    fixable: bool = False
    for_engineers: bool = False
