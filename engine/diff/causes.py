"""Single changes, each with what the head would be without it: how much of the difference it explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from segmentry.engine.answers.describe import trait_words
from segmentry.engine.diff.changes import Changes, segments_of, truths
from segmentry.engine.diff.merge import Merged, renamed_definition, used_by
from segmentry.engine.diff.parts import Edit, edits, rule_part, undone
from segmentry.engine.files.condition_words import sentence
from segmentry.engine.files.model import Segmentation, Trait
from segmentry.engine.language.expr import FALSE, Expr, Field, fields_of
from segmentry.engine.planning.plan import Computed, Definition, Followed, RowAggregate

Overrides = Mapping[str, Definition]


@dataclass(frozen=True, slots=True)
class Cause:
    """One change: what it is about, how it was and is in words (None: was not, or is not, there).

    ``overrides`` are the definitions that take it back; None where it can't be taken back alone.
    """

    kind: str
    id: str
    before: str | None
    after: str | None
    overrides: Overrides | None = field(compare=False, default=None)


def causes_of(changes: Changes) -> Iterator[Cause]:
    """Every change: the parts of rules, then segmentations, traits and sources."""
    for identity in changes.segments:
        if identity in changes.rules:
            yield from _of_rule(changes.merged, identity)
    for old, new in changes.segmentations.values():
        yield _of_segmentation(changes.merged, old, new)
    for before, after in changes.traits.values():
        yield _of_trait(changes.merged, before, after)
    for name in changes.sources:
        yield Cause("source", name, None, None, _source_as_before(changes, name))


# --- rules ------------------------------------------------------------------------------------------


def _of_rule(merged: Merged, identity: str) -> Iterator[Cause]:
    (_, old), (_, new) = segments_of(merged.base)[identity], segments_of(merged.head)[identity]
    before = rule_part(old, lambda c: merged.of_base(truths(merged.base, c)))
    after = rule_part(new, partial(truths, merged.head))
    for edit in edits(before, after):
        taken_back: Overrides = {f"r:{identity}": Computed(undone(after, edit))}
        yield Cause("segment", identity, *_words(edit), taken_back)


def _words(edit: Edit) -> tuple[str | None, str | None]:
    before, after = edit.before, edit.after
    return (
        None if before is None else sentence(before.condition),
        None if after is None else sentence(after.condition),
    )


# --- segmentations ----------------------------------------------------------------------------------


def _of_segmentation(merged: Merged, old: Segmentation, new: Segmentation) -> Cause:
    before, after = (
        _assigning_words(plan.segments(sg), sg) for plan, sg in ((merged.base, old), (merged.head, new))
    )
    if before == after:
        before, after = "other scores", "the scores as they are"
    overrides = _assigned_as_before(merged, old, new) if old.assign == new.assign else None
    return Cause("segmentation", new.id, before, after, overrides)


def _assigning_words(segments: tuple[object, ...], sg: Segmentation) -> str:
    ids = [getattr(s, "id", "") for s in segments] + ([sg.otherwise.id] if sg.otherwise else [])
    return f"{sg.assign.replace('_', ' ')} of {', '.join(ids)}"


def _assigned_as_before(merged: Merged, old: Segmentation, new: Segmentation) -> Overrides | None:
    """The head's rules assigned in the way of the base. None where a trait of its scores has another type."""
    ids = [s.id for s in old.segments] + ([old.otherwise.id] if old.otherwise else [])
    names = dict(merged.names)
    winner = f"w:{old.id}"
    for name in used_by(merged.base.definitions[winner]) | {f"r:{s}" for s in ids}:
        if name in merged.head.definitions and name[:2] in ("r:", "t:"):
            if merged.base.types.get(name) != merged.head.types.get(name):
                return None
            names[name] = name
    found: dict[str, Definition] = {
        name: renamed_definition(merged.base.definitions[name], {**names, winner: winner}, {})
        for name in (winner, *(f"m:{s}" for s in ids))
        if name in merged.base.definitions
    }
    others = [s.id for s in new.segments] + ([new.otherwise.id] if new.otherwise else [])
    return {**{f"m:{s}": Computed(FALSE) for s in others}, **found}


# --- traits and sources -----------------------------------------------------------------------------


def _of_trait(merged: Merged, old: Trait, new: Trait) -> Cause:
    name, identity, words = f"t:{new.id}", new.id, (trait_words(old), trait_words(new))
    kind = merged.base.types.get(name)
    if kind is None or kind != merged.head.types.get(name):
        return Cause("trait", identity, *words)
    return Cause("trait", identity, *words, {name: Computed(Field(merged.names[name], kind))})


def _source_as_before(changes: Changes, name: str) -> Overrides | None:
    """What is taken from a source, and from those made of it, as the base takes it."""
    merged = changes.merged
    if not merged.together:
        return None
    affected = {n: old for n, old in merged.sources.items() if old != n and _rests_on(changes, n, name)}
    found: dict[str, Definition] = {}
    for key, definition in merged.head.definitions.items():
        match definition:
            case RowAggregate(source=source) if source in affected:
                columns = _columns_read(source, definition.expressions)
            case Followed() if {rows.source for rows in definition.sides} & affected.keys():
                read = [(r.source, () if r.where is None else (r.where,)) for r in definition.sides]
                columns = {column for source, exprs in read for column in _columns_read(source, exprs)}
            case _:
                continue
        if not all(_same_column(merged, *column) for column in columns):
            return None
        found[key] = renamed_definition(definition, {}, affected)
    return found


def _rests_on(changes: Changes, name: str, source: str) -> bool:
    return name in changes.merged.head.sources and source in changes.made_of(changes.merged.head, name)


def _columns_read(source: str, read: Iterable[Expr]) -> set[tuple[str, str]]:
    """The columns of a source that are read, each with it."""
    return {(source, name) for expr in read for name in fields_of(expr)}


def _same_column(merged: Merged, source: str, column: str) -> bool:
    if source not in merged.base.sources:
        return False
    old, new = merged.base.sources[source].columns, merged.head.sources[source].columns
    return column in old and old[column] == new.get(column)
