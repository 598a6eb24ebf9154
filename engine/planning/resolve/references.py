"""What refers to what: the names a trait or a segment uses, each with the place it stands at.

Nodes are `t:ID` (trait), `r:ID` (a segment's rule) and `m:ID` (its final membership).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segmentry.engine.document import is_list, is_mapping
from segmentry.engine.files.condition_model import (
    All,
    AnyOf,
    Condition,
    Did,
    Formula,
    Leaf,
    NoneOf,
    Not,
    Place,
    RuleRef,
    SegmentRef,
    Sequence,
)
from segmentry.engine.files.model import Model, Segment, Segmentation, Trait
from segmentry.engine.language.formula import names_in
from segmentry.engine.planning.resolve.cycles import Edge

Used = tuple[str, Place]


def used_by_condition(condition: Condition) -> Iterator[Used]:
    """The nodes that a condition over customers refers to."""
    match condition:
        case All(conditions=items) | AnyOf(conditions=items) | NoneOf(conditions=items):
            for item in items:
                yield from used_by_condition(item)
        case Not(condition=item):
            yield from used_by_condition(item)
        case SegmentRef(id=identity, at=at):
            yield f"m:{identity}", at
        case RuleRef(id=identity, at=at):
            yield f"r:{identity}", at
        case Leaf():
            yield from _used_by_leaf(condition)
        case Did() | Sequence():
            return
        case _:
            assert_never(condition)


def _used_by_leaf(leaf: Leaf) -> Iterator[Used]:
    yield f"t:{leaf.subject}", leaf.subject_at
    if leaf.per is not None:
        yield f"t:{leaf.per}", leaf.per_at
    if leaf.among is not None:
        yield from used_by_condition(leaf.among)
    for test in leaf.tests:
        for operand in test.operand if is_list(test.operand) else [test.operand]:
            if is_mapping(operand) and "trait" in operand:
                yield f"t:{operand['trait']}", test.value_at


def _used_by_formula(formula: Formula) -> Iterator[Used]:
    for name in names_in(formula.tree):
        yield f"t:{name.name}", formula.at


def used_by_trait(trait: Trait) -> Iterator[Used]:
    """The nodes that a trait refers to."""
    if trait.formula is not None:
        yield from _used_by_formula(trait.formula)
    if trait.of is not None:
        yield f"t:{trait.of}", trait.places.get("of.of", trait.at)
    if trait.per is not None:
        yield f"t:{trait.per}", trait.places.get("of.per", trait.at)
    if trait.among is not None:
        yield from used_by_condition(trait.among)
    for entry in trait.points:
        yield from used_by_condition(entry.when)


def used_by_rule(segment: Segment) -> Iterator[Used]:
    """The nodes that a segment's `when` and `extends` refer to."""
    if segment.extends is not None:
        yield f"r:{segment.extends}", segment.places.get("extends", segment.at)
    if segment.when is not None:
        yield from used_by_condition(segment.when)


def used_by_score(segment: Segment) -> Iterator[Used]:
    """The nodes that a segment's score refers to."""
    if isinstance(segment.score, Formula):
        yield from _used_by_formula(segment.score)
    for entry in segment.score if isinstance(segment.score, tuple) else ():
        yield from used_by_condition(entry.when)


def _membership_edges(segmentation: Segmentation) -> Iterator[Edge]:
    """Final membership: of a first match the rule and the earlier ones, of a best score all of them.

    `e:ID` stands for "a segment up to this one took the customer", `w:ID` for the winner of a segmentation.
    """
    segments = segmentation.segments
    before: str | None = None
    for segment in segments:
        node, at = f"m:{segment.id}", segment.at
        if segmentation.assign == "best_score":
            yield Edge(node, f"w:{segmentation.id}", at, written=False)
            yield Edge(f"w:{segmentation.id}", f"r:{segment.id}", at, written=False)
            for used, used_at in used_by_score(segment):
                yield Edge(f"w:{segmentation.id}", used, used_at)
            continue
        yield Edge(node, f"r:{segment.id}", at, written=False)
        if segmentation.assign == "first_match":
            yield Edge(f"e:{segment.id}", f"r:{segment.id}", at, written=False)
            if before is not None:
                yield Edge(node, before, at, written=False)
                yield Edge(f"e:{segment.id}", before, at, written=False)
            before = f"e:{segment.id}"
    if segmentation.otherwise is not None:
        last = before or f"w:{segmentation.id}"
        yield Edge(f"m:{segmentation.otherwise.id}", last, segmentation.otherwise.at, written=False)


def graph_of(model: Model) -> tuple[list[str], list[Edge]]:
    """All nodes of a model and their references."""
    nodes = [f"t:{t.id}" for t in model.traits]
    edges = [Edge(f"t:{t.id}", used, at) for t in model.traits for used, at in used_by_trait(t)]
    for segmentation in model.segmentations:
        nodes.append(f"w:{segmentation.id}")
        for segment in segmentation.segments:
            nodes += [f"r:{segment.id}", f"m:{segment.id}", f"e:{segment.id}"]
            edges += [Edge(f"r:{segment.id}", used, at) for used, at in used_by_rule(segment)]
        if segmentation.otherwise is not None:
            nodes.append(f"m:{segmentation.otherwise.id}")
        edges += _membership_edges(segmentation)
    return nodes, edges
