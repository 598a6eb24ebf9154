"""The resolved plan: what is to be computed, with every name, type, bound and instant settled.

A plan is a table of definitions by name. An expression refers to other definitions by the names of its
`Field`s, so shared parts are computed once and the order of work follows from the names. The prefixes:

==== =====================================================================
c:   a column of the customers table
t:   a trait
a:   an aggregate over rows of a source
q:   a sequence of rows (one kind followed by another)
k:   a rank test or a rank
r:   a segment's `when` alone, with what it extends
m:   final membership of a segment
w:   the place of the assigned segment in its segmentation
==== =====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.identity import JoinKey
from segmentry.engine.files.model import Model, Segment, Segmentation, Source
from segmentry.engine.language.aggregates import RowAggregate as RowAggregate
from segmentry.engine.language.aggregates import Steps as Steps
from segmentry.engine.language.calendar import Calendar, Duration
from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.language.kinds.entry import Ties
from segmentry.engine.language.types import Type


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows of a source: those where ``where`` holds, in [start, end)."""

    source: str
    where: Expr | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Followed:
    """Whether some first row is followed (or, negated, not followed) by a then row. Never null.

    Followed means: strictly later, or as dates on the same day or later but not the same row; no later
    than ``within``; equal and known in the ``same`` columns. With ``further`` only those of the then rows
    count for which it holds: they are its first rows.
    """

    first: RowSet
    then: RowSet
    within: Duration | None
    same: tuple[str, ...]
    negated: bool
    by_date: bool
    further: Followed | None = None

    @property
    def sides(self) -> tuple[RowSet, ...]:
        """All rows that it goes through, in order."""
        return (self.first, *((self.then,) if self.further is None else self.further.sides))

    @property
    def links(self) -> tuple[Followed, ...]:
        """It and what goes on from it, in order."""
        return (self, *(() if self.further is None else self.further.links))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A rank over the customers with a known value, within each value of ``per``, among those of ``among``.

    bucket: ``amount`` is K, the result 1…K · percentile: the result in (0, 1] · top_count: ``amount``
    customers · top_share: that share of them; of these two the result is a truth that is null where the
    value is missing and false outside ``among``. ``descending`` ranks from the greatest. ``ties`` says which
    rank equal values share in a bucket or percentile.
    """

    kind: Literal["bucket", "percentile", "top_count", "top_share"]
    of: Expr
    among: Expr | None
    per: Expr | None
    descending: bool
    amount: int | Fraction | None
    type: Type
    ties: Ties = "highest"


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression over other definitions of the customers frame."""

    expr: Expr


Definition = Computed | RowAggregate | Followed | Ranked


@dataclass(frozen=True, slots=True)
class LookupStep:
    """Columns of another source brought in where each of ``here`` equals its ``there``; no match is missing,
    and so is what is looked up by a key of which a part is missing.
    """

    source: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupStep:
    """Rows made one per (keys, customer): named aggregates, the columns computed from them, and what is
    looked up for the groups (of customers taken from another source).
    """

    keys: tuple[str, ...]
    time: tuple[str, Literal["min", "max"]] | None
    aggregates: tuple[tuple[str, RowAggregate], ...]
    columns: tuple[tuple[str, Expr], ...]
    lookups: tuple[LookupStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonStep:
    """The person whose record in ``source`` has the key that is in ``here``: the column ``column``.

    A key that no record has is a person that nobody knows.
    """

    source: str
    here: str
    column: str


@dataclass(frozen=True, slots=True)
class PersonColumn:
    """A column of the people: the first known value of these sources, or the newest by another column."""

    name: str
    type: Type
    sources: tuple[str, ...]
    newest: str | None
    newest_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleStep:
    """People made of records: (source, the column with the record's key), the ones that go before first.

    ``keys`` join records, the strongest first; ``key_sources`` and ``apart_sources`` say which of the sources
    have the column. ``matches`` are a source of pairs that are joined from the score ``at_least`` on.
    """

    records: tuple[tuple[str, str], ...]
    keys: tuple[JoinKey, ...]
    key_sources: tuple[tuple[str, ...], ...]
    apart: tuple[str, ...]
    apart_sources: tuple[tuple[str, ...], ...]
    columns: tuple[PersonColumn, ...]
    id: str
    matches: str | None
    at_least: Fraction

    def columns_of(self, source: str) -> frozenset[str]:
        """The columns of a source by which its records are told apart and joined."""
        keyed = {k.name for k, there in zip(self.keys, self.key_sources, strict=True) if source in there}
        keyed |= {n for n, there in zip(self.apart, self.apart_sources, strict=True) if source in there}
        return frozenset((*keyed, dict(self.records)[source]))


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One source in its order of work: read (or parent) → formulas that use nothing looked up → lookups → the
    other formulas → person → where → duplicates → group → previous. What has ``people`` is made of the
    records of several sources, the parent the first of them.

    ``formulas`` are all of them, each after those it uses. ``columns`` are the columns that the source has in
    the end, with their types.
    """

    name: str
    source: Source
    parent: str | None
    lookups: tuple[LookupStep, ...]
    formulas: tuple[tuple[str, Expr], ...]
    where: Expr | None
    customer: str | None
    time: str | None
    group: GroupStep | None
    days_since_previous: str | None
    columns: Mapping[str, Type]
    person: PersonStep | None = None
    people: PeopleStep | None = None

    @property
    def looked_up(self) -> frozenset[str]:
        """The columns that lookups of its rows bring, and those computed from them: the later ones."""
        found = {name for step in self.lookups for name in step.columns}
        for name, expr in self.formulas:
            if not fields_of(expr).isdisjoint(found):
                found.add(name)
        return frozenset(found)

    @property
    def time_type(self) -> Type | None:
        """The type of the source's time, None for an untimed source."""
        return None if self.time is None else self.columns.get(self.time)


@dataclass(frozen=True, slots=True)
class Traced:
    """How a condition was lowered: its truth, and what `explain` shows beside it.

    ``value`` is the subject's value (of `did` the count), ``compared`` the other traits it is compared with.
    """

    truth: Expr
    value: Expr | None = None
    compared: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an engine needs to evaluate a workspace at one instant.

    ``sources`` are in an order in which each comes after those it needs; ``customers`` names the customers
    table and ``key`` its key. ``approximate`` are the traits (`t:…`) whose last digits may differ between
    runs, ``trace`` the conditions over customers by their identity, ``references`` who refers to whom.
    ``notes`` are of the data that gave the instant.
    """

    model: Model
    calendar: Calendar
    sources: Mapping[str, SourcePlan]
    customers: str
    key: str
    definitions: Mapping[str, Definition]
    types: Mapping[str, Type]
    traits: Mapping[str, Type]
    segmentations: tuple[Segmentation, ...]
    approximate: frozenset[str] = frozenset()
    trace: Mapping[int, Traced] = field(default_factory=dict[int, Traced])
    references: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    notes: tuple[ReadNote, ...] = ()

    def segments(self, segmentation: Segmentation) -> tuple[Segment, ...]:
        """The segments of a segmentation that take part, in order."""
        return tuple(s for s in segmentation.segments if f"m:{s.id}" in self.definitions)
