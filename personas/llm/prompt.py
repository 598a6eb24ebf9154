"""The two messages of a request, from templates that a workspace may override."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from segmentry.engine.language.languages import words
from segmentry.personas.brief.schema import draft_schema
from segmentry.personas.channels import CHANNELS
from segmentry.personas.facts import Display
from segmentry.personas.facts.population import Population
from segmentry.personas.llm.material import Material, data_of
from segmentry.personas.llm.request import Prompt, canonical
from segmentry.personas.llm.run_schema import answer_schema, limits_in_words
from segmentry.personas.llm.settings import LlmSettings
from segmentry.personas.render.environment import environment, render

SYSTEM, USER = "prompt.system.j2", "prompt.user.j2"
VERSION = "llm/1"
"""Changes with what the built-in prompt asks for or how an answer becomes a brief."""


def prompt_of(
    material: Material, population: Population, settings: LlmSettings, templates: Path | None
) -> Prompt:
    """The prompt for one segment. Raises TemplateError for a faulty template of the workspace."""
    made = environment(templates, Display(population.locale), markdown=False).overlay(autoescape=False)
    data = data_text(data_of(material, population))
    nonce = hashlib.sha256(data.encode()).hexdigest()[:16]
    schema = answer_schema(material, settings.schema)
    return Prompt(
        system=render(made, SYSTEM, _rules(material)),
        user=render(made, USER, {"data": data, "nonce": nonce}),
        schema=schema,
        schema_text=f"The JSON Schema of the answer:\n{canonical(schema)}",
    )


def data_text(data: Mapping[str, Any]) -> str:
    """The data as JSON in which no value can open or close a tag."""
    text = canonical(data)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _rules(material: Material) -> dict[str, Any]:
    """What the system message is made of: rules of the house, nothing from data."""
    lists = words(material.language)
    return {
        "language": lists.english,
        "limits": list(limits_in_words(draft_schema())),
        "channel_rules": list(_channel_rules(material)),
        "added": sorted(material.brand.required_lines or {}),
        "claims": list(lists.claims),
        "urgency": list(lists.urgency),
        "has_offer": material.offered is not None,
        "dated": material.offered is not None and material.offered.ends is not None,
    }


def _channel_rules(material: Material) -> Iterator[str]:
    """What has to be known of channels beside the bounds of the schema."""
    for name, channel in CHANNELS.items():
        rule = channel.prompt(material.brand.required(name))
        if rule is not None:
            yield rule
