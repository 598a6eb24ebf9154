"""What a case's outcome rests on: the rules it reads, and the leaves that decide it.

A leaf decides where flipping it alone flips the outcome. (For decisions of one condition in a compound this
is the independence of MC/DC coverage: RTCA DO-178C; Hayhurst et al., NASA/TM-2001-210876.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, assert_never

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
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import Call, Expr
from segmentry.engine.planning.plan import Computed
from segmentry.engine.ruletests.prepared import Atom, Prepared, RuleLeaf, atoms

Row = Mapping[str, Any]
Truths = Mapping[int, bool]

LATER = "\x00later"
"""In place of an assigned segment: one whose rule was not asked, or none."""


@dataclass(frozen=True)
class Chain:
    """An outcome: membership of ``target``, else the assigned segment (unless ``rules`` is empty), and
    whether the rules of ``also`` hold. ``rules`` are the segments whose rules it reads, in their order;
    ``truncated`` says that later ones are left out, as they don't matter.
    """

    prepared: Prepared
    segmentation: Segmentation
    target: Segment | None
    also: tuple[Segment, ...]
    rules: tuple[Segment, ...]
    truncated: bool = False

    # --- what it reads ----------------------------------------------------------------------------

    def definitions(self) -> list[str]:
        """The definitions that the outcome is."""
        names = [f"r:{s.id}" for s in self.also]
        if self.target is not None:
            return [f"m:{self.target.id}", *names]
        if self.truncated:
            return [*(f"r:{s.id}" for s in self.rules), *names]
        return [f"w:{self.segmentation.id}", *names] if self.rules else names

    @cached_property
    def columns(self) -> dict[str, Expr]:
        """The columns that the outcome, its leaves and the trees of `explain` are read from, by name."""
        found: dict[str, Expr] = {}
        for segment in (*self.rules, *self.also, *(() if self.target is None else (self.target,))):
            found.update(self.prepared.columns_of(segment))
        for n, score in enumerate(self._scores()):
            found[f"\x00score:{self.segmentation.id}:{n}"] = score
        return found

    def _scores(self) -> tuple[Expr, ...]:
        definition = self.prepared.plan.definitions.get(f"w:{self.segmentation.id}")
        if not isinstance(definition, Computed) or self.segmentation.assign != "best_score":
            return ()
        winner = definition.expr
        assert isinstance(winner, Call)
        return winner.args[winner.params[0] :]

    @cached_property
    def leaves(self) -> list[RuleLeaf]:
        """The leaves of all rules that the outcome reads, those of extended segments included, once each."""
        found: dict[str, RuleLeaf] = {}
        for segment in (*self.rules, *self.also):
            for part in self.prepared.parts_of(segment):
                found.update((leaf.column, leaf) for leaf in self.prepared.leaves_of(part))
        return list(found.values())

    def is_missing(self, leaf: RuleLeaf, row: Row) -> bool:
        """Whether a value that the leaf looks at is missing."""
        return any(row[name] is None for name in self.prepared.values_of(leaf))

    # --- what comes out ---------------------------------------------------------------------------

    def assigned(self, row: Row) -> str | None:
        """The id of the assigned segment of a first match or a best score, None for none; `LATER` where the
        rules that are left out would say.
        """
        return self._assigned({s.id: bool(row[f"r:{s.id}"]) for s in self.rules}, row)

    def others(self, assigned: str | None) -> list[str]:
        """The segments that a customer is not in who is assigned to one: by final membership all others."""
        if assigned == LATER:
            return [s.id for s in self.rules]
        return [s.id for s in self.prepared.plan.segments(self.segmentation) if s.id != assigned]

    def _assigned(self, holds: Mapping[str, bool], row: Row) -> str | None:
        last = self.segmentation.otherwise
        ends = LATER if self.truncated else None if last is None else last.id
        if self.segmentation.assign == "first_match":
            return next((s.id for s in self.rules if holds[s.id]), ends)
        best: str | None = None
        top: Any = None
        for n, segment in enumerate(self.rules):
            score = row[f"\x00score:{self.segmentation.id}:{n}"]
            if holds[segment.id] and score is not None and (best is None or score > top):
                best, top = segment.id, score
        return ends if best is None else best

    def _outcome(self, holds: Mapping[str, bool], row: Row) -> tuple[Any, ...]:
        also = tuple(holds[s.id] for s in self.also)
        if self.target is None:
            return (self._assigned(holds, row), *also) if self.rules else also
        if self.segmentation.assign != "best_score" and holds.get(self.target.id) is False:
            return (False, *also)  # whoever comes before
        if self.segmentation.assign == "every_match":
            return (holds[self.target.id], *also)
        return (self._assigned(holds, row) == self.target.id, *also)

    # --- what decides -----------------------------------------------------------------------------

    def decisive(self, row: Row) -> list[RuleLeaf]:
        """The leaves each of which, flipped alone, flips the outcome."""
        truths = {id(leaf.condition): bool(row[leaf.column]) for leaf in self.leaves}
        held = {s.id: bool(row[f"r:{s.id}"]) for s in (*self.rules, *self.also)}
        outcome = self._outcome(held, row)
        matters: dict[str, bool] = {}
        deciding: list[RuleLeaf] = []
        for leaf in self.leaves:
            users = self._users[leaf.segment.id]
            first = users[0].id
            if len(users) == 1:  # then only a rule whose flip matters is worth a closer look
                if first not in matters:
                    matters[first] = self._changed(held, {first: not held[first]}, row) != outcome
                if not matters[first]:
                    continue
            at = id(leaf.condition)
            truths[at] = not truths[at]
            flipped = {s.id: self._rule(s, truths) for s in users}
            truths[at] = not truths[at]
            if any(held[i] != now for i, now in flipped.items()) and (
                len(users) == 1 or self._changed(held, flipped, row) != outcome
            ):
                deciding.append(leaf)
        return deciding

    def _changed(self, held: dict[str, bool], changes: Mapping[str, bool], row: Row) -> tuple[Any, ...]:
        """The outcome with some rules changed."""
        before = {identity: held[identity] for identity in changes}
        held.update(changes)
        outcome = self._outcome(held, row)
        held.update(before)
        return outcome

    @cached_property
    def _users(self) -> dict[str, list[Segment]]:
        """The segments of the outcome that a segment is a part of: itself, and those that extend it."""
        users: dict[str, list[Segment]] = {}
        for segment in {s.id: s for s in (*self.rules, *self.also)}.values():
            for part in self.prepared.parts_of(segment):
                users.setdefault(part.id, []).append(segment)
        return users

    def _rule(self, segment: Segment, truths: Truths) -> bool:
        parts = (p.when for p in self.prepared.parts_of(segment) if p.when is not None)
        return all(holds(when, truths) for when in parts)

    def reasons(self, row: Row) -> list[RuleLeaf]:
        """The leaves that the outcome rests on: those that make the rules that matter what they are."""
        truths = {id(leaf.condition): bool(row[leaf.column]) for leaf in self.leaves}
        found: list[RuleLeaf] = []
        for segment in (*self.rules, *self.also):
            for part in self.prepared.parts_of(segment):
                if part.when is not None:
                    found += [self.prepared.leaves[id(a)] for a in supporting(part.when, truths)]
        return found


def holds(condition: Condition, truths: Truths) -> bool:
    """Whether a condition holds, given the truths of its leaves."""
    match condition:
        case All(conditions=items):
            return all(holds(c, truths) for c in items)
        case AnyOf(conditions=items):
            return any(holds(c, truths) for c in items)
        case NoneOf(conditions=items):
            return not any(holds(c, truths) for c in items)
        case Not(condition=item):
            return not holds(item, truths)
        case Leaf() | SegmentRef() | RuleRef() | Did() | Sequence():
            return truths[id(condition)]
        case _:
            assert_never(condition)


def supporting(condition: Condition, truths: Truths) -> Iterator[Atom]:
    """The leaves that make a condition what it is: of an `all` that fails those that fail, and so on."""
    match condition:
        case All(conditions=items) | AnyOf(conditions=items) | NoneOf(conditions=items):
            held = holds(condition, truths) is not isinstance(condition, NoneOf)
            for item in items:
                if holds(item, truths) is held:
                    yield from supporting(item, truths)
        case Not(condition=item):
            yield from supporting(item, truths)
        case _:
            yield from atoms(condition)


def membership_chain(prepared: Prepared, segmentation: Segmentation, segment: Segment) -> Chain:
    """Final membership of a segment: for a first match with the rules before it, a best score with all."""
    rules = prepared.plan.segments(segmentation)
    if segmentation.assign == "every_match":
        rules = (segment,)
    elif segmentation.assign == "first_match" and segment in rules:
        rules = rules[: rules.index(segment) + 1]
    return Chain(prepared, segmentation, segment, (), rules)


def assignment_chain(
    prepared: Prepared, segmentation: Segmentation, expected: str | None, also: tuple[Segment, ...]
) -> Chain:
    """The assigned segment: of a best score with all rules, of a first match up to the expected one."""
    rules = prepared.plan.segments(segmentation)
    place = next((n for n, s in enumerate(rules) if s.id == expected), None)
    if segmentation.assign != "first_match" or place is None:
        return Chain(prepared, segmentation, None, also, rules)
    return Chain(prepared, segmentation, None, also, rules[: place + 1], truncated=place + 1 < len(rules))


def rules_chain(prepared: Prepared, segmentation: Segmentation, also: tuple[Segment, ...]) -> Chain:
    """That some rules hold, whatever is assigned."""
    return Chain(prepared, segmentation, None, also, ())
