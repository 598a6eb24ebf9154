"""Bytes to a document: decoding, reading, and the comments beside the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import yaml

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Span, sorted_diagnostics
from segmentry.engine.document.compose import Composer, Halt
from segmentry.engine.document.faults import explain_fault
from segmentry.engine.document.nodes import Comment, Document, RawSpans, SpanMap, split_lines

_NOT_YAML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 calls non-printable (https://yaml.org/spec/1.2.2/#51-character-set)."""

_OLD_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
_COMMENT: Final = re.compile(r"(?:(?<=[ \t\r\n])|\A)#[^\r\n]*")


def read_document(file: str, raw: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """The document that ``raw`` holds, read as YAML 1.2 core, and the findings of reading it, sorted.

    The document is None where the syntax is broken (yaml-syntax); a duplicate key leaves a document in which
    the first of the two counts. ``file`` is the name that the findings carry, relative to the workspace. An
    empty file is a document whose data is None. Raises nothing for whatever bytes.
    """
    text, fault = _decode(file, raw)
    if fault is not None:
        return None, [fault]
    safe, restore = _hide_old_breaks(text)
    composer = Composer(file, safe, restore)
    try:
        data = composer.compose()
    except Halt:
        data = None
    except yaml.MarkedYAMLError as error:
        data = None
        fault = explain_fault(file, safe, error)
        if restore is not None:  # what it would write is in the place of other characters
            fault = replace(fault, fix=None)
        # an alias that refers to nothing was a text without quotes: what follows it in the line is no news
        if fault.span.line not in {item.span.line for item in composer.diagnostics if _breaks(item)}:
            composer.diagnostics.append(fault)
    found = sorted_diagnostics(composer.diagnostics)
    if any(map(_breaks, found)):
        return None, found
    comments = _comments(safe, composer.opaque, restore)
    spans = SpanMap(dict(zip(composer.paths, _within(text, composer.spans), strict=True)))
    return Document(file, text, data, spans, comments), found


def _decode(file: str, raw: bytes) -> tuple[str, Diagnostic | None]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", _not_utf8(file, raw, error.start)
    bad = _NOT_YAML.search(text)
    if bad is None:
        return text, None
    name = f"U+{ord(bad.group()):04X}"
    return "", diagnostic(
        "yaml-syntax",
        f"an invisible control character ({name}) stands here",
        file,
        _place(text, bad.start()),
        hint="delete it; retype the text around it if it came from a copy",
    )


def _not_utf8(file: str, raw: bytes, position: int) -> Diagnostic:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return diagnostic(
            "yaml-syntax",
            "the file is saved as UTF-16, and rules are read as UTF-8",
            file,
            Span(1, 1, 1, 1),
            hint="save it again with the encoding UTF-8",
        )
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    place = _place(raw[start:position].decode("utf-8") + "?", len(raw[start:position].decode("utf-8")))
    byte = raw[position]
    guess = bytes([byte]).decode("cp1252", errors="ignore")
    looks = f" (in Windows-1252 it would be `{guess}`)" if guess.isprintable() and guess else ""
    return diagnostic(
        "yaml-syntax",
        f"the file is not UTF-8: byte {position + 1}, 0x{byte:02X} in line {place.line}, is no text{looks}",
        file,
        place,
        hint="save the file again with the encoding UTF-8",
    )


def _place(text: str, index: int) -> Span:
    lines = split_lines(text[:index])
    column = len(lines[-1]) + 1
    return Span(len(lines), column, len(lines), column + 1)


def _hide_old_breaks(text: str) -> tuple[str, Callable[[str], str] | None]:
    """Puts private characters in place of three that end a line in YAML 1.1 but not in 1.2.

    The parsers at hand follow 1.1 there. Lengths stay the same; the second result brings the three back.
    """
    found = sorted(set(_OLD_BREAKS.findall(text)))
    if not found:
        return text, None
    used = set(text)
    free = [chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in used]
    there = dict(zip(found, free, strict=False))
    back = str.maketrans({placeholder: original for original, placeholder in there.items()})
    return text.translate(str.maketrans(there)), lambda value: value.translate(back)


def _breaks(item: Diagnostic) -> bool:
    """Whether a finding leaves no document."""
    return item.code == "yaml-syntax" and item.severity == "error"


def _within(text: str, spans: list[RawSpans]) -> list[RawSpans]:
    """The spans, none beyond the end: libyaml ends a last line that has no line break."""
    if text.endswith(("\n", "\r")):
        return spans
    lines = split_lines(text)
    end = (len(lines), len(lines[-1]) + 1)
    clamped: list[RawSpans] = []
    for a, b, c, d, e, f, g, h in spans:
        clamped.append((*min((a, b), end), *min((c, d), end), *min((e, f), end), *min((g, h), end)))
    return clamped


def _comments(
    text: str, opaque: list[tuple[int, int]], restore: Callable[[str], str] | None
) -> tuple[Comment, ...]:
    """Every comment of a valid text; ``opaque`` are the contents of quoted and block scalars, in order."""
    found: list[Comment] = []
    line, line_start, position, scalar = 1, 0, 0, 0
    while (match := _COMMENT.search(text, position)) is not None:
        at = match.start()
        while scalar < len(opaque) and opaque[scalar][1] <= at:
            scalar += 1
        if scalar < len(opaque) and opaque[scalar][0] <= at:
            position = opaque[scalar][1]
            continue
        before = text[line_start:at].replace("\r\n", "\n").replace("\r", "\n")
        line += before.count("\n")
        line_start = at - len(before) + before.rfind("\n") + 1
        position = match.end()
        words = match.group() if restore is None else restore(match.group())
        found.append(Comment(line, at - line_start + 1, words.rstrip()))
    return tuple(found)
