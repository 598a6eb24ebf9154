"""The sizes of segments: what `preview` shows and `segments.json` holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from segmentry.engine.answers.evaluation import Result
from segmentry.engine.answers.notes import Note
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.condition_words import test_words
from segmentry.engine.files.model import Budget, Segment, Segmentation
from segmentry.engine.language.bounds import exact, keeps
from segmentry.engine.planning.plan import Plan

VERSION = 1
"""Of the layout of `segments.json`; it grows when a key changes its meaning or goes away."""


MOST_APART = 100_000
"""Up to so many customers the pairs of the overlap matrix are counted one by one."""

MOST_OVERLAPS = 100
"""With more segments `segments.json` leaves the overlaps out; `segmentry profile --overlaps` gives them."""


@dataclass(frozen=True, slots=True)
class BudgetResult:
    """One budget: what it is of, its bounds as written, what was found, and whether it held."""

    budget: Budget
    found: Fraction
    held: bool


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """One segment: its customers, their share of all, their share of each value trait (None: of nothing)."""

    segment: Segment
    segmentation: Segmentation
    size: int
    share: float | None
    value: Mapping[str, float | None]
    budgets: tuple[BudgetResult, ...]

    @property
    def draft(self) -> bool:
        """Whether the segment takes part in previews only."""
        return self.segment.status == "draft"


@dataclass(frozen=True)
class Summary:
    """All segments of an evaluation, segmentation by segmentation, in the order of the rules.

    ``notes`` say what of the data took no part.
    """

    as_of: datetime
    customers: int
    value_traits: tuple[str, ...]
    segmentations: tuple[tuple[Segmentation, tuple[SegmentSize, ...]], ...]
    memberships: pl.DataFrame
    notes: tuple[Note, ...] = ()

    @property
    def segments(self) -> Iterator[SegmentSize]:
        """Every segment."""
        for _, sizes in self.segmentations:
            yield from sizes

    @cached_property
    def overlap(self) -> tuple[tuple[int, ...], ...]:
        """How many customers are in both segments; rows and columns in the order of `segments`."""
        return _overlap(self.memberships, list(self.segments))

    def overlaps(self) -> dict[str, Any]:
        """The overlap matrix with the ids of its rows and columns."""
        return {"segments": [s.segment.id for s in self.segments], "customers": self.overlap}

    def broken(self) -> list[Diagnostic]:
        """A `budget` finding for every budget that did not hold, at the segment."""
        return [
            _finding(size, result) for size in self.segments for result in size.budgets if not result.held
        ]

    def document(self) -> dict[str, Any]:
        """The content of `segments.json`."""
        return {
            "version": VERSION,
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "segments": [_entry(size) for size in self.segments],
            "overlap": self.overlaps() if len(list(self.segments)) <= MOST_OVERLAPS else None,
            "budgets": [
                {"segment": size.segment.id, **_budget_entry(result)}
                for size in self.segments
                for result in size.budgets
            ],
        }


def summarise(result: Result) -> Summary:
    """The sizes of a result's segments. Their share of value needs its traits with `value: true`."""
    wanted = {t.id for t in result.plan.model.traits if t.value}
    values = tuple(t.name for t in result.traits if t.name in wanted and t.dtype.is_numeric())
    frame = result.memberships.hstack([_units(result.traits[name], f"\x00{name}") for name in values])
    segments = list(_taking_part(result))
    sums = _sums(frame, [mask for _, _, mask in segments], values)
    sizes: dict[str, list[SegmentSize]] = {}
    kinds: dict[str, Segmentation] = {}
    for n, (segmentation, segment, _) in enumerate(segments):
        kinds[segmentation.id] = segmentation
        size = int(sums[f"n{n}"])
        share = Fraction(size, frame.height) if frame.height else None
        shares = {v: _quotient(sums[f"n{n}:{v}"], sums[f":{v}"]) for v in values}
        sizes.setdefault(segmentation.id, []).append(
            SegmentSize(
                segment,
                segmentation,
                size,
                None if share is None else float(share),
                shares,
                tuple(_judged(b, size, share or Fraction(0)) for b in segment.budgets),
            )
        )
    return Summary(
        local_as_of(result.plan),
        frame.height,
        values,
        tuple((kinds[name], tuple(found)) for name, found in sizes.items()),
        result.memberships,
        result.notes,
    )


def local_as_of(plan: Plan) -> datetime:
    """The as-of instant in the workspace's zone."""
    return plan.calendar.as_of.astimezone(plan.calendar.zone)


def _taking_part(result: Result) -> Iterator[tuple[Segmentation, Segment, pl.Expr]]:
    """The segments of the result's columns, `otherwise` last, with the expression of who is in."""
    there = set(result.memberships.columns)
    for sg in result.plan.segmentations:
        if sg.assign == "every_match":
            for segment in result.plan.segments(sg):
                if segment.id in there:
                    yield sg, segment, pl.col(segment.id)
        elif sg.id in there:
            last = (sg.otherwise,) if sg.otherwise is not None else ()
            for segment in (*result.plan.segments(sg), *last):
                yield sg, segment, (pl.col(sg.id) == segment.id).fill_null(value=False)


def _units(values: pl.Series, name: str) -> pl.Series:
    """Values as their sums are had fastest: decimals in minor units, of 64 bits where no sum needs more."""
    units = values.to_physical().alias(name)
    if units.dtype != pl.Int128 or units.null_count() == units.len():
        return units
    greatest = max(abs(int(units.min() or 0)), abs(int(units.max() or 0)))  # type: ignore[arg-type]
    return units.cast(pl.Int64) if greatest * units.len() < 2**63 else units


def _sums(frame: pl.DataFrame, masks: list[pl.Expr], values: tuple[str, ...]) -> dict[str, Any]:
    """Per mask (numbered) its customers and its sum of each value; the sums of everybody's values."""
    wanted = [pl.col(f"\x00{v}").sum().alias(f":{v}") for v in values]
    for n, mask in enumerate(masks):
        wanted.append(mask.sum().alias(f"n{n}"))
        wanted += [pl.col(f"\x00{v}").filter(mask).sum().alias(f"n{n}:{v}") for v in values]
    return frame.lazy().select(wanted).collect(engine="in-memory").row(0, named=True) if wanted else {}


def _quotient(part: Decimal | float, whole: Decimal | float) -> float | None:
    """The double nearest to the exact quotient, None of nothing."""
    return None if not whole else float(Fraction(part) / Fraction(whole))


def _judged(budget: Budget, size: int, share: Fraction) -> BudgetResult:
    found = Fraction(size) if budget.of == "size" else share
    held = all(keeps(found, test.operator, test.operand) for test in budget.tests)
    return BudgetResult(budget, found, held)


def _overlap(memberships: pl.DataFrame, sizes: list[SegmentSize]) -> tuple[tuple[int, ...], ...]:
    columns = pl.DataFrame([_column(memberships, size).alias(str(n)) for n, size in enumerate(sizes)])
    together = memberships.height > MOST_APART
    counts = [[0] * len(sizes) for _ in sizes]
    for i, one in enumerate(sizes):
        counts[i][i] = one.size
        shared = [j for j in range(i) if not _exclusive(one, sizes[j])]
        for j, number in zip(shared, _both(columns, i, shared, together=together), strict=True):
            counts[i][j] = counts[j][i] = number
    return tuple(tuple(row) for row in counts)


def _both(columns: pl.DataFrame, i: int, others: list[int], *, together: bool) -> list[int]:
    """How many rows each pair shares: one query on all threads, or pair by pair where a query costs more."""
    if together and others:
        pairs = columns.select((pl.col(str(i)) & pl.col(str(j))).sum().alias(str(j)) for j in others)
        return [int(number) for number in pairs.row(0)]
    one = columns[str(i)]
    return [int((one & columns[str(j)]).sum()) for j in others]


def _exclusive(one: SegmentSize, other: SegmentSize) -> bool:
    """Whether two segments are of one segmentation that gives each customer one."""
    return one.segmentation is other.segmentation and one.segmentation.assign != "every_match"


def _column(memberships: pl.DataFrame, size: SegmentSize) -> pl.Series:
    if size.segmentation.assign == "every_match":
        return memberships[size.segment.id]
    return (memberships[size.segmentation.id] == size.segment.id).fill_null(value=False)


def _entry(size: SegmentSize) -> dict[str, Any]:
    return {
        "id": size.segment.id,
        "name": size.segment.name,
        "segmentation": size.segmentation.id,
        "status": size.segment.status,
        "size": size.size,
        "share": size.share,
        "share_of_value": dict(size.value),
        "budgets": [_budget_entry(result) for result in size.budgets],
    }


def _budget_entry(result: BudgetResult) -> dict[str, Any]:
    return {
        "of": result.budget.of,
        "expected": {test.operator: _plain(test.operand) for test in result.budget.tests},
        "found": int(result.found) if result.budget.of == "size" else float(result.found),
        "held": result.held,
    }


def _plain(operand: Any) -> Any:
    match operand:
        case [*items]:
            return [_plain(item) for item in items]
        case _:
            number = exact(operand)
            return int(number) if number.denominator == 1 else float(number)


def counted(number: int, word: str) -> str:
    """`1 customer`, `2,310 customers`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def budget_words(result: BudgetResult) -> str:
    """`the share is 41.2%, expected is at most 0.4`."""
    found = f"{int(result.found):,}" if result.budget.of == "size" else f"{float(result.found):.2%}"
    tests = " and ".join(test_words(test).removeprefix("is ") for test in result.budget.tests)
    return f"the {result.budget.of} is {found}, expected is {tests}"


def _finding(size: SegmentSize, result: BudgetResult) -> Diagnostic:
    at = size.segment.at
    number = "" if result.budget.of == "size" else f" ({counted(size.size, 'customer')})"
    message = f"`{size.segment.id}`: {budget_words(result)}{number}"
    hint = "look at the rule and the data; if the new size is right, change `expected:`"
    return diagnostic("budget", message, at.file, at.span, hint=hint)
