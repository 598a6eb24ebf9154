"""Possible customers for a box that logic found, as values of traits; the engine has the last word."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from segmentry.engine.files.condition_words import in_words
from segmentry.engine.language.expr import Call, Expr, Field, fields_of
from segmentry.engine.planning.logic.candidates import candidates
from segmentry.engine.planning.logic.formulas import FALSE, Formulas, FormulaShape, Node
from segmentry.engine.planning.logic.phrases import value_words
from segmentry.engine.planning.logic.rules import units_of
from segmentry.engine.planning.logic.solver import Box
from segmentry.engine.planning.logic.space import Dimension, Space
from segmentry.engine.planning.logic.translate import Translator
from segmentry.engine.planning.plan import Computed, Followed, Plan, Ranked, RowAggregate

Row = Mapping[str, Any]
Expected = Sequence[tuple[Expr, bool]]

Confirm = Callable[[Plan, Expected, Sequence[Row]], Sequence[int]]
"""The engine's word on possible customers: the places of the rows (values by field, decimals in minor units)
for which every expression has the truth that is expected of it."""

_MOST_ROWS = 2048
_SEED = 1
_RESTS_ON_ROWS = ("k:", "q:", "a:", "w:", "r:", "m:")


@dataclass(frozen=True)
class WitnessSide:
    """What is expected of expressions of one plan."""

    translator: Translator
    expected: Expected


@dataclass(frozen=True)
class Witnesses:
    """Finds possible customers. ``ask`` finds a box for formulas, ``translators`` are of the plans."""

    space: Space
    formulas: Formulas
    translators: Sequence[Translator]
    ask: Callable[[list[Node]], Box | None]
    confirm: Confirm

    def find(self, nodes: list[Node], sides: Sequence[WitnessSide]) -> str | None:
        """A customer in words for whom the formulas hold and the engine finds what is expected, or None."""
        for box in self._boxes(nodes):
            rows = self._rows(box, sides)
            agreed = set(range(len(rows)))
            for side in sides:
                names = side.translator.names
                local = [{names[n]: value for n, value in row.items() if n in names} for row in rows]
                agreed &= set(self.confirm(side.translator.plan, side.expected, local))
            if agreed:
                return self._words(box, rows[min(agreed)])
        return None

    def _boxes(self, nodes: list[Node]) -> Iterator[Box]:
        """Boxes in which the formulas hold, to be tried in order.

        First one that rests on no rank and no behaviour; then one where those that it rests on have nothing
        to do with each other, because combinations of related ones may be impossible.
        """
        unproven = {n for n, d in enumerate(self.space.dimensions) if self._root(d) is not None}
        found = self.ask([without(self.formulas, node, unproven) for node in nodes])
        if found is not None:
            yield found
        found = self.ask(nodes) if unproven else None
        if found is not None:
            used = [n for n in unproven if found[n] != self.formulas.full[n]]
            roots = [self._root(self.space.dimensions[n]) for n in used]
            if len(set(roots)) == len(roots):
                yield found

    def _root(self, dimension: Dimension) -> str | None:
        """What a value rests on beyond traits: the rows of a source, or the trait that is ranked."""
        for name in sorted(fields_of(dimension.expr)):
            if name.startswith(_RESTS_ON_ROWS):
                definition = self._definition(name)
                if isinstance(definition, RowAggregate):
                    return definition.source
                if isinstance(definition, Followed):
                    return definition.first.source
                return repr(definition.of) if isinstance(definition, Ranked) else name
        return None

    def _definition(self, name: str) -> object:
        for translator in self.translators:
            if name in translator.names:
                return translator.plan.definitions.get(translator.names[name])
        return None

    # --- rows -------------------------------------------------------------------------------------

    def _rows(self, box: Box, sides: Sequence[WitnessSide]) -> list[Row]:
        """Customers to try: values for every field that the expected expressions rest on."""
        fields: dict[str, Field] = {}
        for side in sides:
            for field in base_fields(side.translator.plan, [e for e, _ in side.expected]):
                named = side.translator.named(field)
                fields[named.name] = named
        parts: dict[str, list[tuple[Dimension, int]]] = {name: [] for name in fields}
        for dimension, cells in zip(self.space.dimensions, box, strict=True):
            for name in fields_of(dimension.expr) & parts.keys():
                parts[name].append((dimension, cells))
        choices = [candidates(field, parts[name]) for name, field in fields.items()]
        return [dict(zip(fields, values, strict=True)) for values in _combined(choices)]

    # --- words ------------------------------------------------------------------------------------

    def _words(self, box: Box, row: Row) -> str:
        """The customer as far as it matters: "`orders_12m` 0 and `country` missing"."""
        worded: dict[str, None] = {}
        for dimension, cells, every in zip(self.space.dimensions, box, self.formulas.full, strict=True):
            for name in sorted(fields_of(dimension.expr)) if cells != every else ():
                if name in row:
                    worded[self._field_words(name, row[name])] = None
        *items, last = worded or {"any values at all": None}
        return f"{', '.join(items)} and {last}" if items else last

    def _field_words(self, name: str, value: Any) -> str:
        types = [t.plan.types[name] for t in self.translators if name in t.plan.types]
        if name.startswith(("t:", "c:")) and types:
            return f"`{name[2:]}` {value_words(value, types[-1])}"
        shown = "yes" if value is True else value or "no"
        return f"`{self._behaviours.get(name, name)}`: {shown}"

    @cached_property
    def _behaviours(self) -> dict[str, str]:
        """The words of the conditions behind ranks, sequences and counts."""
        found: dict[str, str] = {}
        for translator in self.translators:
            conditions = [s.when for sg in translator.plan.segmentations for s in sg.segments]
            for unit in (u for when in conditions if when is not None for u in units_of(when)):
                traced = translator.plan.trace.get(unit.key)
                for name in () if traced is None else fields_of(traced.truth):
                    named = next((c for c, local in translator.names.items() if local == name), name)
                    found.setdefault(named, in_words(unit.condition))
        return found


def base_fields(plan: Plan, wanted: Sequence[Expr]) -> list[Field]:
    """The fields that have to be given so that the expressions can be computed; rules are computed."""
    found: dict[str, Field] = {}
    seen: set[str] = set()
    stack: list[Expr] = list(wanted)
    while stack:
        expr = stack.pop()
        if isinstance(expr, Call):
            stack.extend(expr.args)
        if not isinstance(expr, Field) or expr.name in seen:
            continue
        seen.add(expr.name)
        definition = plan.definitions.get(expr.name)
        if expr.name.startswith(("r:", "m:", "w:")) and isinstance(definition, Computed):
            stack.append(definition.expr)
        else:
            found[expr.name] = expr
    return [found[name] for name in sorted(found)]


def without(formulas: Formulas, node: Node, dimensions: set[int]) -> Node:
    """The formula with every literal of some dimensions false: what holds then holds whatever they are."""
    done: dict[Node, Node] = {}

    def changed(node: Node) -> Node:
        if node not in done:
            parts = formulas.parts[node]
            match formulas.shapes[node]:
                case FormulaShape.CONSTANT:
                    done[node] = node
                case FormulaShape.LITERAL:
                    done[node] = FALSE if parts[0] in dimensions else node
                case FormulaShape.AND:
                    done[node] = formulas.all_of([changed(p) for p in parts])
                case FormulaShape.OR:
                    done[node] = formulas.any_of([changed(p) for p in parts])
        return done[node]

    return changed(node)


def _combined(choices: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """All combinations where they are few; else the first and as many as are affordable at random."""
    if prod(len(c) for c in choices) <= _MOST_ROWS:
        yield from product(*choices)
        return
    yield tuple(c[0] for c in choices)
    chosen = random.Random(_SEED)
    for _ in range(_MOST_ROWS - 1):
        yield tuple(chosen.choice(c) for c in choices)
