"""Diagnostics as text for people and for programs: one reporter per format, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.reporters.github import report_github
from segmentry.engine.reporters.json import report_json
from segmentry.engine.reporters.junit import report_junit
from segmentry.engine.reporters.sarif import report_sarif
from segmentry.engine.reporters.text import report_text

__all__ = [
    "REPORTERS",
    "SERVERS",
    "Reporter",
    "report_github",
    "report_json",
    "report_junit",
    "report_sarif",
    "report_text",
]


class Reporter(Protocol):
    """Turns diagnostics into one text. Prints nothing.

    ``sources`` are the texts of the files by the names that the diagnostics carry; a file that is not there
    is reported without its line. ``colour`` asks for ANSI colours and ``width`` for lines of so many cells;
    only formats for a terminal have them. ``folder`` is that of the workspace within its repository; only
    formats for a server put it before the files.
    """

    def __call__(
        self,
        diagnostics: Iterable[Diagnostic],
        sources: Mapping[str, str],
        *,
        colour: bool = False,
        width: int | None = None,
        folder: str = "",
    ) -> str:
        """The report, sorted and without duplicates, ending in a line break."""
        ...


REPORTERS: Final[Mapping[str, Reporter]] = MappingProxyType(
    {
        "text": report_text,
        "json": report_json,
        "github": report_github,
        "junit": report_junit,
        "sarif": report_sarif,
    }
)
"""The reporters by the name that ``--format`` takes."""

SERVERS: Final = frozenset(("github", "junit", "sarif"))
"""The formats that a server reads, which also has to see why rules don't load."""
