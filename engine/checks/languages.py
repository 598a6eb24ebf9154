"""Whether there are words in the languages that a workspace names."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.engine.checks.context import Context
from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import Path
from segmentry.engine.files.model import Model
from segmentry.engine.language.languages import (
    is_locale,
    language_or_none,
    missing_language,
    missing_language_hint,
)
from segmentry.engine.workspace import WORKSPACE_FILE, Workspace


def check_languages(context: Context) -> None:
    """A locale in whose language there are no words."""
    context.findings.items.extend(missing_languages(context.workspace, context.model))


def missing_languages(workspace: Workspace, model: Model) -> Iterator[Diagnostic]:
    """A `language-missing` for every locale of segmentry.yaml whose language has no folder, or whose region
    there is not.
    """
    named: list[tuple[Path, str]] = [(("locale",), model.locale)]
    named += [(("locales", at), locale) for at, locale in enumerate(model.locales)]
    for path, locale in named:
        code = language_or_none(locale)
        if code is None:
            message, hint = missing_language(locale), missing_language_hint(locale)
        elif not is_locale(locale):
            message = (
                f"there is no locale `{locale}`, so nobody knows how figures and dates are written there"
            )
            hint = f"write `{code}`, or `{code}` with a region: `{code}_{code.upper()}`"
        else:
            continue
        document = workspace.documents[WORKSPACE_FILE]
        yield diagnostic("language-missing", message, WORKSPACE_FILE, document.value_span(path), hint=hint)
