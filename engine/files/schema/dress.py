"""The schema of how values and tables are written in files: keys of columns and of sources."""

from __future__ import annotations

from segmentry.engine.files.schema.parts import (
    Schema,
    choice,
    flag,
    has,
    mapping,
    no,
    one_or_more,
    ref,
    text,
    when,
    whole,
)
from segmentry.engine.language.cleaning import CLEANING
from segmentry.engine.language.date_formats import COUNTED, NAMED

_WORDS = ", ".join(f"`{word}`" for word in (*NAMED, *COUNTED))

THOUSANDS = (".", ",", " ", "\u00a0", "\u202f", "'", "\u2019")
"""What may stand between thousands; every space means all of them, and so do the apostrophes."""


def _word_list(description: str) -> Schema:
    word = {"title": "a word", "type": ["string", "number", "boolean", "null"]}
    return {
        "title": "a list of words",
        "type": "array",
        "items": word,
        "minItems": 1,
        "description": description,
    }


def dress_keys() -> dict[str, Schema]:
    """The keys of a column about how its values are written."""
    return {
        "format": one_or_more(
            {"title": "a word or a pattern", "type": "string", "minLength": 1},
            "`day_first`, a pattern like `%d.%m.%Y`, or a list of them",
            f"How dates and times are written beside ISO 8601: {_WORDS}, a pattern of strptime, or a list of "
            "those, tried in order.",
        ),
        "decimal": choice("What stands before the decimal places; `.` by default.", ".", ","),
        "thousands": choice("What stands between thousands, in groups of three digits.", *THOUSANDS),
        "percent": flag("The values have a percent sign: `12.5 %` is 0.125."),
        "true_values": _word_list("The words that mean true, beside `true`, in any case."),
        "false_values": _word_list("The words that mean false, beside `false`, in any case."),
        "missing_values": _word_list("The words that stand where there is no value, beside an empty field."),
        "split": text(
            "What stands between the elements of a list in a text.", "a mark, like `;`", minLength=1
        ),
        "json": flag("A text holds a list as JSON."),
        "clean": one_or_more(
            choice("What is done to the texts.", *CLEANING),
            "a list of what is done to the texts, like `[strip, lower]`",
            "Makes texts alike before anything is compared, in the order of the list: "
            + "; ".join(f"`{word}` leaves {doc}" for word, doc in CLEANING.items())
            + ".",
        ),
        "pad": whole("Puts zeros in front of shorter texts, up to this many characters.", 1, 100),
    }


def column_defaults() -> Schema:
    """What holds for every column of a source that says nothing else, where it fits its type."""
    return mapping(
        'how values are written, like `{decimal: ",", missing_values: [NA]}`',
        dress_keys(),
        description="How the values of all columns are written, where a column says nothing else.",
        minProperties=1,
    )


def shape_keys() -> dict[str, Schema]:
    """The keys of a source about what surrounds the table in its files."""
    return {
        "header_row": whole("The line of a CSV file, or row of a sheet, that names the columns.", 1),
        "footer_rows": whole("How many rows at the end of a CSV file or sheet are none of the table.", 0),
        "quote": text(
            'What surrounds a field of a CSV file that holds a separator; `"` by default.',
            "a character, like `'`",
            pattern=r"^[^\r\n]$",
        ),
        "comment": text("How lines of a CSV file begin that are no rows.", "a mark, like `#`", minLength=1),
        "fill_down": mapping(
            "what is filled, like `{columns: [Email], within: Name}`",
            {
                "columns": one_or_more(
                    ref("column_name"), "a column of the file, or a list of them", "What is filled."
                ),
                "within": ref("column_name", "The column of the file whose value the rows have in common."),
            },
            required=("columns", "within"),
            description="Empty fields take the value above, in rows that have a value in common.",
        ),
    }


def goes_with_type() -> list[Schema]:
    """Each key has a place in columns of the types that it is about."""
    return [
        _only(("format",), "date", "datetime"),
        _only(("decimal", "thousands"), "decimal", "number", "integer"),
        _only(("percent",), "decimal", "number"),
        _only(("true_values", "false_values"), "boolean"),
        _only(("split", "json"), "list"),
        when(has("type"), _only(("clean",), "string", "list")),
        when(has("type"), _only(("pad",), "string")),
        when(has("split"), no(("json",), "`{key}` does not go with `split`", "leave one of the two out")),
    ]


def _only(keys: tuple[str, ...], *types: str) -> Schema:
    words = " or ".join(f"`type: {kind}`" for kind in types)
    of_type: Schema = {"properties": {"type": {"enum": list(types)}}, "required": ["type"]}
    return when(of_type, {}, no(keys, f"`{{key}}` is of {words} only", "declare the type, or leave it out"))
