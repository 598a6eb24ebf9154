"""Profiles as lines: where the time of the pipeline and of the rules goes, stage by stage."""

from __future__ import annotations

import json

from bench.form import Form
from bench.results import Row, Spread
from bench.setting import Setting, data, python, traits, workspace

SHOWN = 0.02
"""Stages below this share of the CPU time are put together."""


def profiles(setting: Setting, count: int) -> None:
    """The pipeline and the rules alone."""
    source, rules = data(setting), Form(rules=True)
    whole = workspace(setting, "profile", source, count)
    setting.line("profile", "the whole pipeline", count, stages(setting, str(whole)))
    alone = workspace(setting, "profile", traits(setting), count, rules)
    setting.of_size(setting.customers).line("profile", "rules alone", count, stages(setting, str(alone)))


def stages(setting: Setting, folder: str) -> dict[str, Row]:
    """The stages of one run, the costliest first, after a run that compiles and warms."""
    run = ("bench.profile", "run", "--quiet", "-w", folder, "-o", str(setting.out("profile")))
    python(*run)
    spent: dict[str, list[float]] = json.loads(python(*run))
    total = sum(cpu for _, cpu in spent.values())
    large = {name: both for name, both in spent.items() if both[1] >= total * SHOWN}
    rest = [both for name, both in spent.items() if name not in large]
    rows = {
        name: Row(wall, cpu, cpu_x=flat(cpu / total))
        for name, (wall, cpu) in sorted(large.items(), key=lambda stage: -stage[1][1])
    }
    wall, cpu = (sum(both[at] for both in rest) for at in (0, 1))
    return rows | {"everything else": Row(wall, cpu, cpu_x=flat(cpu / total))}


def flat(share: float) -> Spread:
    """A share that was looked at once."""
    return share, share, share
