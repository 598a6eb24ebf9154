"""What the files say, as frozen values: the model.

Nothing here knows YAML, Polars or the meaning of an operator. Places don't compare (``compare=False``), so
conditions that say the same are equal wherever they stand. Operands stay as written until types are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segmentry.engine.files.condition_model import (
    Condition,
    Formula,
    Place,
    Points,
    Rows,
    Test,
)
from segmentry.engine.files.condition_model import place_field as _place
from segmentry.engine.files.dress import STRICT, Dress, FileShape
from segmentry.engine.files.elsewhere import NOWHERE_ELSE, Elsewhere
from segmentry.engine.files.identity import Identity
from segmentry.engine.files.privacy import Privacy
from segmentry.engine.language.calendar import Duration
from segmentry.engine.language.kinds.entry import Ties
from segmentry.engine.language.types import Type

# --- sources --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A computed value of rows: kind (`sum`, `count`, …), the column, and for shares what is counted."""

    kind: str
    column: str | None = None
    that: Condition | None = None
    tie: Literal["greatest", "smallest"] | None = None
    keep_missing: bool = False
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Column:
    """One entry of a source's `columns`: a contract, a mapping, a formula or a row aggregate."""

    name: str
    type: Type | None = None
    source_name: str | None = None
    formula: Formula | None = None
    aggregate: Aggregate | None = None
    days_since_previous: bool = False
    values: tuple[Any, ...] | None = None
    on_bad_value: Literal["error", "null"] = "error"
    on_unknown_value: Literal["error", "keep", "null"] = "error"
    on_more_places: Literal["error", "round"] | None = None
    unit: str | None = None
    pii: str | None = None
    purpose: str | None = None
    description: str | None = None
    dress: Dress = STRICT
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Columns brought from another table: each of ``here`` in this source equals its ``there`` in that one.

    ``there`` is empty where it was not written: then it is what the other table is looked up by.
    """

    source: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    columns: tuple[str, ...]
    at: Place = _place()
    source_at: Place = _place()
    here_at: tuple[Place, ...] = field(compare=False, default=())


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Which row of a customer counts where the customers table has several.

    `latest` is the one with the greatest value in the column ``by``, of equal ones that which stands last.
    """

    keep: Literal["latest", "first", "last"]
    by: str | None = None
    by_at: Place = _place()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a feed must look like: a row count within bounds and a newest row within an age.

    ``left_out`` are the bounds of the share of rows that take no part, by reason (see `language.left_out`).
    """

    rows: tuple[Test, ...] = ()
    left_out: tuple[tuple[str, tuple[Test, ...]], ...] = ()
    max_age: Duration | None = None
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Source:
    """A table: read from files (``paths``) or from ``elsewhere``, or derived from another (``parent``).

    A row is of the ``person`` whose record in a source has the key in a column: (source, column). The table
    of people that identity makes has ``members``, the sources of their records; the parent is the first.
    """

    name: str
    paths: tuple[str, ...] = ()
    elsewhere: Elsewhere = NOWHERE_ELSE
    separator: str | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    shape: FileShape = FileShape()
    defaults: Dress = STRICT
    parent: str | None = None
    key: str | None = None
    customer: str | None = None
    record: str | None = None
    person: tuple[str, str] | None = None
    members: tuple[str, ...] = ()
    time: str | None = None
    time_aggregate: Literal["min", "max"] | None = None
    columns: tuple[Column, ...] = ()
    where: Condition | None = None
    group_by: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    lookup_key: tuple[str, ...] = ()
    duplicates: Duplicates | None = None
    expected: Expected | None = None
    sorted_by: tuple[str, ...] = ()
    description: str | None = None
    at: Place = _place()
    places: Mapping[str, Place] = field(compare=False, default_factory=dict[str, Place], repr=False)

    @property
    def is_customers(self) -> bool:
        """True for the customers table: the one source with a `key`."""
        return self.key is not None


# --- traits ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trait:
    """One named value per customer. ``operand`` is what stands behind the kind's key, as read.

    For kinds that take rows ``rows`` says which, and ``column`` is the C of `S.C`.
    """

    id: str
    kind: str
    rows: Rows | None = None
    column: str | None = None
    that: Condition | None = None
    n: int | None = None
    as_list: bool = False
    tie: Literal["greatest", "smallest"] | None = None
    keep_missing: bool = False
    formula: Formula | None = None
    of: str | None = None
    into: int | None = None
    ascending: bool = True
    ties: Ties | None = None
    among: Condition | None = None
    per: str | None = None
    edges: tuple[tuple[str, Any], ...] = ()
    points: tuple[Points, ...] = ()
    default: Any = None
    unit: str | None = None
    description: str | None = None
    pii: str | None = None
    purpose: str | None = None
    value: bool = False
    owner: str | None = None
    at: Place = _place()
    places: Mapping[str, Place] = field(compare=False, default_factory=dict[str, Place], repr=False)


# --- segmentations --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds on a segment's share or size that `run` and `diff` enforce."""

    of: Literal["share", "size"]
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """An id, a condition, and how to speak to the people in it."""

    id: str
    when: Condition | None = None
    extends: str | None = None
    score: Formula | tuple[Points, ...] | None = None
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    status: Literal["draft", "live"] = "live"
    expires: str | None = None
    budgets: tuple[Budget, ...] = ()
    expected_change: Any = None
    purpose: str | None = None
    positioning: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    at: Place = _place()
    places: Mapping[str, Place] = field(compare=False, default_factory=dict[str, Place], repr=False)


Assign = Literal["first_match", "every_match", "best_score"]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One rule file: an ordered list of segments and how customers are assigned to them."""

    id: str
    assign: Assign
    segments: tuple[Segment, ...]
    otherwise: Segment | None = None
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    complete: bool = False
    disjoint: bool = False
    file: str = ""
    at: Place = _place()
    places: Mapping[str, Place] = field(compare=False, default_factory=dict[str, Place], repr=False)


# --- workspace ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """A workspace as its files say it."""

    name: str
    description: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    locale: str = "en"
    locales: tuple[str, ...] = ()
    fiscal_month: int = 1
    week_day: int = 1
    as_of: str | None = None
    as_of_latest: str | None = None
    sources: tuple[Source, ...] = ()
    identity: Identity | None = None
    privacy: Privacy = Privacy()
    llm: Mapping[str, Any] | None = None
    rules: str = "rules"
    output: str = "out"
    traits: tuple[Trait, ...] = ()
    segmentations: tuple[Segmentation, ...] = ()
    places: Mapping[str, Place] = field(compare=False, default_factory=dict[str, Place], repr=False)
