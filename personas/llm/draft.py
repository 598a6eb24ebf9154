"""From a model's answer to a brief: cleaned, references rendered, facts listed, required lines added."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from segmentry.engine.document import is_list, is_mapping
from segmentry.personas.brief.brand import Brand
from segmentry.personas.brief.compose import provenance
from segmentry.personas.brief.persona import statement
from segmentry.personas.brief.pool import insight_entry, offer_entry
from segmentry.personas.brief.schema import draft_schema
from segmentry.personas.channels import CHANNELS
from segmentry.personas.checks.claims import references, resolved, texts_in
from segmentry.personas.facts import Display, Fact
from segmentry.personas.facts.population import Population
from segmentry.personas.llm.material import Material, short_handle

Draft = dict[str, Any]
Brief = dict[str, Any]

_KEPT = ("\n",)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def cleaned(part: Any) -> Any:
    """The answer with nothing in its texts that doesn't show: no reader could check that.

    Line breaks stay, lines lose their outer blanks.
    """
    if isinstance(part, str):
        seen = (mark for mark in part if mark in _KEPT or unicodedata.category(mark) not in _UNSEEN)
        text = unicodedata.normalize("NFC", "".join(seen))
        return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    if is_mapping(part):
        return {key: cleaned(value) for key, value in part.items()}
    if is_list(part):
        return [cleaned(item) for item in part]
    return part


def brief_of(draft: Draft, material: Material, population: Population) -> Brief:
    """The brief that a draft makes, as people read it; what is wrong with it is for the checks to say.

    The draft has the shape of an answer. The provenance is that of a brief by template, to be completed.
    """
    cited = _with_evidence(in_order(draft, draft_schema()), material)
    shown = resolved(cited, material.references)
    content = {
        **shown,
        **{
            part: [_judged(item, material) for item in shown[part]]
            for part in ("traits", "needs", "barriers")
        },
        "value_proposition": {
            "headline": shown["value_proposition"]["headline"],
            "because": _judged(shown["value_proposition"]["because"], material),
        },
        "variants": [_with_required_lines(variant, material.brand) for variant in shown["variants"]],
    }
    facts = _facts(cited, material, Display(population.locale))
    made = provenance(population, material.brand, facts, material.language)
    return {"segment": material.segment.id, **content, "facts": facts, "provenance": made}


def in_order(part: Any, schema: Mapping[str, Any]) -> Any:
    """The part with its keys in the order of the schema: models and recorded replies keep other ones."""
    if is_mapping(part):
        known: Mapping[str, Any] = schema.get("properties", {})
        return {key: in_order(part[key], known[key]) for key in known if key in part}
    if is_list(part):
        return [in_order(item, schema["items"]) for item in part]
    return part


def _with_evidence(draft: Draft, material: Material) -> Draft:
    """The draft with every fact that a statement refers to among its evidence."""
    by_handle = _by_handle(material)

    def widened(item: Mapping[str, Any]) -> dict[str, Any]:
        named = [by_handle[handle].id for handle in references(item["text"]) if handle in by_handle]
        return {**item, "evidence": list(dict.fromkeys([*item["evidence"], *named]))}

    because = widened(draft["value_proposition"]["because"])
    return {
        **draft,
        **{part: [widened(item) for item in draft[part]] for part in ("traits", "needs", "barriers")},
        "value_proposition": {**draft["value_proposition"], "because": because},
    }


def _by_handle(material: Material) -> dict[str, Fact]:
    """The fact behind each reference to an insight, the short ones and the base's too."""
    names = ((name, fact) for fact in material.insight for name in (fact.handle, short_handle(fact)))
    return {handle: fact for name, fact in names for handle in (name, f"{name}.base", f"{name}.label")}


def _judged(item: Mapping[str, Any], material: Material) -> dict[str, Any]:
    """The statement with the confidence that its facts give; what cites no known fact keeps its evidence."""
    by_id = {fact.id: fact for fact in material.insight}
    known = [by_id[id_] for id_ in item["evidence"] if id_ in by_id]
    return {**statement(item["text"], item["basis"], known), "evidence": list(item["evidence"])}


def _facts(draft: Draft, material: Material, display: Display) -> list[dict[str, Any]]:
    """What was used: what is cited or referred to, the sizes, and how the cited traits are spread."""
    by_handle = _by_handle(material)
    handles = {handle for _, text in texts_in(draft) for handle in references(text)}
    used = {by_handle[handle].id for handle in handles if handle in by_handle}
    used |= {id_ for item in _statements(draft) for id_ in item["evidence"]}
    traits = {fact.trait for fact in material.insight if fact.id in used and fact.measure == "mean"}
    insight = [
        insight_entry(fact, display)
        for fact in material.insight
        if fact.id in used
        or fact.measure in ("size", "share", "value_share")
        or (fact.measure in ("p10", "median", "p90") and fact.trait in traits)
    ]
    return [*insight, *(offer_entry(fact) for fact in material.offer if fact.handle in handles)]


def _statements(draft: Draft) -> Iterable[dict[str, Any]]:
    for part in ("traits", "needs", "barriers"):
        yield from draft[part]
    yield draft["value_proposition"]["because"]


def _with_required_lines(variant: Mapping[str, Any], brand: Brand) -> dict[str, Any]:
    """The variant with the line that the brand requires in each channel; one that is there is left alone."""
    made: dict[str, Any] = copy.deepcopy(dict(variant))
    for name, channel in CHANNELS.items():
        line = brand.required(name)
        if line and not any(line in text for _, text in texts_in(made[name])):
            made[name][channel.main] = channel.add_required(made[name][channel.main], line)
    return made
