"""Mistakes in names and types: each is one finding of its code, at the place marked «…» in the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine import Diagnostic, Workspace, check

HEAD = """\
version: 1
name: Shop
timezone: Europe/Berlin
as_of: 2026-11-01
sources:
  customers:
    path: customers.parquet
    key: id
    columns:
      id: {type: string}
      country: {type: string, values: [DE, AT, CH]}
      birth_date: {type: date}
      vip: {type: boolean}
      balance: {type: decimal, scale: 2}
      score: {type: number}
      tags: {type: list}
  orders:
    path: orders.parquet
    customer: customer_id
    time: ordered_at
    columns:
      customer_id: {type: string}
      ordered_at: {type: datetime}
      amount: {type: decimal, scale: 2}
      weight: {type: number}
      status: {type: string}
  notes:
    path: notes.parquet
    customer: customer_id
    columns:
      customer_id: {type: string}
      text: {type: string}
"""

TRAIT = "traits:\n  - {id: orders_12m, count: orders, within_last: 12 months}\n  - %s\n"
SEGMENT = """\
segmentation: motive
assign: first_match
owner: crm
segments:
  - id: one
    when: %s
  - id: two
    when: {trait: vip, is: true}
otherwise: {id: others}
"""

TRAITS = (
    ("unknown-source", "{id: x, count: «oders»}"),
    ("unknown-source", "{id: x, sum: «oders.amount»}"),
    ("unknown-column", "{id: x, sum: «orders.amunt»}"),
    ("unknown-column", "{id: x, count: orders, where: {column: «statu», is: paid}}"),
    ("operator-type", "{id: x, sum: «orders.status»}"),
    ("operator-type", "{id: x, days_since_last: «notes»}"),
    ("operator-type", "{id: x, count: notes, within_last: «3 months»}"),
    ("value-type", "{id: x, count: orders, within_last: «12 parsecs»}"),
    ("value-type", "{id: x, count: orders, in_month: «June»}"),
    ("value-type", "{id: x, count: orders, during: «next year»}"),
    ("value-type", "{id: x, count: orders, since: «soon»}"),
    ("value-type", "{id: x, count: orders, since: 2026-02-01, until: «2026-01-01»}"),
    ("value-type", "{id: x, count: orders, between_ago: «[1 month, 2 months]»}"),
    ("value-type", "{id: x, mean: orders.amount, default: «none»}"),
    ("value-type", "{id: x, count: orders, default: «0.5»}"),
    ("bad-formula", "{id: x, formula: 'orders_12m +« »'}"),
    ("bad-formula", "{id: x, formula: «birth_date» + 1}"),
    ("bad-formula", "{id: x, formula: «foo(balance)»}"),
    ("bad-formula", "{id: x, formula: hour(«birth_date»)}"),
    ("bad-formula", "{id: x, formula: 'upper(«vip»)'}"),
    ("unknown-trait", "{id: x, formula: «ordrs_12m» * 2}"),
    ("unknown-trait", "{id: x, bucket: {of: «ordrs_12m», into: 5}}"),
    ("unknown-trait", "{id: x, percentile: {of: orders_12m, per: «contry»}}"),
    ("operator-type", "{id: x, bucket: {of: «country», into: 5}}"),
    ("duplicate-id", "{id: «country», count: orders}"),
    ("duplicate-id", "{id: «orders_12m», count: orders}"),
    ("cycle", "{id: x, formula: «x» + 1}"),
    ("approximate-money", "{id: x, sum: orders.weight, unit: «EUR»}"),
    ("missing-unhandled", "{id: x, count: orders, where: {column: status, «is_not»: paid}}"),
)

CONDITIONS = (
    ("unknown-trait", "{trait: «ordrs_12m», at_least: 2}"),
    ("unknown-trait", "{trait: balance, more_than: {trait: «ordrs_12m»}}"),
    ("unknown-segment", "{segment: «tvo»}"),
    ("unknown-segment", "{rule: «others»}"),
    ("unknown-source", "{did: «order»}"),
    ("unknown-column", "{did: orders, where: {column: «statuss», is: paid}}"),
    ("unknown-column", "{did: orders, then: {did: orders}, same: [«amunt»]}"),
    ("operator-type", "{trait: country, «at_least»: 5}"),
    ("operator-type", "{trait: vip, «contains»: x}"),
    ("operator-type", "{trait: birth_date, before: 2020-01-01, «ignore_case»: true}"),
    ("operator-type", "{trait: country, known: true, «ignore_case»: true}"),
    ("operator-type", "{trait: birth_date, before: 2020-01-01, «fold»: true}"),
    ("operator-type", "{trait: country, known: true, «fold»: true}"),
    ("operator-type", "{trait: country, matches: «'^D'», fold: true}"),
    ("operator-type", "{trait: country, not_matches: «'^D'», fold: true, missing: exclude}"),
    ("operator-type", "{trait: tags, «is»: x}"),
    ("operator-type", "{trait: birth_date, «more_than»: 3}"),
    ("operator-type", "{did: «notes», then: {did: orders}}"),
    ("value-type", "{trait: country, is: «5»}"),
    ("value-type", "{trait: vip, is: «yes»}"),
    ("value-type", "{trait: balance, at_least: «many»}"),
    ("value-type", "{trait: balance, in: [1, «two»]}"),
    ("value-type", "{trait: balance, between: «[10, 5]»}"),
    ("value-type", "{trait: birth_date, between: «[2026-02-01, 2026-01-01]»}"),
    ("value-type", "{trait: birth_date, before: «tomorow»}"),
    ("value-type", "{trait: birth_date, within_last: «6 hours»}"),
    ("value-type", "{trait: birth_date, weekday_in: [monday, «funday»]}"),
    ("value-type", "{trait: balance, top: «150%»}"),
    ("value-type", "{trait: balance, at_least: {trait: «country»}}"),
    ("value-type", "{did: orders, then: {did: orders}, within: «7 dayz»}"),
    ("value-not-allowed", "{trait: country, in: [DE, «FR»]}"),
    ("ambiguous-scalar", "{trait: country, is: «010»}"),
    ("bad-regex", "{trait: country, matches: «'(?<=a)b'»}"),
    ("bad-regex", "{trait: country, matches: «'(a'»}"),
    ("missing-unhandled", "{trait: country, «is_not»: DE}"),
    ("missing-unhandled", "{not: {trait: country, «is»: DE}}"),
    ("cycle", "{segment: «one»}"),
)

HANDLED = (
    "{trait: country, is_not: DE, missing: exclude}",
    "{not: {trait: country, is: DE, missing: include}}",
    "{not: {trait: country, known: true}}",
    "{not: {trait: orders_12m, at_least: 2}}",
    "{none: [{none: [{trait: country, is: DE}]}]}",
    "{trait: country, is: de, ignore_case: true}",
    "{trait: country, is: ｄｅ, fold: true}",
)


def unmarked(text: str) -> tuple[str, tuple[int, int]]:
    """The text without «», and the line and column of the first mark (0, 0 without one)."""
    place = (0, 0)
    if "«" in text:
        before = text[: text.index("«")]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    return text.replace("«", "").replace("»", ""), place


def findings(folder: Path, traits: str, rules: str) -> list[Diagnostic]:
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(HEAD, encoding="utf-8")
    (folder / "rules" / "traits.yaml").write_text(traits, encoding="utf-8")
    (folder / "rules" / "motive.yaml").write_text(rules, encoding="utf-8")
    ours = {
        "unknown",
        "operator",
        "value",
        "bad",
        "duplicate",
        "cycle",
        "approximate",
        "missing",
        "ambiguous",
    }
    kept = ours - {"missing"}
    return [
        found
        for found in check(Workspace.load(folder))
        if found.code.split("-")[0] in kept or found.code == "missing-unhandled"
    ]


PLAIN_TRAIT = TRAIT % "{id: y, count: orders}"
PLAIN_SEGMENT = SEGMENT % "{trait: vip, is: false}"


@pytest.mark.parametrize(("code", "trait"), TRAITS)
def test_a_trait_with_a_mistake(code: str, trait: str, tmp_path: Path) -> None:
    text, place = unmarked(TRAIT % trait)
    found = findings(tmp_path, text, PLAIN_SEGMENT)
    assert [(f.code, f.file, f.span.line, f.span.column) for f in found] == [
        (code, "rules/traits.yaml", *place)
    ]
    assert found[0].message


@pytest.mark.parametrize(("code", "condition"), CONDITIONS)
def test_a_condition_with_a_mistake(code: str, condition: str, tmp_path: Path) -> None:
    text, place = unmarked(SEGMENT % condition)
    found = findings(tmp_path, PLAIN_TRAIT, text)
    wanted = [(code, "rules/motive.yaml", *place)]
    if code == "ambiguous-scalar":
        wanted.append(("value-not-allowed", "rules/motive.yaml", *place))
    assert [(f.code, f.file, f.span.line, f.span.column) for f in found] == wanted


@pytest.mark.parametrize("condition", HANDLED)
def test_no_finding_where_missing_is_handled(condition: str, tmp_path: Path) -> None:
    found = findings(tmp_path, PLAIN_TRAIT, SEGMENT % condition)
    assert [f for f in found if f.code == "missing-unhandled"] == []


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    rules = SEGMENT % "{all: [{trait: nope_a, is: 1}, {trait: country, at_least: 5}, {segment: nowhere}]}"
    found = findings(tmp_path, TRAIT % "{id: x, count: oders}", rules)
    assert [f.code for f in found] == ["unknown-trait", "operator-type", "unknown-segment", "unknown-source"]


def test_a_reference_to_a_broken_definition_is_no_second_mistake(tmp_path: Path) -> None:
    found = findings(tmp_path, TRAIT % "{id: x, count: oders}", SEGMENT % "{trait: x, at_least: 2}")
    assert [f.code for f in found] == ["unknown-source"]


def test_an_unreadable_window_hides_no_other_mistake(tmp_path: Path) -> None:
    condition = "{all: [{did: orders, since: soon}, {trait: consent_mail, is: true}]}"
    found = findings(tmp_path, PLAIN_TRAIT, SEGMENT % condition)
    assert [f.code for f in found] == ["value-type", "unknown-trait"]


@pytest.mark.parametrize(("mark", "written"), [(";", '";"'), ("\t", "tab")])
def test_a_header_of_one_column_is_met_with_the_separator(tmp_path: Path, mark: str, written: str) -> None:
    (tmp_path / "people.csv").write_text(f"id{mark}country\n1{mark}DE\n", "utf-8")
    head = "version: 1\nsources:\n  customers: {path: people.csv, key: id}\n"
    (tmp_path / "segmentry.yaml").write_text(head, "utf-8")
    (found,) = check(Workspace.load(tmp_path))
    assert (found.code, found.span.line) == ("unknown-column", 3)
    assert f"`separator: {written}`" in (found.hint or "")


def test_a_decimal_comma_is_met_with_the_point(tmp_path: Path) -> None:
    found = findings(tmp_path, PLAIN_TRAIT, SEGMENT % "{trait: balance, at_least: '0,45'}")
    assert [f.hint for f in found] == ["decimals have a point: 0.45"]


@pytest.mark.parametrize(
    ("condition", "written", "longest"),
    [
        (
            "{did: orders, within_last: «2000 years»}",
            "2000 years",
            "`1000 years` at most; for rows of any age",
        ),
        (
            "{did: orders, since: «2000 years ago»}",
            "2000 years ago",
            "`1000 years` at most; for rows of any age",
        ),
        ("{did: orders, between_ago: [«20000 months», 1 day]}", "20000 months", "`12000 months` at most"),
        ("{trait: birth_date, within_last: «400000 days»}", "400000 days", "`365250 days` at most"),
        ("{trait: birth_date, after: «99999999999 weeks ago»}", "99999999999 weeks", "`52179 weeks` at most"),
        ("{trait: birth_date, before: «in 1001 years»}", "in 1001 years", "`1000 years` at most"),
    ],
)
def test_a_length_of_time_beyond_the_longest_is_met_with_it(
    tmp_path: Path, condition: str, written: str, longest: str
) -> None:
    text, place = unmarked(SEGMENT % condition)
    (found,) = findings(tmp_path, PLAIN_TRAIT, text)
    assert (found.code, found.span.line, found.span.column) == ("value-type", *place)
    assert f"`{written}" in found.message
    assert "a thousand years" in found.message
    assert longest in (found.hint or "")


def test_the_longest_length_of_time_may_be_written(tmp_path: Path) -> None:
    assert findings(tmp_path, PLAIN_TRAIT, SEGMENT % "{trait: birth_date, within_last: 1000 years}") == []


@pytest.mark.parametrize("column", ["att", "at"])
def test_sorted_by_a_column_that_is_not_there_is_found_where_it_stands(column: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id\na\n", "utf-8")
    (tmp_path / "orders.csv").write_text("who,at\na,2025-01-01\n", "utf-8")
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nsources:\n  people: {path: people.csv, key: id}\n  orders:\n    path: orders.csv\n"
        f"    customer: who\n    sorted_by: {column}\n",
        "utf-8",
    )
    found = [(m.code, m.span.line) for m in Workspace(tmp_path).mistakes()]
    assert found == ([] if column == "at" else [("unknown-column", 7)])
