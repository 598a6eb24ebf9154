"""Faults to fixes, where it is sure what was meant: keys and words misspelt, quotes and brackets lacking."""

from __future__ import annotations

import re
from typing import Final

from segmentry.engine.diagnostics.model import Fix, Span, TextEdit
from segmentry.engine.document import Document, YamlFloat, YamlInt
from segmentry.engine.document.edits import in_quotes, lines_of, respelt
from segmentry.engine.files.schema.faults import BOOLEAN_WORDS, SchemaFault, free_keys, json_type, types_of
from segmentry.engine.language.suggest import sure_key

_BARE: Final = re.compile(r"\w[\w.+-]*")
"""What can stand in brackets as it is."""


def fix_of(document: Document, fault: SchemaFault, span: Span) -> Fix | None:
    """The fix of a fault that is reported at ``span``; None where it is not sure what was meant."""
    match fault.keyword:
        case "additionalProperties" if fault.key is not None and not fault.key.isdigit():
            return respelt(document, span, fault.key, sure_key(fault.key, free_keys(fault)))
        case "ambiguous":
            return in_quotes(document, span, fault.value.text)
        case "enum":
            return _respelt_word(document, fault, span)
        case "type" if len(fault.schema.get("enum", ())) > 1:
            return _respelt_word(document, fault, span)
        case "type" if fault.path and json_type(fault.value) not in fault.schema.get("x-hints", {}):
            return _retyped(document, fault, span)
        case _:
            return None


def _respelt_word(document: Document, fault: SchemaFault, span: Span) -> Fix | None:
    if not isinstance(fault.value, str):
        return None
    allowed = [str(word) for word in fault.schema["enum"] if word is not None]
    meant = sure_key(fault.value, allowed) if len(allowed) > 1 else None
    return respelt(document, span, fault.value, meant)


def _retyped(document: Document, fault: SchemaFault, span: Span) -> Fix | None:
    """The same value as another type: `yes` as true, one thing as a list of one."""
    raw = lines_of(document.text).inside(span)
    types, value = types_of(fault), fault.value
    new: str | None = None
    if types == ["boolean"] and isinstance(value, str) and raw.strip("'\"") == value:
        word = value.strip().lower()
        new = BOOLEAN_WORDS.get(word) if len(word) > 1 else None
    elif types == ["integer"] and isinstance(value, YamlFloat) and value.is_integer() and raw == value.text:
        new = str(int(value))
    elif _wants_list_of_one(types, fault) and _can_be_item(value, raw):
        new = f"[{raw}]"
    return None if new is None else Fix(f"write `{_short(new)}`", (TextEdit(document.file, span, new),))


def _wants_list_of_one(types: list[str], fault: SchemaFault) -> bool:
    return "array" in types and "object" not in types and fault.schema.get("minItems", 0) <= 1


def _can_be_item(value: object, raw: str) -> bool:
    """Whether what stands there is one whole value that can be put in brackets."""
    if isinstance(value, dict):
        return raw.startswith("{") and raw.endswith("}")
    return isinstance(value, (str, YamlInt, YamlFloat)) and _BARE.fullmatch(raw) is not None


def _short(text: str) -> str:
    line = text.splitlines()[0]
    return line if line == text and len(line) <= 60 else f"{line[:59]}…"
