"""Facts: what is measured of each segment, beside the base.

``published_facts`` is what may be committed or leave the machine; ``exact_facts`` is for the terminal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from segmentry.personas.facts.display import Display
from segmentry.personas.facts.distinctive import distinctive, is_sure
from segmentry.personas.facts.figures import Figures, names_of
from segmentry.personas.facts.measure import ALL_NEEDS, Need, measure, passes_over
from segmentry.personas.facts.population import Population, SegmentInfo
from segmentry.personas.facts.publish import Publisher, SegmentFacts
from segmentry.personas.facts.segment_facts import Fact

__all__ = [
    "Display",
    "Fact",
    "Need",
    "SegmentFacts",
    "exact_facts",
    "exact_facts_of",
    "measure",
    "published_facts",
]


def published_facts(population: Population) -> dict[str, SegmentFacts]:
    """The published facts of every segment, by its id, in the order of the files.

    They are hidden where small, else rounded, by the rules of docs/what-leaves-the-machine.md. Percentiles
    are among them for traits that set a segment apart, that are worth money (`value: true`) or whose mean may
    not be told.

    Raises DataError where a text in the data holds personal data, and where traits and memberships are not of
    the same customers.
    """
    passes = passes_over(population)
    passes.overlaps()
    passes.alike()
    passes.few_that_differ()
    publisher = Publisher(passes.measured, population.privacy)
    # They cost more than all the rest, so only those are taken that briefs may tell. A median can take a
    # fact out of what sets a segment apart, and bring the next one in.
    taken = set[str]()
    while True:
        found = {segment.id: publisher.facts_of(segment) for segment in publisher.measured.segments}
        wanted = publisher.traits_to_spread(found.values()) - taken
        if not wanted:
            return found
        passes.percentiles(wanted)
        taken |= wanted


def exact_facts(population: Population) -> dict[str, SegmentFacts]:
    """The exact facts of every segment, by its id, in the order of the files.

    Internal, never to be committed: nothing is hidden or rounded, and numbers have their percentiles. Raises
    DataError where traits and memberships are not of the same customers.
    """
    return {found.segment.id: found for found in exact_facts_of(population, population.segments)}


def exact_facts_of(
    population: Population, segments: Collection[SegmentInfo], needs: frozenset[Need] = ALL_NEEDS
) -> Iterator[SegmentFacts]:
    """The exact facts of some segments, one after another; of ``needs`` only what is asked for is measured.

    Internal, as `exact_facts` are. Raises DataError where traits and memberships are not of the same
    customers.
    """
    measured = measure(population, needs)
    wanted = {segment.id for segment in segments}
    names = names_of(measured)
    for segment in measured.segments:
        if segment.id in wanted:
            facts = Figures(measured, names, segment.id).facts()
            apart = distinctive((fact for fact in facts if is_sure(fact, measured)), measured)
            yield SegmentFacts(segment, facts, apart, too_small=False, withheld=0)
