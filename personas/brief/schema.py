"""The published JSON Schema of a brief, and the part of it that a writer (a model, a hand) fills."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from segmentry.personas.channels import CHANNELS

Schema = dict[str, Any]

ANGLES = ("benefit", "convenience", "loyalty", "offer")
BASES = ("observed", "inferred", "hypothesis")


def brief_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of the whole brief as it is committed.

    Lengths are characters of the text as it is read, with references in place of which stands what they show.
    """
    content = _content(None, whole=False)
    for part in ("traits", "needs", "barriers"):
        content[part]["items"] = _statement(None, with_confidence=True)
    content["value_proposition"]["properties"]["because"] = _statement(None, with_confidence=True)
    properties = {
        "segment": {"type": "string", "minLength": 1},
        **content,
        "facts": {"type": "array", "items": _fact()},
        "provenance": _provenance(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:segmentry:schema:brief:1",
        "title": "A brief: persona, value proposition and messages of one segment",
        **_object(properties),
    }


def draft_schema(fact_ids: Iterable[str] | None = None, *, wire: bool = False) -> Schema:
    """What a writer answers: the brief without its facts and provenance.

    With ``fact_ids`` evidence is one of them. ``wire`` leaves lengths, patterns and bounds out, the common
    subset that servers take.
    """
    schema = _object(_content(None if fact_ids is None else sorted(fact_ids), whole=True))
    return _without_bounds(schema) if wire else schema


def _content(fact_ids: list[str] | None, *, whole: bool) -> Schema:
    def statement() -> Schema:
        return _statement(fact_ids)

    return {
        "label": _text(40),
        "summary": _text(400),
        "traits": _list(statement(), 2, 4),
        "needs": _list(statement(), 1, 3),
        "barriers": _list(statement(), 1, 3),
        "value_proposition": _object({"headline": _text(80), "because": statement()}),
        "tone": _list(_text(40), 1, 3),
        "journey": _object(
            {stage: _text(220) for stage in ("awareness", "consideration", "purchase", "loyalty")}
        ),
        "variants": _list(_variant(whole=whole), 1, 2),
    }


def _variant(*, whole: bool) -> Schema:
    """A variant; where it need not be ``whole``, only with the channels that were there from the start.

    So a brief that was committed before a channel existed stays valid.
    """
    messages = {name: channel.schema for name, channel in CHANNELS.items()}
    schema = _object({"angle": {"enum": list(ANGLES)}, **messages})
    lacking_is_fine = () if whole else [n for n, channel in CHANNELS.items() if not channel.from_the_start]
    return {**schema, "required": [name for name in schema["required"] if name not in lacking_is_fine]}


def _statement(fact_ids: list[str] | None, *, with_confidence: bool = False) -> Schema:
    evidence: Schema = {"type": "string"} if fact_ids is None else {"enum": fact_ids}
    properties = {
        "text": _text(220),
        "basis": {"enum": list(BASES)},
        "evidence": {"type": "array", "items": evidence},
    }
    schema = _object(properties)
    if with_confidence:
        schema["properties"]["confidence"] = {"enum": ["high", "medium", "low"]}
    return schema


def _fact() -> Schema:
    number, text = {"type": ["number", "null"]}, {"type": ["string", "null"]}
    return _object(
        {
            "id": {"type": "string"},
            "handle": {"type": "string"},
            "pool": {"enum": ["insight", "offer"]},
            "label": {"type": "string"},
            "text": {"type": "string"},
            "base_text": text,
            "value": number,
            "base": number,
            "unit": text,
            "index": {"type": ["integer", "null"]},
            "effect": number,
            "effect_kind": {"enum": ["cohens_d", "cramers_v", None]},
            "confidence": {"enum": ["high", "medium", "low", None]},
        }
    )


def _provenance() -> Schema:
    nullable = {"type": ["string", "null"]}
    return _object(
        {
            "generator": {"enum": ["template", "llm"]},
            "version": {"type": "string"},
            "language": {"type": "string"},
            "locale": {"type": "string"},
            "as_of": {"type": "string"},
            "model_asked": nullable,
            "model_answered": nullable,
            "prompt_sha256": nullable,
            "facts_sha256": {"type": "string"},
            "rules_sha256": {"type": "string"},
            "brand_sha256": {"type": "string"},
            "attempts": {"type": "integer", "minimum": 0},
            "usage": {"type": ["object", "null"]},
            "checks": {"type": "array", "items": {"type": "object"}},
        }
    )


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema, least: int, most: int) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _text(longest: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": longest}


_BOUNDS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "pattern", "minimum"})


def _without_bounds(schema: Schema) -> Schema:
    return {key: _stripped(value) for key, value in schema.items() if key not in _BOUNDS}


def _stripped(part: Any) -> Any:
    if isinstance(part, dict):
        return _without_bounds(cast(Schema, part))
    return part
