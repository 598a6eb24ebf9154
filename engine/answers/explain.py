"""Why a customer is in a segment, and how a segment comes to its size: the tree of its conditions with each
one's verdict, computed by the same code as a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from segmentry.engine.answers.evaluation import chosen_segmentations
from segmentry.engine.answers.people import RecordStep, path_of
from segmentry.engine.backends.protocol import KEY
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.condition_model import All, Condition, Place
from segmentry.engine.files.condition_words import in_words, parts_of, sentence
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import Const, Expr, Field, fields_of
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import BOOLEAN, INTEGER, Type
from segmentry.engine.planning.plan import Computed, Plan, Ranked
from segmentry.engine.workspace import Workspace

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition for one customer: whether it holds, the value it looked at, and its parts.

    ``compared`` are the values of other traits it is compared with. ``at`` is its place in the files.
    """

    text: str
    holds: bool
    value: Any
    has_value: bool
    compared: tuple[Any, ...]
    parts: tuple[Verdict, ...]
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class SegmentVerdict:
    """One segment for one customer. ``taken_by`` is the earlier segment that a first match gave them to."""

    segmentation: str
    segment: str
    name: str | None
    member: bool
    rule: bool
    taken_by: str | None
    tree: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A customer's verdicts, and the segment each segmentation assigns (None: none of them).

    ``path`` are the records of a person, and by what they belong together; empty where a customer is a row.
    """

    customer: Any
    as_of: datetime
    segments: tuple[SegmentVerdict, ...]
    assigned: Mapping[str, str | None]
    path: tuple[RecordStep, ...] = ()


def explain_customer(
    workspace: Workspace, customer: str, segments: Iterable[str] = (), as_of: str | None = None
) -> Explanation:
    """Explain one customer's membership of the given segments or segmentations (default: of all).

    Only that customer's rows are read; for a rank also what it rests on, of everybody. Raises UsageError for
    a customer or a segment that is not there.
    """
    plan = workspace.plan(as_of, drafts=True)
    key = _key(plan, customer)
    pairs = _asked(plan, tuple(segments))
    wanted: dict[str, Expr] = {}
    for segmentation, segment in pairs:
        wanted.update(segment_columns(plan, segmentation, segment))
    row = _row_of(workspace, plan, key, wanted)
    if row is None:
        raise UsageError(f"no customer `{customer}` in `{plan.customers}` (by `{plan.key}`)")
    verdicts = tuple(segment_verdict(plan, sg, s, row) for sg, s in pairs)
    assigned = {
        sg.id: assigned_segment(plan, sg, row)
        for sg in dict.fromkeys(sg for sg, _ in pairs)
        if sg.assign != "every_match"
    }
    people = workspace.backend.people(plan, workspace.readers)
    path = () if people is None else path_of(people, key)
    return Explanation(key, plan.calendar.as_of, verdicts, assigned, path)


def _key(plan: Plan, customer: str) -> Any:
    kind = plan.types[f"c:{plan.key}"]
    if kind.kind != "integer":
        return customer
    try:
        return int(customer)
    except ValueError:
        message = f"no customer `{customer}`: the key `{plan.key}` is a whole number"
        raise UsageError(message) from None


def _asked(plan: Plan, ids: tuple[str, ...]) -> list[tuple[Segmentation, Segment]]:
    pairs: list[tuple[Segmentation, Segment]] = []
    for segmentation, segments in chosen_segmentations(plan, ids):
        last = (segmentation.otherwise,) if segmentation.otherwise is not None else ()
        everything = not ids or segmentation.id in ids
        pairs += [(segmentation, s) for s in (*segments, *last) if everything or s.id in ids]
    return pairs


def ranks_under(plan: Plan, expressions: Iterable[Expr]) -> dict[str, Ranked]:
    """The ranks that expressions rest on, by name, but those under others: they need everybody's rows."""
    found: dict[str, Ranked] = {}
    seen: set[str] = set()
    stack = [name for expr in expressions for name in fields_of(expr)]
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        definition = plan.definitions.get(name)
        if isinstance(definition, Ranked):
            found[name] = definition
        elif isinstance(definition, Computed):
            stack.extend(fields_of(definition.expr))
    return found


def _row_of(workspace: Workspace, plan: Plan, key: Any, wanted: Mapping[str, Expr]) -> Row | None:
    """The wanted values of one customer, None where there is no such customer.

    Ranks are taken of everybody, and what they rest on alone; then the customer's own rows suffice.
    """

    def row(plan: Plan, wanted: Mapping[str, Expr], only: Any) -> Row | None:
        backend, store = workspace.backend, workspace.store
        evaluated = backend.frame(plan, workspace.readers, wanted, only=only, store=store)
        found = evaluated.frame.filter(pl.col(KEY) == key)
        return found.row(0, named=True) if found.height else None

    ranks = ranks_under(plan, wanted.values())
    if ranks:
        standing = row(plan, {name: Field(name, rank.type) for name, rank in ranks.items()}, None)
        if standing is None:
            return None
        known = {name: Computed(Const(standing[name], rank.type)) for name, rank in ranks.items()}
        plan = replace(plan, definitions={**plan.definitions, **known})
    return row(plan, wanted, key)


# --- columns --------------------------------------------------------------------------------------


def segment_columns(plan: Plan, segmentation: Segmentation, segment: Segment) -> dict[str, Expr]:
    """The expressions that `segment_verdict` reads, by column name."""
    columns: dict[str, Expr] = {f"m:{segment.id}": Field(f"m:{segment.id}", BOOLEAN)}
    if segmentation.assign != "every_match":
        columns[f"w:{segmentation.id}"] = Field(f"w:{segmentation.id}", INTEGER)
    if segmentation.otherwise is not None and segment.id == segmentation.otherwise.id:
        return columns
    for part in rule_parts(plan, segment):
        columns[f"r:{part.id}"] = Field(f"r:{part.id}", BOOLEAN)
        if part.when is not None:
            columns.update(condition_columns(plan, part.when))
    return columns


def condition_columns(plan: Plan, condition: Condition) -> dict[str, Expr]:
    """The expressions that `condition_verdict` reads, by column name."""
    columns: dict[str, Expr] = {}
    for node in every_part(condition):
        traced = plan.trace.get(id(node))
        if traced is None:
            continue
        columns[f"\x00truth:{id(node)}"] = traced.truth
        if traced.value is not None:
            columns[f"\x00value:{id(node)}"] = traced.value
        for n, compared in enumerate(traced.compared):
            columns[f"\x00compared:{id(node)}:{n}"] = compared
    return columns


def every_part(condition: Condition) -> Iterator[Condition]:
    """A condition and all conditions inside it, in the order they stand."""
    yield condition
    for part in parts_of(condition):
        yield from every_part(part)


def rule_parts(plan: Plan, segment: Segment) -> tuple[Segment, ...]:
    """The segment after those it extends, the outermost base first."""
    by_id = {s.id: s for sg in plan.segmentations for s in sg.segments}
    chain = [segment]
    while chain[0].extends is not None and chain[0].extends in by_id:
        chain.insert(0, by_id[chain[0].extends])
    return tuple(chain)


# --- verdicts -------------------------------------------------------------------------------------


def segment_verdict(plan: Plan, segmentation: Segmentation, segment: Segment, row: Row) -> SegmentVerdict:
    """A segment's verdict from a row that holds its `segment_columns`."""
    has_rule = any(s.id == segment.id for s in segmentation.segments)
    member = bool(row[f"m:{segment.id}"])
    rule = bool(row[f"r:{segment.id}"]) if has_rule else member
    taken = assigned_segment(plan, segmentation, row) if segmentation.assign != "every_match" else None
    trees = tuple(
        condition_verdict(plan, part.when, row)
        for part in rule_parts(plan, segment)
        if has_rule and part.when is not None
    )
    return SegmentVerdict(
        segmentation.id,
        segment.id,
        segment.name,
        member,
        rule,
        taken if rule and not member else None,
        trees,
    )


def condition_verdict(plan: Plan, condition: Condition, row: Row) -> Verdict:
    """The verdict on a condition and its parts, from a row that holds its `condition_columns`."""
    traced = plan.trace.get(id(condition))
    value, has_value = None, traced is not None and traced.value is not None
    compared: list[Any] = []
    if traced is not None and traced.value is not None:
        value = display(row[f"\x00value:{id(condition)}"], traced.value.type)
    for n, expr in enumerate(traced.compared if traced is not None else ()):
        compared.append(display(row[f"\x00compared:{id(condition)}:{n}"], expr.type))
    return Verdict(
        in_words(condition),
        bool(row.get(f"\x00truth:{id(condition)}", False)),
        value,
        has_value,
        tuple(compared),
        tuple(condition_verdict(plan, part, row) for part in parts_of(condition)),
        condition.at,
    )


def assigned_segment(plan: Plan, segmentation: Segmentation, row: Row) -> str | None:
    """The id that a first-match or best-score segmentation assigns."""
    place: int | None = row[f"w:{segmentation.id}"]
    if place is not None:
        return plan.segments(segmentation)[place].id
    return None if segmentation.otherwise is None else segmentation.otherwise.id


def display(value: Any, kind: Type) -> Any:
    """A value of the engine as people write it: minor units as a decimal."""
    if value is None:
        return None
    if kind.kind == "decimal":
        return Decimal(value).scaleb(-kind.scale)
    if kind.kind == "list" and kind.element is not None:
        return [display(item, kind.element) for item in value]
    return value


# --- waterfall ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a segment: how many customers are left after it, and how many it alone keeps."""

    text: str
    left: int
    alone: int
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps of a segment from all customers to its rule, and in the end its final members."""

    segmentation: str
    segment: str
    as_of: datetime
    customers: int
    steps: tuple[Step, ...]
    members: int


def waterfall(workspace: Workspace, segment: str, as_of: str | None = None) -> Waterfall:
    """How a segment comes to its size: its conditions one after another, those it extends first.

    Raises UsageError for an id that is no segment with a rule.
    """
    plan = workspace.plan(as_of, drafts=True)
    segmentation, found = find_segment(plan, segment)
    conditions = list(_steps(plan, found))
    wanted: dict[str, Expr] = {"members": Field(f"m:{found.id}", BOOLEAN)}
    for n, condition in enumerate(conditions):
        wanted[f"alone{n}"] = plan.trace[id(condition)].truth
    frame = workspace.backend.frame(plan, workspace.readers, wanted, store=workspace.store).frame
    steps: list[Step] = []
    left = frame.select(pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean)).to_series()
    for n, condition in enumerate(conditions):
        alone = frame[f"alone{n}"]
        left = left & alone
        steps.append(Step(sentence(condition), int(left.sum()), int(alone.sum()), condition.at))
    members = int(frame["members"].sum())
    return Waterfall(segmentation.id, found.id, plan.calendar.as_of, frame.height, tuple(steps), members)


def find_segment(plan: Plan, identity: str) -> tuple[Segmentation, Segment]:
    """A segment that has a rule, by its id. Raises UsageError."""
    for segmentation in plan.segmentations:
        for segment in segmentation.segments:
            if segment.id == identity:
                return segmentation, segment
        if segmentation.otherwise is not None and segmentation.otherwise.id == identity:
            raise UsageError(
                f"`{identity}` is the `otherwise` of `{segmentation.id}`, which has no conditions"
            )
    known = [s.id for sg in plan.segmentations for s in sg.segments]
    hint = did_you_mean(identity, known) or f"there are {', '.join(sorted(known))}"
    raise UsageError(f"no segment named `{identity}`; {hint}")


def _steps(plan: Plan, segment: Segment) -> Iterator[Condition]:
    """The conditions that all have to hold, in order."""
    for part in rule_parts(plan, segment):
        if part.when is not None:
            yield from _conjuncts(part.when)


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, All):
        for part in condition.conditions:
            yield from _conjuncts(part)
    else:
        yield condition
