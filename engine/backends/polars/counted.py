"""What is counted of a source's rows beside what is taken from them: those left out, and the days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

import polars as pl

from segmentry.engine.planning.plan import Plan, SourcePlan


class Timed(Protocol):
    """What tells of a row's time; ``plan`` is that of the workspace."""

    plan: Plan

    def day(self, plan: SourcePlan) -> pl.Expr:
        """The calendar date of a row's time in the workspace's zone."""
        ...

    def visible(self, plan: SourcePlan, time: str) -> pl.Expr:
        """Whether a row is before the as-of instant."""
        ...


SEEN, EARLY, LATE, NEWEST = "\x00seen", "\x00early", "\x00late", "\x00newest"
"""The names in `counted` of what is no reason to leave a row out."""

EARLIEST = date(1990, 1, 1)
"""Before this day no shop's software wrote rows; the dates there stand for a missing one."""


def counted(frames: Timed, plan: SourcePlan) -> list[pl.Expr]:
    """How many rows there are and how many take no part, by reason; a row counts for its first reason."""
    counts: list[pl.Expr] = [pl.len().cast(pl.Int64).alias(SEEN), *_days(frames, plan)]
    before = pl.lit(value=False)
    for name, reason in _lacking(frames, plan):
        counts.append((reason & ~before).sum().cast(pl.Int64).alias(name))
        before = before | reason.fill_null(value=True)
    return counts


def _lacking(frames: Timed, plan: SourcePlan) -> list[tuple[str, pl.Expr]]:
    """The reasons for which a row takes no part."""
    lacking: list[tuple[str, pl.Expr]] = []
    if plan.customer is not None:
        lacking.append(("no_customer", pl.col(plan.customer).is_null()))
    if plan.group is not None:
        missing = [pl.col(k).is_null() for k in plan.group.keys]
        lacking.append(("no_group_key", pl.any_horizontal(missing)))
    elif plan.time is not None:
        lacking.append(("no_time", pl.col(plan.time).is_null()))
        lacking.append(("at_or_after_as_of", ~frames.visible(plan, plan.time)))
    return lacking


def _days(frames: Timed, plan: SourcePlan) -> list[pl.Expr]:
    """How many rows have a time that hardly any shop's rows have; the newest day up to the as-of's."""
    if plan.time is None or plan.group is not None:
        return []
    day, today = frames.day(plan), frames.plan.calendar.today
    late = pl.lit(today).dt.offset_by("1y")
    return [
        (day < EARLIEST).sum().cast(pl.Int64).alias(EARLY),
        (day > late).sum().cast(pl.Int64).alias(LATE),
        day.filter(day <= pl.lit(today)).max().to_physical().cast(pl.Int64).alias(NEWEST),
    ]


def counted_days(counts: dict[str, int | None]) -> tuple[dict[str, int], date | None]:
    """What `counted` says of days, which is taken out: the unlikely ones, and the newest."""
    unlikely = {word: counts.pop(column, None) for word, column in (("early", EARLY), ("late", LATE))}
    newest = counts.pop(NEWEST, None)
    found = {word: rows for word, rows in unlikely.items() if rows}
    return found, None if newest is None else date(1970, 1, 1) + timedelta(days=newest)
