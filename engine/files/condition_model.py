"""What the files say of conditions and the rows they are about, as frozen values; see `model`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.language.calendar import Duration, Window
from segmentry.engine.language.formula import Node
from segmentry.engine.language.types import Letters

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


def place_field() -> Any:
    """A field for a place, which takes no part in comparisons."""
    return field(compare=False, default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: its text as written and the parsed tree."""

    text: str
    tree: Node = field(compare=False)
    at: Place = place_field()


# --- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No condition holds."""

    conditions: tuple[Condition, ...]
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Test:
    """One operator with its operand as written. ``at`` is the operator's key, ``value_at`` its value."""

    operator: str
    operand: Any
    at: Place = place_field()
    value_at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Operators applied to one trait, or in rows to one column."""

    subject: str
    is_column: bool
    tests: tuple[Test, ...]
    missing: Literal["include", "exclude"] | None = None
    letters: Letters = "as_written"
    among: Condition | None = None
    per: str | None = None
    name: str | None = None
    at: Place = place_field()
    subject_at: Place = place_field()
    per_at: Place = place_field()
    letters_at: Place = place_field()


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Final membership of a segment."""

    id: str
    name: str | None = None
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A segment's `when` alone, with what it extends."""

    id: str
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a source: which (`where`), and when (one window); of these the newest steps (``last_rows``).

    A step is a distinct time, or a value of the column ``by``.
    """

    source: str
    where: Condition | None = None
    window: Window | None = None
    last_rows: int | None = None
    exactly: bool = False
    by: str | None = None
    at: Place = place_field()
    window_at: Place = place_field()
    last_rows_at: Place = place_field()
    by_at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Did:
    """How many rows a customer has; `did_not` is zero rows."""

    rows: Rows
    negated: bool
    times: tuple[Test, ...] = ()
    name: str | None = None
    at: Place = place_field()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Some row of one kind followed (or, negated, not followed) by a row of another.

    With ``further`` only those of the later rows count that begin it: its ``first`` are the ``then`` rows.
    """

    first: Rows
    then: Rows
    negated: bool
    within: Duration | None
    same: tuple[str, ...] = ()
    name: str | None = None
    further: Sequence | None = None
    at: Place = place_field()
    same_at: tuple[Place, ...] = field(compare=False, default=())

    @property
    def rows(self) -> tuple[Rows, ...]:
        """All that it goes through, in order."""
        return (self.first, *((self.then,) if self.further is None else self.further.rows))


Condition = All | AnyOf | NoneOf | Not | Leaf | SegmentRef | RuleRef | Did | Sequence


@dataclass(frozen=True, slots=True)
class Points:
    """Points that are given when a condition holds; ``points`` is the number as written."""

    when: Condition
    points: Any
    at: Place = place_field()
