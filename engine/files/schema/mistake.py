"""A mistake that a file alone shows and JSON Schema can't say."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engine.document import Path


@dataclass(frozen=True, slots=True)
class Mistake:
    """A value that breaks a rule, the finding's code, and whether its key is the place to look at."""

    path: Path
    message: str
    hint: str | None
    code: str = "schema"
    at_key: bool = False
