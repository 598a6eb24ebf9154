"""Prepared copies: a source's rows as its contract reads them, kept in the workspace, and when they count.

A copy holds what reading the files anew would give, the counts and notes included. It counts as long as the
files and the declaration are those that it was made of; whatever else is there is passed over, never trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from segmentry.engine.diagnostics.read_note import ReadNote
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import Type
from segmentry.engine.sources.dtypes import dtype_of
from segmentry.engine.sources.read_columns import written
from segmentry.engine.sources.read_paths import label_of

PREPARED_FOLDER: Final = ".segmentry/prepared"
"""Where the copies lie in a workspace."""

COPY_MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
"""Of the layout of a copy; one of another layout is none."""

LONGEST_NAME: Final = 200
"""Bytes of a folder's name; more than 255 no disk takes."""

NARROW: Final = pl.Int64()
"""What holds minor units of money in a file, where they fit."""
WIDE: Final = pl.Decimal(38, 0)
"""What holds those that do not."""

Doubt = Literal["files", "declaration", "version", "damaged"]

_DOUBTS: Final[Mapping[Doubt, str]] = {
    "files": "is older than its files",
    "declaration": "was made before its declaration changed",
    "version": "was made by another version of Segmentry",
    "damaged": "is damaged",
}


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column in a copy: its type, whether minor units are ``narrow``, and its row of the audit.

    ``counts`` are those that reading counts by fault, also where they are 0; a fault that can't be is not
    among them. ``most`` is by how much rounding moved a value, ``empty`` in how many rows there is none.
    """

    type: Type
    narrow: bool
    counts: Mapping[str, int]
    empty: int
    most: float | None = None


@dataclass(frozen=True)
class PreparedCopy:
    """A copy that counts. ``schema`` are all columns of the source, ``columns`` those that were copied.

    ``whole`` is whether everything that can be read was, ``typed`` whether all files carry their own types.
    """

    parts: tuple[Path, ...]
    rows: int
    bytes: int
    schema: Mapping[str, Type]
    columns: Mapping[str, KeptColumn]
    notes: tuple[ReadNote, ...]
    whole: bool
    typed: bool

    def holds(self, columns: Iterable[str]) -> bool:
        """Whether all of these columns were copied."""
        return all(name in self.columns for name in columns)

    def scan(self, columns: Sequence[str]) -> pl.LazyFrame:
        """All rows with these columns, in the engine's own dtypes."""
        return self._rows.select(restored(name, self.columns[name]) for name in columns)

    @cached_property
    def _rows(self) -> pl.LazyFrame:
        return pl.scan_parquet(list(self.parts), glob=False, hive_partitioning=False)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What there is of a copy: one that counts, or why the one that is there does not; neither is no copy."""

    copy: PreparedCopy | None = None
    doubt: Doubt | None = None


def copy_folder(copies: Path, source: str) -> Path:
    """The folder of a source's copy, whatever its name: `a/b` is no path, and no name is too long."""
    name = "".join(c if c.isalnum() or c in "-_" else f"%{ord(c):x}" for c in source)
    if len(name.encode()) > LONGEST_NAME:
        name = f"{name[:20]}-{hashlib.sha256(source.encode()).hexdigest()[:32]}"
    return copies / name


def find_copy(source: Source, zone: str, origin: list[list[Any]], copies: Path) -> Freshness:
    """The copy of a source that now is made of this (`origins.made_of`). Never raises."""
    folder = copy_folder(copies, source.name)
    try:
        raw = (folder / COPY_MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Freshness()
    except OSError:
        return Freshness(doubt="damaged")
    try:
        content = _content(json.loads(raw))
        if content["version"] != FORMAT or content["segmentry"] != version("segmentry"):
            return Freshness(doubt="version")
        if content["declaration"] != declaration(source, zone):
            return Freshness(doubt="declaration")
        if content["files"] != origin:
            return Freshness(doubt="files")
        return Freshness(_copy(content, folder))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Freshness(doubt="damaged")


def doubt_words(source: str, doubt: Doubt) -> str:
    """Why a copy is passed over, and what to do, as one line."""
    return f"the prepared copy of `{source}` {_DOUBTS[doubt]}; `segmentry prepare {source}` makes it anew"


# --- what a copy was made of ------------------------------------------------------------------------


def declaration(source: Source, zone: str, *, named: bool = True) -> str:
    """A hash of all that decides how a source's files are read and kept; with its name where ``named``."""
    said = {
        "zone": zone,
        "name": source.name if named else None,
        "path": source.paths,
        "elsewhere": asdict(source.elsewhere),
        "separator": source.separator,
        "encoding": source.encoding,
        "sheet": source.sheet,
        "shape": asdict(source.shape),
        "defaults": asdict(source.defaults),
        "key": source.key,
        "customer": source.customer,
        "time": source.time,
        "sorted_by": source.sorted_by,
        "columns": [_contract(column) for column in source.columns],
    }
    return hashlib.sha256(_canonical(said)).hexdigest()


def _contract(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "from": column.source_name,
        "computed": bool(column.formula or column.aggregate or column.days_since_previous),
        "type": None if column.type is None else asdict(column.type),
        "values": None if column.values is None else [written(value) for value in column.values],
        "on_bad_value": column.on_bad_value,
        "on_unknown_value": column.on_unknown_value,
        "on_more_places": column.on_more_places,
        "unit": column.unit,
        "dress": asdict(column.dress),
        "pii": column.pii,
    }


def stamps(files: Sequence[Path], root: Path) -> list[list[Any]]:
    """Path, size and time of the last change of each file. Raises OSError."""
    found = [(file, file.stat()) for file in files]
    return [[label_of(file, root), stat.st_size, stat.st_mtime_ns] for file, stat in found]


# --- values in files --------------------------------------------------------------------------------


def stored(name: str, kind: Type) -> pl.Expr:
    """A column as a copy keeps it: minor units as whole decimals, everything else as it is."""
    column = pl.col(name)
    if kind.kind == "decimal":
        return column.cast(WIDE)
    if _has_minor_units(kind):
        return column.list.eval(pl.element().cast(WIDE))
    return column


def restored(name: str, kept: KeptColumn) -> pl.Expr:
    """A column of a copy in the engine's own dtype."""
    column = pl.col(name)
    if kept.type.kind == "decimal":
        return column.cast(dtype_of(kept.type)) if kept.narrow else column.to_physical()
    if _has_minor_units(kept.type):
        return column.list.eval(pl.element().to_physical())
    return column


def _has_minor_units(kind: Type) -> bool:
    return kind.kind == "list" and kind.element is not None and kind.element.kind == "decimal"


# --- the manifest -----------------------------------------------------------------------------------


def copy_manifest(copy: PreparedCopy, source: Source, zone: str, files: list[list[Any]]) -> bytes:
    """The manifest of a copy that was made of files with these stamps."""
    content = {
        "version": FORMAT,
        "segmentry": version("segmentry"),
        "source": source.name,
        "declaration": declaration(source, zone),
        "files": files,
        "rows": copy.rows,
        "schema": {name: asdict(kind) for name, kind in copy.schema.items()},
        "columns": {name: _without_type(kept) for name, kept in copy.columns.items()},
        "notes": [asdict(note) for note in copy.notes],
        "whole": copy.whole,
        "typed": copy.typed,
        "folder": copy.parts[0].parent.name,
        "parts": stamps(copy.parts, copy.parts[0].parent),
    }
    document = {**content, "sha256": hashlib.sha256(_canonical(content)).hexdigest()}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _without_type(kept: KeptColumn) -> dict[str, Any]:
    return {"narrow": kept.narrow, "counts": dict(kept.counts), "empty": kept.empty, "most": kept.most}


def _content(document: Any) -> dict[str, Any]:
    """The manifest without its hash. Raises ValueError where that is another one."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    if document["sha256"] != hashlib.sha256(_canonical(content)).hexdigest():
        raise ValueError("the hash is another one")
    return content


def _copy(content: Mapping[str, Any], folder: Path) -> PreparedCopy:
    """The copy of a manifest. Raises OSError or ValueError where a part is not as it was written."""
    parts = [folder / content["folder"] / name for name, _, _ in content["parts"]]
    if content["parts"] != stamps(parts, folder / content["folder"]):
        raise ValueError("a part has changed")
    schema = {name: _type(kind) for name, kind in content["schema"].items()}
    return PreparedCopy(
        tuple(parts),
        content["rows"],
        sum(size for _, size, _ in content["parts"]),
        schema,
        {name: KeptColumn(schema[name], **kept) for name, kept in content["columns"].items()},
        tuple(ReadNote(**note) for note in content["notes"]),
        content["whole"],
        content["typed"],
    )


def _type(kind: Mapping[str, Any]) -> Type:
    element = kind["element"]
    return Type(kind["kind"], kind["scale"], None if element is None else _type(element))


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
