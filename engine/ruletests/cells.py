"""Cells of CSV files: a text until the type is known that it is read for."""

from __future__ import annotations

from segmentry.engine.document import YamlFloat, YamlInt
from segmentry.engine.document.scalars import resolve_plain
from segmentry.engine.language.types import Type

CellValue = str | bool | YamlInt | YamlFloat | list["Cell | None"]

MISSING = "null"
"""What a cell says of a value that is missing; an empty cell says nothing."""


class Cell(str):
    """What stands in a cell. A CSV file has no quotes that tell the text `49` from the number."""

    __slots__ = ()

    def natural(self) -> CellValue:
        """The cell as rules would read it: a number, true or false, a list like `[a, b]`, else a text."""
        if self.startswith("[") and self.endswith("]"):
            return [read_cell(item) for item in self[1:-1].split(",") if item.strip()]
        text = str(self)
        value = resolve_plain(text)
        return text if value is None else value

    def for_type(self, kind: Type) -> CellValue:
        """The cell as a value of a type, as far as it can be read so."""
        return str(self) if kind.kind == "string" else self.natural()


def read_cell(text: str) -> Cell | None:
    """A cell that is not empty, None for a missing value."""
    stripped = text.strip()
    return None if stripped == MISSING else Cell(stripped)
