"""Faults: what a schema finds wrong with data, and what both are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

from segmentry.engine.document import Path, YamlFloat, YamlInt


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """A value that breaks a keyword of a schema.

    ``path`` is the way to the value, ``key`` the key of it that is meant, ``schema`` the part with the
    keyword and ``title`` what is expected, in words. The keyword ``ambiguous`` is a number that is
    taken as a text.
    """

    path: Path
    keyword: str
    schema: Mapping[str, Any]
    value: Any
    key: str | None = None
    title: str | None = None


CLASSES: Final[Mapping[str, frozenset[type]]] = {
    "string": frozenset((str,)),
    "integer": frozenset((int, YamlInt)),
    "number": frozenset((int, YamlInt, float, YamlFloat)),
    "boolean": frozenset((bool,)),
    "object": frozenset((dict,)),
    "array": frozenset((list,)),
    "null": frozenset((NoneType,)),
}
"""The classes of a document's values by what JSON Schema calls their types."""


def json_type(value: Any) -> str:
    """What JSON Schema calls the type of a document's value."""
    return next(name for name, classes in CLASSES.items() if type(value) in classes)


def key_choices(schema: Mapping[str, Any]) -> list[str]:
    """The keys of which `anyOf` or `oneOf` ask a mapping to have one; none of another choice."""
    parts = schema.get("oneOf") or schema.get("anyOf") or ()
    return [part["required"][0] for part in parts if set(part) == {"required"} and len(part["required"]) == 1]


def usable_keys(schema: Mapping[str, Any]) -> list[str]:
    """The keys that a mapping may have, without those that are only known to be out of place."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [key for key, part in properties.items() if part.get("not") != {}]


def free_keys(fault: SchemaFault) -> list[str]:
    """The usable keys that the mapping does not have already."""
    return [key for key in usable_keys(fault.schema) if key not in fault.value]


def types_of(fault: SchemaFault) -> list[str]:
    """What JSON Schema calls the types that are expected."""
    types = fault.schema["type"]
    return [types] if isinstance(types, str) else list(types)


BOOLEAN_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("yes", "y", "on", "true", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "false", "0"), "false"),
}
"""What people write for true and false."""
