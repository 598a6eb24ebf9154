"""Two versions of small rules over numbered customers, whose counts can be told by looking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from segmentry.engine.diff.compare import DiffOptions, compare
from segmentry.engine.diff.comparison import CauseDiff, Diff, FlowTable, SegmentDiff
from segmentry.engine.workspace import Workspace

Rules = Mapping[str, Any]

SETTINGS: dict[str, Any] = {
    "version": 1,
    "name": "Numbers",
    "as_of": "2026-03-01",
    "sources": {
        "customers": {
            "path": "data/customers.csv",
            "key": "id",
            "columns": {"id": {"type": "integer"}, "n": {"type": "integer"}, "half": {"type": "integer"}},
        },
        "orders": {
            "path": "data/orders.csv",
            "customer": "id",
            "time": "day",
            "columns": {
                "id": {"type": "integer"},
                "day": {"type": "date"},
                "amount": {"type": "decimal", "scale": 2},
                "kind": {"type": "string"},
            },
        },
    },
}
"""Customer number N has n = N, half = N // 2 and N % 3 orders of 10.00, the second of which is a gift."""

TRAITS: list[dict[str, Any]] = [
    {"id": "orders_all", "count": "orders"},
    {"id": "spend", "sum": "orders.amount", "value": True, "unit": "EUR"},
]


def at_least(trait: str, number: int) -> dict[str, Any]:
    """A leaf."""
    return {"trait": trait, "at_least": number}


def segment(identity: str, *leaves: Any, **more: Any) -> dict[str, Any]:
    """A segment for which all leaves hold."""
    return {"id": identity, "when": {"all": list(leaves)}, **more}


def motive(*segments: Any, assign: str = "first_match", **more: Any) -> dict[str, Any]:
    """A segmentation."""
    return {"segmentation": "motive", "assign": assign, "segments": list(segments), **more}


def write(
    folder: Path,
    rules: Rules,
    *,
    traits: list[dict[str, Any]] | None = None,
    settings: dict[str, Any] | None = None,
    customers: int = 0,
) -> Path:
    """A workspace in a folder, with data for so many customers (without, where there are none)."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    files = {
        "segmentry.yaml": settings or SETTINGS,
        "rules/traits.yaml": {"traits": TRAITS if traits is None else traits},
        "rules/motive.yaml": rules,
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    if customers:
        (folder / "data").mkdir(exist_ok=True)
        people = [f"{n},{n},{n // 2}\n" for n in range(customers)]
        (folder / "data/customers.csv").write_text("id,n,half\n" + "".join(people), "utf-8")
        bought = [
            f"{n},2026-01-0{order + 1},10.00,{'gift' if order % 2 else 'own'}\n"
            for n in range(customers)
            for order in range(n % 3)
        ]
        (folder / "data/orders.csv").write_text("id,day,amount,kind\n" + "".join(bought), "utf-8")
    return folder


@dataclass(frozen=True)
class Reported:
    """A comparison with what is asked of it by name."""

    diff: Diff

    def segment(self, identity: str) -> SegmentDiff:
        """A segment."""
        return next(one for one in self.diff.segments if one.id == identity)

    def sizes(self, identity: str) -> tuple[int, int, int, int]:
        """Before, after, came, went."""
        found = self.segment(identity).sizes
        assert found is not None
        return found.base, found.head, found.came, found.went

    def table(self, segment: str | None = None) -> FlowTable:
        """The table of the segmentation, or of a segment."""
        return next(table for table in self.diff.tables if table.segment == segment)

    def moves(self) -> dict[tuple[str | None, str | None], int]:
        """The customers by move."""
        return {(f.source, f.target): f.customers for f in self.table().flows if f.is_move}

    def cause(self, identity: str) -> CauseDiff:
        """The only change of that name."""
        (found,) = (one for one in self.diff.causes if one.id == identity)
        return found


def reported(base: Path, head: Path, **options: Any) -> Reported:
    """Two folders compared."""
    change = options.pop("max_change", None)
    asked = DiffOptions(max_change=None if change is None else Fraction(change), **options)
    return Reported(compare(Workspace.load(head), str(base), None, asked))
