"""Facts: right to the digit inside, protected and rounded outside."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import DataError, UsageError
from segmentry.engine.privacy import PrivacySettings
from segmentry.personas.facts import Display, exact_facts, published_facts
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo
from segmentry.personas.facts.profile import profile, render_profile
from tests.populations import AS_OF, population


def _exact(people: Population, segment: str = "value-driven") -> dict[str, float]:
    return {fact.handle: fact.value for fact in exact_facts(people)[segment].facts}


def _of(people: Population, segment: str = "value-driven") -> pl.DataFrame:
    return people.traits.filter(people.memberships["motive"] == segment)


# --- exact ----------------------------------------------------------------------------------------


def test_exact_figures_are_those_of_a_plain_aggregation() -> None:
    people = population()
    rows, reported = _of(people), _exact(people)
    assert reported["i.size"] == rows.height
    assert reported["i.share"] == rows.height / 600
    spend = sum(rows["spend_12m"].to_list(), Decimal(0))
    everything = sum(people.traits["spend_12m"].to_list(), Decimal(0))
    assert reported["i.spend_12m.mean"] == float(spend / rows.height)
    assert reported["i.spend_12m.value_share"] == pytest.approx(float(spend / everything), rel=1e-15)
    assert reported["i.average_order.mean"] == pytest.approx(rows["average_order"].mean(), rel=1e-12)
    assert reported["i.average_order.median"] == rows["average_order"].median()
    assert reported["i.average_order.p90"] == rows["average_order"].quantile(0.9, "linear")
    assert reported["i.country.de"] == (rows["country"] == "DE").sum() / rows["country"].count()
    assert reported["i.consent_email.true"] == rows["consent_email"].mean()
    days = (pl.Series([AS_OF.date()] * rows.height) - rows["signup_date"]).dt.total_days()
    assert reported["i.signup_date.recency"] == pytest.approx(days.mean())
    both = people.memberships.filter((pl.col("motive") == "value-driven") & pl.col("readers")).height
    assert reported["i.overlap.readers"] == both / rows.height


def test_effect_sizes_are_those_of_the_textbook() -> None:
    people = population()
    facts = {fact.handle: fact for fact in exact_facts(people)["value-driven"].facts}
    inside = people.memberships["motive"] == "value-driven"
    here = people.traits.filter(inside)["average_order"].drop_nulls()
    rest = people.traits.filter(~inside)["average_order"].drop_nulls()
    pooled = (here.var() * (len(here) - 1) + rest.var() * (len(rest) - 1)) / (len(here) + len(rest) - 2)  # type: ignore[operator]
    assert facts["i.average_order.mean"].effect == pytest.approx((here.mean() - rest.mean()) / pooled**0.5)  # type: ignore[operator]
    agreed = people.traits["consent_email"]
    phi = pl.select(pl.corr(inside.cast(pl.Int8), agreed.cast(pl.Int8))).item()
    assert facts["i.consent_email.true"].effect == pytest.approx(phi)


def test_of_what_is_known_of_nobody_there_is_no_figure() -> None:
    people = population()
    nothing = people.traits.with_columns(
        pl.lit(None, pl.Int64).alias("orders_12m"), pl.lit(None, pl.String).alias("country")
    )
    for found in (
        exact_facts(replace(people, traits=nothing)),
        published_facts(replace(people, traits=nothing)),
    ):
        traits = {fact.trait for fact in found["value-driven"].facts}
        assert "spend_12m" in traits
        assert not traits & {"orders_12m", "country"}


def test_nobody_at_all_and_one_customer_are_reported_too_small() -> None:
    for customers in (0, 1):
        people = population(max(customers, 1))
        people = replace(
            people, traits=people.traits.head(customers), memberships=people.memberships.head(customers)
        )
        assert all(found.too_small for found in published_facts(people).values())
        assert exact_facts(people)["value-driven"].facts[0].value in (0, 1)


def test_direct_identifiers_and_the_key_never_become_facts() -> None:
    traits = {fact.trait for found in exact_facts(population()).values() for fact in found.facts}
    assert "email" not in traits
    assert "customer_id" not in traits


def test_values_of_a_list_and_of_many_categories() -> None:
    people = population()
    brands = pl.Series("brands", [["Alpha", "Beta"], ["Alpha"], []] * 200)
    rare = pl.Series("city", [f"T{number:03}" for number in range(600)])
    people = replace(
        people,
        traits=people.traits.with_columns(brands, rare),
        trait_infos=(*people.trait_infos, TraitInfo("brands", "list"), TraitInfo("city", "string")),
    )
    reported = _exact(people)
    inside = people.memberships["motive"] == "value-driven"
    assert reported["i.brands.alpha"] == brands.filter(inside).list.contains("Alpha").mean()
    assert all(not fact.handle.startswith("i.city") for fact in published_facts(people)["value-driven"].facts)


def test_rows_that_do_not_match_are_an_error() -> None:
    people = population()
    with pytest.raises(DataError, match="same customers"):
        exact_facts(replace(people, memberships=people.memberships.reverse()))


def test_profile_says_that_it_is_internal_and_exact() -> None:
    result = profile(population(), ["tiny"])
    reported = json.loads(render_profile(result, "json"))
    assert "internal" in reported["notice"]
    assert reported["rows"][0]["value"] == 4
    assert (
        render_profile(result, "csv")
        .splitlines()[1]
        .startswith("tiny,tiny.size,Customers,size,,customers,4,600")
    )
    with pytest.raises(UsageError, match="did you mean `value-driven`"):
        profile(population(), ["value-drven"])


# --- published ------------------------------------------------------------------------------------


def test_published_figures_are_rounded_and_keep_nothing_exact() -> None:
    for found in published_facts(population()).values():
        for fact in found.facts:
            assert fact.known == 0
            assert fact.part is None
            assert float(f"{fact.value:.3g}") == fact.value
            if fact.measure == "size":
                assert fact.value % 5 == 0


def test_what_sets_a_segment_apart_is_ranked_and_near_copies_are_reported_once() -> None:
    people = population()
    twice = people.traits.with_columns((pl.col("average_order") * 1.19).alias("average_gross"))
    people = replace(
        people, traits=twice, trait_infos=(*people.trait_infos, TraitInfo("average_gross", "number"))
    )
    first, *others = published_facts(people)["quality-focused"].distinctive
    assert first.startswith("quality_focused.average_")
    assert not [id_ for id_ in others if id_.startswith("quality_focused.average_")]
    assert any("discount_share" in id_ for id_ in others)


def _with(people: Population, trait: TraitInfo, values: pl.Expr) -> Population:
    frame = people.traits.with_columns(values.alias(trait.id))
    return replace(people, traits=frame, trait_infos=(*people.trait_infos, trait))


def test_a_rank_gives_way_to_what_it_ranks() -> None:
    # A few very large values hide the difference from the mean, not from the ranks.
    basket = (pl.col("average_order") / 10).exp()
    people = population()
    people = replace(people, traits=people.traits.with_columns(basket))
    score = basket.rank("ordinal") * 5 // (basket.count() + 1)
    for rank_of, stronger in (("average_order", "average_order"), (None, "order_score")):
        info = TraitInfo("order_score", "integer", rank_of=rank_of)
        apart = exact_facts(_with(people, info, score))["quality-focused"].distinctive
        found = [id_ for id_ in apart if "order_score" in id_ or "average_order" in id_]
        assert found == [f"quality_focused.{stronger}.mean"]


def test_what_is_known_of_few_in_the_segment_does_not_set_it_apart() -> None:
    known = pl.when(pl.int_range(pl.len()) % 5 < 2).then(pl.col("discount_share"))
    people = population()
    people = replace(people, traits=people.traits.with_columns(known.alias("discount_share")))
    found = published_facts(people)["value-driven"]
    assert "value_driven.discount_share.mean" in found.by_id()
    assert "value_driven.discount_share.mean" not in found.distinctive


def test_percentiles_are_published_where_they_are_worth_telling() -> None:
    dull = TraitInfo("coin", "integer")
    people = _with(population(), dull, pl.int_range(pl.len()) % 7)
    handles = {fact.handle for fact in published_facts(people)["value-driven"].facts}
    assert {"i.average_order.median", "i.spend_12m.p90", "i.coin.mean"} <= handles
    assert "i.coin.median" not in handles
    assert "i.coin.median" in _exact(people)


def test_of_a_small_segment_nothing_is_reported() -> None:
    found = published_facts(population())["tiny"]
    assert found.too_small
    assert found.facts == ()


def _small_people(values: list[float], members: list[bool]) -> Population:
    frame = pl.DataFrame({"id": range(len(values)), "spend": values})
    return Population(
        frame, pl.DataFrame({"id": range(len(values)), "s": members}),
        (TraitInfo("spend", "number", unit="EUR", value=True),),
        (SegmentInfo("s", "S", None, "all", "every_match"),), AS_OF, "Sample",
    )  # fmt: skip


def test_a_sum_that_one_customer_dominates_becomes_the_median() -> None:
    values = [10.0] * 60
    members = [number < 30 for number in range(60)]
    measures = {fact.measure for fact in published_facts(_small_people(values, members))["s"].facts}
    assert {"mean", "median", "value_share"} <= measures
    for dominant in (0, 59):  # inside the segment, and among the rest, whose sum is a subtraction away
        values = [10.0] * 60
        values[dominant] = 5000.0
        measures = {fact.measure for fact in published_facts(_small_people(values, members))["s"].facts}
        assert "median" in measures
        assert not measures & {"mean", "value_share"}


def test_a_mean_of_nothing_or_of_a_few_is_not_reported() -> None:
    """0 on average says what everybody has; 0.05 says that a handful has something."""
    members = [number < 60 for number in range(200)]
    for busy, reported in ((0, False), (9, False), (10, True)):
        values = [1.0 if number < busy or number >= 60 else 0.0 for number in range(200)]
        measures = {fact.measure for fact in published_facts(_small_people(values, members))["s"].facts}
        assert ("mean" in measures) == reported
        assert "median" in measures


def test_a_mean_of_shares_is_100_percent_only_of_all() -> None:
    """Of 400 customers it is told in steps of two percent, of 60 in steps too wide to tell it at all."""
    for size, below, reported in ((400, 0, []), (400, 9, []), (400, 10, [0.98]), (60, 10, [])):
        mixed = [0.99] * below + [1.0] * (size - below) + [0.3] * 500
        people = _small_people(mixed, [number < size for number in range(len(mixed))])
        people = replace(people, trait_infos=(TraitInfo("spend", "number"),))
        facts = published_facts(people)["s"].facts
        assert [fact.value for fact in facts if fact.measure == "mean"] == reported
        assert [fact.value for fact in facts if fact.measure == "median"] == [1.0]


def test_percentiles_are_exact_between_two_cents() -> None:
    values = [Decimal(cents) / 100 for cents in range(585344, 585444)]
    frame = pl.DataFrame({"id": range(100), "spend": pl.Series(values, dtype=pl.Decimal(18, 2))})
    people = replace(_small_people([0.0] * 100, [number < 30 for number in range(100)]), traits=frame)
    people = replace(people, trait_infos=(TraitInfo("spend", "decimal", 2, "EUR"),))
    reported = {fact.measure: fact for fact in exact_facts(people)["s"].facts}
    assert (reported["median"].value, reported["p10"].value, reported["p90"].base) == (
        5853.585,
        5853.469,
        5854.331,
    )


def test_what_a_few_outliers_do_does_not_set_a_segment_apart() -> None:
    """Most in the segment have more than most others, whose mean some very large values make."""
    values = (
        [30.0 + n % 5 for n in range(100)]
        + [10.0 + n % 5 for n in range(80)]
        + [300.0 + n for n in range(20)]
    )
    people = _small_people(values, [number < 100 for number in range(200)])
    for found in (exact_facts(people)["s"], published_facts(people)["s"]):
        mean = next(fact for fact in found.facts if fact.measure == "mean")
        assert mean.effect is not None
        assert mean.effect < -0.4
        assert found.distinctive == ()


def test_percentiles_need_enough_customers_beyond() -> None:
    few = _small_people([float(n) for n in range(150)], [n < 60 for n in range(150)])
    measures = {fact.measure for fact in published_facts(few)["s"].facts}
    assert "median" in measures
    assert "p90" not in measures


def test_a_segment_hidden_for_another_keeps_its_size_to_itself() -> None:
    """Size, share, share of value and overlaps all give a size away; the means don't."""
    people = population()
    motive = people.memberships["motive"].to_list()
    motive = ["everyone-else" if m == "quality-focused" else m for m in motive]
    motive[:4] = ["quality-focused"] * 4
    people = replace(people, memberships=people.memberships.with_columns(pl.Series("motive", motive)))
    found = published_facts(people)
    assert found["quality-focused"].too_small
    second = min(("value-driven", "everyone-else"), key=motive.count)
    measures = {fact.measure for fact in found[second].facts}
    assert "mean" in measures
    assert not measures & {"size", "share", "value_share", "overlap"}
    assert all(
        fact.category != second
        for facts in found.values()
        for fact in facts.facts
        if fact.measure == "overlap"
    )


def test_categories_can_not_be_had_by_subtraction() -> None:
    """A category with few customers in one segment hides there, and one more hides in it elsewhere."""
    countries = ["DE"] * 150 + ["AT"] * 146 + ["CH"] * 4 + ["DE"] * 100 + ["AT"] * 100 + ["CH"] * 100
    frame = pl.DataFrame({"id": range(600), "country": countries})
    members = pl.DataFrame({"id": range(600), "m": ["a"] * 300 + ["b"] * 300})
    segments = tuple(SegmentInfo(id_, id_, None, "m", "first_match") for id_ in "ab")
    people = Population(frame, members, (TraitInfo("country", "string"),), segments, AS_OF, "Sample")
    found = published_facts(people)
    shown = {
        id_: {f.category for f in facts.facts if f.measure == "category"} for id_, facts in found.items()
    }
    assert "CH" not in shown["a"]
    assert len(shown["a"]) <= 1
    assert "CH" not in shown["b"]
    assert len(shown["b"]) <= 1


def test_of_a_long_text_only_its_beginning_is_reported() -> None:
    people = population()
    long = people.traits.with_columns(pl.lit("Bergschuhe und " * 20 + "Geheimes").alias("country"))
    facts = exact_facts(replace(people, traits=long))["value-driven"].facts
    found = [fact for fact in facts if fact.trait == "country"]
    assert [fact.id for fact in found] == [
        "value_driven.country.bergschuhe_und_bergschuhe_und_bergschuhe_und_ber"
    ]


def test_personal_data_in_a_text_stops_everything() -> None:
    people = population()
    phones = people.traits.with_columns(pl.lit("+49 171 2345678").alias("note"))
    people = replace(people, traits=phones, trait_infos=(*people.trait_infos, TraitInfo("note", "string")))
    with pytest.raises(DataError, match="`note` holds a phone number"):
        published_facts(people)


def test_sensitive_traits_only_when_listed() -> None:
    infos = tuple(replace(t, pii="sensitive") if t.id == "country" else t for t in population().trait_infos)
    people = population(trait_infos=infos)
    assert not [f for f in published_facts(people)["value-driven"].facts if f.trait == "country"]
    allowed = replace(people, privacy=PrivacySettings(sensitive_allowed=frozenset({"country"})))
    assert [f for f in published_facts(allowed)["value-driven"].facts if f.trait == "country"]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en", "52% €84.20 €1,230 41 days 20 months"), ("de_DE", "52 % 84,20 € 1.230 € 41 Tage 20 Monate")],
)
def test_figures_read_as_the_locale_writes_them(locale: str, expected: str) -> None:
    display = Display(locale)
    texts = [display.percent(0.523), display.money(84.2, "EUR"), display.money(1230, "EUR"), display.days(41)]
    assert " ".join([*texts, display.days(610)]).replace("\xa0", " ") == expected
