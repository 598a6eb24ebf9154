"""Files of other tools among the rules: one hint says what they look like, beside the errors that stay."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from segmentry.engine import Workspace, check
from segmentry.engine.checks.fixing import mend
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.schema.other_tools import TOOLS
from tests.logic_cases import HEAD

SEGMENT: Final = "segmentation: sample\nowner: crm\nassign: every_match\nsegments:\n  - id: one\n"
WHEN: Final = f"{SEGMENT}    when:\n"

FILES: Final = {
    "dbt": "version: 2\nmodels:\n  - {name: customers, columns: [{name: id, data_tests: [unique]}]}\n",
    "Twilio Segment": (
        "spaceId: x\nname: Loyal\nenabled: true\n"
        "definition: {type: users, query: \"event('Order').count() >= 3\"}\n"
    ),
    "Braze": (
        f"{WHEN}      AND: [{{custom_attribute: {{custom_attribute_name: n, comparison: equals, value: 1}}}}]"
    ),
    "Klaviyo": (
        "name: Repeat\ndefinition:\n"
        "  condition_groups: [{conditions: [{type: profile-metric, metric_id: X}]}]\n"
    ),
    "HubSpot": f"{SEGMENT}    processingType: DYNAMIC\n    filterBranch: {{filterBranchType: OR}}\n",
    "Google Analytics": (
        "displayName: Buyers\nmembershipDurationDays: 30\n"
        "filterClauses: [{clauseType: INCLUDE, simpleFilter: {}}]\n"
    ),
    "JsonLogic": f'{WHEN}      and: [{{">=": [{{var: visits}}, 5]}}, {{"==": [{{var: country}}, DE]}}]\n',
    "MongoDB": f"{WHEN}      $and: [{{visits: {{$gte: 5}}}}]\n",
    "Elasticsearch": f"{WHEN}      bool: {{must: [{{range: {{visits: {{gte: 5}}}}}}]}}\n",
    "query builder": (
        f"{WHEN}      combinator: and\n      rules: [{{field: visits, operator: '>=', value: 5}}]\n"
    ),
    "SQL": f"{SEGMENT}    select: id\n    from: customers\n    where: visits >= 5\n",
}
"""A file of each tool by a word of its name."""


def found(folder: Path, text: str) -> list[Diagnostic]:
    """The errors of a workspace with such a rule file."""
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(HEAD, "utf-8")
    (folder / "rules" / "a.yaml").write_text(text, "utf-8")
    return [item for item in check(Workspace.load(folder)) if item.severity == "error"]


def told(items: list[Diagnostic]) -> list[Diagnostic]:
    return [item for item in items if "look like" in (item.hint or "")]


def test_every_tool_has_a_file_here() -> None:
    assert len(TOOLS) == len(FILES)
    for word in FILES:
        assert sum(word in tool.name for tool in TOOLS) == 1


@pytest.mark.parametrize("word", FILES)
def test_the_first_unknown_key_says_whose_format_it_is(tmp_path: Path, word: str) -> None:
    items = found(tmp_path, FILES[word])
    unknown = [item for item in items if item.code == "unknown-key"]
    assert told(items) == unknown[:1]
    (first,) = told(items)
    assert word in (first.hint or "").split(";")[0]
    assert "{trait: orders_12m, at_least: 4}" in (first.hint or "")


def test_the_hint_shows_what_belongs_in_the_place(tmp_path: Path) -> None:
    places = {"SQL": "a segment is written", "JsonLogic": "a condition is written", "dbt": "`segmentation:`"}
    for n, (word, written) in enumerate(places.items()):
        (tmp_path / str(n)).mkdir()
        (first,) = told(found(tmp_path / str(n), FILES[word]))
        assert written in (first.hint or "")


def test_the_errors_stay(tmp_path: Path) -> None:
    items = found(tmp_path, FILES["SQL"])
    assert [(item.code, item.span.line) for item in items] == [("unknown-key", n) for n in (6, 7, 8)]
    assert (items[0].hint or "").endswith("and `tags`")
    assert items[2].hint == "did you mean `when`?"


def test_a_query_in_sql_is_one_by_its_words(tmp_path: Path) -> None:
    (first,) = told(found(tmp_path, f"{SEGMENT}    query: |\n      SELECT id\n      FROM customers\n"))
    assert "SQL" in (first.hint or "")


def test_keys_of_another_tool_are_not_mended_to_ours(tmp_path: Path) -> None:
    items = found(tmp_path, f"{FILES['Klaviyo']}asign: every_match\n")
    assert [item.message for item in items if item.code == "unknown-key"] == [
        "`definition` is no key of a rule file",
        "`asign` is no key of a rule file",
    ]
    fixed = mend(Workspace.load(tmp_path)).fixed
    assert [item.message for item in fixed] == ["`asign` is no key of a rule file"]


@pytest.mark.parametrize(
    "text",
    [
        f'{WHEN}      trait: visits\n      ">=": 5\n      "<": 9\n',
        f"{SEGMENT}    wehn: {{trait: visits, at_lest: 4}}\n    desciption: x\n",
        f"{SEGMENT}    models: x\n    when: {{trait: visits, at_least: 4}}\n",
        f"{SEGMENT}    version: 2\n    config: x\n    when: {{trait: visits, at_least: 4}}\n",
    ],
)
def test_slips_of_the_pen_are_no_other_tool(tmp_path: Path, text: str) -> None:
    items = found(tmp_path, text)
    assert items
    assert told(items) == []
