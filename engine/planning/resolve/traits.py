"""Traits become definitions with a type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NoReturn, assert_never

from segmentry.engine.files.condition_model import Leaf, Points, Test
from segmentry.engine.files.model import Trait
from segmentry.engine.language import arithmetic
from segmentry.engine.language.aggregates import RowOptions, Rowwise
from segmentry.engine.language.expr import (
    TRUE,
    Const,
    Expr,
    Field,
    call,
    fields_of,
)
from segmentry.engine.language.functions import as_type
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.kinds.entry import CustomerKind, RowKind
from segmentry.engine.language.literals import exact_number, fits_exactly, found, number_const, too_long
from segmentry.engine.language.operands import Rejected, read_value
from segmentry.engine.language.types import INTEGER, Type, common_type
from segmentry.engine.planning.plan import Computed, Ranked, RowAggregate
from segmentry.engine.planning.resolve.checks import (
    aggregates_approximate,
    check_kind,
    check_ties,
    check_time,
    is_approximate,
)
from segmentry.engine.planning.resolve.conditions import Lowering
from segmentry.engine.planning.resolve.formulas import FormulaLowering
from segmentry.engine.planning.resolve.leaves import LeafLowering
from segmentry.engine.planning.resolve.nulls import may_be_null
from segmentry.engine.planning.resolve.scope import CustomerScope, KnownNames


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
        kind = TRAIT_KINDS[trait.kind]
        match kind:
            case RowKind():
                rows = self._rows(trait, kind)
                value = kind.lower(rows)
                enough = rows.are_enough()
                if enough == TRUE:
                    return value
                return call("choose", enough, value, Const(None, value.type), type=value.type)
            case CustomerKind():
                return kind.lower(_KindLowering(self, trait))
            case _:
                assert_never(kind)

    def _rows(self, trait: Trait, kind: RowKind) -> Rowwise:
        """What a trait takes of a source, with its condition and column lowered."""
        assert trait.rows is not None
        lowering = self.lowering
        scope = lowering.row_scope(trait.rows.source, trait.rows.at)
        lowering.check_linked(trait.rows.source, trait.rows.at)
        timed = trait.rows.source in lowering.timed
        check_time(lowering.names, kind, trait.rows.source, trait.rows.at, timed=timed)
        value: Expr | None = None
        if trait.column is not None:
            value = scope.field(trait.column, trait.rows.at)
            check_kind(lowering.names, kind, value.type, trait.column, trait.rows.at)
        that = None if trait.that is None else lowering.condition(trait.that, scope)
        check_ties(lowering.names, trait, trait.rows.source, trait.rows.at, timed=timed)
        options = RowOptions(
            n=trait.n or 1,
            as_list=trait.as_list,
            tie=trait.tie or "greatest",
            keep_missing=trait.keep_missing,
        )
        return replace(lowering.rowwise(trait.rows, options), column=value, condition=that)

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


@dataclass(frozen=True)
class _KindLowering:
    """What the kinds that are made of other traits ask, for one trait."""

    resolver: TraitResolver
    trait: Trait

    @property
    def _names(self) -> KnownNames:
        return self.resolver.lowering.names

    def formula(self) -> Expr:
        assert self.trait.formula is not None
        return FormulaLowering(self.resolver.scope, self.trait.formula, self.resolver.lowering.locate).lower()

    def points(self) -> Expr:
        return self.resolver.points(self.trait.points)

    def of(self) -> Expr:
        assert self.trait.of is not None
        at = self.trait.places.get("of.of", self.trait.at)
        of = self.resolver.scope.field(self.trait.of, at)
        check_kind(self._names, TRAIT_KINDS[self.trait.kind], of.type, self.trait.of, at)
        return of

    def rank(self, kind: Literal["bucket", "percentile"], amount: int | None, result: Type) -> Expr:
        trait, lowering, scope = self.trait, self.resolver.lowering, self.resolver.scope
        of = self.of()
        among = None if trait.among is None else lowering.condition(trait.among, scope)
        per = None
        if trait.per is not None:
            per = scope.field(trait.per, trait.places.get("of.per", trait.at))
        ranked = Ranked(kind, of, among, per, not trait.ascending, amount, result, trait.ties or "highest")
        name = lowering.definitions.name_of(ranked, "k")
        self._names.nullable[name] = among is not None or may_be_null(of, scope.nullable)
        return Field(name, result)

    def reject(self, message: str, path: tuple[str, ...], hint: str | None = None) -> NoReturn:
        key, *below = path
        at = self.trait.places.get(f"of.{key}", self.trait.at)
        if below:
            at = self.resolver.lowering.subplace(at, tuple(below))
        self._names.reject("value-type", message, at, hint)


def _typed(expr: Expr, kind: Type) -> Expr:
    if expr.type.kind == "date" and kind.kind == "datetime":
        return call("midnight", expr, type=kind)
    return as_type(expr, kind)


def is_currency(unit: str) -> bool:
    """Whether a unit is an ISO 4217 currency code."""
    if len(unit) != 3 or not unit.isalpha() or not unit.isupper():
        return False
    from babel.numbers import list_currencies

    return unit in list_currencies()
