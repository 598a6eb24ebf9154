"""The catalogue of findings: one module per family, one entry per code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from segmentry.engine.diagnostics.findings.briefs import BRIEFS
from segmentry.engine.diagnostics.findings.data import DATA
from segmentry.engine.diagnostics.findings.entry import Family, Finding
from segmentry.engine.diagnostics.findings.hygiene import HYGIENE
from segmentry.engine.diagnostics.findings.logic import LOGIC
from segmentry.engine.diagnostics.findings.names import NAMES
from segmentry.engine.diagnostics.findings.read_notes import READ_NOTES
from segmentry.engine.diagnostics.findings.reading import READING
from segmentry.engine.diagnostics.model import Diagnostic, Fix, Related, Severity, Span

__all__ = ["CATALOGUE", "Family", "Finding", "diagnostic"]

CATALOGUE: Mapping[str, Finding] = MappingProxyType(
    {entry.code: entry for entry in (*READING, *NAMES, *LOGIC, *HYGIENE, *DATA, *READ_NOTES, *BRIEFS)}
)
"""Every finding by its code, family by family."""


def diagnostic(
    code: str,
    message: str,
    file: str,
    span: Span,
    *,
    hint: str | None = None,
    related: Iterable[Related] = (),
    severity: Severity | None = None,
    fix: Fix | None = None,
) -> Diagnostic:
    """A diagnostic of the catalogue, with the catalogue's severity unless another is given.

    Raises KeyError for a code that the catalogue lacks.
    """
    return Diagnostic(
        code=code,
        severity=severity or CATALOGUE[code].severity,
        message=message,
        file=file,
        span=span,
        hint=hint,
        related=tuple(related),
        fix=fix,
    )
