"""Whether there are words in the languages that a workspace names."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.engine.checks.context import Context
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import Path
from segmentry.engine.files.model import Model
from segmentry.engine.language.languages import language_or_none, missing_language, missing_language_hint
from segmentry.engine.workspace import WORKSPACE_FILE, Workspace


def check_languages(context: Context) -> None:
    """A locale in whose language there are no words."""
    context.findings.items.extend(missing_languages(context.workspace, context.model))


def missing_languages(workspace: Workspace, model: Model) -> Iterator[Diagnostic]:
    """A `language-missing` for every locale of segmentry.yaml whose language has no folder."""
    named: list[tuple[Path, str]] = [(("locale",), model.locale)]
    named += [(("locales", at), locale) for at, locale in enumerate(model.locales)]
    for path, locale in named:
        if language_or_none(locale) is None:
            document = workspace.documents[WORKSPACE_FILE]
            yield diagnostic(
                "language-missing", missing_language(locale), WORKSPACE_FILE, document.value_span(path),
                hint=missing_language_hint(locale),
            )  # fmt: skip
