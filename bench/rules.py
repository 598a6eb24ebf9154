"""The rules alone: finished traits → memberships, for growing numbers of segments; and engines of others."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.form import Form
from bench.measure import Failed, Run, in_turns
from bench.pipeline import same_outputs, starts, steps
from bench.results import Row, beside, compared, short
from bench.setting import Setting, python, spent, traits, workspace

ABSENT = 3
"""The exit code of a peer whose package is not installed."""
PEERS = {"zen-engine": "zen", "datalogic-py": "datalogic_py", "rule-engine": "rule_engine"}
"""Engines of others, by the name of the package: the module."""
COUNTS = (20, 100, 300, 1000)
RULES = Form(rules=True)
PLANNING = "planning, in the library"
LIBRARY = "segmentry, in the library"


def rules(setting: Setting, counts: tuple[int, ...] = COUNTS) -> None:
    """The whole command, the library's part of it, and its planning."""
    source = traits(setting)
    for count in counts:
        folder = workspace(setting, "rules", source, count, RULES)
        commands = starts(setting, (source, source), folder, count, RULES)
        same_outputs(setting, commands)
        inside: dict[str, partial[Run]] = {}
        if "segmentry" in setting.contenders:
            inside = {
                LIBRARY: partial(spent, "bench.library", "evaluate", str(folder)),
                PLANNING: partial(spent, "bench.library", "plan", str(folder)),
            }
        rows = compared(in_turns(steps(commands) | inside, setting.rounds))
        setting.of_size(setting.customers).line("rules", "rules alone", count, rows)


def peers(setting: Setting, count: int) -> None:
    """Engines that evaluate a customer at a time, over a sample; the ratios are to naive's whole command."""
    source = traits(setting)
    naive = {"naive": starts(setting, (source, source), Path(), count, RULES)["naive"]}
    same_outputs(setting, naive)
    rows: dict[str, Row] = {}
    base = in_turns(steps(naive), setting.rounds)["naive"]
    rows["naive"] = compared({"naive": base})["naive"]
    everybody = int(setting.customers)
    sample = min(setting.sample, everybody)
    for name in PEERS:
        rows[name] = _peer(setting, name, source, count, sample, base)
    setting.of_size(setting.customers).line("peers", "one customer at a time", count, rows)


def _peer(setting: Setting, name: str, source: Path, count: int, sample: int, base: list[Run]) -> Row:
    out = setting.out(name).with_suffix(".parquet")
    call = ("bench.peers", name, str(source), str(out), str(count), str(sample))
    try:
        python(*call)
    except Failed as failure:
        if failure.code != ABSENT:
            raise
        return Row(note="not installed")
    python("bench.equal", str(setting.file("naive")), str(out), "sample")
    print(f"outputs equal on a sample: naive, {name}", flush=True)
    everybody = int(setting.customers)
    factor = everybody / sample
    runs = [spent(*call) for _ in range(setting.rounds)]
    scaled = [Run(run.wall * factor, run.cpu * factor) for run in runs]
    note = f"{short(sample)} customers, scaled to {short(everybody)}"
    return replace(beside(compared({name: scaled}, None)[name], scaled, base), peak=None, note=note)
