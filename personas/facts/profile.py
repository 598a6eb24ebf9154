"""``profile``: the exact facts as rows. Internal: it says so, and nothing in it is rounded or hidden."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, Literal
from zoneinfo import ZoneInfo

from segmentry.engine.outputs.spreadsheets import shown_text
from segmentry.engine.privacy import clean_text
from segmentry.personas.facts import Display, Fact, Need, SegmentFacts, exact_facts_of
from segmentry.personas.facts.measure import ALL_NEEDS
from segmentry.personas.facts.population import Population
from segmentry.personas.facts.select import selected

NOTICE = (
    "Exact figures, for internal use: small groups are shown. "
    "Briefs, prompts and diff comments show rounded and protected ones."
)

Cells = tuple[Any, ...]
"""A row of the profile: its values in the order of `ProfileRow`."""

ProfileFormat = Literal["json", "csv"]


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One exact figure of one segment. ``value`` and ``base`` are in ``unit``, ``text`` is ready to read.

    ``rank`` is its place among what sets the segment apart: 1 for the strongest, None for what does not.
    """

    segment: str
    fact: str
    label: str
    measure: str
    category: str | None
    unit: str
    value: float
    base: float | None
    index: int | None
    effect: float | None
    effect_kind: str | None
    rank: int | None
    confidence: str
    known: int
    text: str
    base_text: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """The exact facts of the chosen segments, as the cells of rows in the order of the files.

    Of many segments there are hundreds of thousands of rows, so they get names only where these are needed.
    """

    workspace: str
    as_of: str
    customers: int
    cells: tuple[Cells, ...]
    notice: str = NOTICE

    @property
    def rows(self) -> Iterator[ProfileRow]:
        """The rows by the names of their columns."""
        return (ProfileRow(*cells) for cells in self.cells)


_SHORT: frozenset[Need] = ALL_NEEDS - {"overlap"}

_HEAD = frozenset(("size", "share", "value_share"))
"""Figures that head a segment's profile."""


def profile(population: Population, segments: Sequence[str] = (), *, short: bool = False) -> Profile:
    """The exact facts of the named segments (default: all); ``short``: sizes and what sets them apart alone.

    Raises UsageError for an unknown segment.
    """
    wanted, display = selected(population, segments), Display(population.locale, prose=False)
    as_of = population.as_of.astimezone(ZoneInfo(population.timezone)).isoformat()
    found = exact_facts_of(population, wanted, _SHORT if short else ALL_NEEDS)
    rows = tuple(row for facts in found for row in _rows(facts, display, short=short))
    return Profile(population.workspace, as_of, population.traits.height, rows)


def _rows(found: SegmentFacts, display: Display, *, short: bool) -> Iterator[Cells]:
    ranks = {id_: rank for rank, id_ in enumerate(found.distinctive, start=1)}
    for fact in found.facts:
        rank = ranks.get(fact.id)
        if not short or rank is not None or fact.measure in _HEAD:
            yield _cells(fact, display, rank)


def _cells(fact: Fact, display: Display, rank: int | None) -> Cells:
    """The values of a row, in the order of `ProfileRow`."""
    return (
        fact.segment,
        fact.id,
        fact.label,
        fact.measure,
        None if fact.category is None else clean_text(fact.category),
        fact.currency or fact.unit_name or fact.unit,
        fact.value,
        fact.base,
        fact.index,
        fact.effect,
        fact.effect_kind,
        rank,
        fact.confidence,
        fact.known,
        display.fact(fact),
        display.base(fact),
    )


def render_profile(result: Profile, form: ProfileFormat, *, raw: bool = False) -> str:
    """The profile as one JSON document or as CSV with a header line; both end with a line break.

    In CSV an apostrophe stands before a text that a spreadsheet would take for a formula, unless ``raw``.
    """
    if form == "json":
        return _document(result)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(result.cells if raw else map(_shown, result.cells))
    return out.getvalue()


_COLUMNS = tuple(ProfileRow.__dataclass_fields__)


def _document(result: Profile) -> str:
    """The profile as `json.dumps` with an indent of 2 writes it, which takes ten times as long."""
    head = {"version": 1, "workspace": result.workspace, "as_of": result.as_of, "customers": result.customers}
    start = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    rows = ",\n".join(_ROW % tuple([_WRITTEN[type(value)](value) for value in row]) for row in result.cells)
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    notice = json.dumps(result.notice, ensure_ascii=False)
    return f'{start},\n  "rows": {listed},\n  "notice": {notice}\n}}\n'


_ROW = "    {\n" + ",\n".join(f'      "{name}": %s' for name in _COLUMNS) + "\n    }"
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring, int: int.__repr__, float: float.__repr__, type(None): lambda _: "null",
}  # fmt: skip


def _shown(values: Cells) -> list[Any]:
    return [shown_text(value) if isinstance(value, str) else value for value in values]
