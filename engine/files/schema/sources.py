"""The schema of sources and their columns."""

from __future__ import annotations

from segmentry.engine.files.schema.conditions import duration
from segmentry.engine.files.schema.dress import column_defaults, dress_keys, goes_with_type, shape_keys
from segmentry.engine.files.schema.names import SOURCE_NAME
from segmentry.engine.files.schema.origins import of_database, origins
from segmentry.engine.files.schema.parts import (
    Schema,
    by_name,
    choice,
    has,
    list_of,
    mapping,
    no,
    one_of,
    one_or_more,
    ref,
    text,
    texts,
    when,
    whole,
)
from segmentry.engine.files.schema.row_options import options_go_with, row_options
from segmentry.engine.files.schema.that import that_condition, that_goes_with
from segmentry.engine.language.kinds import COMPUTED_COLUMNS, DAYS_SINCE_PREVIOUS, GROUP_KINDS
from segmentry.engine.language.kinds.entry import RowKind, RowOption
from segmentry.engine.language.left_out import LEFT_OUT
from segmentry.engine.language.types import DECLARED_KINDS


def sources() -> Schema:
    """The tables of a workspace by name."""
    return by_name(
        "sources by name",
        ref("source"),
        "The tables: the customers table (the one with `key`) and the tables linked to it.",
        propertyNames={"pattern": SOURCE_NAME, "x-fix": "write the name without blanks and points"},
        minProperties=1,
    )


_FILE: Schema = {
    "pattern": r"^[^\x00-\x1f]+$",
    "x-fix": "name a file or several: `data/orders.csv`, `data/orders/*.parquet`",
}


def source_definitions() -> dict[str, Schema]:
    """The shared definitions of sources and columns."""
    return {"source": _source(), "column": _column(), "lookup": _lookup()}


def _paths() -> Schema:
    one: Schema = {"type": "string", "title": "a file", **_FILE}
    return {**one_or_more(one, "a file, or a list of files", _PATH), **_FILE}


def _source() -> Schema:
    return mapping(
        "a source",
        {
            "path": _paths(),
            **of_database(),
            "separator": text(
                "What stands between the fields of a CSV file.",
                "a character, like `;`, or `tab`",
                pattern=r"^(.|tab|\\t)$",
            ),
            "encoding": text("The encoding of a CSV file; utf-8 by default.", "an encoding, like cp1252"),
            "sheet": {
                "title": "a sheet's name or number",
                "type": ["string", "integer"],
                "description": "The sheet of an Excel file.",
            },
            **shape_keys(),
            "column_defaults": column_defaults(),
            **_owner_keys(),
            "time": _time(),
            "columns": by_name("columns by name", ref("column"), _COLUMNS, minProperties=1),
            "where": ref("row_condition", "Only the rows that match are kept."),
            "from": ref("source_name", "Another source, whose rows are filtered or grouped here."),
            "group_by": one_or_more(ref("column_name"), "a column, or a list of columns", _GROUP_BY),
            "lookup": list_of(ref("lookup"), "a list of lookups", "Columns brought from other tables."),
            "lookup_key": one_or_more(ref("column_name"), "a column, or a list of columns", _LOOKUP_KEY),
            "duplicates": _duplicates(),
            "expected": _expected(),
            "sorted_by": one_or_more(ref("column_name"), "a column, or a list of columns", _SORTED),
            "description": text("What a row of this table is."),
        },
        allOf=[*origins(), *_roles()],
    )


def _roles() -> list[Schema]:
    """Which keys go together, by what a source is for."""
    of_customers = no(("customer", "record", "group_by"), *_OF_CUSTOMERS)
    return [
        when(has("key"), of_customers, no(("duplicates",), *_NOT_THERE)),
        when(has("from"), no(("duplicates",), *_ONE_ROW_EACH)),
        when(has("record"), no(("customer", "time", "group_by", "lookup_key"), *_OF_RECORDS)),
        when(has("lookup_key"), no(("customer", "time"), *_OF_LOOKUPS)),
        when(has("group_by"), _grouped(), when(_MADE_CUSTOMERS, _plain_time(), _ungrouped())),
    ]


_PATH = (
    "The file, a pattern like `data/orders/*.parquet` or `s3://lake/*.parquet`, or a list of files. "
    "`${NAME}` is an environment variable."
)
_COLUMNS = "What is known of the columns, and computed columns. Need not be complete."
_GROUP_BY = "The rows with the same values here become one row."
_LOOKUP_KEY = "The column by which other sources look rows up here; several are equal together."
_SORTED = "How the rows are sorted in the file."
_OF_CUSTOMERS = (
    "`{key}` has no place in the customers table, the source with `key`",
    "leave it out; if this is no customers table, leave `key` out",
)
_OF_RECORDS = (
    "`{key}` has no place in a source of people's records, one with `record`",
    "leave one of the two out",
)
_NOT_THERE = (
    "`{key}` is about the customers table, the source with `key`",
    "leave it out, or group the rows: `group_by:` with columns like `{last: status}`",
)
_ONE_ROW_EACH = (
    "`{key}` is about a file, and a customers table made of another source has one row for each key",
    "leave it out; which value counts is said of each column, like `columns: {country: {last: country}}`",
)
_OF_LOOKUPS = (
    "`{key}` has no place in a table for lookups, the source with `lookup_key`",
    "leave one of the two out",
)


def _owner_keys() -> dict[str, Schema]:
    """The keys that say whose a row is."""
    return {
        "key": text("The column that identifies a customer. It makes this the customers table.", "a column"),
        "customer": {
            "title": "a column, or `{SOURCE OF PEOPLE: COLUMN}`",
            "type": ["string", "object"],
            "additionalProperties": {"title": "a column", "type": "string"},
            "minProperties": 1,
            "maxProperties": 1,
            "description": "The column that holds the customers key; with `identity:` the source of people "
            "and the column here that holds its `record`, like `{shop: customer_id}`.",
        },
        "record": text(
            "The column that tells the records of people apart, in a source that `identity:` names in "
            "`customers`, in place of `key`.",
            "a column",
        ),
    }


_MADE_CUSTOMERS: Schema = {"required": ["key", "from"]}
"""A customers table made of another source: its columns may be made of a customer's rows there."""


def _time() -> Schema:
    return {
        **mapping(
            "a column; of groups `{min: COLUMN}` or `{max: COLUMN}`",
            {
                "min": ref("column_name", "A group has the time of its earliest row."),
                "max": ref("column_name", "A group has the time of its latest row."),
            },
            minProperties=1,
            maxProperties=1,
            description="The column that holds the time of a row.",
        ),
        "type": ["string", "object"],
    }


def _grouped() -> Schema:
    """A grouped source: made of another, with a time and columns that say how a group gets its value."""
    column = {
        **has(*COMPUTED_COLUMNS, "formula"),
        "errorMessage": "the column does not say what a group's value is",
        "x-fix": "write how it is computed, like `{sum: amount}` or `{last: status}`",
    }
    time = {
        "title": "`{min: COLUMN}` or `{max: COLUMN}`",
        "type": "object",
        "x-hints": {"string": "say which of a group's rows has its time, like `{min: COLUMN}`"},
    }
    return {
        "required": ["from"],
        "x-fix": "say by `from: SOURCE` which rows are grouped",
        "properties": {
            "time": time,
            "columns": {"additionalProperties": {"if": {"type": "object"}, "then": column}},
        },
    }


def _ungrouped() -> Schema:
    single = no(
        GROUP_KINDS, "`{key}` computes a group's value, and the source has no `group_by`", "add `group_by:`"
    )
    plain = _plain_time()
    plain["properties"]["columns"] = {"additionalProperties": single}
    return plain


def _plain_time() -> Schema:
    return {
        "properties": {
            "time": {
                "title": "a column",
                "type": "string",
                "x-hints": {"object": "write the column alone; `{min: …}` is for sources with `group_by`"},
            },
        }
    }


def _duplicates() -> Schema:
    """Which row counts of a customer who has several."""
    return mapping(
        "a choice, like `{keep: latest, by: updated_at}`",
        {
            "keep": choice(
                "The row that counts: the `latest` by a column, or the `first` or `last` of the file.",
                "latest", "first", "last",
            ),
            "by": ref("column_name", "The column that says which row is the latest."),
        },
        description="Which row counts of a customer who has several; without it that is a data error.",
        required=["keep"],
        allOf=[
            when(
                {"properties": {"keep": {"enum": ["latest"]}}, "required": ["keep"]},
                {"required": ["by"], "x-fix": "say by which column, like `by: updated_at`"},
                no(("by",), "`{key}` belongs to `keep: latest`", "leave it out, or write `keep: latest`"),
            )
        ],
    )  # fmt: skip


# --- columns --------------------------------------------------------------------------------------


def _column() -> Schema:
    return mapping(
        "a column",
        {
            "type": {**choice("The type of its values.", *DECLARED_KINDS), "title": "a type"},
            "scale": whole("How many places after the point an exact decimal has.", 0, 37),
            "from": text(
                "The name of the column in the file, where it is another one, or a path into it, like "
                "`properties.plan` or `items[].sku`.",
                "a column",
            ),
            **dress_keys(),
            "formula": text("Computes the column from others of the same row.", "a formula"),
            "values": list_of(ref("literal"), "a list of values", "The only values that may occur."),
            "unit": text("The unit, like EUR or days.", "a unit"),
            "pii": choice("How close it is to a person.", "direct", "quasi", "sensitive"),
            "purpose": text("Why sensitive data is used."),
            "description": text("What the column says, in a sentence."),
            "on_bad_value": _policy("of another type", "error", "null", None),
            "on_unknown_value": _policy("not in `values`", "error", "keep", "null", None),
            "on_more_places": choice(_MORE_PLACES, "error", "round"),
            **{name: _aggregate(kind) for name, kind in GROUP_KINDS.items()},
            DAYS_SINCE_PREVIOUS.name: _true(DAYS_SINCE_PREVIOUS.doc),
            "that": that_condition(GROUP_KINDS.values()),
            **row_options(*_OF_GROUPS),
        },
        allOf=[
            when(has(*COMPUTED_COLUMNS), _computed()),
            when(
                has("formula"),
                no(("from", *dress_keys()), "`{key}` does not go with `formula`", "leave one of the two out"),
            ),
            when(
                _DECIMAL,
                {},
                no(("scale", "on_more_places"), "`{key}` is of `type: decimal` only", "leave it out"),
            ),
            *goes_with_type(),
            that_goes_with(GROUP_KINDS.values(), "leave it out"),
            options_go_with(GROUP_KINDS.values(), _OF_GROUPS),
        ],
    )


_OF_GROUPS: tuple[RowOption, ...] = ("tie", "missing")
"""The keys beside the row aggregates of a grouped source."""


def _computed() -> Schema:
    """A column that is computed from rows: in one way, and without what is about a file."""
    policies = ("on_bad_value", "on_unknown_value", "on_more_places")
    contract = ("type", "scale", "from", "values", *policies, *dress_keys())
    return {
        **no(contract, "`{key}` is about a column of a file, and this one is computed", "leave it out"),
        **one_of((*COMPUTED_COLUMNS, "formula"), "a column is computed in one way", "say how"),
    }


_MORE_PLACES = (
    "What happens to values with more places than `scale`: `error`, or `round` half to even and count them. "
    "Without this key it is an error above one row in a thousand; fewer are rounded, with a warning."
)

_DECIMAL: Schema = {"properties": {"type": {"enum": ["decimal"]}}, "required": ["type"]}


def _policy(what: str, *choices: str | None) -> Schema:
    words = ", ".join(f"`{word}`" for word in choices if word is not None)
    return {
        "title": f"one of {words}",
        "type": ["string", "null"],
        "enum": list(choices),
        "description": f"What happens to a value that is {what}: `error` (as without this key), `null` takes "
        "it as missing and counts it" + (", `keep` takes it as it is." if "keep" in choices else "."),
    }


def _aggregate(kind: RowKind) -> Schema:
    reported = f"{kind.doc} Of the rows of a group."
    match kind.operand:
        case "source":
            return _true(reported)
        case "source or source.column":
            return {
                "title": "true, or a column",
                "type": ["boolean", "string"],
                "not": {"enum": [False]},
                "description": reported,
            }
        case _:
            return text(reported, "a column")


def _true(description: str) -> Schema:
    return {
        "title": "true",
        "type": "boolean",
        "enum": [True],
        "description": description,
        "x-hints": {"string": "write `true`: it takes no column or source"},
    }


def _lookup() -> Schema:
    return mapping(
        "a lookup, like `{from: products, on: product_id, columns: [category]}`",
        {
            "from": ref("source_name", "The table that is looked up."),
            "on": {
                "title": "a column, a list of columns, or `{COLUMN HERE: COLUMN THERE}`",
                "type": ["string", "array", "object"],
                "items": ref("column_name"),
                "minItems": 1,
                "additionalProperties": {"title": "a column", "type": "string"},
                "minProperties": 1,
                "description": "The column that is equal in both, or the columns that are equal together; "
                "`{here: there}` where the names differ.",
            },
            "columns": texts("The columns that are brought here.", "a list of columns"),
        },
        required=("from", "on", "columns"),
    )


def _share(words: str) -> Schema:
    return mapping(
        "a share, like `{share: {at_most: 0.3}}`",
        {"share": ref("bounds", "Their share of the rows, from 0 to 1.")},
        description=f"{words} Within the bounds nothing is said of them, beyond is a data error.",
        required=["share"],
    )


def _expected() -> Schema:
    return mapping(
        "an expectation, like `{rows: {at_least: 1000}, max_age: 2 days}`",
        {
            "rows": ref("bounds", "How many rows there are."),
            "max_age": duration("How old the newest row may be.", "2 days"),
            **{reason: _share(words) for reason, words in LEFT_OUT.items()},
        },
        description="What the table must look like; a truncated or late feed is a data error.",
        minProperties=1,
    )
