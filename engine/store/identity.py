"""What data a fingerprint rests on: the files of a source as they are now, or nothing that could be told.

Size and times alone tell a file from a later one only where its last change is long enough ago: a clock of a
disk is coarse, and two changes between its ticks have one time (the "racy" entries of an index, as Git has
it in its documentation, Documentation/technical/racy-git.txt).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from segmentry.engine.diagnostics.errors import SegmentryError
from segmentry.engine.sources.origins import Stamp, is_elsewhere
from segmentry.engine.sources.prepared import declaration
from segmentry.engine.sources.read import SourceReader

SETTLED: Final = 2_000_000_000
"""Nanoseconds since its last change after which a file can be told from a later one: the coarsest clock."""

Identity = str | None
"""What the rows of a source are read from and how, None where that can't be told."""


def identities(readers: Mapping[str, SourceReader]) -> dict[str, Identity]:
    """The identity of the data of each source that is read, by its name. Never raises.

    None for a frame in memory, for files that are not there, that changed since they were opened, or that
    changed a moment ago.
    """
    return {name: _identity(reader) for name, reader in readers.items()}


def doubts(readers: Mapping[str, SourceReader]) -> list[str]:
    """Why the data of sources can't be told from other data, in words, source by source."""
    return [_doubt(name, reader) for name, reader in readers.items() if _identity(reader) is None]


def _doubt(name: str, reader: SourceReader) -> str:
    try:
        if is_elsewhere(reader.source):
            return f"the rows of `{name}` are read from a database or an object store"
        if not reader.stamps():
            return f"`{name}` is given as a frame in memory"
        return f"the files of `{name}` changed a moment ago"
    except (SegmentryError, OSError):
        return f"the files of `{name}` can't be read"


def _identity(reader: SourceReader) -> Identity:
    try:
        found = reader.stamps()
        if not (found or reader.copy_stamps()) or found != reader.opened or not _settled(found):
            return None
        return repr((declaration(reader.source, reader.zone, named=False), found, reader.copy_stamps()))
    except (SegmentryError, OSError):
        return None


def _settled(stamps: tuple[Stamp, ...]) -> bool:
    now = time.time_ns()
    return all(now - max(changed, moved) > SETTLED for _, _, changed, moved, _ in stamps)
