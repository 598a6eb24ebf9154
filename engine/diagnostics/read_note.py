"""What is worth saying of data that can be read all the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadNote:
    """One thing that was seen while a source was read.

    ``code`` is an entry of the catalogue. ``row`` and ``column`` are the first place in ``file``, ``count``
    says how many there are. ``message`` names all that, ``fix`` says what to do; neither ends in a period.
    """

    code: str
    source: str
    message: str
    fix: str
    count: int
    file: str | None = None
    row: int | None = None
    column: str | None = None

    def words(self) -> str:
        """The note as one line."""
        return f"{self.message}; {self.fix}"
