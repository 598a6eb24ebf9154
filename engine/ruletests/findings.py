"""What `check` finds in and about the rule tests, without evaluating them.

test-incomplete and value-type are told of cases, untested-segment and untested-boundary of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.diagnostics.findings import CATALOGUE, diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import is_list
from segmentry.engine.files.condition_model import Leaf, Place, Test
from segmentry.engine.files.model import Segment
from segmentry.engine.language.expr import Expr, Field, fields_of
from segmentry.engine.language.literals import exact_number
from segmentry.engine.language.types import UNKNOWN, Type
from segmentry.engine.planning.plan import Computed, Plan, Ranked
from segmentry.engine.ruletests.boundaries import Threshold, thresholds
from segmentry.engine.ruletests.case import Question, ReadyCase, note_lacks, reader_of
from segmentry.engine.ruletests.load import LoadedTests
from segmentry.engine.ruletests.prepared import Prepared, RuleLeaf, prepare
from segmentry.engine.ruletests.rule_test import Assignment, Case, Membership, RuleTestFile
from segmentry.engine.ruletests.supply import Supply
from segmentry.engine.workspace import Workspace


def check_rule_tests(workspace: Workspace, loaded: LoadedTests, plan: Plan) -> list[Diagnostic]:
    """The findings on the tests of a workspace, those of reading them included, and on what they leave out.

    ``plan`` is one without errors in which drafts take part; types that nothing declares stay unchecked.
    """
    found = list(loaded.findings)
    prepared = prepare(_with_undeclared(plan))
    shown = _Shown(prepared)
    by_rows: list[tuple[RuleTestFile, Case]] = []
    for file in loaded.files:
        reader = reader_of(prepared, file)
        cases = [reader.read(case) for case in file.cases]
        if cases:
            found += reader.shared_problems(file)
        for ready in cases:
            if not ready.problems and not ready.case.is_todo:
                if ready.case.has_rows:
                    by_rows.append((file, ready.case))
                else:
                    note_lacks(ready, Supply(prepared, frozenset(ready.given)))
            found += ready.problems
            shown.add(ready)
    if by_rows:
        found += _wrong_rows(workspace, loaded, by_rows)
    unread = _rules_of_unread(loaded, {sg.file for sg in prepared.plan.segmentations})
    return [*found, *shown.findings(unread)]


def _wrong_rows(
    workspace: Workspace, loaded: LoadedTests, cases: Iterable[tuple[RuleTestFile, Case]]
) -> Iterator[Diagnostic]:
    """What is wrong with the rows of cases, or lacking in them, or with rules for what the rows hold."""
    from segmentry.engine.ruletests.evaluate import peopled
    from segmentry.engine.ruletests.plans import CasePlans

    plans = CasePlans(workspace, loaded.files)
    for file, case in cases:
        try:
            prepared = plans.at(case.as_of)
        except RuleError as error:
            yield from (item for item in error.diagnostics if item.severity == "error")
            return
        ready = reader_of(prepared, file).read(case)
        peopled(plans, ready)
        yield from ready.problems


def _rules_of_unread(loaded: LoadedTests, every: set[str]) -> set[str]:
    """The rule files of which nobody knows how they are tested, for a test file could not be read.

    That is the file beside it; any, if there is none of that name.
    """
    unread = {
        d.file for d in loaded.findings if CATALOGUE[d.code].family == "reading" and d.severity == "error"
    }
    beside = {file.replace(".test.", ".") for file in unread}
    return every if beside - every else beside


def _with_undeclared(plan: Plan) -> Plan:
    """The plan with the columns that rules read and nothing declares, as of unknown type."""
    types: dict[str, Type] = {}
    for definition in plan.definitions.values():
        expressions: list[Expr | None] = []
        if isinstance(definition, Computed):
            expressions = [definition.expr]
        elif isinstance(definition, Ranked):
            expressions = [definition.of, definition.among, definition.per]
        for expr in expressions:
            names = () if expr is None else fields_of(expr)
            types.update((name, UNKNOWN) for name in names if name.startswith("c:"))
    return replace(plan, types={**types, **plan.types})


@dataclass
class _Shown:
    """What the cases show: segments by id in and out, and the values that leaves are given."""

    prepared: Prepared
    seen: set[tuple[str, bool]] = field(default_factory=set[tuple[str, bool]])
    values: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    computed: set[str] = field(default_factory=set[str])

    def add(self, ready: ReadyCase) -> None:
        """One case."""
        for question in ready.questions:
            self.seen.update(_sides(question))
            for leaf in question.chain.leaves:
                self._add_values(ready, leaf)

    def _add_values(self, ready: ReadyCase, leaf: RuleLeaf) -> None:
        for name in _subjects(self.prepared, leaf):
            if name in ready.given:
                self.values.setdefault(leaf.column, []).append(ready.given[name])
            else:
                self.computed.add(leaf.column)

    def findings(self, unread: set[str]) -> Iterator[Diagnostic]:
        """Segments that are not tested on both sides, and thresholds that are not tested at their edge.

        Nothing is said of rules in the ``unread`` files.
        """
        for segmentation in self.prepared.plan.segmentations:
            if segmentation.file in unread:
                continue
            for segment in segmentation.segments:
                sides = [word for word, side in _WORDS if (segment.id, side) not in self.seen]
                if sides:
                    yield _untested(segment, sides)
                    continue
                for leaf in self.prepared.leaves_of(segment):
                    yield from self._boundary_findings(leaf)

    def _boundary_findings(self, leaf: RuleLeaf) -> Iterator[Diagnostic]:
        """Where values are computed from others only an evaluation could tell, so nothing is said."""
        if leaf.column in self.computed:
            return
        definition = self.prepared.plan.definitions[leaf.column]
        assert isinstance(definition, Computed)
        for name in _subjects(self.prepared, leaf):
            kind = self.prepared.plan.types.get(name, UNKNOWN)
            if not kind.is_number:
                continue
            known = {
                _number(value, kind) for kind, value in self.values.get(leaf.column, ()) if value is not None
            }
            for threshold in thresholds(definition.expr, Field(name, kind)):
                if not _is_tested(threshold, known):
                    yield _untested_boundary(leaf, threshold)


_WORDS = (("in", True), ("out", False))


def _sides(question: Question) -> Iterator[tuple[str, bool]]:
    """The segments that an expectation shows, and whether in or out."""
    match question.expect:
        case Membership(member=member):
            assert question.chain.target is not None
            yield question.chain.target.id, member
        case Assignment(assigned=assigned):
            if assigned is not None:
                yield assigned, True
            if question.expect.is_member:
                yield from ((identity, False) for identity in question.chain.others(assigned))


def _subjects(prepared: Prepared, leaf: RuleLeaf) -> list[str]:
    """The definition of the trait that a leaf is about."""
    if not isinstance(leaf.condition, Leaf):
        return []
    value = prepared.plan.trace[id(leaf.condition)].value
    return [value.name] if isinstance(value, Field) else []


def _number(value: Any, kind: Type) -> Decimal:
    return Decimal(value).scaleb(-kind.scale) if kind.is_exact else Decimal(repr(float(value)))


def _is_tested(threshold: Threshold, known: Iterable[Decimal]) -> bool:
    """Whether a value is at the threshold, and another just beside it."""
    distances = [abs(value - threshold.value) for value in known]
    return 0 in distances and any(0 < distance <= threshold.near for distance in distances)


def _untested(segment: Segment, sides: list[str]) -> Diagnostic:
    if len(sides) == len(_WORDS):
        message = f"no rule test is about `{segment.id}`"
    else:
        message = f"no rule test shows a customer {sides[0]} `{segment.id}`".replace("out", "outside")
    hint = f"`segmentry test --scaffold {segment.id}` writes cases to be filled in"
    return diagnostic("untested-segment", message, segment.at.file, segment.at.span, hint=hint)


def _untested_boundary(leaf: RuleLeaf, threshold: Threshold) -> Diagnostic:
    at = _operator_place(leaf, threshold)
    message = f"no rule test is at the threshold {threshold.value:f} and just beside it"
    hint = f"`segmentry test --scaffold {leaf.segment.id}` writes such cases"
    return diagnostic("untested-boundary", message, at.file, at.span, hint=hint)


def _operator_place(leaf: RuleLeaf, threshold: Threshold) -> Place:
    """The operator with the threshold as its value, else the leaf."""
    tests: tuple[Test, ...] = getattr(leaf.condition, "tests", ())
    for test in tests:
        operands = test.operand if is_list(test.operand) else [test.operand]
        if any(exact_number(operand) == threshold.value for operand in operands):
            return test.value_at
    return leaf.condition.at
