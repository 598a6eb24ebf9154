"""What the kinds of traits ask of their columns, and which results are approximate."""

from __future__ import annotations

from collections.abc import Iterable

from segmentry.engine.files.model import Place
from segmentry.engine.language.arithmetic import uses_transcendental
from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.types import Type
from segmentry.engine.planning.plan import RowAggregate
from segmentry.engine.planning.resolve.scope import KnownNames


def check_kind(names: KnownNames, kind: str, value: Type, column: str, at: Place) -> None:
    """Report a column whose type a trait kind does not take."""
    if value.kind == "unknown":
        return
    wanted = TRAIT_KINDS[kind].values
    fits = {
        "numbers": value.is_number,
        "ordered": value.kind not in ("boolean", "list"),
        "scalars": value.kind != "list",
    }.get(wanted, True)
    if not fits:
        words = (
            "numbers" if wanted == "numbers" else "single values" if wanted == "scalars" else "ordered values"
        )
        message = f"`{kind}` takes {words}, `{column}` is {value.words()}"
        names.reject("operator-type", message, at)


def is_approximate(expr: Expr, approximate: Iterable[str]) -> bool:
    """Whether the last digits of an expression may differ between runs or engines."""
    return uses_transcendental(expr) or not fields_of(expr).isdisjoint(approximate)


def aggregates_approximate(aggregates: Iterable[RowAggregate], approximate: set[str]) -> bool:
    """Whether one of the aggregates sums doubles, takes a deviation or reads an approximate column."""
    for aggregate in aggregates:
        if aggregate.kind == "std" or (aggregate.kind == "sum" and aggregate.type.kind == "number"):
            return True
        if aggregate.value is not None and is_approximate(aggregate.value, approximate):
            return True
    return False
