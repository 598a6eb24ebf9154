"""Tables for people: readable at 80 columns and without colour."""

from __future__ import annotations

import sys
from datetime import datetime, time, tzinfo
from io import StringIO
from typing import TYPE_CHECKING

from segmentry.engine.console.session import colour_on, width_of, wrapped

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 80
"""Of what is written into a pipe or a file; a terminal has its own."""


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with a line under its head; the columns in ``right`` hold numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        number = name in right
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return table


def rendered(*parts: object) -> str:
    """Tables and lines as one text, with colour only where stdout is a terminal that wants it."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    out = StringIO()
    console = Console(
        file=out,
        width=None if terminal else WIDTH,
        force_terminal=terminal and colour_on(sys.stdout),
        no_color=not colour_on(sys.stdout),
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        text = isinstance(part, str)
        console.print(wrapped(str(part), width_of(sys.stdout)) if text else part, soft_wrap=text)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def instant_words(instant: datetime, zone: tzinfo | None = None) -> str:
    """An instant in its zone or the one given: the date, with the time where that is not midnight."""
    local = instant if zone is None else instant.astimezone(zone)
    return f"{local:%Y-%m-%d}" if local.time() == time.min else f"{local:%Y-%m-%d %H:%M}"


def percent(share: float | None) -> str:
    """A share as people read it; `–` for the share of nothing."""
    return "–" if share is None else f"{share:.1%}"
