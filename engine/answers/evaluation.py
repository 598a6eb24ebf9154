"""Evaluation as the library and the commands use it: memberships, traits and what was seen of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import polars as pl

from segmentry.engine.answers.lost_zeros import lost_zeros
from segmentry.engine.answers.notes import Note, notes_of, refuse_unexpected
from segmentry.engine.answers.people import people_notes
from segmentry.engine.answers.read_notes import read_notes
from segmentry.engine.backends.identified import Identified
from segmentry.engine.backends.protocol import KEY, SourceReport, require
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import Expr, Field
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import BOOLEAN, INTEGER, Type
from segmentry.engine.planning.order import used_by
from segmentry.engine.planning.plan import Plan
from segmentry.engine.workspace import Frames, Workspace

Traits = Literal["none", "used", "all"] | Iterable[str]


@dataclass(frozen=True)
class Result:
    """What an evaluation gives.

    ``memberships``: a row per customer, ascending by key. Its columns are the key (under its own name), an
    Enum of segment ids per first-match or best-score segmentation, named by its id (null = none), and a
    Boolean per segment of the others, named by the segment's id, never null.
    ``traits``: the same rows; the key and a column per trait asked for, in its own dtype: Int64, Float64,
    Decimal(38, scale) for money and other exact numbers, String or Enum, Boolean, Date, Datetime in UTC, or
    List; null = missing. Units are the traits' own. ``reports``: per source the rows seen and those that took
    no part. ``of_reading``: what was seen while files were read. ``people``: who is one person, None where
    every customer is one row of a table. ``plan`` is what was evaluated; its
    calendar holds the as-of instant.
    """

    plan: Plan
    memberships: pl.DataFrame
    traits: pl.DataFrame
    reports: Mapping[str, SourceReport]
    of_reading: tuple[Note, ...] = ()
    people: Identified | None = None

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What is to be known of rows and values that took no part."""
        return (*self.of_reading, *notes_of(self.plan, self.reports))


def evaluate(
    workspace: Workspace | str | Path,
    *,
    as_of: str | None = None,
    frames: Frames | None = None,
    traits: Traits = "none",
    only: Iterable[str] = (),
    drafts: bool = False,
    show_ids: bool = False,
) -> Result:
    """Evaluate a workspace, or the one in a folder: one scan per source, nothing written.

    ``as_of`` is a date or ISO datetime and goes before the workspace's. ``frames`` are data in memory in
    place of files, by the source's name. ``traits`` are the traits to return: ids, "none", or "used" or
    "all" (all defined ones and the customers columns that rules use). ``only`` are ids of segments or
    segmentations, by default all; a segment of a first-match or best-score segmentation brings all of it.
    With ``drafts`` segments with `status: draft` take part. ``show_ids`` names customers in errors in full.

    Raises RuleError for mistakes in the rules, UnsupportedError for what the engine can't do, DataError for
    data that does not fit, and UsageError for an ``as_of`` that can't be read and for an id, a trait, a frame
    or an engine that names nothing.
    """
    if isinstance(workspace, (str, Path)):
        workspace = Workspace.load(workspace, frames=frames)
    elif frames is not None:
        workspace = workspace.over(frames)
    plan = workspace.plan(as_of, drafts=drafts)
    return evaluate_plan(plan, workspace, traits=traits, only=tuple(only), show_ids=show_ids)


def evaluate_plan(
    plan: Plan,
    workspace: Workspace,
    *,
    traits: Traits = "none",
    only: tuple[str, ...] = (),
    show_ids: bool = False,
) -> Result:
    """Evaluate a plan of a workspace."""
    backend = workspace.backend
    chosen = chosen_segmentations(plan, only)
    names = _trait_names(plan, traits)
    wanted: dict[str, Expr] = {}
    for segmentation, segments in chosen:
        wanted.update(membership_columns(segmentation, segments))
    for name, field in names.items():
        wanted[f"\x00trait:{name}"] = field
    require(backend, plan, wanted.values())
    backend.check_feeds(plan, workspace.readers, store=workspace.store)
    found = backend.frame(plan, workspace.readers, wanted, show_ids=show_ids, store=workspace.store)
    people = backend.people(plan, workspace.readers)
    result = Result(
        plan,
        _memberships(plan, found.frame, chosen),
        _traits(plan, found.frame, names),
        found.reports,
        (
            *read_notes(workspace, plan, found.reports),
            *lost_zeros(plan, found.frame[KEY]),
            *people_notes(plan, people),
        ),
        people,
    )
    refuse_unexpected(result.notes)
    return result


Chosen = list[tuple[Segmentation, tuple[Segment, ...]]]


def chosen_segmentations(plan: Plan, only: tuple[str, ...]) -> Chosen:
    """The segmentations with their segments that take part, or those of them that are asked for.

    A segment of a first-match or best-score segmentation brings its whole segmentation.
    """
    chosen: Chosen = []
    unknown = set(only)
    for sg in plan.segmentations:
        segments = plan.segments(sg)
        asked = {s.id for s in (*sg.segments, sg.otherwise) if s is not None}.intersection(only)
        unknown -= asked | {sg.id}
        if not only or sg.id in only or (asked and sg.assign != "every_match"):
            chosen.append((sg, segments))
        elif asked:
            chosen.append((sg, tuple(s for s in segments if s.id in only)))
    if unknown:
        raise UsageError(_no_such(min(unknown), plan))
    return chosen


def _no_such(identity: str, plan: Plan) -> str:
    known = [i for sg in plan.segmentations for i in (sg.id, *(s.id for s in sg.segments))]
    advice = did_you_mean(identity, known) or f"there are {', '.join(sorted(known))}"
    return f"no segment or segmentation named `{identity}`; {advice}"


def membership_columns(segmentation: Segmentation, segments: tuple[Segment, ...]) -> dict[str, Expr]:
    """The expressions behind the columns of `memberships`, by the column's name."""
    if segmentation.assign == "every_match":
        return {s.id: Field(f"m:{s.id}", BOOLEAN) for s in segments}
    return {segmentation.id: Field(f"w:{segmentation.id}", INTEGER)}


def _memberships(plan: Plan, frame: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    columns = [key_column(plan)]
    for sg, segments in chosen:
        if sg.assign == "every_match":
            columns += [pl.col(s.id) for s in segments]
        else:
            columns.append(_labels(sg, segments))
    return frame.select(columns)


def key_column(plan: Plan) -> pl.Expr:
    """The customers key under its own name and in its own type."""
    return shown(pl.col(KEY), plan.types[f"c:{plan.key}"]).alias(plan.key)


def _labels(sg: Segmentation, segments: tuple[Segment, ...]) -> pl.Expr:
    """The winner's place as the segment's id; no winner is the `otherwise`, or null."""
    labels = [s.id for s in segments]
    place = pl.col(sg.id)
    if sg.otherwise is not None:
        place = place.fill_null(len(labels))
        labels.append(sg.otherwise.id)
    kind = pl.Enum(labels)
    if not labels:
        return pl.lit(None, dtype=kind).alias(sg.id)
    numbers = pl.Series(dtype=kind).to_physical().dtype
    return place.cast(numbers).cat.to(kind).alias(sg.id)


def _trait_names(plan: Plan, traits: Traits) -> dict[str, Field]:
    defined = {t.id: Field(f"t:{t.id}", plan.traits[t.id]) for t in plan.model.traits if t.id in plan.traits}
    columns = {n[2:]: Field(n, kind) for n, kind in plan.types.items() if n.startswith("c:")}
    if traits == "none":
        return {}
    if traits in ("all", "used"):
        used = columns_used(plan)
        return defined | {n: f for n, f in columns.items() if n in used and n != plan.key}
    asked = list(traits)
    for name in asked:
        if name not in defined and name not in columns:
            raise UsageError(f"no trait named `{name}`")
    return {name: defined.get(name) or columns[name] for name in asked}


def columns_used(plan: Plan) -> set[str]:
    """The customers columns that traits and rules refer to."""
    used: set[str] = set()
    for definition in plan.definitions.values():
        used |= {name[2:] for name in used_by(definition) if name.startswith("c:")}
    return used


def _traits(plan: Plan, frame: pl.DataFrame, names: Mapping[str, Field]) -> pl.DataFrame:
    columns = [shown(pl.col(f"\x00trait:{n}"), f.type).alias(n) for n, f in names.items()]
    return frame.select(key_column(plan), *columns)


def shown(expr: pl.Expr, kind: Type) -> pl.Expr:
    """A column of the engine as it leaves it: minor units as Decimal, text as String."""
    if kind.kind == "decimal":
        return as_decimal(expr, kind.scale)
    if kind.kind == "list" and kind.element is not None and kind.element.kind == "decimal":
        return expr.list.eval(as_decimal(pl.element(), kind.element.scale))
    return expr


def as_decimal(expr: pl.Expr, scale: int) -> pl.Expr:
    """Minor units (Int128) as Decimal(38, scale), losslessly."""
    unit = "1" if scale == 0 else f"0.{'0' * (scale - 1)}1"
    return expr.cast(pl.Decimal(38, 0)) * pl.lit(unit).cast(pl.Decimal(38, scale))
