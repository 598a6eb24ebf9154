"""Sources as lazy frames, each in its order of work, see `SourcePlan`; rows of no use are dropped early."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from segmentry.engine.backends.polars.aggregate import Aggregator, finished, time_mask
from segmentry.engine.backends.polars.counted import counted
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.persons.table import people_rows, with_person
from segmentry.engine.backends.polars.selection import Selection
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.backends.polars.unmatched import LookupQueries
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Duplicates
from segmentry.engine.language.expr import Expr, Field, as_date, fields_of
from segmentry.engine.language.types import Type
from segmentry.engine.planning.plan import GroupStep, LookupStep, Plan, SourcePlan
from segmentry.engine.sources.read import SourceReader

ROW = "\x00row"
"""The name of a row's number in its root source, for sequences."""

PART = "\x00part"
"""The name of whether a row takes part."""


@dataclass
class SourceFrames:
    """The lazy frames of a plan's sources. ``cut`` drops rows at or after the as-of instant.

    Of the rows only those of the selected ``customers`` are read; tables that are looked up in are whole.
    """

    plan: Plan
    readers: Mapping[str, SourceReader]
    lowerer: Lowerer
    cut: bool = True
    customers: Selection | None = None
    read_columns: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    checks: dict[tuple[str, tuple[str, ...]], pl.LazyFrame] = field(
        default_factory=dict["tuple[str, tuple[str, ...]]", pl.LazyFrame]
    )
    misses: dict[tuple[str, LookupStep], LookupQueries] = field(
        default_factory=dict["tuple[str, LookupStep]", LookupQueries]
    )
    _used: dict[str, None] = field(default_factory=dict[str, None])

    def rows(self, name: str, columns: Iterable[str], *, numbered: bool = False) -> pl.LazyFrame:
        """The rows of a source that take part, with at least the given columns.

        The customer and the time are always among them; ``numbered`` adds each row's number.
        """
        plan = self.plan.sources[name]
        self._used.setdefault(name)
        wanted = {*columns, *self._own(plan)}
        for step in plan.group.lookups if plan.group is not None else ():
            wanted |= set(step.here) if wanted & set(step.columns) else set()
        inner = numbered and plan.group is None
        frame = self._taking_part(plan, self.before_cut(plan, wanted, numbered=inner))
        if plan.group is not None:
            frame = self._grouped(plan, plan.group, frame, wanted)
        if plan.parent is not None or plan.customer in _made(plan):
            frame = self._selected(plan, frame)
        if plan.days_since_previous is not None and plan.days_since_previous in wanted:
            frame = self._with_previous(plan, frame)
        return frame

    def marked_rows(self, name: str, columns: Iterable[str]) -> tuple[pl.LazyFrame, list[pl.Expr]]:
        """As `rows`, all of them with `PART`, which is true of those that take part; and what counts them.

        Of what is grouped or looks back the rows that take part alone, and nothing that counts them.
        """
        plan = self.plan.sources[name]
        wanted = {*columns, *self._own(plan)}
        if plan.group is not None or plan.days_since_previous in wanted:
            return self.rows(name, columns).with_columns(pl.lit(value=True).alias(PART)), []
        frame = self.before_cut(plan, wanted)
        if plan.parent is not None or plan.customer in _made(plan):
            frame = self._selected(plan, frame)
        part = self._part(plan)
        marked = frame.with_columns((pl.lit(value=True) if part is None else part).alias(PART))
        return marked, counted(self, plan)

    def values(self, name: str, columns: set[str]) -> pl.LazyFrame:
        """Rows with at least all values that some columns can have; of a file its rows as they are."""
        plan = self.plan.sources[name]
        if plan.parent is not None or columns & _made(plan):
            return self.rows(name, columns)
        self.read_columns.setdefault(name, set()).update(columns)
        return self.readers[name].scan(sorted(columns))

    def before_cut(
        self, plan: SourcePlan, wanted: set[str], *, numbered: bool = False, counting: bool = False
    ) -> pl.LazyFrame:
        """The rows after `where`, before those that take no part are dropped."""
        needed = self._needed(plan, wanted, counting=counting)
        choice = plan.source.duplicates
        frame = self._start(plan, needed, numbered=numbered or choice is not None)
        later = plan.looked_up
        formulas = [(name, expr) for name, expr in plan.formulas if name in needed]
        frame = self._computed(frame, [(n, e) for n, e in formulas if n not in later])
        for step in plan.lookups:
            frame = self._looked_up(plan, frame, step, needed)
        frame = self._computed(frame, [(n, e) for n, e in formulas if n in later])
        if plan.person is not None and plan.person.column in needed:
            frame = with_person(self, frame, plan.person)
        frame = frame if plan.where is None else frame.filter(self.lowerer(plan.where))
        return frame if choice is None else self._one_each(frame, choice, numbered=numbered)

    def _computed(self, frame: pl.LazyFrame, formulas: Sequence[tuple[str, Expr]]) -> pl.LazyFrame:
        for name, expr in formulas:
            work = stepped(frame, {name: expr}, self.lowerer)
            frame = work.frame.with_columns(work.expressions[name].alias(name)).drop(work.steps)
        return frame

    def _one_each(self, frame: pl.LazyFrame, choice: Duplicates, *, numbered: bool) -> pl.LazyFrame:
        """One row of each customer; rows without a key all stay, as they are to be told of."""
        key = pl.col(self.plan.key)
        by = [ROW] if choice.by is None else [choice.by, ROW]
        ordered = frame.sort(by, descending=choice.keep == "first", nulls_last=choice.keep == "first")
        alone = pl.when(key.is_null()).then(pl.col(ROW)).alias("\x00alone")
        keys = [self.plan.key, "\x00alone"]
        chosen = ordered.with_columns(alone).unique(keys, keep="last", maintain_order=True)
        return chosen.drop("\x00alone", *([] if numbered else [ROW]))

    def records(self, name: str, columns: Iterable[str]) -> pl.LazyFrame:
        """All rows of a source of records after its `where`, whosever they are."""
        return replace(self, customers=None).before_cut(self.plan.sources[name], {*columns})

    def aside(self) -> SourceFrames:
        """Frames of the same sources, of which nothing is noted here."""
        return SourceFrames(self.plan, self.readers, self.lowerer, cut=self.cut)

    def _own(self, plan: SourcePlan) -> set[str]:
        names = {plan.customer, plan.time}
        if plan.group is not None:
            names.update(plan.group.keys)
        return {n for n in names if n is not None}

    def _needed(self, plan: SourcePlan, wanted: set[str], *, counting: bool) -> set[str]:
        """The columns that have to be there before grouping, closed over formulas and the filter."""
        needed = set(wanted)
        if plan.group is not None and not counting:
            needed = self._grouping_columns(plan, plan.group, wanted)
        if plan.days_since_previous is not None:
            needed.discard(plan.days_since_previous)
        needed |= set() if plan.where is None else fields_of(plan.where)
        if plan.person is not None and plan.person.column in needed:
            needed.add(plan.person.here)
        if plan.source.duplicates is not None:
            needed.add(self.plan.key)
            needed |= set() if plan.source.duplicates.by is None else {plan.source.duplicates.by}
        self._add_used(plan, needed)
        for step in reversed(plan.lookups):
            if needed & set(step.columns):
                needed.update(step.here)
        self._add_used(plan, needed)
        return needed

    def _add_used(self, plan: SourcePlan, needed: set[str]) -> None:
        """Add what the needed formulas use."""
        for name, expr in reversed(plan.formulas):
            if name in needed:
                needed |= fields_of(expr)

    def _grouping_columns(self, plan: SourcePlan, group: GroupStep, wanted: set[str]) -> set[str]:
        needed = set(group.keys)
        if plan.customer is not None:
            needed.add(plan.customer)
        if group.time is not None:
            needed.add(group.time[0])
        parent = self.plan.sources.get(plan.parent) if plan.parent else None
        if parent is not None and parent.time is not None:
            needed.add(parent.time)
        used = self._used_aggregates(group, wanted)
        for name, aggregate in group.aggregates:
            if name in used:
                for expr in aggregate.expressions:
                    needed |= fields_of(expr)
        return needed

    def _used_aggregates(self, group: GroupStep, wanted: set[str]) -> set[str]:
        return {f for name, expr in group.columns if name in wanted for f in fields_of(expr)}

    def _start(self, plan: SourcePlan, needed: set[str], *, numbered: bool) -> pl.LazyFrame:
        columns = sorted(needed - _made(plan))
        if plan.people is not None:
            return people_rows(self, plan.people, columns)
        if plan.parent is not None:
            frames = self if self._is_of_same_customers(plan) else replace(self, customers=None)
            return frames.rows(plan.parent, columns, numbered=numbered)
        self.read_columns.setdefault(plan.name, set()).update(columns)
        frame = self.readers[plan.name].scan(columns, numbered=numbered)
        # A row has its number whoever is selected.
        frame = frame.with_row_index(ROW) if numbered else frame
        return self._selected(plan, frame) if plan.customer in columns else frame

    def _is_of_same_customers(self, plan: SourcePlan) -> bool:
        """Whether a derived source's rows are of the customers that its parent's rows are of."""
        assert plan.parent is not None
        return plan.customer == self.plan.sources[plan.parent].customer and plan.customer not in _made(plan)

    def _selected(self, plan: SourcePlan, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of the selected customers."""
        if self.customers is None or plan.customer is None:
            return frame
        return frame.filter(self.customers.mask(plan.customer))

    def _check_types(self, plan: SourcePlan, step: LookupStep) -> None:
        """Both sides of a lookup must have the same type."""
        for a, b in zip(step.here, step.there, strict=True):
            here, there = self._type_of(plan, a), self._type_of(self.plan.sources[step.source], b)
            if here is not None and there is not None and here != there:
                raise DataError(
                    f"`{plan.name}.{a}` is {here.words()}, `{step.source}.{b}` is {there.words()}, so a "
                    "lookup can't compare them; declare the same `type:` for both",
                    column=a,
                )

    def _type_of(self, plan: SourcePlan, column: str) -> Type | None:
        """The type of a column before grouping, None where grouping dropped it."""
        if column in plan.columns or plan.parent is None:
            return plan.columns.get(column)
        return self._type_of(self.plan.sources[plan.parent], column)

    def _looked_up(
        self, plan: SourcePlan, frame: pl.LazyFrame, step: LookupStep, needed: set[str]
    ) -> pl.LazyFrame:
        columns = [c for c in step.columns if c in needed]
        if not columns:
            return frame
        self._check_types(plan, step)
        table = self.table(step.source, [*step.there, *columns], keys=step.there)
        counted = table.group_by(step.there).len()
        self.checks[step.source, step.there] = counted.filter(pl.col("len") > 1).head(5)
        keys = [f"\x00there{n}" for n in range(len(step.there))]
        named = [pl.col(there).alias(key) for there, key in zip(step.there, keys, strict=True)]
        right = table.select(*named, *columns)
        self.misses[plan.name, step] = LookupQueries.of(frame, step, table)
        return frame.join(right, left_on=step.here, right_on=keys, how="left")

    def table(self, name: str, columns: Sequence[str], *, keys: Sequence[str]) -> pl.LazyFrame:
        """A table that is looked up in, or the customers table, with its `where` applied.

        Rows without a value in one of the ``keys`` are dropped.
        """
        if self.customers is not None:
            return replace(self, customers=None).table(name, columns, keys=keys)
        plan = self.plan.sources[name]
        wanted = set(columns)
        if plan.customer is not None or plan.time is not None or plan.group is not None:
            frame = self.rows(name, wanted)
        else:
            frame = self.before_cut(plan, wanted)
        return frame.filter(pl.all_horizontal(pl.col(key).is_not_null() for key in keys)) if keys else frame

    # --- taking part ------------------------------------------------------------------------------

    def _taking_part(self, plan: SourcePlan, frame: pl.LazyFrame) -> pl.LazyFrame:
        part = self._part(plan)
        return frame if part is None else frame.filter(part)

    def _part(self, plan: SourcePlan) -> pl.Expr | None:
        """Rows with a customer, the group's keys and a time, before the as-of instant; None for all."""
        known = [plan.customer] if plan.customer is not None else []
        known += list(plan.group.keys) if plan.group is not None else []
        parts = [pl.col(k).is_not_null() for k in dict.fromkeys(known)]
        if plan.group is None and plan.time is not None:
            parts.append(pl.col(plan.time).is_not_null())
            if self.cut:
                parts.append(self.visible(plan, plan.time))
        return pl.all_horizontal(parts) if parts else None

    def visible(self, plan: SourcePlan, time: str) -> pl.Expr:
        """Rows before the as-of instant."""
        calendar = self.plan.calendar
        mask = time_mask(pl.col(time), plan.columns[time], None, calendar.as_of, calendar)
        assert mask is not None
        return mask

    # --- grouping ---------------------------------------------------------------------------------

    def _grouped(
        self, plan: SourcePlan, group: GroupStep, frame: pl.LazyFrame, wanted: set[str]
    ) -> pl.LazyFrame:
        known = [*group.keys, *([plan.customer] if plan.customer else [])]
        keys: list[str] = [*dict.fromkeys(known)]
        used = self._used_aggregates(group, wanted)
        named = [(n, a) for n, a in group.aggregates if n in used]
        aggregator = self._group_aggregator(plan)
        frame = aggregator.with_steps(frame, keys, named)
        aggregates = [aggregator(a).alias(n) for n, a in named]
        if group.time is not None and group.time[0] not in keys:
            name, which = group.time
            edge = pl.col(name).min() if which == "min" else pl.col(name).max()
            aggregates.append(edge.alias(name))
        result = finished(frame.group_by(keys).agg(aggregates), named, self.lowerer)
        columns = [self.lowerer(e).alias(n) for n, e in group.columns if n in wanted]
        time = [group.time[0]] if group.time is not None else []
        result = result.select([*keys, *[t for t in time if t not in keys], *columns])
        for step in group.lookups:
            result = self._looked_up(plan, result, step, wanted)
        for name in time:
            result = result.filter(pl.col(name).is_not_null())
            if self.cut:
                result = result.filter(self.visible(plan, name))
        return result

    def _group_aggregator(self, plan: SourcePlan) -> Aggregator:
        parent = self.plan.sources[plan.parent] if plan.parent is not None else None
        clock = None if parent is None else parent.time
        kind = None if parent is None or clock is None else parent.columns[clock]
        return Aggregator(self.lowerer, self.plan.calendar, clock, kind)

    def _with_previous(self, plan: SourcePlan, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Calendar days since the same customer's latest row on an earlier date."""
        assert plan.customer is not None
        assert plan.days_since_previous is not None
        day = self.day(plan)
        dated = frame.with_columns(day.alias("\x00day"))
        keys = [plan.customer, "\x00day"]
        days = dated.select(keys).unique().sort(keys)
        previous = pl.col("\x00day").shift(1).over(plan.customer)
        gaps = days.with_columns(
            (pl.col("\x00day") - previous).dt.total_days().alias(plan.days_since_previous)
        )
        return dated.join(gaps, on=keys, how="left").drop("\x00day")

    def day(self, plan: SourcePlan) -> pl.Expr:
        """The calendar date of a row's time in the workspace's zone."""
        assert plan.time is not None
        return self.lowerer(as_date(Field(plan.time, plan.columns[plan.time])))

    # --- what is checked and counted --------------------------------------------------------------

    def verdict(self, source: str, keys: Sequence[str], duplicates: pl.DataFrame) -> None:
        """Raise for a duplicate key in a looked-up table."""
        if duplicates.height == 0:
            return
        own = [key for key in keys if not key.startswith("\x00")]
        words, one = " and ".join(f"`{key}`" for key in own), len(own) == 1
        raise DataError(
            f"the table `{source}` has several rows for the same {words}, so a lookup in it can't tell which "
            f"one counts; make {words} unique{'' if one else ' together'}, or group the table by {words}",
            column=own[0],
        )

    @property
    def used(self) -> list[str]:
        """The linked sources that were asked for rows."""
        return [name for name in self._used if self.plan.sources[name].customer is not None]

    def counts(self, plan: SourcePlan) -> pl.LazyFrame:
        """One row of `counted` over the rows of a source before the cut."""
        names = {plan.customer, plan.time if plan.group is None else None}
        names.update(plan.group.keys if plan.group is not None else ())
        wanted = {name for name in names if name is not None}
        return self.before_cut(plan, wanted, counting=True).select(counted(self, plan))


def _made(plan: SourcePlan) -> set[str]:
    """The columns that a source does not read: those it computes and those it looks up."""
    made = {name for name, _ in plan.formulas} | {c for step in plan.lookups for c in step.columns}
    return made if plan.person is None else made | {plan.person.column}
