"""The published schemas and the validation by them: places, codes, and no noise around a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest

from segmentry.engine.document import Document, read_document
from segmentry.engine.files.schema import Ids, SchemaName, json_schema, validate
from segmentry.engine.files.schema.registry import SCHEMA_NAMES
from segmentry.engine.language.kinds import GROUP_KINDS, TRAIT_KINDS
from segmentry.engine.language.operators import OPERATORS
from tests.example_shop import example_keys

CASES = Path(__file__).parent / "cases"
VALID = sorted((CASES / "valid").glob("schema_*.yaml"))
INVALID = sorted((CASES / "invalid").glob("schema_*.yaml"))
STARTER = Path(__file__).parent.parent / "rules" / "starter"

Reported = list[tuple[str, str]]


def document_of(text: str) -> Document:
    document, findings = read_document("file.yaml", text.encode())
    assert document is not None, findings
    assert findings == []
    return document


def reported(text: str, name: SchemaName) -> Reported:
    """The place and code of each finding."""
    findings, _ = validate(document_of(text), name)
    return [(f"{item.span.line}:{item.span.column}", item.code) for item in findings]


def messages(text: str, name: SchemaName) -> list[tuple[str, str | None]]:
    return [(item.message, item.hint) for item in validate(document_of(text), name)[0]]


def name_of(text: str) -> SchemaName:
    """The schema that the first line of a case names."""
    return cast(SchemaName, text.splitlines()[0].removeprefix("# "))


# --- cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_has_no_finding(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert messages(text, name_of(text)) == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_every_mistake_is_one_finding_at_its_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [line.split()[1:] for line in text.splitlines() if line.startswith("#: ")]
    assert expected
    assert [list(item) for item in reported(text, name_of(text))] == expected


@pytest.mark.parametrize(
    "path",
    sorted([*STARTER.glob("[!.]*.yaml"), *STARTER.glob("rules/*.yaml")]),
    ids=lambda path: str(path.relative_to(STARTER)),
)
def test_the_starter_workspace_is_valid(path: Path) -> None:
    name: SchemaName = "rules"
    if path.name in ("segmentry.yaml", "brand.yaml"):
        name = "workspace" if path.name == "segmentry.yaml" else "brand"
    elif path.name.endswith(".test.yaml"):
        name = "tests"
    assert messages(path.read_text(encoding="utf-8"), name) == []


def in_a_segment(condition: str) -> str:
    return f"segmentation: a\nassign: every_match\nsegments:\n  - id: b\n    when: {condition}\n"


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda operator: operator.name)
def test_the_example_of_every_operator_is_valid(operator: Any) -> None:
    assert reported(in_a_segment(f"{{trait: x, {operator.name}: {operator.example}}}"), "rules") == []
    rows = reported(
        in_a_segment(f"{{did: s, where: {{column: x, {operator.name}: {operator.example}}}}}"), "rules"
    )
    assert rows == ([] if operator.in_rows else [("5:39", "schema")])


@pytest.mark.parametrize("kind", TRAIT_KINDS.values(), ids=lambda kind: kind.name)
def test_the_example_of_every_kind_is_valid(kind: Any) -> None:
    keys = "".join(f"\n    {key}: {json.dumps(value)}" for key, value in example_keys(kind).items())
    assert reported(f"traits:\n  - id: x\n    {kind.example}{keys}\n", "rules") == []


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "message", "hint"),
    [
        (
            "{trait: x, at_least: 0,5}",
            "`5` is no key of a condition",
            "inside `{…}` a comma ends a value: write decimals with a point",
        ),
        ("{trait: x, gte: 5}", "`gte` is no key of a condition", "did you mean `at_least`?"),
        ("{trait: x, in: DE}", "expected a list of values, found the text `DE`", "write a list: [DE]"),
        (
            "{trait: x, known: yes}",
            "expected true or false, found the text `yes`",
            "write true, without quotes",
        ),
        (
            "{did: s, within_last: 90}",
            "expected a length of time, like `90 days`, found the number 90",
            "write a number and a unit, like `90 days`",
        ),
        (
            "{trait: x, is: null}",
            "there is nothing here: expected a value, or another trait",
            "to test for a missing value write `known: false`",
        ),
        (
            "{trait: x, per: y, bottom: 5%, at_laest: 5}",
            "`at_laest` is no key of a condition",
            "did you mean `at_least`?",
        ),
    ],
)
def test_a_message_says_what_was_found_and_how_to_mend_it(condition: str, message: str, hint: str) -> None:
    assert messages(in_a_segment(condition), "rules") == [(message, hint)]


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        ("    all: [{trait: x, is: 1}]\n", "write it deeper, below a line `when:`"),
        ("    when:\n    trait: x\n", "write it deeper, below `when:`"),
    ],
)
def test_a_condition_beside_when_is_led_below_it(lines: str, hint: str) -> None:
    text = f"segmentation: a\nassign: every_match\nsegments:\n  - id: b\n{lines}"
    assert hint in [found for _, found in messages(text, "rules")]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("5%", "write the share as a number: 0.05"),
        ("0,05", "decimals have a point: 0.05"),
        ("'3'", "write it without quotes"),
    ],
)
def test_a_number_written_as_text_is_written_anew(written: str, hint: str) -> None:
    budget = f"    expected:\n      share:\n        at_least: {written}\n"
    text = in_a_segment("{trait: x, known: true}") + budget
    assert [found for _, found in messages(text, "rules")] == [hint]


def test_a_plain_number_is_taken_as_text_only_where_it_is_no_usual_number() -> None:
    text = (
        "segmentation: a\nassign: every_match\nname: {}\nsegments: [{{id: b, when: {{trait: x, is: 1}}}}]\n"
    )
    findings, wrong = validate(document_of(text.format("0o17")), "rules")
    assert [(item.code, item.severity) for item in findings] == [("ambiguous-scalar", "warning")]
    assert wrong == frozenset()
    assert reported(text.format("1e3"), "rules") == [("3:7", "ambiguous-scalar")]
    assert reported(text.format("17"), "rules") == [("3:7", "schema")]
    assert reported(text.format("'017'"), "rules") == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("OrdersLastYear", "orders_last_year"), ("Größe", "groesse"), ("café_visits", "cafe_visits")],
)
def test_ids_in_another_style_are_a_warning_and_the_rule_stays(written: str, meant: str) -> None:
    text = f"traits:\n  - {{id: {written}, count: orders}}\n"
    findings, wrong = validate(document_of(text), "rules")
    assert [(item.code, item.severity, item.hint) for item in findings] == [
        ("naming", "warning", f"write `{meant}`")
    ]
    assert wrong == frozenset()


def test_a_customers_table_is_not_missed_where_its_key_is_misspelt() -> None:
    text = "version: 1\nsources:\n  customers: {path: a.csv, kye: id}\n"
    assert reported(text, "workspace") == [("3:28", "unknown-key")]


# --- what is wrong --------------------------------------------------------------------------------


def test_the_wrong_paths_lead_to_the_values_that_the_model_has_to_leave_out() -> None:
    text = (
        "traits:\n"
        "  - {id: good, count: orders}\n"
        "  - {id: bad, count: orders, wehre: 1}\n"
        "  - {id: none}\n"
        "  - {id: short, bucket: {of: good}}\n"
    )
    _, wrong = validate(document_of(text), "rules")
    assert wrong == {("traits", 1, "wehre"), ("traits", 2), ("traits", 3, "bucket", "into")}


# --- the published schemas ------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_a_schema_is_one_of_the_draft_and_serializes(name: SchemaName) -> None:
    schema = json.loads(json.dumps(json_schema(name)))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:segmentry:schema:{name}:1"


def mappings(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of a schema that lists the keys of a mapping."""
    if isinstance(schema, dict):
        part = cast(dict[str, Any], schema)
        if "properties" in part and part.get("additionalProperties") is False:
            yield part
        for value in part.values():
            yield from mappings(value)
    elif isinstance(schema, list):
        for value in cast(list[Any], schema):
            yield from mappings(value)


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_key_tells_what_it_means(name: SchemaName) -> None:
    schema = json_schema(name)
    silent = [
        (part["title"], key)
        for part in mappings(schema)
        for key, value in part["properties"].items()
        if "not" not in value and not value.get("description") and not _described(schema, value)
    ]
    assert silent == []


def _described(schema: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    target = part.get("$ref", "").removeprefix("#/$defs/")
    return bool(schema.get("$defs", {}).get(target, {}).get("description"))


def words(text: str) -> set[str]:
    return set(text.split())


def keys_of(schema: Mapping[str, Any], *path: str) -> set[str]:
    part: Any = schema
    for step in path:
        part = part[step]
    return {key for key, value in part["properties"].items() if value.get("not") != {}}


def test_the_keys_are_those_of_the_language() -> None:
    workspace, rules = json_schema("workspace"), json_schema("rules")
    assert keys_of(workspace) == words(
        "version name description timezone currency locale locales fiscal_year_starts week_starts as_of "
        "sources identity privacy llm rules output"
    )
    assert keys_of(workspace, "$defs", "source") == words(
        "path database table query delta separator encoding sheet key customer time columns where from "
        "group_by lookup lookup_key expected sorted_by description column_defaults header_row footer_rows "
        "quote comment fill_down record duplicates"
    )
    assert keys_of(workspace, "$defs", "column") == {
        *words(
            "type scale from formula values unit pii purpose description that "
            "on_bad_value on_unknown_value on_more_places format decimal thousands percent true_values "
            "false_values missing_values split json clean pad tie missing"
        ),
        *GROUP_KINDS,
        "days_since_previous",
    }
    windows = words("within_last between_ago since until during in_month")
    assert keys_of(rules, "$defs", "trait") == windows | set(TRAIT_KINDS) | words(
        "id that where default unit description pii purpose value owner "
        "n list by last_rows exactly tie missing"
    )
    assert keys_of(rules, "$defs", "condition") == windows | set(OPERATORS) | words(
        "all any none not segment rule trait missing ignore_case fold among per as "
        "did did_not where times then then_not within same last_rows exactly by"
    )
    assert keys_of(rules, "$defs", "row_condition") == {
        *(name for name, operator in OPERATORS.items() if operator.in_rows),
        *words("all any none not column missing ignore_case fold"),
    }
    assert keys_of(rules) == {"traits"} | words(
        "segmentation name description owner assign otherwise complete disjoint segments"
    )
    assert keys_of(rules, "$defs", "segment") == words(
        "id name description owner status expires extends when score expected expected_change purpose "
        "positioning tags"
    )


def test_the_schema_of_a_workspace_knows_its_names() -> None:
    ids = Ids(
        traits=("spend", "country"), segments=("loyal",), columns={"orders": ("amount",), "visits": ("page",)}
    )
    validator: Any = jsonschema.Draft202012Validator(json_schema("rules", ids))
    good = "traits:\n- {id: a, sum: orders.amount}\n- {id: b, count: visits}\n" + in_a_segment(
        "{all: [{trait: spend, at_least: 1}, {did: visits, where: {column: page, is: x}}]}"
    )
    assert validator.is_valid(document_of(good).data)
    for name, other in (
        ("orders.amount", "visits.amount"),
        ("count: visits", "count: pages"),
        ("spend", "spent"),
    ):
        assert not validator.is_valid(document_of(good.replace(name, other)).data)


def test_validating_loads_no_other_validator() -> None:
    code = (
        "import sys\n"
        "from segmentry.engine.document import read_document\n"
        "from segmentry.engine.files.schema import validate\n"
        "validate(read_document('a', b'x: 1')[0], 'rules')\n"
        "print(sorted({'jsonschema', 'polars'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
