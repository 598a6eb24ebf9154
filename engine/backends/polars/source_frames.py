"""Sources as lazy frames, each in its order of work: read → lookups → formulas → person → where → (as of) →
group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from segmentry.engine.backends.polars.aggregate import Aggregator, finished, time_mask
from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.backends.polars.persons.table import people_rows, with_person
from segmentry.engine.backends.polars.selection import Selection
from segmentry.engine.backends.polars.steps import stepped
from segmentry.engine.backends.polars.unmatched import LookupQueries
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.expr import Field, as_date, fields_of
from segmentry.engine.language.types import Type
from segmentry.engine.planning.plan import GroupStep, LookupStep, Plan, SourcePlan
from segmentry.engine.sources.read import SourceReader

SEEN, EARLY, LATE, NEWEST = "\x00seen", "\x00early", "\x00late", "\x00newest"
"""The names in `SourceFrames.counts` of what is no reason to leave a row out."""

EARLIEST = date(1990, 1, 1)
"""Before this day no shop's software wrote rows; the dates there stand for a missing one."""

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
    checks: dict[str, pl.LazyFrame] = field(default_factory=dict[str, pl.LazyFrame])
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
            wanted |= {step.here} if wanted & set(step.columns) else set()
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
        return marked, self.counted(plan)

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
        frame = self._start(plan, needed, numbered=numbered)
        for step in plan.lookups:
            frame = self._looked_up(plan, frame, step, needed)
        for name, expr in plan.formulas:
            if name in needed:
                work = stepped(frame, {name: expr}, self.lowerer)
                frame = work.frame.with_columns(work.expressions[name].alias(name)).drop(work.steps)
        if plan.person is not None and plan.person.column in needed:
            frame = with_person(self, frame, plan.person)
        return frame if plan.where is None else frame.filter(self.lowerer(plan.where))

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
        for name, expr in reversed(plan.formulas):
            if name in needed:
                needed |= fields_of(expr)
        for step in plan.lookups:
            if needed & set(step.columns):
                needed.update((step.here, *step.also))
        return needed

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
                for expr in (aggregate.value, aggregate.where):
                    needed |= set() if expr is None else fields_of(expr)
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
        here, there = (
            self._type_of(plan, step.here),
            self._type_of(self.plan.sources[step.source], step.there),
        )
        if here is not None and there is not None and here != there:
            raise DataError(
                f"`{plan.name}.{step.here}` is {here.words()}, `{step.source}.{step.there}` is "
                f"{there.words()}, so a lookup can't compare them; declare the same `type:` for both",
                column=step.here,
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
        table = self.table(step.source, [step.there, *step.also, *columns])
        there = table.group_by(step.there, *step.also).len()
        twice = there.filter(pl.col("len") > 1).select(step.there).head(5)
        self.checks[f"{step.source}\x00{step.there}"] = twice
        right = table.select(pl.col(step.there).alias("\x00there"), *step.also, *columns)
        here = [step.here, *step.also]
        self.misses[plan.name, step] = LookupQueries.of(frame, step, table)
        return frame.join(right, left_on=here, right_on=["\x00there", *step.also], how="left")

    def table(self, name: str, columns: Sequence[str], *, keep_null: bool = False) -> pl.LazyFrame:
        """A table that is looked up in, or the customers table, with its `where` applied.

        Rows without a value in the first of the columns, the key, are dropped unless ``keep_null``.
        """
        if self.customers is not None:
            return replace(self, customers=None).table(name, columns, keep_null=keep_null)
        plan = self.plan.sources[name]
        wanted = set(columns)
        if plan.customer is not None or plan.time is not None or plan.group is not None:
            frame = self.rows(name, wanted)
        else:
            frame = self.before_cut(plan, wanted)
        return frame if keep_null else frame.filter(pl.col(columns[0]).is_not_null())

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
        keys = list(dict.fromkeys([*group.keys, *([plan.customer] if plan.customer else [])]))
        used = self._used_aggregates(group, wanted)
        named = [(n, a) for n, a in group.aggregates if n in used]
        aggregator = self._group_aggregator(plan)
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

    def verdict(self, check: str, duplicates: pl.DataFrame) -> None:
        """Raise for a duplicate key in a looked-up table."""
        if duplicates.height == 0:
            return
        source, _, key = check.partition("\x00")
        raise DataError(
            f"the table `{source}` has several rows for the same `{key}`, so a lookup in it can't tell which "
            f"one counts; make `{key}` unique, or group the table by it",
            column=key,
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
        return self.before_cut(plan, wanted, counting=True).select(self.counted(plan))

    def counted(self, plan: SourcePlan) -> list[pl.Expr]:
        """How many rows there are and how many take no part, by reason; a row counts for its first reason."""
        counts: list[pl.Expr] = [pl.len().cast(pl.Int64).alias(SEEN), *self._days(plan)]
        before = pl.lit(value=False)
        for name, reason in self._lacking(plan):
            counts.append((reason & ~before).sum().cast(pl.Int64).alias(name))
            before = before | reason.fill_null(value=True)
        return counts

    def _lacking(self, plan: SourcePlan) -> list[tuple[str, pl.Expr]]:
        """The reasons for which a row takes no part."""
        lacking: list[tuple[str, pl.Expr]] = []
        if plan.customer is not None:
            lacking.append(("no_customer", pl.col(plan.customer).is_null()))
        if plan.group is not None:
            missing = [pl.col(k).is_null() for k in plan.group.keys]
            lacking.append(("no_group_key", pl.any_horizontal(missing)))
        elif plan.time is not None:
            lacking.append(("no_time", pl.col(plan.time).is_null()))
            lacking.append(("at_or_after_as_of", ~self.visible(plan, plan.time)))
        return lacking

    def _days(self, plan: SourcePlan) -> list[pl.Expr]:
        """How many rows have a time that hardly any shop's rows have; the newest day up to the as-of's."""
        if plan.time is None or plan.group is not None:
            return []
        day, today = self.day(plan), self.plan.calendar.today
        late = pl.lit(today).dt.offset_by("1y")
        return [
            (day < EARLIEST).sum().cast(pl.Int64).alias(EARLY),
            (day > late).sum().cast(pl.Int64).alias(LATE),
            day.filter(day <= pl.lit(today)).max().to_physical().cast(pl.Int64).alias(NEWEST),
        ]


def counted_days(counts: dict[str, int | None]) -> tuple[dict[str, int], date | None]:
    """What `SourceFrames.counted` says of days, which is taken out: the unlikely ones, and the newest."""
    unlikely = {word: counts.pop(column, None) for word, column in (("early", EARLY), ("late", LATE))}
    newest = counts.pop(NEWEST, None)
    found = {word: rows for word, rows in unlikely.items() if rows}
    return found, None if newest is None else date(1970, 1, 1) + timedelta(days=newest)


def _made(plan: SourcePlan) -> set[str]:
    """The columns that a source does not read: those it computes and those it looks up."""
    made = {name for name, _ in plan.formulas} | {c for step in plan.lookups for c in step.columns}
    return made if plan.person is None else made | {plan.person.column}
