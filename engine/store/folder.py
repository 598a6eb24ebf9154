"""The folder in which kept columns lie, and what of them is in memory: found again, put, and removed by age.

Files of other processes are seen when they are there, and never needed: each is whole or not there, and what
was removed meanwhile is computed anew.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final

import polars as pl

from segmentry.engine.store.groups import (
    STAGED,
    SUFFIX,
    Group,
    read_columns,
    read_head,
    touch,
    write_group,
)

CACHE_FOLDER: Final = ".segmentry/cache"
"""Where the columns lie in a workspace."""

MOST_BYTES: Final = 2 * 1024**3
"""So much the files take at most, and never more than half of what the disk has left."""

MOST_FILES: Final = 1000
MOST_IN_MEMORY: Final = 256 * 1024**2

_TOGETHER: Final = 32
"""So many columns of truths lie in one file: opening one costs more than reading a column."""

_SCATTERED: Final = 24
"""Truths that come from more files than this are put together again."""

_ABANDONED: Final = 3600
"""Seconds after which a file that nobody has completed is removed."""

_IGNORE: Final = ".gitignore", b"*\n"


class ColumnCache:
    """The columns and facts kept in a folder, by their fingerprints. Nothing here raises.

    ``most_bytes`` is what its files may take, ``most_in_memory`` what columns may in memory.
    """

    def __init__(
        self, folder: Path, *, most_bytes: int = MOST_BYTES, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self.most_in_memory = most_in_memory
        self._lock = RLock()
        self._groups: dict[str, Group] = {}
        self._where: dict[str, Group] = {}
        self._facts: dict[str, Any] = {}
        self._memory: OrderedDict[str, pl.Series] = OrderedDict()
        self._in_memory = 0
        self._marks: frozenset[str] = frozenset()
        self._touched: set[str] = set()

    # --- what is there ------------------------------------------------------------------------------

    def refresh(self, marks: frozenset[str], *, writes: bool) -> None:
        """See which files there are. What was kept before something was marked personal is given up."""
        with self._lock:
            if not marks <= self._marks:
                self._forget_memory()
            self._marks = marks
            names = {path.name for path in self._files()}
            if self._groups and not names:
                self._forget_memory()  # somebody has removed everything
            known = {name: group for name, group in self._groups.items() if name in names}
            for name in names - known.keys():
                group = read_head(self.folder / name)
                if group is None:
                    self._remove(self.folder / name, writes=writes)
                else:
                    known[name] = group
            for name, group in [*known.items()]:
                if group.columns and not marks <= group.marks:
                    del known[name]
                    self._remove(group.path, writes=writes)
            self._groups = known
            self._index()

    def _files(self) -> list[Path]:
        with suppress(OSError):
            return [Path(e.path) for e in os.scandir(self.folder) if e.name.endswith(SUFFIX)]
        return []

    def _index(self) -> None:
        """Where each column is; of several places that with the most beside it."""
        self._where = {}
        for group in sorted(self._groups.values(), key=lambda group: (len(group.columns), group.path.name)):
            self._where.update(dict.fromkeys(group.columns, group))
            self._facts.update(group.facts)

    def _forget_memory(self) -> None:
        self._memory.clear()
        self._facts.clear()
        self._in_memory = 0

    def _forget(self, group: Group, *, writes: bool) -> None:
        self._groups.pop(group.path.name, None)
        self._remove(group.path, writes=writes)
        self._index()

    def _remove(self, path: Path, *, writes: bool) -> None:
        if writes:
            with suppress(OSError):
                path.unlink()

    # --- taking -------------------------------------------------------------------------------------

    def holds(self, name: str) -> bool:
        """Whether a column is there, as far as is known before it is read."""
        return name in self._memory or name in self._where

    def fact(self, name: str) -> Any:
        """A fact, None where there is none."""
        return self._facts.get(name)

    def take(self, names: Iterable[str], *, writes: bool) -> dict[str, pl.Series]:
        """The columns that can be read. A file that is not as it was written is removed."""
        with self._lock:
            found: dict[str, pl.Series] = {}
            in_files: dict[str, list[str]] = {}
            for name in names:
                if name in self._memory:
                    self._memory.move_to_end(name)
                    found[name] = self._memory[name]
                elif name in self._where:
                    in_files.setdefault(self._where[name].path.name, []).append(name)
            truths: dict[str, pl.Series] = {}
            for file, wanted in in_files.items():
                group = self._groups[file]
                columns = read_columns(group, wanted)
                if columns is None:
                    self._forget(group, writes=writes)
                    continue
                self._use(group, writes=writes)
                found.update(columns)
                truths.update({n: c for n, c in columns.items() if c.dtype == pl.Boolean})
            if writes and len({self._where[name].path for name in truths}) > _SCATTERED:
                self._write(truths, {})
            self._remember(found)
            return found

    def _use(self, group: Group, *, writes: bool) -> None:
        if writes and group.path.name not in self._touched:
            self._touched.add(group.path.name)
            touch(group)

    def _remember(self, columns: Mapping[str, pl.Series]) -> None:
        for name, column in columns.items():
            if name not in self._memory:
                self._memory[name] = column
                self._in_memory += _size(column)
        while self._in_memory > self.most_in_memory and self._memory:
            _, column = self._memory.popitem(last=False)
            self._in_memory -= _size(column)

    # --- putting ------------------------------------------------------------------------------------

    def put(
        self,
        columns: Mapping[str, pl.Series],
        facts: Mapping[str, Any],
        marks: frozenset[str],
        *,
        writes: bool,
    ) -> None:
        """Keep columns and facts that are not there yet."""
        with self._lock:
            fresh = {name: column for name, column in columns.items() if name not in self._where}
            known = {name: value for name, value in facts.items() if self._facts.get(name) != value}
            self._marks = marks
            self._facts.update(facts)
            self._remember(columns)
            if writes and (fresh or known):
                self._write(fresh, known)

    def _write(self, columns: Mapping[str, pl.Series], facts: Mapping[str, Any]) -> None:
        try:
            self._make()
            room = self._room()
            for part in _parts(columns):
                room -= sum(_size(column) for column in part.values())
                if room < 0:
                    break
                self._add(write_group(self.folder, part, {}, self._marks))
            if facts:
                self._add(write_group(self.folder, {}, facts, self._marks))
            self._evict()
        except (OSError, pl.exceptions.PolarsError):
            return  # nobody needs it

    def _make(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name, content = _IGNORE
        if not (self.folder / name).exists():
            self.folder.chmod(0o700)
            (self.folder / name).write_bytes(content)

    def _add(self, group: Group) -> None:
        self._groups[group.path.name] = group
        self._touched.add(group.path.name)
        self._where.update(dict.fromkeys(group.columns, group))

    def _room(self) -> int:
        """The bytes that the files may take in all."""
        own = sum(group.bytes for group in self._groups.values())
        return min(self.most_bytes, (shutil.disk_usage(self.folder).free + own) // 2)

    def _evict(self) -> None:
        """Remove the files that were used least recently until the others have room, and abandoned ones."""
        now, stats = time.time(), list[tuple[float, int, Path]]()
        for entry in os.scandir(self.folder):
            with suppress(OSError):
                stat = entry.stat(follow_symlinks=False)
                if entry.name.endswith(STAGED) and now - stat.st_mtime > _ABANDONED:
                    Path(entry.path).unlink(missing_ok=True)
                elif entry.name.endswith(SUFFIX):
                    stats.append((stat.st_mtime, stat.st_size, Path(entry.path)))
        stats.sort(reverse=True)
        room = self._room()
        for place, (_, size, path) in enumerate(stats):
            room -= size
            if room < 0 or place >= MOST_FILES:
                path.unlink(missing_ok=True)
                self._groups.pop(path.name, None)
        self._index()


def _size(column: pl.Series) -> int:
    return int(column.estimated_size())


def _parts(columns: Mapping[str, pl.Series]) -> Iterator[dict[str, pl.Series]]:
    """What lies in a file each: many truths, which are small and come first, or another column alone."""
    truths = [name for name, column in columns.items() if column.dtype == pl.Boolean]
    for start in range(0, len(truths), _TOGETHER):
        yield {name: columns[name] for name in truths[start : start + _TOGETHER]}
    others = [name for name, column in columns.items() if column.dtype != pl.Boolean]
    for name in sorted(others, key=lambda name: columns[name].estimated_size()):
        yield {name: columns[name]}
