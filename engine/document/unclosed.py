"""Faults of quotes and brackets: the ones left open, and the ones that end too soon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from segmentry.engine.document.stop import Stop, SyntaxFault

_CLOSERS: Final = {"{": "}", "[": "]"}
_FLOW_TOKEN: Final = re.compile(
    r"""(?P<quote>(?<=[\s,\[{:])(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"))"""
    r"|(?P<comment>(?<=\s)\#[^\r\n]*)"
    r"|(?P<bracket>[\[\]{}])"
    r"|(?P<line>\r\n|\r|\n)(?P<indent>[ ]*)(?:(?=(?P<next>\S)))?",
    re.DOTALL,
)


def unclosed_quote(stop: Stop) -> SyntaxFault | None:
    """A quote that is open at the end of the file (or of the document)."""
    if "quoted scalar" not in stop.context.replace("-quoted", " quoted") or stop.context_place is None:
        return None
    if not ("end of stream" in stop.problem or "document" in stop.problem):
        return None
    line, column = stop.context_place
    sign = stop.lines[line][column : column + 1]
    return SyntaxFault(
        "this quote is never closed",
        f"add the closing `{sign}` at the end of the text",
        stop.span(line, column, 1),
    )


def escape_fault(stop: Stop) -> SyntaxFault | None:
    """A backslash in double quotes that is no escape of YAML."""
    if not re.search(r"escape|hexdecimal|hexadecimal", stop.problem):
        return None
    start = stop.line_text.rfind("\\", 0, stop.column + 1)
    if start < 0:
        return None
    found = stop.line_text[start : start + 2]
    return SyntaxFault(
        f"`{found}` means nothing in double quotes",
        "write the text in single quotes, where a backslash is just a backslash, or double the backslash",
        stop.span(stop.line, start, len(found)),
    )


def swallowed_quote(stop: Stop) -> SyntaxFault | None:
    """A quote left open that ends only where the next quoted text was meant to start."""
    before = _quote_before(stop)
    if before is None or before.start_mark.line == before.end_mark.line:
        return None
    start, end = before.start_mark, before.end_mark
    return SyntaxFault(
        f"this quote is not closed in its line; it ends only at the next one, in line {end.line + 1}",
        f"add the closing `{before.style}` at the end of the text",
        stop.span(start.line, start.column, 1),
    )


def text_after_quote(stop: Stop) -> SyntaxFault | None:
    """``'Anna's shop'``, ``"a" b``"""
    before = _quote_before(stop)
    if before is None or stop.char in ("", ",", ":", "]", "}"):
        return None
    if before.style == "'" and before.end_mark.index == stop.index:
        hint = "write an apostrophe inside single quotes twice (`''`), or use double quotes around the text"
    elif before.style == '"' and before.end_mark.index == stop.index:
        hint = 'write a quote inside double quotes as `\\"`, or use single quotes around the text'
    else:
        hint = "put the whole text into quotes, or remove what follows the closing one"
    return SyntaxFault("text goes on here after the quote was closed", hint)


def unclosed_bracket(stop: Stop) -> SyntaxFault | None:
    """A bracket that is never closed, or closed by one of the other kind."""
    bracket = _open_bracket(stop) if "flow" in stop.context else None
    if bracket is None or _is_closed(stop, bracket):
        return None
    opening = stop.text[bracket.index]
    return SyntaxFault(
        f"this `{opening}` is never closed",
        f"add the closing `{_CLOSERS[opening]}`",
        stop.span(bracket.line, bracket.column, 1),
    )


def flow_fault(stop: Stop) -> SyntaxFault | None:
    """Something between brackets that are closed: mostly a comma is missing."""
    if "flow" not in stop.context:
        return None
    if stop.char == ":":
        message = "there is a second `:` here before the next comma"
        hint = "add a `,` between the entries, or put the text into quotes if the `:` belongs to it"
    elif stop.char == ",":
        message, hint = "nothing stands before this comma", "remove it, or add what is missing"
    else:
        message, hint = "a `,` is missing before this", "separate the entries in brackets with `, `"
    return SyntaxFault(message, hint)


def _open_bracket(stop: Stop) -> Any | None:
    """The mark of the innermost bracket that is open at the stop."""
    marks: list[Any] = []
    for token in _tokens(stop.text):
        if token.start_mark.index >= stop.index:
            break
        if isinstance(token, yaml.FlowMappingStartToken | yaml.FlowSequenceStartToken):
            marks.append(token.start_mark)
        elif isinstance(token, yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken) and marks:
            marks.pop()
    return marks[-1] if marks else None


def _is_closed(stop: Stop, bracket: Any) -> bool:
    """Whether a bracket finds its closing one before the lines go back to its indentation."""
    indent = stop.indent_of(bracket.line)
    if indent == bracket.column:
        indent -= 1
    expected = [_CLOSERS[stop.text[bracket.index]]]
    for match in _FLOW_TOKEN.finditer(stop.text, bracket.index + 1):
        sign = match.group("bracket")
        if sign in _CLOSERS:
            expected.append(_CLOSERS[sign])
        elif sign is not None:
            if expected.pop() != sign:
                return False
            if not expected:
                return True
        elif (
            match.group("next") and match.group("next") not in "#]}" and len(match.group("indent")) <= indent
        ):
            return False
    return False


def _quote_before(stop: Stop) -> Any | None:
    """The quoted text that ends in the line of the stop, with no other token between: its token."""
    last: Any | None = None
    for token in _tokens(stop.text):
        if token.start_mark.index >= stop.index:
            break
        last = token
    if not isinstance(last, yaml.ScalarToken) or last.style not in ("'", '"'):
        return None
    between = stop.text[last.end_mark.index : stop.index]
    return None if between.strip(" \t") else last


def _tokens(text: str) -> Iterator[Any]:
    """The tokens of a text up to its fault."""
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        yield from yaml.scan(text, Loader=loader)
    except yaml.MarkedYAMLError:
        return
