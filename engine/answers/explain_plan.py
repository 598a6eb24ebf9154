"""What a run would do, without doing it: what it reads, how often and in how much memory, what it takes from
rows and by what means, and what it computes in which steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from segmentry.engine.answers.evaluation import chosen_segmentations, membership_columns
from segmentry.engine.answers.read_notes import copy_notes
from segmentry.engine.backends.protocol import MemoryPlan, require
from segmentry.engine.diagnostics.errors import NothingRan
from segmentry.engine.language.expr import Expr, Field, fields_of
from segmentry.engine.planning.order import Reached, levels, never, reached
from segmentry.engine.planning.plan import Computed, Followed, Plan, Ranked, RowAggregate, Steps
from segmentry.engine.store.columns import CacheMode, store_in
from segmentry.engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source that is read: of how many files it is, whether from a prepared copy, and which columns.

    ``rows`` is about how many it has, ``passes`` how often it is read.
    """

    name: str
    files: int
    prepared: bool
    rows: int
    passes: int
    columns: tuple[str, ...]
    all_columns: int


@dataclass(frozen=True, slots=True)
class PlannedCache:
    """What earlier evaluations have left: ``given`` columns, so that ``anew`` are left to take and compute.

    ``mode`` is that of the workspace ("off": nothing of it is used), ``why`` says in words why nothing is
    given, or no more than that, as far as there is a reason.
    """

    mode: CacheMode
    given: int
    anew: int
    why: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as it is planned; ``columns`` are the columns of its memberships, ``notes`` is what else to know.

    ``aggregates`` are the values taken from the rows of each source, in words, ``no_kernel`` those of them
    that no compiled kernel takes, each with the reason; ``steps`` what is computed one level after another:
    `trait spend_12m`, `segment gold`, or `ranks` that stand inside conditions.
    """

    as_of: datetime
    engine: str
    memory: MemoryPlan
    sources: tuple[PlannedSource, ...]
    aggregates: Mapping[str, tuple[str, ...]]
    no_kernel: Mapping[str, Mapping[str, str]]
    steps: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    cache: PlannedCache


def planned_run(
    workspace: Workspace, *, as_of: str | None = None, only: tuple[str, ...] = (), traits: bool = False
) -> Planned:
    """The plan of a run. Reads the heads of the data files only.

    Raises RuleError, DataError, NothingRan; UsageError for an id that names nothing or for too little memory.
    """
    plan = workspace.plan(as_of)
    wanted: dict[str, Expr] = {}
    for segmentation, segments in chosen_segmentations(plan, only):
        wanted.update(membership_columns(segmentation, segments))
    columns = tuple(wanted)
    names = {t.id for t in plan.model.traits} if traits else {t.id for t in plan.model.traits if t.value}
    wanted |= {name: Field(f"t:{name}", plan.traits[name]) for name in sorted(names)}
    if not wanted:
        raise NothingRan("no segment takes part, so there is nothing to plan")
    backend = workspace.backend
    require(backend, plan, wanted.values())
    cache, holds = _cache(workspace, plan, wanted)
    whole = reached(plan, wanted.values(), holds)
    needed = {name: definition for name, definition in whole.items() if not holds(name)}
    rows = [name for name, definition in needed.items() if not isinstance(definition, (Computed, Ranked))]
    key = [] if holds(f"c:{plan.key}") and not rows else [f"c:{plan.key}"]
    work = backend.explain_plan(plan, workspace.readers, wanted, holds)
    reads = backend.reads(plan, workspace.readers, [*rows, *key])
    return Planned(
        plan.calendar.as_of.astimezone(plan.calendar.zone),
        backend.name,
        work.memory,
        tuple(
            _source(workspace, plan, name, read, work.memory.passes) for name, read in sorted(reads.items())
        ),
        _aggregates(needed, plan.calendar.zone),
        _without_kernels(needed, work.no_kernel, plan.calendar.zone),
        _steps(whole, holds),
        columns,
        copy_notes(workspace, reads),
        cache,
    )


def _source(workspace: Workspace, plan: Plan, name: str, read: frozenset[str], passes: int) -> PlannedSource:
    reader = workspace.readers[name]
    return PlannedSource(
        name,
        len(reader.files),
        reader.reads_copy(read),
        reader.rows_about(),
        passes,
        tuple(sorted(read)),
        len(plan.sources[name].columns),
    )


def _cache(
    workspace: Workspace, plan: Plan, wanted: Mapping[str, Expr]
) -> tuple[PlannedCache, Callable[[str], bool]]:
    """What is kept of what is wanted, and whether a definition is among what will be used of it."""
    kept = store_in(workspace.root, writes=False).of(plan, workspace.readers, workspace.backend)
    needed = reached(plan, wanted.values(), kept.holds)
    given = sum(map(kept.holds, needed))
    why = kept.doubt() if given < len(needed) else None
    if not given and why is None:
        why = "nothing is kept yet for these files and rules"
    used = kept.holds if workspace.cache != "off" else never
    return PlannedCache(workspace.cache, given, len(needed) - given, why), used


def _aggregates(needed: Reached, zone: tzinfo) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for definition in needed.values():
        if isinstance(definition, (RowAggregate, Followed)):
            source, words = _row_words(definition, zone)
            found.setdefault(source, set()).add(words)
    return {source: tuple(sorted(words)) for source, words in sorted(found.items())}


def _without_kernels(
    needed: Reached, reasons: Mapping[str, str | None], zone: tzinfo
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, reason in reasons.items():
        definition = needed[name]
        if reason is not None and isinstance(definition, (RowAggregate, Followed)):
            source, words = _row_words(definition, zone)
            found.setdefault(source, {})[words] = reason
    return {source: dict(sorted(words.items())) for source, words in sorted(found.items())}


def _row_words(definition: RowAggregate | Followed, zone: tzinfo) -> tuple[str, str]:
    """The source whose rows something is taken from, and what that is in words."""
    if isinstance(definition, RowAggregate):
        return definition.source, _aggregate_words(definition, zone)
    followed = [
        f"{'not ' if link.negated else ''}followed by {link.then.source}" for link in definition.links
    ]
    return definition.first.source, f"rows {' '.join(followed)}"


def _aggregate_words(aggregate: RowAggregate, zone: tzinfo) -> str:
    words = aggregate.kind.replace("_", " ")
    if aggregate.value is not None:
        words += f" of {', '.join(sorted(fields_of(aggregate.value)))}"
    if aggregate.where is not None:
        words += f" where {', '.join(sorted(fields_of(aggregate.where)))} fits"
    if aggregate.start is not None:
        words += f" from {_instant(aggregate.start, zone)}"
    if aggregate.end is not None:
        words += f" until {_instant(aggregate.end, zone)}"
    return words if aggregate.steps is None else f"{words} {_steps_words(aggregate.steps)}"


def _steps_words(steps: Steps) -> str:
    count = "step" if steps.first == steps.last else "steps"
    numbers = "" if steps.last is None else f" {steps.first}"
    numbers += f" to {steps.last}" if steps.last not in (None, steps.first) else ""
    by = "" if steps.by is None else f" by {', '.join(sorted(fields_of(steps.by)))}"
    return f"in {count}{numbers}{by}, from the {'newest' if steps.newest_first else 'oldest'}"


def _instant(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


_WORDS = {"t": "trait", "r": "rule", "m": "segment", "w": "segmentation"}


def _steps(needed: Reached, holds: Callable[[str], bool]) -> tuple[tuple[str, ...], ...]:
    """What is computed over customers, each step using earlier ones only."""
    return tuple(tuple(sorted({_step_words(name) for name in level})) for level in levels(needed, holds))


def _step_words(name: str) -> str:
    kind, _, identity = name.partition(":")
    return f"{_WORDS[kind]} {identity}" if kind in _WORDS else "ranks"
