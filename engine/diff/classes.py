"""The class of a change of one segment, proved where that is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from segmentry.engine.backends.protocol import Backend
from segmentry.engine.diff.changes import Changes, Reason, below_of, segments_of, sources_of
from segmentry.engine.diff.comparison import SegmentClass
from segmentry.engine.diff.merge import Merged, used_by
from segmentry.engine.files.model import Segment
from segmentry.engine.language.expr import Field
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.logic.relation import Relation, relation
from segmentry.engine.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Classified:
    """The class, what it comes from, and of a rule that is written anew how it relates to the old one.

    ``edited`` are the other keys that changed, ``renamed`` the id that a new segment had or a gone one has.
    """

    kind: SegmentClass
    because: tuple[Reason, ...] = ()
    rule: Relation | None = None
    edited: tuple[str, ...] = ()
    renamed: str | None = None


def relations(backend: Backend, merged: Merged) -> Mapping[str, Relation]:
    """How each rule that is written in another way relates to what it was, by segment."""
    found: dict[str, Relation] = {}
    old, new = segments_of(merged.base), segments_of(merged.head)
    for identity in new:
        if identity in old and _rewritten(old[identity][1], new[identity][1]):
            rule = Field(f"r:{identity}", BOOLEAN)
            found[identity] = relation((merged.base, rule), (merged.head, rule), backend.agreeing)
    return found


def _rewritten(old: Segment, new: Segment) -> bool:
    return (old.when, old.extends) != (new.when, new.extends)


def classified(changes: Changes, found: Mapping[str, Relation], identity: str) -> Classified:
    """The class of a segment of either side."""
    if identity not in changes.segments:
        there: SegmentClass = "new" if identity in segments_of(changes.merged.head) else "gone"
        return Classified(there, renamed=_renamed(changes, identity))
    old, new = changes.segments[identity]
    because = tuple(changes.reasons(identity))
    edited = tuple(_edited(old, new))
    proved = found.get(identity)
    if proved is None:
        kind: SegmentClass = "indirect" if because else "metadata only" if edited else "unchanged"
        return Classified(kind, because, None, edited)
    return Classified(_of_rule(changes, identity, proved, because), because, proved, edited)


def _renamed(changes: Changes, identity: str) -> str | None:
    """The other id of a segment whose rule is there, in the same segmentation, under another id."""
    old, new = segments_of(changes.merged.base), segments_of(changes.merged.head)
    own, others = (new, old) if identity in new else (old, new)
    for other, (segmentation, _) in others.items():
        if other in changes.segments or segmentation.id != own[identity][0].id:
            continue
        before, after = (other, identity) if own is new else (identity, other)
        if changes.merged.names.get(f"r:{before}") == f"r:{after}":
            return other
    return None


def _of_rule(changes: Changes, identity: str, proved: Relation, because: tuple[Reason, ...]) -> SegmentClass:
    if proved.kind == "equivalent":
        return "indirect" if because else "equivalent"
    if proved.kind == "undecided" or changes.below_rule(identity):
        return "opaque"  # the words of the rule don't tell what the new traits do
    if proved.kind == "shifted" and _entangled(changes.merged, identity):
        return "opaque"
    return proved.kind


def _entangled(merged: Merged, identity: str) -> bool:
    """Whether one version asks of rows or ranks what the other does not, over what both look at.

    To logic these are free of one another, so a customer whom only one version takes need not be possible.
    """
    name = f"r:{identity}"
    old, new = (_atoms(merged.plan, top) for top in (merged.names[name], name))
    for atom in old ^ new:
        other = new if atom in old else old
        if atom.startswith(("a:", "q:", "k:")) and any(
            not _looked_at(merged.plan, atom).isdisjoint(_looked_at(merged.plan, one)) for one in other
        ):
            return True
    return False


def _atoms(plan: Plan, top: str) -> set[str]:
    """What a rule asks of: traits, columns, rows and ranks; not the rules that it refers to."""
    found: set[str] = set()
    stack = [top]
    while stack:
        name = stack.pop()
        if name.startswith(("r:", "m:", "w:")):
            stack.extend(used_by(plan.definitions[name]) - found)
        found.add(name)
    return {name for name in found if not name.startswith(("r:", "m:", "w:"))}


def _looked_at(plan: Plan, atom: str) -> set[str]:
    """The customers columns and the sources that an atom rests on."""
    below = below_of(plan, (atom,))
    sources = {source for name in below for source in sources_of(plan, name)}
    return {name for name in below if name.startswith("c:")} | sources


_DECIDING = frozenset(("when", "extends", "score", "status", "at", "places"))
"""What is no metadata of a segment: it decides who is in it, or is no key."""


def _edited(old: Segment, new: Segment) -> Iterator[str]:
    """The keys of a segment that changed, but for those that decide who is in it."""
    for field in fields(Segment):
        if field.name not in _DECIDING and getattr(old, field.name) != getattr(new, field.name):
            yield "expected" if field.name == "budgets" else field.name
