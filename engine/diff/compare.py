"""The comparison of two versions of the rules, from their names to what is known of every segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from segmentry.engine.diagnostics.errors import DataError, RuleError, UsageError
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.diff.causes import Cause, causes_of
from segmentry.engine.diff.changes import Changes, segments_of
from segmentry.engine.diff.classes import Classified, classified, relations
from segmentry.engine.diff.comparison import (
    BrokenBudget,
    CauseDiff,
    Diff,
    FlowTable,
    SegmentDiff,
    Sizes,
    TestTotals,
)
from segmentry.engine.diff.limits import broken_budgets, too_much, unreadable_changes
from segmentry.engine.diff.measure import MOST_CAUSES, MeasuredChange, measure, units_of, with_causes
from segmentry.engine.diff.merge import Merged
from segmentry.engine.diff.sides import RulesVersion, open_sides
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.planning.logic.relation import Relation
from segmentry.engine.planning.plan import Plan
from segmentry.engine.ruletests.load import find_tests
from segmentry.engine.ruletests.run import run_tests
from segmentry.engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """``data``: the folder that relative paths of data start from. ``max_change``: the share of a segment's
    customers that may come or go. ``ids``: so many customers of every move are named.
    """

    data: Path | None = None
    as_of: str | None = None
    max_change: Fraction | None = None
    ids: int = 0


def compare(workspace: Workspace, base: str, head: str | None, options: DiffOptions) -> Diff:
    """Compare two versions of the rules on one set of data.

    ``base`` and ``head`` are git revisions or folders; without ``head`` it is the workspace as it lies there.
    Where no data is at hand only what the rules tell is known, unless a folder of data was named. Raises
    UsageError for a name that is neither, RuleError for a version that does not load (its findings have the
    version's name before the file), DataError for what the data lacks.
    """
    with open_sides(workspace, base, head, options.data) as (old, new):
        return _Comparison(old, new, options).diff()


@dataclass
class _Comparison:
    base: RulesVersion
    head: RulesVersion
    options: DiffOptions
    notes: list[str] = field(default_factory=list[str])

    @cached_property
    def plans(self) -> tuple[Plan, Plan]:
        """Both plans, of one instant: the one asked for, else the head's."""
        now = datetime.now(UTC).isoformat()
        head = self.head.plan(self.head.as_of(self.options.as_of, now))
        return self.base.plan(head.calendar.as_of.isoformat()), head

    @cached_property
    def has_data(self) -> bool:
        """Whether both can be evaluated. Raises DataError where data was asked for and is not there."""
        lacking = dict.fromkeys((*self.head.lacking, *self.base.lacking))
        if not lacking:
            return True
        if self.options.data is not None:
            for side in (self.head, self.base):
                for name in side.lacking:
                    _ = side.readers[name].files  # says what is not there
        names = ", ".join(f"`{name}`" for name in lacking)
        self.notes.append(f"No data is at hand for {names}, so this is what the rules alone tell.")
        if self.options.max_change is not None:
            self.notes.append("Nobody is counted, so no change is held against --max-change.")
        return False

    def diff(self) -> Diff:
        """What there is to tell."""
        base, head = self.plans
        merged = Merged(base, head)
        found = relations(self.head.rules.backend, merged)
        same = frozenset(identity for identity, one in found.items() if one.kind == "equivalent")
        changes = Changes(merged, same)
        causes = list(causes_of(changes))
        values = _value_traits(head)
        measured, traced = self._measured(merged, causes, values) if self.has_data else (None, set[int]())
        segments = tuple(self._segments(changes, found, measured))
        self._note_settings(merged)
        new, gone = self._findings()
        self.notes += unreadable_changes(segments)
        return Diff(
            base=self.base.name,
            head=self.head.name,
            as_of=head.calendar.as_of.astimezone(head.calendar.zone),
            privacy=head.model.privacy,
            customers=None if measured is None else measured.customers,
            value_units={t.id: t.unit for t in head.model.traits if t.id in values},
            segments=segments,
            tables=() if measured is None else measured.tables,
            causes=tuple(_caused(n, cause, n in traced, measured) for n, cause in enumerate(causes)),
            new_findings=new,
            gone_findings=gone,
            tests=self._tests(),
            budgets=tuple(_broken(head, segments, measured)),
            too_much=too_much(segments, self.options.max_change),
            notes=tuple(self.notes),
        )

    def _measured(
        self, merged: Merged, causes: Sequence[Cause], values: Sequence[str]
    ) -> tuple[MeasuredChange, set[int]]:
        backend = self.head.rules.backend
        store = None if self.head.store is None else self.head.store.beside(merged.base.model)
        backend.check_feeds(merged.head, self.head.readers, store=store)
        units = list(units_of(merged))
        plan, traced = merged.head, set[int]()
        if merged.together:
            plan, units, traced = with_causes(merged, units, causes)
        if len(causes) > MOST_CAUSES:
            self.notes.append(
                f"Only the first {MOST_CAUSES} of {len(causes)} changes were traced one by one."
            )
        readers = (self.base.readers, self.head.readers)
        measured = measure(backend, merged, plan, units, readers, values, self.options.ids, store)
        return measured, traced

    # --- segments ---------------------------------------------------------------------------------

    def _segments(
        self, changes: Changes, found: Mapping[str, Relation], measured: MeasuredChange | None
    ) -> Iterator[SegmentDiff]:
        head, base = (segments_of(plan) for plan in (changes.merged.head, changes.merged.base))
        for identity, (segmentation, segment) in {
            **head,
            **{i: base[i] for i in base if i not in head},
        }.items():
            known = classified(changes, found, identity)
            takes_part = any(f"m:{identity}" in plan.definitions for plan in self.plans)
            sizes = _sizes(identity, segmentation, measured) if takes_part and measured else None
            yield _segment_diff(segmentation, segment, known, sizes, draft=not takes_part)

    # --- beside the segments ----------------------------------------------------------------------

    def _note_settings(self, merged: Merged) -> None:
        one, other = merged.base, merged.head
        if one.calendar.zone.key != other.calendar.zone.key:
            self.notes.append(f"The time zone changed from {one.calendar.zone} to {other.calendar.zone}.")
        if one.calendar.fiscal_month != other.calendar.fiscal_month:
            self.notes.append("The month in which the fiscal year starts changed.")
        if one.calendar.week_day != other.calendar.week_day:
            self.notes.append("The day on which weeks start changed.")
        if one.key != other.key or merged.sources.get(one.customers) != other.customers:
            self.notes.append("The customers table changed, so single changes can't be told apart.")

    def _findings(self) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
        """The findings that are new and those that are gone; where in a file they stand does not count."""
        old, new = self.base.findings(), self.head.findings()
        return tuple(_without(new, old)), tuple(_without(old, new))

    def _tests(self) -> tuple[TestTotals, TestTotals] | None:
        if not any(find_tests(side.rules) for side in (self.base, self.head)):
            return None
        old, new = (self._totals(side) for side in (self.base, self.head))
        if old is None or new is None or not (old.cases or new.cases):
            return None
        return old, new

    def _totals(self, side: RulesVersion) -> TestTotals | None:
        try:
            report = run_tests(side.rules, as_of=self.plans[1].calendar.as_of.isoformat(), coverage=True)
        except (RuleError, DataError, UsageError) as error:
            self.notes.append(f"The rule tests of {side.name} don't load: {error}")
            return None
        failed = report.count("failed") + report.count("error")
        covered = report.coverage
        percent: dict[str, int] = {}
        if covered is not None:
            percent = {name: covered.percent(name) for name in covered.total}
        return TestTotals(report.count("passed") + failed, failed, percent)


def _value_traits(plan: Plan) -> tuple[str, ...]:
    return tuple(
        t.id for t in plan.model.traits if t.value and t.id in plan.traits and plan.traits[t.id].is_number
    )


def _segment_diff(
    segmentation: Segmentation, segment: Segment, known: Classified, sizes: Sizes | None, *, draft: bool
) -> SegmentDiff:
    rule = known.rule
    return SegmentDiff(
        id=segment.id,
        name=segment.name,
        segmentation=segmentation.id,
        kind=known.kind,
        rule=None if rule is None else rule.kind,
        edited=known.edited,
        renamed=known.renamed,
        draft=draft,
        because=known.because,
        gained=None if rule is None else rule.gained,
        lost=None if rule is None else rule.lost,
        expected_change=segment.expected_change,
        sizes=sizes,
    )


def _sizes(identity: str, segmentation: Segmentation, measured: MeasuredChange) -> Sizes | None:
    """The sizes of a segment by the table that it is in."""
    table = _table_of(identity, segmentation.id, measured.tables)
    if table is None:
        return None
    base = sum(flow.customers for flow in table.flows if flow.source == identity)
    head = sum(flow.customers for flow in table.flows if flow.target == identity)
    stayed = sum(flow.customers for flow in table.flows if flow.source == flow.target == identity)
    return Sizes(base, head, stayed)


def _table_of(identity: str, segmentation: str, tables: Sequence[FlowTable]) -> FlowTable | None:
    own = next((table for table in tables if table.segment == identity), None)
    return own or next((t for t in tables if t.segment is None and t.segmentation == segmentation), None)


def _caused(number: int, cause: Cause, traced: bool, measured: MeasuredChange | None) -> CauseDiff:
    explains = () if measured is None else measured.explained.get(number, ())
    return CauseDiff(cause.kind, cause.id, cause.before, cause.after, traced, explains)


def _broken(
    head: Plan, segments: Sequence[SegmentDiff], measured: MeasuredChange | None
) -> Iterator[BrokenBudget]:
    if measured is None:
        return
    there = segments_of(head)
    for one in segments:
        if one.sizes is not None and one.id in there:
            yield from broken_budgets(there[one.id][1], one.sizes.head, measured.customers[1])


def _without(items: Sequence[Diagnostic], others: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    left = Counter(map(_identity, others))
    for item in items:
        if left[_identity(item)]:
            left[_identity(item)] -= 1
        else:
            yield item


def _identity(item: Diagnostic) -> tuple[str, str, str]:
    return item.code, item.file, item.message
