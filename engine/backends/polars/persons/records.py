"""Records of people, told apart and joined: from the tables that they stand in to who is one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from segmentry.engine.backends.identified import Identified
from segmentry.engine.backends.polars.persons.graph import LOST, NODE, Parted, components, parted
from segmentry.engine.backends.polars.unmatched import masked
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.identity import MATCHES, PAIR, JoinKey
from segmentry.engine.planning.plan import PeopleStep
from segmentry.engine.sources.plain_text import cleaned_by

_ROW: Final = "\x00row"
_ID: Final = "\x00id"
_EDGE: Final[Mapping[str, pl.DataType]] = {"a": NODE, "b": NODE, "key": pl.UInt8(), "value": pl.String()}
_REFUSED: Final[Mapping[str, pl.DataType]] = {"row": NODE, "key": pl.UInt8(), "value": pl.String()}


def identified(
    step: PeopleStep, tables: Mapping[str, pl.DataFrame], matches: pl.DataFrame | None
) -> Identified:
    """Who is one person, by the columns of `PeopleStep.columns_of` in each table, and by pairs as `PAIR`.

    Raises DataError for a record without a key, and for two with the same.
    """
    records = pl.concat([_records(step, source, tables[source]) for source, _ in step.records])
    records = records.with_row_index(_ROW)
    found = [_edges(records, n, key) for n, key in enumerate(step.keys)]
    edges = [edges for edges, _ in found]
    pairs = unknown = 0
    if matches is not None:
        sure, unknown = _pairs(records, matches, step)
        edges.append(sure)
        pairs = sure.height + unknown
    joins = pl.concat([pl.DataFrame(schema=_EDGE), *edges])
    before = components(records.height, joins.select("a", "b"))
    people = Parted(before, joins, pl.DataFrame(schema=LOST))
    if step.apart:
        people = parted(joins, records.select(f"apart {n}" for n in range(len(step.apart))), before)
    return Identified(
        records.select("source", "record", records[_ID].gather(people.roots).alias("person")),
        people.edges.sort("key", "a", "b", "value"),
        pl.concat([pl.DataFrame(schema=_REFUSED), *(refused for _, refused in found)]),
        people.roots,
        before,
        people.lost,
        (*(key.name for key in step.keys), MATCHES),
        pairs,
        unknown,
    )


def sorted_records(source: str, column: str, table: pl.DataFrame) -> pl.DataFrame:
    """The records of a source in the order of their keys. Raises DataError."""
    missing = table[column].null_count()
    if missing:
        raise DataError(
            f"{missing} row{'s' if missing > 1 else ''} of `{source}` {'have' if missing > 1 else 'has'} no "
            f"`{column}`; every record of a person needs a key",
            column=column,
        )
    table = table.sort(column)
    twice = table.filter(pl.col(column) == pl.col(column).shift(1))[column].unique(maintain_order=True)
    if twice.len():
        some = ", ".join(masked(value, show_ids=False) for value in twice.head(5))
        raise DataError(
            f"`{source}` has several rows for the same `{column}` ({twice.len()} "
            f"key{'s' if twice.len() > 1 else ''}: {some}); keep one row per record",
            column=column,
        )
    return table


def _records(step: PeopleStep, source: str, table: pl.DataFrame) -> pl.DataFrame:
    """The records of one source: `source`, `record`, and each key and column that keeps apart as text."""
    column = dict(step.records)[source]
    nothing = pl.lit(None, dtype=pl.String)
    columns = [pl.lit(source).alias("source"), pl.col(column).cast(pl.String).alias("record")]
    for n, (key, there) in enumerate(zip(step.keys, step.key_sources, strict=True)):
        text = cleaned_by(pl.col(key.name).cast(pl.String), key.clean) if source in there else nothing
        columns.append(text.alias(f"key {n}"))
    for n, (name, there) in enumerate(zip(step.apart, step.apart_sources, strict=True)):
        columns.append((pl.col(name).cast(pl.String) if source in there else nothing).alias(f"apart {n}"))
    identity = pl.concat_str(pl.lit(f"{source}:"), pl.col("record")).alias(_ID)
    known = [_known(pl.col(f"key {n}"), key).alias(f"key {n}") for n, key in enumerate(step.keys)]
    # As a query, in which what stands in several places of an expression is computed once.
    cleaned = sorted_records(source, column, table).lazy().select(columns)
    return cleaned.with_columns(identity, *known).collect()


def _known(clean: pl.Expr, key: JoinKey) -> pl.Expr:
    """A cleaned value; null where nothing is left of it, or what is to be ignored."""
    words = pl.Series("i", key.ignore, dtype=pl.String).to_frame().select(cleaned_by(pl.col("i"), key.clean))
    ignored = clean.str.strip_chars().is_in(["", *words.to_series().str.strip_chars()])
    return pl.when(~ignored).then(clean)


def _edges(records: pl.DataFrame, number: int, key: JoinKey) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each record with the first one of the same value, and the records of values that too many have."""
    values = records.lazy().select(pl.col(f"key {number}").alias("value"), pl.col(_ROW).alias("b"))
    many = values.drop_nulls().with_columns(
        pl.col("b").min().over("value").alias("a"),
        pl.len().over("value").alias("records"),
        pl.lit(number, dtype=pl.UInt8).alias("key"),
    )
    shared = many.filter(pl.col("records") > 1).collect()
    few = pl.lit(value=True) if key.at_most is None else pl.col("records") <= key.at_most
    refused = shared.filter(~few).select(pl.col("b").alias("row"), "key", "value").sort("row")
    return shared.filter(few, pl.col("a") != pl.col("b")).select(*_EDGE), refused


def _pairs(records: pl.DataFrame, matches: pl.DataFrame, step: PeopleStep) -> tuple[pl.DataFrame, int]:
    """The pairs that are sure enough as edges, and how many of them name a record that there is none of."""
    left, right, score = PAIR
    sure = matches.filter(pl.col(score) >= float(step.at_least))
    places = records.select(_ID, _ROW)
    sure = sure.join(places, left_on=left, right_on=_ID, how="left").rename({_ROW: "a"})
    sure = sure.join(places, left_on=right, right_on=_ID, how="left").rename({_ROW: "b"})
    known = sure.drop_nulls(["a", "b"]).filter(pl.col("a") != pl.col("b"))
    ends = [pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b")]
    edges = known.select(
        *ends,
        pl.lit(len(step.keys), dtype=pl.UInt8).alias("key"),
        pl.lit(None, dtype=pl.String).alias("value"),
    )
    return edges.unique(), sure.height - sure.drop_nulls(["a", "b"]).height
