"""One table of the exports that a workspace is drafted from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from segmentry.engine.starter.onboard.sniff import TextLayout


@dataclass
class Export:
    """One table: a file, several of the same columns, a sheet, or a ``table`` of a ``database``, which the
    variable for its ``address`` stands for. ``name`` is what its source is called.

    ``frame`` has a column per heading: text from text files and workbooks, else the types of the file.
    """

    name: str
    files: tuple[Path, ...]
    format: str
    open: Callable[[], pl.LazyFrame] = field(repr=False)
    typed: bool
    layout: TextLayout | None = None
    sheet: str | None = None
    database: str | None = None
    table: str | None = None
    address: str = field(default="", repr=False)

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """All rows."""
        return self.open()

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """The headings and what the file says of their types."""
        return dict(self.frame.collect_schema())

    @property
    def label(self) -> str:
        """How messages name it."""
        if self.database is not None:
            return f"{self.table} of ${{{self.database}}}"
        shown = self.files[0].name
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{shown}{more}" + (f", sheet {self.sheet}" if self.sheet else "")

    @property
    def bytes(self) -> int:
        """How large its files are."""
        return sum(file.stat().st_size for file in self.files)
