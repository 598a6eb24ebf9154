"""Test files: `check` reads them too."""

from __future__ import annotations

from segmentry.engine.checks.context import Context
from segmentry.engine.document import read_document


def check_tests(context: Context) -> None:
    """What reading the test files finds, and `test-without-rules`."""
    from segmentry.engine.ruletests.load import load_tests

    loaded = load_tests(context.workspace)
    context.findings.items.extend(loaded.findings)
    context.texts.update(loaded.texts)
    for file, text in loaded.texts.items():
        document, _ = read_document(file, text.encode())
        if document is not None:
            context.documents[file] = document
