"""Where the time goes: a command of Segmentry, looked at every few milliseconds while it runs.

`python -m bench.profile RUN…` runs `segmentry RUN…` in this process; the last line is JSON: for each room of
the house the wall and CPU seconds (of all threads) that passed while the main thread was in it. A look costs
next to nothing, so the figures are those of an ordinary run, but for a few milliseconds.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

EVERY = 0.004
IMPORTS = "loading the program"
OTHER = "the command line"


def room(frame: FrameType | None) -> str:
    """The room of the innermost frame of Segmentry, of a backend its module; imports are one of their own."""
    found = OTHER
    inner = True
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == "importlib._bootstrap":
            return IMPORTS
        if inner and module.startswith(("segmentry.engine.", "segmentry.personas.")):
            parts = module.split(".")[1:]
            found = "/".join(parts if parts[1] == "backends" else parts[:2])
            inner = False
        frame = frame.f_back
    return found


def watch(main: int, done: threading.Event, passed: dict[str, list[float]]) -> None:
    """Look where the thread is until it is done."""
    wall, cpu = time.perf_counter(), time.process_time()
    frames: Callable[[], dict[int, FrameType]] = getattr(sys, "_current_frames")  # noqa: B009 (its only name)
    while not done.wait(EVERY):
        where = room(frames().get(main))
        now = time.perf_counter(), time.process_time()
        passed[where][0] += now[0] - wall
        passed[where][1] += now[1] - cpu
        wall, cpu = now


def main() -> None:
    """Run the command and say where the time went."""
    passed: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    done = threading.Event()
    arguments = (threading.get_ident(), done, passed)
    watcher = threading.Thread(target=watch, args=arguments, daemon=True)
    sys.argv = ["segmentry", *sys.argv[1:]]
    code: Any = 0
    watcher.start()
    try:
        import_module("segmentry.cli").main()
    except SystemExit as end:
        code = end.code
    done.set()
    watcher.join()
    if code:
        sys.exit(code)
    print(json.dumps({where: [round(x, 4) for x in spent] for where, spent in passed.items()}))


if __name__ == "__main__":
    main()
