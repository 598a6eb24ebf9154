"""Hygiene of rules, and what `check --data` finds in the data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from segmentry.engine import Workspace, check
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.findings import CATALOGUE
from tests.logic_cases import HEAD, TRAITS, load

FULL = """\
segmentation: sample
owner: crm
assign: every_match
segments:
  - id: one
    description: They came at least once.
    when: {trait: visits, at_least: 1}
"""
USED = "traits:\n  - {id: spent, sum: orders.amount, value: true}\n"


def hygiene(folder: Path, rules: str, *, head: str = HEAD, traits: str = USED) -> list[tuple[str, str, int]]:
    """Code, file and line of the findings of hygiene."""
    found = check(load(folder, rules, head=head, traits=traits))
    return [
        (d.code, d.file.removeprefix("rules/"), d.span.line)
        for d in found
        if CATALOGUE[d.code].family == "hygiene" and d.code != "untested-segment"
    ]


def test_a_full_segment_has_no_findings(tmp_path: Path) -> None:
    assert hygiene(tmp_path, FULL) == []


def test_a_sensitive_trait_that_is_allowed_has_to_be_there(tmp_path: Path) -> None:
    head = f"{HEAD}privacy: {{sensitive_allowed: [spnt, spent, country]}}\n"
    workspace = load(tmp_path, FULL, head=head, traits=USED)
    (found,) = (d for d in check(workspace) if d.code == "unknown-trait")
    assert (found.file, found.severity, found.fix) == ("segmentry.yaml", "warning", None)
    assert "spnt" in found.message
    assert found.hint == "did you mean `spent`?"


def test_an_owner_is_the_segments_or_the_segmentations(tmp_path: Path) -> None:
    bare = FULL.replace("owner: crm\n", "")
    assert hygiene(tmp_path, bare) == [("missing-owner", "a.yaml", 4)]
    assert hygiene(tmp_path, bare.replace("  - id: one\n", "  - id: one\n    owner: web\n")) == []


def test_a_description_is_missed(tmp_path: Path) -> None:
    bare = FULL.replace("    description: They came at least once.\n", "")
    assert hygiene(tmp_path, bare) == [("missing-description", "a.yaml", 5)]


def test_ids_in_another_style(tmp_path: Path) -> None:
    assert hygiene(tmp_path, FULL.replace("id: one", "id: The_One")) == [("naming", "a.yaml", 5)]


def test_traits_that_nothing_uses(tmp_path: Path) -> None:
    traits = """\
traits:
  - {id: used_by_rule, count: orders}
  - {id: used_by_trait, count: orders, within_last: 1 year}
  - {id: used_by_score, formula: used_by_trait + 1}
  - {id: unused, count: orders, within_last: 2 years}
  - {id: reported, sum: orders.amount, value: true}
"""
    rules = FULL.replace("every_match", "best_score").replace("visits", "used_by_rule")
    rules = rules.replace("    when:", "    score: used_by_score\n    when:")
    assert hygiene(tmp_path, rules, traits=traits) == [("unused-trait", "traits.yaml", 5)]


@pytest.mark.parametrize(
    ("day", "expired"), [("2026-03-30", True), ("2026-03-31", False), ("2026-04-01", False)]
)
def test_a_segment_expires_after_its_day(tmp_path: Path, day: str, expired: bool) -> None:
    rules = FULL.replace("    when:", f"    expires: {day}\n    when:")
    assert hygiene(tmp_path, rules) == [("expired", "a.yaml", 5)] * expired


@pytest.mark.parametrize(
    ("condition", "sensitive"),
    [
        ("{trait: member, is: true}", True),
        ("{not: {trait: is_member, is: true}}", True),
        ("{segment: members}", True),
        ("{did: orders, where: {column: channel, is: web}}", True),
        ("{trait: web_orders, at_least: 1}", True),
        ("{trait: visits, top: 10%, among: {trait: member, is: true}}", True),
        ("{did: on_web}", True),
        ("{trait: per_channel, at_least: 1}", True),
        ("{trait: visits, at_least: 1}", False),
        ("{did: orders, where: {column: amount, more_than: 5}}", False),
    ],
)
def test_sensitive_data_needs_a_purpose(tmp_path: Path, condition: str, sensitive: bool) -> None:
    head = HEAD.replace("member: {type: boolean}", "member: {type: boolean, pii: sensitive}")
    head = head.replace("values: [web, app]}", "values: [web, app], pii: sensitive}")
    head += """\
  on_web: {from: orders, where: {column: channel, is: web}}
  by_channel: {from: orders, group_by: channel, columns: {value: {sum: amount}}}
"""
    traits = """\
traits:
  - {id: is_member, formula: member}
  - {id: web_orders, count: orders, where: {column: channel, is: web}}
  - {id: per_channel, count: by_channel}
"""
    rules = f"""\
segmentation: sample
owner: crm
assign: every_match
segments:
  - {{id: members, description: d, purpose: Their own events, when: {{trait: member, is: true}}}}
  - {{id: asked, description: d, when: {condition}}}
"""
    found = [f for f in hygiene(tmp_path, rules, head=head, traits=traits) if f[0] != "unused-trait"]
    assert found == [("sensitive-without-purpose", "a.yaml", 6)] * sensitive


def test_test_files_are_read_too(tmp_path: Path) -> None:
    workspace = load(tmp_path, FULL, traits=USED)
    (tmp_path / "rules" / "a.test.yaml").write_text(
        "rules: b.yaml\ntests: [{name: x, todo: true}]\n", "utf-8"
    )
    found = [(d.code, d.file, d.span.line) for d in check(workspace)]
    assert ("test-without-rules", "rules/a.test.yaml", 1) in found
    assert "rules/a.test.yaml" in workspace.texts
    assert ("untested-segment", "rules/a.yaml", 5) in found


# --- data -----------------------------------------------------------------------------------------


def with_data(folder: Path, *segments: str, assign: str = "every_match") -> list[tuple[str, int]]:
    """Code and line of the findings of data over a hundred customers; the first segment is in line 5."""
    items = "".join(f"  - {{id: s{n}, description: d, {s}}}\n" for n, s in enumerate(segments))
    rules = f"segmentation: sample\nowner: crm\nassign: {assign}\nsegments:\n{items}"
    workspace = load(folder, rules, traits=TRAITS)
    customers = pl.DataFrame(
        {
            "id": [f"c{n}" for n in range(100)],
            "country": ["DE"] * 99 + ["AT"],
            "city": [None] * 51 + ["Ulm"] * 49,
            "member": [n % 2 == 0 for n in range(100)],
            "visits": range(100),
            "tier": [1] * 100,
            "balance": pl.Series(["1.00"] * 100).cast(pl.Decimal(18, 2)),
            "rating": [0.5] * 50 + [None] * 50,
            "joined": [datetime(2020, 1, 1).date()] * 100,
            "seen_at": [datetime(2020, 1, 1)] * 100,
            "tags": [["a"]] * 100,
        }
    )
    orders = pl.DataFrame(
        {
            "id": ["c1"],
            "at": [datetime(2026, 1, 1)],
            "amount": pl.Series(["5.00"]).cast(pl.Decimal(18, 2)),
            "channel": ["web"],
        }
    )
    found = check(Workspace(workspace.root, {"customers": customers, "orders": orders}), data=True)
    assert [d for d in found if CATALOGUE[d.code].family in ("reading",) or d.code == "unknown-trait"] == []
    return [(d.code, d.span.line) for d in found if CATALOGUE[d.code].family == "data"]


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("when: {trait: visits, at_least: 1000}", ["empty-segment"]),
        ("when: {trait: visits, at_least: 4}", ["nearly-everyone"]),
        ("when: {trait: visits, at_least: 5}", []),
        ("when: {all: [{trait: visits, at_least: 50}, {trait: tier, is: 1}]}", ["inert-leaf"]),
        ("when: {any: [{trait: visits, at_least: 50}, {trait: tier, is: 2}]}", ["inert-leaf"]),
        ("when: {all: [{trait: visits, at_least: 50}, {trait: member, is: true}]}", []),
        ("when: {trait: city, is: Ulm}", ["mostly-missing"]),
        ("when: {trait: rating, at_most: 0.5}", []),
        ("when: {any: [{trait: city, is: Ulm}, {trait: member, is: true}]}", []),
        ("when: {trait: city, known: true}", []),
        ("expected: {share: {at_most: 0.4}}, when: {trait: visits, at_least: 50}", ["budget"]),
        ("expected: {size: {between: [50, 60]}}, when: {trait: visits, at_least: 50}", []),
        ("when: {all: [{trait: visits, is: 1}, {trait: visits, is: 2}]}", []),
    ],
)
def test_what_the_data_shows(tmp_path: Path, segment: str, expected: list[str]) -> None:
    assert with_data(tmp_path, segment) == [(code, 5) for code in expected]


def test_a_segment_that_is_never_reached_is_not_empty_as_well(tmp_path: Path) -> None:
    first, second = "when: {trait: visits, at_least: 50}", "when: {trait: visits, at_least: 60}"
    assert with_data(tmp_path, first, second, assign="first_match") == []


def test_declared_columns_are_read_though_no_rule_uses_them(tmp_path: Path) -> None:
    (tmp_path / "segmentry.yaml").write_text(
        "version: 1\nsources:\n  people: {path: p.csv, key: id, columns: {since: {type: date}}}\n"
        "  visits: {path: v.csv, customer: id, columns: {sum: {type: decimal, scale: 2}}}\n",
        "utf-8",
    )
    (tmp_path / "p.csv").write_text("id,since\na,1.2.2026\n", "utf-8")
    (tmp_path / "v.csv").write_text('id,sum\na,"1,50"\n', "utf-8")
    with pytest.raises(DataError) as wrong:
        check(Workspace.load(tmp_path), data=True)
    assert "p.csv, row 2, column `since`" in str(wrong.value)
    assert "v.csv, row 2, column `sum`" in str(wrong.value)
    (tmp_path / "p.csv").write_text("id,since\na,2026-02-01\n", "utf-8")
    (tmp_path / "v.csv").write_text("id,sum\na,1.50\n", "utf-8")
    assert check(Workspace.load(tmp_path), data=True) == []


def test_rules_with_errors_are_not_evaluated(tmp_path: Path) -> None:
    found = check(load(tmp_path, FULL.replace("visits", "visit"), traits=USED), data=True)
    assert [d.code for d in found] == ["unknown-trait"]
