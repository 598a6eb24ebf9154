"""Turns segments into facts, briefs and rendered text.

The library's surface; names are loaded when they are first asked for, so that importing costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.personas.brief import brief_schema, compose_briefs
    from segmentry.personas.brief.brand import Brand, load_brand
    from segmentry.personas.briefs import BriefResult, check_briefs, write_briefs
    from segmentry.personas.checks import BriefFinding, check_brief
    from segmentry.personas.facts import Fact, SegmentFacts, exact_facts, published_facts
    from segmentry.personas.facts.adapter import load_population, population_of_result
    from segmentry.personas.facts.population import Population, SegmentInfo, TraitInfo

_HOMES = {
    "Brand": "brief.brand",
    "BriefFinding": "checks",
    "BriefResult": "briefs",
    "Fact": "facts",
    "Population": "facts.population",
    "SegmentFacts": "facts",
    "SegmentInfo": "facts.population",
    "TraitInfo": "facts.population",
    "brief_schema": "brief",
    "check_brief": "checks",
    "check_briefs": "briefs",
    "compose_briefs": "brief",
    "exact_facts": "facts",
    "load_brand": "brief.brand",
    "load_population": "facts.adapter",
    "population_of_result": "facts.adapter",
    "published_facts": "facts",
    "write_briefs": "briefs",
}

__all__ = [
    "Brand",
    "BriefFinding",
    "BriefResult",
    "Fact",
    "Population",
    "SegmentFacts",
    "SegmentInfo",
    "TraitInfo",
    "brief_schema",
    "check_brief",
    "check_briefs",
    "compose_briefs",
    "exact_facts",
    "load_brand",
    "load_population",
    "population_of_result",
    "published_facts",
    "write_briefs",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"segmentry.personas.{_HOMES[name]}"), name)
