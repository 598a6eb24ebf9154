"""Checks on briefs, written by template, model or hand: one entry per check, one door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from segmentry.personas.brief.brand import Brand
from segmentry.personas.brief.pool import insight_entry, offer_pool
from segmentry.personas.channels import CHANNELS
from segmentry.personas.checks import channels, content, language
from segmentry.personas.checks.claims import resolved, texts_in
from segmentry.personas.checks.finding import BriefFinding, CheckCode, Checked
from segmentry.personas.checks.shape import shape_findings
from segmentry.personas.facts import Display, SegmentFacts
from segmentry.personas.facts.population import Population

__all__ = ["CHECKS", "BriefCheck", "BriefFinding", "CheckCode", "Checked", "check_brief"]


@dataclass(frozen=True, slots=True)
class BriefCheck:
    """One check: its name, what it looks for in a few words, and how."""

    name: str
    what: str
    run: Callable[[Checked], Iterator[BriefFinding]]


_ALL = (
    BriefCheck("segment", "the brief is of the segment whose file it is", content.check_segment),
    BriefCheck("references", "references to facts, from the right pool", language.check_references),
    BriefCheck("evidence", "observed statements name their facts", content.check_evidence),
    BriefCheck("numbers", "no figure that is not a fact", language.check_numbers),
    BriefCheck("banned", "no word that the brand never says", language.check_banned),
    BriefCheck("claims", "no claim without its proof", language.check_claims),
    BriefCheck("urgency", "no hurry without an end date", language.check_urgency),
    BriefCheck("protected", "nobody is described by who they are", language.check_protected),
    BriefCheck("links", "no address, no markup", language.check_links),
    BriefCheck("personal-data", "no address or number of a person", language.check_personal_data),
    *(BriefCheck(name, channel.check_doc, channels.check_of(channel)) for name, channel in CHANNELS.items()),
    BriefCheck("alike", "all variants have the same channels", channels.check_alike),
    BriefCheck("same", "both variants say something of their own", channels.check_same),
    BriefCheck("required", "required lines are there", channels.check_required),
    BriefCheck("offers", "no offer that is over", channels.check_offers),
    BriefCheck("stale", "cited figures still hold", content.check_stale),
)

CHECKS: Mapping[str, BriefCheck] = MappingProxyType({check.name: check for check in _ALL})
"""Every check by its name, in the order in which they run."""


def check_brief(
    brief: Any, facts: SegmentFacts | None, brand: Brand, population: Population, segment: str
) -> list[BriefFinding]:
    """Every finding about a brief, as it was read from JSON.

    ``facts`` are the segment's published facts of today; without them (rules checked without data) nothing is
    said about staleness. A brief of the wrong shape gets only that said: the rest would mislead.
    """
    display = Display(population.locale)
    insight = {} if facts is None else {fact.id: insight_entry(fact, display) for fact in facts.facts}
    pool = offer_pool(brand, display).values()
    handles = {entry["handle"]: str(entry["text"]) for entry in insight.values()}
    handles |= {fact.handle: fact.text for fact in pool}
    shown = resolved(brief, _with_short(handles))
    departures, readable = shape_findings(segment, shown)
    if not readable:
        return departures
    checked = Checked(
        segment=segment,
        brief=shown,
        source=brief,
        brand=brand,
        language=str(shown["provenance"]["language"]),
        today=population.today.isoformat(),
        handles=_with_short(handles),
        ids=insight,
        own_words=_own_words(brand, population, segment),
        measured=facts is not None,
    )
    return [*departures, *(finding for check in CHECKS.values() for finding in check.run(checked))]


def _with_short(handles: Mapping[str, str]) -> dict[str, str]:
    """The handles, and the short forms of what a trait mainly shows: `i.average_order` is its mean."""
    short = {
        handle.rsplit(".", 1)[0]: text
        for handle, text in handles.items()
        if handle.startswith("i.") and handle.rsplit(".", 1)[1] in ("mean", "true", "recency")
    }
    return {**short, **handles}


def _own_words(brand: Brand, population: Population, segment: str) -> str:
    """What the author wrote: figures in it are the author's responsibility, not a writer's invention."""
    own = [segment, brand.name, brand.promise or "", *(brand.required_lines or {}).values()]
    for offer in brand.offers:
        own += [offer.text, offer.code or "", offer.discount or "", offer.proof or ""]
    for product in brand.products:
        own += [product.name, product.text or ""]
    own += [f"{claim.text} {claim.proof or ''}" for claim in brand.claims]
    for info in population.segments:
        if info.id == segment:
            own += [info.name, info.description or ""]
            own += [text for _, text in texts_in(dict(info.positioning or {}))]
    own += [trait.description or "" for trait in population.trait_infos]
    display = Display(population.locale)
    ends = [offer.ends for offer in brand.offers if offer.ends]
    own += [form(day) for day in ends for form in (display.long_date, display.short_date)]
    return " \n ".join(own)
