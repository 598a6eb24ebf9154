"""``profile``: the exact facts as rows. Internal: it says so, and nothing in it is rounded or hidden."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from segmentry.engine.outputs.spreadsheets import shown_text
from segmentry.engine.privacy import clean_text
from segmentry.personas.facts import Display, Fact, SegmentFacts, exact_facts
from segmentry.personas.facts.population import Population
from segmentry.personas.facts.select import selected

NOTICE = (
    "Exact figures, for internal use: small groups are shown. "
    "Briefs, prompts and diff comments show rounded and protected ones."
)

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
    """The exact facts of the chosen segments, as rows in the order of the files."""

    workspace: str
    as_of: str
    customers: int
    rows: tuple[ProfileRow, ...]
    notice: str = NOTICE


def profile(population: Population, segments: Sequence[str] = ()) -> Profile:
    """The exact facts of the named segments (default: all). Raises UsageError for an unknown one."""
    wanted = selected(population, segments)
    facts, display = exact_facts(population), Display(population.locale, prose=False)
    as_of = population.as_of.astimezone(ZoneInfo(population.timezone)).isoformat()
    rows = [row for one in wanted if one.id in facts for row in _rows(facts[one.id], display)]
    return Profile(population.workspace, as_of, population.traits.height, tuple(rows))


def _rows(found: SegmentFacts, display: Display) -> Iterator[ProfileRow]:
    ranks = {id_: rank for rank, id_ in enumerate(found.distinctive, start=1)}
    return (_row(fact, display, ranks.get(fact.id)) for fact in found.facts)


def _row(fact: Fact, display: Display, rank: int | None) -> ProfileRow:
    return ProfileRow(
        segment=fact.segment,
        fact=fact.id,
        label=fact.label,
        measure=fact.measure,
        category=None if fact.category is None else clean_text(fact.category),
        unit=fact.currency or fact.unit_name or fact.unit,
        value=fact.value,
        base=fact.base,
        index=fact.index,
        effect=fact.effect,
        effect_kind=fact.effect_kind,
        rank=rank,
        confidence=fact.confidence,
        known=fact.known,
        text=display.fact(fact),
        base_text=display.base(fact),
    )


def render_profile(result: Profile, form: ProfileFormat, *, raw: bool = False) -> str:
    """The profile as one JSON document or as CSV with a header line; both end with a line break.

    In CSV an apostrophe stands before a text that a spreadsheet would take for a formula, unless ``raw``.
    """
    if form == "json":
        return json.dumps({"version": 1, **asdict(result)}, ensure_ascii=False, indent=2) + "\n"
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(ProfileRow.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    rows = (asdict(row) for row in result.rows)
    writer.writerows(rows if raw else map(_shown, rows))
    return out.getvalue()


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: shown_text(value) if isinstance(value, str) else value for name, value in row.items()}
