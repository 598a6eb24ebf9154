"""Which values a trait, a column or a count can have at all: what its kind and its contract imply.

Ordered values are keys that have a next one: whole numbers as they are, decimals in minor units, dates as
ordinals, datetimes in microseconds since 1970, doubles as themselves. So every bound can be half-open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, assert_never

from segmentry.engine.files.model import Column, Trait
from segmentry.engine.language.aggregates import AGGREGATE_PRIMITIVES
from segmentry.engine.language.expr import Call, Const, Expr, Field, nearest_double
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.kinds.entry import Bounds
from segmentry.engine.language.types import STRING, Type
from segmentry.engine.planning.plan import Computed, Followed, Plan, Ranked, RowAggregate
from segmentry.engine.planning.resolve.nulls import may_be_null

Key = int | float
Span = tuple[Key | None, Key | None]
"""Keys from the first to before the second; None is open."""

EVERYTHING: tuple[Span, ...] = ((None, None),)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Domain:
    """What is possible: ``spans`` of keys, or ``values`` of text (None: any), and missing if ``nullable``."""

    spans: tuple[Span, ...] = EVERYTHING
    values: tuple[str, ...] | None = None
    nullable: bool = True


def key_of(value: Any) -> Key:
    """The key of an ordered value as it stands in a `Const`."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    return value.toordinal() if isinstance(value, date) else value


def value_of(key: Key, kind: Type) -> Any:
    """The value of a key, as it stands in a `Const`."""
    match kind.kind:
        case "date":
            return date.fromordinal(int(key))
        case "datetime":
            return _EPOCH + timedelta(microseconds=int(key))
        case "number" | "unknown":
            return float(key)
        case _:
            return int(key)


def after(key: Key) -> Key:
    """The next key."""
    return math.nextafter(key, math.inf) if isinstance(key, float) else key + 1


def before(key: Key) -> Key:
    """The key before."""
    return math.nextafter(key, -math.inf) if isinstance(key, float) else key - 1


def point(key: Key) -> Span:
    """That one key."""
    return key, after(key)


# --- what the parts of dates and formulas imply ---------------------------------------------------

_PART_SPANS: Mapping[str, Span] = {
    "quarter": (1, 5),
    "month": (1, 13),
    "week": (1, 54),
    "weekday": (1, 8),
    "hour": (0, 24),
    "length": (0, None),
    "list_size": (0, None),
    "int_absolute": (0, None),
    "absolute": (0.0, None),
    "square_root": (0.0, None),
}

_DAYS = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]


@dataclass
class Domains:
    """The domains of what a plan defines."""

    plan: Plan

    def __post_init__(self) -> None:
        self._traits = {t.id: t for t in self.plan.model.traits}

    def of_field(self, field: Field) -> Domain:
        """The domain of a trait, a column, a count or a rank."""
        name, rest = field.name, field.name[2:]
        nullable = self.nullable(name)
        if name.startswith("c:"):
            return _of_column(self.column(self.plan.customers, rest), field.type, nullable)
        definition = self.plan.definitions.get(name)
        if name.startswith("t:") and rest in self._traits and isinstance(definition, Computed):
            return self._of_trait(self._traits[rest], definition.expr, nullable)
        if isinstance(definition, RowAggregate):
            least = AGGREGATE_PRIMITIVES[definition.kind].least
            if least is None:
                return Domain(nullable=nullable)
            return Domain(((least if field.type.is_exact else float(least), None),), None, nullable)
        if name.startswith("w:") and isinstance(definition, Computed) and isinstance(definition.expr, Call):
            return Domain(((0, definition.expr.params[0]),), None, nullable)
        return Domain(nullable=nullable)

    def of_expression(self, expr: Expr) -> Domain:
        """The domain of anything that is computed, where it is known."""
        if isinstance(expr, Call) and expr.op == "month_day":
            days = tuple(point(100 * d.month + d.day) for d in _DAYS)
            return Domain(days, None, nullable=False)
        return Domain((self._span(expr),), None, nullable=False)

    def nullable(self, name: str) -> bool:
        """Whether a definition can be missing."""
        definition = self.plan.definitions.get(name)
        match definition:
            case None:
                return name != f"c:{self.plan.key}" and not name.startswith(("r:", "m:"))
            case Computed(expr=expr):
                return not name.startswith(("r:", "m:")) and may_be_null(expr, self.nullable)
            case RowAggregate(kind=kind):
                return not AGGREGATE_PRIMITIVES[kind].is_known
            case Followed():
                return False
            case Ranked(of=of, among=among):
                return among is not None or may_be_null(of, self.nullable)

    def column(self, source: str, name: str) -> Column | None:
        """The contract of a source's column, wherever it comes from; None where it has none."""
        plan = self.plan.sources.get(source)
        while plan is not None:
            for column in plan.source.columns:
                if column.name == name:
                    return column
            for lookup in plan.lookups:
                if name in lookup.columns:
                    return self.column(lookup.source, name)
            plan = None if plan.parent is None else self.plan.sources.get(plan.parent)
        return None

    # --- traits -----------------------------------------------------------------------------------

    def _of_trait(self, trait: Trait, expr: Expr, nullable: bool) -> Domain:
        default: Any = None
        if trait.default is not None and isinstance(expr, Call) and expr.op == "coalesce":
            whole, fallback = expr.args
            expr = whole
            if not isinstance(fallback, Const):
                return Domain(nullable=nullable)
            default = fallback.value
        labels = TRAIT_KINDS[trait.kind].bounds(trait).labels
        if labels is not None:
            values = _distinct((*labels, *([str(default)] if default is not None else [])))
            return Domain(values=values, nullable=nullable)
        domain = self._of_kind(trait, expr)
        if default is None:
            return Domain(domain.spans, domain.values, nullable)
        if isinstance(default, str):
            texts = None if domain.values is None else _distinct((*domain.values, default))
            return Domain(values=texts, nullable=nullable)
        spans = domain.spans if isinstance(default, bool) else (*domain.spans, point(key_of(default)))
        return Domain(spans, None, nullable)

    def _of_kind(self, trait: Trait, expr: Expr) -> Domain:
        kind = TRAIT_KINDS[trait.kind]
        bounds = kind.bounds(trait)
        if bounds != Bounds():
            least, most = (_end(end, expr.type) for end in (bounds.least, bounds.most))
            return Domain(((least, None if most is None else after(most)),))
        if kind.copies and trait.rows is not None and trait.column is not None:
            return _of_column(self.column(trait.rows.source, trait.column), expr.type, nullable=True)
        return Domain((self._span(expr),))

    # --- expressions ------------------------------------------------------------------------------

    def _span(self, expr: Expr) -> Span:
        """The keys between which an expression lies, as far as a few simple operations show it."""
        match expr:
            case Const(value=value):
                return point(key_of(value)) if _is_ordered(value) else (None, None)
            case Field():
                spans = self.of_field(expr).spans
                return _around(spans)
            case Call(op="choose", args=(_, a, b)):
                return _around((self._span(a), self._span(b)))
            case Call(op="coalesce" | "smallest" | "greatest", args=args):
                return _around(tuple([self._span(a) for a in args]))
            case Call(op="int_add", args=(a, b)):
                return _sum(self._span(a), self._span(b))
            case Call(op="int_scale_up", args=(a,), params=(k,)):
                low, high = self._span(a)
                up = 10 ** int(k)
                return None if low is None else low * up, None if high is None else (high - 1) * up + 1
            case Call(op="to_double", args=(a,), params=(scale,)):
                low, high = self._span(a)
                by = 10 ** int(scale)
                least = None if low is None else nearest_double(int(low), by)
                return least, None if high is None else after(nearest_double(int(high) - 1, by))
            case Call(op="hash", params=(count,)):
                return 0, count
            case Call(op=op):
                return _PART_SPANS.get(op, (None, None))
            case _:
                assert_never(expr)


def _end(end: float | None, kind: Type) -> Key | None:
    """The key of an end of bounds among the values of a type: of a decimal in minor units."""
    if end is None:
        return None
    return int(Fraction(end) * 10**kind.scale) if kind.is_exact else float(end)


def _distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _is_ordered(value: Any) -> bool:
    return isinstance(value, (int, float, date)) and not isinstance(value, bool)


def _around(spans: tuple[Span, ...]) -> Span:
    lows = [low for low, _ in spans if low is not None]
    highs = [high for _, high in spans if high is not None]
    low = min(lows) if spans and len(lows) == len(spans) else None
    return low, max(highs) if spans and len(highs) == len(spans) else None


def _sum(a: Span, b: Span) -> Span:
    low = None if a[0] is None or b[0] is None else a[0] + b[0]
    return low, None if a[1] is None or b[1] is None else a[1] + b[1] - 1


def _of_column(column: Column | None, kind: Type, nullable: bool) -> Domain:
    """What a contract's `values` allow."""
    if column is None or column.values is None or column.on_unknown_value == "keep":
        return Domain(nullable=nullable)
    nullable = nullable or column.on_unknown_value == "null"
    if kind == STRING and all(isinstance(v, str) for v in column.values):
        return Domain(values=tuple(dict.fromkeys(column.values)), nullable=nullable)
    if kind.kind == "integer" and all(isinstance(v, int) for v in column.values):
        return Domain(tuple(point(int(v)) for v in column.values), None, nullable)
    return Domain(nullable=nullable)
