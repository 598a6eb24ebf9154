"""Faults to findings: what was found, what is expected, and how to mend it, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from segmentry.engine.diagnostics import Diagnostic, Span
from segmentry.engine.document import Document, YamlFloat, YamlInt
from segmentry.engine.findings import diagnostic
from segmentry.engine.language.operands import found
from segmentry.engine.schema.checker import Fault
from segmentry.engine.schema.suggest import nearest

Told = tuple[str, str | None]
"""A message and a hint."""

_MANY = 14
"""No more keys than this are listed in a hint."""


def finding(document: Document, fault: Fault) -> Diagnostic:
    """The finding of a fault, at the place that its author has to look at."""
    message, hint = _TELLERS[fault.keyword](fault)
    message = fault.schema.get("errorMessage", message) if fault.keyword not in _OWN_WORDS else message
    hint = fault.schema.get("x-fix", hint)
    return diagnostic(_code(fault), message, document.file, _span(document, fault), hint=hint)


_OWN_WORDS: Final = frozenset(("additionalProperties", "type", "ambiguous"))
"""Keywords whose fault is another one than the schema's own message speaks of."""

_LACKING: Final = frozenset(("required", "anyOf", "oneOf", "minProperties"))
"""Keywords whose fault is reported at the key that holds the mapping."""


def _code(fault: Fault) -> str:
    match fault.keyword:
        case "additionalProperties":
            return "unknown-key"
        case "ambiguous":
            return "ambiguous-scalar"
        case "pattern":
            return str(fault.schema.get("x-code", "schema"))
        case _:
            return "schema"


def _span(document: Document, fault: Fault) -> Span:
    if fault.keyword in ("additionalProperties", "propertyNames") and fault.key is not None:
        path = (*fault.path, fault.key)
        return document.key_span(path) or document.value_span(path)
    if fault.keyword == "not":
        return document.key_span(fault.path) or document.value_span(fault.path)
    if fault.keyword in _LACKING and isinstance(fault.value, dict) and fault.value:
        return document.holder_span(fault.path)
    return document.value_span(fault.path)


def _found(value: Any) -> str:
    """The value in words; a long text by its beginning."""
    if isinstance(value, str) and (len(value) > _LONG or "\n" in value):
        value = value.split("\n")[0][:_LONG] + "…"
    return found(value)


_LONG = 60


# --- keys -----------------------------------------------------------------------------------------


def _unknown_key(fault: Fault) -> Told:
    key = fault.key or ""
    message = f"`{key}` is no key of {_head(fault.title)}"
    if key == "<<":
        return message, "YAML's merge key is not part of the language; write the keys out"
    known = usable_keys(fault.schema)
    close = nearest(key, known)
    if close is not None:
        return message, f"did you mean `{close}`?"
    return message, f"the keys here are {_listed(known)}" if len(known) <= _MANY else None


def usable_keys(schema: Mapping[str, Any]) -> list[str]:
    """The keys that a mapping may have, without those that are only known to be out of place."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [key for key, part in properties.items() if part.get("not") != {}]


def _head(title: str | None) -> str:
    """`a trait, like …` without the example."""
    return "this mapping" if title is None else title.split(", ")[0].split("; ")[0]


def _listed(words: Iterable[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _misnamed(fault: Fault) -> Told:
    if "pattern" in fault.schema:
        return f"`{fault.key}` can't be a name here", None
    return f"`{fault.key}` can't stand beside {_listed(fault.schema['enum'][:1])}", None


def _lacking(fault: Fault) -> Told:
    return f"{_head(fault.title)} needs `{fault.key}`, which is missing here", f"add `{fault.key}:`"


def _none_of(fault: Fault) -> Told:
    expected = fault.title or "something else"
    return f"{expected} is expected, {_found(fault.value)} was found", None


def _not_one(fault: Fault) -> Told:
    present = [key for key in key_choices(fault.schema) if key in fault.value]
    return f"exactly one of {_listed(key_choices(fault.schema))} is expected, {len(present)} were found", None


def key_choices(schema: Mapping[str, Any]) -> list[str]:
    """The keys of which a mapping has to have one; none of another choice."""
    parts = schema.get("oneOf") or schema.get("anyOf") or ()
    return [part["required"][0] for part in parts if part.keys() == {"required"}]


def _count_of_keys(fault: Fault) -> Told:
    if not fault.value:
        return f"there is nothing in here; {fault.title or 'something'} is expected", None
    return f"{fault.title or 'one key'} is expected, a mapping with {len(fault.value)} keys was found", None


def _out_of_place(fault: Fault) -> Told:
    return f"{fault.title or 'another value'} is expected, {_found(fault.value)} was found", None


# --- values ---------------------------------------------------------------------------------------


def _wrong_type(fault: Fault) -> Told:
    expected = fault.title or _TYPE_WORDS[_types(fault)[0]]
    if fault.value is None and not fault.path:
        return f"the file is empty; {expected} is expected", None
    if fault.value is None:
        hint = "to test for a missing value write `known: false`" if "a value" in expected else None
        return f"there is nothing here; {expected} is expected", hint or "fill it in, or take the line out"
    return f"{expected} is expected, {_found(fault.value)} was found", _retyped(_types(fault), fault.value)


_TYPE_WORDS: Final[Mapping[str, str]] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def _types(fault: Fault) -> list[str]:
    types = fault.schema["type"]
    return [types] if isinstance(types, str) else list(types)


def _retyped(types: list[str], value: Any) -> str | None:
    """How to write the value so that it has the type, where that can be told."""
    written = value.text if isinstance(value, (YamlInt, YamlFloat)) else str(value)
    match value:
        case bool() if "string" in types:
            return f"put it in quotes if it is a text: '{written.lower()}'"
        case bool():
            return None
        case int() | float() if "string" in types:
            return f"put it in quotes if it is a text: '{written}'"
        case float() if types == ["integer"] and value.is_integer():
            return f"write {int(value)}"
        case str():
            return _retyped_text(types, value)
        case dict() if "array" in types:
            return "start the item with a dash: `- `"
        case list() if types == ["object"] and len(value) == 1:
            return "leave the dash, or the brackets, out"
        case _:
            return (
                f"write a list: [{written}]" if types == ["array"] and not isinstance(value, dict) else None
            )


def _retyped_text(types: list[str], value: str) -> str | None:
    word = value.strip().lower()
    if "boolean" in types and word in _BOOLEANS:
        return f"write {_BOOLEANS[word]}, without quotes"
    if "number" in types or "integer" in types:
        return _number_for(word)
    if "array" in types and "object" not in types:
        return f"write a list: [{value}]"
    return None


_BOOLEANS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("yes", "y", "on", "true", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "false", "0"), "false"),
}


def _number_for(word: str) -> str | None:
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*%", word):
        return f"write the share as a number: {round(float(match[1]) / 100, 12):g}"
    if match := re.fullmatch(r"([0-9]+),([0-9]+)", word):
        return f"write a decimal point: {match[1]}.{match[2]}"
    return "write it without quotes" if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", word) else None


def _wrong_word(fault: Fault) -> Told:
    allowed = [str(word) for word in fault.schema["enum"] if word is not None]
    listed = _listed(word.lower() if word == "True" else word for word in allowed)
    expected = listed if len(allowed) == 1 else f"one of {listed}"
    close = nearest(fault.value, allowed) if isinstance(fault.value, str) else None
    hint = None if close is None else f"did you mean `{close}`?"
    return f"{expected} is expected, {_found(fault.value)} was found", hint


def _wrong_form(fault: Fault) -> Told:
    message = f"{fault.title or 'another text'} is expected, {_found(fault.value)} was found"
    style = _STYLES.get(fault.schema.get("x-code", ""))
    return message, None if style is None else style(fault)


def _restyled(fault: Fault) -> str | None:
    """The id in the style of ids: with hyphens for segments, with underscores for traits."""
    joint = "_" if "_" in fault.schema["pattern"] else "-"
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(fault.value)).lower())
    restyled = joint.join(words)
    return f"write `{restyled}`" if re.search(fault.schema["pattern"], restyled) else None


_STYLES: Final[Mapping[str, Callable[[Fault], str | None]]] = {"naming": _restyled}


def _wrong_length(fault: Fault) -> Told:
    size = len(fault.value)
    if size == 0:
        return (
            f"the list is empty; {fault.title or 'an item'} is expected",
            "add an item, or take the key out",
        )
    items = "1 item" if size == 1 else f"{size} items"
    return f"{fault.title or 'another number of items'} is expected, a list of {items} was found", None


def _too_short(fault: Fault) -> Told:
    return f"{fault.title or 'a text'} is expected, and the text is empty", None


def _out_of_bounds(fault: Fault) -> Told:
    schema = fault.schema
    least, most, above = (schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
    lower = f"more than {above}" if above is not None else f"at least {least}"
    bounds = lower if most is None else f"{lower} and at most {most}"
    return f"a number of {bounds} is expected, {_found(fault.value)} was found", None


def _ambiguous(fault: Fault) -> Told:
    written = fault.value.text
    return (
        f"`{written}` is read as a text here, though it looks like a number",
        f"put it in quotes: '{written}'",
    )


_TELLERS: Final[Mapping[str, Callable[[Fault], Told]]] = {
    "additionalProperties": _unknown_key,
    "propertyNames": _misnamed,
    "required": _lacking,
    "anyOf": _none_of,
    "oneOf": _not_one,
    "minProperties": _count_of_keys,
    "not": _out_of_place,
    "type": _wrong_type,
    "enum": _wrong_word,
    "pattern": _wrong_form,
    "format": _wrong_form,
    "minItems": _wrong_length,
    "minLength": _too_short,
    "minimum": _out_of_bounds,
    "ambiguous": _ambiguous,
}
