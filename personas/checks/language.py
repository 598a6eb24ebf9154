"""Checks on the words: figures, claims, urgency, people, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from segmentry.engine.diagnostics.model import Severity
from segmentry.engine.language.languages import words
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.wording import first_bare
from segmentry.engine.privacy import personal_data_in
from segmentry.personas.checks.claims import (
    as_read,
    copy,
    prose,
    references,
    without_references,
    word_pattern,
)
from segmentry.personas.checks.finding import BriefFinding, CheckCode, Checked


def found(
    checked: Checked, code: CheckCode, path: str, message: str, text: str, fix: str, *, warning: bool = False
) -> BriefFinding:
    """A finding of this brief."""
    severity: Severity = "warning" if warning else "error"
    return BriefFinding(code, severity, checked.segment, path, message, text, fix)


_NUMBER = re.compile(r"[^\W\d_]*\d+(?:[.,'’\u00a0\u202f ]\d+)*(?:[\u00a0\u202f ]?%)?")
"""A figure with what belongs to it: `20%` is not told by the 20th of a month, nor `AUTUMN20` by either."""


_FRACTION = re.compile("[\u00bc-\u00be\u2150-\u2189\u2460-\u249b]")
"""½, Ⅳ, ③: figures that are no digits."""


def literal_numbers(text: str, allowed: str) -> list[str]:
    """The figures of a text that stand nowhere in ``allowed`` (facts as shown, the author's own words)."""
    reported = {*_figures(allowed)}
    return [figure for figure in _figures(without_references(text)) if figure not in reported]


def _figures(text: str) -> list[str]:
    """The figures of a text; no space stands before a percent sign."""
    whole = (re.sub(r"\s(?=%)", "", found) for found in _NUMBER.findall(text))
    return [*whole, *_FRACTION.findall(text)]


def check_numbers(checked: Checked) -> Iterator[BriefFinding]:
    """A figure, or a word that claims one, that is not shown by a fact of the brief.

    Customers may read approved figures only, and a statement that cites facts tells no others.
    """
    pattern = word_pattern(words(checked.language).claimed_numbers)
    own = (
        set[str]() if pattern is None else {found[0].lower() for found in pattern.finditer(checked.own_words)}
    )
    for path, text in prose(checked.source):
        shown, where, fix = _shown_for(checked, path)
        numbers = literal_numbers(text, " \n ".join([*shown, checked.own_words]))
        if numbers:
            yield found(checked, "literal-number", path, f"the figure {numbers[0]} is {where}", text, fix)
        searched = pattern is not None and not _evidence(checked, path)
        claim = pattern.search(as_read(text)) if pattern is not None and searched else None
        if claim is not None and claim[0].lower() not in own:
            yield found(
                checked, "literal-number", path, f"“{claim[0]}” claims a figure that no fact backs", text,
                "cite the fact that says so, or use words that claim no number",
            )  # fmt: skip


def _shown_for(checked: Checked, path: str) -> tuple[list[str], str, str]:
    """The figures that a text may tell, in the words of facts; what others are, and how to mend them."""
    facts: list[Mapping[str, Any]] = checked.brief["facts"]
    cited = _evidence(checked, path)
    if path.startswith("variants["):
        facts = [fact for fact in facts if fact["pool"] == "offer"]
        where, fix = "in no offer, and customers read this", "take it from brand.yaml, or leave it out"
    elif cited:
        facts = [fact for fact in facts if fact["id"] in cited]
        where, fix = "in none of the facts that this cites", "correct it, or cite the fact that shows it"
    else:
        where = "no fact of this brief"
        fix = "name a fact instead, like {{i.average_order}}, or leave the figure out"
    shown = [str(fact[key] or "") for fact in facts for key in ("text", "base_text", "label")]
    return shown, where, fix


def _evidence(checked: Checked, path: str) -> list[str]:
    """The facts that the statement cites to which a text belongs; without any, a "twice" was not computed."""
    place = re.match(r"(traits|needs|barriers)\[(\d+)\]", path)
    if place is not None:
        return list(checked.brief[place[1]][int(place[2])].get("evidence") or ())
    if path.startswith("value_proposition.because"):
        return list(checked.brief["value_proposition"]["because"].get("evidence") or ())
    return []


def check_banned(checked: Checked) -> Iterator[BriefFinding]:
    """A word that brand.yaml never wants to see."""
    pattern = word_pattern(list(checked.brand.never_say))
    for path, text in prose(checked.brief):
        word = pattern.search(as_read(text)) if pattern is not None else None
        if word is not None:
            yield found(
                checked, "banned-word", path, f"“{word[0]}” is among the words that we never say", text,
                "say it in other words; the list is `never_say` in brand.yaml",
            )  # fmt: skip


def check_claims(checked: Checked) -> Iterator[BriefFinding]:
    """A superlative or guarantee, or a claim of brand.yaml, without its proof."""
    proved = word_pattern([claim.text for claim in checked.brand.claims if claim.proof])
    unproved = [claim.text for claim in checked.brand.claims if not claim.proof]
    pattern = word_pattern([*words(checked.language).claims, *unproved])
    promise = ("value_proposition.headline", str(checked.brief["value_proposition"]["headline"]))
    for path, text in (promise, *copy(checked.brief)):
        claim = None if pattern is None else first_bare(pattern, proved, as_read(text))
        if claim is not None:
            yield found(
                checked, "unproved-claim", path, f"“{claim[0]}” is a claim without a proof", text,
                "leave it out, or list it under `claims` in brand.yaml with its proof",
            )  # fmt: skip


def check_urgency(checked: Checked) -> Iterator[BriefFinding]:
    """Hurry in a variant that does not say when its offer ends."""
    pattern = word_pattern(words(checked.language).urgency)
    ends = [fact["text"] for fact in checked.brief["facts"] if fact["id"].endswith(".ends")]
    ends += [shown for handle, shown in checked.handles.items() if handle.endswith(".ends")]
    for at in range(len(checked.brief["variants"])):
        texts = [pair for pair in copy(checked.brief) if pair[0].startswith(f"variants[{at}]")]
        dated = any(end in text for end in ends for _, text in texts)
        for path, text in texts:
            word = pattern.search(as_read(text)) if pattern is not None else None
            if word is not None and not dated:
                yield found(
                    checked, "urgency", path, f"“{word[0]}” hurries people without an end date", text,
                    "name an offer with `ends`, or leave the hurry out",
                )  # fmt: skip


def check_protected(checked: Checked) -> Iterator[BriefFinding]:
    """A word for age, sex, ethnicity, religion, health or family that no fact is about."""
    about = " ".join(str(fact.get("label") or "") for fact in checked.ids.values())
    for attribute, listed in words(checked.language).protected.items():
        pattern = word_pattern(listed)
        declared = set[str]() if pattern is None else {found[0].lower() for found in pattern.finditer(about)}
        for path, text in prose(checked.brief):
            word = pattern.search(as_read(text)) if pattern is not None else None
            if word is not None and word[0].lower() not in declared:
                yield found(
                    checked, "protected-attribute", path, f"“{word[0]}” speaks of people's {attribute}", text,
                    "describe what people do instead; no fact here says who they are",
                )  # fmt: skip


_LINK = re.compile(
    r"\b(?:https?|ftp)://|\bmailto:|\bwww\.|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\w"
    r"|\b[\w-]+\.(?:com|org|net|info|biz|shop|store|online|app|dev|de|at|ch|uk|fr|nl|io|eu|co|ly)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:#\d+|#x[\da-f]+|[a-z]+);|\]\(|```|\*\*|\{%", re.IGNORECASE)


def check_links(checked: Checked) -> Iterator[BriefFinding]:
    """An address or markup: links are set where the message is sent."""
    for path, text in prose(checked.brief):
        hit = _LINK.search(text) or _MARKUP.search(text)
        if hit is not None:
            yield found(
                checked, "link-or-markup", path, f"“{hit[0]}” is a link or markup", text,
                "leave it out; links are added where the message is sent",
            )  # fmt: skip


def check_personal_data(checked: Checked) -> Iterator[BriefFinding]:
    """An e-mail address, phone number, IBAN or card number, which no brief may hold."""
    for path, text in prose(checked.brief):
        kind = personal_data_in(text)
        if kind is not None and text not in checked.own_words:
            yield found(checked, "personal-data", path, f"the text holds {kind}", "", "take it out")


def check_references(checked: Checked) -> Iterator[BriefFinding]:
    """A reference to a fact that there is not, or to an insight where customers read it."""
    customers = {path for path, _ in copy(checked.source)}
    for path, text in prose(checked.source):
        for handle in references(text):
            if handle not in checked.handles:
                known = sorted(name for name in checked.handles if name[:2] == "o." or path not in customers)
                hint = did_you_mean(handle, known) or f"use one of {', '.join(known[:8])} …"
                message = f"there is no fact {{{{{handle}}}}}"
                yield found(checked, "unknown-fact", path, message, text, hint)
            elif handle.startswith("i.") and path in customers:
                yield found(
                    checked, "wrong-pool", path, f"{{{{{handle}}}}} is an insight; customers read this", text,
                    "customer copy may name offer facts only, like {{o.brand.name}}",
                )  # fmt: skip
