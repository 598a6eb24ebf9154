"""A workspace folder, an audience and a brand to write briefs for with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from segmentry.personas.brief.brand import Brand, Claim, Offer, Product
from segmentry.personas.facts import SegmentFacts, published_facts
from segmentry.personas.facts.population import Population
from segmentry.personas.llm import (
    CacheMode,
    Job,
    LlmResult,
    LlmSettings,
    Patience,
    job_of,
    parse_settings,
    write_llm_briefs,
)
from tests.populations import population

KEY = "sk-very-secret-key-0123456789"

BRAND = Brand(
    name="Alpine Outfitters",
    promise="Gear you can rely on",
    adjectives=("warm", "plain"),
    never_say=("bargain",),
    claims=(Claim("repaired for free", "Own workshop since 2019"),),
    required_lines={"email": "Unsubscribe at any time.", "sms": "Reply STOP to opt out."},
    products=(Product("basics", "Basics", "Solid gear for the first tours"),),
    offers=(Offer("autumn-10", "10 % off the autumn range", "AUTUMN10", "10 %"),),
)

TWO = ("value-driven", "quality-focused")


@cache
def people() -> Population:
    """One audience for all tests: it is never changed."""
    return population()


def published(reported: Population) -> Mapping[str, SegmentFacts]:
    """The published facts of an audience; those of all tests' are measured once."""
    return _published() if reported is people() else published_facts(reported)


@cache
def _published() -> Mapping[str, SegmentFacts]:
    return published_facts(people())


@dataclass(slots=True)
class Case:
    """A workspace in ``folder`` whose model is at ``address``."""

    folder: Path
    address: str = ""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    environ: dict[str, str] = field(default_factory=dict[str, str])
    brand: Brand = BRAND
    population: Population = field(default_factory=people)
    cache: CacheMode = "record"

    def job(self) -> Job:
        """The job, impatient."""
        settings: LlmSettings = parse_settings({"model": "tiny", "base_url": self.address, **self.settings})
        made = job_of(self.folder, settings, cache=self.cache, environ=self.environ)
        return replace(made, patience=Patience(first_pause=0.01))

    def write(self, *segments: str, out: str = "briefs") -> LlmResult:
        """Write the briefs of the segments, as JSON only: that is quickest."""
        facts = published(self.population)
        wanted = segments or ("value-driven",)
        return write_llm_briefs(
            self.population, self.brand, self.job(), wanted, self.folder / out, ["json"], facts
        )

    def replies(self) -> list[Path]:
        """The recorded replies."""
        return sorted((self.folder / "llm-cache").glob("*.json"))

    def everything(self) -> str:
        """The bytes of every file in the workspace, as text."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return "\n".join(path.read_text("utf-8") for path in files)


def kinds(result: LlmResult) -> list[tuple[str, str]]:
    """Which segments fell back to the template, and why."""
    return [(fallback.segment, fallback.failure.kind) for fallback in result.fallbacks]
