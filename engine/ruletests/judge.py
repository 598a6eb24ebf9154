"""Answers held against expectations: a result per case, with the trees of what failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from segmentry.engine.answers.explain import SegmentVerdict, Verdict, display, segment_verdict
from segmentry.engine.files.model import Segment
from segmentry.engine.ruletests.because import is_named, rule_text
from segmentry.engine.ruletests.case import Question, ReadyCase, expected_values
from segmentry.engine.ruletests.chain import LATER, Chain
from segmentry.engine.ruletests.evaluate import CaseAnswer, Row
from segmentry.engine.ruletests.prepared import RuleLeaf
from segmentry.engine.ruletests.results import CaseResult, Status
from segmentry.engine.ruletests.rule_test import Assignment, Membership
from segmentry.engine.ruletests.values import same_value, shown_value


@dataclass
class _Difference:
    """What is not as expected: in words, what decided it, and the verdicts that show why."""

    texts: list[str]
    decided_by: list[str]
    trees: list[tuple[str, SegmentVerdict]]


def judge(ready: ReadyCase, answer: CaseAnswer | None) -> CaseResult:
    """The result of a case; without an answer its problems are the result."""
    found = _Difference([], [], [])
    if answer is not None and not ready.problems:
        for question in ready.questions:
            for name, row in _asked(ready, question.customer, answer):
                _compare(ready, question, name, row, answer, found)
        _compare_traits(ready, answer, found)
    status: Status = "passed"
    if ready.problems:
        status = "error"
    elif ready.case.is_todo:
        status = "todo"
    elif found.texts:
        status = "failed"
    case = ready.case
    return CaseResult(
        case.file,
        case.test,
        case.label,
        status,
        case.at,
        tuple(found.texts),
        tuple(dict.fromkeys(found.decided_by)),
        tuple(found.trees),
        tuple(ready.problems),
    )


def _asked(ready: ReadyCase, customer: str | None, answer: CaseAnswer) -> Iterator[tuple[str, Row]]:
    """The customer that an expectation is about; none (and a problem) where that is nobody, or not clear."""
    if customer is None:
        if len(answer.rows) == 1:
            yield "", next(iter(answer.rows.values()))
            return
        hint = "make it a test of its own, with `expect: {A: in, B: out}`"
        message = f"the case has {len(answer.rows)} customers: which one is meant?"
        ready.problem(message, ready.case.at, hint)
    elif None in answer.rows:
        yield customer, answer.rows[None]
    elif customer in answer.rows:
        yield customer, answer.rows[customer]
    else:
        known = f"there are {', '.join(str(c) for c in answer.rows)}" if answer.rows else None
        ready.problem(
            f"there is no customer `{customer}` among the rows that take part", ready.case.at, known
        )


def answered_rows(question: Question, answer: CaseAnswer) -> list[Row]:
    """The rows that a question is about."""
    if question.customer is None or None in answer.rows:
        return list(answer.rows.values())
    return [answer.rows[question.customer]] if question.customer in answer.rows else []


# --- membership -----------------------------------------------------------------------------------


def _compare(
    ready: ReadyCase, question: Question, customer: str, row: Row, answer: CaseAnswer, found: _Difference
) -> None:
    chain = question.chain
    texts, shown = _differences(chain, question.expect, row)
    decisive = chain.decisive(row) if texts or ready.case.because is not None else []
    because = ready.case.because
    if because is not None:
        reasons = decisive or chain.reasons(row)
        if not any(is_named(str(because.raw), leaf.condition) for leaf in reasons):
            texts.append(_not_because(str(because.raw), chain, decisive, reasons))
            shown = shown or ([chain.target] if chain.target is not None else [])
    if not texts:
        return
    where = f"{customer}: " if customer else ""
    found.texts += [where + text for text in texts]
    found.decided_by += [rule_text(leaf.condition) for leaf in decisive]
    found.trees += [(customer, _tree(chain, s, row, answer.given)) for s in shown]


def _differences(chain: Chain, expect: Membership | Assignment, row: Row) -> tuple[list[str], list[Segment]]:
    """What is not as expected, and the segments whose trees show it."""
    match expect:
        case Membership(member=member):
            assert chain.target is not None
            actual = bool(row[f"m:{chain.target.id}"])
            if actual == member:
                return [], []
            words = {True: "in", False: "out"}
            text = f"expected {words[member]}, found {words[actual]} (`{chain.target.id}`)"
            return [text], [chain.target]
        case Assignment():
            return _assignment_differences(chain, expect, row)
        case _:
            assert_never(expect)


def _assignment_differences(chain: Chain, expect: Assignment, row: Row) -> tuple[list[str], list[Segment]]:
    texts: list[str] = []
    shown: dict[str, Segment] = {}
    assigned = chain.assigned(row) if chain.rules else None
    if expect.is_member and assigned != expect.assigned:
        texts.append(f"expected assigned {_named(expect.assigned)}, found {_named(assigned)}")
        shown.update((s.id, s) for s in chain.rules if s.id in (assigned, expect.assigned))
    for segment in chain.also:
        if not row[f"r:{segment.id}"]:
            texts.append(f"expected the rule of `{segment.id}` to hold, too; it does not")
            shown[segment.id] = segment
    return texts, list(shown.values())


def _named(identity: str | None) -> str:
    if identity == LATER:
        return "a later segment or none"
    return "none" if identity is None else f"`{identity}`"


def _not_because(because: str, chain: Chain, decisive: list[RuleLeaf], reasons: list[RuleLeaf]) -> str:
    known = any(is_named(because, leaf.condition) for leaf in chain.leaves)
    if not known:
        return f"`because` names no condition of the rule: `{because}`"
    listed = ", ".join(f"`{rule_text(leaf.condition)}`" for leaf in decisive or reasons)
    how = "what decides is" if decisive else "nothing decides alone; the outcome rests on"
    return f"`{because}` does not decide; {how} {listed}"


# --- trees ----------------------------------------------------------------------------------------


def _tree(chain: Chain, segment: Segment, row: Row, given: frozenset[str]) -> SegmentVerdict:
    """The verdict as `explain` shows it; a leaf that the case states outright looked at no value."""
    prepared = chain.prepared
    home = prepared.by_segment[segment.id][0]
    verdict = segment_verdict(prepared.plan, home, segment, row)
    if verdict.taken_by is not None and home.id == chain.segmentation.id and chain.rules:
        # Rules after those that matter were not asked, so the whole segmentation's winner is not known.
        taken = chain.assigned(row)
        verdict = replace(verdict, taken_by=None if taken == LATER else taken)
    leaves = prepared.by_column
    stated = {leaves[name].condition.at for name in given if name in leaves}
    return replace(verdict, tree=tuple(_without_values(tree, stated) for tree in verdict.tree))


def _without_values(verdict: Verdict, stated: set[Any]) -> Verdict:
    parts = tuple(_without_values(part, stated) for part in verdict.parts)
    if verdict.at in stated and not parts:
        return replace(verdict, value=None, has_value=False, compared=())
    return replace(verdict, parts=parts)


# --- traits ---------------------------------------------------------------------------------------


def _compare_traits(ready: ReadyCase, answer: CaseAnswer, found: _Difference) -> None:
    for customer, values in ready.case.expect_traits.items():
        expected: Mapping[str, Any] = expected_values(ready, values)
        for _, row in _asked(ready, customer, answer):
            for name, value in expected.items():
                kind = ready.traits[name].type
                actual = row[f"\x00trait:{name}"]
                if not same_value(actual, value, kind):
                    shown = [shown_value(display(v, kind)) for v in (value, actual)]
                    found.texts.append(f"{customer}: expected `{name}` {shown[0]}, found {shown[1]}")
