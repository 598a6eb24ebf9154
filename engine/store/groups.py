"""Columns in files: a head that says what is in it, then the columns as an Arrow IPC file, both with a hash.

A file is written beside its place and takes its name when it is whole; its content decides the name. It holds
no keys beside its columns. Whatever can't be read, is cut short or has another hash is nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import get_ident
from typing import Any, Final

import polars as pl

from segmentry.engine.diagnostics.whole import surely

MAGIC: Final = b"segmentry columns 1\n"
SUFFIX: Final = ".columns"
STAGED: Final = ".part"
_OWNER_ONLY: Final = 0o600
_HASH: Final = 32
_FIRST: Final = 1 << 14

_INTEGERS: Final = ((pl.Int8, 2**7), (pl.Int16, 2**15), (pl.Int32, 2**31), (pl.Int64, 2**63))
_MOST_LABELS: Final = 1 << 12
"""Up to so many different texts a column of them is kept as their numbers."""


@dataclass(frozen=True, slots=True)
class Group:
    """A file: the fingerprints of its columns in their order, what is known beside them, and its size.

    ``marks`` says what was marked `pii: direct` when it was written, ``start`` where its columns begin,
    ``sha256`` their hash.
    """

    path: Path
    columns: tuple[str, ...]
    facts: Mapping[str, Any]
    marks: frozenset[str]
    start: int
    sha256: str
    bytes: int


def write_group(
    folder: Path, columns: Mapping[str, pl.Series], facts: Mapping[str, Any], marks: frozenset[str]
) -> Group:
    """Write columns and facts, each by its fingerprint, into a new file of the folder. Raises OSError."""
    payload = _payload([*columns.values()])
    content = {
        "columns": [[name, str(series.dtype)] for name, series in columns.items()],
        "facts": dict(facts),
        "marks": sorted(marks),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    head = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()
    start = len(MAGIC) + _HASH + 8
    before = MAGIC + hashlib.sha256(head).digest() + len(head).to_bytes(8, "big") + head
    path = folder / f"{hashlib.sha256(before).hexdigest()[:40]}{SUFFIX}"
    staged = folder / f".{path.stem}.{os.getpid()}-{get_ident()}{STAGED}"
    try:
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(before)
            file.write(payload)
        staged.replace(path)
    finally:
        surely(partial(staged.unlink, missing_ok=True))
    size = len(before) + len(payload)
    return Group(path, tuple(columns), facts, marks, start + len(head), str(content["sha256"]), size)


def read_head(path: Path) -> Group | None:
    """What a file says of itself; None where it can't be trusted."""
    fixed = len(MAGIC) + _HASH + 8
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST)
            length = int.from_bytes(first[fixed - 8 : fixed], "big")
            if not first.startswith(MAGIC) or len(first) < fixed:
                return None
            size = os.fstat(file.fileno()).st_size
            if length > size:
                return None
            head = first[fixed : fixed + length]
            head += file.read(length - len(head))
        if hashlib.sha256(head).digest() != first[len(MAGIC) : fixed - 8]:
            return None
        content = json.loads(head)
        names = tuple(name for name, _ in content["columns"])
        marks = frozenset(content["marks"])
        return Group(path, names, content["facts"], marks, fixed + length, content["sha256"], size)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def read_columns(group: Group, wanted: Collection[str]) -> dict[str, pl.Series] | None:
    """The wanted columns of a file by their fingerprints; None where any of it is not as it was written."""
    try:
        with group.path.open("rb") as file:
            head, payload = file.read(group.start), file.read()
        if hashlib.sha256(payload).hexdigest() != group.sha256:
            return None
        places = [place for place, name in enumerate(group.columns) if name in wanted]
        frame = pl.read_ipc(payload, columns=[str(place) for place in places])
        dtypes = dict(json.loads(head[len(MAGIC) + _HASH + 8 :])["columns"])
        found: dict[str, pl.Series] = {}
        for place in places:
            name = group.columns[place]
            series = _restored(frame[str(place)], dtypes[name])
            if series is None:
                return None
            found[name] = series
        return found
    except (OSError, ValueError, LookupError, TypeError, pl.exceptions.PolarsError):
        return None


def touch(group: Group) -> None:
    """Note that a file was used just now."""
    with suppress(OSError):
        os.utime(group.path)


# --- columns in files -------------------------------------------------------------------------------


def _payload(columns: list[pl.Series]) -> bytes:
    if not columns:
        return b""
    buffer = io.BytesIO()
    pl.DataFrame([_stored(c).alias(str(place)) for place, c in enumerate(columns)]).write_ipc(buffer)
    return buffer.getvalue()


def _stored(column: pl.Series) -> pl.Series:
    """A column in the least room that holds all of it: whole numbers narrow, few texts as their numbers."""
    column = column.rechunk()
    if column.dtype == pl.Int64 or column.dtype == pl.Int128:
        return _narrowed(column)
    if column.dtype == pl.String:
        labels = column.head(_MOST_LABELS * 2).unique()
        if len(labels) <= _MOST_LABELS // 8:
            labels = column.unique().drop_nulls()
            if 0 < len(labels) <= _MOST_LABELS:
                return column.cast(pl.Enum(labels.sort()))
    return column


def _narrowed(column: pl.Series) -> pl.Series:
    least, greatest = column.min(), column.max()
    if not isinstance(least, int) or not isinstance(greatest, int):
        return column.cast(pl.Int8)  # nothing is known
    for kind, most in _INTEGERS:
        if -most <= least and greatest < most:
            return column.cast(kind)
    return column


def _restored(column: pl.Series, dtype: str) -> pl.Series | None:
    """The column in its own dtype, None where that is not the one that it was written in."""
    own = {"Int64": pl.Int64, "Int128": pl.Int128, "String": pl.String}.get(dtype)
    column = column if own is None else column.cast(own)
    return column if str(column.dtype) == dtype else None
