"""What a fact is, and how it is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from segmentry.engine.privacy import MAX_LENGTH

Measure = Literal[
    "size", "share", "value_share", "mean", "recency", "median", "p10", "p90", "category", "true", "overlap"
]
Unit = Literal["customers", "share", "money", "days", "number"]
Confidence = Literal["high", "medium", "low"]
EffectKind = Literal["cohens_d", "cramers_v"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure about one segment, beside the base's.

    ``id`` is the name for good (``value_driven.average_order.mean``), ``handle`` what a template writes
    (``i.average_order``). ``value`` and ``base`` are in ``unit``: shares in [0, 1], money in ``currency``,
    days, or plain numbers in ``unit_name``. ``known`` customers are behind the figure and ``part`` of them
    are counted by a share; both are exact and never leave the machine. ``partly``: the value is known of
    fewer than nine in ten customers of the segment. ``effect`` is signed; ``strength`` is the same on the
    common scale of a correlation, in [0, 1], by which facts are ranked.
    """

    id: str
    handle: str
    segment: str
    measure: Measure
    trait: str | None
    category: str | None
    label: str
    unit: Unit
    value: float
    base: float | None = None
    index: int | None = None
    currency: str | None = None
    unit_name: str | None = None
    effect: float | None = None
    effect_kind: EffectKind | None = None
    strength: float = 0.0
    confidence: Confidence = "low"
    known: int = 0
    part: int | None = None
    partly: bool = False

    @property
    def pool(self) -> str:
        """Facts about people are insight: never told to customers."""
        return "insight"


def slug(text: str) -> str:
    """The text as an identifier: lower-case ASCII letters, digits and `_`, not starting with a digit.

    Of a long text only the part that is told.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain)[:MAX_LENGTH].strip("_")
    if not name:
        return "x" + "_".join(f"{ord(mark):x}" for mark in text[:8])
    return f"x{name}" if name[0].isdigit() else name


RESERVED = frozenset({"size", "share", "overlap", "base", "index", "value", "display"})


def slugs(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A slug for each name, all different; what would clash gets `_2`, `_3` … in the order of the names.

    The order does not depend on the data: names are sorted first.
    """
    used, found = set(taken), dict[str, str]()
    for name in sorted(names):
        plain = slug(name)
        candidate, number = plain, 2
        while candidate in used:
            candidate, number = f"{plain}_{number}", number + 1
        used.add(candidate)
        found[name] = candidate
    return found


def readable(id_: str) -> str:
    """A trait's id as words, for a trait without a description: `orders_12m` → "Orders, 12 months"."""
    words = re.sub(r"[_\-\s]+", " ", id_).strip()
    periods = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
    ending = re.fullmatch(r"(.+) (\d+)([dwmy])", words)
    if ending:
        words = f"{ending[1]}, {ending[2]} {periods[ending[3]]}"
    return words[:1].upper() + words[1:]
