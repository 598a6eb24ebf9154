"""What the files say, as frozen values: the model.

Nothing here knows YAML, Polars or the meaning of an operator. Places don't compare (``compare=False``), so
conditions that say the same are equal wherever they stand. Operands stay as written until types are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.files.dress import STRICT, Dress, FileShape
from segmentry.engine.files.elsewhere import NOWHERE_ELSE, Elsewhere
from segmentry.engine.files.identity import Identity
from segmentry.engine.files.privacy import Privacy as Privacy
from segmentry.engine.language.calendar import Duration, Window
from segmentry.engine.language.formula import Node
from segmentry.engine.language.kinds.entry import Ties
from segmentry.engine.language.types import Type

NO_SPAN = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file (relative to the workspace) and a span in it.

    ``path`` is the way to it in the document, so that a place inside a text can be found.
    """

    file: str
    span: Span
    path: tuple[str | int, ...] = ()


NOWHERE = Place("segmentry.yaml", NO_SPAN)


def _place() -> Any:
    return field(compare=False, default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: its text as written and the parsed tree."""

    text: str
    tree: Node = field(compare=False)
    at: Place = _place()


# --- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Test:
    """One operator with its operand as written. ``at`` is the operator's key, ``value_at`` its value."""

    operator: str
    operand: Any
    at: Place = _place()
    value_at: Place = _place()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Operators applied to one trait, or in rows to one column."""

    subject: str
    is_column: bool
    tests: tuple[Test, ...]
    missing: Literal["include", "exclude"] | None = None
    ignore_case: bool = False
    among: Condition | None = None
    per: str | None = None
    name: str | None = None
    at: Place = _place()
    subject_at: Place = _place()
    per_at: Place = _place()
    ignore_case_at: Place = _place()


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Final membership of a segment."""

    id: str
    name: str | None = None
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A segment's `when` alone, with what it extends."""

    id: str
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a source: which (`where`), and when (one window)."""

    source: str
    where: Condition | None = None
    window: Window | None = None
    at: Place = _place()
    window_at: Place = _place()


@dataclass(frozen=True, slots=True)
class Did:
    """How many rows a customer has; `did_not` is zero rows."""

    rows: Rows
    negated: bool
    times: tuple[Test, ...] = ()
    name: str | None = None
    at: Place = _place()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Some row of one kind followed (or, negated, not followed) by a row of another."""

    first: Rows
    then: Rows
    negated: bool
    within: Duration | None
    same: tuple[str, ...] = ()
    name: str | None = None
    at: Place = _place()
    same_at: tuple[Place, ...] = field(compare=False, default=())


Condition = All | AnyOf | NoneOf | Not | Leaf | SegmentRef | RuleRef | Did | Sequence


@dataclass(frozen=True, slots=True)
class Points:
    """Points that are given when a condition holds; ``points`` is the number as written."""

    when: Condition
    points: Any
    at: Place = _place()


# --- sources --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A computed value of rows: kind (`sum`, `count`, …), the column, and for shares what is counted."""

    kind: str
    column: str | None = None
    that: Condition | None = None
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
    """Columns brought from another table: ``here`` in this source equals ``there`` in that one."""

    source: str
    here: str
    there: str | None
    columns: tuple[str, ...]
    at: Place = _place()
    source_at: Place = _place()
    here_at: Place = _place()


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
    lookup_key: str | None = None
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
