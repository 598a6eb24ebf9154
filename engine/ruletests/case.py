"""A case made ready: its names settled, its values typed, and what it asks turned into outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import BOOLEAN, Type
from segmentry.engine.ruletests.chain import Chain, assignment_chain, membership_chain, rules_chain
from segmentry.engine.ruletests.prepared import Prepared
from segmentry.engine.ruletests.rule_test import (
    Assignment,
    Case,
    Expectation,
    Membership,
    RuleTestFile,
    Todo,
    Values,
    WrittenValue,
)
from segmentry.engine.ruletests.supply import Supply, lacking
from segmentry.engine.ruletests.table import OWN_COLUMNS, in_table
from segmentry.engine.ruletests.values import Unfit, read_typed

Typed = dict[str, tuple[Type, Any]]
"""Values in the engine's form by the definition they override, with their types."""


@dataclass(frozen=True, slots=True)
class Question:
    """One expectation of a case: for which customer (None: the only one), and the outcome it is about."""

    customer: str | None
    expect: Membership | Assignment
    chain: Chain


@dataclass
class ReadyCase:
    """A case with the definitions that it overrides (``given``, and ``defaults`` apart), its questions and
    the traits it asks for. ``problems`` are mistakes that keep it from being evaluated.
    """

    case: Case
    prepared: Prepared
    given: Typed = field(default_factory=dict[str, tuple[Type, Any]])
    defaults: Typed = field(default_factory=dict[str, tuple[Type, Any]])
    questions: list[Question] = field(default_factory=list[Question])
    traits: dict[str, Field] = field(default_factory=dict[str, Field])
    problems: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def targets(self) -> list[str]:
        """The definitions that the case asks for."""
        return [
            *(name for q in self.questions for name in q.chain.definitions()),
            *(f.name for f in self.traits.values()),
        ]

    def problem(self, message: str, at: Place, hint: str | None = None) -> None:
        """Note a mistake."""
        self.problems.append(diagnostic("test-incomplete", message, at.file, at.span, hint=hint))


def note_lacks(ready: ReadyCase, supply: Supply) -> bool:
    """Whether the case says too little for what it asks, which is noted as a problem."""
    lacks = lacking(supply, ready.targets())
    if lacks:
        what = " and ".join(dict.fromkeys(lack.what for lack in lacks))
        fixes = "\n".join(dict.fromkeys(lack.fix for lack in lacks))
        if in_table(ready.case.at):
            fixes += "\nin a CSV file what is given is a column, and `null` a missing value"
        message = f"the rule reads {what}, which the case neither gives nor lets be computed"
        ready.problem(message, ready.case.at, fixes)
    return bool(lacks)


def wanted_columns(cases: Iterable[ReadyCase]) -> dict[str, Expr]:
    """The columns that the answers of cases are read from, by name."""
    found: dict[str, Expr] = {}
    chains: dict[int, Chain] = {}
    for ready in cases:
        chains.update((id(question.chain), question.chain) for question in ready.questions)
        found.update((f"\x00trait:{name}", f) for name, f in ready.traits.items())
    for chain in chains.values():
        found.update(chain.columns)
    return found


@dataclass
class CaseReader:
    """Settles the names and values of cases against one plan; chains are shared between cases."""

    prepared: Prepared
    tested: Segmentation | None
    _chains: dict[Any, Chain] = field(default_factory=dict[Any, Chain])
    _typed_defaults: dict[int, Typed] = field(default_factory=dict[int, "Typed"])

    def read(self, case: Case) -> ReadyCase:
        """The case, ready to be evaluated unless it has problems."""
        ready = ReadyCase(case, self.prepared)
        self._values(ready, case.given, ready.given)
        if case.has_rows:
            ready.defaults.update(self._defaults(case))
        else:
            ready.given = {**self._defaults(case), **ready.given}
        self._segments(ready)
        for customer, expect in case.expect.items():
            self._question(ready, customer, expect)
        for values in case.expect_traits.values():
            for name, written in values.items():
                self._expected_trait(ready, name, written)
        return ready

    def shared_problems(self, file: RuleTestFile) -> list[Diagnostic]:
        """What is wrong with what cases of a file share: the defaults, and the columns of a CSV file."""
        if not file.cases:
            return []
        ready = ReadyCase(file.cases[0], self.prepared)
        self._values(ready, file.defaults, {})
        for name, at in (column for test in file.tests for column in test.columns):
            if not self.definitions_of(name):
                self._unknown(ready, name, at)
        return ready.problems

    # --- what is given ----------------------------------------------------------------------------

    def _defaults(self, case: Case) -> Typed:
        """The defaults of the case's file by definition; what is wrong with them is told for the file."""
        if id(case.defaults) not in self._typed_defaults:
            typed: Typed = {}
            self._values(ReadyCase(case, self.prepared), case.defaults, typed)
            self._typed_defaults[id(case.defaults)] = typed
        return self._typed_defaults[id(case.defaults)]

    def _values(self, ready: ReadyCase, values: Values, into: Typed) -> None:
        for name, written in values.items():
            columns = self.definitions_of(name)
            if not columns:
                self._unknown(ready, name, written.key_at)
                continue
            kind = self._kind(columns[0])
            try:
                value = read_typed(written, name, kind, self.prepared.plan.calendar)
            except Unfit as unfit:
                ready.problems.append(unfit.finding)
                continue
            if columns[0].startswith("l:") and value is None:
                ready.problem(f"`{name}` is a condition: it is true or false, never missing", written.at)
                continue
            into.update((column, (kind, value)) for column in columns)

    def definitions_of(self, name: str) -> tuple[str, ...]:
        """What a name in a test stands for: a trait, a customers column, or the conditions of that name."""
        plan = self.prepared.plan
        for found in (f"t:{name}", f"c:{name}"):
            if found in plan.types:
                return (found,)
        return self.prepared.named.get(name, ())

    def _kind(self, definition: str) -> Type:
        return BOOLEAN if definition.startswith("l:") else self.prepared.plan.types[definition]

    def _unknown(self, ready: ReadyCase, name: str, at: Place) -> None:
        plan = self.prepared.plan
        columns = [n[2:] for n in plan.types if n.startswith("c:")]
        others = OWN_COLUMNS if in_table(at) else ()
        hint = did_you_mean(name, [*plan.traits, *columns, *self.prepared.named, *others])
        ready.problem(f"no trait, customers column or named condition is called `{name}`", at, hint)

    def _segments(self, ready: ReadyCase) -> None:
        listed = ready.case.segments
        if listed is None:
            return
        plan = self.prepared.plan
        members = {str(written.raw) for written in listed}
        for written in listed:
            self._segment(ready, written)
        for name in plan.definitions:
            if name.startswith("ref:"):
                ready.given[name] = (BOOLEAN, name[4:] in members)

    # --- what is asked ----------------------------------------------------------------------------

    def _question(self, ready: ReadyCase, customer: str | None, expect: Expectation) -> None:
        match expect:
            case Todo():
                return
            case Membership(at=at):
                chain = self._membership(ready, at)
            case Assignment():
                chain = self._assignment(ready, expect)
        if chain is not None:
            ready.questions.append(Question(customer, expect, chain))

    def _membership(self, ready: ReadyCase, at: Place) -> Chain | None:
        if ready.case.segment is None:
            ready.problem("`in` or `out` of which segment?", at, "add `segment:` to the test")
            return None
        found = self._segment(ready, ready.case.segment)
        if found is None:
            return None
        key = found[1].id
        if key not in self._chains:
            self._chains[key] = membership_chain(self.prepared, *found)
        return self._chains[key]

    def _assignment(self, ready: ReadyCase, expect: Assignment) -> Chain | None:
        segmentation = self._segmentation(ready, expect)
        if segmentation is None:
            return None
        if segmentation.assign == "every_match" and expect.is_member:
            ready.problem(
                f"`{segmentation.id}` assigns nobody to one segment: it takes every one that fits",
                expect.at,
                "name a `segment:` and say `in` or `out`",
            )
            return None
        ends = {s.id for s in segmentation.segments}
        if segmentation.otherwise is not None:
            ends.add(segmentation.otherwise.id)
        if expect.assigned is not None and expect.assigned not in ends:
            hint = did_you_mean(expect.assigned, ends)
            ready.problem(f"`{segmentation.id}` has no segment `{expect.assigned}`", expect.at, hint)
            return None
        also = [self._segment(ready, written) for written in expect.also]
        rules = tuple(found[1] for found in also if found is not None)
        if len(rules) < len(also):
            return None
        key = (segmentation.id, expect.is_member, expect.assigned, *(s.id for s in rules))
        if key not in self._chains:
            self._chains[key] = (
                assignment_chain(self.prepared, segmentation, expect.assigned, rules)
                if expect.is_member
                else rules_chain(self.prepared, segmentation, rules)
            )
        return self._chains[key]

    def _segmentation(self, ready: ReadyCase, expect: Assignment) -> Segmentation | None:
        named = ready.case.segmentation
        if named is None:
            if self.tested is None:
                ready.problem(
                    "the tested file has no segmentation", expect.at, "add `segmentation:` to the test"
                )
            return self.tested
        for segmentation in self.prepared.plan.segmentations:
            if segmentation.id == named.raw:
                return segmentation
        hint = did_you_mean(str(named.raw), [sg.id for sg in self.prepared.plan.segmentations])
        ready.problem(f"no segmentation named `{named.raw}`", named.at, hint)
        return None

    def _segment(self, ready: ReadyCase, written: WrittenValue) -> tuple[Segmentation, Segment] | None:
        found = self.prepared.by_segment.get(str(written.raw))
        if found is None:
            hint = did_you_mean(str(written.raw), self.prepared.by_segment)
            ready.problem(f"no segment named `{written.raw}`", written.at, hint)
        return found

    def _expected_trait(self, ready: ReadyCase, name: str, written: WrittenValue) -> None:
        columns = self.definitions_of(name)
        if not columns or columns[0].startswith("l:"):
            self._unknown(ready, name, written.key_at)
            return
        kind = self._kind(columns[0])
        try:
            read_typed(written, name, kind, self.prepared.plan.calendar)
        except Unfit as unfit:
            ready.problems.append(unfit.finding)
            return
        ready.traits[name] = Field(columns[0], kind)


def reader_of(prepared: Prepared, file: RuleTestFile) -> CaseReader:
    """A reader of the cases of a file, which tests the segmentation in the rule file that it names."""
    tested = next((sg for sg in prepared.plan.segmentations if sg.file == file.rules), None)
    return CaseReader(prepared, tested)


def expected_values(ready: ReadyCase, values: Values) -> Mapping[str, Any]:
    """The values that a case expects of traits, in the engine's form."""
    calendar = ready.prepared.plan.calendar
    return {n: read_typed(w, n, ready.traits[n].type, calendar) for n, w in values.items()}
