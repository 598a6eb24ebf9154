"""The log of a run's calls: what was asked when, with tokens and money. Never the key, never a figure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request, answered by the server or from the cache.

    ``turn`` is 0 for the first answer and counts repairs; ``attempt`` counts how often the same request was
    sent. ``outcome`` is "reply" or why there is none. ``seconds`` is how long it took.
    """

    at: str
    segment: str
    rung: str
    turn: int
    attempt: int
    key: str
    source: Literal["server", "cache"]
    outcome: str
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Journal:
    """The calls of a run; with a ``file`` each is added there at once, one JSON document a line."""

    file: Path | None = None
    calls: list[ModelCall] = field(default_factory=list[ModelCall])

    def add(self, call: ModelCall) -> None:
        """Note a call down."""
        self.calls.append(call)
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(call), ensure_ascii=False) + "\n")
