"""How values and tables are written in files, where that is not the strict way: declared, never guessed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dress:
    """How the values of a column are written; where nothing is said, strictly.

    ``format`` are the forms of dates, tried in order: words and patterns of `language.date_formats`.
    ``decimal`` and ``thousands`` are the marks of numbers. The ``…_values`` are words that mean true, false
    or missing. ``split`` is what stands between the elements of a list in one text, ``json`` that such a text
    is JSON. ``clean`` are the words of `language.cleaning` in order, ``pad`` is the width up to which zeros
    are put in front.
    """

    format: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    percent: bool = False
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    split: str | None = None
    json: bool = False
    clean: tuple[str, ...] = ()
    pad: int | None = None


STRICT = Dress()
"""Nothing is declared."""


@dataclass(frozen=True, slots=True)
class FillDown:
    """Columns whose empty fields take the value above, in rows with one value in the column ``within``."""

    columns: tuple[str, ...]
    within: str


@dataclass(frozen=True, slots=True)
class FileShape:
    """What surrounds a table in its file: the line of the header, rows below, quotes, comments, gaps."""

    header_row: int | None = None
    footer_rows: int = 0
    quote: str | None = None
    comment: str | None = None
    fill_down: FillDown | None = None


PLAIN = FileShape()
"""A table and nothing else."""
