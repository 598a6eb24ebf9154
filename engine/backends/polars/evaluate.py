"""Evaluation: the named expressions of a plan as one frame with a row per customer, sorted by key.

Every command is built on `Evaluation.frame`: one scan and one pass of aggregation per source, then the
definitions level by level, shared ones once; what is not needed is neither read nor computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from segmentry.engine.backends.polars.aggregate import NO_CODES
from segmentry.engine.backends.polars.coded import Codes, find_codes, text_fields
from segmentry.engine.backends.polars.counted import SEEN, counted_days
from segmentry.engine.backends.polars.customers import check_keys, customers_query, sorted_customers
from segmentry.engine.backends.polars.dense.choice import KERNEL_FAILURES, has_kernel, without_kernels
from segmentry.engine.backends.polars.intervals import Intervals
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.ranks import rank_expression
from segmentry.engine.backends.polars.reuse import Reuse, in_order
from segmentry.engine.backends.polars.selection import Selection
from segmentry.engine.backends.polars.sequences import CUSTOMER, followed_customers
from segmentry.engine.backends.polars.source_frames import SourceFrames
from segmentry.engine.backends.polars.source_pass import SourcePass, beside
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.backends.polars.streams import little_ahead
from segmentry.engine.backends.polars.unmatched import unmatched
from segmentry.engine.backends.protocol import KEY, Kept, LookupCount, SourceReport
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.order import (
    columns_of,
    levels,
    owner_of,
    read_together,
    root_of,
    with_unused,
)
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    Plan,
    Ranked,
    RowAggregate,
)
from segmentry.engine.sources.collect import FAILURES, TooLargeError, failure, too_large
from segmentry.engine.sources.read import SourceReader, reading

if TYPE_CHECKING:
    from segmentry.engine.backends.polars.dense.places import Places

CUSTOMERS = "\x00customers"


@dataclass
class Evaluation:
    """Evaluates expressions of a plan over its sources.

    ``only`` restricts everything to one customer, ``keys`` to a range of keys: both are pushed down into
    the sources. ``reports`` is filled by source as they are read; for a range they only say how many rows are
    linked, and ``strangers`` has the keys that are not among the customers.
    """

    plan: Plan
    readers: Mapping[str, SourceReader]
    only: Any = None
    show_ids: bool = False
    kept: Kept | None = None
    keys: Selection | None = None
    reports: dict[str, SourceReport] = field(default_factory=dict[str, SourceReport])
    strangers: dict[str, pl.Series] = field(default_factory=dict[str, pl.Series])

    @property
    def selection(self) -> Selection | None:
        """The customers that everything is restricted to; None where it is not."""
        if self.only is None:
            return self.keys
        return Selection(self.plan.types[f"c:{self.plan.key}"], only=self.only)

    def frame(self, wanted: Mapping[str, Expr]) -> pl.DataFrame:
        """A column per wanted expression (canonical dtypes) beside the key `KEY`, a row per customer."""
        reuse = Reuse(self.plan, wanted, self.kept, self._frames)
        try:
            base = reuse.base(self._collected)
        except TooLargeError as error:
            raise self._located(reuse.needed) or error from error
        if reuse.is_stale():
            self.reports.clear()
            self.kept = None
            return self.frame(wanted)
        steps = levels(reuse.needed, reuse.holds)
        rows, held = base if self.kept is not None else None, [base]
        del base
        frame = self.computed(held, steps, {**wanted, **reuse.also(steps)})
        if rows is None:
            return frame
        self.reports = reuse.leave(rows, frame, self.reports)
        return frame.select(KEY, *wanted)

    def computed(
        self, held: list[pl.DataFrame], steps: list[list[str]], wanted: Mapping[str, Expr]
    ) -> pl.DataFrame:
        """The wanted expressions over the only frame in ``held``, which is taken out.

        Level by level what no later one uses is dropped, so that memory holds what is still to be used.
        """
        frame = held.pop()
        bounds = Intervals(frame)
        lowerer = Lowerer(str(self.plan.calendar.zone), bounds)
        rows = [name for name in frame.columns if name != KEY]
        for level, unused in with_unused(self.plan, steps, rows, wanted.values()):
            try:
                work = self._with_level(frame.lazy(), level, lowerer).drop(unused)
                frame = work.collect(engine="in-memory")
                del work
            except pl.exceptions.InvalidOperationError as error:
                raise self._overflow(frame, level, error) from error
            for name in level:
                definition = self.plan.definitions[name]
                if isinstance(definition, Computed):
                    bounds.note(name, definition.expr)
            bounds.frame = frame
        last = stepped(frame.lazy(), wanted, lowerer)
        columns = [expression.alias(name) for name, expression in last.expressions.items()]
        return last.frame.select(pl.col(KEY), *columns).collect(engine="in-memory")

    def _with_level(self, frame: pl.LazyFrame, level: Sequence[str], lowerer: Lowerer) -> pl.LazyFrame:
        """The frame with some definitions, each of them over what it has already."""
        definitions = {name: self.plan.definitions[name] for name in level}
        work = stepped(frame, {n: d.expr for n, d in definitions.items() if isinstance(d, Computed)}, lowerer)
        ranks = {n: rank_expression(d, lowerer) for n, d in definitions.items() if isinstance(d, Ranked)}
        columns = work.expressions | ranks
        return work.frame.with_columns(columns[name].alias(name) for name in level).drop(work.steps)

    def _overflow(self, frame: pl.DataFrame, level: Sequence[str], error: Exception) -> DataError:
        """The data error for a result that does not fit, naming the trait where that can be found."""
        lowerer = Lowerer(str(self.plan.calendar.zone))
        for name in level:
            try:
                self._with_level(frame.lazy(), [name], lowerer).collect(engine="in-memory")
            except pl.exceptions.InvalidOperationError:
                return too_large(owner_of(self.plan, name))
        return failure(error)

    def _located(self, needed: Mapping[str, Definition | None]) -> DataError | None:
        """The data error for what is taken from rows and does not fit, found by taking one after another."""
        for name, definition in needed.items():
            if isinstance(definition, (RowAggregate, Followed)):
                try:
                    replace(self, reports={})._collected({name: definition})
                except TooLargeError:
                    return too_large(owner_of(self.plan, name))
        return None

    # --- rows to customers ------------------------------------------------------------------------

    def _frames(self) -> SourceFrames:
        zone = str(self.plan.calendar.zone)
        return SourceFrames(self.plan, self.readers, Lowerer(zone), customers=self.selection)

    def _collected(self, needed: Mapping[str, Definition | None]) -> pl.DataFrame:
        """The customers frame with everything that is taken from rows."""
        if self._kernels_pay(needed):
            try:
                with little_ahead():
                    return self._by_kernels(needed)
            except KERNEL_FAILURES:
                # What 64 bits do not hold, and whatever can't be read: said by the way that can say it.
                self.reports.clear()
        return self._by_groups(needed)

    def _by_groups(
        self, needed: Mapping[str, Definition | None], *, guarded: bool = False, guess: bool = True
    ) -> pl.DataFrame:
        """By a group_by for each source, in one collection with the customers.

        It is done again where a hope was in vain: that no sum exceeds 128 bits (``guarded``: each is looked
        at), and that the first rows hold all texts of a column (``guess``).
        """
        frames = self._frames()
        passes = self._passes(needed, frames, guarded=guarded, guess=guess)
        queries = {CUSTOMERS: customers_query(frames, needed), **self._queries(passes, needed, frames)}
        results = self._collect(queries, frames)
        wrong = any(work.guessed_wrong(results) for work in passes.values())
        large = any(work.may_overflow(results) for work in passes.values())
        if wrong or large:
            return self._by_groups(needed, guarded=guarded or large, guess=guess and not wrong)
        base = sorted_customers(self.plan, results.pop(CUSTOMERS), show_ids=self.show_ids)
        return self._joined(base, passes, needed, results)

    def _queries(
        self, passes: Mapping[str, SourcePass], needed: Mapping[str, Definition | None], frames: SourceFrames
    ) -> dict[str, pl.LazyFrame]:
        queries: dict[str, pl.LazyFrame] = {}
        key = self.plan.key
        for source, work in passes.items():
            queries.update(
                work.queries(
                    frames.rows(source, work.columns), frames.table(self.plan.customers, [key], keys=[key])
                )
            )
        for name, definition in needed.items():
            if isinstance(definition, Followed):
                queries[name] = followed_customers(definition, frames)
        return queries

    def _joined(
        self,
        base: pl.DataFrame,
        passes: Mapping[str, SourcePass],
        needed: Mapping[str, Definition | None],
        results: Mapping[str, pl.DataFrame],
    ) -> pl.DataFrame:
        """The customers with what was grouped, and with the sequences."""
        for source, work in passes.items():
            base, known, unknown = work.joined(base, results)
            self.link(source, known, unknown, partial(work.strangers, base, results), base[KEY])
        for name, definition in needed.items():
            if isinstance(definition, Followed):
                holds = results[name].select(pl.col(CUSTOMER).alias(KEY), pl.lit(value=True).alias(name))
                base = base.hstack(beside(base.select(KEY), holds).fill_null(value=False))
        return base

    def link(
        self, source: str, known: int, unknown: int, strangers: Callable[[], pl.Series], keys: pl.Series
    ) -> None:
        """How many rows of a source are of known customers, and of whom the others are."""
        report = self._report(source)
        report.linked = known
        if not unknown or self.only is not None:
            return
        report.left_out["unknown_customer"] = unknown
        if self.keys is None:
            report.unknown = unmatched(strangers(), keys, show_ids=self.show_ids)
        else:
            self.strangers[source] = strangers()

    # --- by kernels -------------------------------------------------------------------------------

    def _kernels_pay(self, needed: Mapping[str, Definition | None]) -> bool:
        sources = {d.source for d in needed.values() if isinstance(d, RowAggregate)}
        roots = {root_of(self.plan, source) for source in sources}
        if not roots or self.only is not None:
            return False
        return without_kernels(self.readers[name] for name in roots) is None

    def _by_kernels(self, needed: Mapping[str, Definition | None]) -> pl.DataFrame:
        """The customers first, then their rows batch by batch, one root source after another."""
        from segmentry.engine.backends.polars.dense.places import Places

        frames = self._frames()
        found = self._collect({CUSTOMERS: customers_query(frames, needed)}, frames)
        base = sorted_customers(self.plan, found.pop(CUSTOMERS), show_ids=self.show_ids)
        places = Places(base[KEY])
        for part in read_together(self.plan, needed):
            base = self._with_rows(base, places, part)
        return base

    def _with_rows(
        self, base: pl.DataFrame, places: Places, needed: Mapping[str, Definition | None]
    ) -> pl.DataFrame:
        """The customers with what is taken from some rows; what has no kernel is grouped beside it."""
        from segmentry.engine.backends.polars.dense.dense_pass import DensePass

        dense: dict[str, list[tuple[str, RowAggregate]]] = {}
        rest: dict[str, Definition | None] = {}
        for name, definition in needed.items():
            if isinstance(definition, RowAggregate) and has_kernel(definition):
                dense.setdefault(definition.source, []).append((name, definition))
            else:
                rest[name] = definition
        frames = self._frames()
        passes = self._passes(rest, frames, guarded=True, guess=False)
        queries = self._queries(passes, rest, frames)
        taken = {source: DensePass(self.plan, source, named, places) for source, named in dense.items()}
        for source, work in taken.items():
            check_keys(self.plan, source)
            read = columns_of(e for _, a in work.named for e in a.expressions)
            queries[f"{source}\x00dense"] = work.query(*frames.marked_rows(source, read))
        results = self._collect(queries, frames)
        base = self._joined(base, passes, rest, results)
        for source, work in taken.items():
            base = base.hstack(work.results())
            counts = work.counted()
            if counts is not None and self.selection is None:
                self._count(source, counts)
            self.link(source, work.known(), work.unknown, work.unknown_keys, base[KEY])
        return base

    def _passes(
        self, needed: Mapping[str, Definition | None], frames: SourceFrames, *, guarded: bool, guess: bool
    ) -> dict[str, SourcePass]:
        """One pass of aggregation per source that traits or behaviour need."""
        aggregates: dict[str, list[tuple[str, RowAggregate]]] = {}
        for name, definition in needed.items():
            if isinstance(definition, RowAggregate):
                aggregates.setdefault(definition.source, []).append((name, definition))
        passes: dict[str, SourcePass] = {}
        for source, named in aggregates.items():
            check_keys(self.plan, source)
            columns = columns_of(e for _, a in named for e in a.expressions)
            codes = NO_CODES
            if self.only is None:
                texts = text_fields(e for _, a in named for e in a.expressions)
                codes = self._codes(frames, source, texts, guess=guess)
            passes[source] = SourcePass(self.plan, source, tuple(named), frozenset(columns), codes, guarded)
        return passes

    def _codes(self, frames: SourceFrames, source: str, texts: set[str], *, guess: bool) -> Codes:
        if not texts:
            return NO_CODES
        rows = frames.values(source, texts)
        try:
            with reading(self.readers[name] for name in frames.read_columns):
                return find_codes(rows, texts, guess=guess)
        except FAILURES as error:
            raise failure(error) from error

    def _collect(self, queries: Mapping[str, pl.LazyFrame], frames: SourceFrames) -> dict[str, pl.DataFrame]:
        """All queries in one collection, with the audits of what was read and the counts of rows."""
        audits: dict[str, pl.LazyFrame] = {}
        for name, columns in frames.read_columns.items() if self.keys is None else ():
            audit = self.readers[name].audit(sorted(columns))
            if audit is not None:
                audits[name] = audit
        counts = self._counts(frames) if self.selection is None else {}
        lookups = dict(frames.checks) if self.keys is None else {}
        misses = dict(frames.misses) if self.selection is None else {}
        plans = [*queries.values(), *audits.values(), *counts.values(), *lookups.values()]
        plans += [query for found in misses.values() for query in (found.asked, found.missed)]
        try:
            with reading(self.readers[name] for name in frames.read_columns):
                collected = iter(pl.collect_all(plans))
        except FAILURES as error:
            raise failure(error) from error
        results = {name: next(collected) for name in queries}
        for name in audits:
            counts_read = self.readers[name].verdict(next(collected).row(0, named=True))
            report = self._report(name)
            report.counts = in_order(self.plan, name, {*report.counts, *counts_read})
        for name in counts:
            self._count(name, next(collected).row(0, named=True))
        for table, keys in lookups:
            frames.verdict(table, keys, next(collected))
        looked_up: dict[str, list[LookupCount]] = {}
        for (name, step), found in misses.items():
            count = found.count(step, next(collected).item(), next(collected), show_ids=self.show_ids)
            looked_up.setdefault(name, []).append(count)
        for name, lookup_counts in looked_up.items():
            self._report(name).lookups = tuple(lookup_counts)
        for name, columns in frames.read_columns.items():
            report = self._report(name)
            report.columns = tuple(sorted({*report.columns, *columns}))
        return results

    def _count(self, name: str, row: Mapping[str, int | None]) -> None:
        """A row of `SourceFrames.counts` into the report of the source."""
        report, counts = self._report(name), dict(row)
        report.seen = counts.pop(SEEN, None)
        report.unlikely, report.newest = counted_days(counts)
        report.left_out.update(_nonzero(counts))

    def _report(self, name: str) -> SourceReport:
        return self.reports.setdefault(name, SourceReport())

    def customer_keys(self) -> pl.Series:
        """The sorted keys of all customers."""
        frames = self._frames()
        found = self._collect({CUSTOMERS: customers_query(frames, ())}, frames)
        return sorted_customers(self.plan, found.pop(CUSTOMERS), show_ids=self.show_ids)[KEY]

    def look_over(self, needed: Mapping[str, Definition | None]) -> None:
        """Judge and count the rows that all this is taken from, and take nothing. Raises DataError."""
        frames = self._frames()
        customers_query(frames, needed)
        read: dict[str, set[str]] = {}
        for definition in needed.values():
            if isinstance(definition, RowAggregate):
                columns = columns_of(definition.expressions)
                read.setdefault(definition.source, set()).update(columns)
        for source, columns in read.items():
            check_keys(self.plan, source)
            frames.rows(source, columns)
        for definition in needed.values():
            if isinstance(definition, Followed):
                followed_customers(definition, frames)
        self._collect({}, frames)

    def _counts(self, frames: SourceFrames) -> dict[str, pl.LazyFrame]:
        """Per source used, one row of how many rows take no part and why."""
        return {name: frames.counts(self.plan.sources[name]) for name in frames.used}


def _nonzero(row: Mapping[str, int | None]) -> dict[str, int]:
    return {name: count for name, count in row.items() if count}
