"""Who moved where: both versions over one frame of customers, and each change taken back alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import polars as pl

from segmentry.engine.answers.evaluation import shown
from segmentry.engine.backends.protocol import KEY, Backend, ColumnStore, Readers
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diff.causes import Cause
from segmentry.engine.diff.changes import segments_of
from segmentry.engine.diff.comparison import NOT_A_CUSTOMER, Explained, Flow, FlowTable, Place, Sum
from segmentry.engine.diff.merge import Merged, used_by
from segmentry.engine.diff.variants import Circular, with_overrides
from segmentry.engine.files.model import Segmentation
from segmentry.engine.language.expr import FALSE, Expr, Field
from segmentry.engine.language.types import BOOLEAN, INTEGER, Type
from segmentry.engine.planning.plan import Definition, Plan

MOST_CAUSES = 40
"""So many changes are taken back one by one; each is an evaluation of what rests on it."""


@dataclass(frozen=True, slots=True)
class View:
    """Where customers are, as one version sees it: an expression, and the place that each value means.

    A whole segmentation has the place of the winner (the last of ``places`` for none), one segment a truth.
    """

    expr: Expr
    places: tuple[Place, ...]
    is_truth: bool = False


@dataclass(frozen=True, slots=True)
class ComparedUnit:
    """A table to be made: both views, each over the definitions of its plan, and for each change that touches
    it the head's view without it.
    """

    segmentation: str
    segment: str | None
    base: View
    head: View
    without: Mapping[int, View] = field(default_factory=dict[int, View])


@dataclass(frozen=True)
class MeasuredChange:
    """The tables, the customers of both versions, and what each change explains, by its number."""

    tables: tuple[FlowTable, ...]
    customers: tuple[int, int]
    explained: Mapping[int, tuple[Explained, ...]]


# --- what is looked at ------------------------------------------------------------------------------


def units_of(merged: Merged) -> Iterator[ComparedUnit]:
    """The tables of a comparison: whole segmentations where each customer has one place, else segments."""
    old = {sg.id: sg for sg in merged.base.segmentations}
    done: set[str] = set()
    homes = segments_of(merged.base)
    for sg in merged.head.segmentations:
        before = old.get(sg.id)
        if before is None or "every_match" in (sg.assign, before.assign):
            continue
        views = (_assigned(merged.base, before), _assigned(merged.head, sg))
        yield ComparedUnit(sg.id, None, *views)
        done |= {s for v in views for s in v.places if s is not None and homes.get(s, (sg,))[0].id == sg.id}
    for plan in (merged.head, merged.base):
        for identity, (sg, _) in segments_of(plan).items():
            if identity not in done and f"m:{identity}" in plan.definitions:
                done.add(identity)
                yield _single(merged, sg.id, identity)


def _assigned(plan: Plan, sg: Segmentation) -> View:
    last = None if sg.otherwise is None else sg.otherwise.id
    return View(Field(f"w:{sg.id}", INTEGER), (*(s.id for s in plan.segments(sg)), last))


def _single(merged: Merged, segmentation: str, identity: str) -> ComparedUnit:
    name = f"m:{identity}"
    truth = Field(name, BOOLEAN)
    base, head = (truth if name in plan.definitions else FALSE for plan in (merged.base, merged.head))
    places = (None, identity)
    return ComparedUnit(segmentation, identity, View(base, places, True), View(head, places, True))


def with_causes(
    merged: Merged, units: Sequence[ComparedUnit], causes: Sequence[Cause]
) -> tuple[Plan, list[ComparedUnit], set[int]]:
    """The merged plan with what every change alone leads to, the units that look at it, and which could be
    taken back.
    """
    definitions: dict[str, Definition] = dict(merged.plan.definitions)
    views: list[dict[int, View]] = [{} for _ in units]
    traced: set[int] = set()
    uses = {name: used_by(definition) for name, definition in definitions.items()}
    heads = [unit.head.expr.name for unit in units if isinstance(unit.head.expr, Field)]
    for number, cause in enumerate(causes[:MOST_CAUSES]):
        if cause.overrides is None:
            continue
        try:
            added, names = with_overrides(
                merged.plan.definitions, uses, cause.overrides, heads, f"without change {number + 1}"
            )
        except Circular:
            continue
        definitions |= added
        traced.add(number)
        for unit, found in zip(units, views, strict=True):
            head = unit.head.expr
            if isinstance(head, Field) and head.name in names:
                as_before = cause.kind == "segmentation" and cause.id == unit.segmentation
                places = unit.base.places if as_before else unit.head.places
                found[number] = View(Field(names[head.name], head.type), places, unit.head.is_truth)
    looked = [replace(unit, without=found) for unit, found in zip(units, views, strict=True)]
    return replace(merged.plan, definitions=definitions), looked, traced


# --- evaluation -------------------------------------------------------------------------------------


def measure(
    backend: Backend,
    merged: Merged,
    plan: Plan,
    units: Sequence[ComparedUnit],
    readers: tuple[Readers, Readers],
    values: Sequence[str],
    ids: int,
    store: ColumnStore | None = None,
) -> MeasuredChange:
    """The tables of all units. ``plan`` is the merged one with every change taken back.

    ``readers`` are those of base and head, ``values`` the head's traits that are summed, ``ids`` how many
    customers of each move are named, ``store`` has columns of earlier evaluations. Raises DataError for what
    the data lacks.
    """
    if merged.together:
        frame = _together(backend, merged, plan, units, readers, values, store)
        customers = (frame.height, frame.height)
    else:
        frame, customers = _apart(backend, merged, units, readers, values, store)
    names = [name for unit in units for name, _ in _columns(unit) if name in frame.columns]
    frame = frame.with_columns(pl.col(name).fill_null(_ABSENT) for name in names)
    tables = tuple(_table(frame, unit, merged.head, values, ids) for unit in units)
    return MeasuredChange(tables, customers, _explained(frame, units))


def _columns(unit: ComparedUnit) -> list[tuple[str, View]]:
    name = f"{unit.segmentation}\x00{unit.segment or ''}\x00"
    others = [(f"{name}{number}", view) for number, view in unit.without.items()]
    return [(f"{name}base", unit.base), (f"{name}head", unit.head), *others]


def _value_fields(plan: Plan, values: Sequence[str]) -> dict[str, Expr]:
    return {f"\x00value:{name}": Field(f"t:{name}", plan.traits[name]) for name in values}


def _together(
    backend: Backend,
    merged: Merged,
    plan: Plan,
    units: Sequence[ComparedUnit],
    readers: tuple[Readers, Readers],
    values: Sequence[str],
    store: ColumnStore | None,
) -> pl.DataFrame:
    """Both versions over the same customers, in one evaluation."""
    old, new = readers
    own = {merged.sources[n]: reader for n, reader in old.items() if merged.sources[n] != n}
    wanted = _value_fields(merged.head, values)
    for unit in units:
        for name, view in _columns(unit):
            wanted[name] = merged.of_base(view.expr) if view is unit.base else view.expr
    return _placed(backend.frame(plan, {**new, **own}, wanted, store=store).frame, units)


def _apart(
    backend: Backend,
    merged: Merged,
    units: Sequence[ComparedUnit],
    readers: tuple[Readers, Readers],
    values: Sequence[str],
    store: ColumnStore | None,
) -> tuple[pl.DataFrame, tuple[int, int]]:
    """Each version over its own customers, side by side by their key."""
    old = {name: view.expr for unit in units for name, view in _columns(unit) if view is unit.base}
    new = {name: view.expr for unit in units for name, view in _columns(unit) if view is unit.head}
    base = _placed(backend.frame(merged.base, readers[0], old, store=store).frame, units)
    wanted = {**new, **_value_fields(merged.head, values)}
    head = _placed(backend.frame(merged.head, readers[1], wanted, store=store).frame, units)
    if base.schema[KEY] != head.schema[KEY]:
        raise DataError(
            f"the customers key is `{merged.base.key}` in the base and `{merged.head.key}` in the head, of "
            "different types, so nobody can be found again; compare two versions with the same key"
        )
    joined = base.join(head, on=KEY, how="full", coalesce=True).sort(KEY)
    return joined, (base.height, head.height)


# --- places as small numbers ------------------------------------------------------------------------

_ABSENT = 1
"""The code of `NOT_A_CUSTOMER`."""


def _places_of(unit: ComparedUnit) -> tuple[Place, ...]:
    """Every place of a table; a customer's place is told by its position here."""
    views = (unit.base, unit.head, *unit.without.values())
    return tuple(dict.fromkeys([None, NOT_A_CUSTOMER, *(place for view in views for place in view.places)]))


def _placed(frame: pl.DataFrame, units: Sequence[ComparedUnit]) -> pl.DataFrame:
    """The frame with the codes of places in the columns that are there."""
    return frame.with_columns(
        _codes(name, view, _places_of(unit))
        for unit in units
        for name, view in _columns(unit)
        if name in frame.columns
    )


def _codes(name: str, view: View, places: tuple[Place, ...]) -> pl.Expr:
    codes = [places.index(place) for place in view.places]
    if view.is_truth:  # its first place is nobody's, whose code is 0
        return pl.col(name).cast(pl.UInt16) * pl.lit(codes[1], pl.UInt16)
    value = pl.col(name).cast(pl.Int64).fill_null(len(codes) - 1)  # nobody won
    return value.replace_strict(list(range(len(codes))), codes, return_dtype=pl.UInt16).alias(name)


# --- tables -----------------------------------------------------------------------------------------


def _table(frame: pl.DataFrame, unit: ComparedUnit, head: Plan, values: Sequence[str], ids: int) -> FlowTable:
    (base, _), (after, _), *_ = _columns(unit)
    places = _places_of(unit)
    numbers = [number for name in values for number in _value_sums(name)]
    keys = shown(pl.col(KEY), head.types[f"c:{head.key}"]).head(ids).alias("\x00ids")
    grouped = frame.group_by(base, after).agg(pl.len().alias("\x00customers"), *numbers, keys)
    flows: list[Flow] = []
    for row in grouped.sort(base, after).iter_rows(named=True):
        source, target = _place(places, row[base]), _place(places, row[after])
        sums = {name: _sum(row, name, head.traits[name]) for name in values}
        named = tuple(row["\x00ids"]) if source != target else ()
        flows.append(Flow(source, target, row["\x00customers"], sums, named))
    return FlowTable(unit.segmentation, unit.segment, tuple(flows))


def _place(places: tuple[Place, ...], code: int) -> Place:
    return places[code]


def _value_sums(name: str) -> list[pl.Expr]:
    value = pl.col(f"\x00value:{name}")
    return [
        value.sum().alias(f"\x00total:{name}"),
        value.abs().sum().alias(f"\x00absolute:{name}"),
        value.abs().max().alias(f"\x00largest:{name}"),
    ]


def _sum(row: Mapping[str, Any], name: str, kind: Type) -> Sum:
    total, absolute, largest = (row[f"\x00{what}:{name}"] or 0 for what in ("total", "absolute", "largest"))
    if not kind.is_exact:
        return Sum(float(total), float(absolute), float(largest))
    unit = Decimal(1).scaleb(-kind.scale)
    return Sum(int(total) * unit, float(int(absolute) * unit), float(int(largest) * unit))


def _explained(frame: pl.DataFrame, units: Sequence[ComparedUnit]) -> dict[int, tuple[Explained, ...]]:
    """For each change and table: those who moved, and would not have without the change."""
    counts: dict[str, pl.Expr] = {}
    for unit in units:
        (base, _), (head, _), *others = _columns(unit)
        moved = pl.col(base) != pl.col(head)
        counts[head] = moved.sum()
        counts |= {name: (moved & (pl.col(name) == pl.col(base))).sum() for name, _ in others}
    row = frame.select(expr.alias(name) for name, expr in counts.items()).row(0, named=True) if counts else {}
    found: dict[int, list[Explained]] = {}
    for unit in units:
        _, (head, _), *others = _columns(unit)
        for number, (name, _) in zip(unit.without, others, strict=True):
            if row[head]:
                reported = Explained(unit.segmentation, unit.segment, row[name], row[head])
                found.setdefault(number, []).append(reported)
    return {number: tuple(items) for number, items in found.items()}
