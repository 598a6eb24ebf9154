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
class Diagnostic:
    """One finding.

    ``code`` is an entry of the catalogue, ``file`` a posix path relative to the workspace. ``message`` says
    what was found, ``hint`` how to mend it.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span
    hint: str | None = None
    related: tuple[Related, ...] = ()


def sorted_diagnostics(items: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics by file, line, column and code, exact duplicates dropped.

    What is equal in all four keeps the order it was given in.
    """
    return sorted(
        dict.fromkeys(items),
        key=lambda item: (item.file, item.span.line, item.span.column, item.code),
    )
