"""Contender: hand-written Polars by somebody who knows its insides and trusts what it knows of the data.

Text as Enum from the scan on; money as integer minor units; when/then instead of filter; the last value
packed with its time into one integer; distinct counts as bits; ranks as cut points of a one-column sort.
`python -m bench.expert DATA OUT SEGMENTS [WORD=VALUE …]`, as bench.naive.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import polars as pl

from bench.conditions import (
    BEHAVIOURS,
    ZERO,
    All,
    AnyOf,
    Condition,
    Grown,
    NoneOf,
    Number,
    Segmentation,
    Top,
    rank_name,
    tops,
)
from bench.form import Form, Job, job
from bench.naive import day
from bench.naive import rule as plain_rule
from bench.segments import segmentations
from bench.tables import scan as plain_scan
from bench.vocabulary import CATEGORIES, CHANNELS, COUNTRIES, DEVICES, KEY, KINDS, MONEY, STATUSES
from bench.windows import instant

ENUMS = {
    "status": pl.Enum(STATUSES),
    "kind": pl.Enum(KINDS),
    "category": pl.Enum(CATEGORIES),
    "channel": pl.Enum(CHANNELS),
    "device": pl.Enum(DEVICES),
    "country": pl.Enum(COUNTRIES),
}


def scan(data: Path, table: str, form: Form, texts: Iterable[str], money: Iterable[str] = ()) -> pl.LazyFrame:
    """The table with text as Enum and money as integer cents."""
    return plain_scan(data, table, form).with_columns(
        *(pl.col(name).cast(ENUMS[name]) for name in texts),
        *(pl.col(name).to_physical().cast(pl.Int64) for name in money),
    )


def total(where: pl.Expr, value: pl.Expr | None = None) -> pl.Expr:
    """The sum of a value over the rows where the condition holds, or their number."""
    if value is None:
        return where.cast(pl.UInt32).sum()
    return pl.when(where).then(value).sum()


def packed(time: str, text: str, code: pl.Expr | None = None) -> pl.Expr:
    """Time and text code in one integer, missing where the text is: its maximum is the last known value."""
    micros = pl.col(time).to_physical().cast(pl.Int64)
    return micros * 256 + (codes(text) if code is None else code)


def codes(text: str) -> pl.Expr:
    """The places of the texts in their Enum."""
    return pl.col(text).to_physical().cast(pl.Int64)


def unpacked(name: str, text: str) -> pl.Expr:
    """The text of a packed value."""
    return (pl.col(name) % 256).cast(pl.UInt8).cat.to(ENUMS[text])


def quotient(value: pl.Expr, by: pl.Expr) -> pl.Expr:
    """The quotient, missing where it would divide by zero."""
    return pl.when(by != 0).then(value / by)


def bits(where: pl.Expr, text: str) -> pl.Expr:
    """The set of the texts where the condition holds, a bit each."""
    code = pl.col(text).to_physical().cast(pl.UInt32)
    return pl.when(where).then(pl.lit(2, pl.UInt32).pow(code)).bitwise_or()


def did(source: str, time: str, zone: str) -> dict[str, pl.Expr]:
    """Row counts of the behaviours in that source."""
    counts: dict[str, pl.Expr] = {}
    for name, b in BEHAVIOURS.items():
        if b.source == source:
            matches = pl.col(b.column).is_not_null() if b.value is None else pl.col(b.column) == b.value
            counts[f"did_{name}"] = total(matches & (pl.col(time) >= instant(zone, **{b.unit: b.count})))
    return counts


def days_since(time: str, zone: str) -> pl.Expr:
    """Days from an aggregated instant's day to the as-of date."""
    return (pl.lit(instant("UTC").date()) - day(time, zone)).dt.total_days()


def order_traits(data: Path, form: Form) -> pl.LazyFrame:
    """One row per customer with every trait of orders; money in cents."""
    zone = form.zone
    return order_sums(data, form).select(
        pl.exclude("last_paid", "first_time", "^.*_packed$", "category_bits", "any_.*", "rows"),
        mean_amount=pl.when(pl.col("orders_total") > 0).then(
            pl.col("spend_total") / (pl.col("orders_total") * 100)
        ),
        days_since_order=days_since("last_paid", zone),
        tenure_days=days_since("first_time", zone),
        first_category=(255 - pl.col("first_packed") % 256).cast(pl.UInt8).cat.to(ENUMS["category"]),
        last_category=unpacked("last_packed", "category"),
        last_channel=unpacked("channel_packed", "channel"),
        distinct_categories=pl.col("category_bits").bitwise_count_ones(),
        discount_share=quotient(pl.col("discounted"), pl.col("any_12m")),
        refund_share=pl.col("refunded") / pl.col("rows"),
        store_share=pl.when(pl.col("any_amount") != 0).then(pl.col("store_amount") / pl.col("any_amount")),
    )


def order_sums(data: Path, form: Form) -> pl.LazyFrame:
    """One row per customer with what the traits of orders are made of."""
    zone = form.zone
    orders = scan(data, "orders", form, ("status", "category", "channel"), ("amount", "discount"))
    time, amount = pl.col("ordered_at"), pl.col("amount")
    months = {count: time >= instant(zone, months=count) for count in (12, 24)}
    code = codes("category")
    paid, store = pl.col("status") == "paid", pl.col("channel") == "store"
    median = {"median_amount": pl.when(paid).then(amount).median() / 100} if form.median else {}
    return (
        orders.filter(time < instant(zone))
        .group_by(KEY)
        .agg(
            orders_12m=total(paid & months[12]),
            orders_90d=total(paid & (time >= instant(zone, days=90))),
            orders_total=total(paid),
            spend_12m=total(paid & months[12], amount),
            spend_previous_12m=total(paid & ~months[12] & months[24], amount),
            spend_total=total(paid, amount),
            largest_order=pl.when(paid).then(amount).max(),
            last_paid=pl.when(paid).then(time).max(),
            first_time=time.min(),
            # A tie goes to the greatest value at the first time too, so there the code counts downwards.
            first_packed=packed("ordered_at", "category", 255 - code).min(),
            last_packed=packed("ordered_at", "category").max(),
            channel_packed=packed("ordered_at", "channel").max(),
            category_bits=bits(months[24], "category"),
            discounted=total((pl.col("discount") > 0) & months[12]),
            any_12m=total(months[12]),
            refunded=total(pl.col("status") == "refunded"),
            rows=pl.len(),
            store_amount=total(store, amount),
            any_amount=amount.sum(),
            coupon_orders=total(pl.col("coupon").is_not_null() & months[12]),
            **median,
            **did("orders", "ordered_at", zone),
        )
    )


def event_traits(data: Path, form: Form) -> pl.LazyFrame:
    """One row per customer with every trait of events."""
    zone = form.zone
    events = scan(data, "events", form, ("kind", "category", "device"))
    time, kind = pl.col("at"), pl.col("kind")
    month, quarter, half = (time >= since for since in _since(zone))
    click, opened = kind == "email_click", kind == "email_open"
    return (
        events.filter(time < instant(zone))
        .group_by(KEY)
        .agg(
            views_30d=total((kind == "view") & month),
            carts_30d=total((kind == "cart") & month),
            opens_90d=total(opened & quarter),
            events_90d=total(quarter),
            clicks=total(click & half),
            mails=total((click | opened) & half),
            device_packed=packed("at", "device").max(),
            last_time=time.max(),
            category_bits=bits(quarter, "category"),
            **did("events", "at", zone),
        )
        .select(
            pl.exclude("clicks", "mails", "device_packed", "last_time", "category_bits"),
            click_share=quotient(pl.col("clicks"), pl.col("mails")),
            last_device=unpacked("device_packed", "device"),
            days_since_event=days_since("last_time", zone),
            categories_seen_90d=pl.col("category_bits").bitwise_count_ones(),
        )
    )


def _since(zone: str) -> tuple[datetime, datetime, datetime]:
    return instant(zone, days=30), instant(zone, days=90), instant(zone, months=6)


def quintile(value: pl.Series, *, descending: bool = False) -> pl.Expr:
    """1 to 5 from the four cut points of the sorted known values."""
    known = value.drop_nulls().sort(descending=descending)
    column = pl.col(value.name)
    cuts = [known[j * len(known) // 5] for j in range(1, 5)]
    above = [(column <= cut if descending else column >= cut).cast(pl.Int8) for cut in cuts]
    return pl.sum_horizontal(pl.lit(1, pl.Int8), *above)


def traits(data: Path, form: Form) -> pl.DataFrame:
    """One row per customer with every trait; money in cents, text as Enum."""
    return (
        scan(data, "customers", form, ("country",))
        .join(order_traits(data, form), on=KEY, how="left", maintain_order="left")
        .join(event_traits(data, form), on=KEY, how="left", maintain_order="left")
        .with_columns(pl.col(ZERO).fill_null(0))
        .with_columns(
            average_order=quotient(pl.col("spend_12m"), pl.col("orders_12m") * 100),
            growth=quotient(pl.col("spend_12m"), pl.col("spend_previous_12m")),
        )
        .collect(engine="streaming")
    )


def with_scores(customers: pl.DataFrame) -> pl.DataFrame:
    """The two quintile traits added."""
    spend = customers["spend_12m"]
    positive = spend.filter(spend > 0)
    return customers.with_columns(
        monetary_score=pl.when(pl.col("spend_12m") > 0).then(quintile(positive)),
        recency_score=pl.when(pl.col("days_since_order").is_not_null()).then(
            quintile(customers["days_since_order"], descending=True)
        ),
    )


def in_top(customers: pl.DataFrame, top: Top) -> pl.Expr:
    """A comparison with the value of the last customer who is in; per country with that country's."""
    value = pl.col(top.trait)
    known = customers.lazy().filter(value > 0).select(value, "country")
    allowed = (pl.len().cast(pl.Int64) * top.percent + 99) // 100
    cut = value.sort(descending=True).get(allowed - 1)
    if not top.per_country:
        return value >= known.select(cut).collect().item()
    cuts = known.group_by("country").agg(cut).collect()
    limit = pl.col("country").replace_strict(cuts["country"], cuts[top.trait], default=None)
    return (value >= limit).fill_null(False)


def rule(condition: Condition) -> pl.Expr:
    """As the plain one, with money in cents."""
    match condition:
        case Number(trait, operator, value) if trait in MONEY:
            return plain_rule(Number(trait, operator, round(value * 100)))
        case Grown():
            return plain_rule(condition)
        case All(parts):
            return pl.all_horizontal(*map(rule, parts))
        case AnyOf(parts):
            return pl.any_horizontal(*map(rule, parts))
        case NoneOf(parts):
            return ~pl.any_horizontal(*map(rule, parts))
        case _:
            return plain_rule(condition)


def assigned(segmentation: Segmentation) -> pl.Expr:
    """The first segment whose condition holds, else the segmentation's `otherwise`, as Enum."""
    kind = pl.Enum([*(segment.id for segment in segmentation.segments), segmentation.otherwise])
    first, *others = segmentation.segments
    chain = pl.when(rule(first.when)).then(pl.lit(first.id, kind))
    for segment in others:
        chain = chain.when(rule(segment.when)).then(pl.lit(segment.id, kind))
    return chain.otherwise(pl.lit(segmentation.otherwise, kind))


def memberships(customers: pl.DataFrame, files: tuple[Segmentation, ...]) -> pl.LazyFrame:
    """As the naive one. The customers table is ascending by key, and the joins kept its order."""
    ranks = {top for file in files for segment in file.segments for top in tops(segment.when)}
    texts = {file.id: assigned(file) for file in files if file.first_match}
    flags = {s.id: rule(s.when) for file in files if not file.first_match for s in file.segments}
    return (
        customers.lazy()
        .with_columns(**{rank_name(top): in_top(customers, top) for top in ranks})
        .with_columns(**texts)
        .select(KEY, *texts, **flags)
    )


def run(work: Job) -> None:
    """Do the job."""
    customers = rules_input(work.data) if work.form.rules else with_scores(traits(work.data, work.form))
    memberships(customers, segmentations(work.segments, work.form)).sink_parquet(work.result)


def rules_input(path: Path) -> pl.DataFrame:
    """The finished traits: text as Enum, money as cents."""
    texts = {"first_category": "category", "last_category": "category", "last_channel": "channel"}
    texts |= {"last_device": "device", "country": "country"}
    return (
        pl.scan_parquet(path)
        .with_columns(
            *(pl.col(name).cast(ENUMS[kind]) for name, kind in texts.items()),
            *(pl.col(name).to_physical().cast(pl.Int64) for name in MONEY),
        )
        .collect(engine="streaming")
    )


if __name__ == "__main__":
    run(job())
