"""The finished traits as a file, for measuring rules alone: `python -m bench.traits DATA FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from bench.conditions import BEHAVIOURS
from bench.form import Form
from bench.naive import traits
from bench.vocabulary import KEY, MONEY


def main() -> None:
    """Write them, ascending by key, money as decimals of two places."""
    data, target = (Path(argument) for argument in sys.argv[1:3])
    target.parent.mkdir(parents=True, exist_ok=True)
    helpers = [f"did_{name}" for name in BEHAVIOURS]
    traits(data, Form()).drop(helpers).with_columns(pl.col(MONEY).cast(pl.Decimal(14, 2))).sort(
        KEY
    ).sink_parquet(target)


if __name__ == "__main__":
    main()
