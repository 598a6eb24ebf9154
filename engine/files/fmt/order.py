"""The canonical order of keys: that of the published schemas, with what people read first in front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from segmentry.engine.document import is_mapping
from segmentry.engine.files.fmt.tree import Collection, Entry
from segmentry.engine.files.schema import SchemaName, json_schema
from segmentry.engine.files.schema.conditions import WINDOWS
from segmentry.engine.files.schema.row_options import LAST_ROWS

_FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "trait": ("id", "description", "unit", "value"),
    "source": (
        *("description", "path", "database", "table", "query", "delta", "from"),
        *("separator", "encoding", "sheet", "sorted_by"),
        *("key", "duplicates", "record", "lookup_key", "customer", "group_by", "time", "lookup", "where"),
        "columns",
    ),
    "condition": (
        *("trait", "all", "any", "none", "not", "segment", "rule"),
        *("did", "did_not", "where", "times", *WINDOWS, *LAST_ROWS),
        *("then", "then_not", "within", "same"),
    ),
    "later_row": ("did", "where", "then", "then_not", "within", "same"),
}
"""By the schema's definition: keys that go before the others. The others follow as the schema has them."""

Part = Mapping[str, Any]


def in_order(node: Collection, name: SchemaName) -> None:
    """Bring the keys of all mappings into their order; names that an author gave stay as they are."""
    whole = _schema(name)
    _sort(node, whole, whole)


@cache
def _schema(name: SchemaName) -> Part:
    return json_schema(name)


def _sort(node: Collection, part: Part, whole: Part) -> None:
    if node.is_mapping:
        ranks = {key: rank for rank, key in enumerate(_keys(part, whole))}
        node.entries.sort(key=lambda entry: ranks.get(_name(entry), len(ranks)))
    for entry in node.entries:
        if isinstance(entry.node, Collection):
            _sort(entry.node, _part_of(entry, part, whole), whole)


def _name(entry: Entry) -> str:
    return "" if entry.key is None else entry.key.value


def _forms(part: Part, whole: Part) -> Iterator[Part]:
    """A part of the schema, after the definition that it refers to."""
    if "$ref" in part:
        yield from _forms(whole["$defs"][_definition(part)], whole)
    yield part


def _definition(part: Part) -> str:
    return str(part["$ref"]).rpartition("/")[2]


def _keys(part: Part, whole: Part) -> Iterator[str]:
    if "$ref" in part:
        yield from _FIRST.get(_definition(part), ())
    reported = [key for form in _forms(part, whole) for key in form.get("properties", ())]
    first = set(_FIRST.get(_definition(part), ())) if "$ref" in part else set[str]()
    yield from (key for key in dict.fromkeys(reported) if key not in first)


def _part_of(entry: Entry, part: Part, whole: Part) -> Part:
    """The schema of a value inside a part; empty where the schema says nothing of it."""
    for form in _forms(part, whole):
        inner = form.get("items") if entry.key is None else form.get("properties", {}).get(_name(entry))
        if inner is None and entry.key is not None:
            inner = form.get("additionalProperties")
        if is_mapping(inner) and "not" not in inner:
            return inner
    return {}
