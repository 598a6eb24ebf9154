"""From a workspace to an audience: how personal each trait is, who takes part, and in which words."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine.workspace import Workspace
from segmentry.personas.facts import published_facts
from segmentry.personas.facts.adapter import described_population, load_population
from segmentry.personas.facts.population import Population

WORKSPACE = """
version: 1
name: Clinic Shop
timezone: Europe/Berlin
currency: CHF
locale: de_CH
as_of: 2026-03-01
privacy: {min_cell: 7, dominance: 0.4, sensitive_allowed: [told]}
sources:
  customers:
    path: customers.parquet
    key: id
    columns:
      email: {type: string, pii: direct}
      born: {type: date, pii: quasi}
      diet: {type: string, pii: sensitive}
      town: {type: string, description: Where they live}
      eats: {formula: upper(diet)}
  visits:
    path: visits.parquet
    customer: id
    time: at
    columns:
      phone: {type: string, pii: direct}
      finding: {type: string, pii: sensitive}
      score: {type: integer, pii: sensitive}
      fee: {type: decimal, scale: 2, unit: CHF}
  ill: {from: visits, where: {column: finding, known: true}}
  findings: {from: visits, group_by: finding, columns: {fees: {sum: fee}}}
  cases:
    from: visits
    group_by: case_no
    time: {min: at}
    columns:
      worst: {max: score}
      called: {last: phone}
      fees: {sum: fee}
      bad: {share: true, that: {column: finding, is: bad}}
"""
TRAITS = """
traits:
  - {id: visits_n, description: Visits, count: visits}
  - {id: fees, sum: visits.fee, unit: CHF, value: true}
  - {id: fees_again, sum: cases.fees}
  - {id: rank, bucket: {of: fees, into: 4}}
  - {id: last_phone, last: visits.phone}
  - {id: case_phone, last: cases.called}
  - {id: phones, distinct: visits.phone}
  - {id: age, formula: "days_between(born, today) // 365"}
  - {id: mean_score, mean: visits.score}
  - {id: bad_n, count: visits, where: {column: finding, is: bad}}
  - {id: bad_share, share: visits, that: {column: finding, is: bad}}
  - {id: ill_n, count: ill}
  - {id: findings_n, count: findings}
  - {id: worst_case, max: cases.worst}
  - {id: bad_cases, mean: cases.bad}
  - {id: diet_points, points: [{when: {trait: diet, known: true}, points: 1}]}
  - {id: ill_points, points: [{when: {did: visits, where: {column: finding, known: true}}, points: 1}]}
  - {id: fees_of_ill, bucket: {of: fees, into: 4, among: {trait: bad_n, more_than: 0}}}
  - {id: fees_per_diet, percentile: {of: fees, per: diet}}
  - {id: by_group, points: [{when: {segment: patients}, points: 1}]}
  - {id: told, formula: bad_n + 1}
  - {id: own_word, formula: visits_n + 1, pii: sensitive}
  - {id: own_child, formula: own_word + 1}
"""
RULES = """
segmentation: who
owner: crm
assign: every_match
segments:
  - {id: patients, when: {trait: bad_n, at_least: 1}}
  - id: all-of-them
    description: Everybody.
    when: {trait: visits_n, at_least: 0}
    positioning: {promise: Hi}
  - id: reached
    when: {all: [{trait: email, known: true}, {trait: eats, known: true}, {trait: town, known: true}]}
  - {id: not-yet, status: draft, when: {trait: visits_n, at_least: 0}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("clinic")
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(WORKSPACE, "utf-8")
    (folder / "rules/traits.yaml").write_text(TRAITS, "utf-8")
    (folder / "rules/who.yaml").write_text(RULES, "utf-8")
    number = range(1, 31)
    pl.DataFrame(
        {
            "id": number,
            "email": [f"c{n}@example.org" for n in number],
            "born": [date(1980, 1, n) for n in number],
            "diet": [["vegan", "any"][n % 2] for n in number],
            "town": [["Bern", "Chur"][n % 2] for n in number],
            "shoe_size": list(number),
        }
    ).write_parquet(folder / "customers.parquet")
    pl.DataFrame(
        {
            "id": number,
            "at": [datetime(2026, 1, n) for n in number],
            "phone": [f"+41 44 555 00 {n:02}" for n in number],
            "finding": [["bad", "good", None][n % 3] for n in number],
            "score": list(number),
            "fee": [f"{n}.50" for n in number],
            "case_no": list(number),
        }
    ).with_columns(pl.col("fee").cast(pl.Decimal(12, 2))).write_parquet(folder / "visits.parquet")
    return Workspace.load(folder)


@pytest.fixture(scope="module")
def people(workspace: Workspace) -> Population:
    return load_population(workspace)


@pytest.mark.parametrize(
    ("pii", "traits"),
    [
        ("direct", {"email", "last_phone", "case_phone"}),
        ("quasi", {"born", "age"}),
        ("sensitive", {"diet", "eats", "mean_score", "worst_case", "own_word", "own_child", "told"}),
        ("sensitive", {"bad_n", "bad_share", "ill_n", "bad_cases", "findings_n"}),  # by which rows there are
        ("sensitive", {"diet_points", "ill_points", "by_group", "fees_of_ill", "fees_per_diet"}),
        (None, {"town", "visits_n", "fees", "fees_again", "rank", "phones"}),
    ],
)
def test_a_trait_is_as_personal_as_what_it_tells(
    people: Population, pii: str | None, traits: set[str]
) -> None:
    found = {info.id: info.pii for info in people.trait_infos}
    assert {id_: found[id_] for id_ in traits} == dict.fromkeys(traits, pii)


def test_what_may_not_be_reported_is_no_fact(people: Population) -> None:
    reported = {fact.trait for fact in published_facts(people)["patients"].facts}
    assert {"told", "fees"} <= reported
    assert not reported & {
        "bad_n",
        "bad_share",
        "ill_n",
        "diet",
        "diet_points",
        "mean_score",
        "email",
        "born",
    }


def test_words_units_and_settings_come_along(people: Population) -> None:
    infos = {info.id: info for info in people.trait_infos}
    assert infos["fees"].kind == "decimal"
    assert (infos["fees"].scale, infos["fees"].unit, infos["fees"].value) == (2, "CHF", True)
    assert infos["visits_n"].description == "Visits"
    assert infos["town"].description == "Where they live"
    assert infos["rank"].rank_of == "fees"
    assert (people.workspace, people.currency, people.locale) == ("Clinic Shop", "CHF", "de_CH")
    assert (people.privacy.min_cell, people.privacy.dominance) == (7, 0.4)
    assert people.today == date(2026, 3, 1)


def test_drafts_take_no_part_and_names_are_made_of_ids(people: Population) -> None:
    assert [segment.id for segment in people.segments] == ["patients", "all-of-them", "reached"]
    second = people.segments[1]
    assert (second.name, second.description, second.positioning) == (
        "All of them",
        "Everybody.",
        {"promise": "Hi"},
    )


def test_columns_that_no_rule_looks_at_stay_away(workspace: Workspace) -> None:
    people = load_population(workspace, as_of="2026-01-11")
    assert {"town", "born", "fees"} <= set(people.traits.columns)
    assert "shoe_size" not in people.traits.columns
    assert people.today == date(2026, 1, 11)
    assert len(people.rules_sha256) == 64


def test_without_data_the_files_alone_are_described(workspace: Workspace) -> None:
    described = described_population(workspace)
    assert described.traits.height == 0
    assert [segment.id for segment in described.segments] == ["patients", "all-of-them", "reached"]
    assert described.today == date(2026, 3, 1)
