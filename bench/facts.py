"""The facts of many segments beside the same means and shares by hand.

`python -m bench.facts make FILE CUSTOMERS` writes sample frames; `… hand FILE OUT` and `… segmentry FILE OUT`
measure one of the two: the last line is wall and CPU seconds of the computation alone (both start with
the same frames in memory). The means and shares go to OUT; `… equal OUT OTHER` compares them.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from segmentry.personas.facts import Fact, measure, published_facts
from segmentry.personas.facts.figures import Figures, names_of
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo

NUMBERS, FLAGS, TEXTS = 30, 15, 15
SEGMENTATIONS, SEGMENTS, LISTS = 4, 10, 10
"""50 segments: four segmentations of ten that assign one each, and ten that stand alone."""

KEY = "customer"


def make(file: Path, customers: int) -> None:
    """Write traits (shares, counts, money as decimals, flags, texts) and memberships as one frame, seeded."""
    dice = np.random.default_rng(20261101)
    columns: dict[str, pl.Series] = {KEY: pl.int_range(customers, eager=True)}
    for at in range(NUMBERS):
        columns[f"n{at}"] = _number(at, dice, customers)
    for at in range(FLAGS):
        columns[f"f{at}"] = pl.Series(dice.random(customers) < 0.1 + at / 20)
    for at in range(TEXTS):
        names = [f"value {number}" for number in range(3 + at * 2)]
        columns[f"c{at}"] = pl.Series(dice.zipf(1.6, customers) % len(names)).cast(pl.UInt32)
        columns[f"c{at}"] = pl.Series(names)[columns[f"c{at}"]].cast(pl.Enum(names))
    for at in range(SEGMENTATIONS):
        ids = [f"s{at}_{number}" for number in range(SEGMENTS)]
        columns[f"s{at}"] = pl.Series(ids)[pl.Series(dice.integers(0, SEGMENTS, customers))].cast(
            pl.Enum(ids)
        )
    for at in range(LISTS):
        columns[f"l{at}"] = pl.Series(dice.random(customers) < 0.05 + at / 25)
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_parquet(file)


def _number(at: int, dice: np.random.Generator, customers: int) -> pl.Series:
    missing = pl.Series(dice.random(customers) < 0.1)
    match at % 3:
        case 0:
            value = pl.Series(dice.poisson(4 + at, customers))
        case 1:
            value = pl.Series(dice.random(customers))
        case _:
            cents = pl.Series(dice.gamma(2, 4000, customers).astype("int64"))
            value = (cents / 100).cast(pl.Decimal(14, 2))
    return value if at % 2 else pl.select(pl.when(~missing).then(value)).to_series()


def hand(frame: pl.DataFrame, out: Path) -> tuple[float, float]:
    """Means and shares as an analyst writes them: a group_by per segmentation, a filter per other segment."""
    numbers = [pl.col(f"n{at}").mean() for at in range(NUMBERS)] + [
        pl.col(f"f{at}").mean() for at in range(FLAGS)
    ]
    texts = [f"c{at}" for at in range(TEXTS)]
    wall, cpu = time.perf_counter(), time.process_time()
    lazy = frame.lazy()
    plans: list[pl.LazyFrame] = [lazy.select(pl.lit("").alias("segment"), *numbers)]
    plans += [lazy.group_by(pl.lit("").alias("segment"), text).len() for text in texts]
    for at in range(SEGMENTATIONS):
        name = pl.col(f"s{at}").alias("segment")
        plans.append(lazy.group_by(name).agg(numbers))
        plans += [lazy.group_by(name, text).len() for text in texts]
    for at in range(LISTS):
        chosen, name = lazy.filter(pl.col(f"l{at}")), pl.lit(f"l{at}").alias("segment")
        plans.append(chosen.select(name, *numbers))
        plans += [chosen.group_by(name, text).len() for text in texts]
    found = pl.collect_all(plans)
    means = [part for part in found if "len" not in part.columns]
    shares = [
        part.with_columns(share=pl.col("len") / pl.col("len").sum().over("segment"))
        for part in found
        if "len" in part.columns
    ]
    spent = time.perf_counter() - wall, time.process_time() - cpu
    rows = [
        {"segment": row["segment"], "trait": name, "value": None, "figure": float(row[name])}
        for part in means
        for row in part.cast({"segment": pl.String}).to_dicts()
        for name in part.columns[1:]
        if row["segment"]
    ]
    rows += [
        {"segment": row[0], "trait": part.columns[1], "value": row[1], "figure": row[3]}
        for part in shares
        for row in part.cast({"segment": pl.String}).rows()
        if row[0]
    ]
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(out)
    return spent


def segmentry(frame: pl.DataFrame, out: Path) -> tuple[float, float]:
    """Every published fact: also spread, effects, percentiles, overlaps, what may not be told, the ranks."""
    people = _population(frame)
    wall, cpu = time.perf_counter(), time.process_time()
    published_facts(people)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    measured = measure(people, frozenset())
    names = names_of(measured)
    facts = [fact for id_ in measured.sizes for fact in Figures(measured, names, id_).facts()]
    pl.DataFrame(
        [_row(fact) for fact in facts if fact.measure in ("mean", "true", "category")]
    ).write_parquet(out)
    return spent


def _row(fact: Fact) -> dict[str, str | float | None]:
    return {"segment": fact.segment, "trait": fact.trait, "value": fact.category, "figure": fact.value}


def _population(frame: pl.DataFrame) -> Population:
    kinds = {0: "integer", 1: "number", 2: "decimal"}
    infos = [TraitInfo(f"n{at}", kinds[at % 3], 2, value=at == 2) for at in range(NUMBERS)]  # type: ignore[arg-type]
    infos += [TraitInfo(f"f{at}", "boolean") for at in range(FLAGS)]
    infos += [TraitInfo(f"c{at}", "string") for at in range(TEXTS)]
    groups = [f"s{at}" for at in range(SEGMENTATIONS)]
    segments = [
        SegmentInfo(f"{group}_{number}", group, None, group, "first_match")
        for group in groups
        for number in range(SEGMENTS)
    ]
    alone = [f"l{at}" for at in range(LISTS)]
    segments += [SegmentInfo(name, name, None, "alone", "every_match") for name in alone]
    traits = [info.id for info in infos]
    return Population(
        frame.select(KEY, *traits), frame.select(KEY, *groups, *alone), tuple(infos), tuple(segments),
        datetime(2026, 11, 1, tzinfo=UTC), "Benchmark",
    )  # fmt: skip


def equal(by_hand: Path, own: Path) -> None:
    """Raise AssertionError unless every mean and share of ours is the one by hand, to 12 digits."""
    keys = ["segment", "trait", "value"]
    both = pl.read_parquet(own).join(pl.read_parquet(by_hand), on=keys, how="left", nulls_equal=True)
    off = both.filter(~((pl.col("figure") / pl.col("figure_right") - 1).abs() < 1e-12).fill_null(False))
    assert both.height
    assert off.is_empty(), off.head()


def main() -> None:
    """Make the frames, measure one of the two, or compare what they found."""
    what, file, last = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if what == "make":
        make(file, int(last))
        return
    if what == "equal":
        equal(file, Path(last))
        return
    frame = pl.read_parquet(file)
    wall, cpu = (hand if what == "hand" else segmentry)(frame, Path(last))
    print(f"{wall:.3f} {cpu:.3f}")


if __name__ == "__main__":
    main()
