"""Whether a brief has its published shape, and values with which it can be read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from segmentry.engine.document import is_list, is_mapping
from segmentry.engine.language.languages import (
    language_or_none,
    languages,
    missing_language,
    missing_language_hint,
)
from segmentry.personas.brief.schema import brief_schema
from segmentry.personas.checks.finding import BriefFinding

_Unreadable = tuple[str, str, str, str]
"""A path, what is wrong there, in which text, and how to mend it."""

_LENGTHS = frozenset({"maxLength", "minLength", "maxItems", "minItems"})


def shape_findings(segment: str, brief: Any) -> tuple[list[BriefFinding], bool]:
    """Where a brief departs from its published schema, and whether it can be read all the same.

    It can where it departs only in lengths. Otherwise neither the other checks nor a page can do anything
    with it. A schema can't say everything: a language that there is not, a day that is none, and numbers and
    texts that no page can show are found, too.
    """
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(brief_schema())
    errors: Iterable[Any] = validator.iter_errors(brief)
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    findings = [
        BriefFinding(
            "brief-schema", "error", segment, json_path(error.absolute_path), _plain(error),
            error.instance if isinstance(error.instance, str) else "", _fix(error),
        )
        for error in ordered
    ]  # fmt: skip
    if any(error.validator not in _LENGTHS for error in ordered):
        return findings, False
    unreadable = [
        BriefFinding("brief-schema", "error", segment, path, message, text, fix)
        for path, message, text, fix in (*_of_provenance(brief["provenance"]), *_unshown(brief, ()))
    ]
    return [*findings, *unreadable], not unreadable


def _of_provenance(provenance: Any) -> Iterator[_Unreadable]:
    language, locale, as_of = (str(provenance[key]) for key in ("language", "locale", "as_of"))
    if language not in languages():
        yield "provenance.language", f"there is no language `{language}`", "", missing_language_hint(language)
    if language_or_none(locale) is None:
        hint = missing_language_hint(locale)
        yield "provenance.locale", missing_language(locale), "", hint
    try:
        date.fromisoformat(as_of[:10])
    except ValueError:
        yield "provenance.as_of", f"`{as_of}` begins with no date", "", "write a date like 2026-11-01"


def _unshown(part: Any, path: tuple[str | int, ...]) -> Iterator[_Unreadable]:
    """Values that JSON can hold and nothing can show: half a character, a number beyond all others."""
    match part:
        case str() if not _is_whole(part):
            yield json_path(path), "the text holds half a character", part, "write the text again"
        case int() | float() if not _is_finite(part):
            yield json_path(path), "no number can be as large", "", "write the brief again"
        case _ if is_mapping(part):
            for key, value in part.items():
                if _is_whole(key):
                    yield from _unshown(value, (*path, key))
                else:
                    yield json_path(path), "a key here holds half a character", "", "take it out"
        case _ if is_list(part):
            for at, value in enumerate(part):
                yield from _unshown(value, (*path, at))
        case _:
            pass


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in text)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _plain(error: Any) -> str:
    """A schema error in plain words."""
    match error.validator:
        case "maxLength":
            return f"{len(error.instance)} characters, {error.validator_value} fit"
        case "minLength":
            return "there is no text here"
        case "minItems" | "maxItems":
            bound = "at least" if error.validator == "minItems" else "at most"
            return f"{len(error.instance)} entries, {bound} {error.validator_value} are expected"
        case "required":
            return f"`{_lacking(error)}` is missing"
        case "enum":
            shown = error.instance if isinstance(error.instance, str) else json.dumps(error.instance)[:80]
            return f"`{shown}` is none of {_choices(error)}"
        case "additionalProperties":
            unknown = [key for key in error.instance if key not in error.schema["properties"]]
            return f"no key of this name belongs here: {', '.join(f'`{key}`' for key in unknown)}"
        case "type":
            return f"this is {_KINDS[type(error.instance)]}, {_expected(error)} belongs here"
        case _:
            return str(error.message)[:200]


def _fix(error: Any) -> str:
    match error.validator:
        case "maxLength":
            return f"shorten it to {error.validator_value} characters"
        case "minLength":
            return "write one"
        case "minItems":
            return f"write {error.validator_value} or more"
        case "maxItems":
            return f"keep {error.validator_value}"
        case "required":
            return f"add `{_lacking(error)}`"
        case "enum":
            return f"write one of {_choices(error)}"
        case "additionalProperties":
            return "take it out; `segmentry schema brief` has all keys"
        case _:
            return "see `segmentry schema brief`"


_KINDS = {
    dict: "a group of keys", list: "a list", str: "a text", bool: "yes or no", int: "a number",
    float: "a number", type(None): "nothing",
}  # fmt: skip
_NAMES = {
    "object": "a group of keys", "array": "a list", "string": "a text", "integer": "a whole number",
    "number": "a number", "null": "nothing",
}  # fmt: skip


def _expected(error: Any) -> str:
    kinds = error.validator_value
    return " or ".join(_NAMES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _lacking(error: Any) -> str:
    # An error lists every required key, and there is one error for each that is missing.
    keys: list[str] = error.validator_value
    return next(key for key in keys if error.message.startswith(f"'{key}' "))


def _choices(error: Any) -> str:
    return ", ".join(str(value) for value in error.validator_value)


def json_path(parts: Iterable[str | int]) -> str:
    """Where in a document something is, as `variants[0].sms.body`; empty for the whole of it."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else part)
    return path
