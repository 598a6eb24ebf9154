"""The compiled checker against a validator of the draft, on valid documents and on damaged ones."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validators

from segmentry.engine.document import read_document
from segmentry.engine.files.schema import SchemaName, json_schema, validate
from segmentry.engine.files.schema.checker import compile_schema
from segmentry.engine.files.schema.registry import SCHEMA_NAMES
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.operators import OPERATORS

VALID = sorted((Path(__file__).parent / "cases" / "valid").glob("schema_*.yaml"))


def _is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: Any) -> bool:
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


def _seed(path: Path) -> tuple[SchemaName, Any]:
    """The schema that the first line of a case names, and its data."""
    raw = path.read_bytes()
    document, _ = read_document(path.name, raw)
    assert document is not None
    return cast(SchemaName, raw.decode().splitlines()[0].removeprefix("# ")), document.data


Reference = cast(Any, validators).extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)
CHECKS = {name: compile_schema(json_schema(name)) for name in SCHEMA_NAMES}
REFERENCES: dict[SchemaName, Any] = {
    name: Reference(json_schema(name), format_checker=jsonschema.FormatChecker(["date"]))
    for name in SCHEMA_NAMES
}
SEEDS = [_seed(path) for path in VALID]
WORDS = sorted(
    {
        *OPERATORS,
        *TRAIT_KINDS,
        "where",
        "then",
        "then_not",
        "within",
        "did",
        "did_not",
        "column",
        "trait",
        "that",
    }
    | {"score", "key", "customer", "from", "path", "group_by", "scale", "formula", "nonsense", "as", "times"}
)
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        2,
        2.0,
        0.5,
        math.inf,
        "",
        "x",
        "a.b",
        "in",
        "true",
        "2026-01-31",
        "2026-02-31",
        [],
        {},
        ["x"],
        [1, 2],
        {"trait": "x"},
        {"column": "x", "is": 1},
        {"trait": "x", "top": 5},
        {"sum": "x"},
    ]
)


def places_in(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(data, dict):
        for key, value in cast(dict[str, Any], data).items():
            found += places_in(value, (*path, key))
    elif isinstance(data, list):
        for n, value in enumerate(cast(list[Any], data)):
            found += places_in(value, (*path, n))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[SchemaName, Any]:
    """A valid document after a few changes: a value replaced, a key taken out, or a key put in."""
    name, seed = draw(st.sampled_from(SEEDS))
    data = copy.deepcopy(seed)
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(places_in(data)[1:] or [("nothing",)]))
        holder: Any = data
        for step in way:
            holder = holder[step]
        change = draw(st.sampled_from(("replace", "remove", "add", "add")))
        if change == "remove" and last != "nothing":
            del holder[last]
        elif change == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(WORDS))] = copy.deepcopy(draw(JUNK))
        elif last != "nothing":
            holder[last] = copy.deepcopy(draw(JUNK))
    return name, data


@given(mutated())
def test_the_checker_agrees_with_a_validator_of_the_draft(case: tuple[SchemaName, Any]) -> None:
    name, data = case
    faults = [fault for fault in CHECKS[name](data) if fault.keyword != "ambiguous"]
    if len(faults) == len(CHECKS[name](data)):
        assert (not faults) == REFERENCES[name].is_valid(data)


def test_a_keyword_that_the_checker_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="uniqueItems"):
        compile_schema({"type": "array", "uniqueItems": True})


@given(mutated())
def test_what_breaks_the_schema_is_reported_as_an_error_with_its_path(case: tuple[SchemaName, Any]) -> None:
    name, data = case
    raw = json.dumps(data).replace("Infinity", ".inf").encode()
    document, _ = read_document("file.yaml", raw)
    assert document is not None
    findings, wrong = validate(document, name)
    errors = [item for item in findings if item.severity == "error"]
    assert bool(errors) == bool(wrong)
    if not REFERENCES[name].is_valid(document.data):
        assert findings
