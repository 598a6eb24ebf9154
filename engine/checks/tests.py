"""Test files: `check` reads them too."""

from __future__ import annotations

from segmentry.engine.checks.context import Context


def check_tests(context: Context) -> None:
    """What reading the test files finds, cases that say too little, and what no case shows.

    While the rules hold errors only the reading is told.
    """
    from segmentry.engine.ruletests.findings import check_rule_tests
    from segmentry.engine.ruletests.load import load_tests

    loaded = load_tests(context.workspace)
    wrong = context.has_errors
    found = loaded.findings if wrong else check_rule_tests(context.workspace, loaded, context.plan)
    context.findings.items.extend(found)
    context.texts.update(loaded.texts)
    context.documents.update(loaded.documents)
