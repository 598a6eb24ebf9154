"""Windows as of a day whose midnight the clocks leave out lose neither its first hour nor a whole day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from segmentry.engine import Workspace, evaluate

# The day on which the clocks go forward at midnight.
ZONES = (
    ("Africa/Cairo", "2026-04-24"),
    ("Asia/Beirut", "2026-03-29"),
    ("America/Santiago", "2026-09-06"),
    ("America/Havana", "2026-03-08"),
    ("Atlantic/Azores", "2026-03-29"),
)

WORKSPACE = """\
version: 1
name: Case
timezone: {zone}
sources:
  customers: {{from: rows, key: cid}}
  rows:
    path: rows.csv
    customer: cid
    time: at
    columns: {{cid: {{type: string}}, at: {{type: {kind}}}}}
"""

TRAITS = """\
traits:
  - {id: last_at, last: rows.at}
  - {id: last_day, count: rows, within_last: 1 day}
  - {id: since_yesterday, count: rows, since: yesterday}
  - {id: day_before, count: rows, between_ago: [2 days, 1 day]}
  - {id: last_7_days, count: rows, within_last: 7 days}
  - {id: last_month, count: rows, within_last: 1 month}
"""

SEGMENTS = """\
segmentation: audience
owner: crm
assign: every_match
segments:
  - {id: came, when: {did: rows, within_last: 1 day}}
  - {id: latest, when: {trait: last_at, within_last: 1 day}}
"""


def evaluated(
    folder: Path, zone: str, kind: str, times: dict[str, str], as_of: str
) -> dict[str, dict[str, Any]]:
    """By customer: the traits and the memberships."""
    (folder / "rules").mkdir()
    (folder / "segmentry.yaml").write_text(WORKSPACE.format(zone=zone, kind=kind), "utf-8")
    (folder / "rules/traits.yaml").write_text(TRAITS, "utf-8")
    (folder / "rules/audience.yaml").write_text(SEGMENTS, "utf-8")
    rows = "".join(f"{customer},{time}\n" for customer, time in times.items())
    (folder / "rows.csv").write_text("cid,at\n" + rows, "utf-8")
    found = evaluate(Workspace(folder), as_of=as_of, traits="all")
    traits, members = found.traits.to_dicts(), found.memberships.to_dicts()
    return {one["cid"]: {**one, **other} for one, other in zip(traits, members, strict=True)}


def of(found: dict[str, dict[str, Any]], column: str) -> dict[str, Any]:
    return {customer: row[column] for customer, row in found.items()}


@pytest.mark.parametrize(("zone", "day"), ZONES)
def test_the_last_day_is_the_whole_day_before(zone: str, day: str, tmp_path: Path) -> None:
    before = date.fromisoformat(day) - timedelta(days=1)
    times = {
        "A": f"{before}T00:00",
        "B": f"{before}T00:30",
        "C": f"{before}T12:00",
        "D": f"{before - timedelta(days=1)}T23:59",
    }
    found = evaluated(tmp_path, zone, "datetime", times, day)
    whole = {"A": 1, "B": 1, "C": 1, "D": 0}
    assert of(found, "last_day") == of(found, "since_yesterday") == whole
    assert of(found, "day_before") == {"A": 0, "B": 0, "C": 0, "D": 1}
    assert of(found, "came") == of(found, "latest") == {c: bool(count) for c, count in whole.items()}


@pytest.mark.parametrize(("zone", "day"), ZONES)
@pytest.mark.parametrize("later", [0, 1])
def test_tables_of_dates_lose_no_day(zone: str, day: str, later: int, tmp_path: Path) -> None:
    today = date.fromisoformat(day) + timedelta(days=later)
    times = {str(back): str(today - timedelta(days=back)) for back in (0, 1, 2, 7, 8)}
    found = evaluated(tmp_path, zone, "date", times, str(today))
    assert of(found, "last_day") == {"1": 1, "2": 0, "7": 0, "8": 0}  # "0" is not seen
    assert of(found, "day_before") == {"1": 0, "2": 1, "7": 0, "8": 0}
    assert of(found, "last_7_days") == {"1": 1, "2": 1, "7": 1, "8": 0}
    assert of(found, "came") == of(found, "latest") == {"1": True, "2": False, "7": False, "8": False}


def test_other_times_of_that_day_are_counted_on_the_clock(tmp_path: Path) -> None:
    times = {"A": "2026-04-23T01:30", "B": "2026-04-23T02:00", "C": "2026-04-24T01:59"}
    found = evaluated(tmp_path, "Africa/Cairo", "datetime", times, "2026-04-24T02:00")
    assert of(found, "last_day") == {"A": 0, "B": 1, "C": 1}
