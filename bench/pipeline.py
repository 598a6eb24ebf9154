"""The pipeline: files → traits → rules → memberships, by all contenders from the same input."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.form import Form, Job
from bench.measure import Run, in_turns, once, segmentry
from bench.results import compared
from bench.setting import USUAL, Setting, by_hand, data, python, workspace

HAND = {"naive": "bench.naive", "expert": "bench.expert", "duckdb": "bench.duck"}
OWN = {"segmentry": "auto", "without-fast": "off"}
"""Segmentry with and without its kernels, and the switch for them."""
FLOOR = {"scan-and-decode": "bench.floor decode", "group_by(len)": "bench.floor group"}
"""The lower bound: no contender, and without output."""
CONTENDERS = (*HAND, *OWN)
FORMS = (
    Form(median=False),
    Form(zone="Europe/Berlin"),
    Form(layout="clustered"),
    Form(layout="prepared"),
    Form(keys="text"),
    Form(files="csv"),
    Form(files="ndjson"),
)


def own(setting: Setting, folder: Path, name: str) -> list[str]:
    """Segmentry's command, as a person gives it."""
    run = [segmentry(), "run", "--quiet", "-w", str(folder), "-o", str(setting.out(name))]
    return ["env", f"SEGMENTRY_KERNELS={OWN[name]}", *run]


def starts(
    setting: Setting, sources: tuple[Path, Path], folder: Path, count: int, form: Form
) -> dict[str, list[str]]:
    """What to start for each contender; of the sources the first is naive's, the second everybody else's."""
    hand = {
        name: by_hand(HAND[name], Job(sources[name != "naive"], setting.out(name), count, form))
        for name in setting.contenders
        if name in HAND
    }
    return hand | {name: own(setting, folder, name) for name in OWN if name in setting.contenders}


def same_outputs(setting: Setting, commands: dict[str, list[str]]) -> None:
    """A first round that warms the file cache and whose outputs must be equal. Raises Failed."""
    first, *others = commands
    for name, command in commands.items():
        setting.out(name).mkdir(parents=True, exist_ok=True)
        setting.file(name).unlink(missing_ok=True)
        once(command)
        if name in others:
            python("bench.equal", str(setting.file(first)), str(setting.file(name)))
    if others:
        print(f"\noutputs equal: {', '.join(commands)}", flush=True)


def steps(commands: dict[str, list[str]]) -> dict[str, partial[Run]]:
    """The commands as steps of a round."""
    return {name: partial(once, command) for name, command in commands.items()}


def pipeline(setting: Setting, count: int, form: Form = USUAL) -> None:
    """One form. Naive has the files as they were written; of sorted and prepared ones the others make use."""
    setting = of_fitting_size(setting, form)
    plain = replace(form, layout="as-written")
    sources = data(setting, plain), data(setting, form)
    folder = workspace(setting, "pipeline", sources[1], count, form)
    note = ""
    if form.layout == "prepared":
        took = once([segmentry(), "prepare", "--all", "--quiet", "-w", str(folder)])
        note = f"`segmentry prepare --all` took {took.wall:.1f} s ({took.cpu:.1f} s of CPU), once."
    commands = starts(setting, sources, folder, count, form)
    same_outputs(setting, commands)
    floor = {
        name: by_hand(module, Job(sources[1], setting.out(name), count, form))
        for name, module in FLOOR.items()
    }
    rows = compared(in_turns(steps(commands | floor), setting.rounds))
    setting.line("pipeline", form.name, count, rows, note)
    shutil.rmtree(folder / ".segmentry", ignore_errors=True)
    if not setting.keep:
        made = {sources[0]: plain, sources[1]: form}
        for source in (source for source, its in made.items() if its.data != USUAL.data):
            shutil.rmtree(source)


def of_fitting_size(setting: Setting, form: Form) -> Setting:
    """The setting, with fewer rows where the form's files are large."""
    large = form.keys == "text" or form.files != "parquet"
    rows = [int(size.split("x")[-1]) for size in (setting.size, setting.text_size)]
    return setting.of_size(setting.text_size) if large and rows[1] < rows[0] else setting


def forms(setting: Setting, counts: Sequence[int]) -> None:
    """Every form but the usual one, with the first number of segments."""
    for form in FORMS:
        pipeline(setting, counts[0], form)
