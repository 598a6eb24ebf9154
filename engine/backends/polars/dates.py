"""Operations on dates and times as Polars expressions; parts of a datetime are of the workspace's zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import polars as pl

from segmentry.engine.language.expr import Call, Op
from segmentry.engine.sources import parse_dates, parse_iso
from segmentry.engine.sources.parse_iso import batched
from segmentry.engine.sources.zones import INSTANT, local_date, localize, to_local

Args = Sequence[pl.Expr]


class HasZone(Protocol):
    """What an operation on times needs to know: ``zone``, the workspace's time zone."""

    @property
    def zone(self) -> str:
        """The IANA name."""
        ...


LowerDate = Callable[[HasZone, Call, Args], pl.Expr]


def _date_of(to: HasZone, node: Call, args: Args) -> pl.Expr:
    return local_date(args[0], to.zone) if node.args[0].type.kind == "datetime" else args[0]


def _date_from(to: HasZone, node: Call, args: Args) -> pl.Expr:
    (forms,) = node.params
    read = partial(parse_dates.dates, forms=forms, zone=to.zone) if forms else parse_iso.days
    return batched(args[0], read, pl.Date())


def _datetime_from(to: HasZone, node: Call, args: Args) -> pl.Expr:
    (forms,) = node.params
    read = partial(parse_dates.instants, forms=forms) if forms else parse_iso.instants
    return batched(args[0], partial(read, zone=to.zone), INSTANT)


def _midnight(to: HasZone, node: Call, args: Args) -> pl.Expr:
    return localize(args[0].cast(pl.Datetime("us")), to.zone)


def _part(part: Callable[[pl.Expr], pl.Expr]) -> LowerDate:
    def lower(to: HasZone, node: Call, args: Args) -> pl.Expr:
        local = to_local(args[0], to.zone) if node.args[0].type.kind == "datetime" else args[0]
        return part(local).cast(pl.Int64)

    return lower


def _month_day(local: pl.Expr) -> pl.Expr:
    return local.dt.month().cast(pl.Int64) * 100 + local.dt.day()


def _days_between(to: HasZone, node: Call, args: Args) -> pl.Expr:
    return args[1].cast(pl.Int32).cast(pl.Int64) - args[0].cast(pl.Int32)


OPERATIONS: Mapping[Op, LowerDate] = {
    "date_of": _date_of,
    "date_from": _date_from,
    "datetime_from": _datetime_from,
    "midnight": _midnight,
    "year": _part(lambda d: d.dt.year()),
    "quarter": _part(lambda d: d.dt.quarter()),
    "month": _part(lambda d: d.dt.month()),
    "week": _part(lambda d: d.dt.week()),
    "weekday": _part(lambda d: d.dt.weekday()),
    "hour": _part(lambda d: d.dt.hour()),
    "month_day": _part(_month_day),
    "days_between": _days_between,
}
"""How each primitive of dates and times is done in Polars."""
