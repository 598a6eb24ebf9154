"""What a comparison found. Counts are exact: whoever shows them goes through the privacy room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diff.changes import Reason
from segmentry.engine.files.privacy import Privacy

SegmentClass = Literal[
    "new",  # not there before
    "gone",  # not there any more
    "widened",  # proved: everybody who met the rule does, and others could
    "narrowed",  # proved: nobody new can meet the rule, and some can't any more
    "shifted",  # proved: some can who could not, some can't who could
    "equivalent",  # proved: written anew, and says the same
    "metadata only",  # the rule is as it was; names, texts, budgets changed
    "indirect",  # the rule is as it was; a trait, a source or another segment changed
    "opaque",  # what it does is known from data alone
    "unchanged",
]

NOT_A_CUSTOMER = "not_a_customer"
"""Where somebody is who is a customer on the other side only. No id can look like this."""

Place = str | None
"""Where a customer is in a segmentation: a segment's id, None in none of them, or `NOT_A_CUSTOMER`."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a value over some customers; what is needed to judge whether one of them dominates it."""

    total: Decimal | float
    absolute: float
    largest: float


@dataclass(frozen=True, slots=True)
class Flow:
    """The customers who were in one place and are in another (or the same), with their values by trait.

    ``ids`` are the first of their keys, as many as were asked for, of those who moved.
    """

    source: Place
    target: Place
    customers: int
    value: Mapping[str, Sum] = field(default_factory=dict[str, Sum])
    ids: tuple[Any, ...] = ()

    @property
    def is_move(self) -> bool:
        """Whether they changed place."""
        return self.source != self.target


@dataclass(frozen=True, slots=True)
class FlowTable:
    """Where everybody was and is: in a segmentation with a single place for each, or in one segment or not.

    ``segment`` is None for a whole segmentation.
    """

    segmentation: str
    segment: str | None
    flows: tuple[Flow, ...]

    @property
    def moved(self) -> int:
        """How many changed place."""
        return sum(flow.customers for flow in self.flows if flow.is_move)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The customers of one segment: before, after, and those who stayed."""

    base: int
    head: int
    stayed: int

    @property
    def came(self) -> int:
        """Who is in now and was not."""
        return self.head - self.stayed

    @property
    def went(self) -> int:
        """Who was in and is not now."""
        return self.base - self.stayed

    @property
    def change(self) -> Fraction | None:
        """The larger of those who came and those who went, as a share of the size before; None of nobody."""
        most = max(self.came, self.went)
        if not self.base:
            return None if most else Fraction(0)
        return Fraction(most, self.base)


@dataclass(frozen=True, slots=True)
class SegmentDiff:
    """One segment of either side.

    ``rule`` is the proved class of its rule alone where something below it changed too; ``gained`` and
    ``lost`` are possible customers in words. ``edited`` are the keys of names, texts and budgets that
    changed. ``renamed`` is the id that a new segment had, or that a gone one has, if its rule stayed.
    ``sizes`` is None without data, and for drafts.
    """

    id: str
    name: str | None
    segmentation: str
    kind: SegmentClass
    rule: str | None
    edited: tuple[str, ...]
    renamed: str | None
    draft: bool
    because: tuple[Reason, ...]
    gained: str | None
    lost: str | None
    expected_change: Any
    sizes: Sizes | None


@dataclass(frozen=True, slots=True)
class Explained:
    """How many of the customers who changed place in a table would not have, but for one change.

    ``segment`` is None for a whole segmentation, as in the table.
    """

    segmentation: str
    segment: str | None
    explained: int
    moved: int


@dataclass(frozen=True, slots=True)
class CauseDiff:
    """One change in words, and what it explains; ``traced`` is False where it can't be taken back alone."""

    kind: str
    id: str
    before: str | None
    after: str | None
    traced: bool
    explains: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class TestTotals:
    """The rule tests of one side: cases that ran, those that failed, and what they cover in percent.

    ``coverage`` is by measure: segment, leaf, decisive, missing.
    """

    __test__ = False

    cases: int
    failed: int
    coverage: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BrokenBudget:
    """A budget that does not hold: of which segment's share or size, and what is expected, in words."""

    segment: str
    of: Literal["share", "size"]
    expected: str


@dataclass(frozen=True, slots=True)
class Diff:
    """A comparison of two versions of the rules. ``customers`` are those of base and head, None without data.

    ``privacy`` and ``value_units`` (of the traits that count as money moved) are the head's.
    ``too_much`` are the segments that changed by more than was allowed, each with the share that was,
    ``budgets`` those of the head that are broken. ``notes`` are sentences about what else has to be known.
    """

    base: str
    head: str
    as_of: datetime
    privacy: Privacy
    customers: tuple[int, int] | None
    value_units: Mapping[str, str | None]
    segments: tuple[SegmentDiff, ...]
    tables: tuple[FlowTable, ...]
    causes: tuple[CauseDiff, ...]
    new_findings: tuple[Diagnostic, ...]
    gone_findings: tuple[Diagnostic, ...]
    tests: tuple[TestTotals, TestTotals] | None
    budgets: tuple[BrokenBudget, ...]
    too_much: Mapping[str, Fraction]
    notes: tuple[str, ...]
