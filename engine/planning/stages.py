"""An evaluation in two stages: what can be said of a customer alone, then what needs all customers.

Only a rank compares customers with each other. Everything below and beside the ranks can be evaluated for
some customers after others; what ranks and the rules above them use of it is kept, most of it as truths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from segmentry.engine.language.expr import Call, Const, Expr, Field, fields_of
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.order import reached, used_by
from segmentry.engine.planning.plan import Computed, Definition, Plan, Ranked

PART = "p:"
"""Begins the names of conditions that a rule with ranks is taken apart into."""


@dataclass(frozen=True, slots=True)
class Stages:
    """``kept`` is evaluated for each customer alone; ``wanted`` over all of them, from what was kept.

    ``plan`` has the definitions that ``wanted`` rests on, taken apart where ranks come in.
    """

    plan: Plan
    kept: Mapping[str, Expr]
    wanted: Mapping[str, Expr]


def staged(plan: Plan, wanted: Mapping[str, Expr]) -> Stages:
    """The two stages of some wanted expressions."""
    return _Cut(plan).stages(wanted)


@dataclass(slots=True)
class _Cut:
    plan: Plan
    above: dict[str, bool] = field(default_factory=dict[str, bool])
    parts: dict[Expr, Field] = field(default_factory=dict[Expr, Field])
    kept: dict[str, Expr] = field(default_factory=dict[str, Expr])

    def stages(self, wanted: Mapping[str, Expr]) -> Stages:
        self._find_above(wanted)
        last = {name: self._kept_whole(expr) for name, expr in wanted.items()}
        definitions = dict(self.plan.definitions)
        for name, is_above in self.above.items():
            if is_above:
                definitions[name] = self._apart(definitions[name])
        return Stages(replace(self.plan, definitions=definitions), self.kept, last)

    def _find_above(self, wanted: Mapping[str, Expr]) -> None:
        """Which of the definitions are ranks, or rest on one."""
        stack = sorted(reached(self.plan, wanted.values()))
        while stack:
            name = stack[-1]
            definition = self.plan.definitions.get(name)
            used = used_by(definition)
            waiting = [each for each in used if each not in self.above]
            if name not in self.above and waiting and not isinstance(definition, Ranked):
                stack.extend(waiting)
                continue
            stack.pop()
            self.above[name] = isinstance(definition, Ranked) or any(self.above[each] for each in used)

    def _apart(self, definition: Definition) -> Definition:
        match definition:
            case Computed(expr=expr):
                return Computed(self._cut(expr))
            case Ranked(of=of, among=among, per=per):
                return replace(
                    definition,
                    of=self._cut(of),
                    among=None if among is None else self._cut(among),
                    per=None if per is None else self._cut(per),
                )
            case _:
                return definition

    def _kept_whole(self, expr: Expr) -> Expr:
        """What is wanted and rests on no rank is a part as it is."""
        return self._cut(expr) if self._rests_on_ranks(expr) else self._part(expr)

    def _rests_on_ranks(self, expr: Expr) -> bool:
        return any(self.above[name] for name in fields_of(expr))

    def _cut(self, expr: Expr) -> Expr:
        """The expression over ranks, parts that are truths, and values that stand beside ranks."""
        match expr:
            case Const():
                return expr
            case Field(name=name):
                return expr if self.above[name] else self._part(expr)
            case Call(type=kind) if kind == BOOLEAN and not self._rests_on_ranks(expr):
                return self._part(expr)
            case Call(args=args):
                return replace(expr, args=tuple(self._cut(arg) for arg in args))

    def _part(self, expr: Expr) -> Expr:
        if isinstance(expr, Const):
            return expr
        if expr not in self.parts:
            self.parts[expr] = Field(f"{PART}{len(self.parts)}", expr.type)
            self.kept[self.parts[expr].name] = expr
        return self.parts[expr]
