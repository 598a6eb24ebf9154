"""The kinds of traits, and the row aggregates that grouped sources may list: one entry each.

How a kind is lowered stands in `resolve.traits` and `resolve.rows` beside the other kinds it shares its
parts with; an entry says what the kind's key holds, what it needs and how it is documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Operand = Literal["source", "source.column", "source or source.column", "formula", "of", "points"]
Values = Literal["any", "numbers", "ordered", "scalars", "none"]


@dataclass(frozen=True, slots=True)
class TraitKind:
    """One kind of trait.

    ``operand`` is what stands behind the key, ``values`` which column types it takes, ``nothing`` what a
    customer without a matching row gets, in words; ``in_groups`` whether a grouped source may list it.
    """

    name: str
    operand: Operand
    values: Values
    nothing: str
    doc: str
    example: str
    needs_that: bool = False
    needs_time: bool = False
    in_groups: bool = False


_ENTRIES = (
    TraitKind("count", "source", "none", "0", "Number of rows.", "count: orders", in_groups=True),
    TraitKind(
        "sum",
        "source.column",
        "numbers",
        "0",
        "Sum of the known values.",
        "sum: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "mean",
        "source.column",
        "numbers",
        "missing",
        "Mean of the known values.",
        "mean: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "median",
        "source.column",
        "numbers",
        "missing",
        "Median of the known values; of an even number of them the mean of the middle two.",
        "median: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "min",
        "source.column",
        "ordered",
        "missing",
        "Smallest known value.",
        "min: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "max",
        "source.column",
        "ordered",
        "missing",
        "Greatest known value.",
        "max: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "std",
        "source.column",
        "numbers",
        "missing",
        "Sample standard deviation (n - 1) of the known values; missing below two values.",
        "std: orders.amount",
        in_groups=True,
    ),
    TraitKind(
        "distinct",
        "source.column",
        "scalars",
        "0",
        "Number of distinct known values.",
        "distinct: orders.category",
        in_groups=True,
    ),
    TraitKind(
        "values",
        "source.column",
        "scalars",
        "empty list",
        "List of the distinct known values, sorted.",
        "values: orders.category",
    ),
    TraitKind(
        "first",
        "source.column",
        "scalars",
        "missing",
        "Earliest known value by time; a tie goes to the greatest value (untimed: the smallest value).",
        "first: orders.channel",
        in_groups=True,
    ),
    TraitKind(
        "last",
        "source.column",
        "scalars",
        "missing",
        "Latest known value by time; a tie goes to the greatest value (untimed: the greatest value).",
        "last: orders.channel",
        in_groups=True,
    ),
    TraitKind(
        "most_common",
        "source.column",
        "scalars",
        "missing",
        "Most frequent known value; a tie goes to the smallest.",
        "most_common: orders.channel",
        in_groups=True,
    ),
    TraitKind(
        "share",
        "source or source.column",
        "numbers",
        "missing",
        "Share of the rows that match `that`, or of the sum of the column over them.",
        "share: orders",
        needs_that=True,
        in_groups=True,
    ),
    TraitKind(
        "days_since_first",
        "source",
        "none",
        "missing",
        "Calendar days from the earliest row's date to the as-of date.",
        "days_since_first: orders",
        needs_time=True,
    ),
    TraitKind(
        "days_since_last",
        "source",
        "none",
        "missing",
        "Calendar days from the latest row's date to the as-of date.",
        "days_since_last: orders",
        needs_time=True,
    ),
    TraitKind(
        "longest_gap_days",
        "source",
        "none",
        "missing with fewer than two dates",
        "Longest time between consecutive distinct dates of rows, in days.",
        "longest_gap_days: orders",
        needs_time=True,
    ),
    TraitKind(
        "mean_gap_days",
        "source",
        "none",
        "missing with fewer than two dates",
        "Mean time between consecutive distinct dates of rows, in days.",
        "mean_gap_days: orders",
        needs_time=True,
    ),
    TraitKind(
        "formula",
        "formula",
        "any",
        "by the formula",
        "Arithmetic over other traits.",
        "formula: spend / orders",
    ),
    TraitKind(
        "bucket",
        "of",
        "ordered",
        "missing",
        "1 to K by cumulative share of the known values; equal values always share a bucket.",
        "bucket: {of: spend, into: 5}",
    ),
    TraitKind(
        "percentile",
        "of",
        "ordered",
        "missing",
        "Share of the known values that are not greater, in (0, 1].",
        "percentile: {of: spend}",
    ),
    TraitKind(
        "band",
        "of",
        "numbers",
        "missing",
        "Label of the last edge that the value reaches; missing below the first.",
        "band: {of: spend, edges: {low: 0, mid: 100, high: 500}}",
    ),
    TraitKind(
        "points",
        "points",
        "any",
        "0",
        "Sum of the points whose condition holds.",
        "points: [{when: {trait: orders_12m, at_least: 4}, points: 30}]",
    ),
)

TRAIT_KINDS: Mapping[str, TraitKind] = {entry.name: entry for entry in _ENTRIES}
"""Every kind of trait by its key."""

ROW_KINDS: tuple[str, ...] = tuple(e.name for e in _ENTRIES if e.operand.startswith("source"))
"""The kinds that take rows of a source."""

GROUP_KINDS: tuple[str, ...] = tuple(e.name for e in _ENTRIES if e.in_groups)
"""The row aggregates that a grouped source may list in its `columns`."""
