"""How much memory an evaluation needs, by its plan and its files, and in how many ranges of keys it fits.

The numbers here were measured; a run's peak is as a rule below what is said, and within a quarter of it.
Texts of millions of different values are not known before they are read, and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from segmentry.engine.backends.polars.dense.choice import SWITCH, has_kernel, without_kernels
from segmentry.engine.backends.protocol import MemoryPlan, Readers
from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.diagnostics.memory import free_memory, size_words
from segmentry.engine.language.expr import Expr
from segmentry.engine.language.types import Type
from segmentry.engine.planning.order import (
    Reached,
    customers_roots,
    levels,
    never,
    reached,
    read_together,
    root_of,
    type_of,
    with_unused,
)
from segmentry.engine.planning.plan import Definition, Followed, Plan, RowAggregate
from segmentry.engine.planning.stages import staged

AIM = 2_000_000_000
"""What a run stays below if it can, however much is free: others use the machine too."""

MOST_RANGES = 64
_PROGRAM, _NUMBA = 110_000_000, 75_000_000
_STREAMS, _BATCHES, _TEXTS = 350_000_000, 220_000_000, 200_000_000
"""Polars while it groups, while it hands batches to kernels, and more while it reads files of texts."""

_SPREAD = 10
"""How many times larger than its files data is while it streams, at most."""

_COLUMN: Mapping[str, float] = {
    "integer": 8, "decimal": 16, "number": 8, "boolean": 0.25, "date": 4, "datetime": 8, "list": 40,
}  # fmt: skip
_TEXT = 24
_STATE: Mapping[str, int] = {"count": 4, "sum": 8, "min": 9, "max": 9, "first": 17, "last": 17}
_RUN_OF_ROW = 12
_GROUPED, _SORTED_ROW, _FOLLOWED_ROW, _NUMBERED_ROW = 44, 48, 64, 64
"""Bytes of a group's value in Polars' tables, and of each row that is sorted, matched in a sequence, or has
the number of its step.
"""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that an evaluation takes: ``program`` always, ``stream`` while rows are read.

    ``reading`` and ``computing`` are of all customers, and shared among ranges; ``kept`` is what several
    ranges keep of all customers, ``ending`` what there is in the end.
    """

    program: int
    stream: int
    reading: int
    computing: int
    kept: int
    ending: int

    @property
    def by_ranges(self) -> dict[int, int]:
        """With each number of ranges that there can be."""
        return {count: self.of(count) for count in range(1, MOST_RANGES + 1)}

    @property
    def least(self) -> int:
        """With the number of ranges that takes least."""
        return min(self.by_ranges.values())

    def of(self, ranges: int) -> int:
        """With so many ranges, which are not all of one size."""
        if ranges == 1:
            return self.program + max(self.stream + self.reading, self.computing)
        reading, computing = (size * 6 // (5 * ranges) for size in (self.reading, self.computing))
        return self.program + max(self.kept + max(self.stream + reading, computing), self.ending)


def planned_memory(
    plan: Plan,
    readers: Readers,
    wanted: Mapping[str, Expr],
    budget: int | None,
    holds: Callable[[str], bool] = never,
) -> MemoryPlan:
    """The number of ranges with which an evaluation fits a budget; None for one that is chosen.

    What it ``holds`` already is not taken from rows, nor computed.

    Raises UsageError where it fits with no number of them.
    """
    need = need_of(plan, readers, wanted, holds)
    free = free_memory()
    # The program is there already, so it is not to be found in what is free.
    most = budget if budget is not None else need.of(1) if free is None else free + need.program
    aim = budget if budget is not None else min(AIM, most)
    needs = need.by_ranges
    ranges = next((count for count, size in needs.items() if size <= aim), None)
    if ranges is None:
        ranges = next(count for count, size in needs.items() if size <= min(needs.values()) * 1.1)
        if needs[ranges] > most:
            ranges = min(needs, key=lambda count: needs[count])
    if needs[ranges] > most:
        kernels = need_of(plan, readers, wanted, holds, kernels=True)
        raise UsageError(_too_much(needs[ranges], kernels.least, most, given=budget is not None))
    return MemoryPlan(needs[ranges], needs[1], aim, ranges, given=budget is not None)


def _too_much(least: int, by_kernels: int, most: int, *, given: bool) -> str:
    there = f"--memory says {size_words(most)}" if given else f"{size_words(most)} are free"
    kernels = (
        f'; by kernels it would be {size_words(by_kernels)} (pip install "segmentry[fast]", {SWITCH}=on)'
    )
    return (
        f"this needs at least {size_words(least)} of memory, and {there}; give it more, or choose fewer "
        f"segments with --only{kernels if by_kernels < least else ''}"
    )


def need_of(
    plan: Plan,
    readers: Readers,
    wanted: Mapping[str, Expr],
    holds: Callable[[str], bool] = never,
    *,
    kernels: bool | None = None,
) -> Need:
    """What an evaluation takes, by ``kernels`` or not, None for as it will be done.

    Looks at the ends and heads of files only.
    """
    needed = reached(plan, wanted.values(), holds)
    made = {name: definition for name, definition in needed.items() if not holds(name)}
    roots = {root_of(plan, source) for source in _sources(made)}
    tables = customers_roots(plan)
    rows = {name: readers[name].rows_about() for name in {*tables, *roots}}
    people = sum(rows[name] for name in tables)
    if kernels is None:
        kernels = bool(roots) and without_kernels(readers[name] for name in roots) is None
    sizes = _Sizes(plan, rows, kernels, holds)
    reading = int(people * sizes.reading(needed)) + sizes.rows_held(made)
    computing = int(people * sizes.computing(needed, wanted))
    stages = staged(plan, wanted)
    key = _width(plan.types[f"c:{plan.key}"])
    kept = key + sum(_width(e.type) for e in stages.kept.values())
    # One column is held twice while the parts are put below each other; ranks and rules come on top.
    ending = 2 * kept + key + sum(_width(e.type) for e in stages.wanted.values())
    size = sum(readers[name].bytes for name in {*tables, *roots})
    program, stream = (_PROGRAM + _NUMBA, _BATCHES) if kernels else (_PROGRAM, _STREAMS)
    if not all(readers[name].is_typed for name in roots):
        stream += _TEXTS
    stream = min(stream, size * _SPREAD)
    return Need(program, stream, reading, computing, int(people * kept), int(people * ending))


def _sources(needed: Reached) -> Iterable[str]:
    for definition in needed.values():
        match definition:
            case RowAggregate(source=source):
                yield source
            case Followed():
                yield from (rows.source for rows in definition.sides)
            case _:
                pass


def _width(kind: Type) -> float:
    return _COLUMN.get(kind.kind, _TEXT)


@dataclass(frozen=True, slots=True)
class _Sizes:
    plan: Plan
    rows: Mapping[str, int]
    kernels: bool
    holds: Callable[[str], bool]

    def parts(self, needed: Reached) -> list[Reached]:
        """What is taken from rows at once: by kernels source after source, else of all sources."""
        parts: list[Reached] = [*read_together(self.plan, needed)]
        if self.kernels:
            return parts
        return [{name: definition for part in parts for name, definition in part.items()}]

    def reading(self, needed: Reached) -> float:
        """The most bytes of a customer while rows are read: columns and states."""
        columns = _width(self.plan.types[f"c:{self.plan.key}"])
        there = [name for name, one in needed.items() if one is None or self.holds(name)]
        columns += sum(map(self._column, there))
        most = columns
        for part in self.parts({name: one for name, one in needed.items() if not self.holds(name)}):
            most = max(most, columns + sum(self._state(definition) for definition in part.values()))
            columns += sum(self._column(name) for name in part)
        return max(most, columns)

    def rows_held(self, needed: Reached) -> int:
        """The most bytes of rows that are held until all have been read."""
        return max((sum(map(self._of_rows, part.values())) for part in self.parts(needed)), default=0)

    def computing(self, needed: Reached, wanted: Mapping[str, Expr]) -> float:
        """The most bytes of a customer while traits and rules are computed, and at the end."""
        held = {name: self._column(name) for name, one in needed.items() if self._is_there(name, one)}
        most = sum(held.values())
        for level, unused in with_unused(self.plan, levels(needed, self.holds), list(held), wanted.values()):
            held |= {name: self._column(name) for name in level}
            most = max(most, sum(held.values()))
            for name in unused:
                del held[name]
        return max(most, sum(held.values()) + sum(_width(e.type) for e in wanted.values()))

    def _is_there(self, name: str, definition: Definition | None) -> bool:
        """Whether a column is there before anything is computed."""
        return definition is None or isinstance(definition, (RowAggregate, Followed)) or self.holds(name)

    def _column(self, name: str) -> float:
        return _width(type_of(self.plan, name))

    def _state(self, definition: Definition | None) -> float:
        if isinstance(definition, RowAggregate) and self.kernels and has_kernel(definition):
            return _STATE.get(definition.kind, 8)
        return _GROUPED

    def _of_rows(self, definition: Definition | None) -> int:
        match definition:
            case RowAggregate(steps=steps, source=source) if steps is not None:
                return self.rows[root_of(self.plan, source)] * _NUMBERED_ROW
            case RowAggregate(kind="median" | "longest_gap" | "most_common" | "distinct", source=source):
                rows = self.rows[root_of(self.plan, source)]
                if self.kernels and has_kernel(definition):
                    is_bits = definition.kind == "distinct" and _is_text(definition)
                    return 0 if is_bits else rows * _RUN_OF_ROW
                return rows * _SORTED_ROW if definition.kind in ("median", "longest_gap") else 0
            case Followed():
                sides = {root_of(self.plan, rows.source) for rows in definition.sides}
                return sum(self.rows[root] for root in sides) * _FOLLOWED_ROW
            case _:
                return 0


def _is_text(aggregate: RowAggregate) -> bool:
    return aggregate.value is not None and aggregate.value.type.kind == "string"


def no_kernel(
    plan: Plan, readers: Readers, wanted: Mapping[str, Expr], holds: Callable[[str], bool] = never
) -> dict[str, str | None]:
    """By what is taken from rows why it does not go by a kernel; None where it does."""
    there = reached(plan, wanted.values(), holds)
    needed = {name: definition for name, definition in there.items() if not holds(name)}
    roots = {root_of(plan, source) for source in _sources(needed)}
    reason = without_kernels(readers[name] for name in roots) if roots else None
    found: dict[str, str | None] = {}
    for name, definition in needed.items():
        match definition:
            case Followed():
                found[name] = reason or "sequences have none"
            case RowAggregate(kind=kind, value=value, steps=steps):
                lacking = f"{kind.replace('_', ' ')} has none"
                lacking += "" if value is None else f" for {value.type.words()}"
                lacking = lacking if steps is None else "the order of rows has none"
                found[name] = reason or (None if has_kernel(definition) else lacking)
            case _:
                pass
    return found
