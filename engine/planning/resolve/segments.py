"""Segments: rules, final membership and the winners of segmentations as definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentry.engine.files.condition_model import Formula
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import (
    FALSE,
    TRUE,
    Const,
    Expr,
    Field,
    all_true,
    any_true,
    as_number,
    call,
    is_true,
    negated,
    rescaled,
)
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.types import BOOLEAN, INTEGER
from segmentry.engine.planning.plan import Computed
from segmentry.engine.planning.resolve.conditions import Lowering
from segmentry.engine.planning.resolve.formulas import FormulaLowering
from segmentry.engine.planning.resolve.scope import CustomerScope
from segmentry.engine.planning.resolve.traits import TraitResolver


@dataclass(frozen=True)
class SegmentResolver:
    """Lowers rules and memberships."""

    lowering: Lowering
    traits: TraitResolver
    _rules: dict[str, tuple[tuple[Expr, ...], Mapping[str, int]]] = field(
        default_factory=dict[str, "tuple[tuple[Expr, ...], Mapping[str, int]]"]
    )

    def define(self, name: str, expr: Expr) -> None:
        """Add a definition."""
        self.lowering.definitions.table[name] = Computed(expr)

    def rule(self, segment: Segment) -> None:
        """`r:ID`: the segment's `when` alone, with what it extends."""
        parts: list[Expr] = []
        if segment.extends is not None:
            parts.append(self._extended(segment))
        if segment.when is not None:
            scope = CustomerScope(self.lowering.names)
            parts.append(self.lowering.condition(segment.when, scope))
        self.define(f"r:{segment.id}", all_true(*parts))

    def _extended(self, segment: Segment) -> Expr:
        base, lowering = segment.extends, self.lowering
        assert base is not None
        at = segment.places.get("extends", segment.at)
        if base not in lowering.rules and lowering.names.may_be_left_out(base):
            return TRUE
        if lowering.rules.get(base):
            return Field(f"r:{base}", BOOLEAN)
        message = f"no segment named `{base}`"
        if base in lowering.rules:
            message = f"`{base}` is an `otherwise`, which has no rule to extend"
        hint, findings = did_you_mean(base, lowering.rules), lowering.names.findings
        fix = findings.respelt(at, base, {*lowering.rules} - {base})
        findings.add("unknown-segment", message, at, hint, fix=fix if base not in lowering.rules else None)
        return FALSE

    def winner(self, segmentation: Segmentation) -> None:
        """`w:ID`: the place of the assigned segment, null for none."""
        rules, _ = self._rules_of(segmentation)
        if segmentation.assign == "first_match":
            winner = call("first_true", *rules, type=INTEGER)
        else:
            scores = self._scores(self.part_of(segmentation))
            winner = call("best", *rules, *scores, type=INTEGER, params=(len(rules),))
        self.define(f"w:{segmentation.id}", winner)

    def part_of(self, segmentation: Segmentation) -> list[Segment]:
        """The segments that take part, in order."""
        return [s for s in segmentation.segments if s.id in self.lowering.members]

    def _scores(self, segments: list[Segment]) -> list[Expr]:
        scores = [self._score(s) for s in segments]
        if all(s.type.is_exact for s in scores):
            scale = max((s.type.scale for s in scores), default=0)
            return [rescaled(s, scale) for s in scores]
        return [as_number(s) for s in scores]

    def _score(self, segment: Segment) -> Expr:
        if isinstance(segment.score, tuple):
            try:
                return self.traits.points(segment.score)
            except Rejected:
                return Const(None, INTEGER)
        if not isinstance(segment.score, Formula):
            return Const(None, INTEGER)
        scope = CustomerScope(self.lowering.names)
        try:
            expr = FormulaLowering(scope, segment.score, self.lowering.locate).lower()
        except Rejected:
            return Const(None, INTEGER)
        if not expr.type.is_number:
            message = f"a score is a number, this is {expr.type.words()}"
            self.lowering.names.findings.add("bad-formula", message, segment.score.at)
            return Const(None, INTEGER)
        return expr

    def membership(self, segmentation: Segmentation, segment: Segment) -> None:
        """`m:ID`: final membership."""
        rules, places = self._rules_of(segmentation)
        if segmentation.otherwise is not None and segment.id == segmentation.otherwise.id:
            self.define(f"m:{segment.id}", self._unassigned(segmentation, rules))
            return
        place = places[segment.id]
        if segmentation.assign == "every_match":
            self.define(f"m:{segment.id}", rules[place])
        elif segmentation.assign == "first_match":
            self.define(f"m:{segment.id}", all_true(rules[place], negated(_any_of(rules[:place]))))
        else:
            winner = Field(f"w:{segmentation.id}", INTEGER)
            self.define(f"m:{segment.id}", is_true(call("equal", winner, Const(place, INTEGER))))

    def _rules_of(self, segmentation: Segmentation) -> tuple[tuple[Expr, ...], Mapping[str, int]]:
        """The rules of the segments that take part, and the place of each segment among them."""
        found = self._rules.get(segmentation.id)
        if found is None:
            segments = self.part_of(segmentation)
            rules = tuple(Field(f"r:{s.id}", BOOLEAN) for s in segments)
            found = self._rules[segmentation.id] = rules, {s.id: n for n, s in enumerate(segments)}
        return found

    def _unassigned(self, segmentation: Segmentation, rules: tuple[Expr, ...]) -> Expr:
        if segmentation.assign == "best_score":
            return negated(call("is_known", Field(f"w:{segmentation.id}", INTEGER)))
        return negated(_any_of(rules))


def _any_of(rules: tuple[Expr, ...]) -> Expr:
    """Whether one of some rules holds; with many segments there are many of these, so none is looked at."""
    return any_true(*rules) if len(rules) < 2 else call("any_true", *rules)
