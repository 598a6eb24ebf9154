"""Values to try for one trait, plain ones first, given the cells in which logic says that it lies."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from typing import Any

from segmentry.engine.language.expr import Call, Field
from segmentry.engine.language.types import Type
from segmentry.engine.planning.logic.domains import Span, value_of
from segmentry.engine.planning.logic.formulas import Cells
from segmentry.engine.planning.logic.phrases import some_keys
from segmentry.engine.planning.logic.space import FLAG_FALSE, FLAG_TRUE, Dimension

Part = tuple[Dimension, Cells]
"""A dimension with the cells that it lies in."""

_MOST_CELLS = 4
_DAYS = 800
_ORDINARY_DAY = date(2000, 1, 1).toordinal()


def candidates(field: Field, parts: list[Part]) -> list[Any]:
    """Values of a field for its dimension and those that are computed from it; at least one.

    Not all of them need to fit: they are tried one by one.
    """
    own = next((p for p in parts if isinstance(p[0].expr, Field) and p[0].kind != "ordered"), None)
    own = own or next((p for p in parts if isinstance(p[0].expr, Field)), None)
    ordered = [p for p in parts if isinstance(p[0].expr, Field) and p[0].kind == "ordered"]
    if own is not None and own[1] == own[0].missing:
        return [None]
    found: list[Any]
    match field.type.kind:
        case "boolean":
            found = _flags(own)
        case "string":
            found = _texts(parts)
        case "list":
            found = _lists(field.type, parts)
        case "unknown":
            found = [v for p in ordered for v in _keys(p)] or _texts(parts)
        case _:
            found = [v for p in ordered for v in _keys(p)] or _plain_values(field.type)
            if field.type.kind == "date" and any(isinstance(p[0].expr, Call) for p in parts):
                found += _days(found)
    if any(p[0].kind == "order" for p in parts):
        found += _others(found)
    may_miss = own is None or bool(own[1] & own[0].missing)
    return [*dict.fromkeys(found), *([None] if may_miss else [])] or [None]


def _plain_values(kind: Type) -> list[Any]:
    return [value_of(key, kind) for key in _plain((None, None), kind)]


def _bits(cells: Cells, count: int) -> list[int]:
    return [n for n in range(count) if cells >> n & 1]


def _flags(own: Part | None) -> list[Any]:
    if own is None:
        return [False, True]
    return [False] * bool(own[1] & FLAG_FALSE) + [True] * bool(own[1] & FLAG_TRUE)


def _keys(part: Part) -> list[Any]:
    dimension, cells = part
    spans = [dimension.spans[n] for n in _bits(cells, len(dimension.spans))]
    expr = dimension.expr
    assert isinstance(expr, Field)
    # Zero is the plainest number, so the stretch that holds it goes first.
    spans.sort(key=lambda span: not _holds_zero(span))
    return [value_of(key, expr.type) for span in spans[:_MOST_CELLS] for key in _plain(span, expr.type)]


def _plain(span: Span, kind: Type) -> list[Any]:
    """Keys of a stretch: of numbers 0 if it is there, of times some that are not at the ends of time."""
    low, high = span
    if not kind.is_temporal or kind.kind == "unknown":
        return [0, *some_keys(span)] if low is None and _holds_zero(span) else list(some_keys(span))
    year = 365 if kind.kind == "date" else 365 * 86_400_000_000
    if high is not None:
        return [k for k in (high - 1, high - year) if k > 0 and (low is None or k >= low)] or [high - 1]
    return [low, low + year] if low is not None else [_ORDINARY_DAY if kind.kind == "date" else 0]


def _holds_zero(span: Span) -> bool:
    return (span[0] is None or span[0] <= 0) and (span[1] is None or span[1] > 0)


def _others(values: list[Any]) -> list[Any]:
    """More values near those that are there: where two traits are compared, one has to give way."""
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return [v + d for v in numbers[:2] for d in (1, -1, 100, -100, 10_000)]


def _days(found: list[Any]) -> list[Any]:
    starts = [v for v in found if isinstance(v, date)][:2]
    return [d + timedelta(days=n) for d in starts for n in range(-_DAYS // 2, _DAYS // 2) if date.min < d]


# --- texts and lists ------------------------------------------------------------------------------


def _texts(parts: list[Part]) -> list[Any]:
    named: list[Any] = []
    free = not any(d.kind == "text" for d, _ in parts)
    for dimension, cells in parts:
        if dimension.kind == "text":
            chosen = [dimension.values[n] for n in _bits(cells, len(dimension.values))]
            named += [text for text in chosen[:_MOST_CELLS] if text is not None]
            free = free or None in chosen
    return named + (_invented(parts) if free else [])


def _invented(parts: list[Part]) -> list[str]:
    """Texts that nothing names, some of which the tests of this text find and some of which they don't."""
    pieces: dict[str, list[str]] = {"starts_with": [""], "contains": [""], "ends_with": [""]}
    for dimension, cells in parts:
        test = dimension.expr
        if isinstance(test, Call) and test.op in pieces and cells == FLAG_TRUE:
            pieces[test.op] += list(test.params[0][:3])
    made = [a + b + c for a in pieces["starts_with"] for b in pieces["contains"] for c in pieces["ends_with"]]
    longest = max(made, key=len)
    return [t for t in dict.fromkeys((longest, f"{longest}?", "another", *made, " ")) if t]


def _lists(kind: Type, parts: list[Part]) -> list[Any]:
    """Lists of some of the values that tests of this list name."""
    values: dict[Any, None] = {}
    for dimension, _ in parts:
        if isinstance(dimension.expr, Call) and dimension.expr.op.startswith("list_includes"):
            values |= dict.fromkeys(dimension.expr.params[0])
    some = list(values)[:4]
    text = kind.element is not None and kind.element.kind == "string"
    chosen = [c for n in range(len(some) + 1) for c in combinations(some, n)]
    fillers = [f"another {n}" for n in range(9)]
    return [(*c, *fillers[:more]) for more in ((0, 1, 2, 4, 9) if text else (0,)) for c in chosen]
