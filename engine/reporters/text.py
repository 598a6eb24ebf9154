"""Findings for a terminal: each with its line of the file and a mark under the place."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from segmentry.engine.diagnostics.model import SEVERITIES, Diagnostic, Severity, Span, sorted_diagnostics
from segmentry.engine.document.nodes import split_lines

TAB_WIDTH: Final = 4
MAX_WIDTH: Final = 160
"""A longer line of a file is shown around the place only."""
MARGIN: Final = 20
"""Of a page that has a width: what stays free beside a line of a file, and what is shown at the least."""

_COLOURS: Final[dict[Severity, str]] = {"error": "1;31", "warning": "1;33", "info": "1;36"}
_FRAME: Final = "1;34"
_NAMES: Final[dict[Severity, tuple[str, str]]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "info": ("note", "notes"),
}


def report_text(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int | None = None,
    folder: str = "",
) -> str:
    """One block per finding, an empty line between two, and a last line with the counts.

    Notes come last, each in a line with its place below: what is wrong does not drown in them.
    Tabs are widened and wide characters counted as two, so that the marks stand under what they mean;
    characters that would steer a terminal are shown as ``�``. Of a place over several lines the first is
    shown. With a width no word is broken over two lines.
    """
    found = sorted_diagnostics(diagnostics)
    lines: dict[str, list[str]] = {}
    for file in {place for item in found for place in (item.file, *(other.file for other in item.related))}:
        if file in sources:
            lines[file] = split_lines(sources[file].removeprefix("\ufeff"))
    page = _Page(colour, width)
    blocks = [_block(item, lines, page) for item in found if item.severity != "info"]
    notes = [line for item in found if item.severity == "info" for line in _note(item, page)]
    parts = [*blocks, notes] if notes else blocks
    return "\n".join([*("\n".join(part) + "\n" for part in parts), _counts(found) + "\n"])


@dataclass(frozen=True, slots=True)
class _Page:
    """What is written on: with or without colour, and how wide it is (None: without end)."""

    colour: bool
    width: int | None

    def lines(self, text: str, first: str = "", others: str = "") -> list[str]:
        """A text behind ``first``, its further lines behind ``others``."""
        if self.width is None:
            return [first + text]
        return wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=others,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first]

    @property
    def widest(self) -> int:
        """The cells that are shown of a line of a file."""
        return MAX_WIDTH if self.width is None else min(MAX_WIDTH, max(self.width - MARGIN, MARGIN))

    def paint(self, text: str, tone: str) -> str:
        return f"\x1b[{tone}m{text}\x1b[0m" if self.colour else text


def _note(item: Diagnostic, page: _Page) -> list[str]:
    """A note: what it says, and where, with what to do about it; no line of the file."""
    lines = [*_head(item, page), _where("-->", item.file, item.span, item.hint or "", page)]
    return [*lines, *(_where(":::", one.file, one.span, one.message, page) for one in item.related)]


def _where(arrow: str, file: str, span: Span, wording: str, page: _Page) -> str:
    place = f"  {page.paint(arrow, _FRAME)} {_visible(file)}:{span.line}:{span.column}"
    return f"{place}  {', '.join(_visible(line) for line in wording.splitlines())}".rstrip()


def _head(item: Diagnostic, page: _Page) -> list[str]:
    label = f"{item.severity}[{item.code}]"
    head, *more = page.lines(_visible(item.message), f"{label} ", "  ")
    return [page.paint(label, _COLOURS[item.severity]) + head[len(label) :], *more]


def _block(item: Diagnostic, lines: Mapping[str, list[str]], page: _Page) -> list[str]:
    numbers = [item.span.line, *(other.span.line for other in item.related)]
    width = len(str(max(numbers)))
    tone = _COLOURS[item.severity]
    block = _head(item, page)
    block += _place(item.file, item.span, lines, width, "-->", "^", item.hint, tone, page)
    for other in item.related:
        block += _place(other.file, other.span, lines, width, ":::", "-", other.message, _FRAME, page)
    return block


def _place(
    file: str,
    span: Span,
    lines: Mapping[str, list[str]],
    width: int,
    arrow: str,
    mark: str,
    note: str | None,
    tone: str,
    page: _Page,
) -> list[str]:
    """The header of a place, its line, and the marks with the note behind them or, if it is long, below."""
    indent = " " * width
    header = f"{indent}{page.paint(arrow, _FRAME)} {_visible(file)}:{span.line}:{span.column}"
    notes = [] if note is None else [_visible(text) for text in note.split("\n")]
    known = lines.get(file, [])
    if span.line > len(known) or "\0" in known[span.line - 1]:  # no such line, or none that is text
        return [header, *_below(notes, indent, page)]
    shown, before, marked = _excerpt(known[span.line - 1], span, page.widest)
    bar = page.paint("|", _FRAME)
    number = page.paint(f"{span.line:>{width}}", _FRAME)
    taken = width + 3 + before + marked + 1
    beside = page.width is None or all(taken + _cells(text) <= page.width for text in notes)
    first = page.paint(" ".join([mark * marked, *(notes[:1] if beside else [])]), tone)
    place = [
        header,
        f"{indent} {bar}",
        f"{number} {bar} {shown}".rstrip(),
        f"{indent} {bar} {' ' * before}{first}",
    ]
    if not beside:
        return [*place, *_below(notes, indent, page)]
    return [
        *place,
        *(f"{indent} {bar} {' ' * (before + marked)} {page.paint(text, tone)}" for text in notes[1:]),
    ]


def _below(notes: list[str], indent: str, page: _Page) -> list[str]:
    """Notes in lines of their own."""
    lines: list[str] = []
    for note in notes:
        first, *others = page.lines(note, f"{indent} = ", f"{indent}   ")
        lines += [f"{indent} {page.paint('=', _FRAME)}{first[len(indent) + 2 :]}", *others]
    return lines


def _excerpt(line: str, span: Span, widest: int) -> tuple[str, int, int]:
    """The line as shown, the cells before the marks, and the number of marks (at least one)."""
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    before, inside, after = (
        _visible(part) for part in (line[:start], line[start:end], line[max(start, end) :])
    )
    left = ""
    if _cells(before + inside + after) > widest:
        room = widest // 2
        if len(before) > room:
            left, before = "…", before[-room:]
        inside, after = _cut(inside, room), _cut(after, room)
    marked = max(_cells(inside), 1)
    return (left + before + inside + after).rstrip(), _cells(left + before), marked


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _visible(text: str) -> str:
    """The text with tabs as spaces, and without characters that move the cursor or turn the direction."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    for char in text:
        if char == "\t":
            shown.append(" " * TAB_WIDTH)
        elif (
            unicodedata.category(char) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(char) in _DIRECTIONS
        ):
            shown.append("�")
        else:
            shown.append(char)
    return "".join(shown)


_DIRECTIONS: Final = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))


def _cells(text: str) -> int:
    """The cells that a text takes in a terminal (Unicode Standard Annex 11: wide and full width take two)."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def _cell(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _counts(found: list[Diagnostic]) -> str:
    if not found:
        return "No findings."
    by_severity = Counter(item.severity for item in found)
    parts = [
        f"{by_severity[severity]} {_NAMES[severity][by_severity[severity] != 1]}"
        for severity in SEVERITIES
        if by_severity[severity]
    ]
    files = len({item.file for item in found})
    return f"{', '.join(parts)} in {files} file{'s' if files != 1 else ''}."
