"""Polars behind the door that all engines have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from segmentry.engine.backends.identified import Identified
from segmentry.engine.backends.newest import Newest
from segmentry.engine.backends.polars import feeds
from segmentry.engine.backends.polars.aggregate import AGGREGATES
from segmentry.engine.backends.polars.evaluate import Evaluation
from segmentry.engine.backends.polars.lower import OPERATIONS, Lowerer
from segmentry.engine.backends.polars.needs import no_kernel, planned_memory
from segmentry.engine.backends.polars.one_row import agreeing
from segmentry.engine.backends.polars.people import values_of
from segmentry.engine.backends.polars.persons.table import who_is_who
from segmentry.engine.backends.polars.ranges import frame_by_ranges
from segmentry.engine.backends.polars.ranks import RANKS
from segmentry.engine.backends.polars.sequences import followed_customers
from segmentry.engine.backends.polars.source_frames import SourceFrames
from segmentry.engine.backends.protocol import (
    ColumnStore,
    Evaluated,
    Kept,
    People,
    PlannedWork,
    Readers,
    require,
)
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.order import columns_of, never
from segmentry.engine.planning.plan import Followed, Plan, RowAggregate
from segmentry.engine.planning.primitives import LONGER_SEQUENCE, SEQUENCE, STEPS
from segmentry.engine.sources.collect import collected
from segmentry.engine.sources.dtypes import literal


class PolarsBackend:
    """Evaluates plans with Polars, in this process, in about ``memory`` bytes; None chooses them."""

    def __init__(self, memory: int | None = None) -> None:
        self.memory = memory

    name = "polars"
    version = pl.__version__
    primitives = frozenset(
        (
            *OPERATIONS,
            *(f"aggregate {kind}" for kind in AGGREGATES),
            *(f"rank {kind}" for kind in RANKS),
            SEQUENCE,
            LONGER_SEQUENCE,
            STEPS,
        )
    )

    def frame(
        self,
        plan: Plan,
        readers: Readers,
        wanted: Mapping[str, Expr],
        *,
        only: Any = None,
        show_ids: bool = False,
        store: ColumnStore | None = None,
    ) -> Evaluated:
        """See `Backend.frame`."""
        require(self, plan, wanted.values())
        # One customer is read sooner than the columns of all; what is to be named in full is not kept.
        kept = None if only is not None or show_ids else self._kept(plan, readers, store)
        evaluation = Evaluation(plan, readers, only, show_ids, kept)
        holds = never if kept is None else kept.holds
        ranges = 1 if only is not None else planned_memory(plan, readers, wanted, self.memory, holds).ranges
        if ranges > 1:
            # What does not fit at once would not fit as kept columns either.
            evaluation.kept = None
            return Evaluated(frame_by_ranges(evaluation, wanted, ranges), evaluation.reports)
        return Evaluated(evaluation.frame(wanted), evaluation.reports)

    def frame_of(self, plan: Plan, people: People, wanted: Mapping[str, Expr]) -> list[dict[str, Any]]:
        """See `Backend.frame_of`."""
        require(self, plan, wanted.values())
        return values_of(plan, people, wanted)

    def agreeing(
        self, plan: Plan, expected: Sequence[tuple[Expr, bool]], rows: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """See `Backend.agreeing`."""
        return agreeing(plan, expected, rows)

    def _kept(self, plan: Plan, readers: Readers, store: ColumnStore | None) -> Kept | None:
        return None if store is None else store.of(plan, readers, self)

    def newest_row(
        self, plan: Plan, readers: Readers, source: str, *, store: ColumnStore | None = None
    ) -> Newest:
        """See `Backend.newest_row`."""
        return feeds.newest_row_once(plan, readers, source, self._kept(plan, readers, store))

    def check_feeds(self, plan: Plan, readers: Readers, *, store: ColumnStore | None = None) -> None:
        """See `Backend.check_feeds`."""
        feeds.check_feeds(plan, readers, self._kept(plan, readers, store))

    def check_order(self, plan: Plan, readers: Readers, source: str) -> None:
        """See `Backend.check_order`."""
        feeds.check_order(plan, readers, source)

    def rows(
        self, plan: Plan, readers: Readers, source: str, columns: Sequence[str], key: Any = None
    ) -> pl.DataFrame:
        """See `Backend.rows`."""
        require(self, plan, ())
        frames = _frames(plan, readers)
        rows, customer = frames.rows(source, columns), plan.sources[source].customer
        if key is not None and customer is not None:
            rows = rows.filter(pl.col(customer) == literal(key, plan.types[f"c:{plan.key}"]))
        return collected([rows.select(columns)], readers, frames.read_columns)[0]

    def people(self, plan: Plan, readers: Readers) -> Identified | None:
        """See `Backend.people`."""
        return None if plan.sources[plan.customers].people is None else who_is_who(_frames(plan, readers))

    def explain_plan(
        self,
        plan: Plan,
        readers: Readers,
        wanted: Mapping[str, Expr],
        holds: Callable[[str], bool] = never,
    ) -> PlannedWork:
        """See `Backend.explain_plan`."""
        memory = planned_memory(plan, readers, wanted, self.memory, holds)
        return PlannedWork(memory, no_kernel(plan, readers, wanted, holds))

    def reads(self, plan: Plan, readers: Readers, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """See `Backend.reads`; building the lazy frames notes the columns that they would read."""
        frames = _frames(plan, readers)
        for name in names:
            definition = plan.definitions.get(name)
            match definition:
                case RowAggregate(source=source):
                    frames.rows(source, columns_of(definition.expressions))
                case Followed():
                    followed_customers(definition, frames)
                case None:
                    frames.table(plan.customers, [plan.key, name.removeprefix("c:")], keys=())
                case _:
                    pass
        return {source: frozenset(columns) for source, columns in frames.read_columns.items()}


def _frames(plan: Plan, readers: Readers) -> SourceFrames:
    return SourceFrames(plan, readers, Lowerer(str(plan.calendar.zone)))
