"""Sequences: some row of one kind followed, or not followed, by a row of another. Joins, no loops."""

from __future__ import annotations

import polars as pl

from segmentry.engine.backends.polars.aggregate import time_mask
from segmentry.engine.backends.polars.source_frames import ROW, SourceFrames
from segmentry.engine.language.calendar import Duration
from segmentry.engine.language.expr import Field, as_date
from segmentry.engine.planning.order import columns_of
from segmentry.engine.planning.plan import Followed, Plan, RowSet
from segmentry.engine.sources.zones import localize, to_local

_UNITS = {
    "minutes": "m",
    "hours": "h",
    "days": "d",
    "weeks": "w",
    "months": "mo",
    "quarters": "q",
    "years": "y",
}

CUSTOMER = "\x00customer"
FIRST, THEN, LIMIT = "\x00first", "\x00then", "\x00limit"


def followed_customers(followed: Followed, frames: SourceFrames) -> pl.LazyFrame:
    """The customers for whom the sequence holds: one column `CUSTOMER`, each once."""
    return _Sequence(followed, frames).customers()


class _Sequence:
    def __init__(self, followed: Followed, frames: SourceFrames) -> None:
        self.followed = followed
        self.frames = frames
        self.plan: Plan = frames.plan
        self.same = [f"\x00same{n}" for n in range(len(followed.same))]
        self.by = [CUSTOMER, *self.same]

    def customers(self) -> pl.LazyFrame:
        followed = self.followed
        first = self._side(followed.first, FIRST)
        then = self._side(followed.then, THEN)
        first = first.with_columns(self._limit().alias(LIMIT))
        if followed.negated:
            first = first.filter(self._complete())
        later = self._next_later(first, then)
        matched = (pl.col(THEN) <= pl.col(LIMIT)).fill_null(value=False)
        if followed.by_date:
            matched = matched | self._same_day()
            later = self._with_same_day(later, then)
        chosen = later.filter(~matched if followed.negated else matched)
        return chosen.select(CUSTOMER).unique()

    # --- the two sides ----------------------------------------------------------------------------

    def _identity(self, source: str) -> tuple[str, tuple[str, ...]]:
        """What makes a row the same row: the source it comes from unfiltered, and the columns that tell."""
        plan = self.plan.sources[source]
        while plan.group is None and plan.parent is not None:
            plan = self.plan.sources[plan.parent]
        if plan.group is None:
            return plan.name, (ROW,)
        customer = (plan.customer,) if plan.customer is not None else ()
        return plan.name, tuple(dict.fromkeys((*plan.group.keys, *customer)))

    def _shared_identity(self) -> tuple[str, ...]:
        """The columns by which a row of both sides is the same one, none where that can't be."""
        first, second = self._identity(self.followed.first.source), self._identity(self.followed.then.source)
        return first[1] if first[0] == second[0] and self.followed.by_date else ()

    def _side(self, rows: RowSet, name: str) -> pl.LazyFrame:
        plan = self.plan.sources[rows.source]
        identity = self._shared_identity()
        keys = [k for k in identity if k != ROW]
        wanted = {*self.followed.same, *columns_of([rows.where]), *keys}
        frame = self.frames.rows(rows.source, wanted, numbered=ROW in identity)
        assert plan.time is not None
        assert plan.customer is not None
        kind = plan.columns[plan.time]
        mask = time_mask(pl.col(plan.time), kind, rows.start, rows.end, self.plan.calendar)
        if mask is not None:
            frame = frame.filter(mask)
        if rows.where is not None:
            frame = frame.filter(self.frames.lowerer(rows.where))
        clock = Field(plan.time, kind)
        time = self.frames.lowerer(as_date(clock) if self.followed.by_date else clock)
        columns = [pl.col(plan.customer).alias(CUSTOMER), time.alias(name)]
        columns += [pl.col(c).alias(s) for c, s in zip(self.followed.same, self.same, strict=True)]
        columns += [pl.col(k).alias(f"\x00id{n}") for n, k in enumerate(identity)]
        frame = frame.select(columns)
        if self.same:
            known = pl.all_horizontal([pl.col(s).is_not_null() for s in self.same])
            # Of the first rows all stay for `then_not`: one whose column is missing is followed by nothing.
            if name == THEN or not self.followed.negated:
                frame = frame.filter(known)
        return frame

    # --- the period -------------------------------------------------------------------------------

    def _limit(self) -> pl.Expr:
        """The last moment at which a then row counts; far away without `within`."""
        within = self.followed.within
        if within is None:
            return self._far()
        return self._shifted(pl.col(FIRST), within)

    def _far(self) -> pl.Expr:
        calendar = self.plan.calendar
        if self.followed.by_date:
            return pl.lit(calendar.today, dtype=pl.Date)
        return pl.lit(calendar.as_of, dtype=pl.Datetime("us", "UTC"))

    def _shifted(self, time: pl.Expr, duration: Duration) -> pl.Expr:
        offset = f"{duration.count}{_UNITS[duration.unit]}"
        if self.followed.by_date or duration.unit in ("minutes", "hours"):
            return time.dt.offset_by(offset)
        zone = self.frames.lowerer.zone
        return localize(to_local(time, zone).dt.offset_by(offset), zone)

    def _complete(self) -> pl.Expr:
        """First rows whose whole period ends before the as-of instant."""
        calendar = self.plan.calendar
        if self.followed.by_date:
            return pl.col(LIMIT) < pl.lit(calendar.today, dtype=pl.Date)
        return pl.col(LIMIT) < pl.lit(calendar.as_of, dtype=pl.Datetime("us", "UTC"))

    # --- matching ---------------------------------------------------------------------------------

    def _next_later(self, first: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
        """Each first row with the earliest strictly later then row of the same customer and columns."""
        return first.sort(FIRST).join_asof(
            then.select(*self.by, THEN).sort(THEN),
            left_on=FIRST,
            right_on=THEN,
            by=self.by,
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )

    def _with_same_day(self, first: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
        """Beside each first row the number of then rows on its day, and whether it is one itself."""
        days = then.group_by([*self.by, THEN]).agg(pl.len().alias("\x00on_day")).rename({THEN: FIRST})
        joined = first.join(days, on=[*self.by, FIRST], how="left")
        ids = [f"\x00id{n}" for n in range(len(self._shared_identity()))]
        if not ids:
            return joined.with_columns(pl.lit(value=False).alias("\x00itself"))
        same = then.select(*ids).unique().with_columns(pl.lit(value=True).alias("\x00itself"))
        return joined.join(same, on=ids, how="left")

    def _same_day(self) -> pl.Expr:
        others = pl.col("\x00on_day").fill_null(0) - pl.col("\x00itself").fill_null(value=False).cast(
            pl.UInt32
        )
        return others.cast(pl.Int64) > 0
