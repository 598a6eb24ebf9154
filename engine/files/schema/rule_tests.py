"""The schema of `*.test.yaml`: what the rules beside it are meant to do, in examples."""

from __future__ import annotations

from segmentry.engine.files.schema.names import Ids, name_definitions
from segmentry.engine.files.schema.parts import Schema, by_name, has, list_of, mapping, ref, text, texts


def tests_schema(ids: Ids | None) -> Schema:
    """A file of rule tests."""
    return {
        **mapping(
            "a file of rule tests",
            {
                "rules": text(
                    "The rule file that is tested, beside this one.", "a file, like buying-motive.yaml"
                ),
                "as_of": text("The moment at which the cases are evaluated.", "a date, like 2026-03-01"),
                "defaults": _given("What every case has unless it says otherwise."),
                "tests": list_of(ref("test"), "a list of tests", "The tests."),
            },
            required=("rules", "tests"),
        ),
        "$defs": {
            **name_definitions(ids),
            "test": _test(),
            "case": _case(),
            "cell": _cell(),
            "expect": _expect(),
        },
    }


def _cell() -> Schema:
    return {
        "title": "a value, or null",
        "type": ["string", "number", "boolean", "null", "array"],
        "items": _scalar(),
    }


def _scalar() -> Schema:
    return {"title": "a value", "type": ["string", "number", "boolean"]}


def _given(description: str) -> Schema:
    return by_name("traits with their values", ref("cell"), description)


def _rows(description: str) -> Schema:
    return {
        "title": "a list of rows, like `[{customer_id: A}]`",
        "type": "array",
        "items": {
            "title": "a row, like `{customer_id: A}`",
            "type": "object",
            "additionalProperties": ref("cell"),
        },
        "description": description,
    }


def _inputs() -> dict[str, Schema]:
    return {
        "as_of": text("The moment at which this is evaluated.", "a date, like 2026-03-01"),
        "given": _given("Traits with their values; they go before what is computed."),
        "segments": list_of(
            ref("segment_name"),
            "a list of segments",
            "Segments that the customer is a member of.",
            empty=True,
        ),
        "customers": _rows("Rows of the customers table."),
        "sources": by_name(
            "rows by source",
            _rows("Rows of the source."),
            "Rows of other sources, from which traits are computed.",
        ),
    }


def _expect() -> Schema:
    return {
        **mapping(
            "`in`, `out` or `{assigned: SEGMENT}`",
            {
                "assigned": {
                    "title": "a segment, or null for none",
                    "type": ["string", "null"],
                    "description": "The segment that the customer is assigned to.",
                },
                "also": texts("Segments whose rule holds, too.", "a list of segments", empty=True),
            },
            description="What comes out: `in` or `out` (final membership of the test's segment), the "
            "assigned segment, or `todo` for a case that still needs an answer.",
            minProperties=1,
        ),
        "type": ["string", "object"],
    }


def _verdict() -> Schema:
    """`in`, `out` or `todo`, or a mapping."""
    return {
        **ref("expect"),
        "if": {"type": "string"},
        "then": {"enum": ["in", "out", "todo"]},
    }


def _expected_traits() -> Schema:
    return by_name(
        "customers with their traits",
        by_name("traits with their values", ref("cell"), "Traits of one customer."),
        "The values that come out, by customer: `{A: {orders_12m: 1}}`.",
    )


def _case() -> Schema:
    return mapping(
        "a case, like `{given: {orders_12m: 2}, expect: in}`",
        {
            "name": text("What the case shows."),
            **_inputs(),
            "expect": _verdict(),
            "expect_traits": _expected_traits(),
            "because": text("The condition that decides, like `discount_share at_least 0.5`."),
        },
        allOf=[
            {
                **has("expect", "expect_traits"),
                "errorMessage": "the case does not say what is expected",
                "x-fix": "add `expect: in` or `expect: out`",
            }
        ],
    )


def _cases() -> Schema:
    return {
        "title": "a list of cases, or a file of them like loyalty.cases.csv",
        "type": ["array", "string"],
        "items": ref("case"),
        "minItems": 1,
        "pattern": r"\.csv$",
        "description": "Customers with what is expected of them, here or as lines of a CSV file, which is "
        "named by its path from this file.",
    }


def _test() -> Schema:
    return mapping(
        "a test",
        {
            "name": text("What the test shows, in a few words."),
            "segment": ref("segment_name", "The segment that `in` and `out` are about."),
            "segmentation": text("The segmentation that `assigned` is about.", "the id of a segmentation"),
            **_inputs(),
            "cases": _cases(),
            "expect": by_name(
                "customers with what is expected", _verdict(), "What comes out, by customer: `{A: in}`."
            ),
            "expect_traits": _expected_traits(),
            "todo": {
                "title": "true, or a reason",
                "type": ["string", "boolean"],
                "description": "The test is still to be written, and why.",
            },
        },
        required=("name",),
        allOf=[
            {
                **has("cases", "expect", "expect_traits", "todo"),
                "errorMessage": "the test expects nothing",
                "x-fix": "add `cases:`, `expect_traits:`, or `todo:` with a reason",
            }
        ],
    )
