"""From a population to one frame that the passes over it can read: numbers, yes-or-no traits, categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.privacy import may_be_fact
from segmentry.personas.facts.population import Population, TraitInfo

FREQUENT = 200
"""Categories of a trait that are counted: the base's most frequent ones, whatever the segment."""

_CENTRED_ON = 1000
"""Rows whose mean the squares are taken around."""

LISTED = 5
"""Values of a list trait that are counted: the base's most frequent ones."""


REST = "\x00rest"
"""Stands for all known values of a trait that are not among its frequent ones."""


@dataclass(frozen=True, slots=True)
class TraitColumn:
    """A trait in the prepared frame: under ``name``, with what the traits' frame says of it.

    ``category`` is the value that a yes-or-no column made of a list trait stands for.
    """

    name: str
    trait: TraitInfo
    category: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedTraits:
    """The prepared frame: ``n0…`` numbers, ``f0…`` booleans, ``c0…`` Enums, ``m0…`` memberships.

    Beside a number ``n0`` stands ``q0``, its squared distance from ``centres["n0"]``, a constant near it.

    A date is the number of days from it to the as-of date (negative: ahead). ``groups`` are the segments by
    the membership column that holds them: text for a segmentation that assigns, boolean for one segment.
    """

    frame: pl.DataFrame
    numbers: tuple[TraitColumn, ...]
    flags: tuple[TraitColumn, ...]
    texts: tuple[TraitColumn, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    centres: Mapping[str, float]


def prepare(population: Population) -> PreparedTraits:
    """The prepared frame of a population; traits that privacy keeps out are not in it.

    Raises DataError where traits and memberships are not of the same customers.
    """
    traits, members = population.traits, population.memberships
    key = traits.columns[0]
    if traits.height != members.height or not traits[key].equals(members[members.columns[0]]):
        raise DataError(
            "traits and memberships are not of the same customers in the same order: run both again"
        )
    infos = [
        info for info in population.trait_infos if _is_fact(info, population) and info.id in traits.columns
    ]
    numbers = _columns("n", [info for info in infos if info.kind not in ("boolean", "string", "list")])
    texts = _columns("c", [info for info in infos if info.kind == "string"])
    flags, flag_exprs = _flags(population, infos)
    groups = _groups(population)
    frame = traits.select(
        *[_number(column, population).alias(column.name) for column in numbers],
        *flag_exprs,
        *[_text(column, traits).alias(column.name) for column in texts],
    ).with_columns(members[source].alias(name) for name, source, _ in groups)
    # Any constant near the values will do: it only keeps the squares from losing their last digits.
    means = frame.head(_CENTRED_ON).select(pl.col(column.name).cast(pl.Float64).mean() for column in numbers)
    centres = {name: mean or 0.0 for name, mean in (means.row(0, named=True) if numbers else {}).items()}
    # Once for all groupings: squaring inside each of them costs several times as much.
    frame = frame.with_columns(
        ((pl.col(name).cast(pl.Float64) - centre) ** 2).alias(f"q{name[1:]}")
        for name, centre in centres.items()
    )
    return PreparedTraits(
        frame, numbers, flags, texts, tuple((name, ids) for name, _, ids in groups), centres
    )


def _is_fact(info: TraitInfo, population: Population) -> bool:
    is_date = info.kind in ("date", "datetime")
    return info.id != population.traits.columns[0] and may_be_fact(
        info.id, info.pii, population.privacy, is_date=is_date
    )


def _columns(prefix: str, infos: list[TraitInfo]) -> tuple[TraitColumn, ...]:
    return tuple(TraitColumn(f"{prefix}{at}", info) for at, info in enumerate(infos))


def _number(column: TraitColumn, population: Population) -> pl.Expr:
    value = pl.col(column.trait.id)
    match column.trait.kind:
        case "integer" | "decimal":
            return value
        case "number":
            return pl.when(value.is_finite()).then(value.cast(pl.Float64))
        case "date":
            return (pl.lit(population.today) - value).dt.total_days()
        case "datetime":
            local = value.dt.convert_time_zone(population.timezone).dt.date()
            return (pl.lit(population.today) - local).dt.total_days()
        case "boolean" | "string" | "list":
            raise AssertionError(column)
        case _:
            assert_never(column.trait.kind)


def _flags(population: Population, infos: list[TraitInfo]) -> tuple[tuple[TraitColumn, ...], list[pl.Expr]]:
    columns: list[TraitColumn] = []
    exprs: list[pl.Expr] = []
    for info in infos:
        value = pl.col(info.id)
        if info.kind == "boolean":
            exprs.append(value.alias(f"f{len(columns)}"))
            columns.append(TraitColumn(f"f{len(columns)}", info))
        elif info.kind == "list":
            for element in _frequent(population.traits[info.id].explode(), LISTED):
                text = value.cast(pl.List(pl.String))
                exprs.append(text.list.contains(element).alias(f"f{len(columns)}"))
                columns.append(TraitColumn(f"f{len(columns)}", info, category=element))
    return tuple(columns), exprs


def _text(column: TraitColumn, traits: pl.DataFrame) -> pl.Expr:
    """The trait as an Enum of its frequent values and REST; what is an Enum of few values stays as it is."""
    id_ = column.trait.id
    dtype = traits.schema[id_]
    if isinstance(dtype, pl.Enum) and len(dtype.categories) <= FREQUENT:
        return pl.col(id_)
    text = pl.col(id_).cast(pl.String)
    frequent = pl.Enum([*_frequent(traits[id_], FREQUENT), REST])
    return text.cast(frequent, strict=False).fill_null(
        pl.when(text.is_not_null()).then(pl.lit(REST, frequent))
    )


def _frequent(values: pl.Series, count: int) -> list[str]:
    """The most frequent known values as text, ties by the value, so that the choice never wavers."""
    counted = values.alias("value").to_frame().drop_nulls().group_by("value").len()
    named = counted.with_columns(pl.col("value").cast(pl.String)).sort(
        ["len", "value"], descending=[True, False]
    )
    return named.head(count)["value"].to_list()


def _groups(population: Population) -> list[tuple[str, str, tuple[str, ...]]]:
    """(name in the prepared frame, in the memberships, its segments' ids), in the order of the files."""
    sources: dict[str, tuple[str, ...]] = {}
    for segment in population.segments:
        source = segment.id if segment.assign == "every_match" else segment.segmentation
        sources[source] = (*sources.get(source, ()), segment.id)
    return [
        (f"m{at}", source, ids)
        for at, (source, ids) in enumerate(sources.items())
        if source in population.memberships.columns
    ]
