"""Controls: comments that suppress a finding in their line, for good or until a day.

::

    - id: loyal   # segmentry: ignore[missing-owner] CRM is to decide
    - id: spring  # segmentry: snooze[expired] 2026-12-01
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from segmentry.engine.diagnostics.findings import CATALOGUE, diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Fix, Span, TextEdit
from segmentry.engine.document import Document
from segmentry.engine.document.edits import comment_removed, lines_of, respelt
from segmentry.engine.language.suggest import did_you_mean, sure

_CONTROL = re.compile(r"#\s*segmentry:\s*(?P<word>[A-Za-z]+)\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<rest>[^#]*)")


_FIRST = ("reading", "names")
"""The families whose errors hold other findings back."""


@dataclass(frozen=True, slots=True)
class Control:
    """One code that a comment names. ``until`` is the day from which a snoozed finding is told again.

    ``fault`` says why the comment can't be followed. ``fix`` mends a control that suppresses nothing.
    """

    code: str
    until: date | None
    file: str
    span: Span
    fault: str | None = None
    hint: str | None = None
    fix: Fix | None = None


def controls_of(document: Document) -> Iterator[Control]:
    """The controls in a file's comments."""
    for comment in document.comments:
        for match in _CONTROL.finditer(comment.text):
            start = comment.column + match.start()
            end = comment.column + match.start() + len(match.group().rstrip())
            yield from _controls(match, document, Span(comment.line, start, comment.line, end))


def _controls(match: re.Match[str], document: Document, span: Span) -> Iterator[Control]:
    word, file = match["word"], document.file
    if word not in ("ignore", "snooze"):
        hint = did_you_mean(word, ("ignore", "snooze"))
        fix = respelt(document, span, word, sure(word, ("ignore", "snooze")))
        yield Control("", None, file, span, f"there is no control `{word}`", hint, fix)
        return
    codes = [code.strip() for code in (match["codes"] or "").split(",") if code.strip()]
    if not codes:
        hint = f"write `{word}[CODE]`"
        yield Control("", None, file, span, "the control does not say which finding it is for", hint)
    until, fault = _until(match["rest"]) if word == "snooze" else (None, None)
    for code in codes:
        if code not in CATALOGUE:
            hint = did_you_mean(code, CATALOGUE)
            fix = respelt(document, span, code, sure(code, CATALOGUE))
            yield Control(code, None, file, span, f"there is no finding `{code}`", hint, fix)
        else:
            hint = None if fault is None else "write the day like 2026-12-01"
            fix = _removed(document, span, code, codes) if fault is None else None
            yield Control(code, until, file, span, fault, hint, fix)


def _removed(document: Document, span: Span, code: str, codes: Sequence[str]) -> Fix | None:
    """The fix that takes a code out of a control, or with the only code the control."""
    if len(codes) == 1:
        return comment_removed(document, span)
    raw = lines_of(document.text).inside(span)
    found = re.search(rf"(?<=[\[,])\s*{re.escape(code)}\s*,\s*|\s*,\s*{re.escape(code)}\s*(?=[\],])", raw)
    if found is None or codes.count(code) > 1:
        return None
    place = Span(span.line, span.column + found.start(), span.line, span.column + found.end())
    return Fix(f"take `{code}` out of the control", (TextEdit(document.file, place, ""),))


def _until(rest: str) -> tuple[date | None, str | None]:
    words = rest.split()
    try:
        return date.fromisoformat(words[0]), None
    except (IndexError, ValueError):
        return None, "`snooze` needs the day until which it holds"


def apply_controls(
    items: Iterable[Diagnostic], documents: Iterable[Document], today: date, unseen: Collection[str]
) -> list[Diagnostic]:
    """The findings that no control suppresses, and `unused-control` for controls that suppress none.

    ``today`` is the as-of date. Codes in ``unseen`` were not looked for, so a control for one is no fault;
    nor is any control for a known one while errors of reading, names or types hold findings back.
    """
    found = list(items)
    held_back = any(d.severity == "error" and CATALOGUE[d.code].family in _FIRST for d in found)
    reported: list[Diagnostic] = []
    suppressed: set[int] = set()
    for control in (c for document in documents for c in controls_of(document)):
        here = [n for n, d in enumerate(found) if _is_meant(control, d)]
        fault = control.fault
        if fault is None and control.until is not None and today >= control.until:
            fault = f"the day of this control has passed: it held until {control.until.isoformat()}"
        elif fault is None and here:
            suppressed.update(here)
            continue
        elif fault is None and (control.code in unseen or held_back):
            continue
        message = fault or f"there is no `{control.code}` in this line that could be suppressed"
        reported.append(_unused(control, message))
    return [d for n, d in enumerate(found) if n not in suppressed] + reported


def _is_meant(control: Control, item: Diagnostic) -> bool:
    same = control.file == item.file and control.span.line == item.span.line
    return same and control.fault is None and control.code == item.code


def _unused(control: Control, message: str) -> Diagnostic:
    hint = control.hint or "take the comment out"
    return diagnostic("unused-control", message, control.file, control.span, hint=hint, fix=control.fix)
