"""Reading small texts as files."""

from __future__ import annotations

from segmentry.engine.diagnostics.model import Diagnostic, Span
from segmentry.engine.document import Document, read_document

FILE = "rules/a.yaml"


def read(text: str) -> Document:
    """The document of a text without faults."""
    document, found = read_document(FILE, text.encode())
    assert document is not None, found
    assert found == []
    return document


def faults(text: str | bytes) -> list[Diagnostic]:
    """What is found in a text."""
    _, found = read_document(FILE, text if isinstance(text, bytes) else text.encode())
    return found


def at(document: Document, span: Span) -> str:
    """What stands in a place of one or several lines with LF."""
    lines = document.text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    return document.text[
        starts[span.line - 1] + span.column - 1 : starts[span.end_line - 1] + span.end_column - 1
    ]
