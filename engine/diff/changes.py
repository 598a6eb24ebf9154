"""What differs between two plans by its own words: traits, sources, rules and segmentations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, get_args

from segmentry.engine.diff.merge import Merged, used_by
from segmentry.engine.files.condition_model import Condition, RuleRef
from segmentry.engine.files.model import Segment, Segmentation, Source, Trait
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.plan import Followed, Plan, RowAggregate
from segmentry.engine.planning.resolve.resolve import members_of

Kind = Literal["segment", "segmentation", "trait", "source", "setting"]
_KINDS: Final = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that changed by its own words, and on which something else rests.

    Only segments can be new or gone; a segmentation stands for the order of its segments.
    """

    kind: Kind
    id: str
    change: Literal["changed", "new", "gone"] = "changed"


@dataclass(frozen=True)
class Changes:
    """What differs. ``equivalent`` are the segments whose rule is written anew and proved to say the same."""

    merged: Merged
    equivalent: frozenset[str] = frozenset()

    # --- by id ------------------------------------------------------------------------------------

    @cached_property
    def traits(self) -> Mapping[str, tuple[Trait, Trait]]:
        """The traits that are computed in another way, by id: as they were, as they are."""
        old = {t.id: t for t in self.merged.base.model.traits}
        return {
            t.id: (old[t.id], t)
            for t in self.merged.head.model.traits
            if t.id in old
            and _computing(old[t.id]) != _computing(t)
            and self.merged.names.get(f"t:{t.id}") != f"t:{t.id}"
        }

    @cached_property
    def sources(self) -> Mapping[str, tuple[Source, Source]]:
        """The sources that give other rows or columns by their own words."""
        merged = self.merged
        return {
            name: (merged.base.sources[name].source, plan.source)
            for name, plan in merged.head.sources.items()
            if merged.sources.get(name, name) != name and not self._only_inherits(name)
        }

    def _only_inherits(self, name: str) -> bool:
        """Whether a source differs only because one that it is made of does."""
        old, new = self.merged.base.sources[name], self.merged.head.sources[name]
        made_of = {new.parent, *(step.source for step in new.lookups)} - {None}
        return _rows_of(old.source) == _rows_of(new.source) and any(
            self.merged.sources.get(n or "", n) != n for n in made_of
        )

    @cached_property
    def segments(self) -> Mapping[str, tuple[Segment, Segment]]:
        """The segments that are there on both sides."""
        old, new = (segments_of(plan) for plan in (self.merged.base, self.merged.head))
        return {identity: (old[identity][1], new[identity][1]) for identity in new if identity in old}

    @cached_property
    def rules(self) -> frozenset[str]:
        """The segments on both sides whose rule is written in another way, and not proved to say the same."""
        return frozenset(
            identity
            for identity, (old, new) in self.segments.items()
            if (old.when, old.extends) != (new.when, new.extends) and identity not in self.equivalent
        )

    @cached_property
    def segmentations(self) -> Mapping[str, tuple[Segmentation, Segmentation]]:
        """The segmentations that assign in another way: other segments, another order, other scores."""
        old = {sg.id: sg for sg in self.merged.base.segmentations}
        return {
            sg.id: (old[sg.id], sg)
            for sg in self.merged.head.segmentations
            if sg.id in old
            and self._assigning(old[sg.id], self.merged.base) != self._assigning(sg, self.merged.head)
        }

    def _assigning(self, sg: Segmentation, plan: Plan) -> object:
        if sg.assign == "every_match":
            return sg.assign
        return sg.assign, _order(plan, sg), sg.otherwise is None, [s.score for s in plan.segments(sg)]

    # --- what rests on it -------------------------------------------------------------------------

    def reasons(self, segment: str) -> list[Reason]:
        """What changed below a segment's membership, its own rule aside: segments first, each kind by id."""
        found: set[Reason] = set()
        if not self.merged.together:
            found.add(Reason("setting", "customers or time zone"))
        for plan in (self.merged.head, self.merged.base):
            for name in below_of(plan, (f"m:{segment}", f"r:{segment}")):
                if name != f"r:{segment}":
                    found.update(self._changed(plan, name))
        return sorted(found, key=lambda reason: (_KINDS.index(reason.kind), reason.id))

    def below_rule(self, segment: str) -> bool:
        """Whether a trait or source under the segment's rule changed, so that its words don't tell all."""
        plans = (self.merged.head, self.merged.base)
        names = {(n, i) for i, plan in enumerate(plans) for n in below_of(plan, (f"r:{segment}",))}
        return any(
            reason.kind in ("trait", "source") for n, i in names for reason in self._changed(plans[i], n)
        )

    def _changed(self, plan: Plan, name: str) -> Iterator[Reason]:
        kind, identity = name[:2], name[2:]
        match kind:
            case "t:" if identity in self.traits:
                yield Reason("trait", identity)
            case "r:" if identity in self.rules:
                yield Reason("segment", identity)
            case "r:" if identity not in self.segments:
                yield Reason("segment", identity, "new" if plan is self.merged.head else "gone")
            case "w:" if identity in self.segmentations:
                yield Reason("segmentation", identity)
            case "m:":
                home = segments_of(plan)[identity][0].id
                if home in self.segmentations and self._comes_after_others(home, identity):
                    yield Reason("segmentation", home)
            case "a:" | "q:":
                for source in sources_of(plan, name):
                    yield from (Reason("source", n) for n in self.made_of(plan, source) if n in self.sources)
            case _:
                return

    def _comes_after_others(self, segmentation: str, segment: str) -> bool:
        """Whether others get their turn before one; those that are new or gone tell for themselves."""
        old, new = self.segmentations[segmentation]
        before, after = _order(self.merged.base, old), _order(self.merged.head, new)
        if old.assign != new.assign or (segment in before) != (segment in after):
            return True
        earlier = [
            set(ids[: ids.index(segment)]) if segment in ids else set[str]() for ids in (before, after)
        ]
        return earlier[0] & self.segments.keys() != earlier[1] & self.segments.keys()

    def made_of(self, plan: Plan, source: str) -> Iterator[str]:
        """A source and those that it is made of."""
        yield source
        found = plan.sources[source]
        for name in (found.parent, *(step.source for step in found.lookups)):
            if name is not None:
                yield from self.made_of(plan, name)


def segments_of(plan: Plan) -> dict[str, tuple[Segmentation, Segment]]:
    """All segments of a plan by id, drafts and `otherwise` too."""
    return {s.id: (sg, s) for sg in plan.segmentations for s in members_of(sg)}


def truths(plan: Plan, condition: Condition) -> Expr:
    """The truth of a condition of a plan."""
    if isinstance(condition, RuleRef):
        return Field(f"r:{condition.id}", BOOLEAN)
    return plan.trace[id(condition)].truth


def _order(plan: Plan, sg: Segmentation) -> list[str]:
    """The segments of a segmentation in the order in which they get their turn; drafts don't."""
    return [s.id for s in plan.segments(sg)] + ([] if sg.otherwise is None else [sg.otherwise.id])


def _computing(trait: Trait) -> Trait:
    """A trait without what is told to people."""
    return replace(trait, unit=None, description=None, pii=None, purpose=None, owner=None, value=False)


def _rows_of(source: Source) -> Source:
    """A source without what changes neither its rows nor its columns."""
    columns = tuple(replace(c, description=None, unit=None, pii=None, purpose=None) for c in source.columns)
    return replace(source, description=None, expected=None, columns=columns)


def below_of(plan: Plan, names: tuple[str, ...]) -> set[str]:
    """The definitions under some, themselves included."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            definition = plan.definitions.get(name)
            stack.extend(() if definition is None else used_by(definition))
    return found


def sources_of(plan: Plan, name: str) -> tuple[str, ...]:
    """The sources whose rows a definition takes; none for what is computed from other definitions."""
    match plan.definitions.get(name):
        case RowAggregate(source=source):
            return (source,)
        case Followed() as followed:
            return tuple(rows.source for rows in followed.sides)
        case _:
            return ()
