"""The kinds of traits that are made of other traits."""

from __future__ import annotations

import math

from segmentry.engine.language.expr import Const, Expr, aligned, as_number, call, rescaled
from segmentry.engine.language.kinds.entry import Bounds, CustomerKind, TraitContext, WrittenTrait, unbounded
from segmentry.engine.language.literals import exact_number, fits_exactly, found, number_const, too_long
from segmentry.engine.language.types import INTEGER, NUMBER, STRING


def _of_bucket(trait: WrittenTrait) -> Bounds:
    return Bounds(1, trait.into or 1)


def _of_percentile(_: WrittenTrait) -> Bounds:
    return Bounds(math.nextafter(0.0, 1.0), 1.0)


def _of_band(trait: WrittenTrait) -> Bounds:
    return Bounds(labels=tuple(label for label, _ in trait.edges))


def _band(context: TraitContext) -> Expr:
    of = context.of()
    edges: list[Const] = []
    for label, raw in context.trait.edges:
        path = ("edges", label)
        value = exact_number(raw)
        if value is None or not fits_exactly(value):
            context.reject(f"an edge is a number, {found(raw)} was found", path, too_long(value))
        edges.append(number_const(value))
        if len(edges) > 1 and _at_most(edges[-1], edges[-2]):
            context.reject(f"the edge `{label}` is not above the one before", path, "sort the edges")
    scale = max([of.type.scale, *(e.type.scale for e in edges)])
    exact = of.type.is_exact
    subject = rescaled(of, scale) if exact else as_number(of)
    bounds = tuple(_const(rescaled(e, scale) if exact else as_number(e)).value for e in edges)
    labels = tuple(label for label, _ in context.trait.edges)
    return call("band", subject, type=STRING, params=(bounds, labels))


def _at_most(a: Const, b: Const) -> bool:
    left, right = aligned(a, b)
    return bool(_const(left).value <= _const(right).value)


def _const(expr: Expr) -> Const:
    assert isinstance(expr, Const)
    return expr


ENTRIES = (
    CustomerKind(
        name="formula",
        operand="formula",
        values="any",
        nothing="by the formula",
        doc="Arithmetic over other traits.",
        example="formula: spend / orders",
        phrase="{formula}",
        bounds=unbounded,
        lower=lambda context: context.formula(),
    ),
    CustomerKind(
        name="bucket",
        operand="of",
        values="numbers or dates",
        nothing="missing",
        doc="1 to K by cumulative share of the known values; equal values always share a bucket.",
        example="bucket: {of: spend, into: 5}",
        phrase="the place of {of} in {into} steps of equally many customers, {order}",
        bounds=_of_bucket,
        lower=lambda context: context.rank("bucket", context.trait.into, INTEGER),
        keys=("into", "ascending", "ties", "among", "per"),
        required=("into",),
    ),
    CustomerKind(
        name="percentile",
        operand="of",
        values="numbers or dates",
        nothing="missing",
        doc="Share of the known values that are not greater, in (0, 1]; with `ascending: false` not smaller.",
        example="percentile: {of: spend}",
        phrase="the share of customers whose {of} is no {beyond}",
        bounds=_of_percentile,
        lower=lambda context: context.rank("percentile", None, NUMBER),
        keys=("ascending", "ties", "among", "per"),
    ),
    CustomerKind(
        name="band",
        operand="of",
        values="numbers",
        nothing="missing",
        doc="Label of the last edge that the value reaches; missing below the first.",
        example="band: {of: spend, edges: {low: 0, mid: 100, high: 500}}",
        phrase="the band of {of}: {edges}",
        bounds=_of_band,
        lower=_band,
        keys=("edges",),
        required=("edges",),
    ),
    CustomerKind(
        name="points",
        operand="points",
        values="any",
        nothing="0",
        doc="Sum of the points whose condition holds.",
        example="points: [{when: {trait: orders_12m, at_least: 4}, points: 30}]",
        phrase="points, added up",
        bounds=unbounded,
        lower=lambda context: context.points(),
    ),
)
"""In the order in which the documentation lists them."""
