"""`test --scaffold`: cases at every boundary of a segment. What is expected stays to be said by people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, assert_never

from segmentry.engine.answers.explain import find_segment
from segmentry.engine.backends.protocol import Backend, Given, People, numbered
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
from segmentry.engine.files.model import Segment
from segmentry.engine.language.expr import Expr, Field, fields_of
from segmentry.engine.language.types import BOOLEAN, Type
from segmentry.engine.planning.logic.domains import Domain, Domains
from segmentry.engine.ruletests.because import rule_text
from segmentry.engine.ruletests.boundaries import thresholds
from segmentry.engine.ruletests.chain import Chain, membership_chain
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.prepared import Atom, Prepared, RuleLeaf, atoms, name_of
from segmentry.engine.ruletests.scaffold_text import GivenTraits, ScaffoldCase, scaffold_text
from segmentry.engine.ruletests.supply import Supply, is_opaque
from segmentry.engine.workspace import Workspace


def scaffold_tests(workspace: Workspace, segment: str, as_of: str | None = None) -> str:
    """A test file with a case at, just below and just above every threshold of a segment's rule, and where
    values are missing, all with `expect: todo`.

    Raises UsageError for an id that is no segment with a rule, RuleError for mistakes in the rules.
    """
    plans = CasePlans(workspace, (), as_of)
    prepared = plans.at(workspace.model.as_of or datetime.now(plans.zone).date().isoformat())
    segmentation, found = find_segment(prepared.plan, segment)
    chain = membership_chain(prepared, segmentation, found)
    return _Scaffold(workspace.backend, prepared, chain, found).text()


@dataclass
class _Scaffold:
    backend: Backend
    prepared: Prepared
    chain: Chain
    segment: Segment
    defaults: GivenTraits = field(default_factory=dict[str, Any])
    members: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])

    def text(self) -> str:
        """The file."""
        mine = self.own_leaves
        wishes = self._wishes(None)
        for leaf in (*mine, *(other for other in self.chain.leaves if other not in mine)):
            self._settle(leaf, wanted=wishes[id(leaf.condition)])
        cases = [case for leaf in mine for case in self._cases(leaf)]
        refers = any(isinstance(leaf.condition, SegmentRef) for leaf in self.chain.leaves)
        return scaffold_text(
            PurePosixPath(self.chain.segmentation.file).name,
            self.prepared.plan.calendar,
            self.segment.id,
            self.defaults,
            sorted(self.members) if refers else None,
            list(dict.fromkeys(self.notes)),
            _unique(cases),
        )

    @cached_property
    def own_leaves(self) -> list[RuleLeaf]:
        """The leaves of the segment and of those that it extends."""
        parts = self.prepared.parts_of(self.segment)
        return [leaf for part in parts for leaf in self.prepared.leaves_of(part)]

    # --- a customer to start from -----------------------------------------------------------------

    def _wishes(self, alone: Atom | None) -> dict[int, bool]:
        """How the leaves should be: such that the segment takes the customer, or that one decides alone."""
        wishes: dict[int, bool] = {}
        parts = self.prepared.parts_of(self.segment)
        for segment in self.chain.rules:
            if segment not in parts:
                for part in self.prepared.parts_of(segment):
                    if part not in parts and part.when is not None:
                        _wish(part.when, False, wishes)
        for part in parts:
            if part.when is not None and not (alone is not None and _isolate(part.when, alone, wishes)):
                _wish(part.when, True, wishes)
        return wishes

    def _settle(self, leaf: RuleLeaf, *, wanted: bool) -> None:
        """Defaults for what a leaf reads, such that it holds (or not), where they are still open."""
        if is_opaque(leaf):
            self._settle_opaque(leaf, wanted=wanted)
            return
        for name, kind in self._read(leaf):
            if name not in self.defaults:
                options = [v for v in self._values(leaf, name, kind) if v is not None]
                fitting = self._fitting(leaf, name, options, {}, wanted=wanted)
                self.defaults[name] = (fitting or options or [_sample(kind)])[0]

    def _settle_opaque(self, leaf: RuleLeaf, *, wanted: bool) -> None:
        name = name_of(leaf.condition)
        if name is not None:
            self.defaults.setdefault(name, wanted)
        elif isinstance(leaf.condition, SegmentRef):
            if wanted:
                self.members.add(leaf.condition.id)
        else:
            how = "name the line in the rule (`as: …`) and give it"
            self.notes.append(f"no trait decides `{rule_text(leaf.condition)}`: {how}")

    def _read(self, leaf: RuleLeaf) -> list[tuple[str, Type]]:
        """The traits that a leaf reads, those it is compared with first."""
        traced = self.prepared.plan.trace[id(leaf.condition)]
        fields = [*traced.compared, *([traced.value] if traced.value is not None else [])]
        names = dict.fromkeys(name for expr in fields for name in sorted(fields_of(expr)))
        types = self.prepared.plan.types
        return [(name[2:], types[name]) for name in names if name in types]

    # --- values -----------------------------------------------------------------------------------

    def _values(self, leaf: RuleLeaf, name: str, kind: Type) -> list[Any]:
        """Values of a trait around the thresholds of a leaf, in order; missing, if it can be, is the last."""
        truth = self._truth(leaf)
        found: list[Any] = []
        for field_ in _fields(truth, name):
            for threshold in thresholds(truth, field_):
                found += threshold.around()
        found += self._compared_values(leaf, name, kind)
        if kind.kind == "boolean":
            found = [True, False]
        if kind.kind == "string" and found:
            found.append(self._another(name, found))
        if kind.kind == "list" and found:
            found.append([])
        missing = [None] if self._may_be_missing(name, kind) else []
        return [*(v for v in found if self._is_possible(name, v)), *missing]

    def _may_be_missing(self, name: str, kind: Type) -> bool:
        prefix = "t:" if f"t:{name}" in self.prepared.plan.types else "c:"
        return self.prepared.may_be_missing(Field(prefix + name, kind))

    def _compared_values(self, leaf: RuleLeaf, name: str, kind: Type) -> list[Any]:
        """Values around that of another trait, which the leaf compares this one with."""
        traced = self.prepared.plan.trace[id(leaf.condition)]
        if not traced.compared or not isinstance(traced.value, Field) or traced.value.name[2:] != name:
            return []
        if not kind.is_number:
            return []
        step = Decimal(1).scaleb(-kind.scale) if kind.is_exact else Decimal("0.1")
        found: list[Any] = []
        for expr in traced.compared:
            (value,) = self._evaluated(expr, [{}])
            if value is not None:
                at = Decimal(str(value)).scaleb(-expr.type.scale if expr.type.is_exact else 0)
                at = at.quantize(step) if kind.is_exact else at
                found += [at - step, at, at + step]
        return found

    def _truth(self, leaf: RuleLeaf) -> Expr:
        definition: Any = self.prepared.plan.definitions[leaf.column]
        truth: Expr = definition.expr
        return truth

    def _another(self, name: str, known: list[Any]) -> str:
        """A text that is none of the known ones, if possible one that the trait or column can have."""
        model = self.prepared.plan.model
        domain = self._domain(name)
        if domain is not None and domain.values is not None:
            return next((text for text in domain.values if text not in known), "other")
        for source in model.sources:
            for column in source.columns if source.is_customers else ():
                if column.name == name and column.values is not None:
                    return next((str(v) for v in column.values if str(v) not in known), "other")
        return "other"

    def _is_possible(self, name: str, value: Any) -> bool:
        """Whether a number is one that its trait can have."""
        domain = self._domain(name)
        if domain is None or not isinstance(value, Decimal):
            return True
        key = _canonical(value, self.prepared.plan.types[f"t:{name}"])
        return any((low is None or low <= key) and (high is None or key < high) for low, high in domain.spans)

    def _domain(self, name: str) -> Domain | None:
        """What a trait can be at all, its default included; None of a column of the customers table."""
        kind = self.prepared.plan.types.get(f"t:{name}")
        return None if kind is None else self._domains.of_field(Field(f"t:{name}", kind))

    @cached_property
    def _domains(self) -> Domains:
        return Domains(self.prepared.plan)

    # --- what the engine says ---------------------------------------------------------------------

    def _fitting(
        self, leaf: RuleLeaf, name: str, options: list[Any], given: GivenTraits, *, wanted: bool
    ) -> list[Any]:
        """The values of a trait with which a leaf holds (or not)."""
        truths = self._evaluated(Field(leaf.column, BOOLEAN), [{**given, name: v} for v in options])
        return [v for v, truth in zip(options, truths, strict=True) if bool(truth) is wanted]

    def _evaluated(self, expr: Expr, givens: list[GivenTraits]) -> list[Any]:
        """An expression of the plan for customers with the defaults and the given values."""
        plan = self.prepared.plan
        values = Given()
        for row, given in enumerate(givens):
            for name, value in {**self.defaults, **given}.items():
                for column in (f"t:{name}", f"c:{name}"):
                    if column in plan.types:
                        kind = plan.types[column]
                        values.add(column, kind, row, _canonical(value, kind))
        supply = Supply(self.prepared, frozenset(values.values))
        people = People(numbered(len(givens)), values, supply.computes)
        return [row["value"] for row in self.backend.frame_of(plan, people, {"value": expr})]

    # --- cases ------------------------------------------------------------------------------------

    def _cases(self, leaf: RuleLeaf) -> Iterator[ScaffoldCase]:
        """A leaf at each of its boundaries, with the others such that it decides alone, where they can be."""
        wishes = self._wishes(leaf.condition)
        for probe in self._probes(leaf):
            yield self._with_others(leaf, probe, wishes)

    def _probes(self, leaf: RuleLeaf) -> Iterator[ScaffoldCase]:
        if not is_opaque(leaf):
            for name, kind in self._read(leaf):
                for value in self._values(leaf, name, kind):
                    yield ScaffoldCase({name: value})
            return
        own = name_of(leaf.condition)
        for truth in (True, False):
            if own is not None:
                yield ScaffoldCase({own: truth})
            elif isinstance(leaf.condition, SegmentRef):
                yield ScaffoldCase({}, self._members({leaf.condition.id: truth}))

    def _members(self, changed: Mapping[str, bool]) -> tuple[str, ...]:
        return tuple(sorted((self.members | set(changed)) - {i for i, truth in changed.items() if not truth}))

    def _with_others(self, leaf: RuleLeaf, probe: ScaffoldCase, wishes: Mapping[int, bool]) -> ScaffoldCase:
        given = dict(probe.given)
        changed: dict[str, bool] = {}
        for other in self.own_leaves:  # those of earlier segments are as the defaults have them
            wanted = wishes[id(other.condition)]
            if other is leaf:
                continue
            if not is_opaque(other):
                self._adapt(other, given, wanted=wanted)
                continue
            name = name_of(other.condition)
            if name is not None:
                if self.defaults[name] is not wanted:
                    given.setdefault(name, wanted)
            elif isinstance(other.condition, SegmentRef):
                changed[other.condition.id] = wanted
        members = probe.members
        if members is None and self._members(changed) != self._members({}):
            members = self._members(changed)
        return ScaffoldCase(given, members)

    def _adapt(self, leaf: RuleLeaf, given: GivenTraits, *, wanted: bool) -> None:
        """Change a trait that is still open, such that a leaf is as wanted."""
        (truth,) = self._evaluated(Field(leaf.column, BOOLEAN), [given])
        if bool(truth) is wanted:
            return
        for name, kind in reversed(self._read(leaf)):
            if name not in given:
                options = [v for v in self._values(leaf, name, kind) if v is not None]
                fitting = self._fitting(leaf, name, options, given, wanted=wanted)
                if fitting:
                    given[name] = fitting[0]
                    return


def _wish(condition: Condition, value: bool, wishes: dict[int, bool]) -> None:
    """Wish that a condition holds (or not), by all of its leaves."""
    match condition:
        case All(conditions=items) | AnyOf(conditions=items):
            for item in items:
                _wish(item, value, wishes)
        case NoneOf(conditions=items):
            for item in items:
                _wish(item, not value, wishes)
        case Not(condition=item):
            _wish(item, not value, wishes)
        case Leaf() | SegmentRef() | RuleRef() | Did() | Sequence():
            wishes[id(condition)] = value
        case _:
            assert_never(condition)


def _isolate(condition: Condition, alone: Atom, wishes: dict[int, bool]) -> bool:
    """Wish that one leaf decides the condition alone; false where it is not in it."""
    if condition is alone:
        wishes[id(alone)] = True
        return True
    items = parts_of(condition)
    if all(atom is not alone for atom in atoms(condition)):
        return False
    for item in items:
        if not _isolate(item, alone, wishes):
            _wish(item, isinstance(condition, All), wishes)
    return True


def _fields(expr: Expr, name: str) -> list[Field]:
    """The fields of a trait or customers column in an expression."""
    found: dict[Field, None] = {}
    stack = [expr]
    while stack:
        current = stack.pop()
        if isinstance(current, Field) and current.name[2:] == name:
            found[current] = None
        stack.extend(getattr(current, "args", ()))
    return list(found)


def _sample(kind: Type) -> Any:
    """Some value of a type, where no condition suggests one."""
    match kind.kind:
        case "boolean":
            return True
        case "date":
            return date(2000, 1, 1)
        case "datetime":
            return datetime(2000, 1, 1)
        case "list":
            return []
        case "string":
            return "other"
        case _:
            return Decimal(10)


def _canonical(value: Any, kind: Type) -> Any:
    match value:
        case Decimal() if kind.is_exact:
            return int(value.scaleb(kind.scale))
        case Decimal():
            return float(value)
        case _:
            return value


def _unique(cases: Iterable[ScaffoldCase]) -> list[ScaffoldCase]:
    found: dict[str, ScaffoldCase] = {}
    for case in cases:
        found.setdefault(repr(case), case)
    return list(found.values())
