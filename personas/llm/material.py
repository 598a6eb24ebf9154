"""What one segment's request is made of: published facts, approved texts, the author's words. Nothing else.

Whatever is sent to a model is here, so that this file answers what leaves the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from segmentry.engine.language.languages import phrases
from segmentry.personas.brief.brand import Brand, Offer
from segmentry.personas.brief.pool import OfferFact, offer_pool
from segmentry.personas.facts import Display, Fact, SegmentFacts
from segmentry.personas.facts.population import Population, SegmentInfo

MOST_FACTS = 40
"""Facts that a request carries: those that set the segment apart first."""

_FOR_EVERYBODY = ("offer.brand.", "offer.product.")
"""Approved texts that any segment may read; beside them only its own offer's."""

_SPREAD = ("p10", "median", "p90")
_SHORT = ("mean", "true", "recency")
_OWN_WORDS = ("needs", "barriers", "promise", "proof", "tone", "channels")


@dataclass(frozen=True, slots=True)
class Material:
    """One segment's facts and words.

    ``insight`` are the facts that may be cited, ``offer`` the approved texts that customers may read;
    ``references`` is what each reference shows: `i.average_order`, `i.average_order.base` for all customers,
    `i.average_order.label` for what it is about.
    """

    segment: SegmentInfo
    found: SegmentFacts
    brand: Brand
    language: str
    insight: tuple[Fact, ...]
    offer: tuple[OfferFact, ...]
    references: Mapping[str, str]
    offered: Offer | None


def material_of(population: Population, found: SegmentFacts, brand: Brand) -> Material:
    """The material of one segment. ``insight`` is empty where privacy lets nothing be told."""
    display = Display(population.locale)
    insight = _chosen(found)
    offered = _offered(found.segment, brand, population.today)
    offer = tuple(
        fact
        for fact in offer_pool(brand, display).values()
        if fact.id.startswith(_FOR_EVERYBODY) or (offered is not None and fact.label == offered.id)
    )
    return Material(
        segment=found.segment,
        found=found,
        brand=brand,
        language=display.language,
        insight=insight,
        offer=offer,
        references=MappingProxyType(_references(insight, offer, display)),
        offered=offered,
    )


def _chosen(found: SegmentFacts) -> tuple[Fact, ...]:
    """Sizes, what sets the segment apart and how that is spread, then the strongest of the rest."""
    notable = {fact.trait for fact in found.facts if fact.id in found.distinctive}

    def rank(fact: Fact) -> tuple[int, float, str]:
        if fact.measure in ("size", "share", "value_share"):
            return 0, 0.0, fact.id
        if fact.id in found.distinctive:
            return 1, float(found.distinctive.index(fact.id)), fact.id
        if fact.measure in _SPREAD:
            return 2, 0.0, fact.id
        return 3, -fact.strength, fact.id

    usable = [fact for fact in found.facts if fact.measure not in _SPREAD or fact.trait in notable]
    kept = {fact.id for fact in sorted(usable, key=rank)[:MOST_FACTS]}
    return tuple(fact for fact in usable if fact.id in kept)


def _offered(segment: SegmentInfo, brand: Brand, today: date) -> Offer | None:
    """The offer that the segment's positioning names, unless it has ended: no other one is this segment's."""
    named = brand.offer((segment.positioning or {}).get("offer"))
    return named if named is not None and (named.ends is None or named.ends >= today) else None


def _references(insight: Sequence[Fact], offer: Sequence[OfferFact], display: Display) -> dict[str, str]:
    shown: dict[str, str] = {}
    for fact in insight:
        base = display.base(fact)
        for handle in (fact.handle, short_handle(fact)):
            shown.setdefault(handle, display.fact(fact))
            shown.setdefault(f"{handle}.label", about(fact, display.language))
            if base is not None:
                shown.setdefault(f"{handle}.base", base)
    return {**shown, **{fact.handle: fact.text for fact in offer}}


def about(fact: Fact, language: str) -> str:
    """What a fact is about in the words of the language, its category too where it has one."""
    words = phrases(language)["page"]
    match fact.measure:
        case "size":
            return str(words["customers"])
        case "share":
            return str(words["share_of_all"])
        case "overlap":
            return fact.label
        case _:
            return fact.label if fact.category is None else f"{fact.label}{words['colon']}{fact.category}"


def short_handle(fact: Fact) -> str:
    """What a trait mainly shows is called by the trait alone: `i.average_order` is its mean."""
    name, _, measure = fact.handle.rpartition(".")
    return name if measure in _SHORT else fact.handle


def data_of(material: Material, population: Population) -> dict[str, Any]:
    """The data of the user message: every value that is sent, and the whole of it."""
    brand, display = material.brand, Display(population.locale)
    voice = {"adjectives": brand.adjectives, "do": brand.do, "dont": brand.dont}
    claims = [{"text": claim.text, "proof": claim.proof} for claim in brand.claims if claim.proof]
    return {
        "segment": _segment(material.segment),
        "facts": [_fact(fact, material, display) for fact in material.insight],
        "approved": [
            {"reference": f"{{{{{fact.handle}}}}}", "about": fact.label, "shows": fact.text}
            for fact in material.offer
        ],
        "brand": {
            "name": brand.name,
            "promise": brand.promise,
            "voice": {key: list(texts) for key, texts in voice.items()},
            "never_say": list(brand.never_say),
            "claims_with_proof": claims,
        },
    }


def _segment(segment: SegmentInfo) -> dict[str, Any]:
    positioning = segment.positioning or {}
    return {
        "id": segment.id,
        "name": segment.name,
        "description": segment.description,
        "positioning": {key: positioning[key] for key in _OWN_WORDS if positioning.get(key)},
    }


def _fact(fact: Fact, material: Material, display: Display) -> dict[str, Any]:
    reported: dict[str, Any] = {
        "id": fact.id,
        "reference": f"{{{{{short_handle(fact)}}}}}",
        "about": about(fact, material.language),
        "measure": fact.measure,
        "shows": display.fact(fact),
        "confidence": fact.confidence,
        "sets_apart": fact.id in material.found.distinctive,
    }
    if any(mark.isdigit() for mark in about(fact, material.language)):
        reported["reference_about"] = f"{{{{{short_handle(fact)}.label}}}}"
    if fact.base is not None:
        reported["all_customers"] = display.base(fact)
        reported["reference_all_customers"] = f"{{{{{short_handle(fact)}.base}}}}"
        reported["index"] = fact.index
    return reported
