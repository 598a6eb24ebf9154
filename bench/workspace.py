"""The workspace that Segmentry runs: the same traits and segments in its own language."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from bench.conditions import Segmentation, as_yaml
from bench.segments import segmentations
from bench.vocabulary import AS_OF

TRAITS = Path(__file__).with_name("traits.yaml")


def _dump(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=110), encoding="utf-8")


def _sources(data: Path, clustered: bool) -> dict[str, Any]:
    money = {"type": "decimal", "scale": 2, "unit": "EUR"}
    prepared = {"sorted_by": "customer_id"} if clustered else {}
    orders = {"path": str(data / "orders" / "*.parquet"), "customer": "customer_id", "time": "ordered_at"}
    events = {"path": str(data / "events" / "*.parquet"), "customer": "customer_id", "time": "at"}
    return {
        "customers": {"path": str(data / "customers.parquet"), "key": "customer_id"},
        "orders": orders | {"columns": {"amount": money, "discount": dict(money)}} | prepared,
        "events": events | prepared,
    }


def _segmentation(content: Segmentation) -> dict[str, Any]:
    head: dict[str, Any] = {
        "segmentation": content.id,
        "name": content.id,
        "assign": "first_match" if content.first_match else "every_match",
    }
    if content.first_match:
        head["otherwise"] = {"id": content.otherwise, "name": "Everybody else"}
    head["segments"] = [{"id": s.id, "name": s.id, "when": as_yaml(s.when)} for s in content.segments]
    return head


def write(
    folder: Path, data: Path, files: tuple[Segmentation, ...], *, zone: str = "UTC", clustered: bool = False
) -> Path:
    """Write the whole workspace to the folder (made anew) and return it. Nothing of the data is copied."""
    _start(folder, zone, _sources(data, clustered))
    shutil.copyfile(TRAITS, folder / "rules" / "traits.yaml")
    for content in files:
        _dump(folder / "rules" / f"{content.id}.yaml", _segmentation(content))
    return folder


def write_rules_only(folder: Path, traits: Path, files: tuple[Segmentation, ...]) -> Path:
    """Write a workspace whose customers table already holds every trait: what is left is the rules."""
    money = {"type": "decimal", "scale": 2, "unit": "EUR"}
    columns = {
        name: dict(money) for name in ("spend_12m", "spend_previous_12m", "spend_total", "largest_order")
    }
    _start(folder, "UTC", {"customers": {"path": str(traits), "key": "customer_id", "columns": columns}})
    for content in files:
        _dump(folder / "rules" / f"{content.id}.yaml", _segmentation(content))
    return folder


def _start(folder: Path, zone: str, sources: dict[str, Any]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "rules").mkdir(parents=True)
    about = {
        "version": 1,
        "name": "Benchmark",
        "timezone": zone,
        "currency": "EUR",
        "as_of": AS_OF.isoformat(),
    }
    _dump(folder / "segmentry.yaml", about | {"sources": sources})


def main() -> None:
    """Arguments: FOLDER SOURCE SEGMENTS ZONE LAYOUT; with zone `rules` the source is finished traits."""
    folder, source, count, zone, layout = sys.argv[1:6]
    if zone == "rules":
        write_rules_only(Path(folder), Path(source), segmentations(int(count), behaviours=False))
    else:
        files = segmentations(int(count))
        write(Path(folder), Path(source), files, zone=zone, clustered=layout == "clustered")


if __name__ == "__main__":
    main()
