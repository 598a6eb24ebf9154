"""`skewed-bucket`: one value is shared by more customers than a bucket holds, and no `ties` is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from segmentry.engine.checks.context import Context
from segmentry.engine.checks.counts import Counts, Report
from segmentry.engine.files.model import Trait
from segmentry.engine.language.expr import fields_of, is_true
from segmentry.engine.planning.plan import Computed, Plan, Ranked


def ask_skewed(context: Context, counts: Counts) -> Iterator[Report]:
    """Of each trait by buckets whose `ties` is not said."""
    for trait in context.model.traits:
        ranked = _ranked(counts.plan, trait)
        if ranked is None or trait.ties is not None:
            continue
        among = None if ranked.among is None else counts.keep(is_true(ranked.among))
        per = None if ranked.per is None else counts.keep(ranked.per)
        of = counts.keep(ranked.of)

        def report(
            trait: Trait = trait,
            ranked: Ranked = ranked,
            of: str = of,
            among: str | None = among,
            per: str | None = per,
        ) -> None:
            frame = counts.kept if among is None else counts.kept.filter(pl.col(among))
            found = _most_tied(frame, of, per, ranked)
            if found is not None:
                _add(context, trait, ranked, found)

        yield report


def _ranked(plan: Plan, trait: Trait) -> Ranked | None:
    """The ranking behind a trait by buckets."""
    definition = plan.definitions.get(f"t:{trait.id}")
    if trait.kind != "bucket" or not isinstance(definition, Computed):
        return None
    used = [plan.definitions.get(name) for name in fields_of(definition.expr)]
    return next((one for one in used if isinstance(one, Ranked)), None)


@dataclass(frozen=True, slots=True)
class _Tied:
    """Customers with one value: how many, of how many in their ranking, and their last place in it."""

    customers: int
    ranked: int
    place: int


def _most_tied(frame: pl.DataFrame, of: str, per: str | None, ranked: Ranked) -> _Tied | None:
    """Of the values that more customers share than a bucket holds the one with the greatest share."""
    assert isinstance(ranked.amount, int)
    group = [pl.lit(0).alias("group") if per is None else pl.col(per).alias("group")]
    values = frame.select(*group, value=of).drop_nulls("value")
    tied = values.group_by("group", "value").len("customers").sort("value", descending=ranked.descending)
    tied = tied.with_columns(
        ranked=pl.col("customers").sum().over("group"), place=pl.col("customers").cum_sum().over("group")
    ).cast({"customers": pl.Int64, "ranked": pl.Int64, "place": pl.Int64})
    most = tied.filter(pl.col("customers") > 1, pl.col("customers") * ranked.amount > pl.col("ranked"))
    if most.is_empty():
        return None
    share = pl.col("customers") / pl.col("ranked")
    row = most.sort(share, "ranked", "place", descending=True).row(0, named=True)
    return _Tied(row["customers"], row["ranked"], row["place"])


def _add(context: Context, trait: Trait, ranked: Ranked, tied: _Tied) -> None:
    assert isinstance(ranked.amount, int)
    score = -(-ranked.amount * tied.place // tied.ranked)
    message = (
        f"{tied.customers:,} of {tied.ranked:,} customers have the same `{trait.of}`, more than one bucket "
        f"of `{trait.id}` holds, and all of them get {score} of {ranked.amount}"
    )
    hint = (
        "say which of their places they share: `ties: lowest`, `middle` or, as it is now, `highest`; "
        "or set the limits yourself with `band`"
    )
    context.findings.add("skewed-bucket", message, trait.places.get("of.of", trait.at), hint)
