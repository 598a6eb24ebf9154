"""Where the rows of a source come from that are in no file of the workspace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A database, or a Delta table.

    ``database`` is the environment variable that holds the address of one; of it a ``table`` is read, or the
    rows of the ``query`` in a file. ``delta`` is the address of a Delta table.
    """

    database: str | None = None
    table: str | None = None
    query: str | None = None
    delta: str | None = None


NOWHERE_ELSE = Elsewhere()
