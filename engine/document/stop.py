"""The place where a parser stopped, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from segmentry.engine.diagnostics.model import Span
from segmentry.engine.document.nodes import split_lines


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """What is wrong and how to mend it; ``place`` where that is not the place of the stop.

    ``to_quote`` is a text that is only lacking its quotes, ``to_part`` a place that is only lacking a space.
    """

    message: str
    hint: str
    place: Span | None = None
    related: tuple[str, Span] | None = None
    to_quote: Span | None = None
    to_part: Span | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the parser stopped, and why in its own words.

    Lines and columns count from 0 here, as in the parser; ``index`` is the offset in ``text``.
    ``context_place`` is the start of what it was reading.
    """

    text: str
    lines: list[str]
    problem: str
    context: str
    index: int
    line: int
    column: int
    context_place: tuple[int, int] | None

    @property
    def char(self) -> str:
        """The character at the stop; empty at the end of the file."""
        return self.text[self.index : self.index + 1]

    @property
    def line_text(self) -> str:
        """The line of the stop."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    def here(self) -> Span:
        """The place of the stop: one character, none at the end of a line."""
        return self.span(self.line, self.column, 1 if self.column < len(self.line_text) else 0)

    def span(self, line: int, column: int, length: int) -> Span:
        """A place in one line."""
        return Span(line + 1, column + 1, line + 1, column + 1 + length)

    def rest(self) -> str:
        """The text from the stop to the end of the value in its line."""
        line = self.line_text[self.column :]
        end = re.search(r"\s#|[,\]}]" if self._in_brackets() else r"\s#", line[1:])
        return (line if end is None else line[: end.start() + 1]).rstrip()

    def rest_span(self) -> Span:
        """The place of the rest."""
        return self.span(self.line, self.column, len(self.rest()))

    def line_above(self) -> tuple[int, str] | None:
        """The nearest line above that holds more than a comment: its number and text."""
        for number in range(min(self.line, len(self.lines)) - 1, -1, -1):
            text = self.lines[number]
            if text.strip() and not text.lstrip().startswith("#"):
                return number, text
        return None

    def indent_of(self, line: int) -> int:
        """The number of spaces that a line starts with."""
        text = self.lines[line]
        return len(text) - len(text.lstrip(" "))

    def _in_brackets(self) -> bool:
        before = self.line_text[: self.column]
        return before.count("{") + before.count("[") > before.count("}") + before.count("]")


def stop_of(text: str, error: yaml.MarkedYAMLError) -> Stop:
    """The stop that a parser's error tells of."""
    mark = error.problem_mark or error.context_mark
    context = error.context_mark
    lines = split_lines(text)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line >= len(lines):  # libyaml ends a last line that has no line break
        line, column = len(lines) - 1, len(lines[-1])
    return Stop(
        text=text,
        lines=lines,
        problem=error.problem or "",
        context=error.context or "",
        index=mark.index if mark else 0,
        line=line,
        column=column,
        context_place=None if context is None else (context.line, context.column),
    )


def quoted(text: str) -> str:
    """A text in quotes, as it can be pasted into a file."""
    short = text if len(text) <= 60 else text[:59] + "…"
    return "`'" + short.replace("'", "''") + "'`"
