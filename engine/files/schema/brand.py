"""The schema of brand.yaml: how the brand speaks, what it may promise and what it offers."""

from __future__ import annotations

from segmentry.engine.files.schema.parts import Schema, list_of, mapping, text, texts
from segmentry.engine.language.channels import CHANNELS


def brand_schema() -> Schema:
    """The file of the brand."""
    return mapping(
        "a brand",
        {
            "name": text("The name of the brand."),
            "promise": text("What the brand promises everybody, in a sentence."),
            "voice": _voice(),
            "never_say": texts("Words that never appear in our copy."),
            "claims": list_of(_claim(), "a list of claims", "What may be said only with its proof."),
            "required_lines": _required_lines(),
            "products": list_of(_product(), "a list of products", "What copy may name."),
            "offers": list_of(_offer(), "a list of offers", "What copy may offer."),
        },
        required=("name",),
    )


def _voice() -> Schema:
    return mapping(
        "a voice",
        {
            "adjectives": texts("What the voice is like: `[warm, plain]`."),
            "do": texts("What we do when we write."),
            "dont": texts("What we never do."),
        },
        description="How the brand speaks.",
    )


def _claim() -> Schema:
    return mapping(
        "a claim, like `{text: repaired for free, proof: …}`",
        {
            "text": text("The words that need a proof."),
            "proof": text("What proves them."),
        },
        required=("text",),
    )


def _required_lines() -> Schema:
    return mapping(
        "the lines by channel",
        {channel: text(f"The line that every {channel} has to end with.") for channel in CHANNELS},
        description="Lines that have to be there, by channel.",
    )


def _product() -> Schema:
    return mapping(
        "a product",
        {
            "id": text("The id of the product, by which copy names it.", "an id", minLength=1),
            "name": text("The name of the product."),
            "text": text("What it is, in a few words."),
        },
        required=("id", "name"),
    )


def _offer() -> Schema:
    return mapping(
        "an offer",
        {
            "id": text("The id of the offer, which `positioning` names.", "an id", minLength=1),
            "text": text("The offer in words."),
            "code": text("The code that customers enter."),
            "discount": text("The discount as it is written: `10%`."),
            "ends": text("The last day of the offer.", "a date, like 2026-11-15", format="date"),
            "proof": text("The conditions, which prove the offer."),
        },
        required=("id", "text"),
    )
