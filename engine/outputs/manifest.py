"""What `run.json` says: from what, with what and when the outputs were made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from segmentry.engine.backends.protocol import LookupCount, SourceReport
from segmentry.engine.language.types import Type
from segmentry.engine.outputs.row_hash import rows_sha256
from segmentry.engine.planning.plan import Plan, SourcePlan
from segmentry.engine.sources.read import SourceReader
from segmentry.engine.sources.read_paths import label_of

VERSION = 1
"""Of the layout of `run.json`; it grows when a key changes its meaning or goes away."""


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as UTF-8 JSON, two spaces a level; a list of plain values is one line."""
    return (_json_text(document, "") + "\n").encode()


def _json_text(value: Any, indent: str) -> str:
    inner = indent + "  "
    match value:
        case Mapping() if value:
            pairs = cast("Mapping[str, Any]", value).items()
            parts = [f"{inner}{_plain(name)}: {_json_text(item, inner)}" for name, item in pairs]
            return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
        case list() | tuple() if any(isinstance(item, (Mapping, list, tuple)) for item in _items(value)):
            parts = [inner + _json_text(item, inner) for item in _items(value)]
            return "[\n" + ",\n".join(parts) + f"\n{indent}]"
        case _:
            return _plain(value)


def _items(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def rules_entry(texts: Mapping[str, str]) -> dict[str, Any]:
    """The sha256 of each file of the rules, and one over all of them (names and hashes, sorted)."""
    files = {name: hashlib.sha256(texts[name].encode()).hexdigest() for name in sorted(texts)}
    whole = hashlib.sha256("".join(f"{sha}  {name}\n" for name, sha in files.items()).encode())
    return {"sha256": whole.hexdigest(), "files": files}


def outputs_entry(sha256: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Hash and size of every staged file in a folder, but for the log, which is different in each run."""
    return {
        name: {"sha256": sha256[name], "bytes": (folder / name).stat().st_size} for name in sorted(sha256)
    }


def source_entry(
    source: SourcePlan, reader: SourceReader | None, report: SourceReport | None, root: Path
) -> dict[str, Any]:
    """One source: where it comes from, what was read of it, and which rows took no part and why."""
    entry: dict[str, Any] = {}
    if reader is None:
        entry["from"] = source.parent if source.people is None else list(source.source.members)
    else:
        entry |= _origin(source, reader, root)
    entry["schema"] = {name: type_name(kind) for name, kind in source.columns.items()}
    entry["read"] = report is not None
    if report is not None:
        if reader is not None:
            entry["rows"] = reader.row_count()
            if source.source.elsewhere.database is not None:
                keys = (source.source.key, source.source.customer, source.source.time)
                entry["rows_sha256"] = rows_sha256(reader, report.columns, keys)
        entry["columns_read"] = list(report.columns)
        if report.seen is not None:
            entry["seen"] = report.seen
        if report.newest is not None:
            entry["newest"] = report.newest.isoformat()
        entry["left_out"] = dict(sorted(report.left_out.items()))
        entry["lookups"] = [_lookup_entry(lookup) for lookup in report.lookups]
        entry["values"] = [asdict(count) for count in report.counts]
    return entry


def _origin(source: SourcePlan, reader: SourceReader, root: Path) -> dict[str, Any]:
    """Where the rows were read; of a database nothing of its address."""
    if source.source.elsewhere.database is not None:
        asked = {"table": source.source.elsewhere.table, "query": source.source.elsewhere.query}
        named = {key: value for key, value in asked.items() if value is not None}
        return {"database": f"${{{source.source.elsewhere.database}}}", **named}
    if source.source.elsewhere.delta is not None:
        return {"delta": source.source.elsewhere.delta}
    sizes = {label_of(file, root): file.stat().st_size for file in reader.files}
    return {
        "path": list(source.source.paths),
        "files": [{"path": path, "bytes": size} for path, size in sizes.items()],
        "size": sum(sizes.values()),
    }


def _lookup_entry(lookup: LookupCount) -> dict[str, Any]:
    """What one lookup asked for and found, in rows."""
    return {
        "from": lookup.source,
        "on": dict(zip(lookup.here, lookup.there, strict=True)),
        "asked": lookup.asked,
        "found": lookup.found,
    }


def type_name(kind: Type) -> str:
    """A type as it is declared: `decimal(2)`, `list of string`."""
    if kind.kind == "decimal":
        return f"decimal({kind.scale})"
    if kind.kind == "list" and kind.element is not None:
        return f"list of {type_name(kind.element)}"
    return kind.kind


def manifest(
    plan: Plan,
    *,
    version: str,
    as_of: str,
    rules: Mapping[str, Any],
    options: Mapping[str, Any],
    customers: int,
    sources: Mapping[str, Any],
    notes: Sequence[Mapping[str, Any]],
    outputs: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole of `run.json`. Nothing in it changes between two runs over the same inputs."""
    return {
        "version": VERSION,
        "segmentry": version,
        "workspace": plan.model.name,
        "as_of": as_of,
        "timezone": plan.model.timezone,
        "options": options,
        "rules": rules,
        "customers": customers,
        "sources": sources,
        "approximate_traits": sorted(name.removeprefix("t:") for name in plan.approximate),
        "notes": list(notes),
        "outputs": outputs,
    }
