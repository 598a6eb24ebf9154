"""Checks on copy: each finds what it is for, at its place, and leaves good copy alone."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from segmentry.engine.language.languages import languages, phrases, words
from segmentry.engine.language.wording import word_pattern
from segmentry.personas.brief import compose_briefs
from segmentry.personas.brief.brand import Claim
from segmentry.personas.brief.words import themes
from segmentry.personas.channels import CHANNELS
from segmentry.personas.channels.lengths import columns, sms_length
from segmentry.personas.checks import CHECKS, BriefFinding, check_brief
from segmentry.personas.checks.channels import SAME_VARIANTS
from segmentry.personas.checks.content import STALE_TOLERANCE
from segmentry.personas.facts import published_facts
from tests.populations import population
from tests.test_brief import BRAND

PEOPLE = population()
FACTS = published_facts(PEOPLE)
GOOD = compose_briefs(PEOPLE, FACTS, BRAND)["value-driven"]
STRICT = replace(
    BRAND,
    never_say=("cheap",),
    claims=(Claim("repaired for free"), Claim("best service", "A survey of 2026")),
)


def _found(change: Callable[[Any], None], segment: str = "value-driven") -> list[BriefFinding]:
    brief = copy.deepcopy(GOOD)
    change(brief)
    return check_brief(brief, FACTS[segment], STRICT, PEOPLE, segment)


def _put(path: str, value: Any) -> Callable[[Any], None]:
    """A change that sets what a path like `variants.0.sms.body` leads to."""

    def change(brief: Any) -> None:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in way:
            brief = brief[part]
        brief[last] = value

    return change


def test_the_brief_itself_is_fine() -> None:
    assert _found(lambda brief: None) == []


STOP = "Reply STOP to opt out."
SMS = "variants.0.sms.body"
MAIL = "variants.0.email.body"
PUSH = "variants.0.push.body"
LINE = "variants.0.social_ad.primary"
CASES: list[tuple[str, str, str, Any]] = [
    ("brief-schema", "variants[0].email.cta", "variants.0.email.cta", "A call to action that is too long"),
    ("brief-schema", "segment", "segment", "quality-focused"),
    ("unknown-fact", "summary", "summary", "They spend {{i.averge_order}}."),
    ("unknown-fact", "traits[0].evidence[0]", "traits.0.evidence", ["value_driven.made_up.mean"]),
    ("wrong-pool", "variants[0].social_ad.primary", LINE, "You spend {{i.average_order}} with us."),
    ("wrong-pool", "traits[0].evidence[0]", "traits.0.evidence", ["offer.autumn_10.text"]),
    ("literal-number", "summary", "summary", "They spend 4711 on average."),
    # A share of theirs is no offer, one date is no other, and a code is whole.
    ("literal-number", "variants[0].social_ad.primary", LINE, "31% off, until Nov 15."),
    ("literal-number", "variants[0].social_ad.primary", LINE, "{{o.autumn_10.text}}, until Nov 25."),
    ("literal-number", "variants[0].social_ad.primary", LINE, "Your code is AUTUMN15, until Nov 15."),
    ("literal-number", "traits[0].text", "traits.0.text", "They go for offers: 31% on average."),
    ("literal-number", "journey.purchase", "journey.purchase", "One in three buys."),
    ("literal-number", "summary", "summary", "Nine in ten of them wait."),
    ("literal-number", "summary", "summary", "About ½ of them wait."),
    ("unknown-fact", "summary", "summary", "They are called {{ first_name }}."),
    ("no-evidence", "traits[0]", "traits.0.evidence", []),
    ("banned-word", "variants[0].social_ad.primary", LINE, "Cheap gear for everybody."),
    ("banned-word", "variants[0].social_ad.primary", LINE, "Che\u200bap gear for everybody."),
    ("unproved-claim", "variants[0].social_ad.primary", LINE, "The best gear you can get."),
    ("unproved-claim", "value_proposition.headline", "value_proposition.headline", "The best gear of all"),
    ("unproved-claim", "variants[0].social_ad.primary", LINE, "Every jacket is repaired for free."),
    ("urgency", "variants[1].social_ad.primary", "variants.1.social_ad.primary", "Hurry, act now."),
    ("protected-attribute", "summary", "summary", "Mostly women who like the mountains."),
    ("protected-attribute", "summary", "summary", "For families on tour."),
    ("link-or-markup", "variants[0].social_ad.primary", LINE, "See www.example.org for more."),
    ("protected-attribute", "summary", "summary", "People of a certain age."),  # "average" is no age
    ("link-or-markup", "variants[0].social_ad.primary", LINE, "See bit.ly/x1 for more."),
    ("link-or-markup", "variants[0].social_ad.primary", LINE, "See example.travel/tours for more."),
    ("link-or-markup", "summary", "summary", "A <b>bold</b> group."),
    ("link-or-markup", "summary", "summary", "A **bold** group."),
    ("personal-data", "summary", "summary", "Like anna@mail.example they wait."),
    ("sms-length", "variants[0].sms.body", SMS, f"Alpine Outfitters: {'x' * 140} {STOP}"),
    ("sms-length", "variants[0].sms.body", SMS, f"Alpine Outfitters: “{'x' * 40}” {STOP}"),
    ("search-ad-limits", "variants[0].search_ad.headlines[0]", "variants.0.search_ad.headlines.0", "価" * 16),
    (
        "push-length",
        "variants[0].push.body",
        PUSH,
        "A long sentence that no lock screen of Android shows in full",
    ),
    ("required-line", "variants[0].sms.body", SMS, "Alpine Outfitters: hello."),
    ("required-line", "variants[0].sms.body", SMS, f"Hello. {STOP}"),
    ("required-line", "variants[0].email.body", MAIL, "Hello."),
]


@pytest.mark.parametrize(("code", "path", "where", "value"), CASES)
def test_each_check_finds_its_fault_at_its_place(code: str, path: str, where: str, value: Any) -> None:
    found = _found(_put(where, value))
    assert (code, path) in [(item.code, item.path) for item in found]
    assert all(item.message and item.fix for item in found)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (LINE, "The best service for you."),  # proved in brand.yaml
        (LINE, "Last chance: valid until Nov 15."),  # has its end date
        ("summary", "They agreed to {{i.consent_email.true}} of our messages."),
        ("journey.purchase", "Send them {{o.autumn_10.code}} first."),
        (LINE, "10 % off the autumn range."),
        ("summary", "Single-origin wool, ready for race day."),
    ],
)
def test_good_copy_is_left_alone(where: str, value: str) -> None:
    assert _found(_put(where, value)) == []


def test_the_offer_that_has_ended_is_found() -> None:
    later = replace(PEOPLE, as_of=PEOPLE.as_of.replace(month=12))
    found = check_brief(GOOD, FACTS["value-driven"], BRAND, later, "value-driven")
    assert {item.code for item in found} == {"offer-ended"}


def test_what_is_only_too_long_or_too_short_is_still_read() -> None:
    found = _found(_put("variants.0.email.subject", "Cheap things of every kind for everybody, now and here"))
    assert {(item.code, item.severity) for item in found} == {
        ("brief-schema", "error"),
        ("subject-length", "warning"),
        ("banned-word", "error"),
    }
    assert {item.path for item in found} == {"variants[0].email.subject"}
    assert next(item for item in found if item.code == "brief-schema").fix == "shorten it to 50 characters"
    few = _found(_put("variants.0.search_ad.headlines", ["One", "Two"]))
    assert {item.code for item in few} == {"brief-schema", "search-ad-limits"}


def test_every_key_that_is_missing_is_named() -> None:
    def shorten(brief: Any) -> None:
        del brief["tone"], brief["journey"]

    assert [(item.message, item.fix) for item in _found(shorten)] == [
        ("`tone` is missing", "add `tone`"),
        ("`journey` is missing", "add `journey`"),
    ]


def test_an_unknown_key_is_reported_in_plain_words() -> None:
    (found,) = _found(_put("variants.0.email.subjekt", "Hello"))
    assert (found.path, found.message) == ("variants[0].email", "no key of this name belongs here: `subjekt`")


def test_a_misspelt_reference_is_met_with_the_one_that_was_meant() -> None:
    (found,) = _found(_put(LINE, "{{o.autum_10.text}}, until Nov 15."))
    assert found.fix == "did you mean `o.autumn_10.text`?"
    (other,) = _found(_put(LINE, "{{i.sise}} until Nov 15."))
    assert "i." not in other.fix  # customers may not read those


@pytest.mark.parametrize("text", ["Ernte und Herkunft stehen auf jeder Packung.", "Alter Preis: 20 Euro."])
def test_goods_have_an_origin_and_prices_an_age(text: str) -> None:
    lists = words("de").protected.values()
    pattern = word_pattern([word for attribute in lists for word in attribute])
    assert pattern is not None
    assert pattern.search(text) is None
    assert pattern.search("Menschen mittleren Alters, gleich welcher ethnischen Herkunft")


def test_a_size_that_the_summary_tells_goes_stale() -> None:
    def larger(brief: Any) -> None:
        at = next(at for at, fact in enumerate(brief["facts"]) if fact["handle"] == "i.size")
        brief["facts"][at] |= {"value": 900.0, "text": "900"}
        brief["summary"] = "About 900 customers."

    assert [(item.code, item.text) for item in _found(larger)] == [("stale", "900")]


def test_figures_that_have_moved_are_stale() -> None:
    moved = population(seed=1)
    frame = moved.traits.with_columns(moved.traits["discount_share"] * 0.7)
    facts = published_facts(replace(moved, traits=frame))
    found = check_brief(GOOD, facts["value-driven"], BRAND, PEOPLE, "value-driven")
    assert [(item.code, item.path.split("[")[0]) for item in found] == [("stale", "facts")]
    assert "discount" in found[0].message


def test_two_variants_that_say_the_same() -> None:
    def twin(brief: Any) -> None:
        brief["variants"][1] = {**copy.deepcopy(brief["variants"][0]), "angle": "benefit"}

    assert [item.code for item in _found(twin)] == ["same-variants"]


def test_a_figure_that_may_not_be_reported_any_more_is_stale() -> None:
    today = replace(FACTS["value-driven"], facts=(), distinctive=(), too_small=True)
    found = check_brief(GOOD, today, STRICT, PEOPLE, "value-driven")
    assert {item.code for item in found} == {"stale"}


def test_without_data_nothing_is_said_about_staleness() -> None:
    assert check_brief(GOOD, None, BRAND, PEOPLE, "value-driven") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("^{}[]~\\|€", ("GSM-7", 18, 1)),
        ("äöüß@£", ("GSM-7", 6, 1)),
        ("é" * 160, ("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 306, 3)),  # the sign is not torn apart
        ("ç" * 66 + "😀" + "ç" * 66, ("UCS-2", 134, 3)),
        ("ç" * 70, ("UCS-2", 70, 1)),
        ("ç" * 71, ("UCS-2", 71, 2)),
        ("😀" * 35, ("UCS-2", 70, 1)),
        ("😀" * 36, ("UCS-2", 72, 2)),
    ],
)
def test_sms_are_measured_as_they_are_sent(text: str, expected: tuple[str, int, int]) -> None:
    length = sms_length(text)
    assert (length.coding, length.units, length.parts) == expected


def test_wide_characters_count_two_in_ads() -> None:
    assert columns("ab価") == 4
    assert columns("ｱ") == 1


def test_every_limit_names_its_source_and_every_check_says_what_it_does() -> None:
    limits = [*(bound for channel in CHANNELS.values() for bound in channel.limits.values())]
    assert all(bound.source and bound.what for bound in (*limits, SAME_VARIANTS, STALE_TOLERANCE))
    assert all(check.what for check in CHECKS.values())


# --- our own words --------------------------------------------------------------------------------


def _lines(part: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(part, str):
        return [(path, re.sub(r"\{\w+\}", "…", part))]
    pairs: Any = cast("dict[str, Any]", part).items() if isinstance(part, dict) else enumerate(part)
    return [line for key, below in pairs for line in _lines(below, f"{path}.{key}")]


@pytest.mark.parametrize("language", languages())
def test_no_phrase_of_ours_would_be_found(language: str) -> None:
    """Ratios (twice, half) are told only beside the figures that they are of."""
    lists = words(language)
    protected = [word for attribute in lists.protected.values() for word in attribute]
    pattern = word_pattern([*lists.numbers, *lists.claims, *lists.urgency, *protected])
    assert pattern is not None
    reported = {key: part for key, part in phrases(language).items() if key != "page"}
    ratios = (".statements.twice", ".statements.thrice", ".statements.half")
    found = [
        (path, line)
        for path, line in _lines(reported)
        if not path.startswith(ratios) and (pattern.search(line) or re.search(r"\d", line))
    ]
    assert found == []


def test_every_theme_has_its_words() -> None:
    """That all languages have the same keys is tested with the languages."""
    assert set(phrases("en")["themes"]) == set(words("en").traits) == {theme.id for theme in themes()}
