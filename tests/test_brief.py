"""Briefs without a model: complete, true to their facts, never the same twice, the same bytes each time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.personas.brief import brief_schema, compose_briefs, draft_schema
from segmentry.personas.brief.brand import Brand, Offer, Product
from segmentry.personas.briefs import check_briefs, write_briefs
from segmentry.personas.checks.claims import copy
from segmentry.personas.facts import Display, Fact, published_facts
from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo
from segmentry.personas.render import TemplateError
from tests.populations import population

BRAND = Brand(
    name="Alpine Outfitters",
    promise="Gear you can rely on.",
    adjectives=("warm",),
    required_lines={"email": "Unsubscribe at any time.", "sms": "Reply STOP to opt out."},
    products=(Product("basics", "Basics", "Solid gear at a fair price"),),
    offers=(
        Offer("autumn-10", "10% off the autumn range", "AUTUMN10", "10%", date(2026, 11, 15), "Once each"),
    ),
)


def _briefs(people: Population, brand: Brand = BRAND) -> dict[str, dict[str, Any]]:
    return compose_briefs(people, published_facts(people), brand)


@pytest.mark.parametrize("locale", ["en", "de_DE", "fr"])
def test_every_brief_keeps_its_schema_and_its_own_checks(locale: str, tmp_path: Path) -> None:
    result = write_briefs(population(locale=locale), BRAND, out=tmp_path)
    for brief in result.briefs.values():
        jsonschema.validate(brief, brief_schema())
        assert "None" not in json.dumps(brief["variants"]) + brief["summary"]
    assert result.findings == ()
    assert result.exit_code == 0


def test_statements_name_the_facts_they_rest_on() -> None:
    brief = _briefs(population())["value-driven"]
    shown = {fact["id"]: fact["text"] for fact in brief["facts"]}
    first = brief["traits"][0]
    assert first["basis"] == "observed"
    assert first["evidence"] == ["value_driven.discount_share.mean"]
    assert shown["value_driven.discount_share.mean"] in first["text"]
    assert [item["text"] for item in brief["needs"]] == [
        "To know that the price is fair.",
        "To plan purchases around an offer.",
    ]
    assert brief["value_proposition"]["headline"] == "Good gear without paying for the name"
    assert [variant["angle"] for variant in brief["variants"]] == ["offer", "benefit"]


def test_customer_copy_holds_no_figure_about_people() -> None:
    for brief in _briefs(population()).values():
        insights = {fact["text"] for fact in brief["facts"] if fact["pool"] == "insight"}
        numbers = {text for text in insights if re.search(r"\d{2}", text)} - {"10%"}
        copy = json.dumps(brief["variants"], ensure_ascii=False)
        assert not [text for text in numbers if re.search(rf"(?<![\w.]){re.escape(text)}(?!\w)", copy)]


def test_two_segments_never_read_the_same() -> None:
    """Even when nothing but the id sets them apart: no figures, no positioning."""
    people = population()
    segments = tuple(SegmentInfo(f"s{n}", f"S {n}", None, f"s{n}", "every_match") for n in range(30))
    members = people.memberships.with_columns(people.memberships["readers"].alias(s.id) for s in segments)
    briefs = _briefs(replace(people, memberships=members, segments=segments)).values()
    mails = [json.dumps([variant["email"] for variant in brief["variants"]]) for brief in briefs]
    assert len(set(mails)) == len(mails)


def test_where_nothing_stands_out_it_says_so() -> None:
    brief = _briefs(population(seed=2))["readers"]
    assert "Nothing measured sets them clearly apart" in brief["summary"]
    assert len(brief["traits"]) == 2


def test_of_a_small_segment_the_brief_has_no_figures() -> None:
    brief = _briefs(population())["tiny"]
    assert [fact for fact in brief["facts"] if fact["pool"] == "insight"] == []
    assert not re.search(r"\d", brief["summary"])
    assert "with so few people" in json.dumps(brief["traits"])


def test_where_no_figures_are_there_is_no_table_of_them(tmp_path: Path) -> None:
    write_briefs(population(), BRAND, ["tiny", "value-driven"], tmp_path)
    for name, mark in (("md", "## Figures"), ("html", 'id="facts"')):
        assert mark in (tmp_path / f"value-driven.{name}").read_text("utf-8")
        assert mark not in (tmp_path / f"tiny.{name}").read_text("utf-8")


def test_proofs_need_no_products() -> None:
    bodies = [
        v["email"]["body"]
        for v in _briefs(population(), replace(BRAND, products=()))["value-driven"]["variants"]
    ]
    assert any("Prices compared with five shops every week." in body for body in bodies)


def test_a_figure_is_read_for_what_it_is() -> None:
    """A high recency score is a recent order, and a zero says nothing about habits."""
    people = population()
    inside = people.memberships["motive"] == "quality-focused"
    scores = people.traits.select(
        inside.cast(int).alias("recency_score") * 4 + 1, (~inside).cast(int).alias("refunds_12m") * 30
    )
    spread = (people.traits["orders_12m"] % 2).alias("noise")
    traits = people.traits.with_columns(
        scores["recency_score"] + spread, scores["refunds_12m"] * (1 + spread)
    )
    infos = (TraitInfo("recency_score", "integer"), TraitInfo("refunds_12m", "integer"))
    brief = _briefs(replace(people, traits=traits, trait_infos=infos))["quality-focused"]
    reported = json.dumps(brief["traits"])
    assert "quiet" not in reported
    assert "further back" not in reported
    assert "keep" not in reported


def test_an_offer_that_is_over_is_not_made() -> None:
    over = replace(BRAND, offers=(replace(BRAND.offers[0], ends=date(2026, 10, 31)),))
    copy = json.dumps(_briefs(population(), over)["value-driven"]["variants"])
    assert "AUTUMN10" not in copy
    assert "autumn range" not in copy


def test_tone_changes_the_words() -> None:
    people = population()
    openings: set[str] = set()
    for tone in ("plain", "warm", "lively"):
        segments = tuple(
            replace(s, positioning={**(s.positioning or {}), "tone": [tone]}) for s in people.segments
        )
        variant = _briefs(replace(people, segments=segments))["value-driven"]["variants"][0]
        openings.add(variant["email"]["body"].split("\n\n")[1])
    assert len(openings) == 3


def test_an_sms_names_its_sender_and_fits() -> None:
    long = replace(BRAND, promise="A promise that is much too long for anything. " * 4)
    for brief in _briefs(population(), long).values():
        for variant in brief["variants"]:
            text = variant["sms"]["body"]
            assert text.startswith("Alpine Outfitters: ")
            assert text.endswith("Reply STOP to opt out.")
            assert len(text) <= 160


def test_the_draft_schema_lets_only_real_facts_be_evidence() -> None:
    schema = draft_schema(["a.mean"])
    assert schema["properties"]["traits"]["items"]["properties"]["evidence"]["items"] == {"enum": ["a.mean"]}
    wire = json.dumps(draft_schema(["a.mean"], wire=True))
    assert not re.search(r"maxLength|minItems|maxItems|pattern", wire)
    assert "additionalProperties" in wire


# --- files ----------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_briefs(population(), BRAND, out=tmp_path / "a").written
    write_briefs(population(), BRAND, ["value-driven"], out=tmp_path / "b")
    assert {path.name for path in first} >= {"index.html", "tiny.md", "tiny.html", "tiny.json"}
    for name in ("value-driven.html", "value-driven.md", "value-driven.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_page_stands_alone_and_escapes(tmp_path: Path) -> None:
    people = population()
    evil = tuple(replace(s, description="<script>alert(1)</script> & [x](y)") for s in people.segments)
    write_briefs(replace(people, segments=evil), BRAND, out=tmp_path)
    page = (tmp_path / "value-driven.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r'(src|href)="(?!index\.html)', page)
    assert 'lang="en"' in page
    assert "<svg" in page
    assert r"\[x\](y)" in (tmp_path / "value-driven.md").read_text()


def test_a_workspace_overrides_and_extends_templates(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "brief.md.j2").write_text(
        '{% extends "base:brief.md.j2" %}{% block value %}OWN {{ i.discount_share }} vs '
        "{{ i.discount_share.base }}"
        " {{ o.autumn_10.code }} {{ 0.5 | percent }}{% endblock %}"
    )
    write_briefs(population(), BRAND, ["value-driven"], out=tmp_path / "out", templates=own)
    text = (tmp_path / "out" / "value-driven.md").read_text()
    assert re.search(r"OWN \d+% vs \d+% AUTUMN10 50%", text)
    assert "# Value-driven" in text


@pytest.mark.parametrize(
    ("template", "line", "expected", "hint"),
    [
        ("{{ brief.sumary }}", 2, "sumary", "did you mean `summary`?"),
        ("{{ i.discount_shar }}", 2, "discount_shar", "did you mean `discount_share`?"),
        ("{% if %}", 2, "", None),
        ("{{ ''.__class__.__mro__ }}", 2, "unsafe", None),
        (
            '{% include "gone.j2" %}',
            2,
            "no template `gone.j2`",
            "put it into `templates/`, or name one that is there",
        ),
        ("{{ breif.summary }}", 2, "nothing called `breif`", "did you mean `brief`?"),
        ("{{ i.size.text }}", 2, "called `text`", "there is base, confidence, index, label, value"),
        ("{{ brief.summary | moneyy }}", 2, "there is no filter `moneyy`", "did you mean `money`?"),
    ],
)
def test_a_faulty_template_is_reported_with_its_place(
    tmp_path: Path, template: str, line: int, expected: str, hint: str | None
) -> None:
    (tmp_path / "brief.md.j2").write_text(f"first line\n{template}\n")
    with pytest.raises(TemplateError) as caught:
        write_briefs(population(), BRAND, ["value-driven"], tmp_path / "out", ["md"], tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.code, found.file, found.span.line) == ("template", "templates/brief.md.j2", line)
    assert expected in found.message
    assert found.hint == hint


def test_wrong_usage_is_reported_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean `readers`"):
        write_briefs(population(), BRAND, ["reader"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't write"):
        write_briefs(population(), BRAND, out=tmp_path / "file" / "out")


def test_committed_briefs_are_checked(tmp_path: Path) -> None:
    people = population()
    write_briefs(people, BRAND, out=tmp_path, formats=["json"])
    assert check_briefs(people, BRAND, tmp_path, described=people).findings == ()
    (tmp_path / "tiny.json").write_text('{"label": ')
    found = check_briefs(people, BRAND, tmp_path, described=people).findings
    assert [(item.code, item.segment) for item in found] == [("brief-schema", "tiny")]
    (tmp_path / "tiny.json").rename(tmp_path / "tinny.json")
    found = check_briefs(people, BRAND, tmp_path, described=people).findings
    assert [(item.code, item.segment, item.fix) for item in found] == [
        ("unknown-segment", "tinny", "did you mean `tiny`?")
    ]
    named = check_briefs(people, BRAND, tmp_path, ["tiny"], described=people)
    assert [item.code for item in named.findings] == ["brief-missing"]
    assert named.exit_code == 1


def test_the_index_leads_to_briefs_that_were_there_already(tmp_path: Path) -> None:
    people = population()
    write_briefs(people, BRAND, out=tmp_path)
    whole = (tmp_path / "index.html").read_text("utf-8")
    write_briefs(people, BRAND, ["value-driven"], tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == whole
    (tmp_path / "readers.html").unlink()
    write_briefs(people, BRAND, ["value-driven"], tmp_path)
    assert "readers.html" not in (tmp_path / "index.html").read_text("utf-8")


# --- what the copy says ---------------------------------------------------------------------------


def _worded(positioning: dict[str, Any], brand: Brand = BRAND, **changes: Any) -> dict[str, Any]:
    """The brief of value-driven with this positioning."""
    people = population(**changes)
    segments = tuple(
        replace(one, positioning=positioning) if one.id == "value-driven" else one for one in people.segments
    )
    return _briefs(replace(people, segments=segments), brand)["value-driven"]


def _texts(brief: dict[str, Any]) -> list[str]:
    return [text for _, text in copy(brief)]


@pytest.mark.parametrize(
    ("promise", "never", "somewhere"),
    [
        ("Delivered tomorrow morning, if ordered before noon", "Delivered tomorrow morning", None),
        ("Our best service, from 50 euros on, for every single order", "Our best service", None),
        ("Gear that lasts for years, and a workshop that keeps it going", None, "Gear that lasts for years"),
        ("Ausrüstung, auf die Verlass ist, von Leuten, die sie nutzen", "Ausrüstung", None),
        ("Ausrüstung, die hält, Rat von Leuten, die sie nutzen, und mehr", None, "Ausrüstung, die hält"),
    ],
)
def test_a_promise_is_shortened_only_where_it_stays_true(
    promise: str, never: str | None, somewhere: str | None
) -> None:
    texts = {text.rstrip(".") for text in _texts(_worded({"promise": promise}))}
    assert never not in texts
    assert somewhere is None or somewhere in texts


def test_what_stands_beside_each_other_does_not_say_the_same() -> None:
    for locale in ("en", "de"):
        for brief in _briefs(population(locale=locale)).values():
            for variant in brief["variants"]:
                email, push, landing = variant["email"], variant["push"], variant["landing"]
                assert email["subject"] not in email["preheader"]
                assert push["title"] not in push["body"]
                assert variant["social_ad"]["headline"] not in variant["social_ad"]["primary"]
                below = [landing["subheadline"].rstrip("."), *landing["bullets"]]
                assert len(set(below)) == len(below)


def test_an_offer_too_long_for_a_title_is_reported_in_the_text() -> None:
    long = replace(BRAND.offers[0], text="A free fitting of the boots that you bought from us", ends=None)
    brief = _worded({"promise": "Boots that fit", "offer": "autumn-10"}, replace(BRAND, offers=(long,)))
    variant = next(variant for variant in brief["variants"] if variant["angle"] == "offer")
    assert long.text in variant["push"]["body"]
    assert long.text in variant["social_ad"]["primary"]
    assert any(long.text in text for text in variant["search_ad"]["descriptions"])


def test_without_a_positioning_no_reason_is_made_up() -> None:
    because = _briefs(population())["everyone-else"]["value_proposition"]["because"]
    assert (because["basis"], because["evidence"]) == ("hypothesis", [])


def test_who_has_stayed_away_is_not_thanked_for_staying() -> None:
    people = population()
    away = people.memberships["motive"] == "value-driven"
    days = pl.when(away).then(pl.col("days_since_order") + 900).otherwise(pl.col("days_since_order"))
    long = pl.when(away).then(date(2019, 1, 1)).otherwise(pl.col("signup_date"))
    people = replace(people, traits=people.traits.with_columns(days, long.alias("signup_date")))
    angles = {variant["angle"] for variant in _briefs(people)["value-driven"]["variants"]}
    assert "loyalty" not in angles


def test_a_figure_that_is_not_known_of_all_says_so() -> None:
    people = population()
    known = pl.col("discount_share").fill_null(0.3)
    most = pl.when(pl.int_range(pl.len()) % 4 != 0).then(known)
    for share, partly in ((known, False), (most, True)):
        changed = replace(people, traits=people.traits.with_columns(share.alias("discount_share")))
        first = _briefs(changed)["value-driven"]["traits"][0]["text"]
        assert "discount" in first
        assert ("Not known for all of them" in first) is partly


def test_long_stretches_are_reported_in_months_beside_each_other() -> None:
    display = Display("en")
    fact = Fact(
        "s.x.mean", "i.x.mean", "s", "mean", "x", None, "Days since the first order", "days", 1400.0, 900.0
    )
    assert (display.label(fact), display.fact(fact), display.base(fact)) == (
        "Time since the first order", "46 months", "30 months",
    )  # fmt: skip
    short = replace(fact, value=40.0)
    assert (display.fact(short), display.base(short)) == ("40 days", "900 days")
    assert Display("en", prose=False).label(fact) == "Days since the first order"


def test_figures_beside_each_other_have_the_same_decimals() -> None:
    display = Display("en")
    number = Fact("s.x.mean", "i.x.mean", "s", "mean", "x", None, "Orders", "number", 15.3, 10.0)
    reported = [
        (display.fact(fact), display.base(fact))
        for fact in (
            number,
            replace(number, value=120.0, base=98.4),
            replace(number, value=12.3, base=0.66),
            replace(number, value=0.74, base=1.79),
            replace(number, value=3.01, base=3.04),
            replace(number, value=2.0, base=5.0),
            replace(number, value=0.0, base=5.7),
            replace(number, unit="money", value=59.0, base=32.1),
            replace(number, unit="money", value=0.65, base=32.1),
        )
    ]
    assert reported == [
        ("15.3", "10.0"), ("120", "98"), ("12.3", "0.7"), ("0.74", "1.79"), ("3.01", "3.04"), ("2", "5"),
        ("0", "5.7"), ("€59", "€32"), ("€0.65", "€32.10"),
    ]  # fmt: skip
    assert Display("en", prose=False).base(number) == "10"


# --- where people stand ---------------------------------------------------------------------------


def _position(expression: pl.Expr, name: str = "days_since_order") -> dict[str, Any]:
    """The brief of value-driven, whose values of that trait are these."""
    people = population()
    inside = people.memberships["motive"] == "value-driven"
    changed = pl.when(inside).then(expression).otherwise(pl.col(name))
    return _briefs(replace(people, traits=people.traits.with_columns(changed.alias(name))))["value-driven"]


def test_only_of_those_quiet_for_long_is_it_said_that_it_has_been_a_while() -> None:
    away = re.compile("a while|some time|long time")
    days = pl.int_range(pl.len())
    assert all(away.search(body) for body in _bodies(_position(400 + days % 300)))
    # On average quiet for as long, yet many of them have just ordered.
    mixed = pl.when(days % 3 == 0).then(5).otherwise(900 + days % 100)
    assert not any(away.search(body) for body in _bodies(_position(mixed)))
    assert not any(away.search(body) for body in _bodies(_briefs(population())["value-driven"]))


def test_who_has_never_ordered_is_introduced_and_not_thanked() -> None:
    people = population()
    never = people.memberships["motive"] == "value-driven"
    nothing = [
        pl.when(never).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("discount_share", "average_order", "days_since_order")
    ]
    zero = [
        pl.when(never).then(0).otherwise(pl.col(name)).cast(kind).alias(name)
        for name, kind in people.traits.select("orders_12m", "spend_12m").schema.items()
    ]
    people = replace(people, traits=people.traits.with_columns(*nothing, *zero))
    brief = _briefs(people)["value-driven"]
    assert "There is little to measure yet" in brief["summary"]
    assert any("Next to no orders" in item["text"] for item in brief["traits"])
    reported = json.dumps(brief["variants"])
    assert not re.search(r"again|back|trust in us|have you with us|know us", reported)
    assert len({body.split("\n\n")[1] for body in _bodies(brief)}) == 2


def _bodies(brief: dict[str, Any]) -> list[str]:
    return [variant["email"]["body"] for variant in brief["variants"]]


# --- what a claim rests on ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promise", "basis", "said"),
    [
        ("Good gear at a fair price", "inferred", "discount|offers"),
        ("A friend in the mountains", "hypothesis", "no figure here backs it yet"),
    ],
)
def test_a_promise_is_backed_by_the_figure_that_it_speaks_to_or_says_that_none_is(
    promise: str, basis: str, said: str
) -> None:
    because = _worded({"promise": promise, "proof": ["We answer the same day"]})["value_proposition"][
        "because"
    ]
    assert because["basis"] == basis
    assert bool(because["evidence"]) is (basis == "inferred")
    assert re.search(said, because["text"])


def test_even_with_next_to_nothing_to_say_there_are_two_variants_that_differ() -> None:
    bare = Brand(name="Corner Shop", promise="Good things for every day")
    briefs = _briefs(population(), bare)
    for brief in briefs.values():
        first, second = brief["variants"]
        assert first["angle"] != second["angle"]
        assert first["email"]["subject"] != second["email"]["subject"]
        same = json.dumps(second["sms"]) == json.dumps(first["sms"])
        assert not same, brief["segment"]


def test_ads_are_filled_up_only_as_far_as_they_must() -> None:
    generic = {"See for yourself", "What you can count on", "Worth a closer look"}
    rich = _worded(
        {"promise": "Good gear, fairly priced", "proof": ["Free returns", "Two shops", "Open late"]}
    )
    headlines = rich["variants"][0]["search_ad"]["headlines"]
    assert {"Good gear, fairly priced", "Free returns", "Two shops", "Open late"} <= set(headlines)
    assert not generic & set(headlines)
    poor = _worded({"promise": "Good gear, fairly priced"}, replace(BRAND, products=()))
    assert len(poor["variants"][0]["search_ad"]["headlines"]) == 3


def test_the_journey_sets_a_proof_against_the_barrier() -> None:
    reported = _worded(
        {"promise": "Good gear", "barriers": ["Doubt about the size"], "proof": ["Returns are free"]}
    )
    assert "“Doubt about the size”" in reported["journey"]["consideration"]
    assert "Returns are free" in reported["journey"]["consideration"]


# --- the pages ------------------------------------------------------------------------------------


def test_markdown_tells_what_is_cited_and_leaves_the_spread_to_the_page(tmp_path: Path) -> None:
    write_briefs(population(), BRAND, ["value-driven"], tmp_path)
    text = (tmp_path / "value-driven.md").read_text("utf-8")
    rows = [line for line in text.split("## Figures")[1].splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows[1:3]] == ["Customers", "Share of all customers"]
    assert "Share of orders with a discount: average" in rows[4]
    assert "tenth" not in "".join(rows)
    page = (tmp_path / "value-driven.html").read_text("utf-8")
    assert "How the figures are spread" in page
    assert 'role="img" aria-label="more than all customers"' in page


def test_a_german_brief_has_no_english_label(tmp_path: Path) -> None:
    write_briefs(population(locale="de_DE"), BRAND, ["value-driven"], tmp_path, ["md"])
    text = (tmp_path / "value-driven.md").read_text("utf-8")
    assert "| Kundinnen und Kunden |" in text
    assert "Customers" not in text
