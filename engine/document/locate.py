"""Places inside a scalar: where in the file the n-th character of a text stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Any, Final

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.document.nodes import Document, Path, YamlFloat, YamlInt

Traced = list[tuple[str, int, int]]
"""Characters of a value, each with the stretch of the file (from, to) that it was written as."""

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_FOLD: Final = r"(?P<fold>(?:(?<![ \t])[ \t]+)?(?:(?:\r\n|\r|\n)[ \t]*)+)"
_PLAIN: Final = re.compile(rf"{_FOLD}|.", re.DOTALL)
_SINGLE: Final = re.compile(rf"{_FOLD}|''|.", re.DOTALL)
_DOUBLE: Final = re.compile(
    rf"\\(?P<joined>(?:\r\n|\r|\n)[ \t]*)|{_FOLD}"
    r"|\\(?:x(?P<x>..)|u(?P<u>.{4})|U(?P<U>.{8})|(?P<letter>.))|.",
    re.DOTALL,
)
_LETTERS: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_BLOCK_HEADER: Final = re.compile(r"(?P<style>[|>])[-+]?[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")


def locate_text(document: Document, path: Path, start: int, end: int) -> Span:
    """The place of characters ``[start, end)`` of the scalar at ``path``.

    Counts characters of the value, as they are after unescaping and folding lines. Where they can't be traced
    (no text or number, an alias, an explicit indentation indicator) it is the place of the whole value.
    """
    whole = document.value_span(path)
    value = _text_at(document.data, path)
    if value is None:
        return whole
    starts = _line_starts(document.text)
    first = starts[whole.line - 1] + whole.column - 1
    last = starts[whole.end_line - 1] + whole.end_column - 1
    traced, written = _traced(document.text, first, last)
    if written != value.rstrip("\n"):
        return whole
    start = min(max(start, 0), len(traced))
    end = min(max(end, start), len(traced))
    place_from = traced[start][1] if start < len(traced) else _after(traced, first)
    place_to = traced[end - 1][2] if end > start else place_from
    return Span(*_position(starts, place_from), *_position(starts, place_to))


def _text_at(data: Any, path: Path) -> str | None:
    try:
        for step in path:
            data = data[step]
    except (KeyError, IndexError, TypeError):
        return None
    if isinstance(data, YamlInt | YamlFloat):
        return data.text
    return data if isinstance(data, str) else None


def _after(traced: Traced, first: int) -> int:
    return traced[-1][2] if traced else first


@lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in _BREAK.finditer(text)))


def _position(starts: tuple[int, ...], offset: int) -> tuple[int, int]:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


@lru_cache(maxsize=4)
def _traced(text: str, first: int, last: int) -> tuple[Traced, str]:
    """The characters of a scalar, and its value without line ends behind it. Kept for the next place."""
    traced = _trace(text, first, last)
    return traced, "".join(char for char, _, _ in traced).rstrip("\n")


def _trace(text: str, first: int, last: int) -> Traced:
    match text[first : first + 1]:
        case "'":
            return _flow(_SINGLE, text, first + 1, last - 1)
        case '"':
            return _flow(_DOUBLE, text, first + 1, last - 1)
        case "|" | ">":
            return _block(text, first, last)
        case _:
            return _flow(_PLAIN, text, first, last)


def _flow(pattern: re.Pattern[str], text: str, first: int, last: int) -> Traced:
    traced: Traced = []
    for match in pattern.finditer(text, first, last):
        chars = _decode(match)
        traced.extend((char, match.start(), match.end()) for char in chars)
    return traced


def _decode(match: re.Match[str]) -> str:
    """What one piece of a plain or quoted scalar stands for."""
    groups = match.groupdict()
    if groups.get("fold"):
        breaks = len(_BREAK.findall(groups["fold"]))
        return " " if breaks == 1 else "\n" * (breaks - 1)
    if groups.get("joined"):
        return ""
    code = groups.get("x") or groups.get("u") or groups.get("U")
    if code:
        return chr(int(code, 16))
    letter = groups.get("letter")
    if letter:
        return _LETTERS.get(letter, letter)
    return "'" if match.group() == "''" else match.group()


def _block(text: str, first: int, last: int) -> Traced:
    header = _BLOCK_HEADER.match(text, first, last)
    if header is None:
        return []
    lines: list[tuple[int, str]] = []
    start = header.end()
    for ending in (*_BREAK.finditer(text, start, last), None):
        stop = last if ending is None else ending.start()
        lines.append((start, text[start:stop]))
        start = last if ending is None else ending.end()
    indent = min((len(line) - len(line.lstrip(" ")) for _, line in lines if line.strip(" ")), default=0)
    literal = header.group("style") == "|"
    traced: Traced = []
    above = ""
    for number, (start, line) in enumerate(lines):
        content = line[indent:]
        if number > 0:
            _join(traced, above, content, start, literal)
        traced.extend((char, start + indent + n, start + indent + n + 1) for n, char in enumerate(content))
        above = content or above
    return traced


def _join(traced: Traced, above: str, content: str, start: int, literal: bool) -> None:
    """Adds what the break before ``content`` stands for; folded text joins lines that are not indented."""
    indented = above[:1] in (" ", "\t") or content[:1] in (" ", "\t")
    if literal or indented or not above or not content:
        traced.append(("\n", start, start))
    elif traced[-1][0] != "\n":
        traced.append((" ", start, start))
