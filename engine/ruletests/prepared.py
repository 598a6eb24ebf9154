"""A plan made testable: every condition of a rule is a definition of its own, which a case can override.

Beside the prefixes of `plan` there are:

==== =====================================================================
l:   one condition (a leaf) of a segment's rule, or one that has a name
ref: membership of a segment as other rules refer to it
==== =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import assert_never

from segmentry.engine.answers.explain import condition_columns, rule_parts, segment_columns
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Did,
    Leaf,
    NoneOf,
    Not,
    RuleRef,
    SegmentRef,
    Sequence,
)
from segmentry.engine.files.condition_words import parts_of
from segmentry.engine.files.model import Segment, Segmentation, Trait
from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES
from segmentry.engine.language.expr import Call, Const, Expr, Field, all_true, any_true, negated
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    Plan,
    Ranked,
    RowAggregate,
    Traced,
)
from segmentry.engine.planning.resolve.nulls import may_be_null

Columns = Mapping[str, Expr]

Atom = Leaf | SegmentRef | RuleRef | Did | Sequence


@dataclass(frozen=True, slots=True)
class RuleLeaf:
    """One leaf of a segment's rule, and the definition that holds its truth."""

    column: str
    condition: Atom
    segment: Segment


@dataclass(frozen=True)
class Prepared:
    """A testable plan. ``leaves`` are by the identity of their condition, ``named`` definitions by `as`.

    What is asked of a segment or a leaf is worked out once: many cases ask the same.
    """

    plan: Plan
    leaves: Mapping[int, RuleLeaf]
    named: Mapping[str, tuple[str, ...]]
    by_segment: Mapping[str, tuple[Segmentation, Segment]] = field(repr=False)
    _parts: dict[str, tuple[Segment, ...]] = field(default_factory=dict[str, tuple[Segment, ...]], repr=False)
    _columns: dict[str, Columns] = field(default_factory=dict[str, Columns], repr=False)
    _values: dict[str, Columns] = field(default_factory=dict[str, Columns], repr=False)

    @cached_property
    def by_column(self) -> dict[str, RuleLeaf]:
        """The leaves by the definition that holds their truth."""
        return {leaf.column: leaf for leaf in self.leaves.values()}

    def leaves_of(self, segment: Segment) -> list[RuleLeaf]:
        """The leaves of a segment's own `when`, in order."""
        return [] if segment.when is None else [self.leaves[id(a)] for a in atoms(segment.when)]

    def parts_of(self, segment: Segment) -> tuple[Segment, ...]:
        """A segment after those that it extends."""
        if segment.id not in self._parts:
            self._parts[segment.id] = rule_parts(self.plan, segment)
        return self._parts[segment.id]

    def columns_of(self, segment: Segment) -> Columns:
        """What a segment's tree, its leaves and what they look at are read from, by column name."""
        if segment.id not in self._columns:
            found = segment_columns(self.plan, self.by_segment[segment.id][0], segment)
            for part in self.parts_of(segment):
                for leaf in self.leaves_of(part):
                    found[leaf.column] = Field(leaf.column, BOOLEAN)
                    found.update(self.values_of(leaf))
            self._columns[segment.id] = found
        return self._columns[segment.id]

    def values_of(self, leaf: RuleLeaf) -> Columns:
        """What a leaf looks at: its value, and the other traits that it is compared with."""
        if leaf.column not in self._values:
            columns = condition_columns(self.plan, leaf.condition)
            self._values[leaf.column] = {n: e for n, e in columns.items() if not n.startswith("\x00truth")}
        return self._values[leaf.column]

    def may_be_missing(self, expr: Expr) -> bool:
        """Whether a value can be missing at all."""
        return may_be_null(expr, self._nullable)

    def _nullable(self, name: str) -> bool:
        match self.plan.definitions.get(name):
            case Computed(expr=expr):
                return may_be_null(expr, self._nullable)
            case None:
                return name != f"c:{self.plan.key}"
            case Ranked():
                return True
            case RowAggregate(kind=kind):
                return not AGGREGATE_PRIMITIVES[kind].is_known
            case Followed():
                return False


def atoms(condition: Condition) -> Iterator[Atom]:
    """The leaves of a condition, in the order they stand."""
    match condition:
        case All() | AnyOf() | NoneOf() | Not():
            for part in parts_of(condition):
                yield from atoms(part)
        case _:
            yield condition


def name_of(atom: Atom) -> str | None:
    """The name that a leaf carries for tests."""
    return None if isinstance(atom, RuleRef) else atom.name


def prepare(plan: Plan) -> Prepared:
    """The plan with a definition per leaf; what it computes stays the same."""
    return _Preparation(plan).run()


@dataclass
class _Preparation:
    plan: Plan
    fields: dict[int, Field] = field(default_factory=dict[int, Field])
    named: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    swaps: dict[Expr, Expr] = field(default_factory=dict[Expr, Expr])
    table: dict[str, Definition] = field(default_factory=dict[str, Definition])

    def run(self) -> Prepared:
        plan = self.plan
        leaves: dict[int, RuleLeaf] = {}
        by_segment: dict[str, tuple[Segmentation, Segment]] = {}
        for name in plan.definitions:
            if name.startswith("m:"):
                self.swaps[Field(name, BOOLEAN)] = Field(f"ref:{name[2:]}", BOOLEAN)
                self.table[f"ref:{name[2:]}"] = Computed(Field(name, BOOLEAN))
        for trait in plan.model.traits:
            for condition in _conditions_of(trait):
                self._name_parts(condition)
        for segmentation in plan.segmentations:
            last = () if segmentation.otherwise is None else (segmentation.otherwise,)
            for segment in (*segmentation.segments, *last):
                by_segment[segment.id] = (segmentation, segment)
                for entry in segment.score if isinstance(segment.score, tuple) else ():
                    self._name_parts(entry.when)
                for atom in () if segment.when is None else atoms(segment.when):
                    leaves[id(atom)] = RuleLeaf(self._add(atom), atom, segment)
        self._rewrite(by_segment)
        named = {name: tuple(columns) for name, columns in self.named.items()}
        whole = replace(plan, definitions=self.table, trace=self._trace(by_segment))
        return Prepared(whole, leaves, named, by_segment)

    def _name_parts(self, condition: Condition) -> None:
        """The named leaves outside rules, which are found again by their truth."""
        for atom in atoms(condition):
            if name_of(atom) is not None and id(atom) in self.plan.trace:
                column = self._add(atom)
                self.swaps[self.plan.trace[id(atom)].truth] = Field(column, BOOLEAN)

    def _add(self, atom: Atom) -> str:
        column = f"l:{len(self.fields)}"
        self.fields[id(atom)] = Field(column, BOOLEAN)
        name = name_of(atom)
        if name is not None:
            self.named.setdefault(name, []).append(column)
        truth = self.plan.trace[id(atom)].truth
        self.table[column] = Computed(_only_references(truth, self.swaps))
        return column

    def _rewrite(self, by_segment: Mapping[str, tuple[Segmentation, Segment]]) -> None:
        for name, definition in self.plan.definitions.items():
            self.table[name] = self._rewritten(name, definition)
        for identity, (_, segment) in by_segment.items():
            if f"r:{identity}" in self.table and segment.when is not None:
                base = () if segment.extends is None else (Field(f"r:{segment.extends}", BOOLEAN),)
                self.table[f"r:{identity}"] = Computed(all_true(*base, self._truth(segment.when)))

    def _rewritten(self, name: str, definition: Definition) -> Definition:
        match definition:
            case Computed(expr=expr) if not name.startswith(("m:", "r:")):
                return Computed(swapped(expr, self.swaps))
            case Ranked(of=of, among=among):
                inside = None if among is None else swapped(among, self.swaps)
                return replace(definition, of=swapped(of, self.swaps), among=inside)
            case _:
                return definition

    def _truth(self, condition: Condition) -> Expr:
        match condition:
            case All(conditions=items):
                return all_true(*(self._truth(c) for c in items))
            case AnyOf(conditions=items):
                return any_true(*(self._truth(c) for c in items))
            case NoneOf(conditions=items):
                return negated(any_true(*(self._truth(c) for c in items)))
            case Not(condition=item):
                return negated(self._truth(item))
            case Leaf() | SegmentRef() | RuleRef() | Did() | Sequence():
                return self.fields[id(condition)]
            case _:
                assert_never(condition)

    def _trace(self, by_segment: Mapping[str, tuple[Segmentation, Segment]]) -> dict[int, Traced]:
        """The trace with the truths that the definitions now have, for the trees of `explain`."""
        trace = dict(self.plan.trace)
        stack = [s.when for _, s in by_segment.values() if s.when is not None]
        while stack:
            condition = stack.pop()
            known = trace.get(id(condition)) or Traced(self._truth(condition))
            trace[id(condition)] = replace(known, truth=self._truth(condition))
            stack.extend(parts_of(condition))
        return trace


def _conditions_of(trait: Trait) -> Iterator[Condition]:
    """The conditions over customers that a trait holds."""
    if trait.among is not None:
        yield trait.among
    for entry in trait.points:
        yield entry.when


def _only_references(expr: Expr, swaps: Mapping[Expr, Expr]) -> Expr:
    """The truth of a leaf: itself, but for segments that it refers to."""
    return swaps.get(expr, expr) if isinstance(expr, Field) and expr.name.startswith("m:") else expr


def swapped(expr: Expr, swaps: Mapping[Expr, Expr]) -> Expr:
    """The expression with every part that is a key of ``swaps`` replaced."""
    found = swaps.get(expr)
    if found is not None:
        return found
    match expr:
        case Call(op=op, args=args, type=kind, params=params):
            return Call(op, tuple(swapped(a, swaps) for a in args), kind, params)
        case Field() | Const():
            return expr
        case _:
            assert_never(expr)
