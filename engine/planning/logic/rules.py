"""The rules of a plan, as formulas: whole, leaf by leaf, and with leaves taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from segmentry.engine.files.condition_model import All, AnyOf, Condition, NoneOf, Not, Place, RuleRef
from segmentry.engine.files.condition_words import in_words, parts_of
from segmentry.engine.files.model import Segment, Segmentation
from segmentry.engine.language.expr import FALSE as NEVER
from segmentry.engine.language.expr import Field, fields_of
from segmentry.engine.language.types import BOOLEAN
from segmentry.engine.planning.logic.formulas import FALSE, TRUE, Formulas, Node
from segmentry.engine.planning.logic.solver import Box, StepBudget, Undecided, model_of
from segmentry.engine.planning.logic.space import Space
from segmentry.engine.planning.logic.translate import Translator
from segmentry.engine.planning.plan import Computed, Plan

TOTAL_STEPS = 10_000_000
"""The budget of all questions of one check."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One segment with its condition as a formula. ``broken``: there is a mistake in it or below it."""

    segmentation: Segmentation
    segment: Segment
    node: Node
    base: Node
    broken: bool

    @property
    def id(self) -> str:
        """The segment's id."""
        return self.segment.id


@dataclass(frozen=True, slots=True)
class RuleUnit:
    """A part of a rule that is cited as one: a leaf, a reference, or what the segment extends.

    ``key`` is what it is swapped by, ``positive``: under an even number of negations. ``removed`` is what its
    combinator makes of it when it is taken away; None where it can't be.
    """

    condition: Condition
    key: int
    at: Place
    positive: bool
    removed: Node | None

    @property
    def words(self) -> str:
        """The part as it is read aloud."""
        return in_words(self.condition)

    @property
    def neutral(self) -> Node:
        """What asks nothing in its place."""
        return TRUE if self.positive else FALSE


@dataclass
class Rules:
    """All rules of a plan over one space, and the budget for questions about them.

    ``undecided`` gathers the places of questions for which the budget was not enough.
    """

    plan: Plan
    budget: StepBudget = field(default_factory=lambda: StepBudget(TOTAL_STEPS))
    space: Space = field(default_factory=Space)
    undecided: dict[Place, str] = field(default_factory=dict[Place, str])

    def __post_init__(self) -> None:
        self.translator = Translator(self.plan, self.space)
        self._atoms: dict[int, Node] = {}
        self._broken: dict[str, bool] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._conditions = {f"r:{s.id}": s.when for sg in self.plan.segmentations for s in sg.segments}
        self._follow_references()
        self._collect()
        self.space.cut()
        self.formulas = Formulas([d.full for d in self.space.dimensions])
        self.translator.start(self.formulas)
        self._follow_references()
        self.all = [self._rule(sg, s) for sg in self.plan.segmentations for s in self.plan.segments(sg)]

    def _follow_references(self) -> None:
        """Rules and memberships in the plan's order, so that no chain of references is followed in one go."""
        for name in self.plan.definitions:
            if name.startswith(("r:", "m:")):
                self.below(name)
                self.translator.truth(Field(name, BOOLEAN))

    def _collect(self) -> None:
        """Everything that is compared with something, so that the space can be cut."""
        for segmentation in self.plan.segmentations:
            for segment in self.plan.segments(segmentation):
                for name in (segment.extends, segment.id):
                    if name is not None:
                        self._named(name)  # one with a mistake in it is an unknown of its own
                for unit in () if segment.when is None else units_of(segment.when):
                    traced = self.plan.trace.get(id(unit.condition))
                    if traced is not None:
                        self.translator.truth(traced.truth)
            if segmentation.assign == "best_score":
                self.known_scores(segmentation)

    def _rule(self, segmentation: Segmentation, segment: Segment) -> Rule:
        broken = any(self._is_broken(name) for name in self.below(f"r:{segment.id}"))
        base = TRUE if segment.extends is None else self._named(segment.extends)
        return Rule(segmentation, segment, self._named(segment.id), base, broken)

    def _named(self, identity: str) -> Node:
        return self.translator.truth(Field(f"r:{identity}", BOOLEAN))

    def of(self, segmentation: Segmentation) -> list[Rule]:
        """The rules of one segmentation, in order."""
        return [r for r in self.all if r.segmentation is segmentation]

    def known_scores(self, segmentation: Segmentation) -> list[Node]:
        """For each segment of a best score: where its score is known."""
        definition = self.plan.definitions.get(f"w:{segmentation.id}")
        segments = self.plan.segments(segmentation)
        args = getattr(definition.expr, "args", ()) if isinstance(definition, Computed) else ()
        return [self.translator.known(score) for score in args[len(segments) :]]

    # --- mistakes ---------------------------------------------------------------------------------

    def below(self, name: str) -> frozenset[str]:
        """The rules, memberships and traits that a rule refers to, and those that they do; itself too."""
        found = self._below.get(name)
        if found is None:
            self._below[name] = frozenset((name,))
            definition = self.plan.definitions.get(name)
            used = fields_of(definition.expr) if isinstance(definition, Computed) else frozenset[str]()
            inner = [self.below(n) for n in used if n.startswith(("r:", "m:", "w:"))]
            found = frozenset((name, *used)).union(*inner)
            self._below[name] = found
        return found

    def _is_broken(self, name: str) -> bool:
        found = self._broken.get(name)
        if found is None:
            found = name.startswith(("r:", "m:", "t:")) and name not in self.plan.definitions
            condition = self._conditions.get(name)
            found = found or (condition is not None and self._holds_mistake(condition))
            self._broken[name] = found
        return found

    def _holds_mistake(self, condition: Condition) -> bool:
        """Whether a part was given up when names and types were settled: it is false there."""
        parts = parts_of(condition)
        if parts:
            return any(self._holds_mistake(p) for p in parts)
        traced = self.plan.trace.get(id(condition))
        return traced is None or traced.truth == NEVER

    # --- formulas of conditions -------------------------------------------------------------------

    def formula(self, condition: Condition, swapped: Mapping[int, Node] | None = None) -> Node:
        """A condition as a formula, some of its parts (by identity) swapped for others."""
        if swapped and id(condition) in swapped:
            return swapped[id(condition)]
        make = self.formulas
        match condition:
            case All(conditions=items):
                return make.all_of([self.formula(c, swapped) for c in items])
            case AnyOf(conditions=items):
                return make.any_of([self.formula(c, swapped) for c in items])
            case NoneOf(conditions=items):
                return make.negation(make.any_of([self.formula(c, swapped) for c in items]))
            case Not(condition=item):
                return make.negation(self.formula(item, swapped))
            case _:
                found = self._atoms.get(id(condition))
                if found is None:
                    found = self.translator.truth(self.plan.trace[id(condition)].truth)
                    self._atoms[id(condition)] = found
                return found

    def whole(self, rule: Rule, swapped: Mapping[int, Node]) -> Node:
        """A rule with what it extends, some parts swapped."""
        when = rule.segment.when
        base = swapped.get(id(rule.segment), rule.base)
        return self.formulas.all_of([base, TRUE if when is None else self.formula(when, swapped)])

    # --- questions --------------------------------------------------------------------------------

    def model(self, nodes: list[Node], about: Place, what: str) -> Box | None:
        """A box in which the formulas hold; None where there is none, or none was found within the budget."""
        try:
            return model_of(self.formulas, nodes, self.budget)
        except Undecided:
            self.undecided.setdefault(about, what)
            return None

    def impossible(self, nodes: list[Node], about: Place, what: str) -> bool:
        """Whether it is proved that the formulas can't hold at once.

        A question that takes more steps than the budget has is noted at the place that it is about.
        """
        try:
            return model_of(self.formulas, nodes, self.budget) is None
        except Undecided:
            self.undecided.setdefault(about, what)
            return False


def units_of(
    condition: Condition, *, positive: bool = True, removed: Node | None = None
) -> Iterator[RuleUnit]:
    """The leaves and references of a condition, in the order in which they stand."""
    match condition:
        case All(conditions=items):
            for item in items:
                yield from units_of(item, positive=positive, removed=_when_gone(items, TRUE))
        case AnyOf(conditions=items):
            for item in items:
                yield from units_of(item, positive=positive, removed=_when_gone(items, FALSE))
        case NoneOf(conditions=items):
            for item in items:
                yield from units_of(item, positive=not positive, removed=_when_gone(items, FALSE))
        case Not(condition=item):
            yield from units_of(item, positive=not positive)
        case _:
            yield RuleUnit(condition, id(condition), condition.at, positive, removed)


def _when_gone(items: tuple[Condition, ...], node: Node) -> Node | None:
    return node if len(items) > 1 else None


def extended_unit(rule: Rule) -> list[RuleUnit]:
    """What a segment extends, as a part of its rule."""
    segment = rule.segment
    if segment.extends is None:
        return []
    at = segment.places.get("extends", segment.at)
    return [RuleUnit(RuleRef(segment.extends, at), id(segment), at, positive=True, removed=None)]
