"""From an exact comparison to one that may be told: every count through the privacy room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diff.changes import Reason
from segmentry.engine.diff.comparison import (
    NOT_A_CUSTOMER,
    BrokenBudget,
    CauseDiff,
    Diff,
    Explained,
    Flow,
    FlowTable,
    Place,
    SegmentClass,
    SegmentDiff,
    TestTotals,
)
from segmentry.engine.privacy import (
    both_sides,
    is_dominated,
    round_count,
    round_mean,
    shown_sizes,
)
from segmentry.engine.privacy.flows import Figure, Kind, few, kept_together, shown_flows

Part = Literal["all", "none", "some"]


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment. Counts are rounded; None where they may not be told, or are not known."""

    id: str
    name: str | None
    segmentation: str
    kind: SegmentClass
    rule: str | None
    edited: tuple[str, ...]
    renamed: str | None
    draft: bool
    because: tuple[str, ...]
    gained: str | None
    lost: str | None
    base: int | None
    head: int | None
    came: int | None
    went: int | None
    too_much: bool

    @property
    def change(self) -> int | None:
        """The difference of the rounded sizes."""
        return None if self.base is None or self.head is None else self.head - self.base

    @property
    def changed(self) -> bool:
        """Whether anything about the segment, or below it, changed."""
        return self.kind != "unchanged"

    @property
    def kept_everybody(self) -> bool:
        """Whether something below the segment changed, and nobody came or went."""
        return self.kind == "indirect" and not self.edited and self.came == 0 == self.went


@dataclass(frozen=True, slots=True)
class Move:
    """A move that may be told, with the money that moved along where nobody dominates it.

    ``ids`` are customers' keys, there only where they were asked for.
    """

    segmentation: str
    source: Place
    target: Place
    customers: int
    value: Mapping[str, float]
    ids: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the moves in a segmentation (or of one segment) a change explains.

    ``customers`` is None where only ``part`` may be told; ``moved`` where not even that may.
    """

    segmentation: str
    segment: str | None
    part: Part
    customers: int | None
    moved: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change in words, and what it explains."""

    kind: str
    id: str
    before: str | None
    after: str | None
    traced: bool
    explains: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class PublishedDiff:
    """A comparison that may be told. ``withheld`` are the segmentations with moves too small to tell."""

    base: str
    head: str
    as_of: datetime
    min_cell: int
    customers: tuple[int, int] | None
    units: Mapping[str, str | None]
    segments: tuple[SegmentChange, ...]
    moves: tuple[Move, ...]
    withheld: tuple[str, ...]
    changes: tuple[Change, ...]
    new_findings: tuple[Diagnostic, ...]
    gone_findings: tuple[Diagnostic, ...]
    tests: tuple[TestTotals, TestTotals] | None
    budgets: tuple[BrokenBudget, ...]
    too_much: Mapping[str, Fraction]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 where more changed than was allowed, or a budget is broken, else 0."""
        return 1 if self.too_much or self.budgets else 0


def publish(diff: Diff) -> PublishedDiff:
    """The comparison with counts rounded down to fives, and nothing of fewer than ``min_cell`` customers.

    Ids of customers stay where the comparison has any: whoever asked for them has them.
    """
    publisher = _Publisher(diff)
    return PublishedDiff(
        base=diff.base,
        head=diff.head,
        as_of=diff.as_of,
        min_cell=diff.privacy.min_cell,
        customers=None
        if diff.customers is None
        else (round_count(diff.customers[0]), round_count(diff.customers[1])),
        units=diff.value_units,
        segments=tuple(publisher.segment(one) for one in diff.segments),
        moves=tuple(publisher.moves()),
        withheld=tuple(publisher.withheld()),
        changes=tuple(publisher.change(one) for one in diff.causes),
        new_findings=diff.new_findings,
        gone_findings=diff.gone_findings,
        tests=diff.tests,
        budgets=diff.budgets,
        too_much=diff.too_much,
        notes=diff.notes,
    )


class _Publisher:
    """Decides once for each table what of it may be told."""

    def __init__(self, diff: Diff) -> None:
        self.diff = diff
        self.least = diff.privacy.min_cell
        self.reported = [self._reported(table) for table in diff.tables]

    def _reported(self, table: FlowTable) -> set[Figure]:
        """What of a table may be told."""
        assert self.diff.customers is not None
        cells = _cells(table)
        shown = shown_flows(cells, self.least)
        reported = set(self._sizes(table, 0, "before", self.diff.customers[0]))
        reported |= set(self._sizes(table, 1, "after", self.diff.customers[1]))
        for id_ in _ids(table):
            before, after = _size(cells, 0, id_), _size(cells, 1, id_)
            if (
                (not before or Figure("before", id_, id_) in reported)
                and (not after or Figure("after", id_, id_) in reported)
                and ((id_, id_) in shown or (id_, id_) not in cells)
            ):
                reported |= {Figure("in", id_, id_), Figure("out", id_, id_)}
        if _lists_moves(table):
            reported |= {Figure("move", a, b) for a, b in shown if a != b}
        return kept_together(cells, reported, NOT_A_CUSTOMER, self.least)

    def _sizes(
        self, table: FlowTable, end: Literal[0, 1], kind: Literal["before", "after"], total: int
    ) -> Iterator[Figure]:
        """The sizes at one end that may be told, were there nothing else."""
        ids = _ids(table)
        cells = _cells(table)
        sizes = [_size(cells, end, id_) for id_ in ids]
        if table.segment is None:
            shown = shown_sizes(sizes, total, self.least)
        else:
            shown = [both_sides(size, total, self.least) for size in sizes]
        yield from (Figure(kind, id_, id_) for id_, show in zip(ids, shown, strict=True) if show)

    # --- segments ---------------------------------------------------------------------------------

    def segment(self, one: SegmentDiff) -> SegmentChange:
        """The segment with the counts that may be told."""
        sizes = one.sizes
        reported = self._reported_of(one)
        moved = sizes is not None and ("in" in reported or not (sizes.base or sizes.head))
        return SegmentChange(
            id=one.id,
            name=one.name,
            segmentation=one.segmentation,
            kind=one.kind,
            rule=one.rule,
            edited=one.edited,
            renamed=one.renamed,
            draft=one.draft,
            because=tuple(map(_reason_words, one.because)),
            gained=one.gained,
            lost=one.lost,
            base=_rounded(sizes.base, reported="before" in reported or one.kind == "new") if sizes else None,
            head=_rounded(sizes.head, reported="after" in reported or one.kind == "gone") if sizes else None,
            came=_rounded(sizes.came, reported=moved) if sizes else None,
            went=_rounded(sizes.went, reported=moved) if sizes else None,
            too_much=one.id in self.diff.too_much,
        )

    def _reported_of(self, one: SegmentDiff) -> set[Kind]:
        """What may be told of a segment by all tables that it is in: its own, and its segmentation's."""
        found = [
            reported
            for table, reported in zip(self.diff.tables, self.reported, strict=True)
            if table.segment == one.id or (table.segment is None and table.segmentation == one.segmentation)
        ]
        figures = {
            figure for reported in found for figure in reported if all(figure in other for other in found)
        }
        return {figure.kind for figure in figures if figure.source == figure.target == one.id}

    # --- moves ------------------------------------------------------------------------------------

    def moves(self) -> Iterator[Move]:
        """The moves between segments that may be told, per segmentation the largest first."""
        for table, figures in zip(self.diff.tables, self.reported, strict=True):
            reported = [f for f in table.flows if f.is_move and Figure("move", f.source, f.target) in figures]
            for flow in sorted(reported, key=lambda f: (-f.customers, str(f.source), str(f.target))):
                value = dict(self._values(flow))
                yield Move(
                    table.segmentation, flow.source, flow.target, round_count(flow.customers), value, flow.ids
                )

    def _values(self, flow: Flow) -> Iterator[tuple[str, float]]:
        for name, found in flow.value.items():
            # A sum of nothing says what everybody has.
            if found.absolute and not is_dominated(
                found.largest, found.absolute, self.diff.privacy.dominance
            ):
                yield name, round_mean(float(found.total), flow.customers)

    def withheld(self) -> Iterator[str]:
        """The segmentations in which some moves are not told."""
        for table, reported in zip(self.diff.tables, self.reported, strict=True):
            if any(flow.is_move and not _is_reported(flow, table, reported) for flow in table.flows):
                yield table.segment or table.segmentation

    # --- changes ----------------------------------------------------------------------------------

    def change(self, cause: CauseDiff) -> Change:
        """The change with what it explains, as far as that may be told."""
        explains = tuple(map(self._share, cause.explains))
        return Change(cause.kind, cause.id, cause.before, cause.after, cause.traced, explains)

    def _share(self, one: Explained) -> Share:
        part: Part = "all" if one.explained == one.moved else "some" if one.explained else "none"
        if few(one.moved, self.least) or few(self._moved_unseen(one), self.least):
            return Share(one.segmentation, one.segment, "some", None, None)
        rest_is_few = few(one.explained, self.least) or few(one.moved - one.explained, self.least)
        customers = None if rest_is_few else round_count(one.explained)
        return Share(one.segmentation, one.segment, part, customers, round_count(one.moved))

    def _moved_unseen(self, one: Explained) -> int:
        """How many of the moves are among those that may not be told: all moves tell their number."""
        return sum(
            flow.customers
            for table, reported in zip(self.diff.tables, self.reported, strict=True)
            for flow in table.flows
            if (table.segmentation, table.segment) == (one.segmentation, one.segment)
            and flow.is_move
            and not _is_reported(flow, table, reported)
        )


def _ids(table: FlowTable) -> list[str]:
    """The segments of a table in which anybody was or is."""
    places = {place for flow in table.flows for place in (flow.source, flow.target)}
    return sorted(place for place in places if place is not None and place != NOT_A_CUSTOMER)


def _lists_moves(table: FlowTable) -> bool:
    """Whether moves are listed; one segment's coming and going is told beside its size."""
    return table.segment is None or any(flow.ids for flow in table.flows)


def _is_reported(flow: Flow, table: FlowTable, reported: set[Figure]) -> bool:
    if _lists_moves(table):
        return Figure("move", flow.source, flow.target) in reported
    return Figure("in", table.segment, table.segment) in reported


def _cells(table: FlowTable) -> dict[tuple[Place, Place], int]:
    return {(flow.source, flow.target): flow.customers for flow in table.flows}


def _size(cells: Mapping[tuple[Place, Place], int], end: Literal[0, 1], id_: str) -> int:
    return sum(count for cell, count in cells.items() if cell[end] == id_)


def _rounded(count: int, *, reported: bool) -> int | None:
    return round_count(count) if reported else None


def _reason_words(reason: Reason) -> str:
    match reason.kind:
        case "segmentation":
            return f"the changed order of `{reason.id}`"
        case "setting":
            return f"the changed {reason.id}"
        case "segment" if reason.change == "gone":
            return f"the segment `{reason.id}` that is gone"
        case _:
            return f"the {reason.change} {reason.kind} `{reason.id}`"


def segmentations_of(segments: Iterable[SegmentChange]) -> dict[str, list[SegmentChange]]:
    """The segments by their segmentation, in order."""
    found: dict[str, list[SegmentChange]] = {}
    for one in segments:
        found.setdefault(one.segmentation, []).append(one)
    return found
