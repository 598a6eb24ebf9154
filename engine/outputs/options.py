"""The options of a run, apart from the run so that a command line can name them without loading an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What to write, and where (None: the workspace's own output folder)."""

    output: Path | None = None
    only: tuple[str, ...] = ()
    traits: bool = False
    long: bool = False
    csv: bool = False
    show_ids: bool = False
