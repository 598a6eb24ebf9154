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
from segmentry.engine.backends.polars.bounds import Bounds
from segmentry.engine.backends.polars.coded import Codes, find_codes, text_fields
from segmentry.engine.backends.polars.dense.choice import KERNEL_FAILURES, wants_kernels
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.ranks import rank_expression
from segmentry.engine.backends.polars.sequences import CUSTOMER, followed_customers
from segmentry.engine.backends.polars.source_frames import EARLY, LATE, SEEN, SourceFrames
from segmentry.engine.backends.polars.source_pass import SourcePass, beside
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.backends.polars.unmatched import ROWS, LookupQueries, masked, unmatched
from segmentry.engine.backends.protocol import KEY, LookupCount, SourceReport
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Expr
from segmentry.engine.planning.order import columns_of, levels, owner_of, reached, read_together, root_of
from segmentry.engine.planning.plan import (
    Computed,
    Definition,
    Followed,
    LookupStep,
    Plan,
    Ranked,
    RowAggregate,
)
from segmentry.engine.sources.collect import FAILURES, TooLargeError, failure, too_large
from segmentry.engine.sources.dtypes import literal
from segmentry.engine.sources.read import SourceReader, reading

if TYPE_CHECKING:
    from segmentry.engine.backends.polars.dense.places import Places

CUSTOMERS = "\x00customers"
DEEPEST = 32
"""Steps that are computed together: of more the query grows with their square, in time and in memory."""

NAMES_IN_FULL = " (`segmentry run --show-ids` names the keys in full)"


@dataclass
class Evaluation:
    """Evaluates expressions of a plan over its sources.

    ``only`` restricts everything to one customer's key, which is pushed down into the sources.
    ``reports`` is filled by source as they are read.
    """

    plan: Plan
    readers: Mapping[str, SourceReader]
    only: Any = None
    show_ids: bool = False
    reports: dict[str, SourceReport] = field(default_factory=dict[str, SourceReport])

    def frame(self, wanted: Mapping[str, Expr]) -> pl.DataFrame:
        """A column per wanted expression (canonical dtypes) beside the key `KEY`, a row per customer."""
        needed = reached(self.plan, wanted.values())
        try:
            base = self._collected(needed)
        except TooLargeError as error:
            raise self._located(needed) or error from error
        steps = levels(needed)
        try:
            return self._computed(base, steps, wanted)
        except pl.exceptions.InvalidOperationError as error:
            raise self._overflow(base, steps, error) from error

    def _computed(
        self, base: pl.DataFrame, steps: list[list[str]], wanted: Mapping[str, Expr]
    ) -> pl.DataFrame:
        bounds = Bounds(base)
        lowerer = Lowerer(str(self.plan.calendar.zone), bounds)
        frame = base.lazy()
        for at, level in enumerate(steps, start=1):
            frame = self._with_level(frame, level, lowerer)
            if at % DEEPEST == 0:
                frame = frame.collect(engine="in-memory").lazy()
            for name in level:
                definition = self.plan.definitions[name]
                if isinstance(definition, Computed):
                    bounds.note(name, definition.expr)
        last = stepped(frame, wanted, lowerer)
        columns = [expression.alias(name) for name, expression in last.expressions.items()]
        return last.frame.select(pl.col(KEY), *columns).collect(engine="in-memory")

    def _with_level(self, frame: pl.LazyFrame, level: Sequence[str], lowerer: Lowerer) -> pl.LazyFrame:
        """The frame with some definitions, each of them over what it has already."""
        definitions = {name: self.plan.definitions[name] for name in level}
        work = stepped(frame, {n: d.expr for n, d in definitions.items() if isinstance(d, Computed)}, lowerer)
        ranks = {n: rank_expression(d, lowerer) for n, d in definitions.items() if isinstance(d, Ranked)}
        columns = work.expressions | ranks
        return work.frame.with_columns(columns[name].alias(name) for name in level).drop(work.steps)

    def _overflow(self, base: pl.DataFrame, steps: list[list[str]], error: Exception) -> DataError:
        """The data error for a result that does not fit, naming the trait where that can be found."""
        lowerer = Lowerer(str(self.plan.calendar.zone))
        for level in steps:
            for name in level:
                try:
                    base = self._with_level(base.lazy(), [name], lowerer).collect(engine="in-memory")
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
        only = None if self.only is None else literal(self.only, self.plan.types[f"c:{self.plan.key}"])
        return SourceFrames(self.plan, self.readers, Lowerer(zone), only_customers=only)

    def _collected(self, needed: Mapping[str, Definition | None]) -> pl.DataFrame:
        """The customers frame with everything that is taken from rows."""
        if self._kernels_pay(needed):
            try:
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
        queries = {CUSTOMERS: self._customers(frames, needed), **self._queries(passes, needed, frames)}
        results = self._collect(queries, frames)
        wrong = any(work.guessed_wrong(results) for work in passes.values())
        large = any(work.may_overflow(results) for work in passes.values())
        if wrong or large:
            return self._by_groups(needed, guarded=guarded or large, guess=guess and not wrong)
        return self._joined(self._base(results.pop(CUSTOMERS)), passes, needed, results)

    def _queries(
        self, passes: Mapping[str, SourcePass], needed: Mapping[str, Definition | None], frames: SourceFrames
    ) -> dict[str, pl.LazyFrame]:
        queries: dict[str, pl.LazyFrame] = {}
        for source, work in passes.items():
            queries.update(
                work.queries(
                    frames.rows(source, work.columns), frames.table(self.plan.customers, [self.plan.key])
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
            self._link(source, known, unknown, partial(work.strangers, base, results), base[KEY])
        for name, definition in needed.items():
            if isinstance(definition, Followed):
                holds = results[name].select(pl.col(CUSTOMER).alias(KEY), pl.lit(value=True).alias(name))
                base = base.hstack(beside(base.select(KEY), holds).fill_null(value=False))
        return base

    def _link(
        self, source: str, known: int, unknown: int, strangers: Callable[[], pl.Series], keys: pl.Series
    ) -> None:
        """How many rows of a source are of known customers, and of whom the others are."""
        report = self._report(source)
        report.linked = known
        if unknown and self.only is None:
            report.left_out["unknown_customer"] = unknown
            report.unknown = unmatched(strangers(), keys, show_ids=self.show_ids)

    # --- by kernels -------------------------------------------------------------------------------

    def _kernels_pay(self, needed: Mapping[str, Definition | None]) -> bool:
        sources = {d.source for d in needed.values() if isinstance(d, RowAggregate)}
        roots = {root_of(self.plan, source) for source in sources}
        return bool(roots) and self.only is None and wants_kernels(self.readers[name] for name in roots)

    def _by_kernels(self, needed: Mapping[str, Definition | None]) -> pl.DataFrame:
        """The customers first, then their rows batch by batch, one root source after another."""
        from segmentry.engine.backends.polars.dense.places import Places

        frames = self._frames()
        base = self._base(self._collect({CUSTOMERS: self._customers(frames, needed)}, frames)[CUSTOMERS])
        places = Places(base[KEY])
        for part in read_together(self.plan, needed):
            base = self._with_rows(base, places, part)
        return base

    def _with_rows(
        self, base: pl.DataFrame, places: Places, needed: Mapping[str, Definition | None]
    ) -> pl.DataFrame:
        """The customers with what is taken from some rows; what has no kernel is grouped beside it."""
        from segmentry.engine.backends.polars.dense.dense_pass import DensePass, has_kernel

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
            self._check_keys(source)
            read = columns_of(e for _, a in work.named for e in (a.value, a.where))
            queries[f"{source}\x00dense"] = work.query(frames.rows(source, read))
        results = self._collect(queries, frames)
        base = self._joined(base, passes, rest, results)
        for source, work in taken.items():
            base = base.hstack(work.results())
            self._link(source, work.known(), work.unknown, work.unknown_keys, base[KEY])
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
            self._check_keys(source)
            columns = columns_of(e for _, a in named for e in (a.value, a.where))
            codes = NO_CODES
            if self.only is None:
                texts = text_fields(e for _, a in named for e in (a.value, a.where))
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
        for name, columns in frames.read_columns.items():
            audit = self.readers[name].audit(sorted(columns))
            if audit is not None:
                audits[name] = audit
        counts = self._counts(frames) if self.only is None else {}
        lookups = dict(frames.checks)
        misses = dict(frames.misses) if self.only is None else {}
        plans = [*queries.values(), *audits.values(), *counts.values(), *lookups.values()]
        plans += [query for found in misses.values() for query in (found.asked, found.missed)]
        try:
            with reading(self.readers[name] for name in frames.read_columns):
                collected = iter(pl.collect_all(plans))
        except FAILURES as error:
            raise failure(error) from error
        results = {name: next(collected) for name in queries}
        for name in audits:
            self._report(name).counts = self.readers[name].verdict(next(collected).row(0, named=True))
        for name in counts:
            self._count(name, next(collected).row(0, named=True))
        for name in lookups:
            frames.verdict(name, next(collected))
        looked_up: dict[str, list[LookupCount]] = {}
        for (name, step), found in misses.items():
            count = self._lookup_count(step, found, next(collected).item(), next(collected))
            looked_up.setdefault(name, []).append(count)
        for name, lookup_counts in looked_up.items():
            self._report(name).lookups = tuple(lookup_counts)
        for name, columns in frames.read_columns.items():
            self._report(name).columns = tuple(sorted(columns))
        return results

    def _count(self, name: str, row: Mapping[str, int | None]) -> None:
        """A row of `SourceFrames.counts` into the report of the source."""
        report, counts = self._report(name), dict(row)
        report.seen = counts.pop(SEEN, None)
        unlikely = {word: counts.pop(column, None) for word, column in (("early", EARLY), ("late", LATE))}
        report.unlikely = _nonzero(unlikely)
        report.left_out.update(_nonzero(counts))

    def _lookup_count(
        self, step: LookupStep, queries: LookupQueries, asked: int, missed: pl.DataFrame
    ) -> LookupCount:
        """What a lookup found. The table's keys are read once more where it missed one."""
        lost = int(missed[ROWS].sum())
        about = None
        if lost:
            known = queries.known.collect(engine="in-memory").to_series()
            about = unmatched(missed.drop(ROWS).to_series(), known, show_ids=self.show_ids)
        return LookupCount(step.source, step.here, step.there, asked, asked - lost, about)

    def _report(self, name: str) -> SourceReport:
        return self.reports.setdefault(name, SourceReport())

    def _counts(self, frames: SourceFrames) -> dict[str, pl.LazyFrame]:
        """Per source used, one row of how many rows take no part and why."""
        return {name: frames.counts(self.plan.sources[name]) for name in frames.used}

    def _customers(self, frames: SourceFrames, needed: Mapping[str, Definition | None]) -> pl.LazyFrame:
        columns = sorted({name[2:] for name in needed if name.startswith("c:")} | {self.plan.key})
        table = frames.table(self.plan.customers, columns, keep_null=True)
        if self.only is not None:
            table = table.filter(
                pl.col(self.plan.key) == literal(self.only, self.plan.types[f"c:{self.plan.key}"])
            )
        return table.select(pl.col(self.plan.key).alias(KEY), *[pl.col(c).alias(f"c:{c}") for c in columns])

    def _base(self, customers: pl.DataFrame) -> pl.DataFrame:
        """The customers sorted by key, which is checked: neither missing nor there twice."""
        missing = customers[KEY].null_count()
        if missing:
            raise DataError(
                f"{missing} row{'s' if missing > 1 else ''} of the customers table `{self.plan.customers}` "
                f"{'have' if missing > 1 else 'has'} no `{self.plan.key}`; every customer needs a key",
                column=self.plan.key,
            )
        keys = customers[KEY]
        if bool((keys.slice(1) > keys.head(max(0, keys.len() - 1))).all()):
            return customers
        if keys.n_unique() < customers.height:
            twice = customers.filter(pl.col(KEY).is_duplicated())[KEY].unique().sort()
            some = ", ".join(masked(v, show_ids=self.show_ids) for v in twice.head(5))
            raise DataError(
                f"the customers table `{self.plan.customers}` has several rows for the same "
                f"`{self.plan.key}` ({len(twice)} key{'s' if len(twice) > 1 else ''}: {some}); "
                f"keep one row per customer{'' if self.show_ids else NAMES_IN_FULL}",
                column=self.plan.key,
            )
        return customers.sort(KEY)

    def _check_keys(self, source: str) -> None:
        """The customer of a source and the customers' key must have the same type."""
        plan = self.plan.sources[source]
        assert plan.customer is not None
        here, there = plan.columns[plan.customer], self.plan.types[f"c:{self.plan.key}"]
        if here != there:
            raise DataError(
                f"`{source}.{plan.customer}` is {here.words()}, the customers key `{self.plan.key}` is "
                f"{there.words()}; declare the same `type:` for both under `columns:`",
                column=plan.customer,
            )


def _nonzero(row: Mapping[str, int | None]) -> dict[str, int]:
    return {name: count for name, count in row.items() if count}
