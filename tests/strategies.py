"""Hypothesis strategies: random workspaces with data that `check` would let pass, whatever is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.random_models.choices import Chooser
from tests.random_models.conditions import Conditions
from tests.random_models.derived import derive
from tests.random_models.dump import to_yaml, write
from tests.random_models.segments import segmentation
from tests.random_models.tables import Data, draw_roots
from tests.random_models.traits import Traits
from tests.reference.clock import Clock, parse_instant

MOMENTS = (
    ("UTC", "2026-03-31"),
    ("Europe/Berlin", "2026-03-31"),
    ("Europe/Berlin", "2026-03-29T12:00"),
    ("Europe/Berlin", "2026-03-30"),
    ("Europe/Berlin", "2026-10-25T02:30"),
    ("Europe/Berlin", "2026-10-25T01:30:00Z"),
    ("Europe/Berlin", "2026-10-26"),
    ("America/New_York", "2026-03-08T03:30"),
    ("America/New_York", "2026-03-09"),
    ("America/New_York", "2025-11-02T01:30"),
    ("UTC", "2024-02-29"),
    ("UTC", "2026-01-01T00:00:00.000001"),
    ("Asia/Beirut", "2026-03-29"),
    ("Africa/Cairo", "2026-04-24"),
    ("America/Havana", "2026-03-08"),
    ("Australia/Lord_Howe", "2026-10-04T02:15"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A workspace: parsed files by name, rows by root source, the as-of text (None: the files say), and the
    Polars types of the sources' columns. The seed makes it again."""

    files: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    as_of: str | None
    dtypes: dict[str, dict[str, str]]
    seed: int = 0

    def __str__(self) -> str:
        parts = [f"# {name}\n{to_yaml(content)}" for name, content in self.files.items()]
        rows = [f"# {name}\n" + "\n".join(map(repr, table)) for name, table in self.tables.items()]
        return "\n".join([f"# as of {self.as_of}, reduced from seed {self.seed}", *parts, *rows])


def case_to_files(case: Case, folder: Path) -> None:
    """Writes the workspace's YAML and the sources' Parquet files."""
    write(case.files, case.tables, case.dtypes, folder)


def workspaces() -> st.SearchStrategy[Case]:
    """Random cases; the seed is all that is drawn."""
    return st.integers(0, 2**64 - 1).map(case_of)


def case_of(seed: int) -> Case:
    """A random case: sources, traits of every kind, segmentations in all modes; few rows, many ties."""
    choose = Chooser(seed)
    zone, as_of = choose.pick(MOMENTS)
    clock = Clock(ZoneInfo(zone), 1, parse_instant(as_of, ZoneInfo(zone)))
    data = draw_roots(choose, clock)
    derive(choose, data)
    conditions = Conditions(choose, dict(data.customers), data.sources, clock.today.isoformat())
    rules = _draw_rules(choose, conditions)
    # Not in the order in which they refer to each other.
    specs = {name: data.specs[name] for name in reversed(data.specs)} if choose.chance(50) else data.specs
    settings: dict[str, Any] = {"version": 1, "name": "Sample", "timezone": zone, "sources": specs}
    if choose.chance(40):
        settings["fiscal_year_starts"] = choose.pick(("april", "february", "october", "december"))
    if choose.chance(40):
        settings["week_starts"] = choose.pick(("sunday", "saturday", "monday", "wednesday"))
    given: str | None = as_of
    if choose.chance(40):
        settings["as_of"], given = as_of, None
        if choose.chance(40) and _has_times(data):
            settings["as_of"] = {"latest": "orders"}
    return Case({"segmentry.yaml": settings, **rules}, data.tables, given, data.dtypes, seed)


def _has_times(data: Data) -> bool:
    """Whether some order has a time that can be read."""
    return any(row["ordered_at"] is not None for row in data.tables.get("orders", []))


def _draw_rules(choose: Chooser, conditions: Conditions) -> dict[str, Any]:
    """Traits and segmentations, each over what was there before."""
    files: dict[str, Any] = {}
    traits = Traits(choose, conditions)
    defined = [traits.count("count_all")]
    for index in range(choose.number(1, 3)):
        defined += [traits.trait(f"trait_{index}_{number}") for number in range(choose.number(1, 10))]
        name = ("motive", "lifecycle", "tier")[index]
        files[f"rules/{name}.yaml"] = segmentation(choose, conditions, name)
    if choose.chance(50):
        defined.reverse()
    return {"rules/traits.yaml": {"traits": defined}, **files}
