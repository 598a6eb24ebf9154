"""Segmentry as a library, imported before the clock starts.

`python -m bench.library plan|evaluate|preview WORKSPACE` prints wall seconds, CPU seconds and peak MB of that
work; `… edited WORKSPACE` previews, edits a threshold, and prints what the second preview takes. `… edit
WORKSPACE` only edits.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from pathlib import Path

from segmentry.engine import Workspace, evaluate

THRESHOLD = re.compile(r"\b(at_least|more_than): (\d+(?:\.\d+)?)")


def edit(folder: Path) -> None:
    """Raise the first threshold of the campaigns by one, as somebody does who tries what it changes."""
    file = folder / "rules" / "campaigns-0.yaml"
    if not file.exists():
        file = folder / "rules" / "value-tier.yaml"
    text = file.read_text("utf-8")
    raised, times = THRESHOLD.subn(lambda m: f"{m[1]}: {Decimal(m[2]) + 1}", text, count=1)
    if not times:
        raise ValueError(f"{file} has no threshold")
    file.write_text(raised, "utf-8")


def plan(folder: Path) -> None:
    """Read the files, check and resolve the rules."""
    Workspace.load(folder).plan(None)


def everything(folder: Path) -> None:
    """Memberships of everybody."""
    evaluate(Workspace.load(folder))


def sizes(folder: Path) -> None:
    """A preview of everything."""
    module = import_module("segmentry.engine.answers.preview")
    module.preview_workspace(Workspace.load(folder, cache="on"))


def clocked(work: Callable[[Path], None], folder: Path) -> str:
    """What the work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(folder)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return f"{wall:.4f} {cpu:.4f} {peak:.1f}"


def main() -> None:
    """Do what the arguments say."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "edit":
        edit(folder)
        return
    import_module("segmentry.engine.answers.evaluation")
    if what == "edited":
        sizes(folder)
        edit(folder)
    work = {"plan": plan, "evaluate": everything, "preview": sizes, "edited": sizes}[what]
    print(clocked(work, folder))


if __name__ == "__main__":
    main()
