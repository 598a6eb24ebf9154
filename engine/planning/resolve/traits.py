"""Traits become definitions with a type."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engine.files.model import Leaf, Points, Test, Trait
from segmentry.engine.language import arithmetic
from segmentry.engine.language.expr import (
    Const,
    Expr,
    Field,
    aligned,
    as_number,
    call,
    fields_of,
    rescaled,
)
from segmentry.engine.language.functions import as_type
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.literals import exact_number, fits_exactly, found, number_const, too_long
from segmentry.engine.language.operands import Rejected, read_value
from segmentry.engine.language.types import DATE, INTEGER, NUMBER, STRING, Type, common_type
from segmentry.engine.planning.plan import Computed, Ranked, RowAggregate
from segmentry.engine.planning.resolve.aggregates import Rowwise
from segmentry.engine.planning.resolve.checks import aggregates_approximate, check_kind, is_approximate
from segmentry.engine.planning.resolve.conditions import Lowering
from segmentry.engine.planning.resolve.formulas import FormulaLowering
from segmentry.engine.planning.resolve.leaves import LeafLowering
from segmentry.engine.planning.resolve.nulls import may_be_null
from segmentry.engine.planning.resolve.scope import CustomerScope


@dataclass(frozen=True)
class TraitResolver:
    """Lowers traits; each is called after the traits and segments it refers to."""

    lowering: Lowering

    @property
    def scope(self) -> CustomerScope:
        """The names that traits see."""
        return CustomerScope(self.lowering.names)

    def resolve(self, trait: Trait) -> None:
        """Define the trait; after a mistake its type stays unknown."""
        names = self.lowering.names
        name = f"t:{trait.id}"
        try:
            expr = self._lower(trait)
            if self._is_approximate(expr):
                names.approximate.add(name)
            expr = self._with_default(trait, expr)
        except Rejected:
            return
        names.traits[trait.id] = expr.type
        names.nullable[name] = may_be_null(expr, self.scope.nullable)
        self.lowering.definitions.table[name] = Computed(expr)
        self._warn_money(trait, name)

    def _is_approximate(self, expr: Expr) -> bool:
        names, table = self.lowering.names, self.lowering.definitions.table
        used = [table[f] for f in fields_of(expr) if f in table]
        for definition in used:
            if isinstance(definition, RowAggregate):
                approximate = names.sources[definition.source].approximate
                if aggregates_approximate([definition], approximate):
                    return True
            if isinstance(definition, Ranked) and is_approximate(definition.of, names.approximate):
                return True
        return is_approximate(expr, names.approximate)

    def _warn_money(self, trait: Trait, name: str) -> None:
        names = self.lowering.names
        if name not in names.approximate or trait.unit is None or not is_currency(trait.unit):
            return
        message = f"`{trait.id}` is money in {trait.unit}, but it is computed in rounded numbers"
        hint = "declare the column as `{type: decimal, scale: 2}`, then it is exact"
        names.findings.add("approximate-money", message, trait.places.get("unit", trait.at), hint)

    # --- kinds ------------------------------------------------------------------------------------

    def _lower(self, trait: Trait) -> Expr:
        match trait.kind:
            case "formula":
                assert trait.formula is not None
                return FormulaLowering(self.scope, trait.formula, self.lowering.locate).lower()
            case "points":
                return self.points(trait.points)
            case "bucket" | "percentile":
                return self._rank(trait)
            case "band":
                return self._band(trait)
            case _:
                return self._rows(trait)

    def _rows(self, trait: Trait) -> Expr:
        assert trait.rows is not None
        lowering = self.lowering
        scope = lowering.row_scope(trait.rows.source, trait.rows.at)
        lowering.check_linked(trait.rows.source, trait.rows.at)
        rows = lowering.row_set(trait.rows)
        kind = TRAIT_KINDS[trait.kind]
        timed = trait.rows.source in lowering.timed
        if kind.needs_time and not timed:
            message = f"`{trait.kind}` needs a time, `{trait.rows.source}` has none"
            lowering.names.reject("operator-type", message, trait.rows.at, "say `time:` in the source")
        value: Expr | None = None
        if trait.column is not None:
            value = scope.field(trait.column, trait.rows.at)
            check_kind(lowering.names, trait.kind, value.type, trait.column, trait.rows.at)
        that = None if trait.that is None else lowering.condition(trait.that, scope)
        time_name = lowering.time_columns.get(trait.rows.source)
        time = None if time_name is None else scope.field(time_name, trait.rows.at)
        assert time is None or isinstance(time, Field)
        today = Const(lowering.names.calendar.today, DATE)
        rowwise = Rowwise(rows.source, rows.where, rows.start, rows.end, time, today, lowering.aggregate)
        return rowwise.lower(trait.kind, value, that)

    def _rank(self, trait: Trait) -> Expr:
        of = self._ranked_value(trait)
        among = None if trait.among is None else self.lowering.condition(trait.among, self.scope)
        per = None
        if trait.per is not None:
            per = self.scope.field(trait.per, trait.places.get("of.per", trait.at))
        bucket = trait.kind == "bucket"
        ranked = Ranked(
            "bucket" if bucket else "percentile",
            of,
            among,
            per,
            not trait.ascending,
            trait.into if bucket else None,
            INTEGER if bucket else NUMBER,
        )
        name = self.lowering.definitions.name_of(ranked, "k")
        nullable = among is not None or may_be_null(of, self.scope.nullable)
        self.lowering.names.nullable[name] = nullable
        return Field(name, ranked.type)

    def _ranked_value(self, trait: Trait) -> Expr:
        assert trait.of is not None
        at = trait.places.get("of.of", trait.at)
        of = self.scope.field(trait.of, at)
        check_kind(self.lowering.names, trait.kind, of.type, trait.of, at)
        if of.type.kind == "string":
            message = f"`{trait.kind}` takes numbers or dates, `{trait.of}` is {of.type.words()}"
            self.lowering.names.reject("operator-type", message, at)
        return of

    def _band(self, trait: Trait) -> Expr:
        names = self.lowering.names
        of = self._ranked_value(trait)
        edges: list[Const] = []
        for label, raw in trait.edges:
            at = self.lowering.subplace(trait.places.get("of.edges", trait.at), (label,))
            value = exact_number(raw)
            if value is None or not fits_exactly(value):
                message = f"an edge is a number, {found(raw)} was found"
                names.reject("value-type", message, at, too_long(value))
            edges.append(number_const(value))
            if len(edges) > 1 and _at_most(edges[-1], edges[-2]):
                names.reject(
                    "value-type", f"the edge `{label}` is not above the one before", at, "sort the edges"
                )
        scale = max([of.type.scale, *(e.type.scale for e in edges)])
        exact = of.type.is_exact
        subject = rescaled(of, scale) if exact else as_number(of)
        bounds = tuple(_const(rescaled(e, scale) if exact else as_number(e)).value for e in edges)
        labels = tuple(label for label, _ in trait.edges)
        return call("band", subject, type=STRING, params=(bounds, labels))

    def points(self, points: tuple[Points, ...]) -> Expr:
        """The sum of the points whose condition holds."""
        names = self.lowering.names
        total: Expr | None = None
        for entry in points:
            when = self.lowering.condition(entry.when, self.scope)
            value = exact_number(entry.points)
            if value is None or not fits_exactly(value):
                message = f"points are a number, {found(entry.points)} was found"
                names.reject("value-type", message, entry.at, too_long(value))
            const = number_const(value)
            given = call("choose", when, const, Const(0, const.type), type=const.type)
            total = given if total is None else arithmetic.add(total, given)
        return Const(0, INTEGER) if total is None else total

    # --- default ----------------------------------------------------------------------------------

    def _with_default(self, trait: Trait, expr: Expr) -> Expr:
        if trait.default is None:
            return expr
        at = trait.places.get("default", trait.at)
        leaf = Leaf(trait.id, False, ())
        test = Test("is", trait.default, at, at)
        context = LeafLowering(self.scope, leaf, test, self.lowering.subplace, None)
        if isinstance(trait.default, (dict, list)):
            self.lowering.names.reject("value-type", "a default is a single value", at)
        default = read_value(context, trait.default, expr.type)
        kind = common_type(expr.type, default.type)
        if kind is None or (expr.type.kind == "integer" and default.type.kind != "integer"):
            message = (
                f"the default {found(trait.default)} does not fit `{trait.id}`, which is {expr.type.words()}"
            )
            self.lowering.names.reject("value-type", message, at)
        if expr.type.kind == "date" and default.type.kind == "datetime":
            kind = expr.type
        return call("coalesce", _typed(expr, kind), _typed(default, kind), type=kind)


def _typed(expr: Expr, kind: Type) -> Expr:
    if expr.type.kind == "date" and kind.kind == "datetime":
        return call("midnight", expr, type=kind)
    return as_type(expr, kind)


def _at_most(a: Const, b: Const) -> bool:
    left, right = aligned(a, b)
    assert isinstance(left, Const)
    assert isinstance(right, Const)
    return bool(left.value <= right.value)


def _const(expr: Expr) -> Const:
    assert isinstance(expr, Const)
    return expr


def is_currency(unit: str) -> bool:
    """Whether a unit is an ISO 4217 currency code."""
    if len(unit) != 3 or not unit.isalpha() or not unit.isupper():
        return False
    from babel.numbers import list_currencies

    return unit in list_currencies()
