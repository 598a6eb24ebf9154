"""Which rung a server stands on, remembered by address and model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from segmentry.engine.diagnostics.whole import write_whole
from segmentry.personas.llm.request import Rung
from segmentry.personas.llm.settings import LlmSettings


class Ladder:
    """The rung to start on. ``memory`` is a file that is derived and may be lost, or None.

    Until one reply has come back, ``probing`` lets a single segment find the rung out for all.
    """

    def __init__(self, settings: LlmSettings, memory: Path | None) -> None:
        self.name = f"{settings.base_url} {settings.model}"
        self.memory = memory
        remembered = self._all().get(self.name)
        self.remembered = remembered
        self.settled = remembered is not None
        self.start = remembered or Rung.JSON_SCHEMA
        self.probing = asyncio.Lock()

    def refused(self, rung: Rung) -> None:
        """The server does not take this rung: nobody starts on it any more."""
        if rung is self.start and rung.below is not None:
            self.start = rung.below

    def works(self, rung: Rung) -> None:
        """A reply in the wanted form came back on this rung; the first time it is remembered."""
        if not self.settled:
            self.start, self.settled = rung, True
        if self.remembered is not self.start:
            self._remember()
            self.remembered = self.start

    def _all(self) -> dict[str, Rung]:
        if self.memory is None or not self.memory.is_file():
            return {}
        try:
            found: dict[str, str] = json.loads(self.memory.read_text(encoding="utf-8"))
            return {name: Rung(rung) for name, rung in found.items()}
        except (OSError, ValueError, AttributeError, RecursionError):
            return {}

    def _remember(self) -> None:
        if self.memory is None:
            return
        reported = {name: rung.value for name, rung in {**self._all(), self.name: self.start}.items()}
        self.memory.parent.mkdir(parents=True, exist_ok=True)
        write_whole({self.memory: (json.dumps(reported, indent=1, sort_keys=True) + "\n").encode()})
