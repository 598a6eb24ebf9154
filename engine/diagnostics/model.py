"""What is told to the author of a file: one type for every finding, with its place.

Imports nothing of the package, so that every room can use it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the worst to the mildest."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file. Lines and columns count from 1, columns in characters; the end is exclusive.

    An empty stretch (end = start) is the place of something that is not there, like an empty value.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a diagnostic speaks of, with what is to be seen there."""

    message: str
    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class TextEdit:
    """What stands in ``span`` of a file is to be ``text``; an empty span inserts, an empty text deletes."""

    file: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding, all of them together; ``title`` says in a few words what they do.

    The edits don't overlap. After them the finding is gone, and nothing else means something else.
    """

    title: str
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``code`` is an entry of the catalogue, ``file`` a posix path relative to the workspace. ``message`` says
    what was found, ``hint`` how to mend it; ``fix`` mends it, where it is sure what was meant.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span
    hint: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


def sorted_diagnostics(items: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics by file, line, column and code, exact duplicates dropped.

    What is equal in all four keeps the order it was given in.
    """
    return sorted(
        dict.fromkeys(items),
        key=lambda item: (item.file, item.span.line, item.span.column, item.code),
    )
