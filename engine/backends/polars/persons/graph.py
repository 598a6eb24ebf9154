"""Records that are one person: the connected components of a graph, and those that are to be kept apart.

A record is a whole number from 0 on (UInt32), an edge a row with two of them. All work is on whole columns;
nothing depends on the order of the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

NODE: Final = pl.UInt32()
"""The dtype of a record's number."""

LOST: Final = {"root": NODE, "key": pl.UInt8()}
"""The columns of `Parted.lost`."""


def components(count: int, edges: pl.DataFrame) -> pl.Series:
    """The smallest record of each record's component (UInt32), for ``count`` records.

    ``edges`` has the columns `a` and `b`. Every root hooks onto its smallest neighbour, then every record
    jumps to its root, and what is left of the edges is between roots; so a chain is halved at each step (the
    hooking and pointer jumping of Shiloach and Vishkin, An O(log n) Parallel Connectivity Algorithm, 1982).
    """
    root = pl.int_range(count, dtype=NODE, eager=True)
    while edges.height:
        low, high = pl.min_horizontal("a", "b").alias("low"), pl.max_horizontal("a", "b").alias("high")
        ends = edges.select(low, high)
        hooks = ends.filter(pl.col("low") != pl.col("high")).group_by("high").agg(pl.col("low").min())
        root = _jumped(root.scatter(hooks["high"], hooks["low"]))
        ends = ends.select(pl.lit(root).gather("low").alias("a"), pl.lit(root).gather("high").alias("b"))
        edges = ends.filter(pl.col("a") != pl.col("b"))
    return root


def _jumped(root: pl.Series) -> pl.Series:
    """Every record with the root of its tree."""
    while True:
        further = root.gather(root)
        if further.equals(root):
            return root
        root = further


@dataclass(frozen=True)
class Parted:
    """Components in which nobody is two people: the ``roots`` and the ``edges`` that are left.

    ``lost`` has a row per root of a component that was in conflict and key that it lost: `root` as it was
    before anything was removed, and `key`.
    """

    roots: pl.Series
    edges: pl.DataFrame
    lost: pl.DataFrame


def parted(edges: pl.DataFrame, apart: pl.DataFrame, first: pl.Series) -> Parted:
    """The components by edges, without those that would make one person of two.

    ``edges`` has `a`, `b` and `key`, the number of the key that joins them: the greatest is the weakest.
    ``apart`` has a row per record; two different known values in a column are never of one person. Where
    they meet, the component loses all edges of its weakest key, then what is still in conflict the next.
    ``first`` are the components by all edges.
    """
    roots = first
    lost = [pl.DataFrame(schema=LOST)]
    for key in edges["key"].unique().sort(descending=True):
        wrong = _conflicts(roots, apart)
        if not wrong.len():
            break
        inside = roots.gather(edges["a"]).is_in(wrong.implode()) & (edges["key"] == key)
        removed = edges.filter(inside)
        lost.append(pl.DataFrame({"root": first.gather(removed["a"]), "key": removed["key"]}).unique())
        edges = edges.filter(~inside)
        roots = components(apart.height, edges)
    return Parted(roots, edges, pl.concat(lost).sort("root", "key", descending=[False, True]))


def _conflicts(roots: pl.Series, apart: pl.DataFrame) -> pl.Series:
    """The roots of the components with two different known values in a column."""
    found: list[pl.Series] = []
    for name in apart.columns:
        known = apart.select(pl.col(name), pl.lit(roots).alias("\x00root")).filter(pl.col(name).is_not_null())
        groups = known.filter(pl.col("\x00root").is_duplicated()).group_by("\x00root")
        differ = groups.agg((pl.col(name).min() != pl.col(name).max()).alias(name)).filter(name)
        found.append(differ["\x00root"])
    return pl.concat(found).unique()
