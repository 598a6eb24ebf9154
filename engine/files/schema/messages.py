"""Faults to findings: what was found, what is expected, and how to mend it, in plain words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from unicodedata import normalize

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Span
from segmentry.engine.document import Document, YamlFloat, YamlInt
from segmentry.engine.files.schema.expressions import expression_of
from segmentry.engine.files.schema.faults import (
    BOOLEAN_WORDS,
    SchemaFault,
    free_keys,
    json_type,
    key_choices,
    types_of,
    usable_keys,
)
from segmentry.engine.files.schema.fixes import fix_of
from segmentry.engine.language.figures import number_hint
from segmentry.engine.language.literals import found
from segmentry.engine.language.suggest import nearest_key

Reported = tuple[str, str | None]
"""A message and a hint."""

_MANY = 14
"""No more keys than this are listed in a hint."""


def finding(document: Document, fault: SchemaFault) -> Diagnostic:
    """The finding of a fault, at the place that its author has to look at."""
    message, hint = _TELLERS[fault.keyword](fault)
    if fault.keyword not in _OWN_WORDS:
        message = fault.schema.get("errorMessage", message)
        hint = fault.schema.get("x-fix", hint)
    span = _span(document, fault)
    fix = fix_of(document, fault, span)
    expression = expression_of(fault)
    if expression is not None:
        message, hint = expression.message(message), expression.hint
        span, fix = expression.span(document), expression.fix(document)
    return diagnostic(_code(fault), message, document.file, span, hint=hint, fix=fix)


_OWN_WORDS: Final = frozenset(("additionalProperties", "type", "oneOf", "ambiguous"))
"""Keywords whose tellers see to what the schema itself says."""


def _code(fault: SchemaFault) -> str:
    match fault.keyword:
        case "additionalProperties":
            return "unknown-key"
        case "ambiguous":
            return "ambiguous-scalar"
        case "pattern":
            return str(fault.schema.get("x-code", "schema"))
        case _:
            return "schema"


def _span(document: Document, fault: SchemaFault) -> Span:
    if fault.keyword in ("additionalProperties", "propertyNames") and fault.key is not None:
        path = (*fault.path, fault.key)
        return document.key_span(path) or document.value_span(path)
    if fault.keyword == "not":
        return document.key_span(fault.path) or document.value_span(fault.path)
    choices = key_choices(fault.schema) if fault.keyword in ("anyOf", "oneOf") else []
    present = [key for key in fault.value if key in choices] if choices else []
    if len(present) > 1:
        path = (*fault.path, present[1])
        return document.key_span(path) or document.value_span(path)
    if fault.keyword == "required" or choices:
        return document.holder_span(fault.path)
    return document.value_span(fault.path)


def _found(value: Any) -> str:
    """The value in words; a long text by its beginning."""
    if isinstance(value, str) and (len(value) > _LONG or "\n" in value):
        value = value.split("\n")[0][:_LONG] + "…"
    return found(value)


_LONG = 60


def _expected(expected: str | None, value: Any) -> str:
    return f"expected {expected or 'something else'}, found {_found(value)}"


# --- keys -----------------------------------------------------------------------------------------


def _unknown_key(fault: SchemaFault) -> Reported:
    key = fault.key or ""
    message = f"`{key}` is no key of {_head(fault.title)}"
    if key == "<<":
        return message, "YAML's merge key is not part of the language; write the keys out"
    if key.isdigit() and fault.value[key] is None:
        return message, "inside `{…}` a comma ends a value: write decimals with a point"
    meant = meant_key(fault)
    if meant is not None:
        return message, f"did you mean `{meant}`?"
    if "when" in usable_keys(fault.schema) and key in _CONDITION_KEYS:
        return message, f"write it deeper, below {'`when:`' if 'when' in fault.value else 'a line `when:`'}"
    reported: str | None = fault.schema.get("x-hints", {}).get("key")
    known = usable_keys(fault.schema)
    return message, reported or (f"the keys here are {_listed(known)}" if len(known) <= _MANY else None)


_CONDITION_KEYS: Final = frozenset({"all", "any", "none", "not", "trait", "did", "did_not", "segment"})
"""Keys that begin a condition: beside `when` they stand too far to the left."""


def meant_key(fault: SchemaFault) -> str | None:
    """The key that an unknown key was most likely meant to be: one that is not there already."""
    return nearest_key(str(fault.key), free_keys(fault))


def _head(title: str | None) -> str:
    """What a mapping is, without the example of it."""
    return "this mapping" if title is None or title.startswith("`") else title.split(", ")[0].split("; ")[0]


def _listed(words: Iterable[str], last: str = "and") -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def _misnamed(fault: SchemaFault) -> Reported:
    if "pattern" in fault.schema:
        return f"`{fault.key}` can't be a name here", None
    return f"`{fault.key}` can't stand beside {_listed(fault.schema['enum'][:1])}", None


def _lacking(fault: SchemaFault) -> Reported:
    reported = fault.schema.get("properties", {}).get(fault.key, {}).get("title", "a text")
    with_what = "" if reported == "a text" else f" with {reported}"
    return (
        f"{_head(fault.title)} needs `{fault.key}`, which is missing here",
        f"add `{fault.key}:`{with_what}",
    )


def _none_of(fault: SchemaFault) -> Reported:
    return _expected(fault.title, fault.value), None


def _not_one(fault: SchemaFault) -> Reported:
    present = [key for key in fault.value if key in key_choices(fault.schema)]
    reported = fault.schema["errorMessage"]
    if present:
        return f"{reported}, but here are {_listed(present)}", "keep one of them"
    return f"{reported}, and there is none", fault.schema["x-fix"]


def _count_of_keys(fault: SchemaFault) -> Reported:
    if not fault.value:
        return f"there is nothing in here: expected {fault.title}", None
    return f"expected {fault.title}, found {len(fault.value)} keys", None


def _out_of_place(fault: SchemaFault) -> Reported:
    return _expected(fault.title, fault.value), None


# --- values ---------------------------------------------------------------------------------------


def _wrong_type(fault: SchemaFault) -> Reported:
    expected = fault.title or _TYPE_WORDS[types_of(fault)[0]]
    if "enum" in fault.schema and len(fault.schema["enum"]) > 1:
        return _wrong_word(fault)
    hints: Mapping[str, str] = fault.schema.get("x-hints", {})
    if not fault.path:
        empty = f"the file is empty: expected {expected}"
        return empty if fault.value is None else _expected(expected, fault.value), None
    if fault.value is None:
        return f"there is nothing here: expected {expected}", hints.get("null", "fill it in, or take it out")
    hint = hints.get(json_type(fault.value), _retyped(types_of(fault), fault.value, fault.title))
    return _expected(expected, fault.value), hint


_TYPE_WORDS: Final[Mapping[str, str]] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def _retyped(types: list[str], value: Any, expected: str | None) -> str | None:
    """How to write the value so that it has the type, where that can be told."""
    written = value.text if isinstance(value, (YamlInt, YamlFloat)) else str(value)
    match value:
        case bool() if "string" in types:
            return f"put it in quotes if it is a text: '{written.lower()}'"
        case bool():
            return None
        case float() if "%" in (expected or "") and 0 < value < 1:
            return f"write a share with a percent sign: {round(value * 100, 10):g}%"
        case int() | float() if "string" in types and math.isfinite(value):
            return f"put it in quotes if it is a text: '{written}'"
        case float() if types == ["integer"] and value.is_integer():
            return f"write {int(value)}"
        case str():
            return _retyped_text(types, value)
        case dict() if "array" in types and len(types) <= 2:
            return "start it with a dash, as an item of a list"
        case list() if types == ["object"]:
            return "leave the dash, or the brackets, out"
        case int() | float() if "array" in types:
            return f"write a list: [{written}]"
        case _:
            return None


def _retyped_text(types: list[str], value: str) -> str | None:
    word = value.strip().lower()
    if "boolean" in types and word in BOOLEAN_WORDS:
        return f"write {BOOLEAN_WORDS[word]}, without quotes"
    if "number" in types or "integer" in types:
        return number_hint(value)
    if "array" in types and "object" not in types:
        plain = re.search(r"[,:#\[\]{}'\"\n]", value) is None
        return f"write a list: [{value}]" if plain else "write a list, each item on a line after `- `"
    return None


def _wrong_word(fault: SchemaFault) -> Reported:
    allowed = [str(word) for word in fault.schema["enum"] if word is not None]
    if len(allowed) == 1:
        return _expected(fault.title, fault.value), None
    close = nearest_key(fault.value, allowed) if isinstance(fault.value, str) else None
    hint = None if close is None else f"did you mean `{close}`?"
    return _expected(_listed(allowed, "or"), fault.value), hint


def _wrong_form(fault: SchemaFault) -> Reported:
    if fault.schema.get("x-code") == "naming":
        return f"`{fault.value}` is not written like other ids: {fault.title}", _restyled(fault)
    return _expected(fault.title, fault.value), None


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _restyled(fault: SchemaFault) -> str | None:
    """The id in the style of ids: with hyphens for segments, with underscores for traits."""
    joint = "_" if "_" in fault.schema["pattern"] else "-"
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(fault.value)).lower().translate(_UMLAUTS)
    words = re.findall(r"[a-z0-9]+", normalize("NFKD", parted).encode("ascii", "ignore").decode())
    restyled = joint.join(words)
    return f"write `{restyled}`" if re.search(fault.schema["pattern"], restyled) else None


def _wrong_length(fault: SchemaFault) -> Reported:
    size = len(fault.value)
    if size == 0:
        return f"the list is empty: expected {fault.title}", "add an item, or take the key out"
    return f"expected {fault.title}, found {size} item{'s' if size > 1 else ''}", None


def _too_short(fault: SchemaFault) -> Reported:
    return f"the text is empty: expected {fault.title}", None


def _out_of_bounds(fault: SchemaFault) -> Reported:
    schema = fault.schema
    least, most, above = (schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
    lower = f"more than {above}" if above is not None else f"at least {least}"
    bounds = lower if most is None else f"{lower} and at most {most}"
    return _expected(f"a number of {bounds}", fault.value), None


def _ambiguous(fault: SchemaFault) -> Reported:
    written = fault.value.text
    return (
        f"`{written}` is read as a text here, though it looks like a number",
        f"put it in quotes: '{written}'",
    )


_TELLERS: Final[Mapping[str, Callable[[SchemaFault], Reported]]] = {
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
