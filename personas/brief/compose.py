"""Briefs of all segments at once, so that no two of them read the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from segmentry.personas.brief.brand import Brand
from segmentry.personas.brief.messages import angles_of, journey, mails, variants
from segmentry.personas.brief.persona import (
    BriefSubject,
    style_of,
    summary,
    tone,
    traits,
    value_proposition,
    wants,
)
from segmentry.personas.brief.pool import insight_entry, offer_entry, offer_pool
from segmentry.personas.brief.position import position_of
from segmentry.personas.brief.words import Chooser, shortened
from segmentry.personas.facts import Display, Fact, SegmentFacts
from segmentry.personas.facts.population import Population, SegmentInfo

Brief = dict[str, Any]

VERSION = "template/3"
"""Changes when the templates' words change, so that a committed brief tells which it was made with."""


def compose_briefs(
    population: Population, facts: Mapping[str, SegmentFacts], brand: Brand
) -> dict[str, Brief]:
    """The brief of every segment by its id, of the form of `brief_schema`, in the order of ``facts``.

    ``facts`` are the published ones. The language is the population's. The same inputs give the same briefs,
    down to the byte. All are made even if one is wanted: which of two alternatives a segment gets may depend
    on another.
    """
    display = Display(population.locale)
    made = _MadeBrief(population, brand, display, display.language)
    segments = sorted((found.segment for found in facts.values()), key=lambda segment: segment.id)
    briefs = {segment.id: made.brief(segment, facts[segment.id]) for segment in segments}
    return {id_: briefs[id_] for id_ in facts}


_TURNS = 24
"""Times that other alternatives are tried where two segments would be told the same."""

_JOURNEYS = 8
"""Times that they are where only the journeys are the same."""


class _MadeBrief:
    """The briefs so far: what has been told to one segment is not told to the next."""

    def __init__(self, population: Population, brand: Brand, display: Display, language: str) -> None:
        self.population = population
        self.brand = brand
        self.display = display
        self.language = language
        self.reported: set[str] = set()
        self.labels: set[str] = set()

    def brief(self, segment: SegmentInfo, found: SegmentFacts) -> Brief:
        """The brief of the next segment, its mails and its journey unlike those of any before."""
        subject = self._subject(segment, found)
        reported = _reported_by(subject)
        for turn in range(1, _TURNS):
            again = self._again(reported)
            if not again or (again == 1 and turn > _JOURNEYS):
                break
            other = replace(subject, choose=Chooser(segment.id, turn))
            mails_and_journey = _reported_by(other)
            if self._again(mails_and_journey) < again:
                subject, reported = other, mails_and_journey
        self.reported |= set(reported)
        brief = self._written(subject)
        self.labels.add(brief["label"])
        return brief

    def _again(self, reported: tuple[str, str]) -> int:
        """How far the words repeat another brief: the same mails weigh more than the same journey."""
        mail, journey_ = reported
        return 2 * (mail in self.reported) + (journey_ in self.reported)

    def _subject(self, segment: SegmentInfo, found: SegmentFacts) -> BriefSubject:
        return BriefSubject(
            segment,
            segment.group,
            found,
            self.brand,
            self.display,
            self.language,
            Chooser(segment.id),
            self.population.today,
            position_of(found.facts),
        )

    def _written(self, subject: BriefSubject) -> Brief:
        content = _content(subject, _label(subject, self.labels))
        pool = offer_pool(self.brand, self.display).values()
        facts = [
            *[insight_entry(fact, self.display) for fact in _used(subject, content)],
            *[offer_entry(fact) for fact in pool if _named(fact.text, content)],
        ]
        made = provenance(self.population, self.brand, facts, self.language)
        return {**content, "facts": facts, "provenance": made}


def _reported_by(subject: BriefSubject) -> tuple[str, str]:
    """The mails and the journey, to compare them with those of others."""
    line = journey(subject, angles_of(subject)[0])
    return json.dumps(mails(subject), sort_keys=True), json.dumps(line, sort_keys=True)


def _content(subject: BriefSubject, label: str) -> Brief:
    return {
        "segment": subject.segment.id,
        "label": label,
        "summary": summary(subject),
        "traits": traits(subject),
        "needs": wants(subject, "needs"),
        "barriers": wants(subject, "barriers"),
        "value_proposition": value_proposition(subject),
        "tone": tone(subject, style_of(subject)),
        "journey": journey(subject, angles_of(subject)[0]),
        "variants": variants(subject),
    }


def _label(subject: BriefSubject, labels: set[str]) -> str:
    name = shortened(subject.segment.name, 40) or subject.segment.name[:40].rsplit(" ", 1)[0]
    return name if name not in labels else subject.segment.id[:40]


def _used(subject: BriefSubject, content: Brief) -> list[Fact]:
    """What is cited, the sizes, and how the cited traits are spread."""
    cited = {id_ for item in _statements(content) for id_ in item["evidence"]}
    shown = set(subject.found.distinctive) | cited
    traits_reported = {
        fact.trait for fact in subject.found.facts if fact.id in shown and fact.measure == "mean"
    }
    return [
        fact
        for fact in subject.found.facts
        if fact.id in shown
        or fact.measure in ("size", "share", "value_share")
        or (fact.measure in ("p10", "median", "p90") and fact.trait in traits_reported)
    ]


def _statements(content: Brief) -> Iterable[dict[str, Any]]:
    for part in ("traits", "needs", "barriers"):
        yield from content[part]
    yield content["value_proposition"]["because"]


def _named(text: str, content: Brief) -> bool:
    """Whether the copy uses an approved text (as it stands, but for its full stop)."""
    copy = json.dumps(content["variants"], ensure_ascii=False)
    return json.dumps(text.rstrip("."), ensure_ascii=False)[1:-1] in copy


def provenance(
    population: Population, brand: Brand, facts: list[dict[str, Any]], language: str
) -> dict[str, Any]:
    """How a brief that no model had a hand in was made."""
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {
        "generator": "template",
        "version": VERSION,
        "language": language,
        "locale": population.locale,
        "as_of": population.as_of.astimezone(ZoneInfo(population.timezone)).isoformat(),
        "model_asked": None,
        "model_answered": None,
        "prompt_sha256": None,
        "facts_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        "rules_sha256": population.rules_sha256,
        "brand_sha256": brand.sha256,
        "attempts": 0,
        "usage": None,
        "checks": [],
    }
