"""What `run.log.json` says: how long a run took, and on what machine."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

VERSION = 1


@dataclass
class Stopwatch:
    """The stages of a run in order, each with its seconds."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    stages: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Time what happens inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0) + time.perf_counter() - start


def run_log(watch: Stopwatch, *, engine: str, version: str) -> dict[str, Any]:
    """The whole of `run.log.json`: seconds per stage, peak memory of the process in bytes, the machine."""
    return {
        "version": VERSION,
        "engine": engine,
        "engine_version": version,
        "started": watch.started.isoformat(timespec="milliseconds"),
        "seconds": {name: round(seconds, 4) for name, seconds in watch.stages.items()},
        "peak_memory_bytes": peak_memory(),
        "machine": {
            "system": platform.system(),
            "release": platform.release(),
            "architecture": platform.machine(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
