"""The fix of a file that is no YAML, where only quotes or a space are lacking."""

from __future__ import annotations

import yaml

from segmentry.engine.diagnostics.model import Fix, Span, TextEdit
from segmentry.engine.document.edits import apply_edits, lines_of, single_quoted
from segmentry.engine.document.stop import Stop, SyntaxFault


def mended_syntax(file: str, text: str, stop: Stop, fault: SyntaxFault) -> Fix | None:
    """The fix of a fault; None where it has none, or where the parser stops no later with it."""
    if fault.to_quote is not None:
        written = lines_of(text).inside(fault.to_quote)
        edit = TextEdit(file, fault.to_quote, single_quoted(written))
        fix = Fix("put the text in quotes", (edit,))
    elif fault.to_part is not None:
        end = fault.to_part
        place = Span(end.end_line, end.end_column, end.end_line, end.end_column)
        edit = TextEdit(file, place, " ")
        fix = Fix("put a space behind the `:`", (edit,))
    else:
        return None
    return fix if _goes_on(text, edit, stop) else None


def _goes_on(text: str, edit: TextEdit, stop: Stop) -> bool:
    """Whether reading comes beyond the line of the stop, and of the edit, once the edit is made."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        for _ in yaml.parse(apply_edits(text, (edit,)), Loader=loader):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark is not None and mark.line > max(stop.line, edit.span.line - 1)
    return True
