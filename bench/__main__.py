"""`python -m bench [PART …]`: measures Segmentry beside the same work by hand; see bench/README.md."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.again import again, explain, start
from bench.commands import many_segments
from bench.facts_part import facts
from bench.form import FILES, KEYS, LAYOUTS, Form
from bench.measure import Failed
from bench.pipeline import CONTENDERS, forms, pipeline
from bench.report import Report, write_page
from bench.results import Line, text
from bench.rules import COUNTS, peers, rules
from bench.setting import SIZES, Setting
from bench.stages import profiles


def parts(options: argparse.Namespace, setting: Setting) -> dict[str, Callable[[], None]]:
    """What each part does."""
    form = Form(options.zone, options.keys, options.files, options.layout, not options.without_median)
    counts: list[int] = options.segments
    first = counts[0]

    def pipelines() -> None:
        for count in counts:
            pipeline(setting, count, form)

    return {
        "pipeline": pipelines,
        "forms": partial(forms, setting, counts),
        "rules": partial(rules, setting, tuple(options.rules)),
        "peers": partial(peers, setting, first),
        "again": partial(again, setting, first),
        "explain": partial(explain, setting, first),
        "facts": partial(facts, setting),
        "start": partial(start, setting),
        "commands": partial(many_segments, setting),
        "profile": partial(profiles, setting, first),
    }


def parser() -> argparse.ArgumentParser:
    """The options."""
    told = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = told.add_argument
    named = "pipeline, forms, rules, peers, again, explain, facts, start, commands, profile"
    add("part", nargs="*", help=f"{named}; or page alone, which is then written anew from what was measured")
    add("--size", default="small", help=f"{', '.join(SIZES)}, or customers x orders x events")
    add(
        "--text-size", default="small", help="at most this size for text keys, CSV and NDJSON among the forms"
    )
    add("--segments", type=int, nargs="+", default=[100], help="numbers of segments of the pipeline")
    add("--rules", type=int, nargs="+", default=[*COUNTS], help="numbers of segments of the rules alone")
    add(
        "--rounds",
        type=int,
        default=5,
        help="how often each contender runs, after the round that compares outputs",
    )
    add("--contenders", default=",".join(CONTENDERS), help=f"some of {', '.join(CONTENDERS)}")
    add("--zone", default="UTC", help="an IANA zone: the data then hold instants in UTC")
    add("--keys", choices=KEYS, default="integer", help="the customers' keys")
    add("--files", choices=FILES, default="parquet", help="how the tables are stored")
    layouts = "for all but naive: orders and events ascending by customer, or Segmentry's prepared copies"
    add("--layout", choices=LAYOUTS, default="as-written", help=layouts)
    add("--without-median", action="store_true", help="leave the median out of the work")
    add("--sample", type=int, default=2_000, help="customers that the engines of others evaluate")
    add("--cache", type=Path, default=Path(".bench"), help="where data and outputs go")
    add("--keep", action="store_true", help="keep the data of every form, not of the usual one alone")
    add(
        "--report",
        action="store_true",
        help="put what is measured into bench/results.json and docs/benchmark.md",
    )
    return told


def setting_of(
    told: argparse.ArgumentParser, options: argparse.Namespace, tell: Callable[[Line], None]
) -> Setting:
    """The setting that the options say; ends the process for contenders that there are none of."""
    chosen = tuple(options.contenders.split(","))
    if wrong := set(chosen) - set(CONTENDERS):
        told.error(f"unknown: {', '.join(sorted(wrong))}")
    if "naive" not in chosen:
        told.error("naive must take part: the others are measured against it")
    named: tuple[str, str] = options.size, options.text_size
    size, text_size = (SIZES.get(size, size) for size in named)
    if options.layout == "clustered" and options.files != "parquet":
        told.error(f"--layout clustered is of Parquet files, not of --files {options.files}")
    cache: Path = options.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    return Setting(size, chosen, options.rounds, cache, tell, text_size, options.sample, options.keep)


def command(arguments: Sequence[str]) -> str:
    """The command as anybody can repeat it: where its files go is left out."""
    words = list(arguments)
    if "--cache" in words:
        at = words.index("--cache")
        del words[at : at + 2]
    return shlex.join(["python", "-m", "bench", *words])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 if a contender fails or outputs differ."""
    told = parser()
    options = told.parse_args(arguments)
    if options.part == ["page"]:
        write_page()
        return 0
    report = Report(command(sys.argv[1:] if arguments is None else arguments)) if options.report else None

    def tell(line: Line) -> None:
        print(f"\n{text(line)}", flush=True)
        if report is not None:
            report.add(line)

    todo = parts(options, setting_of(told, options, tell))
    if wrong := set(options.part) - todo.keys():
        told.error(f"unknown: {', '.join(sorted(wrong))}")
    try:
        for part in options.part or todo:
            todo[part]()
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
