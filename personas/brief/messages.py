"""What is said to the people: two variants for every channel, from the brand's approved texts only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cache
from typing import Any, TypeVar

from segmentry.engine.language.languages import all_words
from segmentry.engine.language.wording import choices
from segmentry.personas.brief.brand import Offer, Product
from segmentry.personas.brief.persona import BriefSubject, promise, style_of, together, wants
from segmentry.personas.brief.position import all_have_ordered
from segmentry.personas.brief.words import (
    Angle,
    Style,
    alike,
    bare,
    fill,
    fitting,
    is_generic,
    is_high,
    meaning_of,
    repeats,
    shortened,
    specific_first,
    stems,
)
from segmentry.personas.channels import CHANNELS
from segmentry.personas.channels.lengths import plain_marks, reads_early

T = TypeVar("T")


def angles_of(subject: BriefSubject) -> tuple[Angle, Angle]:
    """The two angles: what the figures suggest first, and another one beside it."""
    suggested: list[Angle] = []
    quiet = False
    for fact in subject.notable:
        theme = meaning_of(fact)
        if theme is not None:
            suggested.append((theme.high if is_high(fact) else theme.low).angle)
            quiet = quiet or (theme.id == "recency" and is_high(fact))
    # Who has stayed away, has only just come or never ordered is not thanked for staying.
    if quiet or subject.position != "known" or not all_have_ordered(subject.found.facts):
        suggested = [angle for angle in suggested if angle != "loyalty"]
    others: list[Angle] = ["offer"]
    general: list[Angle] = ["benefit", "convenience"]
    order: dict[Angle, None] = dict.fromkeys([*suggested[:1], *others, *suggested[1:], *general])
    usable: list[Angle] = [angle for angle in order if angle != "offer" or subject.offer is not None]
    return usable[0], usable[1]


def variants(subject: BriefSubject) -> list[dict[str, Any]]:
    """Both variants. The second one leads with its angle where both have the same promise."""
    return _both(subject, Writer.variant)


def mails(subject: BriefSubject) -> list[dict[str, str]]:
    """The mails of both variants, without the rest."""
    return _both(subject, Writer.email)


def _both(subject: BriefSubject, write: Callable[[Writer], T]) -> list[T]:
    first, second = angles_of(subject)
    leading = Writer(subject, first, reported=None)
    written = write(leading)
    return [written, write(Writer(subject, second, reported=leading.used))]


def journey(subject: BriefSubject, angle: Angle) -> dict[str, str]:
    """One line for each stage on the way: by where they stand with the shop, else by the angle."""
    words = subject.words["journey"]
    channels = subject.words["channels"]
    names = subject.positioning.get("channels") or subject.words["default_channels"]
    slots = {
        **_slots(subject, angle, leads=True),
        "channel": together(subject, [channels[name] for name in names]),
        "need": bare(wants(subject, "needs")[0]["text"]) or "",
        "barrier": bare(wants(subject, "barriers")[0]["text"]) or "",
    }
    stages: Mapping[str, Sequence[str]] = {**words[angle], **words["standing"].get(subject.position, {})}
    return {stage: _stage_line(subject, stage, lines, slots) for stage, lines in stages.items()}


def _stage_line(subject: BriefSubject, stage: str, lines: Sequence[str], slots: Mapping[str, str]) -> str:
    ordered = specific_first(lines, subject.choose, f"journey/{stage}")
    return fitting(fill(ordered, slots), 220) or fill(ordered, slots)[-1][:220]


_ANY_ORDER = frozenset({"subject", "preheader"})
"""Places that need not begin with the promise where it is the brand's, which everybody is told."""

_BY_STYLE = frozenset({"subject", "opening", "closing", "cta"})
"""Places that have words of their own for each tone."""


class Writer:
    """Writes one variant: chooses for every place the first text that says most and fits.

    ``reported`` is what the other variant says in each place; it is repeated only where nothing else fits.
    """

    def __init__(
        self, subject: BriefSubject, angle: Angle, *, reported: Mapping[str, set[str]] | None
    ) -> None:
        self.subject = subject
        self.angle: Angle = angle
        self.style: Style = style_of(subject)
        self.words: Mapping[str, Any] = subject.words["copy"]
        self.lines: Mapping[str, Any] = self.words["angles"][angle]
        self.slots = _slots(subject, angle, leads=reported is None)
        self.reported: Mapping[str, set[str]] = reported or {}
        self.used: dict[str, set[str]] = {}

    def variant(self) -> dict[str, Any]:
        """The variant as it stands in a brief."""
        return {"angle": self.angle, **{name: channel.write(self) for name, channel in CHANNELS.items()}}

    def email(self) -> dict[str, Any]:
        """The mail of the variant."""
        return CHANNELS["email"].write(self)

    def slot(self, name: str) -> str:
        """What a slot of the phrases stands for; empty for nothing."""
        return self.slots.get(name, "")

    def required(self, channel: str) -> str | None:
        """The line that the brand requires in a channel."""
        return self.subject.brand.required(channel)

    def _texts(self, place: str, limit: int, *, turn: bool = False, plain: bool = False) -> list[str]:
        """The texts of that place in their order. Their shortened parts fit into the limit."""
        by_style = place in _BY_STYLE
        templates: list[str] = self.lines[place][self.style] if by_style else self.lines[place]
        choose, slot = self.subject.choose, f"{self.angle}/{place}"
        own = bool(self.subject.positioning) or place not in _ANY_ORDER
        ordered = specific_first(templates, choose, slot, turn=turn) if own else choose.order(templates, slot)
        short = {f"{slot}_short": shortened(self.slots[slot], limit) or "" for slot in _SHORTENED}
        slots = {**self.slots, **short}
        if plain:  # the sender's name stays as it is written
            ordered = [plain_marks(template) for template in ordered]
            slots = {name: text if name == "brand" else plain_marks(text) for name, text in slots.items()}
        return fill(ordered, slots)

    def short(self, place: str, limit: int, *, turn: bool = False, but: Sequence[str] = ()) -> str:
        """The first text that says most within the limit."""
        texts = self._texts(place, limit, turn=turn)
        fitted = [text for text in texts if len(text) <= limit]
        return (
            self._fresh(place, fitted, but) or shortened(texts[-1], limit) or self.subject.brand.name[:limit]
        )

    def _fresh(self, place: str, texts: Sequence[str], but: Sequence[str] = ()) -> str | None:
        """The first text that neither ``but`` nor the other variant says; then one that ``but`` does not."""
        others = [text for text in texts if not any(repeats(text, other) for other in but)] or list(texts)
        reported = self._reported_in(place)
        chosen = next((text for text in others if text not in reported), others[0] if others else None)
        self.used[place] = {chosen} if chosen is not None else set()
        return chosen

    def _reported_in(self, place: str) -> set[str]:
        """What the other variant says in that place; the offer itself may always be named again."""
        offer = self.slots.get("offer") if self.angle == "offer" else None
        return {text for text in self.reported.get(place, ()) if offer is None or offer not in text}

    def with_required(
        self,
        place: str,
        channel: str,
        fits: Callable[[str], bool],
        *,
        but: Sequence[str] = (),
        early: int | None = None,
        plain: bool = False,
    ) -> str:
        """The text with the channel's required line after it; the line is never given up for the text.

        With ``early`` what makes sense within so many characters goes before what says more.
        """
        required = self.required(channel)
        ordered = self._texts(place, 120 if early is None else early - 1, plain=plain)
        if early is not None:
            fillers = self._fillers(place)
            ordered.sort(key=lambda text: (not reads_early(text, early), text in fillers))
            offer = self.slots["offer"] if self.angle == "offer" else ""
            ordered.sort(key=lambda text: offer not in but and offer not in text)
        texts = [f"{text} {required}" if required else text for text in ordered]
        return self._fresh(place, [text for text in texts if fits(text)], but) or texts[-1]

    def _fillers(self, place: str) -> set[str]:
        """The texts of that place that fit anywhere, and tell little."""
        return set(fill(filter(is_generic, self.lines[place]), self.slots))

    def several(
        self,
        place: str,
        least: int,
        most: int,
        limit: int,
        length: Callable[[str], int],
        *,
        but: Sequence[str] = (),
    ) -> list[str]:
        """So many texts that fit and say something of their own; what fits anywhere only where few do."""
        found: list[str] = []
        again: list[str] = []
        for text in self._texts(place, limit):
            if length(text) <= limit:
                same = any(repeats(text, other) or alike(text, other) for other in [*but, *found])
                (again if same else found).append(text)
        fillers = self._fillers(place)
        own = [text for text in found if text not in fillers]
        reported = self._reported_in(place)
        fresh = [text for text in own if text not in reported]
        rest = [text for text in [*own, *found, *again] if text not in fresh]
        chosen = [*fresh, *list(dict.fromkeys(rest))[: max(0, least - len(fresh))]][:most]
        self.used[place] = set(chosen)
        return chosen

    def letter(self) -> str:
        """A letter: greeting, opening, what the angle is about, closing, name, required line."""
        required = self.required("email")
        opening, closing = self._opening(), self._of_style(self.lines["closing"], "closing")
        greeting: str = self.words["greeting"][self.style]
        ends = [closing, self.subject.brand.name, *([required] if required else [])]
        middles = self._middle()
        while True:
            text = "\n\n".join([greeting, opening, *middles, *ends])
            if len(text) <= 900 or not middles:
                return text
            middles.pop()

    def _opening(self) -> str:
        """The first sentence: by where they stand with the shop, else by the angle."""
        position = self.words["standings"].get(self.subject.position)
        if position is None:
            return self._of_style(self.lines["opening"], "opening")
        return self._of_style(position["offer" if self.angle == "offer" else "other"], "opening")

    def _of_style(self, lines: Mapping[str, Sequence[str]], place: str) -> str:
        return self.subject.choose.one(fill(lines[self.style], self.slots), f"{self.angle}/{place}")

    def _middle(self) -> list[str]:
        """The paragraphs that carry the message, the dispensable ones last."""
        message = fill(["{promise}."], self.slots)
        if self.angle == "offer":
            return [*fill(self.words["offer_block"], self.slots)[:1], *message]
        reasons = _reasons(self.subject, self.angle)
        points = [f"{reason}." for reason in reasons]
        if len(reasons) > 1:
            points = ["\n".join([self.words["reasons"][self.style], *(f"– {reason}" for reason in reasons)])]
        reported = stems(" ".join([*message, *reasons]))
        about = stems(f"{self.slots.get('product', '')} {self.slots.get('product_text', '')}")
        product: list[str] = [] if reported & about else self.words["product"]
        return [*message, *points, *fill(product, self.slots)]


_SHORTENED = ("promise", "proof", "proof2", "proof3")


@cache
def _of_offers() -> re.Pattern[str]:
    """Words for an offer in any language, those that end in `*` with any ending."""
    listed = choices(word for words in all_words() for word in words.offer).replace(r"\*", r"\w*")
    return re.compile(rf"\b(?:{listed})\b", re.IGNORECASE)


def _reasons(subject: BriefSubject, angle: Angle) -> list[str]:
    """Why to believe the promise: the author's proofs, those that speak of an offer only where there is one.

    Where nobody wrote a positioning the brand's products stand in for them.
    """
    if not subject.positioning:
        colon = subject.words["copy"]["colon"]
        products = [f"{one.name}{colon}{bare(one.text)}" for one in subject.brand.products if bare(one.text)]
        return [text for text in products if len(text) <= 140][:3]
    proofs = [text for text in subject.texts("proof") if len(text) <= 140][:3]
    others = [text for text in proofs if not _of_offers().search(text)]
    return proofs if angle == "offer" or not others else others


def _slots(subject: BriefSubject, angle: Angle, *, leads: bool) -> dict[str, str]:
    """What the templates may name; a slot without a text is empty, and its templates are passed over.

    In the second variant the proofs change places, so that both don't say the same first.
    """
    proofs = _reasons(subject, angle)
    if not leads:
        proofs = [*proofs[1:], *proofs[:1]]
    own = promise(subject, 110)
    slots = {
        "brand": subject.brand.name,
        "promise": own,
        "brand_promise": "" if bare(subject.brand.promise) == own else bare(subject.brand.promise) or "",
        **dict(zip(_SHORTENED[1:], [*proofs, "", "", ""], strict=False)),
        **_offer_slots(subject, subject.offer),
    }
    products = _products(subject)
    if products:
        name = products[0].name
        # One word alone ("Basics") makes no headline.
        slots |= {"product": name, "product_name": name if " " in name else ""}
        slots["product_text"] = bare(products[0].text) or ""
    return slots


def _offer_slots(subject: BriefSubject, offer: Offer | None) -> dict[str, str]:
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


def _products(subject: BriefSubject) -> list[Product]:
    """The brand's products that the segment's own words speak of, the closest first.

    They speak of one where they share its whole name, or the name's first longer word and another one.
    """
    own = stems(" ".join([*subject.texts("needs"), *subject.texts("proof"), promise(subject, 110)]))
    near = [
        (len(own & stems(f"{product.name} {product.text or ''}")), product)
        for product in subject.brand.products
    ]
    meant = [pair for pair in near if pair[0] and _is_named(pair[1].name, own, pair[0])]
    return [product for _, product in sorted(meant, key=lambda pair: -pair[0])]


def _is_named(name: str, own: Set[str], shared: int) -> bool:
    first = next((word for word in name.split() if stems(word)), "")
    return stems(name) <= own or (shared >= 2 and bool(stems(first) & own))
