"""The schema of an answer, made for each segment: only its own facts can be cited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from segmentry.engine.document import is_list, is_mapping
from segmentry.personas.brief.schema import draft_schema
from segmentry.personas.llm.material import Material
from segmentry.personas.llm.settings import SchemaForm

Schema = dict[str, Any]


def answer_schema(material: Material, form: SchemaForm) -> Schema:
    """The schema that is sent: ``wire`` without lengths and bounds, ``full`` with them.

    The full form counts references as they are written; here lengths are judged as they are read.
    """
    schema = draft_schema((fact.id for fact in material.insight), wire=form == "wire")
    if material.offered is None:
        # No offer, so no variant that leads with one.
        angle = schema["properties"]["variants"]["items"]["properties"]["angle"]
        angle["enum"] = [angle_ for angle_ in angle["enum"] if angle_ != "offer"]
    return cast(Schema, _typed(schema))


def shape_schema() -> Schema:
    """What an answer must have to be read at all: its keys and types, whatever the values."""
    return cast(Schema, _typed(draft_schema(wire=True), values=False))


def _typed(part: Any, *, values: bool = True) -> Any:
    """Every choice of texts says that it is a text: servers refuse a schema without types."""
    if is_list(part):
        return [_typed(item, values=values) for item in part]
    if not is_mapping(part):
        return part
    if is_list(part.get("enum")):
        return {"type": "string", "enum": part["enum"]} if values else {"type": "string"}
    return {key: _typed(value, values=values) for key, value in part.items()}


def limits_in_words(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The bounds of the full form, a line each: "variants[].email.subject: at most 50 characters"."""
    if "maxLength" in schema:
        yield f"{path}: at most {schema['maxLength']} characters"
    if "maxItems" in schema:
        least, most = schema.get("minItems", 0), schema["maxItems"]
        yield f"{path}: {least} entries" if least == most else f"{path}: {least} to {most} entries"
    for key, part in cast("Mapping[str, Any]", schema.get("properties", {})).items():
        yield from limits_in_words(part, f"{path}.{key}" if path else key)
    if "items" in schema:
        yield from limits_in_words(schema["items"], f"{path}[]")


def shape_breaks(answer: Mapping[str, Any]) -> list[str]:
    """Where an answer does not have the shape of a brief, as JSON path and words; empty where it has."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(shape_schema())
    errors = sorted(validator.iter_errors(answer), key=lambda error: [str(p) for p in error.absolute_path])
    return [f"{_path(error.absolute_path)}: {_words(error)}" for error in errors]


def _path(parts: Any) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".") or "the whole answer"


def _words(error: Any) -> str:
    match error.validator:
        case "required":
            lacking = [key for key in error.validator_value if key not in error.instance]
            return f"`{'`, `'.join(lacking)}` is missing"
        case "additionalProperties":
            return "holds keys that no brief has"
        case "type":
            return f"should be {'a text' if error.validator_value == 'string' else error.validator_value}"
        case _:
            return "does not have the right shape"
