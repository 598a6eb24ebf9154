"""What is said to the people: two variants for every channel, from the brand's approved texts only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from segmentry.personas.brand import Offer, Product
from segmentry.personas.brief.persona import Subject, promise, style_of
from segmentry.personas.brief.words import (
    Angle,
    Style,
    alike,
    bare,
    fill,
    is_high,
    meaning_of,
    says_again,
    shortened,
    specific_first,
    stems,
)
from segmentry.personas.checks.lengths import columns, fits_one_sms, limit, told_early


def angles_of(subject: Subject) -> tuple[Angle, Angle]:
    """The two angles: what the figures suggest first, and another one beside it."""
    suggested: list[Angle] = []
    quiet = False
    for fact in subject.telling:
        theme = meaning_of(fact)
        if theme is not None:
            suggested.append((theme.high if is_high(fact) else theme.low).angle)
            quiet = quiet or (theme.id == "recency" and is_high(fact))
    if quiet:  # who has stayed away is not thanked for staying
        suggested = [angle for angle in suggested if angle != "loyalty"]
    others: list[Angle] = ["offer"]
    general: list[Angle] = ["benefit", "convenience"]
    order: dict[Angle, None] = dict.fromkeys([*suggested[:1], *others, *suggested[1:], *general])
    usable: list[Angle] = [angle for angle in order if angle != "offer" or subject.offer is not None]
    return usable[0], usable[1]


def variants(subject: Subject) -> list[dict[str, Any]]:
    """Both variants. The second one leads with its angle where both have the same promise."""
    first, second = angles_of(subject)
    leading = Writer(subject, first, told=None)
    variant = leading.variant()
    return [variant, Writer(subject, second, told=leading.used).variant()]


def journey(subject: Subject, angle: Angle) -> dict[str, str]:
    """One line for each stage on the way."""
    words = subject.words
    names = [
        words["channels"][name] for name in subject.positioning.get("channels") or words["default_channels"]
    ]
    last = names.pop()
    together = f"{', '.join(names)}{words['copy']['joiner']}{last}" if names else last
    stages: Mapping[str, Sequence[str]] = words["journey"][angle]
    return {
        stage: fill([subject.choose.one(lines, f"journey/{stage}")], {"channel": together})[0]
        for stage, lines in stages.items()
    }


_BY_STYLE = frozenset({"subject", "opening", "closing", "cta"})
"""Places that have words of their own for each tone."""


class Writer:
    """Writes one variant: chooses for every place the first text that says most and fits.

    ``told`` is what the other variant says in each place; it is repeated only where nothing else fits.
    """

    def __init__(self, subject: Subject, angle: Angle, *, told: Mapping[str, set[str]] | None) -> None:
        self.subject = subject
        self.angle: Angle = angle
        self.style: Style = style_of(subject)
        self.words: Mapping[str, Any] = subject.words["copy"]
        self.lines: Mapping[str, Any] = self.words["angles"][angle]
        self.slots = _slots(subject, angle, leads=told is None)
        self.told: Mapping[str, set[str]] = told or {}
        self.used: dict[str, set[str]] = {}

    def variant(self) -> dict[str, Any]:
        """The variant as it stands in a brief."""
        cta = self._short("cta", 25)
        email, push, social, landing = self._email(), self._push(), self._social_ad(), self._landing()
        return {
            "angle": self.angle,
            "email": {**email, "cta": cta},
            "sms": {"body": self._with_required("sms", "sms", fits_one_sms)},
            "push": push,
            "search_ad": self._search_ad(),
            "social_ad": social,
            "landing": {**landing, "cta": cta},
        }

    def _email(self) -> dict[str, str]:
        subject = self._short("subject", 50, turn=True)
        preheader = self._short("preheader", 90, but=[subject])
        return {"subject": subject, "preheader": preheader, "body": self._body()}

    def _push(self) -> dict[str, str]:
        title = self._short("push_title", 40)
        body = self._with_required("push_body", "push", lambda text: len(text) <= 120, but=[title])
        return {"title": title, "body": body}

    def _social_ad(self) -> dict[str, str]:
        headline = self._short("social_headline", 27)
        primary = self._with_required("primary", "social_ad", lambda text: len(text) <= 125, but=[headline])
        return {"primary": primary, "headline": headline}

    def _landing(self) -> dict[str, Any]:
        headline = self._short("landing_headline", 60)
        below = self._with_required("subheadline", "landing", lambda text: len(text) <= 120, but=[headline])
        bullets = self._several("bullets", 3, 90, len, but=[headline, below])
        return {"headline": headline, "subheadline": below, "bullets": bullets}

    def _texts(self, place: str, limit: int, *, turn: bool = False) -> list[str]:
        by_style = place in _BY_STYLE
        templates: list[str] = self.lines[place][self.style] if by_style else self.lines[place]
        ordered = specific_first(templates, self.subject.choose, f"{self.angle}/{place}", turn=turn)
        whole = {"promise_short": "promise", "proof_short": "proof", "proof2_short": "proof2"}
        short = {name: shortened(self.slots[slot], limit) or "" for name, slot in whole.items()}
        return fill(ordered, {**self.slots, **short})

    def _short(self, place: str, limit: int, *, turn: bool = False, but: Sequence[str] = ()) -> str:
        texts = self._texts(place, limit, turn=turn)
        fitted = [text for text in texts if len(text) <= limit]
        return (
            self._fresh(place, fitted, but) or shortened(texts[-1], limit) or self.subject.brand.name[:limit]
        )

    def _fresh(self, place: str, texts: Sequence[str], but: Sequence[str] = ()) -> str | None:
        """The first text that neither ``but`` nor the other variant says; then one that ``but`` does not."""
        others = [text for text in texts if not any(says_again(text, other) for other in but)] or list(texts)
        told = self._told_in(place)
        chosen = next((text for text in others if text not in told), others[0] if others else None)
        self.used[place] = {chosen} if chosen is not None else set()
        return chosen

    def _told_in(self, place: str) -> set[str]:
        """What the other variant says in that place; the offer itself may always be named again."""
        offer = self.slots.get("offer") if self.angle == "offer" else None
        return {text for text in self.told.get(place, ()) if offer is None or offer not in text}

    def _with_required(
        self, place: str, channel: str, fits: Callable[[str], bool], *, but: Sequence[str] = ()
    ) -> str:
        """The text with the channel's required line after it; the line is never given up for the text."""
        required = self.subject.brand.required(channel)
        texts = [f"{text} {required}" if required else text for text in self._texts(place, 120)]
        if channel == "push":  # what the lock screen shows whole goes before what says more
            texts.sort(key=lambda text: not told_early(text, limit("push_body_android")))
            offer = self.slots["offer"] if self.angle == "offer" else ""
            texts.sort(key=lambda text: offer not in but and offer not in text)
        return self._fresh(place, [text for text in texts if fits(text)], but) or texts[-1]

    def _several(
        self, place: str, count: int, limit: int, length: Callable[[str], int], *, but: Sequence[str] = ()
    ) -> list[str]:
        """So many texts that fit and say something of their own, as far as there are."""
        fitted = [text for text in self._texts(place, limit) if length(text) <= limit]
        found: list[str] = []
        again: list[str] = []
        for text in fitted:
            same = any(says_again(text, other) for other in [*but, *found])
            (again if same or any(alike(text, other) for other in found) else found).append(text)
        told = self._told_in(place)
        fresh = [text for text in found if text not in told]
        chosen = (fresh if len(fresh) >= count else [*found, *dict.fromkeys(again)])[:count]
        self.used[place] = set(chosen)
        return chosen

    def _search_ad(self) -> dict[str, list[str]]:
        headlines = self._several("headlines", 5, 30, columns)
        descriptions = self._several("descriptions", 3, 90, columns)
        required = self.subject.brand.required("search_ad")
        if required and columns(required) <= 90:
            descriptions = [*descriptions[:2], required]
        return {"headlines": headlines, "descriptions": descriptions}

    def _body(self) -> str:
        """The e-mail: greeting, opening, what the angle is about, closing, name, required line."""
        required = self.subject.brand.required("email")
        opening, closing = self._of_style("opening"), self._of_style("closing")
        greeting: str = self.words["greeting"][self.style]
        ends = [closing, self.subject.brand.name, *([required] if required else [])]
        middles = self._middle()
        while True:
            text = "\n\n".join([greeting, opening, *middles, *ends])
            if len(text) <= 900 or not middles:
                return text
            middles.pop()

    def _of_style(self, place: str) -> str:
        return self.subject.choose.one(self.lines[place][self.style], f"{self.angle}/{place}")

    def _middle(self) -> list[str]:
        """The paragraphs that carry the message, the dispensable ones last."""
        message = fill(["{promise}."], self.slots)
        reasons = _proofs(self.subject, self.angle)
        proofs = ["\n".join(f"– {text}" for text in reasons)] if reasons else []
        told = any(alike(self.slots.get("product_text", ""), reason) for reason in reasons)
        product = [] if told else fill(["{product}: {product_text}."], self.slots)
        if self.angle == "offer":
            return [*fill(self.words["offer_block"], self.slots)[:1], *message]
        if self.angle == "convenience":
            return [*proofs, *message, *product]
        return [*message, *proofs, *product]


_OF_OFFERS = re.compile(r"\b(?:offer|offers|offer's|angebot\w*)\b", re.IGNORECASE)


def _proofs(subject: Subject, angle: Angle) -> list[str]:
    """The author's proofs; those that speak of an offer only where there is one."""
    proofs = [text for text in subject.texts("proof") if len(text) <= 140][:3]
    others = [text for text in proofs if not _OF_OFFERS.search(text)]
    return proofs if angle == "offer" or not others else others


def _slots(subject: Subject, angle: Angle, *, leads: bool) -> dict[str, str]:
    """What the templates may name; a slot without a text is empty, and its templates are passed over.

    In the second variant the proofs change places, so that both don't say the same first.
    """
    proofs = _proofs(subject, angle)
    if not leads:
        proofs.reverse()
    own = promise(subject, 110)
    slots = {
        "brand": subject.brand.name,
        "promise": own,
        "brand_promise": "" if bare(subject.brand.promise) == own else bare(subject.brand.promise) or "",
        "proof": proofs[0] if proofs else "",
        "proof2": proofs[1] if len(proofs) > 1 else "",
        **_offer_slots(subject, subject.offer),
    }
    products = _products(subject)
    if products:
        name = products[0].name
        # One word alone ("Basics") makes no headline.
        slots |= {"product": name, "product_name": name if " " in name else ""}
        slots["product_text"] = bare(products[0].text) or ""
    return slots


def _offer_slots(subject: Subject, offer: Offer | None) -> dict[str, str]:
    if offer is None:
        return {}
    text = bare(offer.text) or ""
    return {
        "offer": text,
        "code": offer.code or "",
        "terms": bare(offer.proof) or "",
        "ends": subject.display.long_date(offer.ends) if offer.ends else "",
        "ends_short": subject.display.short_date(offer.ends) if offer.ends else "",
    }


def _products(subject: Subject) -> list[Product]:
    """The brand's products that the segment's own words speak of, the closest first.

    They speak of one where they share its whole name, or two longer words with name and text.
    """
    own = stems(" ".join([*subject.texts("needs"), *subject.texts("proof"), promise(subject, 110)]))
    near = [
        (len(own & stems(f"{product.name} {product.text or ''}")), product)
        for product in subject.brand.products
    ]
    meant = [pair for pair in near if pair[0] >= 2 or (pair[0] and stems(pair[1].name) <= own)]
    return [product for _, product in sorted(meant, key=lambda pair: -pair[0])]
