"""What is said to the people: two variants for every channel, from the brand's approved texts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from segmentry.personas.brand import Offer, Product
from segmentry.personas.brief.persona import Subject, promise, style_of
from segmentry.personas.brief.words import (
    Angle,
    Style,
    bare,
    fill,
    is_high,
    meaning_of,
    shortened,
    specific_first,
)
from segmentry.personas.checks.lengths import columns, fits_one_sms, limit, told_early


def angles_of(subject: Subject) -> tuple[Angle, Angle]:
    """The two angles: what the figures suggest first, and another one beside it."""
    suggested: list[Angle] = []
    for fact in subject.telling:
        theme = meaning_of(fact)
        if theme is not None:
            suggested.append((theme.high if is_high(fact) else theme.low).angle)
    others: list[Angle] = ["offer"]
    general: list[Angle] = ["benefit", "convenience"]
    order: dict[Angle, None] = dict.fromkeys([*suggested[:1], *others, *suggested[1:], *general])
    usable: list[Angle] = [angle for angle in order if angle != "offer" or subject.offer is not None]
    return usable[0], usable[1]


def variants(subject: Subject) -> list[dict[str, Any]]:
    """Both variants. The second one leads with its angle where both have the same promise."""
    first, second = angles_of(subject)
    leading = Writer(subject, first, told=frozenset())
    variant = leading.variant()
    return [variant, Writer(subject, second, told=frozenset(leading.used)).variant()]


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

    ``told`` is what the other variant says already; it is repeated only where nothing else fits.
    """

    def __init__(self, subject: Subject, angle: Angle, *, told: frozenset[str]) -> None:
        self.subject = subject
        self.angle = angle
        self.style: Style = style_of(subject)
        self.words: Mapping[str, Any] = subject.words["copy"]
        self.lines: Mapping[str, Any] = self.words["angles"][angle]
        self.slots = _slots(subject, leads=not told)
        self.told = told
        self.used: set[str] = set()

    def variant(self) -> dict[str, Any]:
        """The variant as it stands in a brief."""
        cta = self._short("cta", 25)
        return {
            "angle": self.angle,
            "email": {
                "subject": self._short("subject", 50, turn=True),
                "preheader": self._short("preheader", 90, turn=True),
                "body": self._body(),
                "cta": cta,
            },
            "sms": {"body": self._with_required("sms", "sms", fits_one_sms)},
            "push": {
                "title": self._short("push_title", 40),
                "body": self._with_required("push_body", "push", lambda text: len(text) <= 120),
            },
            "search_ad": self._search_ad(),
            "social_ad": {
                "primary": self._with_required("primary", "social_ad", lambda text: len(text) <= 125),
                "headline": self._short("social_headline", 27),
            },
            "landing": {
                "headline": self._short("landing_headline", 60),
                "subheadline": self._with_required("subheadline", "landing", lambda text: len(text) <= 120),
                "bullets": self._several("bullets", 3, 90, len),
                "cta": cta,
            },
        }

    def _texts(self, place: str, *, turn: bool = False) -> list[str]:
        by_style = place in _BY_STYLE
        templates: list[str] = self.lines[place][self.style] if by_style else self.lines[place]
        ordered = specific_first(templates, self.subject.choose, f"{self.angle}/{place}", turn=turn)
        return fill(ordered, self.slots)

    def _short(self, place: str, limit: int, *, turn: bool = False) -> str:
        texts = self._texts(place, turn=turn)
        fitted = [text for text in texts if len(text) <= limit]
        return self._fresh(fitted) or shortened(texts[-1], limit) or self.subject.brand.name[:limit]

    def _fresh(self, texts: Sequence[str]) -> str | None:
        """The first text that the other variant does not say, else simply the first."""
        chosen = next((text for text in texts if text not in self.told), texts[0] if texts else None)
        if chosen is not None:
            self.used.add(chosen)
        return chosen

    def _with_required(self, place: str, channel: str, fits: Callable[[str], bool]) -> str:
        """The text with the channel's required line after it; the line is never given up for the text."""
        required = self.subject.brand.required(channel)
        texts = [f"{text} {required}" if required else text for text in self._texts(place)]
        if channel == "push":  # what the lock screen shows whole goes before what says more
            texts.sort(key=lambda text: not told_early(text, limit("push_body_android")))
        return self._fresh([text for text in texts if fits(text)]) or texts[-1]

    def _several(self, place: str, count: int, limit: int, length: Callable[[str], int]) -> list[str]:
        found: list[str] = []
        for text in self._texts(place):
            if length(text) <= limit and text.rstrip(".") not in [other.rstrip(".") for other in found]:
                found.append(text)
        fresh = [text for text in found if text not in self.told]
        chosen = (fresh if len(fresh) >= count else found)[:count]
        self.used.update(chosen)
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
        proofs = ["\n".join(f"– {text}" for text in _proofs(self.subject))] if _proofs(self.subject) else []
        told = any(self.slots.get("product_text") == proof for proof in _proofs(self.subject))
        product = [] if told else fill(["{product}: {product_text}."], self.slots)
        if self.angle == "offer":
            return [*fill(self.words["offer_block"], self.slots)[:1], *message]
        if self.angle == "convenience":
            return [*proofs, *message, *product]
        return [*message, *proofs, *product]


def _proofs(subject: Subject) -> list[str]:
    return [text for text in subject.texts("proof") if len(text) <= 140][:3]


def _slots(subject: Subject, *, leads: bool) -> dict[str, str]:
    """What the templates may name; a slot without a text is empty, and its templates are passed over.

    In the second variant the proofs change places, so that both don't say the same first.
    """
    proofs = _proofs(subject)
    if not leads:
        proofs.reverse()
    own = promise(subject, 110)
    slots = {
        "brand": subject.brand.name,
        "promise": own,
        "promise_short": shortened(own, 60) or "",
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
        "offer_short": shortened(text, 60) or "",
        "code": offer.code or "",
        "terms": bare(offer.proof) or "",
        "ends": subject.display.long_date(offer.ends) if offer.ends else "",
        "ends_short": subject.display.short_date(offer.ends) if offer.ends else "",
    }


def _products(subject: Subject) -> list[Product]:
    """The brand's products that the segment's own words speak of, the closest first."""
    own = _stems(" ".join([*subject.texts("needs"), *subject.texts("proof"), promise(subject, 110)]))
    near = [(len(own & _stems(f"{p.name} {p.text or ''}")), p) for p in subject.brand.products]
    return [product for shared, product in sorted(near, key=lambda pair: -pair[0]) if shared]


def _stems(text: str) -> set[str]:
    words = (word.strip(".,;:!?()").lower() for word in text.split())
    return {word[:6] for word in words if len(word) > 4}
