"""``profile``: the exact facts as a table. Internal: it says so, and nothing in it is rounded or hidden."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from segmentry.personas.facts import Display, Fact, exact_facts
from segmentry.personas.inputs import Audience
from segmentry.personas.privacy import clean_text
from segmentry.personas.select import selected

NOTICE = (
    "Exact figures, for internal use: small groups are shown. "
    "Briefs, prompts and diff comments show rounded and protected ones."
)

ProfileFormat = Literal["json", "csv"]


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One exact figure of one segment. ``value`` and ``base`` are in ``unit``, ``text`` is ready to read."""

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


def profile(audience: Audience, segments: Sequence[str] = ()) -> Profile:
    """The exact facts of the named segments (default: all). Raises UsageError for an unknown one."""
    wanted = selected(audience, segments)
    facts, display = exact_facts(audience), Display(audience.locale)
    rows = tuple(_row(fact, display) for segment in wanted for fact in facts.get(segment.id, ()))
    return Profile(audience.workspace, audience.as_of.isoformat(), audience.traits.height, rows)


def _row(fact: Fact, display: Display) -> ProfileRow:
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
        confidence=fact.confidence,
        known=fact.known,
        text=display.fact(fact),
        base_text=display.base(fact),
    )


def render_profile(result: Profile, form: ProfileFormat) -> str:
    """The profile as one JSON document or as CSV with a header line; both end with a line break."""
    if form == "json":
        return json.dumps(asdict(result), ensure_ascii=False, indent=2) + "\n"
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(ProfileRow.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in result.rows)
    return out.getvalue()
