"""The table of people, and the person of a row: lazy frames over who is one person.

Who is one person is found when a frame is collected for the first time, and known to all later ones over the
same readers and the same sources of a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Final, Protocol
from weakref import WeakKeyDictionary

import polars as pl

from segmentry.engine.backends.identified import Identified
from segmentry.engine.backends.polars.persons.records import identified
from segmentry.engine.files.identity import PAIR
from segmentry.engine.planning.order import root_of
from segmentry.engine.planning.plan import PeopleStep, PersonColumn, PersonStep, Plan
from segmentry.engine.sources.collect import collected
from segmentry.engine.sources.dtypes import dtype_of
from segmentry.engine.sources.read import SourceReader


class RecordFrames(Protocol):
    """The frames of a plan's sources, as far as people are made of them."""

    @property
    def plan(self) -> Plan:
        """What the sources are."""
        ...

    @property
    def readers(self) -> Mapping[str, SourceReader]:
        """A reader by the name of each source that is read."""
        ...

    @property
    def read_columns(self) -> Mapping[str, Iterable[str]]:
        """The columns that all frames so far read, by source."""
        ...

    def records(self, name: str, columns: Iterable[str]) -> pl.LazyFrame:
        """All rows of a source after its `where`, with at least the columns; whose they are is left out."""
        ...

    def aside(self) -> RecordFrames:
        """Frames of the same sources, of which nothing is noted here."""
        ...


_RECORD, _ROW, _SEVERAL, _PERSON = "\x00record", "\x00row", "\x00several", "\x00person"
_AT = "\x00at:"


def with_person(frames: RecordFrames, frame: pl.LazyFrame, step: PersonStep) -> pl.LazyFrame:
    """Rows with the column that says of which person they are; who has no record is told by the key."""
    links = _links(frames, step.source).select(_RECORD, pl.col(_PERSON).alias(step.column))
    unknown = pl.concat_str(pl.lit(f"{step.source}:"), pl.col(step.here).cast(pl.String))
    joined = frame.join(links, left_on=step.here, right_on=_RECORD, how="left")
    return joined.with_columns(pl.col(step.column).fill_null(unknown))


def people_rows(frames: RecordFrames, step: PeopleStep, wanted: Iterable[str]) -> pl.LazyFrame:
    """A row per person with the wanted columns, in no order."""
    names = {*wanted} - {step.id}
    columns = [column for column in step.columns if column.name in names]
    rows = pl.concat([_rows(frames, step, source, record, columns) for source, record in step.records])
    plain = [pl.col(_PERSON).alias(step.id), *[column.name for column in columns]]
    alone = rows.filter(~pl.col(_SEVERAL)).select(plain)
    several = rows.filter(pl.col(_SEVERAL)).sort(_ROW).group_by(_PERSON).agg(map(_chosen, columns))
    return pl.concat([alone, several.select(plain)])


def _rows(
    frames: RecordFrames, step: PeopleStep, source: str, record: str, columns: list[PersonColumn]
) -> pl.LazyFrame:
    """The records of one source with their person, and missing values for what it does not have."""
    own = {column.name for column in columns if source in column.sources}
    clocks = {column.newest for column in columns if column.newest is not None}
    dated = {column.newest for column in columns if source in column.newest_in and column.newest is not None}
    frame = frames.records(source, {record, *own, *dated})
    frame = frame.join(_links(frames, source), left_on=record, right_on=_RECORD, how="inner")
    kinds = {column.name: column.type for column in step.columns}
    parts = [_or_missing(c.name, c.name, c.name in own, dtype_of(c.type)) for c in columns]
    parts += [_or_missing(c, _AT + c, c in dated, dtype_of(kinds[c])) for c in sorted(clocks)]
    return frame.select(_ROW, _PERSON, _SEVERAL, *parts)


def _or_missing(name: str, alias: str, there: bool, dtype: pl.DataType) -> pl.Expr:
    return (pl.col(name) if there else pl.lit(None, dtype=dtype)).alias(alias)


def _chosen(column: PersonColumn) -> pl.Expr:
    """The value of a column of somebody with several records, which are in their order."""
    known = pl.col(column.name).is_not_null()
    values = pl.col(column.name).filter(known)
    if column.newest is not None:
        time = pl.col(_AT + column.newest).filter(known)
        values = values.sort_by(time, descending=True, nulls_last=True, maintain_order=True)
    return values.first().alias(column.name)


def _links(frames: RecordFrames, source: str) -> pl.LazyFrame:
    """The records of a source: their key, its row, its person, and whether that has several records."""
    step = people_step(frames.plan)
    kind = frames.plan.sources[source].columns[dict(step.records)[source]]
    dtype = dtype_of(kind)
    schema = {_RECORD: dtype, _ROW: pl.UInt32(), _PERSON: pl.String(), _SEVERAL: pl.Boolean()}
    _telling(frames, step)  # so that it is noted among what is read

    def found() -> pl.DataFrame:
        known = who_is_who(frames)
        rows = known.records.with_row_index(_ROW).with_columns(
            known.roots.is_duplicated().alias(_SEVERAL), pl.col("person").alias(_PERSON)
        )
        own = rows.filter(pl.col("source") == source)
        return own.select(pl.col("record").cast(dtype).alias(_RECORD), _ROW, _PERSON, _SEVERAL)

    return pl.defer(found, schema=schema)


def people_step(plan: Plan) -> PeopleStep:
    """How the customers are made of records."""
    step = plan.sources[plan.customers].people
    assert step is not None, "resolving makes people the customers"
    return step


@dataclass(frozen=True)
class _Known:
    plan: Plan
    readers: Mapping[str, SourceReader]
    found: Identified

    def is_of(self, plan: Plan, readers: Mapping[str, SourceReader]) -> bool:
        """Whether it was found over the same readers by the same steps."""
        same = all(readers.get(name) is reader for name, reader in self.readers.items())
        return same and plan.calendar == self.plan.calendar and plan.sources == self.plan.sources


_KNOWN: Final = WeakKeyDictionary[SourceReader, _Known]()
"""What was found last, by the reader of the first source of records."""

_LOCK: Final = RLock()


def who_is_who(frames: RecordFrames) -> Identified:
    """Who is one person. Raises DataError."""
    plan, readers = frames.plan, frames.readers
    anchor = readers[root_of(plan, plan.customers)]
    with _LOCK:
        known = _KNOWN.get(anchor)
        if known is None or not known.is_of(plan, readers):
            # What is remembered must not keep its own key alive.
            others = {name: reader for name, reader in readers.items() if reader is not anchor}
            known = _KNOWN[anchor] = _Known(plan, others, _found(frames))
        return known.found


def _found(frames: RecordFrames) -> Identified:
    """Read what tells and joins records, and find out."""
    step, own = people_step(frames.plan), frames.aside()
    queries = _telling(own, step)
    found = collected([*queries.values()], own.readers, own.read_columns)
    tables = dict(zip(queries, found, strict=True))
    matches = None if step.matches is None else tables.pop(step.matches)
    return identified(step, tables, matches)


def _telling(frames: RecordFrames, step: PeopleStep) -> dict[str, pl.LazyFrame]:
    """By source what tells and joins its records."""
    wanted = {source: step.columns_of(source) for source, _ in step.records}
    if step.matches is not None:
        wanted[step.matches] = frozenset(PAIR)
    return {name: frames.records(name, columns).select(sorted(columns)) for name, columns in wanted.items()}
