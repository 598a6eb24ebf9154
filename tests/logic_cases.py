"""A small workspace around rules under test, without any data."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import polars as pl

from segmentry.engine import Diagnostic, Workspace, check
from segmentry.engine.diagnostics.findings import CATALOGUE
from segmentry.engine.planning.plan import Plan

HEAD = """\
version: 1
name: Sample
timezone: Europe/Berlin
as_of: 2026-03-31
sources:
  customers:
    path: customers.parquet
    key: id
    columns:
      id: {type: string}
      country: {type: string, values: [DE, AT, CH]}
      city: {type: string}
      member: {type: boolean}
      visits: {type: integer}
      tier: {type: integer, values: [1, 2, 3]}
      balance: {type: decimal, scale: 2}
      rating: {type: number}
      joined: {type: date}
      seen_at: {type: datetime}
      tags: {type: list}
  orders:
    path: orders.parquet
    customer: id
    time: at
    columns:
      id: {type: string}
      at: {type: datetime}
      amount: {type: decimal, scale: 2}
      channel: {type: string, values: [web, app]}
"""

TRAITS = """\
traits:
  - {id: orders_12m, count: orders, within_last: 12 months}
  - {id: spend, sum: orders.amount}
  - {id: web_share, share: orders, that: {column: channel, is: web}}
  - {id: score, bucket: {of: spend, into: 5, ties: highest}}
  - {id: rank, percentile: {of: spend}}
  - {id: tone, band: {of: spend, edges: {low: 0, high: 100}}}
  - id: points
    points:
      - {when: {trait: orders_12m, at_least: 4}, points: 30}
      - {when: {trait: spend, less_than: 0}, points: -10}
  - {id: last_channel, last: orders.channel, default: none}
  - {id: age_days, days_since_last: orders}
  - {id: channels, values: orders.channel}
"""

LOGIC = frozenset(code for code, entry in CATALOGUE.items() if entry.family == "logic")


def load(folder: Path, *segmentations: str, head: str = HEAD, traits: str = TRAITS) -> Workspace:
    """The workspace with these rule files, `a.yaml`, `b.yaml` and so on."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "segmentry.yaml").write_text(head, "utf-8")
    (folder / "rules" / "traits.yaml").write_text(traits, "utf-8")
    for name, text in zip("abcdef", segmentations, strict=False):
        (folder / "rules" / f"{name}.yaml").write_text(dedent(text), "utf-8")
    return Workspace.load(folder)


def segmentation(*segments: str, assign: str = "every_match", more: str = "") -> str:
    """A rule file of segments, each `id: condition` with the condition in flow style."""
    items = "".join(f"  - {{id: {s.split(':', 1)[0]}, when: {s.split(':', 1)[1]}}}\n" for s in segments)
    return f"segmentation: sample\nowner: crm\nassign: {assign}\n{more}segments:\n{indent(items, '')}"


def plan_of(workspace: Workspace) -> Plan:
    """The plan of the workspace, over tables without rows."""
    kinds = {"decimal": pl.Decimal(18, 2), "integer": pl.Int64(), "number": pl.Float64(), "date": pl.Date()}
    kinds |= {"boolean": pl.Boolean(), "datetime": pl.Datetime("us", "UTC"), "list": pl.List(pl.String())}
    frames = {
        source.name: pl.DataFrame(
            schema={c.name: kinds.get(c.type.kind if c.type else "", pl.String()) for c in source.columns}
        )
        for source in workspace.model.sources
    }
    return Workspace(workspace.root, frames).plan()


def logic_of(workspace: Workspace) -> list[Diagnostic]:
    """The findings of logic; of other families there may be any but errors."""
    found = check(workspace)
    wrong = [d for d in found if d.severity == "error" and CATALOGUE[d.code].family in ("reading", "names")]
    assert wrong == []
    return [d for d in found if d.code in LOGIC]


def places(workspace: Workspace, *, but: tuple[str, ...] = ("opaque",)) -> list[tuple[str, int]]:
    """Code and line of every finding of logic."""
    return [(d.code, d.span.line) for d in logic_of(workspace) if d.code not in but]
