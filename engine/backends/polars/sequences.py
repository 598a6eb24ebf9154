"""Sequences: some row of one kind followed, or not followed, by a row of another, and that by more rows.
Joins, no loops.
"""

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


_OF_BEFORE = "\x00before:"
"""In front of the names of columns that are for the sequence before."""


def followed_customers(followed: Followed, frames: SourceFrames) -> pl.LazyFrame:
    """The customers for whom the sequence holds: one column `CUSTOMER`, each once."""
    return _Sequence(followed, frames).rows().select(CUSTOMER).unique()


class _Sequence:
    def __init__(self, followed: Followed, frames: SourceFrames) -> None:
        self.followed = followed
        self.frames = frames
        self.plan: Plan = frames.plan
        self.same = [f"\x00same{n}" for n in range(len(followed.same))]
        self.by = [CUSTOMER, *self.same]

    def rows(self, before: _Sequence | None = None) -> pl.LazyFrame:
        """The first rows for which it holds, each once.

        They have the columns that a sequence ``before`` needs, of which they are the later rows.
        """
        followed = self.followed
        first = self._side(followed.first, FIRST, before)
        then = self._then()
        first = first.with_columns(self._limit().alias(LIMIT))
        if followed.negated:
            first = first.filter(self._complete())
        later = self._next_later(first, then)
        matched = (pl.col(THEN) <= pl.col(LIMIT)).fill_null(value=False)
        if followed.by_date:
            matched = matched | self._same_day()
            later = self._with_same_day(later, then)
        return later.filter(~matched if followed.negated else matched)

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

    def _then(self) -> pl.LazyFrame:
        """The later rows; where it goes on, those that begin what follows."""
        if self.followed.further is None:
            return self._side(self.followed.then, THEN)
        rows = _Sequence(self.followed.further, self.frames).rows(before=self)
        names = self._columns(self.followed.then, THEN)
        return self._known(rows.select(pl.col(_OF_BEFORE + name).alias(name) for name in names), THEN)

    def _side(self, rows: RowSet, name: str, before: _Sequence | None = None) -> pl.LazyFrame:
        sequences = (self,) if before is None else (self, before)
        identities = [column for one in sequences for column in one._shared_identity()]
        wanted = {*columns_of([rows.where]), *(column for one in sequences for column in one.followed.same)}
        wanted |= {column for column in identities if column != ROW}
        frame = self.frames.rows(rows.source, wanted, numbered=ROW in identities)
        plan = self.plan.sources[rows.source]
        assert plan.time is not None
        mask = time_mask(pl.col(plan.time), plan.columns[plan.time], rows.start, rows.end, self.plan.calendar)
        if mask is not None:
            frame = frame.filter(mask)
        if rows.where is not None:
            frame = frame.filter(self.frames.lowerer(rows.where))
        columns = [value.alias(column) for column, value in self._columns(rows, name).items()]
        if before is not None:
            also = before._columns(rows, THEN)
            columns += [value.alias(_OF_BEFORE + column) for column, value in also.items()]
        return self._known(frame.select(columns), name)

    def _columns(self, rows: RowSet, name: str) -> dict[str, pl.Expr]:
        """What is needed of the rows of a side, by the name that it gets."""
        plan = self.plan.sources[rows.source]
        assert plan.time is not None
        assert plan.customer is not None
        clock = Field(plan.time, plan.columns[plan.time])
        found = {
            CUSTOMER: pl.col(plan.customer),
            name: self.frames.lowerer(as_date(clock) if self.followed.by_date else clock),
        }
        found |= {same: pl.col(column) for column, same in zip(self.followed.same, self.same, strict=True)}
        return found | {f"\x00id{n}": pl.col(key) for n, key in enumerate(self._shared_identity())}

    def _known(self, side: pl.LazyFrame, name: str) -> pl.LazyFrame:
        """The rows of a side that can be equal to others in the columns that have to be."""
        # Of the first rows all stay for `then_not`: one whose column is missing is followed by nothing.
        if not self.same or (name == FIRST and self.followed.negated):
            return side
        return side.filter(pl.all_horizontal([pl.col(same).is_not_null() for same in self.same]))

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
