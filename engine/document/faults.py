"""What is wrong with a file that is no YAML, in plain words and at the place that helps.

The parser tells where it could not go on. That is the place, unless a quote or bracket was left open before:
then it is that one. The words come from what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import yaml

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic, Related
from segmentry.engine.document.mend import mended_syntax
from segmentry.engine.document.stop import Stop, SyntaxFault, quoted, stop_of
from segmentry.engine.document.unclosed import (
    escape_fault,
    flow_fault,
    swallowed_quote,
    text_after_quote,
    unclosed_bracket,
    unclosed_quote,
)

_KEY_LINE: Final = re.compile(r"\s*(?:- +)*(?P<key>[^\s#'\"\[{][^#]*?):(?:\s+(?P<value>\S.*))?$")
_COLON_WITHOUT_SPACE: Final = re.compile(r"\s*(?:- +)*(?P<key>[\w-]+):(?P<value>\S+.*)$")


def explain_fault(file: str, text: str, error: yaml.MarkedYAMLError) -> Diagnostic:
    """The yaml-syntax finding for a parser's error in ``text``."""
    stop = stop_of(text, error)
    for case in _CASES:
        fault = case(stop)
        if fault is not None:
            break
    else:
        fault = SyntaxFault("the file can't be read as YAML from here on", f"the parser says: {stop.problem}")
    related = () if fault.related is None else (Related(fault.related[0], file, fault.related[1]),)
    place = fault.place or stop.here()
    fix = mended_syntax(file, text, stop, fault)
    return diagnostic("yaml-syntax", fault.message, file, place, hint=fault.hint, related=related, fix=fix)


def _tab(stop: Stop) -> SyntaxFault | None:
    indent = stop.line_text[: len(stop.line_text) - len(stop.line_text.lstrip())]
    if stop.char != "\t" and "\t" not in indent:
        return None
    column = stop.column if stop.char == "\t" else indent.index("\t")
    return SyntaxFault(
        "a tab stands here, and YAML is indented with spaces only",
        "replace it by spaces; most editors have a command “convert indentation to spaces”",
        stop.span(stop.line, column, 1),
    )


def _special_character(stop: Stop) -> SyntaxFault | None:
    percent = stop.char == "%" and "directive" in stop.context
    if not percent and "any token" not in stop.problem:
        return None
    sign = "a backquote" if stop.char == "`" else f"`{stop.char}`"
    return SyntaxFault(
        f"a text can't start with {sign} unless it is in quotes",
        f"write {quoted(stop.rest())}",
        to_quote=stop.rest_span(),
    )


def _directive(stop: Stop) -> SyntaxFault | None:
    if "directive" not in stop.context or stop.context_place is None:
        return None
    line, column = stop.context_place
    return SyntaxFault(
        "a line that starts with `%` is an instruction to the YAML parser, and rules need none",
        "remove the line, or put the text into quotes",
        stop.span(line, column, 1),
    )


def _tag(stop: Stop) -> SyntaxFault | None:
    if not re.search(r"\btag\b", f"{stop.context} {stop.problem}") or stop.context_place is None:
        return None
    line, column = stop.context_place
    return SyntaxFault(
        "a text can't start with `!` unless it is in quotes",
        "put the text into quotes; YAML takes it for a tag, and rules have none",
        stop.span(line, column, 1),
    )


def _anchor(stop: Stop) -> SyntaxFault | None:
    for word, sign in (("alias", "*"), ("anchor", "&")):
        if f"scanning an {word}" in stop.context:
            return SyntaxFault(
                f"a text can't start with `{sign}` unless it is in quotes", "put the whole text into quotes"
            )
    return None


_IN_WORDS: Final = {">": "more_than", ">=": "at_least", "<": "less_than", "<=": "at_most"}


def _block_header(stop: Stop) -> SyntaxFault | None:
    if "block scalar" not in stop.context or stop.context_place is None:
        return None
    line, column = stop.context_place
    sign = stop.lines[line][column : column + 1]
    value = stop.lines[line][column:].strip()
    if operator := re.match(r"[<>]=?(?=\s*:)", value):
        return SyntaxFault(
            f"a key can't be `{operator[0]}`: comparisons are written in words",
            f"write `{_IN_WORDS[operator[0]]}:`",
            stop.span(line, column, len(operator[0])),
        )
    return SyntaxFault(
        f"`{sign}` announces a text on the following lines, so nothing else may stand beside it",
        f"start the text on the next line, or put it into quotes: {quoted(value)}",
        to_quote=stop.span(line, column, len(value.split(" #")[0].rstrip())),
    )


def _colon_in_text(stop: Stop) -> SyntaxFault | None:
    """``a: b: c``"""
    if "mapping values are not allowed" not in stop.problem:
        return None
    start = re.match(r"\s*(?:- +)*(?P<key>[^\s#][^#]*?):\s+(?P<value>\S.*)$", stop.line_text)
    if start is None or start.start("value") > stop.column:
        return None
    value = start.group("value").split(" #")[0].rstrip()
    return SyntaxFault(
        "there is a second `: ` in this line, so it can't be told what is the key and what the text",
        f"put the text into quotes: {quoted(value)}",
        to_quote=stop.span(stop.line, start.start("value"), len(value)) if _is_prose(start) else None,
    )


_PROSE: Final = frozenset(
    ("because", "description", "name", "note", "promise", "proof", "purpose", "reason", "text", "todo")
)
"""Keys of texts for people. Behind another key a second one is lacking its line rather than quotes."""


def _is_prose(line: re.Match[str]) -> bool:
    return line["key"] in _PROSE and line["value"][0] not in "'\"[{&*|>"


def _colon_before(stop: Stop) -> SyntaxFault | None:
    """A key where the line above went wrong: ``a:b``, ``a``, or a value with deeper lines below."""
    if "mapping values are not allowed" not in stop.problem:
        return None
    above = stop.line_above()
    if above is None:
        return None
    number, text = above
    glued = _glued(stop, number)
    if glued is not None:
        return glued
    here = len(stop.line_text) - len(stop.line_text.lstrip())
    if _KEY_LINE.match(text) and here > stop.indent_of(number):
        return SyntaxFault(
            "this line is indented deeper than the line above, which has its value already",
            "start it in the same column as the key above it, put a `- ` before that key if it begins an "
            "item of a list, or remove the value above",
        )
    if not _KEY_LINE.match(text):
        return _missing_colon(stop, number)
    return None


def _glued(stop: Stop, number: int) -> SyntaxFault | None:
    """`a:b` in the line above."""
    text = stop.lines[number].split(" #")[0].rstrip()
    found = _COLON_WITHOUT_SPACE.match(text)
    if found is None or ": " in text:
        return None
    place = stop.span(number, found.end("key"), 1)
    hint = f"write `{found.group('key')}: {found.group('value')}`"
    related = ("this `:`", place)
    message = "in the line above a space is missing after the `:`"
    return SyntaxFault(message, hint, None, related, to_part=place)


def _missing_colon_of_key(stop: Stop) -> SyntaxFault | None:
    if "could not find expected ':'" not in stop.problem or stop.context_place is None:
        return None
    return _missing_colon(stop, stop.context_place[0])


def _missing_colon(stop: Stop, number: int) -> SyntaxFault:
    glued = _glued(stop, number)
    if glued is not None:
        return glued
    words = stop.lines[number].strip().removeprefix("- ").strip()
    indent = stop.lines[number].index(words) if words else 0
    return SyntaxFault(
        f"a `:` is missing after `{words}` in line {number + 1}",
        f"write `{words}: …`; or indent the line deeper if it goes on with the text above",
        None,
        ("this line has no `:`", stop.span(number, indent, len(words))),
    )


def _colon_in_brackets(stop: Stop) -> SyntaxFault | None:
    """``{a:[1]}``, ``[plain:, friendly]``"""
    if "unexpected ':'" not in stop.problem:
        return None
    return SyntaxFault(
        "a space and a value are missing after a `:` here",
        "write `key: value`, or put the text into quotes if the `:` belongs to it",
    )


def _question_mark(stop: Stop) -> SyntaxFault | None:
    if "mapping keys are not allowed" not in stop.problem:
        return None
    return SyntaxFault(
        "a text can't start with `? ` unless it is in quotes", "put the whole text into quotes"
    )


def _key_out_of_place(stop: Stop) -> SyntaxFault | None:
    if not re.search("mapping values are not allowed|document start", stop.problem):
        return None
    return SyntaxFault(
        "this line can't follow the lines above it",
        "check the indentation, and that every line above is `key: value`, a list item, or a text in quotes",
    )


def _list_on_key_line(stop: Stop) -> SyntaxFault | None:
    if "sequence entries are not allowed" not in stop.problem:
        return None
    return SyntaxFault(
        "a list can't start behind a key on the same line",
        "start the list on the next line, or put the text into quotes if it is meant to start with `- `",
    )


def _closes_nothing(stop: Stop) -> SyntaxFault | None:
    if stop.char not in ("]", "}") or "flow" in stop.context:
        return None
    opening = "[" if stop.char == "]" else "{"
    return SyntaxFault(
        f"this `{stop.char}` closes nothing",
        f"remove it, or add the `{opening}` that it belongs to; a text that starts with it needs quotes",
    )


def _no_value(stop: Stop) -> SyntaxFault | None:
    if "node content" not in stop.problem:
        return None
    return SyntaxFault(
        f"a text can't start with `{stop.char}` unless it is in quotes",
        f"write {quoted(stop.rest())}",
        to_quote=stop.rest_span(),
    )


def _after_alias(stop: Stop) -> SyntaxFault | None:
    before = stop.line_text[: stop.column]
    sign = re.search(r"(?:^|[\s:,\[{-])(?P<sign>[*&])\S+\s+$", before)
    if sign is None:
        return None
    start = sign.start("sign")
    return SyntaxFault(
        f"text goes on here after `{before[start:].strip()}`, which YAML takes for a reference",
        f"put it into quotes if it is a text: {quoted(stop.line_text[start:].strip())}",
        to_quote=stop.span(stop.line, start, len(stop.line_text[start:].split(" #")[0].rstrip())),
    )


def _item_among_keys(stop: Stop) -> SyntaxFault | None:
    if not ("expected key" in stop.problem or "block mapping" in stop.context) or stop.char != "-":
        return None
    return SyntaxFault(
        "a list item stands where the next key of a mapping was expected",
        "line up the `-` with the other items of its list, or indent it below the key that it belongs to",
    )


def _key_among_items(stop: Stop) -> SyntaxFault | None:
    if "block collection" not in stop.context:
        return None
    above = stop.line_above()
    glued = _glued(stop, above[0]) if above is not None else None
    if glued is not None:
        return glued
    return SyntaxFault(
        "this line stands in the column of a list, but starts with no `-`",
        "add the `- `, or change the indentation: deeper to belong to the item above, less to end the list",
    )


def _indentation(stop: Stop) -> SyntaxFault | None:
    if not ("expected key" in stop.problem or "block mapping" in stop.context):
        return None
    if stop.context_place is None:
        return None
    line, column = stop.context_place
    return SyntaxFault(
        "this line fits no line above: its indentation belongs to no mapping that is open",
        f"the keys beside it start in column {column + 1}, as in line {line + 1}",
    )


_CASES: Final[tuple[Callable[[Stop], SyntaxFault | None], ...]] = (
    unclosed_quote,
    escape_fault,
    _tab,
    swallowed_quote,
    unclosed_bracket,
    _special_character,
    _directive,
    _tag,
    _anchor,
    _block_header,
    text_after_quote,
    _after_alias,
    flow_fault,
    _colon_in_text,
    _colon_before,
    _missing_colon_of_key,
    _list_on_key_line,
    _closes_nothing,
    _no_value,
    _item_among_keys,
    _key_among_items,
    _indentation,
    _colon_in_brackets,
    _question_mark,
    _key_out_of_place,
)
"""In order: what was left open before what stands at the place, the certain before the general."""
