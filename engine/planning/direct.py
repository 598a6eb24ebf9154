"""Which values of a plan could name somebody: those that a column or trait marked `pii: direct` hands on.

What is only counted or tested of such a value does not hold it; whatever else is made of it is taken to. A
column counts by its name, wherever it is: one that is taken over from another source keeps its mark.
"""

from __future__ import annotations

from collections.abc import Iterable

from segmentry.engine.files.model import Model
from segmentry.engine.language.expr import fields_of
from segmentry.engine.planning.order import type_of, used_by
from segmentry.engine.planning.plan import Computed, Followed, GroupStep, Plan, RowAggregate, SourcePlan


class DirectValues:
    """The values of a plan that could name somebody; ``models`` are others whose marks count too.

    ``marks`` says what is marked, as texts.
    """

    def __init__(self, plan: Plan, models: Iterable[Model] = ()) -> None:
        self.plan = plan
        marked = [plan.model, *models]
        traits = [trait for model in marked for trait in model.traits]
        self._traits = {f"t:{trait.id}" for trait in traits if trait.pii == "direct"}
        columns = [column for model in marked for source in model.sources for column in source.columns]
        columns += [column for source in plan.sources.values() for column in source.source.columns]
        self._columns = {column.name for column in columns if column.pii == "direct"}
        self.marks = frozenset(self._traits | {f"column {name}" for name in self._columns})
        self._of_sources: dict[str, frozenset[str]] = {}
        self._known: dict[str, bool] = {}
        self._below = self._handed_in()

    def _handed_in(self) -> frozenset[str]:
        """The values that marked traits are made of: a trait may hand on what it takes as it is."""
        found: set[str] = set()
        stack = [name for name in self.plan.definitions if name.partition(" (")[0] in self._traits]
        while stack:
            for used in used_by(self.plan.definitions.get(stack.pop())):
                if used not in found and type_of(self.plan, used).kind != "boolean":
                    found.add(used)
                    stack.append(used)
        return frozenset(found)

    def __contains__(self, name: str) -> bool:
        """Whether the values of a definition or customers column could name somebody."""
        if not self.marks:
            return False
        stack = [name]
        while stack:
            top = stack[-1]
            definition = self.plan.definitions.get(top)
            waiting = [used for used in used_by(definition) if used not in self._known]
            if top in self._known or not waiting:
                self._known.setdefault(top, self._is_direct(top))
                stack.pop()
            else:
                stack.extend(waiting)
        return self._known[name]

    def _is_direct(self, name: str) -> bool:
        # Where two plans are one, what only one of them has stands under a longer name: `t:mail (base)`.
        if name.partition(" (")[0] in self._traits or name in self._below:
            return True
        definition = self.plan.definitions.get(name)
        match definition:
            case None:
                return name.removeprefix("c:") in self._in_source(self.plan.customers)
            case RowAggregate(source=source, kind=kind, value=value):
                handed = frozenset[str]() if value is None or kind == "count" else fields_of(value)
                return not handed.isdisjoint(self._in_source(source))
            case Followed():
                return False
            case Computed() if type_of(self.plan, name).kind == "boolean":
                return False
            case _:
                return any(self._known[used] for used in used_by(definition))

    # --- columns of sources -----------------------------------------------------------------------

    def _in_source(self, name: str) -> frozenset[str]:
        """The columns of a source that could name somebody."""
        found = self._of_sources.get(name)
        if found is None:
            found = self._of_sources[name] = self._handed_on(self.plan.sources[name])
        return found

    def _handed_on(self, plan: SourcePlan) -> frozenset[str]:
        found = set(self._columns)
        if plan.parent is not None:
            above = self._in_source(plan.parent)
            found |= above
            found |= {column.name for column in plan.source.columns if column.source_name in above}
        for source, _ in plan.people.records if plan.people is not None else ():
            found |= self._in_source(source)
        found |= {plan.person.column} if plan.person is not None else set()
        for step in plan.lookups:
            found |= self._in_source(step.source).intersection(step.columns)
        for name, expr in plan.formulas:
            if expr.type.kind != "boolean" and not fields_of(expr).isdisjoint(found):
                found.add(name)
        return frozenset(found if plan.group is None else self._grouped(plan.group, found))

    def _grouped(self, group: GroupStep, rows: set[str]) -> set[str]:
        made = {
            name
            for name, one in group.aggregates
            if one.value is not None and one.kind != "count" and not fields_of(one.value).isdisjoint(rows)
        }
        found = rows | {name for name, expr in group.columns if not fields_of(expr).isdisjoint(made)}
        for step in group.lookups:
            found |= self._in_source(step.source).intersection(step.columns)
        return found
