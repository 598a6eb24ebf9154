"""One mistake is one finding: what only follows from it is left out, and what does not is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.engine import check
from segmentry.engine.diagnostics.model import Diagnostic
from tests.logic_cases import load

HEAD = """\
version: 1
name: Sample
sources:
  customers: {path: c.csv, key: id, columns: {id: {type: string}, age: {type: integer}}}
  orders: {path: o.csv, customer: id, time: at, columns: {id: {type: string}, at: {type: date}}}
"""
TRAITS = "traits:\n  - {id: orders_n, count: orders}\n  - {id: other_n, count: orders}\n"
RULES = """\
segmentation: sample
owner: crm
assign: every_match
segments:
  - id: a
    description: Everybody who ordered
    when: {trait: orders_n, at_least: 5}
"""


def found(
    folder: Path, *changes: tuple[str, str], head: str = HEAD, tests: str | None = None
) -> list[Diagnostic]:
    """All findings of the sample with some texts replaced."""
    rules, traits = RULES, TRAITS
    for old, new in changes:
        assert old in rules + traits
        rules, traits = rules.replace(old, new), traits.replace(old, new)
    if tests is not None:
        (folder / "rules").mkdir()
        (folder / "rules" / "a.test.yaml").write_text(tests, "utf-8")
    return check(load(folder, rules, head=head, traits=traits))


def reported(items: list[Diagnostic]) -> list[tuple[str, str]]:
    """Code and place, but for what is always there: a trait that nothing uses, and no tests."""
    always = ("other_n", "no rule test is about")
    return [(d.code, d.file) for d in items if not any(text in d.message for text in always)]


def test_the_sample_is_fine_but_for_what_is_always_there(tmp_path: Path) -> None:
    everything = found(tmp_path)
    assert reported(everything) == []
    assert [d.code for d in everything] == ["untested-segment", "unused-trait"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("at_least: 5", "atleast: 5", "unknown-key"),
        ("at_least: 5", "at_least: [5]", "schema"),
        ("{trait: orders_n, at_least: 5}", "{and: [{trait: orders_n, at_least: 5}]}", "unknown-key"),
        ("{trait: orders_n, at_least: 5}", "{or: [{trait: orders_n, at_least: 5}]}", "unknown-key"),
        ("{trait: orders_n, at_least: 5}", "{trait: orders_nn, at_least: 5}", "unknown-trait"),
        ("{trait: orders_n, at_least: 5}", "{trait: orders_n, at_least: 5", "yaml-syntax"),
        ("owner: crm", "ownr: crm", "unknown-key"),
        ("description: Ev", "descripton: Ev", "unknown-key"),
    ],
)
def test_what_follows_is_left_out(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert reported(found(tmp_path, (old, new))) == [(code, "rules/a.yaml")]


def test_a_condition_that_names_no_trait_beside_an_operator_is_a_mistake_of_its_own(tmp_path: Path) -> None:
    items = reported(found(tmp_path, ("{trait: orders_n, at_least: 5}", "{atleast: 5}")))
    assert [code for code, _ in items if code != "unused-trait"] == ["schema", "unknown-key"]


def test_a_trait_that_the_unread_file_does_not_name_is_unused(tmp_path: Path) -> None:
    items = found(tmp_path, ("at_least: 5", "atleast: 5  # not other_n"))
    assert [d.message for d in items if d.code == "unused-trait"] == [
        "no segment, score or other trait uses `other_n`"
    ]


def test_without_sources_no_trait_has_one(tmp_path: Path) -> None:
    items = found(tmp_path, head="version: 1\nname: Sample\n")
    assert [d.code for d in items if d.severity == "error"] == ["schema"]


@pytest.mark.parametrize(
    ("tests", "code"),
    [
        ("rules: [a.yaml\n", "yaml-syntax"),
        ("rules: a.yaml\ntests: 3\n", "schema"),
    ],
)
def test_nobody_knows_what_unread_tests_show(tmp_path: Path, tests: str, code: str) -> None:
    items = found(tmp_path, tests=tests)
    assert [d.code for d in items if d.code != "unused-trait"] == [code]


def test_a_sheet_is_no_share(tmp_path: Path) -> None:
    head = "version: 1\nname: Sample\nsources:\n  people: {path: p.xlsx, sheet: 0.5, key: id}\n"
    hints = [d.hint for d in found(tmp_path, head=head) if d.code == "schema"]
    assert hints == ["put it in quotes if it is a text: '0.5'"]


# --- hints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("{trait: age, top: 0.1}", "write a share with a percent sign: 10%"),
        ("{trait: age, top: 0.125}", "write a share with a percent sign: 12.5%"),
        ("{trait: age, more_than: 180 days}", "the trait is a number, so write the number alone: 180"),
        ("{trait: age, more_than: 50%}", "write the share as a number: 0.5"),
        ("{trait: age, more_than: '18'}", "write it without quotes"),
        ("{trait: age, more_than: '1,5'}", "decimals have a point: 1.5"),
        ("{trait: age, more_than: 0.5 %}", "write the share as a number: 0.005"),
        (
            "{trait: age, more_than: '1,000'}",
            "write 1000, with nothing between the thousands; or 1.000, if the comma is a decimal one",
        ),
        (
            "{trait: age, more_than: '1.000,50'}",
            "write 1000.50: nothing between the thousands, and a point before decimals",
        ),
        (
            "{trait: age, more_than: '1,234,567.8'}",
            "write 1234567.8: nothing between the thousands, and a point before decimals",
        ),
        ("{trait: age, more_than: €500}", "write the number alone, without the currency"),
        ("{trait: age, more_than: 1.000 EUR}", "write the number alone, without the currency"),
    ],
)
def test_a_number_that_is_written_otherwise_is_written_out(tmp_path: Path, condition: str, hint: str) -> None:
    items = found(tmp_path, ("{trait: orders_n, at_least: 5}", condition))
    assert [d.hint for d in items if d.severity == "error"] == [hint]


@pytest.mark.parametrize(
    ("window", "wrong"),
    [
        ("[6 months, 12 months]", True),
        ("[90 days, 91 days]", True),
        ("[1 week, 1 year]", True),
        ("[12 months, 6 months]", False),
        ("[1 year, 12 months]", False),
        ("[30 days, 1 month]", False),  # February is shorter
        ("[12 months, 0 days]", False),
    ],
)
def test_a_window_that_ends_before_it_begins(tmp_path: Path, window: str, wrong: bool) -> None:
    condition = f"{{did: orders, between_ago: {window}}}"
    items = found(tmp_path, ("{trait: orders_n, at_least: 5}", condition))
    errors = [(d.code, d.span.line, d.span.column, d.hint) for d in items if d.severity == "error"]
    column = RULES.splitlines()[6].index("{") + condition.index("[") + 1
    assert errors == ([("value-type", 7, column, "swap the two")] if wrong else [])


def test_a_key_that_begins_another_item_may_lack_its_dash(tmp_path: Path) -> None:
    twice = "traits:\n  - id: orders_n\n    count: orders\n    id: other_n\n    count: orders\n"
    items = [d for d in found(tmp_path, (TRAITS, twice)) if d.code == "duplicate-key"]
    assert [(d.span.line, d.span.column) for d in items] == [(4, 5), (5, 5)]
    assert "`- id:`" in (items[0].hint or "")
    assert "`- " not in (items[1].hint or "")


@pytest.mark.parametrize(
    ("when", "again", "hint"),
    [
        (
            "{trait: orders_n, at_least: 5, trait: other_n, at_least: 2}",
            "trait: other_n",
            "`all: [{trait: orders_n, at_least: 5}, {trait: other_n, at_least: 2}]`",
        ),
        (
            "{trait: orders_n, at_least: 5, trait: name, in: [NO, 'a: b']}",
            "trait: name",
            "`all: [{trait: orders_n, at_least: 5}, {trait: name, in: [NO, 'a: b']}]`",
        ),
        ("{did: orders, did: visits}", "did: visits", "`all: [{did: orders}, {did: visits}]`"),
        (
            "{any: [{trait: orders_n, at_least: 5, trait: other_n, at_least: 2}]}",
            "trait: other_n",
            "two items of the list: `{trait: orders_n, at_least: 5}, {trait: other_n, at_least: 2}`",
        ),
    ],
)
def test_two_conditions_in_one_mapping_are_one_mistake(
    tmp_path: Path, when: str, again: str, hint: str
) -> None:
    items = [d for d in found(tmp_path, ("{trait: orders_n, at_least: 5}", when)) if d.severity == "error"]
    assert [(d.code, d.span.line, d.span.column) for d in items] == [
        ("duplicate-key", 7, 11 + when.index(again))
    ]
    assert hint in (items[0].hint or "")


def test_a_condition_that_lacks_its_dash_is_one_mistake(tmp_path: Path) -> None:
    listed = "\n      all:\n        - trait: orders_n\n          at_least: 5\n"
    twice = f"{listed}          trait: other_n\n          at_least: 2"
    items = [d for d in found(tmp_path, (" {trait: orders_n, at_least: 5}", twice)) if d.severity == "error"]
    assert [(d.code, d.span.line) for d in items] == [("duplicate-key", 11)]
    assert "`- trait:`" in (items[0].hint or "")


def test_a_trait_named_twice_for_one_operator_is_no_second_condition(tmp_path: Path) -> None:
    twice = "{trait: orders_n, trait: other_n, at_least: 5}"
    items = [d for d in found(tmp_path, ("{trait: orders_n, at_least: 5}", twice)) if d.severity == "error"]
    assert [d.code for d in items] == ["duplicate-key"]
    assert "keep one" in (items[0].hint or "")
