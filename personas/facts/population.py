"""What the briefs need from an evaluated workspace: traits, memberships and what the author said of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from segmentry.engine.privacy import Pii, PrivacySettings

TraitKind = Literal["integer", "number", "decimal", "string", "boolean", "date", "datetime", "list"]
Assign = Literal["first_match", "best_score", "every_match"]


@dataclass(frozen=True, slots=True)
class TraitInfo:
    """A trait as its author described it. ``scale`` is a decimal's, ``unit`` free text or a currency.

    ``rank_of`` names the trait whose values this one only puts into an order or into buckets.
    """

    id: str
    kind: TraitKind
    scale: int | None = None
    unit: str | None = None
    description: str | None = None
    pii: Pii | None = None
    value: bool = False
    approximate: bool = False
    purpose: str | None = None
    rank_of: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment as its author described it; ``otherwise`` ones too."""

    id: str
    name: str
    description: str | None
    segmentation: str
    assign: Assign
    is_otherwise: bool = False
    positioning: Mapping[str, Any] | None = None
    segmentation_name: str | None = None

    @property
    def group(self) -> str:
        """The segmentation as people read it: its name, else its id as words."""
        words = self.segmentation.replace("-", " ").replace("_", " ")
        return self.segmentation_name or f"{words[:1].upper()}{words[1:]}"


@dataclass(frozen=True, slots=True)
class Population:
    """An evaluated workspace.

    ``traits``: one row per customer, ascending by the first column, the key; a column per trait, named by its
    id: decimals as Decimal, datetimes in UTC, null = missing. ``memberships``: the same rows, the key first;
    one text (String or Enum) column per segmentation that assigns (first_match, best_score; null = none), a
    Boolean column per segment of every_match ones, named by the ids. ``as_of`` has a zone, ``timezone`` is
    the workspace's as an IANA name, ``currency`` an ISO 4217 code, ``locale`` what briefs are written in.
    """

    traits: pl.DataFrame
    memberships: pl.DataFrame
    trait_infos: tuple[TraitInfo, ...]
    segments: tuple[SegmentInfo, ...]
    as_of: datetime
    workspace: str
    currency: str = "EUR"
    locale: str = "en"
    timezone: str = "UTC"
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    rules_sha256: str = ""

    @property
    def today(self) -> date:
        """The date of ``as_of`` in the workspace's zone."""
        return self.as_of.astimezone(ZoneInfo(self.timezone)).date()

    def segment(self, id_: str) -> SegmentInfo:
        """The segment of that id. Raises KeyError."""
        found = next((segment for segment in self.segments if segment.id == id_), None)
        if found is None:
            raise KeyError(id_)
        return found
