"""What the rules do with the data at hand: one evaluation, one function a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import polars as pl

from segmentry.engine.answers.notes import finding_of
from segmentry.engine.answers.summary import BudgetResult, SegmentSize, Summary, local_as_of
from segmentry.engine.checks.context import Context
from segmentry.engine.checks.counts import Counts, Report
from segmentry.engine.checks.read_notes import check_read_notes
from segmentry.engine.checks.skewed import ask_skewed
from segmentry.engine.checks.top_counts import ask_top_counts
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.condition_model import All, AnyOf, Condition, Leaf, NoneOf, Not
from segmentry.engine.files.model import Budget, Segment, Segmentation
from segmentry.engine.language.bounds import keeps
from segmentry.engine.language.expr import (
    FALSE,
    TRUE,
    Expr,
    Field,
    all_true,
    any_true,
    call,
    is_known,
    negated,
)
from segmentry.engine.language.operators import OPERATORS
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.logic.rules import RuleUnit, units_of
from segmentry.engine.planning.plan import Plan
from segmentry.engine.sources.collect import collected
from segmentry.engine.sources.read import SourceReader

NEARLY_EVERYONE = Fraction(95, 100)
MOSTLY = Fraction(1, 2)


def check_data(context: Context, as_of: str | None) -> None:
    """The findings of data, by an evaluation of the workspace's sources with drafts.

    Raises DataError, also for values of declared columns that no rule uses yet and for a false `sorted_by`.
    """
    workspace = context.workspace
    _check_contracts(workspace.readers)
    plan = workspace.plan(as_of, drafts=True)
    for name in plan.sources:
        workspace.backend.check_order(plan, workspace.readers, name)
    check_read_notes(context, plan)
    counts = Counts(plan)
    reported = [report for ask in ASKS for report in ask(context, counts)]
    counts.count(workspace)
    context.findings.items.extend(finding_of(note, plan) for note in counts.notes)
    if counts.customers:
        for report in reported:
            report()


def _check_contracts(readers: Mapping[str, SourceReader]) -> None:
    """Read the declared columns of the tables at hand. Raises DataError for all tables at once."""
    wrong: list[DataError] = []
    for name, reader in readers.items():
        if not reader.available():
            continue
        try:
            there = reader.schema()
            collected([], readers, {name: [c.name for c in reader.source.columns if c.name in there]})
        except DataError as error:
            wrong.append(error)
    if len(wrong) > 1:
        messages = [message for error in wrong for message in error.messages]
        raise DataError(*messages, file=wrong[0].file, row=wrong[0].row, column=wrong[0].column)
    if wrong:
        raise wrong[0]


def _members(plan: Plan) -> Iterator[tuple[Segmentation, Segment]]:
    for segmentation in plan.segmentations:
        for segment in plan.segments(segmentation):
            yield segmentation, segment


def _ask_sizes(context: Context, counts: Counts) -> Iterator[Report]:
    """`empty-segment`, where logic has not said so already, and `nearly-everyone`."""
    impossible = {(d.file, d.span.line) for d in context.findings.items if d.code == "unreachable"}
    never = [d.message for d in context.findings.items if d.code == "unsatisfiable"]
    for _, segment in _members(counts.plan):
        size = counts.ask(Field(f"m:{segment.id}", BOOLEAN))
        known = (segment.at.file, segment.at.span.line) in impossible
        known = known or any(text.endswith(f"nobody can be in `{segment.id}`") for text in never)

        def report(segment: Segment = segment, size: str = size, known: bool = known) -> None:
            if counts.found[size] == 0 and not known:
                several = f" of the {counts.customers:,} customers" if counts.customers > 1 else ""
                message = f"nobody{several} is in `{segment.id}`"
                hint = "look at the values in the data: a unit or a spelling may differ"
                context.findings.add("empty-segment", message, segment.at, hint)
            if counts.share(size) > NEARLY_EVERYONE:
                share = f"{float(counts.share(size)):.1%}"
                message = f"{share} of the customers are in `{segment.id}`, which hardly tells people apart"
                context.findings.add("nearly-everyone", message, segment.at, "ask for more")

        yield report


def _ask_budgets(context: Context, counts: Counts) -> Iterator[Report]:
    """`budget`: the bounds in `expected:`."""
    for segmentation, segment in _members(counts.plan):
        if not segment.budgets:
            continue
        size = counts.ask(Field(f"m:{segment.id}", BOOLEAN))

        def report(
            segmentation: Segmentation = segmentation, segment: Segment = segment, size: str = size
        ) -> None:
            share = counts.share(size)
            judged = tuple(_judged(b, counts.found[size], share) for b in segment.budgets)
            found = SegmentSize(segment, segmentation, counts.found[size], float(share), {}, judged)
            summary = Summary(
                local_as_of(counts.plan), counts.customers, (), ((segmentation, (found,)),), pl.DataFrame()
            )
            context.findings.items.extend(summary.broken())

        yield report


def _judged(budget: Budget, size: int, share: Fraction) -> BudgetResult:
    found = Fraction(size) if budget.of == "size" else share
    return BudgetResult(budget, found, all(keeps(found, t.operator, t.operand) for t in budget.tests))


def _ask_inert(context: Context, counts: Counts) -> Iterator[Report]:
    """`inert-leaf`: without the part every customer would be in or out all the same.

    Not told of parts that logic found redundant, nor of a segment that is empty.
    """
    known = {
        (d.file, d.span) for d in context.findings.items if d.code in ("redundant-leaf", "unsatisfiable")
    }
    for _, segment in _members(counts.plan):
        if segment.when is None:
            continue
        size = counts.ask(Field(f"r:{segment.id}", BOOLEAN))
        for unit in units_of(segment.when):
            if unit.removed is None or (unit.at.file, unit.at.span) in known:
                continue
            changed = counts.ask(_changed(counts.plan, segment, unit))

            def report(
                segment: Segment = segment, unit: RuleUnit = unit, size: str = size, changed: str = changed
            ) -> None:
                if counts.found[size] and not counts.found[changed]:
                    message = f"`{unit.words}` changes nothing for any customer in `{segment.id}`"
                    hint = "fine if it guards against a case that may come"
                    context.findings.add("inert-leaf", message, unit.at, hint)

            yield report


def _changed(plan: Plan, segment: Segment, unit: RuleUnit) -> Expr:
    """Whether a customer would be on the other side without a part of the rule."""
    assert segment.when is not None
    base = [] if segment.extends is None else [Field(f"r:{segment.extends}", BOOLEAN)]
    without = all_true(*base, _without(plan, segment.when, unit))
    return call("not_equal", Field(f"r:{segment.id}", BOOLEAN), without)


def _without(plan: Plan, condition: Condition, unit: RuleUnit) -> Expr:
    if condition is unit.condition:
        return TRUE if unit.removed else FALSE
    match condition:
        case All(conditions=items):
            return all_true(*(_without(plan, c, unit) for c in items))
        case AnyOf(conditions=items):
            return any_true(*(_without(plan, c, unit) for c in items))
        case NoneOf(conditions=items):
            return negated(any_true(*(_without(plan, c, unit) for c in items)))
        case Not(condition=item):
            return negated(_without(plan, item, unit))
        case _:
            return plan.trace[id(condition)].truth


def _ask_missing(context: Context, counts: Counts) -> Iterator[Report]:
    """`mostly-missing`: a trait that the rule can't do without is missing for most customers."""
    fields: dict[str, str] = {}
    for _, segment in _members(counts.plan):
        for leaf in () if segment.when is None else dict.fromkeys(_required(segment.when)):
            value = counts.plan.trace[id(leaf)].value
            if not isinstance(value, Field):
                continue
            if value.name not in fields:
                fields[value.name] = counts.ask(is_known(value))

            def report(
                segment: Segment = segment, leaf: Leaf = leaf, known: str = fields[value.name]
            ) -> None:
                share = 1 - counts.share(known)
                if share > MOSTLY:
                    message = f"`{leaf.subject}` is missing for {float(share):.1%} of the customers"
                    hint = f"look at where it comes from, or give `{segment.id}` another way in"
                    context.findings.add("mostly-missing", message, segment.at, hint)

            yield report


def _required(condition: Condition) -> Iterator[Leaf]:
    """The leaves that ask for a value, but for those that have alternatives."""
    match condition:
        case All(conditions=items) | NoneOf(conditions=items):
            for item in items:
                yield from _required(item)
        case AnyOf(conditions=(item,)) | Not(condition=item):
            yield from _required(item)
        case Leaf(tests=tests):
            if any(not OPERATORS[t.operator].tests_missing for t in tests):
                yield condition
        case _:
            return


ASKS: tuple[Callable[[Context, Counts], Iterator[Report]], ...] = (
    _ask_sizes,
    _ask_budgets,
    _ask_inert,
    _ask_missing,
    ask_skewed,
    ask_top_counts,
)
"""What is counted for the findings of data."""
