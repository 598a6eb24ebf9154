"""The schema of where a source gets its rows from: files, databases, lakes, or another source."""

from __future__ import annotations

from segmentry.engine.files.schema.dress import dress_keys, shape_keys
from segmentry.engine.files.schema.parts import Schema, has, no, one_of, text, when

_ORIGIN = (
    "a source has one of `path`, `database` and `delta` (it is read) and `from` (it is made of another)",
    "write `path: FILE` for a table that is read, `from: SOURCE` for one that is derived",
)
_RELATION = (
    "a source of a database has one of `table` and `query`",
    "name the table, or the file with the SELECT",
)
_OF_DATABASES = ("`{key}` is of a database, and the source names none", "add `database: ${NAME}`")
_NO_FILES = ("`{key}` is about a file, and this source has none", "leave it out")
_OF_FILES = ("`{key}` is about a file, and this source is made of another", "leave it out")


def of_database() -> dict[str, Schema]:
    """The keys of what is neither a file nor another source."""
    return {
        "database": text(
            "The address of a database, in an environment variable: an address is no part of any file.",
            "a variable, like `${SHOP_DB}`",
            pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$",
        ),
        "table": text("The table of the database that is read.", "a table, like shop.orders"),
        "query": text(
            "A file with the SELECT whose rows are read, in the SQL of the database.",
            "a file, like queries/orders.sql",
            pattern=r"^[^\x00-\x1f]+$",
        ),
        "delta": text(
            "A Delta table, in a folder or an object store.",
            "a table, like s3://lake/returns",
            pattern=r"^[^\x00-\x1f]+$",
        ),
    }


def origins() -> list[Schema]:
    """What goes with each way in which a source gets its rows."""
    return [
        one_of(("path", "database", "delta", "from"), *_ORIGIN),
        when(has("from"), _derived(), when(has("path", "database", "delta"), _role())),
        when(
            has("database"),
            one_of(("table", "query"), *_RELATION),
            no(("table", "query"), *_OF_DATABASES),
        ),
        when(
            has("database", "delta"),
            no(("separator", "encoding", "sheet", "sorted_by", *shape_keys()), *_NO_FILES),
        ),
    ]


def _derived() -> Schema:
    """A source that is made of another, whose values have been read."""
    keys = no(("separator", "encoding", "sheet", "column_defaults", *shape_keys()), *_OF_FILES)
    keys["properties"]["columns"] = {"additionalProperties": no(dress_keys(), *_OF_FILES)}
    return keys


def _role() -> Schema:
    """What links a table that is read to the customers."""
    return {
        **has("key", "customer", "record", "lookup_key"),
        "errorMessage": "the source says neither `key` nor `customer` nor `lookup_key`",
        "x-fix": "add `customer:` with the column that holds the customer, `key:` in the customers table, or "
        "`lookup_key:` in a table for lookups",
    }
