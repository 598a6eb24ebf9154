"""The words of the briefs: phrase files per language, themes of traits, and choosing between alternatives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from segmentry.engine.language.languages import all_words
from segmentry.engine.language.wording import choices
from segmentry.personas.facts.segment_facts import Fact

Angle = Literal["benefit", "convenience", "loyalty", "offer"]
Style = Literal["plain", "warm", "lively"]
STYLES: tuple[Style, ...] = ("plain", "warm", "lively")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a high or a low figure suggests for the copy."""

    angle: Angle
    style: Style


@dataclass(frozen=True, slots=True)
class Theme:
    """What traits of a certain name are about."""

    id: str
    kinds: frozenset[str]
    high: Suggestion
    low: Suggestion


@cache
def themes() -> tuple[Theme, ...]:
    """The themes in the order in which they are tried."""
    text = files("segmentry.personas").joinpath("brief/themes.yaml").read_text(encoding="utf-8")
    return tuple(
        Theme(
            id=id_,
            kinds=frozenset(entry.get("kinds", ["number"])),
            high=Suggestion(entry["high"]["angle"], entry["high"]["tone"]),
            low=Suggestion(entry["low"]["angle"], entry["low"]["tone"]),
        )
        for id_, entry in yaml.safe_load(text).items()
    )


_KINDS = {"mean": "number", "recency": "number", "true": "flag", "category": "category"}


def theme_of(fact: Fact) -> Theme | None:
    """The theme of a fact about a trait, or None."""
    kind = _KINDS.get(fact.measure, "")
    return _theme((fact.trait or "").lower(), kind, share=kind == "number" and fact.unit == "share")


def theme_of_number(fact: Fact) -> Theme | None:
    """The theme of the trait that a figure is of, whichever part of the trait's values it tells."""
    return _theme((fact.trait or "").lower(), "number", share=fact.unit == "share")


@cache
def _theme(trait: str, kind: str, *, share: bool) -> Theme | None:
    """By the ids of the first language that knows the trait: another language never changes what one says."""
    kinds = {kind, "share"} if share else {kind}
    fitting_kind = [theme for theme in themes() if kinds & theme.kinds]
    named = ((theme, names[theme.id]) for names in _trait_ids() for theme in fitting_kind)
    return next((theme for theme, names in named if names.search(trait)), None)


@cache
def _trait_ids() -> tuple[Mapping[str, re.Pattern[str]], ...]:
    """Patterns of trait ids by theme, a mapping for each language."""
    return tuple(
        {theme: re.compile("|".join(ids)) for theme, ids in words.traits.items()} for words in all_words()
    )


def meaning_of(fact: Fact) -> Theme | None:
    """The theme by which a figure may be read, or None.

    A plain zero has none: people without any order neither keep nor send back what they order. Nor has what
    is below it: nobody spends less than nothing, there are only refunds.
    """
    return None if fact.value <= 0 else theme_of(fact)


def is_high(fact: Fact) -> bool:
    """Whether the segment is above everybody else in this figure."""
    return (fact.effect or 0.0) > 0


class Chooser:
    """Chooses between alternatives: always the same for one segment, mostly others for the next."""

    def __init__(self, segment: str, turn: int = 0) -> None:
        self.segment = segment
        self.turn = turn

    def order(self, alternatives: Sequence[str], slot: str) -> list[str]:
        """The alternatives, beginning somewhere that depends on segment and slot."""
        digest = hashlib.sha256(f"{self.segment}\0{slot}\0{self.turn}".encode()).digest()
        start = int.from_bytes(digest[:4], "big") % len(alternatives)
        return [*alternatives[start:], *alternatives[:start]]

    def one(self, alternatives: Sequence[str], slot: str) -> str:
        """One of the alternatives."""
        return self.order(alternatives, slot)[0]


_SLOT = re.compile(r"\{(\w+)\}")
_IF = "if_"
_DOUBLE_END = re.compile(r"([.!?…])\.")


def fill(templates: Iterable[str], slots: Mapping[str, str]) -> list[str]:
    """The templates whose slots all have a text, filled; none keeps two full stops in a row.

    `{if_terms}` asks for a text of `terms` and shows nothing.
    """
    shown = {**{f"{_IF}{name}": "" for name in slots}, **slots}
    return [
        _DOUBLE_END.sub(r"\1", template.format_map(shown))
        for template in templates
        if all(slots.get(name.removeprefix(_IF)) for name in _SLOT.findall(template))
    ]


def fitting(texts: Iterable[str], limit: int, length: Callable[[str], int] = len) -> str | None:
    """The first text that is no longer than the limit, or None."""
    return next((text for text in texts if length(text) <= limit), None)


def specific_first(templates: Sequence[str], choose: Chooser, slot: str, *, turn: bool = False) -> list[str]:
    """What speaks of the offer or the promise before what always fits; the latter from a chosen start on."""
    filled = [template for template in templates if set(_SLOT.findall(template)) - {"brand", "channel"}]
    plain = [template for template in templates if template not in filled]
    if turn and filled:
        filled = choose.order(filled, slot)
    return [*filled, *(choose.order(plain, slot) if plain else [])]


def is_generic(template: str) -> bool:
    """Whether the template names nothing of the segment or the brand: it fits anywhere, and tells little."""
    return all(name.startswith(_IF) for name in _SLOT.findall(template))


_CLAUSE = re.compile(r"[;,:]\s+|\s+[–—-]\s+")


@cache
def _condition() -> re.Pattern[str]:
    """How a clause begins without which the rest would promise more than was meant, in any language."""
    clauses = [words.clauses for words in all_words()]
    plain = choices(word for clause in clauses for word in clause.condition)
    before = choices(word for clause in clauses for word in clause.condition_before_figure)
    return re.compile(rf"(?:{plain})\b|(?:{before})\s+(?:\d|(?-i:[A-Z]{{2}})\b)", re.IGNORECASE)


@cache
def _relative() -> re.Pattern[str]:
    """How a clause begins that belongs to the word before it, in any language."""
    starts: list[str] = []
    for clauses in (words.clauses for words in all_words()):
        starts += [choices(clauses.relative)] if clauses.relative else []
        if clauses.relative_pronouns:
            before = choices(clauses.relative_prepositions)
            optional = rf"(?:(?:{before})\s+)?" if before else ""
            starts.append(f"{optional}(?:{choices(clauses.relative_pronouns)})")
    return re.compile(rf"(?:{'|'.join(starts)})\b", re.IGNORECASE)


def shortened(text: str, limit: int) -> str | None:
    """The text, or its first clauses, within the limit; None where no clause fits (words are never cut).

    A clause that makes a condition is never left out, nor one that belongs to the last word kept.
    """
    if len(text) <= limit:
        return text
    ends: list[int] = []
    for found in _CLAUSE.finditer(text):
        if _condition().match(text, found.end()):
            ends.clear()
        elif 12 <= found.start() <= limit and not _relative().match(text, found.end()):
            ends.append(found.start())
    return text[: ends[-1]].rstrip() if ends else None


def repeats(text: str, other: str) -> bool:
    """Whether the text says what the other does, alone or within more."""
    one, two = (bare(part) or "" for part in (text, other))
    return bool(one and two) and (one.lower() in two.lower() or two.lower() in one.lower())


def stems(text: str) -> set[str]:
    """The longer words of a text by their first letters, so that `boot` and `boots` are one."""
    words = (word.strip(".,;:!?()").lower() for word in text.split())
    return {word[:6] for word in words if len(word) > 4}


def alike(text: str, other: str) -> bool:
    """Whether two texts are about the same: the shorter has hardly a longer word of its own."""
    one, two = stems(text), stems(other)
    return len(one & two) >= max(2.0, 0.6 * min(len(one), len(two)))


def bare(text: str | None) -> str | None:
    """A sentence without its full stop and outer blanks, to be built into another; None for nothing."""
    stripped = " ".join((text or "").split()).rstrip(".").rstrip()
    return stripped or None
