"""Traits and segments in words, with what they use and what uses them: what `list` and `show` say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.condition_model import Condition, Did, Formula, Place, Points, Rows, Sequence
from segmentry.engine.files.condition_words import (
    in_words,
    operand_words,
    parts_of,
    place_words,
    rows_words,
    sentence,
    step_words,
)
from segmentry.engine.files.model import Aggregate, Model, Segment, Segmentation, Source, Trait
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.planning.resolve.references import used_by_rule, used_by_score, used_by_trait

What = Literal["trait", "customers column", "segment", "otherwise", "segmentation"]


@dataclass(frozen=True, slots=True)
class DescribedLine:
    """A line of a description and how deep it is indented."""

    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """One thing of a workspace in words.

    ``rule`` says how it is made up, ``facts`` are further lines of a name and a text. ``uses`` and
    ``used_by`` are ids with what they are in front (`trait spend_12m`, `source orders`), sorted.
    """

    id: str
    what: What
    name: str | None
    description: str | None
    rule: tuple[DescribedLine, ...]
    facts: Mapping[str, str]
    uses: tuple[str, ...]
    used_by: tuple[str, ...]
    at: Place


def describe(model: Model, identity: str) -> Description:
    """One trait, customers column, segment or segmentation by its id. Raises UsageError for no such id."""
    for trait in model.traits:
        if trait.id == identity:
            return _trait(model, trait)
    for segmentation in model.segmentations:
        if segmentation.id == identity:
            return _segmentation(model, segmentation)
        for segment in segmentation.segments:
            if segment.id == identity:
                return _segment(model, segmentation, segment)
        if segmentation.otherwise is not None and segmentation.otherwise.id == identity:
            return _otherwise(model, segmentation, segmentation.otherwise)
    for source in model.sources:
        if source.is_customers and any(column.name == identity for column in source.columns):
            return _column(model, source, identity)
    known = all_ids(model)
    hint = did_you_mean(identity, known) or "`segmentry list` shows what there is"
    raise UsageError(f"there is no trait and no segment named `{identity}`; {hint}")


def all_ids(model: Model) -> list[str]:
    """Every id that `describe` takes."""
    ids = [trait.id for trait in model.traits]
    for segmentation in model.segmentations:
        ids += [segmentation.id, *(segment.id for segment in segmentation.segments)]
        ids += [segmentation.otherwise.id] if segmentation.otherwise is not None else []
    return ids + [column.name for source in model.sources if source.is_customers for column in source.columns]


# --- traits ---------------------------------------------------------------------------------------


def trait_words(trait: Trait) -> str:
    """A trait in one line, as it is read aloud."""
    rows = "" if trait.rows is None else rows_words(trait.rows)
    words = TRAIT_KINDS[trait.kind].phrase.format(
        rows=rows,
        **({} if trait.rows is None else _order_words(trait, trait.rows)),
        column=trait.column,
        part=rows if trait.column is None else f"the sum of {trait.column} over {rows}",
        that="" if trait.that is None else sentence(trait.that),
        formula="" if trait.formula is None else trait.formula.text,
        of=trait.of,
        into=trait.into,
        order="the smallest first" if trait.ascending else "the greatest first",
        beyond="greater" if trait.ascending else "smaller",
        edges=", ".join(f"{label} from {operand_words(edge)}" for label, edge in trait.edges),
    )
    if trait.tie == "smallest":
        words += ", of several at the same time the smallest"
    if trait.keep_missing:
        words += ", which may be missing"
    if trait.ties is not None:
        words += f", equal values at the {trait.ties} of their places"
    if trait.per is not None:
        words += f", within each {trait.per}"
    if trait.among is not None:
        words += f", among customers where {sentence(trait.among)}"
    if trait.default is not None:
        words += f"; {operand_words(trait.default)} where that is missing"
    return words


def _order_words(trait: Trait, rows: Rows) -> dict[str, str]:
    """The parts of a phrase that are about the order of a customer's rows."""
    preposition = "at" if rows.by is None else "in"
    return {
        "known": "" if trait.keep_missing else "known ",
        "parts": "all values of" if trait.as_list else "the greatest",
        "step": f"{preposition} the {place_words(trait.n or 1)} {step_words(rows)}",
        "steps": step_words(rows, many=True),
    }


def _trait(model: Model, trait: Trait) -> Description:
    facts = {
        "unit": trait.unit,
        "personal data": trait.pii,
        "purpose": trait.purpose,
        "owner": trait.owner,
        "money": "counts as money moved in reports" if trait.value else None,
    }
    return Description(
        trait.id,
        "trait",
        None,
        trait.description,
        (DescribedLine(trait_words(trait)), *_points_lines(trait.points)),
        _worded(facts),
        _sorted_uses({*_nodes(model, used_by_trait(trait)), *_trait_sources(trait)}),
        used_by(model, f"t:{trait.id}"),
        trait.at,
    )


def _points_lines(points: tuple[Points, ...]) -> Iterator[DescribedLine]:
    for entry in points:
        yield DescribedLine(f"{operand_words(entry.points)} where {sentence(entry.when)}", 1)


def _column(model: Model, source: Source, name: str) -> Description:
    column = next(column for column in source.columns if column.name == name)
    facts = {
        "type": None if column.type is None else column.type.words(),
        "values": None if column.values is None else operand_words(list(column.values)),
        "unit": column.unit,
        "personal data": column.pii,
        "purpose": column.purpose,
    }
    words = f"the column {name} of {source.name}, as it stands in the data today"
    if column.formula is not None:
        words = column.formula.text
    if source.members:
        newest = None if model.identity is None else dict(model.identity.columns).get(name)
        which = "first known value" if newest is None else f"known value with the newest {newest}"
        words = f"the {which} of {name} in {', '.join(source.members)}, as they stand in the data today"
    if column.aggregate is not None and source.parent is not None:
        words = _aggregate_words(source.parent, column.aggregate)
    return Description(
        name,
        "customers column",
        None,
        column.description,
        (DescribedLine(words),),
        _worded(facts),
        (f"source {source.name}",),
        used_by(model, f"t:{name}"),
        column.at,
    )


def _aggregate_words(parent: str, aggregate: Aggregate) -> str:
    """A row aggregate in the words of the trait that it would be."""
    made = Trait(
        "",
        aggregate.kind,
        rows=Rows(parent),
        column=aggregate.column,
        that=aggregate.that,
        tie=aggregate.tie,
        keep_missing=aggregate.keep_missing,
    )
    return trait_words(made)


# --- segments -------------------------------------------------------------------------------------

_ASSIGN = {
    "first_match": "a customer gets the first segment that fits",
    "every_match": "a customer is in every segment that fits",
    "best_score": "a customer gets the segment with the highest score, of those that fit",
}


def _segment(model: Model, segmentation: Segmentation, segment: Segment) -> Description:
    place = [s.id for s in segmentation.segments].index(segment.id)
    before = [s.id for s in segmentation.segments[:place]]
    facts = {
        "segmentation": f"{segmentation.id}: {_ASSIGN[segmentation.assign]}",
        "tried after": ", ".join(before) if segmentation.assign == "first_match" else None,
        "status": "draft: takes part in check, test and preview only" if segment.status == "draft" else None,
        "owner": segment.owner or segmentation.owner,
        "expires": segment.expires,
        "purpose": segment.purpose,
        "tags": ", ".join(segment.tags),
    }
    used = [*used_by_rule(segment), *used_by_score(segment)]
    sources = {f"source {rows.source}" for rows in _rows_of(segment)}
    return Description(
        segment.id,
        "segment",
        segment.name,
        segment.description,
        tuple(_segment_lines(segment)),
        _worded(facts),
        _sorted_uses({*_nodes(model, iter(used)), *sources}),
        used_by(model, f"r:{segment.id}", f"m:{segment.id}"),
        segment.at,
    )


def _segment_lines(segment: Segment) -> Iterator[DescribedLine]:
    if segment.extends is not None:
        yield DescribedLine(f"meets the rule of {segment.extends}, and")
    if segment.when is not None:
        yield from condition_lines(segment.when)
    elif segment.extends is None:
        yield DescribedLine("everybody")
    if isinstance(segment.score, Formula):
        yield DescribedLine(f"score: {segment.score.text}")
    elif segment.score is not None:
        yield DescribedLine("score: points, added up")
        yield from _points_lines(segment.score)


def condition_lines(condition: Condition, depth: int = 0) -> Iterator[DescribedLine]:
    """A condition and its parts, a line each."""
    yield DescribedLine(in_words(condition), depth)
    for part in parts_of(condition):
        yield from condition_lines(part, depth + 1)


def _otherwise(model: Model, segmentation: Segmentation, segment: Segment) -> Description:
    return Description(
        segment.id,
        "otherwise",
        segment.name,
        segment.description,
        (DescribedLine(f"everybody whom no segment of {segmentation.id} takes"),),
        _worded({"segmentation": f"{segmentation.id}: {_ASSIGN[segmentation.assign]}"}),
        tuple(f"segment {s.id}" for s in segmentation.segments),
        used_by(model, f"m:{segment.id}"),
        segment.at,
    )


def _segmentation(model: Model, segmentation: Segmentation) -> Description:
    lines = [DescribedLine(f"{_ASSIGN[segmentation.assign]}:")]
    for segment in segmentation.segments:
        draft = " (draft)" if segment.status == "draft" else ""
        lines.append(DescribedLine(f"{segment.id}{draft}{_worded_of(segment)}", 1))
    if segmentation.otherwise is not None:
        lines.append(
            DescribedLine(f"otherwise {segmentation.otherwise.id}{_worded_of(segmentation.otherwise)}", 1)
        )
    return Description(
        segmentation.id,
        "segmentation",
        segmentation.name,
        segmentation.description,
        tuple(lines),
        _worded({"owner": segmentation.owner, "file": segmentation.file}),
        (),
        (),
        segmentation.at,
    )


def _worded_of(segment: Segment) -> str:
    wording = segment.description or segment.name
    return f": {wording}" if wording else ""


# --- what uses what -------------------------------------------------------------------------------


def used_by(model: Model, *nodes: str) -> tuple[str, ...]:
    """Who refers to one of the nodes (`t:` a trait, `r:` a rule, `m:` membership), sorted."""
    found: set[str] = set()
    for trait in model.traits:
        if any(node in nodes for node, _ in used_by_trait(trait)):
            found.add(f"trait {trait.id}")
    for segmentation in model.segmentations:
        for segment in segmentation.segments:
            if any(node in nodes for node, _ in (*used_by_rule(segment), *used_by_score(segment))):
                found.add(f"segment {segment.id}")
    return tuple(sorted(found))


def _nodes(model: Model, used: Iterator[tuple[str, Place]]) -> Iterator[str]:
    """Nodes in words. A name that is no defined trait is a column of the customers table."""
    traits = {trait.id for trait in model.traits}
    for node, _ in used:
        kind, _, identity = node.partition(":")
        if kind == "t":
            yield f"trait {identity}" if identity in traits else f"customers column {identity}"
        else:
            yield f"segment {identity}"


def _trait_sources(trait: Trait) -> Iterator[str]:
    if trait.rows is not None:
        yield f"source {trait.rows.source}"
    conditions = [trait.among, *(entry.when for entry in trait.points)]
    for condition in conditions:
        if condition is not None:
            yield from (f"source {rows.source}" for rows in _rows_in(condition))


def _rows_of(segment: Segment) -> Iterator[Rows]:
    if segment.when is not None:
        yield from _rows_in(segment.when)
    for entry in segment.score if isinstance(segment.score, tuple) else ():
        yield from _rows_in(entry.when)


def _rows_in(condition: Condition) -> Iterator[Rows]:
    match condition:
        case Did(rows=rows):
            yield rows
        case Sequence():
            yield from condition.rows
        case _:
            for part in parts_of(condition):
                yield from _rows_in(part)


def _sorted_uses(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted(found))


def _worded(facts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in facts.items() if text}
