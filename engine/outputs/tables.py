"""The tables among the outputs, with writing options that are fixed so that bytes are."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from segmentry.engine.answers.evaluation import Result
from segmentry.engine.diagnostics.disk import os_error

ROW = "\x00row"


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet; Enum columns are dictionary-encoded. The same frame gives the same bytes."""
    with _failing_as_files_do():
        frame.write_parquet(
            path, compression="zstd", compression_level=3, statistics=True, row_group_size=262_144
        )


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV: UTF-8, a header, lines that end in a line feed, ISO dates."""
    with _failing_as_files_do():
        frame.write_csv(path)


@contextmanager
def _failing_as_files_do() -> Generator[None]:
    """Polars tells of a full disk in words of its own; to us it is an OSError like any other."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        number = os_error(error)
        if number is None:
            raise
        raise OSError(number, os.strerror(number)) from error


def long_memberships(result: Result) -> pl.DataFrame:
    """A row per customer and segment: the key, `segmentation`, `segment` (both Enum); sorted by all three."""
    segmentations = result.plan.segmentations
    homes = {s.id: sg.id for sg in segmentations for s in sg.segments if sg.assign == "every_match"}
    columns = [(name, homes.get(name)) for name in result.memberships.columns[1:]]
    return _long(result.memberships, result.plan.key, columns)


def _long(memberships: pl.DataFrame, key: str, columns: Sequence[tuple[str, str | None]]) -> pl.DataFrame:
    """The same of membership columns with their segmentation.

    The segment is the column's own name, or for a column of assigned segments (segmentation None) its value.
    """
    segmentations = pl.Enum(sorted({sg if sg is not None else name for name, sg in columns}))
    segments = pl.Enum(sorted(_segment_ids(memberships, columns)))
    numbered = memberships.lazy().with_row_index(ROW)
    parts: list[pl.LazyFrame] = []
    for name, segmentation in sorted(columns, key=lambda column: (column[1] or column[0], column[0])):
        holds = pl.col(name).is_not_null() if segmentation is None else pl.col(name)
        segment = pl.col(name).cast(pl.String) if segmentation is None else pl.lit(name)
        parts.append(
            numbered.filter(holds).select(
                ROW,
                key,
                pl.lit(segmentation or name).cast(segmentations).alias("segmentation"),
                segment.cast(segments).alias("segment"),
            )
        )
    # The parts are in the order of the two ids, and each has a customer once: a stable sort does the rest.
    return pl.concat(parts).sort(ROW, maintain_order=True).drop(ROW).collect(engine="in-memory")


def _segment_ids(memberships: pl.DataFrame, columns: Sequence[tuple[str, str | None]]) -> set[str]:
    ids: set[str] = set()
    for name, segmentation in columns:
        if segmentation is None:
            dtype = memberships.schema[name]
            assert isinstance(dtype, pl.Enum)
            ids.update(dtype.categories)
        else:
            ids.add(name)
    return ids
