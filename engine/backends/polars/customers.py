"""The customers table: its query, its order by key, and what its key has to be."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from segmentry.engine.backends.polars.source_frames import SourceFrames
from segmentry.engine.backends.polars.unmatched import masked
from segmentry.engine.backends.protocol import KEY
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.planning.plan import Plan

NAMES_IN_FULL = " (`segmentry run --show-ids` names the keys in full)"


def customers_query(frames: SourceFrames, needed: Iterable[str]) -> pl.LazyFrame:
    """The selected customers: `KEY`, and the columns among the needed definitions."""
    plan = frames.plan
    columns = sorted({name[2:] for name in needed if name.startswith("c:")} | {plan.key})
    table = frames.table(plan.customers, columns, keys=())
    if frames.customers is not None:
        table = table.filter(frames.customers.mask(plan.key))
    return table.select(pl.col(plan.key).alias(KEY), *[pl.col(c).alias(f"c:{c}") for c in columns])


def sorted_customers(plan: Plan, customers: pl.DataFrame, *, show_ids: bool) -> pl.DataFrame:
    """The customers sorted by key. Raises DataError for a key that is missing or there twice."""
    missing = customers[KEY].null_count()
    if missing:
        raise DataError(
            f"{missing} row{'s' if missing > 1 else ''} of the customers table `{plan.customers}` "
            f"{'have' if missing > 1 else 'has'} no `{plan.key}`; every customer needs a key",
            column=plan.key,
        )
    keys = customers[KEY]
    if bool((keys.slice(1) > keys.head(max(0, keys.len() - 1))).all()):
        return customers
    if keys.n_unique() < customers.height:
        twice = customers.filter(pl.col(KEY).is_duplicated())[KEY].unique().sort()
        some = ", ".join(masked(v, show_ids=show_ids) for v in twice.head(5))
        raise DataError(
            f"the customers table `{plan.customers}` has several rows for the same "
            f"`{plan.key}` ({len(twice)} key{'s' if len(twice) > 1 else ''}: {some}); "
            f"{_kept_how(plan)}{'' if show_ids else NAMES_IN_FULL}",
            column=plan.key,
        )
    return customers.sort(KEY)


def _kept_how(plan: Plan) -> str:
    """How several rows of a customer become one: not for a table that says it already, or is derived."""
    source = plan.sources[plan.customers]
    if source.source.duplicates is not None or source.parent is not None:
        return "keep one row per customer"
    timed = next((name for name, kind in source.columns.items() if kind.is_temporal), "updated_at")
    return f"say which one counts: `duplicates: {{keep: latest, by: {timed}}}`, or `keep: first` or `last`"


def check_keys(plan: Plan, source: str) -> None:
    """Raise DataError where the customer of a source and the customers' key are of different types."""
    about = plan.sources[source]
    assert about.customer is not None
    here, there = about.columns[about.customer], plan.types[f"c:{plan.key}"]
    if here != there:
        raise DataError(
            f"`{source}.{about.customer}` is {here.words()}, the customers key `{plan.key}` is "
            f"{there.words()}; declare the same `type:` for both under `columns:`",
            column=about.customer,
        )
