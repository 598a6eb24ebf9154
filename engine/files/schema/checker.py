"""A checker of the part of JSON Schema that our schemas use, compiled to functions.

It says the same as any validator of draft 2020-12 (the tests compare it with one), and differs in three ways:
it takes a tenth of the time, a mapping of the wrong type is one fault and not many, and the types are those
of files: 2.0 is no whole number, what is not finite is no number, and a plain `010` may be a text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from segmentry.engine.document import Path, YamlFloat, YamlInt, is_list, is_mapping
from segmentry.engine.files.schema.faults import CLASSES, SchemaFault, key_choices
from segmentry.engine.language.literals import is_ambiguous

Check = Callable[[Any, Path, list[SchemaFault]], None]
Test = Callable[[Any], bool]

_ANNOTATIONS: Final = frozenset(
    (
        "$schema",
        "$id",
        "$defs",
        "title",
        "description",
        "examples",
        "default",
        "errorMessage",
        "x-fix",
        "x-hints",
        "x-code",
    )
)


def compile_schema(schema: Mapping[str, Any]) -> Callable[[Any], list[SchemaFault]]:
    """A function from data to its faults, in the order of the file.

    Raises ValueError for a keyword that the checker does not know.
    """
    check = _Compiler(schema.get("$defs", {})).compile(schema)

    def faults(data: Any) -> list[SchemaFault]:
        found: list[SchemaFault] = []
        check(data, (), found)
        return found

    return faults


class _Compiler:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._compiled: dict[str, Check] = {}

    def compile(self, schema: Mapping[str, Any]) -> Check:
        unknown = schema.keys() - _MAKERS.keys() - _PARTS - _ANNOTATIONS
        if unknown:
            raise ValueError(f"keywords that the checker does not know: {sorted(unknown)}")
        checks = [make(schema, self) for keyword, make in _MAKERS.items() if keyword in schema]
        if "type" in schema:
            return _typed(schema, checks)
        return checks[0] if len(checks) == 1 else _every(checks)

    def reference(self, name: str) -> Check:
        """The check of a definition, compiled when it is first used: definitions may go in circles."""
        compiled = self._compiled

        def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
            target = compiled.get(name)
            if target is None:
                target = compiled[name] = self.compile(self._definitions[name])
            target(value, path, out)

        return check

    def test(self, schema: Mapping[str, Any]) -> Test:
        """Whether data fits a schema; for the usual test, keys that are present, without a detour."""
        if set(schema) == {"required"} and len(schema["required"]) == 1:
            key = schema["required"][0]
            return lambda value: not is_mapping(value) or key in value
        if set(schema) == {"anyOf"}:
            keys = frozenset(key_choices(schema))
            if len(keys) == len(schema["anyOf"]):
                return lambda value: not is_mapping(value) or not keys.isdisjoint(value)
            tests = [self.test(part) for part in schema["anyOf"]]
            return lambda value: any(test(value) for test in tests)
        check = self.compile(schema)

        def test(value: Any) -> bool:
            found: list[SchemaFault] = []
            check(value, (), found)
            return all(fault.keyword == "ambiguous" for fault in found)

        return test


Maker = Callable[[Mapping[str, Any], _Compiler], Check]


def _every(checks: Sequence[Check]) -> Check:
    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        for part in checks:
            part(value, path, out)

    return check


def _typed(schema: Mapping[str, Any], checks: Sequence[Check]) -> Check:
    """The type first; what has another one is one fault, and nothing else is said of it."""
    names = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    classes = frozenset[type]().union(*(CLASSES[name] for name in names))
    takes_text = "string" in names and "number" not in names
    title = schema.get("title")

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        fits = type(value) in classes and not (isinstance(value, float) and not math.isfinite(value))
        if not fits and takes_text and isinstance(value, (YamlInt, YamlFloat)) and is_ambiguous(value):
            out.append(SchemaFault(path, "ambiguous", schema, value))
            value = value.text
        elif not fits:
            out.append(SchemaFault(path, "type", schema, value, title=title))
            return
        start = len(out)
        for part in checks:
            part(value, path, out)
        if len(out) > start:
            _entitle(out, start, path, title)

    return check


def _entitle(out: list[SchemaFault], start: int, path: Path, title: str | None) -> None:
    """What is expected at a path, for the faults of parts that do not say it themselves."""
    out[start:] = [replace(f, title=title) if f.path == path and f.title is None else f for f in out[start:]]


# --- mappings -------------------------------------------------------------------------------------


def _properties(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    known = {key: compiler.compile(part) for key, part in schema.get("properties", {}).items()}
    additional = schema.get("additionalProperties", {})
    others = None if additional is False else compiler.compile(additional)

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if not is_mapping(value):
            return
        for key, item in value.items():
            part = known.get(key, others)
            if part is None:
                out.append(SchemaFault(path, "additionalProperties", schema, value, key))
            else:
                part(item, (*path, key), out)

    return check


def _additional(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    return _every(()) if "properties" in schema else _properties(schema, compiler)


def _property_names(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    names = schema["propertyNames"]
    test = frozenset(names["enum"]).__contains__ if "enum" in names else compiler.test(names)

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_mapping(value) and not all(map(test, value)):
            out.extend(
                SchemaFault(path, "propertyNames", names, value, key) for key in value if not test(key)
            )

    return check


def _required(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    keys: Sequence[str] = schema["required"]

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_mapping(value):
            out.extend(SchemaFault(path, "required", schema, value, key) for key in keys if key not in value)

    return check


def _property_count(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_mapping(value) and not least <= len(value) <= most:
            out.append(SchemaFault(path, "minProperties", schema, value))

    return check


# --- lists, texts and numbers ---------------------------------------------------------------------


def _items(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    part = compiler.compile(schema["items"])

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_list(value):
            for n, item in enumerate(value):
                part(item, (*path, n), out)

    return check


def _item_count(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_list(value) and not least <= len(value) <= most:
            out.append(SchemaFault(path, "minItems", schema, value))

    return check


def _enum(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    allowed: Sequence[Any] = schema["enum"]

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if not any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in allowed):
            out.append(SchemaFault(path, "enum", schema, value))

    return check


def _pattern(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    search = re.compile(schema["pattern"]).search

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if isinstance(value, str) and search(value) is None:
            out.append(SchemaFault(path, "pattern", schema, value))

    return check


def _least_length(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    least: int = schema["minLength"]

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if isinstance(value, str) and len(value) < least:
            out.append(SchemaFault(path, "minLength", schema, value))

    return check


def _format(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    if schema["format"] != "date":
        raise ValueError(f"a format that the checker does not know: {schema['format']}")

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if isinstance(value, str) and not _is_date(value):
            out.append(SchemaFault(path, "format", schema, value))

    return check


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _bounds(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above = schema.get("exclusiveMinimum", -math.inf)

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and not (least <= value <= most and value > above):
            out.append(SchemaFault(path, "minimum", schema, value))

    return check


# --- combinations ---------------------------------------------------------------------------------


def _reference(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    target = compiler.reference(schema["$ref"].removeprefix("#/$defs/"))
    title = schema.get("title")
    if title is None:
        return target

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        start = len(out)
        target(value, path, out)
        if len(out) > start:
            out[start:] = [replace(f, title=title) if f.path == path else f for f in out[start:]]

    return check


def _all_of(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    return _every([compiler.compile(part) for part in schema["allOf"]])


def _any_of(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    test = compiler.test({"anyOf": schema["anyOf"]})

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if not test(value):
            out.append(SchemaFault(path, "anyOf", schema, value))

    return check


def _one_of(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    keys = frozenset(key_choices(schema))
    if len(keys) != len(schema["oneOf"]):
        raise ValueError("`oneOf` is for a choice of keys only: messages on other choices would mislead")

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if is_mapping(value) and len(keys.intersection(value)) != 1:
            out.append(SchemaFault(path, "oneOf", schema, value))

    return check


def _not(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    test = compiler.test(schema["not"])

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        if test(value):
            out.append(SchemaFault(path, "not", schema, value))

    return check


def _if(schema: Mapping[str, Any], compiler: _Compiler) -> Check:
    test = compiler.test(schema["if"])
    then = compiler.compile(schema.get("then", {}))
    otherwise = compiler.compile(schema.get("else", {}))

    def check(value: Any, path: Path, out: list[SchemaFault]) -> None:
        (then if test(value) else otherwise)(value, path, out)

    return check


_MAKERS: Final[Mapping[str, Maker]] = {
    "$ref": _reference,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "required": _required,
    "minProperties": _property_count,
    "items": _items,
    "minItems": _item_count,
    "minLength": _least_length,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minimum": _bounds,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
_PARTS: Final = frozenset(
    ("type", "then", "else", "maxProperties", "maxItems", "maximum", "exclusiveMinimum")
)
"""Keywords that another one takes care of."""
