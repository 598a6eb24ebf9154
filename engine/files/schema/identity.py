"""The schema of `identity:`: one person from several records."""

from __future__ import annotations

from segmentry.engine.files.identity import PAIR, PEOPLE, PERSON_ID
from segmentry.engine.files.schema.parts import (
    Schema,
    by_name,
    choice,
    has,
    list_of,
    mapping,
    no,
    number,
    one_or_more,
    ref,
    text,
    when,
    whole,
)
from segmentry.engine.language.cleaning import CLEANING

_PAIR = ", ".join(f"`{name}`" for name in PAIR)


def identity() -> Schema:
    """The key of the workspace."""
    return mapping(
        "who is one person, like `{customers: [crm, shop], join_on: [{key: email}]}`",
        {**_records(), **_people(), **_pairs()},
        required=("customers",),
        description=f"Makes one person of several records; the customers are the table `{PEOPLE}`.",
        allOf=[
            {
                **has("join_on", "matches"),
                "errorMessage": "nothing joins the records: there is neither `join_on` nor `matches`",
                "x-fix": "add `join_on: [{key: email, clean: [strip, lower]}]`",
            },
            when(
                has("matches"),
                {
                    **has("at_least"),
                    "errorMessage": "`matches` lacks `at_least`, the score from which on a pair counts",
                    "x-fix": "add `at_least: 0.95`",
                },
                no(("at_least",), "`{key}` is about `matches`, and there are none", "leave it out"),
            ),
        ],
    )


def _records() -> dict[str, Schema]:
    """Which records there are, and what joins them or keeps them apart."""
    return {
        "customers": list_of(
            ref("source_name"),
            "a list of sources",
            "The sources whose rows are records of people, each with `record`; earlier ones win.",
        ),
        "join_on": list_of(
            ref("join_key"),
            "a list of keys, like `[{key: email, clean: [strip, lower]}]`",
            "The columns whose equal values join records, the strongest first.",
        ),
        "apart": one_or_more(
            ref("column_name"),
            "a column, or a list of columns",
            "Two different known values in such a column are never one person.",
        ),
    }


def _people() -> dict[str, Schema]:
    """How people are called, and what is known of them."""
    return {
        "id": text(
            f"The column with the person, in `{PEOPLE}` and every linked table; {PERSON_ID} by default.",
            "a column",
            minLength=1,
        ),
        "columns": by_name(
            "columns by name",
            mapping(
                "how its value is chosen, like `{newest: updated_at}`",
                {"newest": ref("column_name", "The column with the time by which the newest counts.")},
                required=("newest",),
            ),
            "Columns whose value is not the first known one in the order of `customers`.",
            minProperties=1,
        ),
    }


def _pairs() -> dict[str, Schema]:
    """What somebody else has matched."""
    return {
        "matches": text(
            f"A file of pairs that somebody else has matched, with the columns {_PAIR}: two records as "
            "`SOURCE:KEY`, and how sure it is. They are the weakest key.",
            "a file, like `matches.parquet`",
            minLength=1,
        ),
        "at_least": number(f"The `{PAIR[2]}` from which on a pair of `matches` counts."),
    }


def identity_definitions() -> dict[str, Schema]:
    """The shared definition of one key."""
    return {
        "join_key": mapping(
            "a key, like `{key: email, clean: [strip, lower], at_most: 3}`",
            {
                "key": ref("column_name", "The column of that name, in each source that has it."),
                "clean": one_or_more(
                    choice("What is done to the values.", *CLEANING),
                    "a list of what is done to the values, like `[strip, lower]`",
                    "Makes values alike before they are compared, in the order of the list, as `clean` of a "
                    "column does.",
                ),
                "at_most": whole("A value that more records have joins nobody, and is reported.", 2),
                "ignore": list_of(
                    {"title": "a value", "type": ["string", "number"]},
                    "a list of values",
                    "Values that join nobody, like info@example.com.",
                ),
            },
            required=("key",),
        )
    }
