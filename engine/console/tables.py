"""Tables for people: readable at 80 columns and without colour."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from itertools import pairwise, zip_longest

from segmentry.engine.console.session import colour_on, width_of, wrapped

WIDTH = 80
"""Of what is written into a pipe or a file; a terminal has its own."""

_BETWEEN = 3
"""Spaces between two columns."""


@dataclass(slots=True)
class Table:
    """A head with a line under it, and rows; the columns in ``right`` hold numbers, which never break."""

    columns: tuple[str, ...]
    right: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def add_row(self, *cells: str) -> None:
        """A row below the others, with a text per column."""
        self.rows.append(tuple(map(_plain, cells)))

    def lines(self, width: int, *, bold: bool = False) -> Iterator[str]:
        """The table in lines of at most so many cells; where it is wider, texts break between words."""
        head = tuple(map(_plain, self.columns))
        kept = [name in self.right for name in self.columns]
        widths = _fitted(self._widths(head), kept, width)
        for row in (head, *self.rows):
            cells = [_broken(*cell) for cell in zip(row, widths, kept, strict=True)]
            if row is head:  # its words end at the line under it
                height = max(map(len, cells))
                cells = [[""] * (height - len(cell)) + cell for cell in cells]
            for parts in zip_longest(*cells, fillvalue=""):
                line = _line(parts, widths, kept)
                yield f"\x1b[1m{line}\x1b[0m" if bold and row is head else line
            if row is head:
                yield "─" * (sum(widths) + _BETWEEN * (len(widths) - 1))

    def _widths(self, head: Sequence[str]) -> list[int]:
        from rich.cells import cell_len

        columns = zip(head, *self.rows, strict=True)
        return [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in columns]


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns in ``right`` hold numbers."""
    return Table(columns, right)


Part = Table | str


def rendered(*parts: Part) -> str:
    """Tables and lines as one text, with a bold head only where stdout is a terminal that wants it."""
    width, bold = width_of(sys.stdout), colour_on(sys.stdout)
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Table):
            lines += part.lines(width or WIDTH, bold=bold)
        else:
            lines += wrapped(_plain(part), width).splitlines() or [""]
    return "".join(f"{line.rstrip()}\n" for line in lines)


_STEERING: dict[int, None] = dict.fromkeys((7, 8, 11, 12, 13))
"""Control codes that would move the place where a terminal writes."""


def _plain(text: str) -> str:
    plain = text.translate(_STEERING)
    return "\n".join(line.expandtabs() for line in plain.split("\n")) if "\t" in plain else plain


def _line(parts: Sequence[str], widths: Sequence[int], kept: Sequence[bool]) -> str:
    from rich.cells import cell_len

    cells: list[str] = []
    for part, width, number in zip(parts, widths, kept, strict=True):
        space = " " * (width - cell_len(part))
        cells.append(space + part if number else part + space)
    return (" " * _BETWEEN).join(cells).rstrip()


def _fitted(widths: list[int], kept: Sequence[bool], most: int) -> list[int]:
    """The widths of columns that fit into a line: the widest texts give way first, at last all columns."""
    last = len(widths) - 1
    # A space belongs to a column's left and to its right, where there is another column.
    spaces = [(at > 0) + (at < last) for at in range(len(widths))]
    room = most - last
    found = [min(width + space, room) for width, space in zip(widths, spaces, strict=True)]
    over = sum(found) - room
    texts = [at for at, number in enumerate(kept) if not number]
    while over > 0 and any(found[at] for at in texts):
        widest = max(found[at] for at in texts)
        next_wide = max((found[at] for at in texts if found[at] != widest), default=0)
        over -= _narrowed(found, [at for at in texts if found[at] == widest], over, widest - next_wide)
    if over > 0:
        _narrowed(found, [at for at, width in enumerate(found) if width], over, over)
    return [max(width - space, min(own, 1)) for width, space, own in zip(found, spaces, widths, strict=True)]


def _narrowed(widths: list[int], which: list[int], by: int, most: int) -> int:
    """Take so many cells from some columns, of each about as many and at most ``most``; how many it were."""
    left = by
    for done, at in enumerate(which):
        less = min(most, widths[at], round(left / (len(which) - done)))
        widths[at] -= less
        left -= less
    return by - left


_WORD = re.compile(r"\s*\S+\s*")


def _broken(text: str, width: int, number: bool) -> list[str]:
    """The lines of a cell: a number is cut off at the width, a text breaks between words, else in them."""
    from rich.cells import cell_len, set_cell_size

    lines: list[str] = []
    for line in text.split("\n"):
        if cell_len(line) <= width:
            lines.append(line)
        elif number:
            lines.append(set_cell_size(line.strip(), width))
        else:
            ends = [0, *_breaks(line, width), len(line)]
            lines += [line[a:b].rstrip() for a, b in pairwise(ends)]
    return lines


def _breaks(line: str, width: int) -> Iterator[int]:
    """Where a line is broken."""
    from rich.cells import cell_len, chop_cells

    used = 0
    for word in _WORD.finditer(line):
        start, size = word.start(), cell_len(word[0].rstrip())
        if used + size <= width:
            used += cell_len(word[0])
        elif size <= width:
            yield start
            used = cell_len(word[0])
        else:
            for piece in chop_cells(word[0], width):
                if start:
                    yield start
                start += len(piece)
                used = cell_len(piece)


def instant_words(instant: datetime, zone: tzinfo | None = None) -> str:
    """An instant in its zone or the one given: the date, with the time where that is not midnight."""
    local = instant if zone is None else instant.astimezone(zone)
    return f"{local:%Y-%m-%d}" if local.time() == time.min else f"{local:%Y-%m-%d %H:%M}"


def percent(share: float | None) -> str:
    """A share as people read it; `–` for the share of nothing."""
    return "–" if share is None else f"{share:.1%}"
