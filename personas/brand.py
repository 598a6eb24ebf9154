"""brand.yaml: how the brand speaks, what it may promise and what it offers; and rules that contradict it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from segmentry.engine.diagnostics import Diagnostic, Related, Span, sorted_diagnostics
from segmentry.engine.document import Document, read_document
from segmentry.engine.findings import diagnostic
from segmentry.engine.schema import validate
from segmentry.personas.inputs import SegmentInfo


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that may only be said with a proof."""

    text: str
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What copy may name."""

    id: str
    name: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What copy may offer; ``ends`` is its last day."""

    id: str
    text: str
    code: str | None = None
    discount: str | None = None
    ends: date | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Brand:
    """brand.yaml. ``required_lines`` by channel; ``sha256`` of the file's bytes ("" when made in memory)."""

    name: str
    promise: str | None = None
    adjectives: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    never_say: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    required_lines: Mapping[str, str] | None = None
    products: tuple[Product, ...] = ()
    offers: tuple[Offer, ...] = ()
    sha256: str = ""

    def offer(self, id_: str | None) -> Offer | None:
        """The offer of that id, or None."""
        return next((offer for offer in self.offers if offer.id == id_), None)

    def required(self, channel: str) -> str | None:
        """The line that a channel has to carry, or None."""
        return (self.required_lines or {}).get(channel)


def read_brand(file: str, raw: bytes) -> tuple[Brand | None, list[Diagnostic]]:
    """The brand of a file's bytes, and every finding; no brand where a finding is an error."""
    document, findings = read_document(file, raw)
    if document is None:
        return None, findings
    found, _ = validate(document, "brand")
    findings = [*findings, *found]
    if not any(item.severity == "error" for item in findings):
        findings += [*_duplicates(document, "offers"), *_duplicates(document, "products")]
    if any(item.severity == "error" for item in findings):
        return None, sorted_diagnostics(findings)
    return _brand(document.data, hashlib.sha256(raw).hexdigest()), sorted_diagnostics(findings)


def _duplicates(document: Document, part: str) -> Iterable[Diagnostic]:
    seen: dict[str, Span] = {}
    for at, item in enumerate(document.data.get(part) or []):
        span = document.value_span((part, at, "id"))
        if item["id"] in seen:
            first = Related("the first is here", document.file, seen[item["id"]])
            what = f"two {part} have the id `{item['id']}`"
            hint = "give one of them another id"
            yield diagnostic("duplicate-id", what, document.file, span, hint=hint, related=[first])
        else:
            seen[item["id"]] = span


def _brand(data: Mapping[str, Any], sha256: str) -> Brand:
    voice: Mapping[str, Any] = data.get("voice") or {}
    return Brand(
        name=data["name"],
        promise=data.get("promise"),
        adjectives=tuple(voice.get("adjectives") or ()),
        do=tuple(voice.get("do") or ()),
        dont=tuple(voice.get("dont") or ()),
        never_say=tuple(data.get("never_say") or ()),
        claims=tuple(Claim(item["text"], item.get("proof")) for item in data.get("claims") or ()),
        required_lines=dict(data.get("required_lines") or {}),
        products=tuple(Product(p["id"], p["name"], p.get("text")) for p in data.get("products") or ()),
        offers=tuple(_offer(item) for item in data.get("offers") or ()),
        sha256=sha256,
    )


def _offer(item: Mapping[str, Any]) -> Offer:
    ends = item.get("ends")
    return Offer(
        id=item["id"],
        text=item["text"],
        code=item.get("code"),
        discount=item.get("discount"),
        ends=None if ends is None else date.fromisoformat(ends),
        proof=item.get("proof"),
    )


Places = Callable[[str, tuple[str | int, ...]], tuple[str, Span]]
"""Segment id and path inside its positioning → file and span."""


def check_positioning(brand: Brand, segments: Iterable[SegmentInfo], places: Places) -> list[Diagnostic]:
    """Where a segment's positioning names an offer that the brand does not have."""
    known = [offer.id for offer in brand.offers]
    findings: list[Diagnostic] = []
    for segment in segments:
        offer = (segment.positioning or {}).get("offer")
        if offer is None or offer in known:
            continue
        near = get_close_matches(str(offer), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"brand.yaml has {', '.join(known) or 'no offers'}"
        file, span = places(segment.id, ("offer",))
        findings.append(diagnostic("unknown-offer", f"no offer named `{offer}`", file, span, hint=hint))
    return sorted_diagnostics(findings)
