"""unsatisfiable, always-true, redundant-leaf: what one rule's parts do to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from segmentry.engine.diagnostics.model import Related
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Leaf,
    NoneOf,
    Not,
    RuleRef,
    SegmentRef,
    Test,
)
from segmentry.engine.files.condition_words import test_words
from segmentry.engine.language.expr import Field
from segmentry.engine.planning.logic.domains import Domain
from segmentry.engine.planning.logic.formulas import FALSE, Node
from segmentry.engine.planning.logic.phrases import domain_words
from segmentry.engine.planning.logic.rules import Rule, Rules, RuleUnit, extended_unit, units_of
from segmentry.engine.planning.logic.state import State, in_order, quoted, see


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a rule that has to be possible together with all that is asked around it.

    ``extended``: what the segment extends is asked, too.
    """

    item: Condition | None
    around: tuple[Condition, ...] = ()
    extended: bool = False

    def goal(self, rules: Rules, rule: Rule, swapped: Mapping[int, Node]) -> list[Node]:
        """What has to hold, with some parts swapped."""
        base = [swapped.get(id(rule.segment), rule.base)] if self.extended else []
        asked = [*self.around, *([] if self.item is None else [self.item])]
        return [*base, *(rules.formula(c, swapped) for c in asked)]

    def units(self, rule: Rule) -> list[RuleUnit]:
        """The parts that may be cited, in the order in which they stand."""
        asked = [*self.around, *([] if self.item is None else [self.item])]
        found = [u for c in asked for u in units_of(c)]
        return in_order([*(extended_unit(rule) if self.extended else ()), *found])


def check_satisfiable(state: State) -> None:
    """`unsatisfiable`: a rule, or a branch of one, that nobody can meet; cites what excludes what.

    A rule that is empty only because one that it refers to is empty is no finding of its own.
    """
    for rule in state.sound:
        segment, what = rule.segment, f"whether anybody can be in `{rule.id}`"
        found = state.rules.model([rule.node], segment.at, what)
        whole = Branch(segment.when, (), extended=segment.extends is not None)
        if found is not None:
            state.models[rule.id] = found
            for branch in _branches(whole):
                _check_branch(state, rule, branch)
        elif segment.at not in state.rules.undecided:
            state.empty.add(rule.id)
            _report(state, _core(state, rule, whole), f"nobody can be in `{rule.id}`")


def _check_branch(state: State, rule: Rule, branch: Branch) -> None:
    """Inside a branch that nobody can meet nothing more is looked for: it would be no news."""
    what = f"whether anybody can meet every branch of `{rule.id}`"
    if state.rules.impossible(branch.goal(state.rules, rule, {}), rule.segment.at, what):
        state.dead.add(rule.id)
        _report(state, _core(state, rule, branch), f"this branch of `{rule.id}` can never hold")
        return
    for inner in _branches(branch):
        _check_branch(state, rule, inner)


def _branches(at: Branch) -> Iterator[Branch]:
    """The nearest branches inside: each part of an `any`, and each part of what is negated.

    Under a negation nothing around counts: a part can never hold there if it is impossible by itself.
    """
    match at.item:
        case All(conditions=items):
            for item in items:
                others = tuple(c for c in items if c is not item)
                yield from _branches(Branch(item, (*at.around, *others), at.extended))
        case AnyOf(conditions=items):
            yield from (Branch(item, at.around, at.extended) for item in items)
        case NoneOf(conditions=items):
            yield from (Branch(item) for item in items)
        case Not(condition=item):
            yield Branch(item)
        case _:
            return


# --- what excludes what ---------------------------------------------------------------------------


def _core(state: State, rule: Rule, branch: Branch) -> list[RuleUnit]:
    """A smallest set of parts that can't hold together: taking any one away makes the rest possible.

    Parts are given up from the last on, so that of several contradictions the first is shown.
    """
    swapped: dict[int, Node] = {}
    kept: list[RuleUnit] = []
    what = f"what excludes what in `{rule.id}`"
    for unit in reversed(branch.units(rule)):
        tried = {**swapped, unit.key: unit.neutral}
        if state.rules.impossible(branch.goal(state.rules, rule, tried), rule.segment.at, what):
            swapped = tried
        else:
            kept.append(unit)
    return kept[::-1]


def _report(state: State, core: list[RuleUnit], who: str) -> None:
    if not core or (len(core) == 1 and isinstance(core[0].condition, (RuleRef, SegmentRef))):
        return
    *before, last = core
    if not before:
        _report_alone(state, last, who)
        return
    related = [see("this excludes it" if len(before) == 1 else "together with this", u.at) for u in before]
    message = (
        f"{quoted(_worded(u) for u in core)} {'exclude each other' if len(core) == 2 else _NOT_ALL}: {who}"
    )
    state.add("unsatisfiable", message, last.at, "change or remove one of them", related)


_NOT_ALL = "can't all hold"


def _worded(unit: RuleUnit) -> str:
    return unit.words if unit.positive else f"not: {unit.words}"


def _report_alone(state: State, unit: RuleUnit, who: str) -> None:
    condition = unit.condition
    if not isinstance(condition, Leaf):
        state.add("unsatisfiable", f"`{_worded(unit)}` holds for no customer: {who}", unit.at)
        return
    tests = condition.tests
    hint = _domain_hint(state, condition)
    if len(tests) > 1 and hint is None:
        place, related = _tests_of(tests)
        words = quoted(f"{condition.subject} {test_words(t)}" for t in tests)
        message = f"{words} {'exclude each other' if len(tests) == 2 else _NOT_ALL}: {who}"
        state.add("unsatisfiable", message, place.at, "change or remove one of them", related)
        return
    state.add("unsatisfiable", f"`{_worded(unit)}` holds for no customer: {who}", unit.at, hint)


def _tests_of(tests: tuple[Test, ...]) -> tuple[Test, list[Related]]:
    *before, last = tests
    return last, [see("this excludes it", t.at) for t in before]


def _domain_hint(state: State, leaf: Leaf) -> str | None:
    """What values the trait can have, where that is less than anything."""
    traced = state.rules.plan.trace[id(leaf)]
    if not isinstance(traced.value, Field) or len(leaf.tests) > 1:
        return None
    domain: Domain = state.rules.translator.domains.of_field(traced.value)
    words = domain_words(domain, traced.value.type)
    return None if words is None else f"`{leaf.subject}` {words}"


# --- always true, redundant -----------------------------------------------------------------------


def check_always_true(state: State) -> None:
    """`always-true`: a condition that every possible customer meets.

    Not told of a rule with a branch that nobody can meet, which may well be why.
    """
    for rule in state.sound:
        if rule.id in state.empty:
            continue
        denied = state.rules.formulas.negation(rule.node)
        if denied != FALSE and state.samples.bits(denied):
            continue
        if state.rules.impossible([denied], rule.segment.at, f"whether everybody is in `{rule.id}`"):
            state.full.add(rule.id)
            if rule.segment.when is not None and rule.id not in state.dead:
                message = f"everybody meets the condition of `{rule.id}`, whatever their values"
                state.add("always-true", message, rule.segment.at, "ask for something, or use `otherwise`")


def check_redundant(state: State) -> None:
    """`redundant-leaf`: a part that the rest implies. Of two that imply each other the later is told.

    Not told of a rule with a branch that nobody can meet: there parts change nothing because of that.
    """
    for rule in state.living:
        when = rule.segment.when
        if when is None or rule.id in state.dead or rule.segment.at in state.rules.undecided:
            continue
        swapped: dict[int, Node] = {}
        for unit in reversed(in_order(units_of(when))):
            tried = swapped if unit.removed is None else {**swapped, unit.key: unit.removed}
            if tried is not swapped and _changes_nothing(state, rule, tried):
                swapped = tried
                message = f"`{unit.words}` changes nothing in `{rule.id}`: the rest already implies it"
                state.add("redundant-leaf", message, unit.at, "remove it, or change it to what you mean")


def _changes_nothing(state: State, rule: Rule, swapped: Mapping[int, Node]) -> bool:
    rules, what = state.rules, f"which parts of `{rule.id}` change nothing"
    without = rules.whole(rule, swapped)
    if without == rule.node:
        return True
    if state.samples.bits(without) != state.samples.bits(rule.node):
        return False
    make = rules.formulas
    return rules.impossible([without, make.negation(rule.node)], rule.segment.at, what) and rules.impossible(
        [rule.node, make.negation(without)], rule.segment.at, what
    )
