"""brand.yaml: how the brand speaks, what it may promise and what it offers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from segmentry.engine.checks.brand import BRAND_FILE, check_brand_file
from segmentry.engine.diagnostics.errors import RuleError
from segmentry.engine.workspace import Workspace


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
    """What copy may offer; ``ends`` is its last day, ``discount`` the words for it, like "10%"."""

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


def load_brand(workspace: Workspace) -> Brand:
    """The brand of a workspace; without a brand.yaml one that has the workspace's name and nothing else.

    Raises RuleError where brand.yaml, or an offer that a positioning names, is wrong.
    """
    found = check_brand_file(workspace.root, workspace.model, workspace.documents, date.min)
    wrong = [item for item in found.findings if item.severity == "error"]
    if wrong:
        raise RuleError(wrong)
    if found.document is None:
        return Brand(workspace.model.name)
    return _brand(found.document.data, hashlib.sha256((workspace.root / BRAND_FILE).read_bytes()).hexdigest())


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
