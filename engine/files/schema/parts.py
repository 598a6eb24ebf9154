"""The building blocks of the schemas.

Beyond the standard's keywords a part has a ``title``: what is expected, in words that fit into "… is
expected" (editors show it on hover), an ``errorMessage`` (shown by editors, too) and ``x-fix``: how to
mend what breaks the part. ``x-hints`` says how to mend a value by the type that it wrongly has,
or by ``key`` an unknown key. ``x-code`` is the finding, where it is another one than `schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Schema = dict[str, Any]


def text(description: str, title: str = "a text", **more: Any) -> Schema:
    """A text."""
    return {"title": title, "type": "string", "description": description, **more}


def flag(description: str) -> Schema:
    """true or false."""
    return {"title": "true or false", "type": "boolean", "description": description}


def whole(description: str, minimum: int, maximum: int | None = None) -> Schema:
    """A whole number within bounds."""
    bounds = {"minimum": minimum} if maximum is None else {"minimum": minimum, "maximum": maximum}
    return {"title": "a whole number", "type": "integer", "description": description, **bounds}


def number(description: str, **bounds: float) -> Schema:
    """A number within bounds."""
    return {"title": "a number", "type": "number", "description": description, **bounds}


def choice(description: str, *values: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values), "description": description}


def list_of(items: Mapping[str, Any], title: str, description: str, *, empty: bool = False) -> Schema:
    """A list; an empty one only where that says something."""
    size: Schema = {} if empty else {"minItems": 1}
    return {"title": title, "type": "array", "items": dict(items), "description": description, **size}


def texts(description: str, title: str = "a list of texts", *, empty: bool = False) -> Schema:
    """A list of texts."""
    return list_of({"title": "a text", "type": "string"}, title, description, empty=empty)


def one_or_more(items: Mapping[str, Any], title: str, description: str) -> Schema:
    """A text, or a list of texts."""
    return {
        "title": title,
        "type": ["string", "array"],
        "items": dict(items),
        "minItems": 1,
        "description": description,
    }


def ref(name: str, description: str | None = None, title: str | None = None) -> Schema:
    """A shared definition."""
    reported: Schema = {"$ref": f"#/$defs/{name}"}
    if title is not None:
        reported["title"] = title
    if description is not None:
        reported["description"] = description
    return reported


def mapping(
    title: str,
    properties: Mapping[str, Any],
    *,
    required: Sequence[str] = (),
    description: str | None = None,
    hints: Mapping[str, str] | None = None,
    **more: Any,
) -> Schema:
    """A mapping with these keys and no others."""
    reported: Schema = {"title": title, "type": "object"}
    if description is not None:
        reported["description"] = description
    reported["properties"] = dict(properties)
    reported["additionalProperties"] = False
    if required:
        reported["required"] = list(required)
    if hints is not None:
        reported["x-hints"] = dict(hints)
    return {**reported, **more}


def by_name(title: str, values: Mapping[str, Any], description: str, **more: Any) -> Schema:
    """A mapping whose keys are names that the author chooses."""
    return {
        "title": title,
        "type": "object",
        "additionalProperties": dict(values),
        "description": description,
        **more,
    }


def misplaced(message: str, fix: str) -> Schema:
    """The part of a key that is known, and has no place here."""
    return {"not": {}, "errorMessage": message, "x-fix": fix}


def no(keys: Iterable[str], message: str, fix: str) -> Schema:
    """None of the keys has a place here; `{key}` in the texts is the key."""
    return {
        "properties": {
            key: misplaced(message.replace("{key}", key), fix.replace("{key}", key)) for key in keys
        }
    }


def only(*keys: str, fix: str) -> Schema:
    """No keys but these have a place here."""
    return {"propertyNames": {"enum": list(keys), "x-fix": fix}}


def has(*keys: str) -> Schema:
    """The mapping has one of the keys, at least."""
    if len(keys) == 1:
        return {"required": [keys[0]]}
    return {"anyOf": [{"required": [key]} for key in keys]}


def one_of(keys: Iterable[str], message: str, fix: str) -> Schema:
    """The mapping has exactly one of the keys."""
    return {"oneOf": [{"required": [key]} for key in keys], "errorMessage": message, "x-fix": fix}


def when(
    condition: Mapping[str, Any], then: Mapping[str, Any], otherwise: Mapping[str, Any] | None = None
) -> Schema:
    """A part that holds under a condition."""
    reported: Schema = {"if": dict(condition), "then": dict(then)}
    return reported if otherwise is None else {**reported, "else": dict(otherwise)}


def first_of(cases: Iterable[tuple[str, Mapping[str, Any]]], otherwise: Mapping[str, Any]) -> Schema:
    """The part of the first key that is present, so that two forms in one mapping are one mistake."""
    reported = dict(otherwise)
    for key, then in reversed(tuple(cases)):
        reported = when(has(key), then, reported)
    return reported
