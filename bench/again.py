"""What a person waits for while working on rules: the preview after an edit, and one customer explained."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.form import Form, Job
from bench.measure import Failed, Run, in_turns, once, printed, segmentry
from bench.pipeline import HAND
from bench.results import compared
from bench.setting import Setting, by_hand, data, python, spent, workspace

COLD, WARM = "preview, nothing kept", "preview, a threshold edited"
LIBRARY = "preview, a threshold edited, in the library"


def forget(folder: Path) -> None:
    """Take away what was kept of earlier runs."""
    once([segmentry(), "clean", "--quiet", "-w", str(folder)])


def again(setting: Setting, count: int) -> None:
    """The sizes of all segments, after a threshold was edited. By hand everything is done anew."""
    source = data(setting)
    folder = workspace(setting, "again", source, count)
    preview = [segmentry(), "preview", "--quiet", "-w", str(folder)]
    same_when_kept(folder, [*preview, "--format", "json"])

    def cold() -> Run:
        forget(folder)
        return once(preview)

    def warm() -> Run:
        python("bench.library", "edit", str(folder))
        return once(preview)

    steps = {
        "naive": lambda: once(by_hand(HAND["naive"], Job(source, setting.out("naive"), count, Form()))),
        COLD: cold,
        WARM: warm,
        LIBRARY: lambda: spent("bench.library", "edited", str(folder)),
    }
    setting.out("naive").mkdir(parents=True, exist_ok=True)
    setting.line("again", "a threshold edited", count, compared(in_turns(steps, setting.rounds)))
    forget(folder)


def same_when_kept(folder: Path, command: list[str]) -> None:
    """Raise Failed unless an edited workspace says the same with what was kept as with nothing kept."""
    printed(command)
    python("bench.library", "edit", str(folder))
    kept = printed(command)
    forget(folder)
    if kept != printed(command):
        raise Failed(f"{' '.join(command)}\nsays something else when nothing is kept")


def explain(setting: Setting, count: int) -> None:
    """One customer, every segment, with ranks in the workspace; then one segment that needs none of them."""
    folder = workspace(setting, "again", data(setting), count)
    whole = [segmentry(), "explain", "17", "--quiet", "-w", str(folder)]
    forget(folder)
    first = printed([*whole, "--format", "json"])
    if first != printed([*whole, "--format", "json"]):
        raise Failed(f"{' '.join(whole)}\nsays something else the second time")

    def cold() -> Run:
        forget(folder)
        return once(whole)

    steps = {
        "explain, nothing kept": cold,
        "explain, a second time": lambda: once(whole),
        "explain, one segment without ranks": lambda: once([*whole[:3], "lifecycle", *whole[3:]]),
    }
    setting.line("explain", "one customer explained", count, compared(in_turns(steps, setting.rounds), None))
    forget(folder)


def start(setting: Setting) -> None:
    """Help, checks of the starter and of many segments, and planning."""
    source = data(setting)
    folders = {count: workspace(setting, f"start-{count}", source, count) for count in (20, 300)}
    starter = setting.cache / "starter"
    if not starter.exists():
        once([segmentry(), "init", "--quiet", str(starter)])
    own = segmentry()
    waits = {
        "--help": [own, "--help"],
        "check, the starter": [own, "check", "-w", str(starter)],
        "check, 300 segments": [own, "check", "-w", str(folders[300])],
        "run --plan, 300 segments": [own, "run", "--plan", "-w", str(folders[300])],
    }
    # Random rules hold some that can never be met: a check that finds them ends with 1.
    steps = {
        name: partial(once, command, frozenset({0, 1} if "check" in command else {0}))
        for name, command in waits.items()
    }
    setting.line("start", "start", 300, compared(in_turns(steps, setting.rounds), None))
