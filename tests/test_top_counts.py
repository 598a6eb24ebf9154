"""`top-count`: a few customers of thousands, where a share of them may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import call, in_json

HEAD = """\
version: 1
timezone: UTC
as_of: 2026-03-01
sources:
  customers:
    path: people.csv
    key: id
    columns: {id: {type: string}, n: {type: integer}, land: {type: string}}
"""
RULES = """\
segmentation: sample
owner: crm
assign: every_match
segments:
  - {id: some, description: d, when: «}
"""


def shop(folder: Path, when: str, *, customers: int = 2000, known: int | None = None) -> Path:
    """A workspace with so many customers, the value of the first of them known; half of them live in DE."""
    last = customers if known is None else known
    rows = [f"c{n},{n if n < last else ''},{'DE' if n % 2 else 'AT'}" for n in range(customers)]
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(HEAD, "utf-8")
    (folder / "people.csv").write_text("\n".join(["id,n,land", *rows]) + "\n", "utf-8")
    (folder / "rules" / "sample.yaml").write_text(RULES.replace("«", when), "utf-8")
    return folder


def asked(folder: Path) -> list[tuple[int, str, str, str]]:
    """Column, severity, message and hint of each finding of a count."""
    found = in_json("check", "--data", "-w", folder)["findings"]
    return [
        (item["column"], item["severity"], item["message"], item["hint"])
        for item in found
        if item["code"] == "top-count"
    ]


def test_a_count_that_may_be_a_share_is_asked_about_where_it_stands(tmp_path: Path) -> None:
    column = RULES.splitlines()[4].index("«") + len("{trait: n, top: ") + 1
    message = "`top: 10` takes 10 of the 2,000 customers who are ranked by `n`"
    hint = "if a share of them is meant, write `top: 10%`"
    assert asked(shop(tmp_path, "{trait: n, top: 10}")) == [(column, "info", message, hint)]


@pytest.mark.parametrize(
    ("when", "ranked"),
    [
        ("{trait: n, bottom: 50}", "50 of the 2,000"),
        ("{not: {trait: n, top: 10, missing: exclude}}", "10 of the 2,000"),
        ("{trait: n, top: 10, among: {trait: land, is: DE}}", "10 of the 1,000"),
        ("{trait: n, top: 10%, among: {trait: n, top: 5}}", "5 of the 2,000"),
    ],
)
def test_those_who_are_ranked_count(tmp_path: Path, when: str, ranked: str) -> None:
    ((_, _, message, _),) = asked(shop(tmp_path, when))
    assert ranked in message


@pytest.mark.parametrize(
    ("when", "customers", "known"),
    [
        ("{trait: n, top: 10%}", 2000, None),
        ("{trait: n, top: 51}", 2000, None),
        ("{trait: n, top: 10, per: land}", 2000, None),
        ("{trait: n, top: 10}", 999, None),
        ("{trait: n, top: 10}", 2000, 999),
        ("{trait: n, top: 10, among: {trait: land, is: DE}}", 1998, None),
    ],
)
def test_a_list_that_somebody_reads_is_no_finding(
    tmp_path: Path, when: str, customers: int, known: int | None
) -> None:
    assert asked(shop(tmp_path, when, customers=customers, known=known)) == []


def test_without_data_nobody_knows(tmp_path: Path) -> None:
    folder = shop(tmp_path, "{trait: n, top: 10}")
    assert "top-count" not in call("check", "-w", folder).output


def test_a_count_in_points_is_asked_about_too(tmp_path: Path) -> None:
    folder = shop(tmp_path, "{trait: score, at_least: 1}")
    traits = "traits:\n  - {id: score, description: d, points: [{when: {trait: n, top: 10}, points: 3}]}\n"
    (folder / "rules" / "traits.yaml").write_text(traits, "utf-8")
    assert len(asked(folder)) == 1
