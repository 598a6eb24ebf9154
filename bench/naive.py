"""Contender: hand-written Polars as a competent analyst writes it, lazy and streaming, with no tricks.

`python -m bench.naive DATA OUT SEGMENTS [WORD=VALUE …]` writes OUT/memberships.parquet; the words say
the form (see bench.form). With `rules=True` DATA is a file that already holds the traits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.conditions import (
    BEHAVIOURS,
    ZERO,
    All,
    AnyOf,
    Condition,
    Did,
    Flag,
    Grown,
    Member,
    NoneOf,
    Number,
    Operator,
    Segmentation,
    Text,
    Top,
    rank_name,
    tops,
)
from bench.form import Form, Job, job
from bench.segments import segmentations
from bench.tables import scan
from bench.vocabulary import KEY
from bench.windows import instant

SIGNS: dict[Operator, Callable[[pl.Expr, float], pl.Expr]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}


def day(column: str, zone: str) -> pl.Expr:
    """The calendar day of a time, in the workspace's zone."""
    time = pl.col(column)
    return time.dt.date() if zone == "UTC" else time.dt.convert_time_zone(zone).dt.date()


def did(source: str, time: str, zone: str) -> dict[str, pl.Expr]:
    """Row counts of the behaviours in that source."""
    counts: dict[str, pl.Expr] = {}
    for name, b in BEHAVIOURS.items():
        if b.source == source:
            since = instant(zone, **{b.unit: b.count})
            matches = pl.col(b.column).is_not_null() if b.value is None else pl.col(b.column) == b.value
            counts[f"did_{name}"] = (matches & (pl.col(time) >= since)).sum()
    return counts


def order_traits(orders: pl.LazyFrame, form: Form) -> pl.LazyFrame:
    """One row per customer with every trait of orders."""
    zone = form.zone
    time, amount, category, channel = (pl.col(c) for c in ("ordered_at", "amount", "category", "channel"))
    year, previous = time >= instant(zone, months=12), time < instant(zone, months=12)
    paid = pl.col("status") == "paid"
    as_of = pl.lit(instant("UTC").date())
    median = {"median_amount": amount.filter(paid).median()} if form.median else {}
    return (
        orders.filter(time < instant(zone))
        .group_by(KEY)
        .agg(
            orders_12m=(paid & year).sum(),
            orders_90d=(paid & (time >= instant(zone, days=90))).sum(),
            orders_total=paid.sum(),
            spend_12m=amount.filter(paid & year).sum(),
            spend_previous_12m=amount.filter(paid & previous & (time >= instant(zone, months=24))).sum(),
            spend_total=amount.filter(paid).sum(),
            mean_amount=amount.filter(paid).mean(),
            largest_order=amount.filter(paid).max(),
            days_since_order=(as_of - day("ordered_at", zone).filter(paid).max()).dt.total_days(),
            tenure_days=(as_of - day("ordered_at", zone).min()).dt.total_days(),
            first_category=category.min_by(pl.when(category.is_not_null()).then(time)),
            last_category=category.max_by(pl.when(category.is_not_null()).then(time)),
            last_channel=channel.max_by(pl.when(channel.is_not_null()).then(time)),
            distinct_categories=category.filter(time >= instant(zone, months=24)).drop_nulls().n_unique(),
            discount_share=(pl.col("discount") > 0).filter(year).mean(),
            refund_share=(pl.col("status") == "refunded").mean(),
            store_amount=amount.filter(channel == "store").sum(),
            any_amount=amount.sum(),
            coupon_orders=(pl.col("coupon").is_not_null() & year).sum(),
            **median,
            **did("orders", "ordered_at", zone),
        )
        .with_columns(
            store_share=pl.col("store_amount").cast(pl.Float64) / pl.col("any_amount").cast(pl.Float64)
        )
        .drop("store_amount", "any_amount")
    )


def event_traits(events: pl.LazyFrame, zone: str) -> pl.LazyFrame:
    """One row per customer with every trait of events."""
    time, kind, category, device = (pl.col(c) for c in ("at", "kind", "category", "device"))
    month, quarter = time >= instant(zone, days=30), time >= instant(zone, days=90)
    mail = kind.is_in(["email_click", "email_open"]) & (time >= instant(zone, months=6))
    as_of = pl.lit(instant("UTC").date())
    return (
        events.filter(time < instant(zone))
        .group_by(KEY)
        .agg(
            views_30d=((kind == "view") & month).sum(),
            carts_30d=((kind == "cart") & month).sum(),
            opens_90d=((kind == "email_open") & quarter).sum(),
            events_90d=quarter.sum(),
            click_share=(kind == "email_click").filter(mail).mean(),
            last_device=device.max_by(pl.when(device.is_not_null()).then(time)),
            days_since_event=(as_of - day("at", zone).max()).dt.total_days(),
            categories_seen_90d=category.filter(quarter).drop_nulls().n_unique(),
            **did("events", "at", zone),
        )
    )


def quintile(value: pl.Expr, *, descending: bool = False) -> pl.Expr:
    """1 to 5 by cumulative share of the known values; equal values share one."""
    n = value.count().cast(pl.Int64)
    return (5 * value.rank("max", descending=descending).cast(pl.Int64) + n - 1) // n


def traits(data: Path, form: Form) -> pl.LazyFrame:
    """One row per customer with every trait."""
    orders = order_traits(scan(data, "orders", form), form)
    events = event_traits(scan(data, "events", form), form.zone)
    spend, previous = (pl.col(c).cast(pl.Float64) for c in ("spend_12m", "spend_previous_12m"))
    return (
        scan(data, "customers", form)
        .join(orders, on=KEY, how="left")
        .join(events, on=KEY, how="left")
        .with_columns(pl.col(ZERO).fill_null(0))
        .with_columns(
            average_order=pl.when(pl.col("orders_12m") > 0).then(spend / pl.col("orders_12m")),
            growth=pl.when(previous != 0).then(spend / previous),
            monetary_score=quintile(pl.when(pl.col("spend_12m") > 0).then(pl.col("spend_12m"))),
            recency_score=quintile(pl.col("days_since_order"), descending=True),
        )
    )


def in_top(top: Top) -> pl.Expr:
    """Whether a customer is among the first percent, ties at the edge all in."""
    value = pl.when(pl.col(top.trait) > 0).then(pl.col(top.trait))
    rank, n = value.rank("min", descending=True), value.count()
    if top.per_country:
        rank, n = rank.over("country"), n.over("country")
    allowed = (n.cast(pl.Int64) * top.percent + 99) // 100
    return (rank <= allowed).fill_null(False)


def rule(condition: Condition) -> pl.Expr:
    """The condition over the traits; missing is false."""
    match condition:
        case Number(trait, sign, value):
            return SIGNS[sign](pl.col(trait), value).fill_null(False)
        case Grown(tenths):
            return pl.col("spend_12m") * 10 > pl.col("spend_previous_12m") * tenths
        case Text(trait, values):
            return pl.col(trait).is_in(list(values)).fill_null(False)
        case Flag(trait):
            return pl.col(trait).fill_null(False)
        case Top():
            return pl.col(rank_name(condition))
        case Did(name, 0):
            return pl.col(f"did_{name}") == 0
        case Did(name, times):
            return pl.col(f"did_{name}") >= times
        case Member(segmentation, segment):
            return pl.col(segmentation) == segment
        case All(parts):
            return pl.all_horizontal(*map(rule, parts))
        case AnyOf(parts):
            return pl.any_horizontal(*map(rule, parts))
        case NoneOf(parts):
            return ~pl.any_horizontal(*map(rule, parts))


def assigned(segmentation: Segmentation) -> pl.Expr:
    """The first segment whose condition holds, else the segmentation's `otherwise`."""
    first, *others = segmentation.segments
    chain = pl.when(rule(first.when)).then(pl.lit(first.id))
    for segment in others:
        chain = chain.when(rule(segment.when)).then(pl.lit(segment.id))
    return chain.otherwise(pl.lit(segmentation.otherwise))


def memberships(customers: pl.LazyFrame, files: tuple[Segmentation, ...]) -> pl.LazyFrame:
    """The key, a text column per first-match segmentation, a boolean per other segment; ascending by key."""
    ranks = {top for file in files for segment in file.segments for top in tops(segment.when)}
    texts = {file.id: assigned(file) for file in files if file.first_match}
    flags = {s.id: rule(s.when) for file in files if not file.first_match for s in file.segments}
    return (
        customers.with_columns(**{rank_name(top): in_top(top) for top in ranks})
        .with_columns(**texts)
        .select(KEY, *texts, **flags)
        .sort(KEY)
    )


def run(work: Job) -> None:
    """Do the job."""
    customers = pl.scan_parquet(work.data) if work.form.rules else traits(work.data, work.form)
    memberships(customers, segmentations(work.segments, work.form)).sink_parquet(work.result)


if __name__ == "__main__":
    run(job())
