"""What changed in a condition, part by part, and the condition with one of the changes undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

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
)
from segmentry.engine.files.condition_model import Sequence as RowSequence
from segmentry.engine.files.model import Segment
from segmentry.engine.language.expr import Expr, all_true, any_true, negated

Truth = Callable[[Condition], Expr]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A condition as a tree in which like combinators are folded into one. A leaf has its truth."""

    op: Literal["all", "any", "none", "leaf"]
    children: tuple[Part, ...]
    condition: Condition
    truth: Expr | None = None

    def equals(self, other: Part) -> bool:
        """Whether two parts are written alike, whatever the order of what they combine."""
        if self.op != other.op:
            return False
        if self.op == "leaf":
            return self.condition == other.condition
        return len(self.children) == len(other.children) and not any(_unmatched(self, other))

    @property
    def subject(self) -> tuple[str, str]:
        """What a leaf is about: two leaves about the same are versions of one another."""
        match self.condition:
            case Leaf(subject=subject):
                return "trait", subject
            case Did(rows=rows):
                return "did", rows.source
            case RowSequence(first=first):
                return "sequence", first.source
            case SegmentRef() | RuleRef():
                return "segment", ""
            case All() | AnyOf() | NoneOf() | Not():
                return self.op, ""
            case _:
                assert_never(self.condition)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: a part as it was, as it is, and the part of the new tree that holds it.

    ``before`` is None for what was added, ``after`` for what was taken out.
    """

    before: Part | None
    after: Part | None
    holder: Part


def rule_part(segment: Segment, truth: Truth) -> Part:
    """The rule of a segment as a tree: what it extends, and its `when`."""
    children: list[Part] = []
    if segment.extends is not None:
        extended = RuleRef(segment.extends, segment.places.get("extends", segment.at))
        children.append(Part("leaf", (), extended, truth(extended)))
    if segment.when is not None:
        children.append(_part(segment.when, truth))
    whole = All(tuple(child.condition for child in children), segment.at)
    return Part("all", tuple(_folded("all", children)), whole)


def _part(condition: Condition, truth: Truth) -> Part:
    match condition:
        case All(conditions=items):
            return Part("all", tuple(_folded("all", [_part(c, truth) for c in items])), condition)
        case AnyOf(conditions=items):
            return Part("any", tuple(_folded("any", [_part(c, truth) for c in items])), condition)
        case NoneOf(conditions=items):
            return Part("none", tuple(_folded("any", [_part(c, truth) for c in items])), condition)
        case Not(condition=item):
            return Part("none", (_part(item, truth),), condition)
        case _:
            return Part("leaf", (), condition, truth(condition))


def _folded(op: str, parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        if part.op == op:
            yield from part.children
        else:
            yield part


def edits(before: Part, after: Part) -> Iterator[Edit]:
    """The changes that lead from one tree to another of the same combinator."""
    gone, new = _unmatched(before, after)
    for old in list(gone):
        other = next((part for part in new if _alike(old, part)), None)
        if other is None:
            continue
        gone.remove(old)
        new.remove(other)
        if old.op == "leaf" or old.op != other.op:
            yield Edit(old, other, after)
        else:
            yield from edits(old, other)
    yield from (Edit(old, None, after) for old in gone)
    yield from (Edit(None, part, after) for part in new)


def _unmatched(before: Part, after: Part) -> tuple[list[Part], list[Part]]:
    """The children of both that have no equal on the other side."""
    gone, new = list[Part](), list(after.children)
    for old in before.children:
        equal = next((part for part in new if part.equals(old)), None)
        if equal is None:
            gone.append(old)
        else:
            new.remove(equal)
    return gone, new


def _alike(one: Part, other: Part) -> bool:
    """Whether one part is a version of the other."""
    return one.op == other.op and one.subject == other.subject


def undone(part: Part, edit: Edit) -> Expr:
    """The truth of a tree in which one change is as it was before."""
    if part is edit.after and edit.before is not None:
        return truth_of(edit.before)
    if part.truth is not None:
        return part.truth
    truths = [undone(child, edit) for child in part.children if child is not edit.after or edit.before]
    if part is edit.holder and edit.after is None and edit.before is not None:
        truths.append(truth_of(edit.before))
    return _combined(part, truths)


def truth_of(part: Part) -> Expr:
    """The truth of a tree."""
    if part.truth is not None:
        return part.truth
    return _combined(part, [truth_of(child) for child in part.children])


def _combined(part: Part, truths: Sequence[Expr]) -> Expr:
    match part.op:
        case "all":
            return all_true(*truths)
        case "any":
            return any_true(*truths)
        case "none":
            return negated(any_true(*truths))
        case "leaf":
            raise AssertionError("a leaf has its truth")
        case _:
            assert_never(part.op)
