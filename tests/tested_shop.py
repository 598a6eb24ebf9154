"""A shop whose rules are tested by cases, without any data."""

from __future__ import annotations

from pathlib import Path

from segmentry.engine import Workspace
from segmentry.engine.ruletests.results import CaseResult, TestReport
from segmentry.engine.ruletests.run import run_tests

HEAD = """
version: 1
name: Shop
timezone: Europe/Berlin
sources:
  customers:
    path: data/customers.parquet
    key: customer_id
    where: {column: is_test, is: false}
    columns:
      customer_id: {type: string}
      country: {type: string, values: [DE, AT, CH]}
      joined_on: {type: date}
      is_test: {type: boolean}
      interests: {type: list}
  orders:
    path: data/orders.parquet
    customer: customer_id
    time: ordered_at
    columns:
      customer_id: {type: string}
      ordered_at: {type: datetime}
      amount: {type: decimal, scale: 2, from: Total}
      discount: {type: decimal, scale: 2}
      status: {type: string}
  baskets: {from: orders, group_by: status, columns: {value: {sum: amount}}}
"""
TRAITS = """
traits:
  - {id: orders_12m, count: orders, where: {column: status, is: paid}, within_last: 12 months}
  - {id: spend_12m, sum: orders.amount, where: {column: status, is: paid}, within_last: 12 months}
  - {id: discount_share, share: orders, that: {column: discount, more_than: 0}}
  - {id: days_since_order, days_since_last: orders}
  - {id: average_order, formula: spend_12m / orders_12m}
  - {id: size, band: {of: spend_12m, edges: {small: 0, large: 100}}}
  - id: score
    points:
      - {when: {trait: orders_12m, at_least: 2}, points: 10}
      - {when: {segment: away}, points: -5}
"""
MOTIVE = """
segmentation: motive
assign: first_match
otherwise: {id: unclear}
segments:
  - id: value-driven
    when:
      all:
        - {trait: country, is: DE}
        - {trait: discount_share, at_least: 0.5}
  - id: large
    when: {trait: size, is: large}
  - id: away
    when: {trait: days_since_order, at_least: 180}
"""
REACH = """
segmentation: reach
assign: every_match
segments:
  - {id: top-spenders, when: {trait: spend_12m, top: 50%, as: top_spender}}
  - {id: shoppers, when: {did: orders, where: {column: status, is: paid}}}
  - {id: gone, when: {all: [{segment: away}, {not: {segment: top-spenders}}]}}
  - {id: gone-or-large, extends: gone, when: {trait: size, is: large}}
  - {id: scored, when: {trait: score, at_least: 10}}
  - {id: newcomers, when: {trait: joined_on, within_last: 30 days}}
  - {id: skiers, when: {trait: interests, includes: ski}}
"""
VALUE = """
segmentation: value
assign: best_score
segments:
  - {id: frequent, when: {trait: orders_12m, at_least: 1}, score: orders_12m}
  - {id: rich, score: spend_12m / 100}
"""


def make_shop(folder: Path) -> Path:
    """A workspace with rules of all three kinds and no data."""
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(HEAD, "utf-8")
    files = {"traits": TRAITS, "motive": MOTIVE, "reach": REACH, "value": VALUE}
    for name, text in files.items():
        (folder / "rules" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def report_of(shop: Path, tests: str, rules: str = "motive", head: str = "") -> TestReport:
    """The report of a test file with these tests."""
    text = f"rules: {rules}.yaml\nas_of: 2026-03-01\n{head}\ntests:\n{tests}"
    (shop / "rules" / f"{rules}.test.yaml").write_text(text, "utf-8")
    return run_tests(Workspace.load(shop), [f"rules/{rules}.test.yaml"])


def case_of(shop: Path, segment: str, case: str, rules: str = "motive", head: str = "") -> CaseResult:
    """The result of one case about a segment."""
    tests = f"  - {{name: one, segment: {segment}, cases: [{case}]}}"
    (result,) = report_of(shop, tests, rules, head).cases
    return result


def messages(result: CaseResult) -> str:
    """What was wrong with a case."""
    return "\n".join(f"{p.code} {p.message} ({p.hint})" for p in result.problems)
