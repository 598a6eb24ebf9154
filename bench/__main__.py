"""`python -m bench [pipeline|rules|facts|start] …`: measures Segmentry beside the same work by hand."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Failed, Run, in_turns, once, segmentry, table

SIZES = {
    "tiny": "10000x100000x100000",
    "small": "100000x1000000x1000000",
    "full": "1000000x10000000x10000000",
    "huge": "10000000x100000000x100000000",
}
HAND = {"naive": "bench.naive", "expert": "bench.expert", "duckdb": "bench.duck"}
OWN = {"segmentry": "on", "without-fast": "off"}
"""Segmentry with and without its kernels, and the switch for them."""
CONTENDERS = (*HAND, *OWN)
PARTS = ("pipeline", "rules", "facts", "start")
RULE_COUNTS = (20, 100, 300, 1000)


@dataclass(frozen=True, slots=True)
class Setting:
    """What to measure: the data's size, zone and layout, who takes part, how often, and where files go."""

    size: str
    zone: str
    clustered: bool
    contenders: tuple[str, ...]
    rounds: int
    cache: Path

    def out(self, contender: str) -> Path:
        """The folder of a contender's output."""
        return self.cache / "out" / contender

    def file(self, contender: str) -> Path:
        """A contender's memberships."""
        return self.out(contender) / "memberships.parquet"


def python(*arguments: str) -> str:
    """Run a module of the benchmark as a process of its own; its last line."""
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def data(setting: Setting, layout: str = "as-written") -> str:
    """The folder of the data, made if need be."""
    return python("bench.data", setting.size, setting.zone, layout, str(setting.cache / "data"))


def commands(
    setting: Setting, sources: tuple[str, str], workspace: Path, count: int, zone: str
) -> dict[str, list[str]]:
    """What to start for each contender; of the sources the first is naive's, the second everybody else's."""
    hand = {
        name: [
            sys.executable,
            "-m",
            HAND[name],
            sources[name != "naive"],
            str(setting.out(name)),
            str(count),
            zone,
        ]
        for name in setting.contenders
        if name in HAND
    }
    run = [segmentry(), "run", "--quiet", "-w", str(workspace), "-o"]
    return hand | {
        name: ["env", f"SEGMENTRY_KERNELS={switch}", *run, str(setting.out(name))]
        for name, switch in OWN.items()
        if name in setting.contenders
    }


def compared(setting: Setting, starts: dict[str, list[str]]) -> dict[str, list[Run]]:
    """A first round that warms the file cache and whose outputs must be equal, then the rounds that count."""
    first, *others = starts
    for name, command in starts.items():
        setting.out(name).mkdir(parents=True, exist_ok=True)
        setting.file(name).unlink(missing_ok=True)
        once(command)
        if name in others:
            python("bench.equal", str(setting.file(first)), str(setting.file(name)))
    print(f"outputs equal: {', '.join(starts)}")
    return in_turns(starts, setting.rounds)


def pipeline(setting: Setting, count: int) -> None:
    """Files → traits → rules → memberships. Naive always takes the files as they were written."""
    layout = "clustered" if setting.clustered else "as-written"
    sources = data(setting), data(setting, layout)
    workspace = setting.cache / "workspace"
    python("bench.workspace", str(workspace), sources[1], str(count), setting.zone, layout)
    print(f"\npipeline: {setting.size}, {count} segments, {setting.zone}, {layout}, {setting.rounds} rounds")
    print(table(compared(setting, commands(setting, sources, workspace, count, setting.zone)), "naive"))


def rules(setting: Setting) -> None:
    """Finished traits → memberships, for growing numbers of segments."""
    traits = setting.cache / "traits" / f"{setting.size}.parquet"
    if not traits.exists():
        python("bench.traits", data(setting), str(traits))
    for count in RULE_COUNTS:
        workspace = setting.cache / "rules-workspace"
        python("bench.workspace", str(workspace), str(traits), str(count), "rules", "as-written")
        print(f"\nrules alone: {setting.size.split('x')[0]} customers, {count} segments")
        print(
            table(
                compared(setting, commands(setting, (str(traits), str(traits)), workspace, count, "rules")),
                "naive",
            )
        )


def start(setting: Setting) -> None:
    """What a person waits for: help, a check, planning, one customer explained."""
    source, small, large = data(setting), setting.cache / "workspace-20", setting.cache / "workspace-300"
    largest = setting.cache / "workspace-500"
    for workspace, count in ((small, 20), (large, 300), (largest, 500)):
        python("bench.workspace", str(workspace), source, str(count), setting.zone, "as-written")
    own = segmentry()
    waits = {
        "--help": [own, "--help"],
        "check, 20 segments": [own, "check", "-w", str(small)],
        "check, 500 segments": [own, "check", "-w", str(largest)],
        "run --plan, 300 segments": [own, "run", "--plan", "-w", str(large)],
        f"explain one customer, {setting.size}": [own, "explain", "17", "value-tier", "-w", str(small)],
    }
    print(f"\n{'':52}{'best s':>8}{'peak MB':>9}")
    for name, command in waits.items():
        # Random rules hold some that can never be met: a check that finds them ends with 1.
        allowed = frozenset({0, 1}) if name.startswith("check") else frozenset({0})
        runs = [once(command, allowed) for _ in range(setting.rounds)]
        print(f"{name:52}{min(run.wall for run in runs):8.2f}{max(run.peak for run in runs):9.0f}")


def facts(setting: Setting) -> None:
    """The facts of 50 segments and 60 traits beside the means and shares alone, by hand; both from memory."""
    customers = setting.size.split("x")[0]
    file = setting.cache / "facts" / f"{customers}.parquet"
    if not file.exists():
        python("bench.facts", "make", str(file), customers)
    outs = {who: str(setting.cache / "facts" / f"{who}.parquet") for who in ("hand", "segmentry")}
    spent: dict[str, list[list[float]]] = {who: [] for who in outs}
    for _ in range(setting.rounds):
        for who, out in outs.items():
            last = python("bench.facts", who, str(file), out)
            spent[who].append([float(part) for part in last.split()])
    python("bench.facts", "equal", outs["hand"], outs["segmentry"])
    print(f"\nfacts: {int(customers):,} customers, 50 segments, 60 traits, {setting.rounds} rounds")
    print(f"means and shares equal\n{'':12}{'wall s':>9}{'CPU s':>9}   CPU × hand: min / median / max")
    for who, runs in spent.items():
        wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
        ratios = sorted(run[1] / other[1] for run, other in zip(runs, spent["hand"], strict=True))
        spread = f"{ratios[0]:.2f} / {statistics.median(ratios):.2f} / {ratios[-1]:.2f}"
        print(f"{who:12}{wall:9.2f}{cpu:9.2f}   {spread:>31}")


def parsed(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Setting]:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", help="pipeline, rules, facts, start (default: all)")
    parser.add_argument("--size", default="small", help=f"{', '.join(SIZES)}, or customers x orders x events")
    parser.add_argument("--segments", type=int, nargs="+", default=[100])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--zone", default="UTC", help="an IANA zone: the data then holds instants in UTC")
    parser.add_argument(
        "--clustered", action="store_true", help="orders and events ascending by customer, but for naive"
    )
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--cache", type=Path, default=Path(".bench"))
    options = parser.parse_args(arguments)
    chosen = tuple(options.contenders.split(","))
    if wrong := (set(chosen) - set(CONTENDERS)) | (set(options.part) - {*PARTS}):
        parser.error(f"unknown: {', '.join(sorted(wrong))}")
    if "naive" not in chosen:
        parser.error("naive must take part: the others are measured against it")
    size: str = options.size
    cache = options.cache.resolve()
    return options, Setting(
        SIZES.get(size, size), options.zone, options.clustered, chosen, options.rounds, cache
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 if a contender fails or outputs differ."""
    options, setting = parsed(arguments)
    parts = options.part or PARTS
    try:
        if "pipeline" in parts:
            for count in options.segments:
                pipeline(setting, count)
        if "rules" in parts:
            rules(setting)
        if "facts" in parts:
            facts(setting)
        if "start" in parts:
            start(setting)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
