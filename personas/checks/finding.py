"""A finding about a brief, and what checks get to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.engine.diagnostics.model import Severity
from segmentry.personas.brief.brand import Brand

CheckCode = str
"""The code of an entry in the catalogue of findings."""


@dataclass(frozen=True, slots=True)
class BriefFinding:
    """One finding: where (a JSON path in the brief), what was found in which text, and how to mend it."""

    code: CheckCode
    severity: Severity
    segment: str
    path: str
    message: str
    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looks at.

    ``brief`` has its references resolved, ``source`` is as it was written. ``handles`` are all facts that
    exist today by handle, with what they show (insight and offer pool); ``ids`` all their ids.
    ``own_words`` is everything that the author wrote: figures in it are the author's. ``today`` is ISO.
    Unless ``measured``, nothing is known of today's facts.
    """

    segment: str
    brief: Mapping[str, Any]
    source: Mapping[str, Any]
    brand: Brand
    language: str
    today: str
    handles: Mapping[str, str]
    ids: Mapping[str, Mapping[str, Any]]
    own_words: str = ""
    measured: bool = True
