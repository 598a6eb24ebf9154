"""What the kinds of traits ask of their columns, and which results are approximate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from segmentry.engine.files.condition_model import Place
from segmentry.engine.files.model import Aggregate, Trait
from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES, RowAggregate
from segmentry.engine.language.arithmetic import uses_transcendental
from segmentry.engine.language.expr import Expr, fields_of
from segmentry.engine.language.kinds.entry import RowKind, TraitKind, Values
from segmentry.engine.language.types import Type
from segmentry.engine.planning.resolve.scope import KnownNames

_TAKES: Mapping[Values, tuple[str, Callable[[Type], bool]]] = {
    "any": ("anything", lambda _: True),
    "none": ("no column", lambda _: True),
    "numbers": ("numbers", lambda value: value.is_number),
    "ordered": ("ordered values", lambda value: value.kind not in ("boolean", "list")),
    "numbers or dates": ("numbers or dates", lambda value: value.is_number or value.is_temporal),
    "scalars": ("single values", lambda value: value.kind != "list"),
}


def check_kind(names: KnownNames, kind: TraitKind, value: Type, column: str, at: Place) -> None:
    """Report a column whose type a trait kind does not take."""
    if value.kind == "unknown":
        return
    words, takes = _TAKES[kind.values]
    if not takes(value):
        message = f"`{kind.name}` takes {words}, `{column}` is {value.words()}"
        names.reject("operator-type", message, at)


def check_time(names: KnownNames, kind: RowKind, source: str, at: Place, *, timed: bool) -> None:
    """Report rows without a time where a kind needs one."""
    if kind.needs_time and not timed:
        message = f"`{kind.name}` needs a time, `{source}` has none"
        names.reject("operator-type", message, at, "say `time:` in the source")


def check_ties(names: KnownNames, written: Trait | Aggregate, source: str, at: Place, *, timed: bool) -> None:
    """Report what is said of rows at the same time where rows have none."""
    if not timed and (written.tie is not None or written.keep_missing):
        key = "tie" if written.tie is not None else "missing"
        message = f"`{source}` has no time, so `{key}` says nothing of its rows"
        names.reject("operator-type", message, at, f"say `time:` in the source, or leave `{key}` out")


def is_approximate(expr: Expr, approximate: Iterable[str]) -> bool:
    """Whether the last digits of an expression may differ between runs or engines."""
    return uses_transcendental(expr) or not fields_of(expr).isdisjoint(approximate)


def aggregates_approximate(aggregates: Iterable[RowAggregate], approximate: set[str]) -> bool:
    """Whether one of the aggregates sums doubles, takes a deviation or reads an approximate column."""
    for aggregate in aggregates:
        of = AGGREGATE_PRIMITIVES[aggregate.kind].approximate
        if of == "always" or (of == "of doubles" and aggregate.type.kind == "number"):
            return True
        if aggregate.value is not None and is_approximate(aggregate.value, approximate):
            return True
    return False
