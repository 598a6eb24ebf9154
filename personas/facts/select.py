"""Which segments are meant: by their ids, or a whole segmentation by its own."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.personas.facts.population import Population, SegmentInfo


def selected(population: Population, ids: Sequence[str]) -> tuple[SegmentInfo, ...]:
    """The segments of those ids or segmentations, in the order of the files; without ids all of them.

    Raises UsageError, with a suggestion, for an id that names neither.
    """
    known = {segment.id for segment in population.segments} | {s.segmentation for s in population.segments}
    for id_ in ids:
        if id_ not in known:
            near = difflib.get_close_matches(id_, sorted(known), n=1)
            hint = f", did you mean `{near[0]}`?" if near else f": there are {', '.join(sorted(known))}"
            raise UsageError(f"no segment named `{id_}`{hint}")
    wanted = set(ids) or known
    return tuple(s for s in population.segments if s.id in wanted or s.segmentation in wanted)
