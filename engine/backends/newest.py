"""The newest row of a source, which can give the as-of date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from segmentry.engine.diagnostics.read_note import ReadNote


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest row of a source up to the end of a day (``at``), how many are ``later``, and of all the
    ``last``; instants in UTC, None without rows.
    """

    at: datetime | None
    later: int
    last: datetime | None


def late_future(source: str, newest: Newest, zone: ZoneInfo) -> ReadNote:
    """The note of rows after today in the source that gives the as-of date."""
    assert newest.last is not None
    rows = "row of" if newest.later == 1 else "rows of"
    return ReadNote(
        "late-future",
        source,
        f"{newest.later:,} {rows} `{source}` {'is' if newest.later == 1 else 'are'} after today, up to "
        f"{newest.last.astimezone(zone):%Y-%m-%d}, and not taken for the newest by "
        f"`as_of: {{latest: {source}}}`",
        "correct the time, or name a date with --as-of",
        newest.later,
    )
