"""Contender: the same in DuckDB SQL, one statement.

`python -m bench.duck DATA OUT SEGMENTS [WORD=VALUE …]`, as bench.naive.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

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
    Segmentation,
    Text,
    Top,
    rank_name,
    tops,
)
from bench.form import Form, Job, job
from bench.segments import segmentations
from bench.tables import TABLES, pattern
from bench.vocabulary import AS_OF, KEY
from bench.windows import instant

SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
ORDERS = """
orders AS (
  SELECT customer_id,
    count(*) FILTER (status = 'paid' AND ordered_at >= {m12}) AS orders_12m,
    count(*) FILTER (status = 'paid' AND ordered_at >= {d90}) AS orders_90d,
    count(*) FILTER (status = 'paid') AS orders_total,
    sum(amount) FILTER (status = 'paid' AND ordered_at >= {m12}) AS spend_12m,
    sum(amount) FILTER (status = 'paid' AND ordered_at >= {m24} AND ordered_at < {m12}) AS spend_previous_12m,
    sum(amount) FILTER (status = 'paid') AS spend_total,
    {median}
    max(amount) FILTER (status = 'paid') AS largest_order,
    DATE '{as_of}' - max({ordered_day}) FILTER (status = 'paid') AS days_since_order,
    DATE '{as_of}' - min({ordered_day}) AS tenure_days,
    arg_min(category, ordered_at) AS first_category,
    arg_max(category, ordered_at) AS last_category,
    arg_max(channel, ordered_at) AS last_channel,
    count(DISTINCT category) FILTER (ordered_at >= {m24}) AS distinct_categories,
    count(*) FILTER (discount > 0 AND ordered_at >= {m12}) / nullif(count(*) FILTER (ordered_at >= {m12}), 0)
      AS discount_share,
    count(*) FILTER (status = 'refunded') / count(*) AS refund_share,
    coalesce(sum(amount) FILTER (channel = 'store'), 0)::DOUBLE / nullif(sum(amount), 0)::DOUBLE
      AS store_share,
    count(coupon) FILTER (ordered_at >= {m12}) AS coupon_orders,
    {did_orders}
  FROM {orders} WHERE ordered_at < {now} GROUP BY customer_id)"""
EVENTS = """
events AS (
  SELECT customer_id,
    count(*) FILTER (kind = 'view' AND "at" >= {d30}) AS views_30d,
    count(*) FILTER (kind = 'cart' AND "at" >= {d30}) AS carts_30d,
    count(*) FILTER (kind = 'email_open' AND "at" >= {d90}) AS opens_90d,
    count(*) FILTER ("at" >= {d90}) AS events_90d,
    count(*) FILTER (kind = 'email_click' AND "at" >= {m6})
      / nullif(count(*) FILTER (kind IN ('email_click', 'email_open') AND "at" >= {m6}), 0) AS click_share,
    arg_max(device, "at") AS last_device,
    DATE '{as_of}' - max({event_day}) AS days_since_event,
    count(DISTINCT category) FILTER ("at" >= {d90}) AS categories_seen_90d,
    {did_events}
  FROM {events} WHERE "at" < {now} GROUP BY customer_id)"""
TRAITS = """
joined AS (
  SELECT c.*,
    o.* EXCLUDE (customer_id) REPLACE ({zero_orders}),
    e.* EXCLUDE (customer_id) REPLACE ({zero_events})
  FROM {customers} c
  LEFT JOIN orders o USING (customer_id) LEFT JOIN events e USING (customer_id)),
traits AS (
  SELECT *,
    spend_total::DOUBLE / nullif(orders_total, 0) AS mean_amount,
    spend_12m::DOUBLE / nullif(orders_12m, 0) AS average_order,
    spend_12m::DOUBLE / nullif(spend_previous_12m, 0)::DOUBLE AS growth,
    CASE WHEN spend_12m > 0 THEN {monetary} END AS monetary_score,
    CASE WHEN days_since_order IS NOT NULL THEN {recency} END AS recency_score
  FROM joined)"""


def did(source: str, time: str, zone: str) -> str:
    """Row counts of the behaviours in that source, as select items."""
    items: list[str] = []
    for name, b in BEHAVIOURS.items():
        if b.source == source:
            matches = f"{b.column} IS NOT NULL" if b.value is None else f"{b.column} = '{b.value}'"
            since = moment(zone, **{b.unit: b.count})
            items.append(f"count(*) FILTER ({matches} AND {time} >= {since}) AS did_{name}")
    return ",\n    ".join(items)


def moment(zone: str, *, days: int = 0, months: int = 0) -> str:
    """A window's bound as a literal."""
    kind = "TIMESTAMP" if zone == "UTC" else "TIMESTAMPTZ"
    return f"{kind} '{instant(zone, days=days, months=months).isoformat(sep=' ')}'"


def quintile(value: str, order: str) -> str:
    """1 to 5 by cumulative share of the known values, from a window over them in that order."""
    ranked = f"count({value}) OVER (ORDER BY {value} {order} NULLS LAST RANGE UNBOUNDED PRECEDING)"
    return f"(5 * {ranked} + count({value}) OVER () - 1) // count({value}) OVER ()"


def zeroed(text: str) -> str:
    """The counts and sums among the columns of a select, as 0 for customers without rows."""
    return ", ".join(f"coalesce({name}, 0) AS {name}" for name in ZERO if f"AS {name}" in text)


TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "money": "DECIMAL(12, 2)",
    "flag": "BOOLEAN",
    "day": "DATE",
}


def reading(data: Path, table: str, form: Form) -> str:
    """The table function that reads a table in the form's files."""
    files = f"'{pattern(data, table, form)}'"
    if form.files == "parquet":
        return f"read_parquet({files})"
    types = TYPES | {
        "key": "VARCHAR" if form.keys == "text" else "BIGINT",
        "time": "TIMESTAMP" if form.zone == "UTC" else "TIMESTAMPTZ",
    }
    columns = ", ".join(f"'{name}': '{types[kind]}'" for name, kind in TABLES[table].items())
    if form.files == "csv":
        return f"read_csv({files}, header = true, columns = {{{columns}}})"
    return f"read_json({files}, format = 'newline_delimited', columns = {{{columns}}})"


def traits(data: Path, form: Form) -> str:
    """The common table expressions up to one row per customer with every trait."""
    zone = form.zone
    bounds = {f"m{count}": moment(zone, months=count) for count in (6, 12, 24)}
    bounds |= {f"d{count}": moment(zone, days=count) for count in (30, 90)}
    in_zone = "{}::DATE" if zone == "UTC" else f"({{}} AT TIME ZONE '{zone}')::DATE"
    did_parts = {"did_orders": did("orders", "ordered_at", zone), "did_events": did("events", '"at"', zone)}
    texts = {"orders": ORDERS + did_parts["did_orders"], "events": EVENTS + did_parts["did_events"]}
    zeros = {f"zero_{source}": zeroed(text) for source, text in texts.items()}
    days = {"ordered_day": in_zone.format("ordered_at"), "event_day": in_zone.format('"at"')}
    scores = {
        "monetary": quintile("CASE WHEN spend_12m > 0 THEN spend_12m END", "ASC"),
        "recency": quintile("days_since_order", "DESC"),
    }
    median = "median(amount::DOUBLE) FILTER (status = 'paid') AS median_amount," if form.median else ""
    values = (
        bounds | zeros | days | did_parts | scores | {table: reading(data, table, form) for table in TABLES}
    )
    fixed = {"now": moment(zone), "as_of": AS_OF.isoformat(), "median": median}
    return ",".join((ORDERS, EVENTS, TRAITS)).format(**values, **fixed)


def in_top(top: Top) -> str:
    """Whether a customer is among the first percent, ties at the edge all in, as a select item."""
    value = f"CASE WHEN {top.trait} > 0 THEN {top.trait} END"
    partition = "PARTITION BY country" if top.per_country else ""
    rank = f"rank() OVER ({partition} ORDER BY {value} DESC NULLS LAST)"
    allowed = f"(count({value}) OVER ({partition}) * {top.percent} + 99) // 100"
    return f"({top.trait} > 0 AND {rank} <= {allowed}) AS {rank_name(top)}"


def rule(condition: Condition) -> str:
    """The condition as a boolean expression; missing is false."""
    match condition:
        case Number(trait, operator, value):
            return f"coalesce({trait} {SIGNS[operator]} {value}, false)"
        case Grown(tenths):
            return f"spend_12m * 10 > spend_previous_12m * {tenths}"
        case Text(trait, values):
            quoted = ", ".join(f"'{value}'" for value in values)
            return f"coalesce({trait} IN ({quoted}), false)"
        case Flag(trait):
            return f"coalesce({trait}, false)"
        case Top():
            return f"coalesce({rank_name(condition)}, false)"
        case Did(name, times):
            return f"did_{name} >= {times}" if times else f"did_{name} = 0"
        case Member(segmentation, segment):
            return f"\"{segmentation}\" = '{segment}'"
        case All(parts):
            return "(" + " AND ".join(map(rule, parts)) + ")"
        case AnyOf(parts):
            return "(" + " OR ".join(map(rule, parts)) + ")"
        case NoneOf(parts):
            return "NOT (" + " OR ".join(map(rule, parts)) + ")"


def assigned(segmentation: Segmentation) -> str:
    """The first segment whose condition holds, as a select item."""
    cases = " ".join(f"WHEN {rule(s.when)} THEN '{s.id}'" for s in segmentation.segments)
    return f"CASE {cases} ELSE '{segmentation.otherwise}' END AS \"{segmentation.id}\""


def query(source: str, files: tuple[Segmentation, ...]) -> str:
    """The whole statement over common table expressions that end in `traits`."""
    ranks = {top for file in files for segment in file.segments for top in tops(segment.when)}
    texts = [file for file in files if file.first_match]
    flags = [f'{rule(s.when)} AS "{s.id}"' for file in files if not file.first_match for s in file.segments]
    names = [KEY, *(f'"{file.id}"' for file in texts)]
    ranked = ", ".join(["*", *(in_top(top) for top in sorted(ranks, key=rank_name))])
    return (
        f"WITH {source},\n ranked AS (SELECT {ranked} FROM traits),\n"
        f" texts AS (SELECT {', '.join(['*', *(assigned(file) for file in texts)])} FROM ranked)\n"
        f"SELECT {', '.join([*names, *flags])} FROM texts ORDER BY {KEY}"
    )


def run(work: Job) -> None:
    """Do the job."""
    source = (
        f"traits AS (FROM read_parquet('{work.data}'))" if work.form.rules else traits(work.data, work.form)
    )
    statement = query(source, segmentations(work.segments, work.form))
    duckdb.sql(f"COPY ({statement}) TO '{work.result}' (FORMAT parquet)")


if __name__ == "__main__":
    run(job())
