"""The offer pool: what customer copy may name, as facts with ids like those about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.engine.language.languages import phrases
from segmentry.personas.brief.brand import Brand, Offer
from segmentry.personas.facts import Display, Fact
from segmentry.personas.facts.segment_facts import slugs


@dataclass(frozen=True, slots=True)
class OfferFact:
    """One approved text: an offer's code, a product's name. ``handle`` is what a template writes."""

    id: str
    handle: str
    label: str
    text: str


def offer_pool(brand: Brand, display: Display) -> dict[str, OfferFact]:
    """The facts of the offer pool by id: the brand, its offers and products."""
    words = phrases(display.language)["page"]
    texts: dict[str, tuple[str, str]] = {"brand.name": (words["brand"], brand.name)}
    if brand.promise:
        texts["brand.promise"] = (words["brand_promise"], brand.promise)
    names = slugs((offer.id for offer in brand.offers), taken=["brand", "product"])
    for offer in brand.offers:
        texts.update({f"{names[offer.id]}.{part}": (offer.id, text) for part, text in _parts(offer, display)})
    products = slugs(product.id for product in brand.products)
    for product in brand.products:
        texts[f"product.{products[product.id]}.name"] = (product.id, product.name)
        if product.text:
            texts[f"product.{products[product.id]}.text"] = (product.id, product.text)
    return {
        f"offer.{path}": OfferFact(f"offer.{path}", f"o.{path}", label, text)
        for path, (label, text) in texts.items()
    }


def _parts(offer: Offer, display: Display) -> list[tuple[str, str]]:
    ends = None if offer.ends is None else display.long_date(offer.ends)
    parts = {
        "text": offer.text,
        "code": offer.code,
        "discount": offer.discount,
        "ends": ends,
        "proof": offer.proof,
    }
    return [(name, text) for name, text in parts.items() if text]


def insight_entry(fact: Fact, display: Display) -> dict[str, Any]:
    """The fact as it stands in a brief's ``facts``."""
    return {
        "id": fact.id,
        "handle": fact.handle,
        "pool": "insight",
        "label": _label(fact, display),
        "text": display.fact(fact),
        "base_text": display.base(fact),
        "value": fact.value,
        "base": fact.base,
        "unit": fact.currency or fact.unit,
        "index": fact.index,
        "effect": fact.effect,
        "effect_kind": fact.effect_kind,
        "confidence": fact.confidence,
    }


def _label(fact: Fact, display: Display) -> str:
    """What the figure is of, in the brief's language where the words are ours."""
    words = phrases(display.language)["page"]
    match fact.measure:
        case "size":
            return str(words["customers"])
        case "share":
            return str(words["share_of_all"])
        case "category":
            return f"{fact.label}{words['colon']}{fact.category}"
        case _:
            return display.label(fact)


def offer_entry(fact: OfferFact) -> dict[str, Any]:
    """The approved text as it stands in a brief's ``facts``."""
    empty: Mapping[str, Any] = dict.fromkeys(
        ("base_text", "value", "base", "unit", "index", "effect", "effect_kind", "confidence")
    )
    reported = {"id": fact.id, "handle": fact.handle, "pool": "offer", "label": fact.label, "text": fact.text}
    return {**reported, **empty}
