"""Who the people are: statements from facts and positioning, each with its basis and evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from segmentry.engine.language.languages import Words, all_words, phrases, words
from segmentry.engine.language.wording import choices
from segmentry.personas.brief.brand import Brand, Offer
from segmentry.personas.brief.position import Position, no_orders
from segmentry.personas.brief.words import (
    STYLES,
    Chooser,
    Style,
    bare,
    fill,
    fitting,
    is_high,
    meaning_of,
    shortened,
    theme_of,
)
from segmentry.personas.facts import Display, Fact, SegmentFacts
from segmentry.personas.facts.population import SegmentInfo

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BriefSubject:
    """Everything that a brief about one segment is made from."""

    segment: SegmentInfo
    segmentation: str
    found: SegmentFacts
    brand: Brand
    display: Display
    language: str
    choose: Chooser
    today: date
    position: Position

    @property
    def words(self) -> Mapping[str, Any]:
        """The phrases of the brief's language."""
        return phrases(self.language)

    @property
    def lists(self) -> Words:
        """The word lists of the brief's language."""
        return words(self.language)

    @property
    def positioning(self) -> Mapping[str, Any]:
        """The segment's positioning, empty where none is written."""
        return self.segment.positioning or {}

    def texts(self, key: str) -> list[str]:
        """The positioning's texts of that key."""
        return [text for text in (bare(item) for item in self.positioning.get(key) or ()) if text]

    @property
    def offer(self) -> Offer | None:
        """The offer that the positioning names, unless it has ended."""
        named = self.brand.offer(self.positioning.get("offer"))
        return named if named is not None and (named.ends is None or named.ends >= self.today) else None

    @property
    def notable(self) -> list[Fact]:
        """The facts that set the segment apart, strongest first; of one theme only the strongest.

        Orders in 6, 12 and 24 months are three facts, but one thing to say about people. Scores, which
        sum up what other figures tell, and what has no plain words (unless it is the strongest of all) are
        told where the others are fewer than two.
        """
        by_id, reported, scores = self.found.by_id(), dict[str, Fact](), dict[str, Fact]()
        for fact in (by_id[id_] for id_ in self.found.distinctive):
            theme = theme_of(fact)
            if theme is not None and theme.id == "score":
                scores.setdefault(theme.id, fact)
            else:
                reported.setdefault(
                    fact.id if theme is None else f"{_family(theme.id)}/{is_high(fact)}", fact
                )
        first = next((fact for fact in reported.values() if fact.value), None)
        plain = [fact for fact in reported.values() if meaning_of(fact) is not None or fact is first]
        return plain if len(plain) >= 2 else [*reported.values(), *scores.values()]

    @property
    def description(self) -> str | None:
        """The segment's description as a whole sentence."""
        text = bare(self.segment.description)
        return f"{text}." if text else None


def _family(theme: str) -> str:
    """What a theme is one thing to say with: all orders so far and those of a year are."""
    return "frequency" if theme == "history" else theme


def statement(text: str, basis: str, evidence: Sequence[Fact] = ()) -> Statement:
    """A statement, as sure as the weakest fact it rests on; without facts its confidence is low."""
    grades = ("low", "medium", "high")
    weakest = min((grades.index(fact.confidence) for fact in evidence), default=0)
    ids = [fact.id for fact in evidence]
    return {"text": text, "basis": basis, "evidence": ids, "confidence": grades[weakest]}


@cache
def _average() -> re.Pattern[str]:
    """Labels that say themselves that they are an average: "on average" beside them reads twice."""
    return re.compile(choices(part for words in all_words() for part in words.labels.average), re.IGNORECASE)


def evidence_text(subject: BriefSubject, fact: Fact) -> str:
    """The sentence that tells what a figure means, where its theme is known, and it beside the base's."""
    kind = _kind(fact)
    label = subject.display.label(fact)
    slots = {
        "label": label,
        "inside": inside(subject, label),
        "value": subject.display.fact(fact),
        "base": subject.display.base(fact) or "",
        "category": fact.category or "",
        "lead": lead(subject, fact) or "",
    }
    note = f" {subject.words['statements']['partly'][0]}" if fact.partly else ""
    texts = [f"{text}{note}" for text in fill(subject.words["statements"][kind], slots)]
    return fitting(texts, 220) or texts[-1][:220]


def _kind(fact: Fact) -> str:
    if fact.measure in ("recency", "category", "true"):
        return fact.measure
    if fact.value == 0:
        return "none"
    kind = _ratio(fact)
    return "plain" if kind == "mean" and _average().search(fact.label) else kind


def _ratio(fact: Fact) -> str:
    """A ratio that is easily said in a word, else the plain comparison."""
    index = fact.index or 0
    near = {"twice": 200, "thrice": 300, "half": 50}
    return next((word for word, about in near.items() if abs(index - about) <= about * 0.03), "mean")


def inside(subject: BriefSubject, label: str) -> str:
    """A label as it stands in brackets within a sentence: its first letter small where the word is common."""
    first = label.split(" ", 1)[0]
    small = f"{label[:1].lower()}{label[1:]}" if first in subject.lists.labels.common else label
    return small.replace("(", "[").replace(")", "]")


def lead(subject: BriefSubject, fact: Fact, *, again: bool = False) -> str | None:
    """What people do, by the figure and beside others: "buy more often at a discount".

    None where its theme is not known. ``again`` says the same in other words.
    """
    theme = meaning_of(fact)
    if theme is None:
        return None
    entry = subject.words["themes"][theme.id]["high" if is_high(fact) else "low"]
    ordered = subject.choose.order(entry["lead"], f"lead/{theme.id}")
    return fill([ordered[-1 if again else 0]], {"category": fact.category or ""})[0]


def traits(subject: BriefSubject) -> list[Statement]:
    """Two to four statements; where few figures stand out it says so."""
    reported = _one_zero(subject.notable)
    found = [statement(evidence_text(subject, fact), "observed", [fact]) for fact in reported[:4]]
    if len(found) >= 2:
        return found
    return [*found, *([] if found else [_by_rule(subject)]), _honestly(subject, few=bool(found))]


def _honestly(subject: BriefSubject, *, few: bool) -> Statement:
    """What is to be said where less than two figures stand out, with a figure that shows it."""
    words, facts = subject.words["statements"], subject.found.facts
    size = [fact for fact in facts if fact.measure in ("size", "mean", "true", "category")][:1]
    if subject.found.too_small or not size:
        return statement(words["too_small"][0], "inferred")
    if subject.position == "stranger":
        return statement(words["unmeasured"][0], "observed", no_orders(facts)[:1])
    return statement(words["single" if few else "alike"][0], "observed", size)


def _one_zero(facts: Sequence[Fact]) -> list[Fact]:
    """Of figures that are zero only the first: who has not ordered has no returns, no spend and so on."""
    zeros = [fact for fact in facts if fact.value == 0]
    return [fact for fact in facts if fact.value != 0 or fact is zeros[0]]


def _by_rule(subject: BriefSubject) -> Statement:
    words = subject.words["statements"]
    slots = {
        "description": subject.description or "",
        "segmentation": subject.segmentation,
        "name": subject.segment.name,
    }
    names = ["by_rule", "otherwise" if subject.segment.is_otherwise else "by_name"]
    texts = fill([words[name][0] for name in names], slots)
    return statement(fitting(texts, 220) or shortened(texts[-1], 220) or subject.segment.name, "inferred")


def wants(subject: BriefSubject, part: str) -> list[Statement]:
    """``part`` is "needs" or "barriers": the author's own first, else what the figures suggest."""
    own = [text for text in subject.texts(part) if len(text) <= 220]
    if own:
        return [statement(f"{text}.", "hypothesis") for text in own[:3]]
    key, found = {"needs": "need", "barriers": "barrier"}[part], dict[str, Statement]()
    for fact in subject.notable:
        theme = meaning_of(fact)
        if theme is not None:
            entry = subject.words["themes"][theme.id]["high" if is_high(fact) else "low"]
            found.setdefault(entry[key], statement(f"{entry[key]}.", "inferred", [fact]))
    general = subject.choose.order(subject.words["fallback"][part], part)[:1]
    return list(found.values())[:3] or [statement(f"{text}.", "hypothesis") for text in general]


def summary(subject: BriefSubject) -> str:
    """What the segment is, how large, and what sets it apart, in at most 400 characters."""
    words = subject.words["summary"]
    rest = fill(words["otherwise"], {"segmentation": subject.segmentation})[0]
    first = subject.description or (rest if subject.segment.is_otherwise else "")
    text = ""
    for part in (shortened(first, 200) or "", *_size_sentences(subject), *_apart_sentences(subject)):
        text = fitting([f"{text} {part}".strip()], 400) or text
    return text


def _apart_sentences(subject: BriefSubject) -> list[str]:
    """What sets them apart in a sentence, and how far that goes."""
    words = subject.words["summary"]
    if subject.found.too_small:
        return list(words["honest_small"])
    if subject.position == "stranger":
        return list(words["honest_unmeasured"])
    if not subject.notable:
        return list(words["honest_none"])
    leads = [text for fact in subject.notable[:3] if (text := lead(subject, fact, again=True))]
    few: list[str] = list(words["few"]) if len(subject.notable) <= 2 else []
    return [*(fill(words["apart"], {"leads": together(subject, leads)}) if leads else []), *few]


def together(subject: BriefSubject, texts: Sequence[str]) -> str:
    """Several texts as one: "a, b and c"."""
    *before, last = texts
    return f"{', '.join(before)}{subject.words['copy']['joiner']}{last}" if before else last


def _size_sentences(subject: BriefSubject) -> list[str]:
    words = subject.words["summary"]
    if subject.found.too_small:
        return []
    reported = {fact.measure: fact for fact in subject.found.facts if fact.measure in ("size", "share")}
    if len(reported) < 2:
        return list(words["hidden"])
    slots: dict[str, str] = {name: subject.display.fact(fact) for name, fact in reported.items()}
    sentences = [fill([subject.choose.one(words["size"], "size")], slots)[0]]
    for fact in [fact for fact in subject.found.facts if fact.measure == "value_share"][:1]:
        mass = inside(subject, fact.label) if fact.label.split(" ", 1)[0] in subject.lists.labels.sums else ""
        slots = {"label": fact.label, "mass": mass, "value_share": subject.display.fact(fact)}
        sentences += fill(words["worth"], slots)[:1]
    return sentences


def promise(subject: BriefSubject, limit: int) -> str:
    """The promise to these people, no full stop: theirs, else the brand's, else a plain invitation."""
    fallback = fill([subject.words["fallback"]["promise"]], {"brand": subject.brand.name})
    candidates = [bare(subject.positioning.get("promise")), bare(subject.brand.promise), *fallback]
    fitted = (shortened(text, limit) for text in candidates if text)
    return next((text for text in fitted if text), subject.brand.name[:limit])


def value_proposition(subject: BriefSubject) -> dict[str, Any]:
    """The promise, and why it fits these people."""
    return {"headline": promise(subject, 80), "because": _because(subject)}


def _because(subject: BriefSubject) -> Statement:
    """Why the promise suits them: a figure that it speaks to, else honestly none."""
    words, proofs = subject.words["statements"], subject.texts("proof")
    if not subject.positioning.get("promise"):
        return statement(words["no_positioning"][0], "hypothesis")
    for fact in subject.notable:
        known = lead(subject, fact, again=True)
        if known is not None and _speaks_to(subject, fact):
            text = fitting(fill([subject.choose.one(words["fits"], "fits")], {"lead": known}), 220)
            if text is not None:
                return statement(text, "inferred", [fact])
    believed = fitting(fill(words["believe"], {"proof": proofs[0]}), 220) if proofs else None
    return statement(believed or words["no_proof"][0], "hypothesis")


def _speaks_to(subject: BriefSubject, fact: Fact) -> bool:
    """Whether the promise or a need of the positioning is about what the figure is about, by its words."""
    theme = theme_of(fact)
    if theme is None:
        return False
    entry = subject.words["themes"][theme.id]["high" if is_high(fact) else "low"]
    own = " ".join([subject.positioning["promise"], *subject.texts("needs")]).lower()
    return any(re.search(rf"(?<!\w){re.escape(about)}", own) for about in entry["about"])


def style_of(subject: BriefSubject) -> Style:
    """The tone in which the messages are written: as the positioning says, else as the figures suggest."""
    own = _style_named(subject, subject.texts("tone"))
    if own is not None:
        return own
    for fact in subject.notable:
        theme = meaning_of(fact)
        if theme is not None:
            return (theme.high if is_high(fact) else theme.low).style
    return _style_named(subject, subject.brand.adjectives) or "warm"


def _style_named(subject: BriefSubject, tones: Iterable[str]) -> Style | None:
    """The style of the first tone that is known by name."""
    for tone_word in tones:
        for style in STYLES:
            if tone_word.lower() in subject.lists.tones[style]:
                return style
    return None


def tone(subject: BriefSubject, style: Style) -> list[str]:
    """One to three words for how to speak."""
    own = [text for text in subject.texts("tone") if len(text) <= 40]
    return own[:3] or list(subject.words["fallback"]["tone"][style])
