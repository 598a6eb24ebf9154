"""Making prepared copies: the rows of a source, clustered by customer, written once and read many times."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Container, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from segmentry.engine.answers.evaluation import columns_used
from segmentry.engine.diagnostics.disk import writing_to
from segmentry.engine.diagnostics.errors import DataError, LockedError, NothingRan, UsageError
from segmentry.engine.files.model import Source
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.outputs.lock import locked
from segmentry.engine.outputs.publishing import IGNORE_ALL, IGNORE_FILE, to_disk
from segmentry.engine.planning.plan import Computed, Plan, Ranked
from segmentry.engine.sources.collect import FAILURES, failure
from segmentry.engine.sources.origins import is_elsewhere
from segmentry.engine.sources.prepared import (
    COPY_MANIFEST,
    NARROW,
    PREPARED_FOLDER,
    PreparedCopy,
    copy_folder,
    copy_manifest,
    stored,
)
from segmentry.engine.sources.read import SourceReader, reading
from segmentry.engine.workspace import Workspace

ROWS_OF_A_PART: Final = 2_000_000
ROWS_OF_A_GROUP: Final = 100_000
"""Of a part's rows: a reader of one customer skips whole groups."""

_STAGED: Final = "rows.parquet"
_PARTS: Final = "rows-"
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """What there is of a source: the copy's rows, the files that it was made of, and both sizes in bytes.

    ``left_out`` are personal columns that no rule uses. ``anew`` is false where the copy that was there
    counts.
    """

    source: str
    rows: int
    files: int
    bytes: int
    parts: int
    copy_bytes: int
    left_out: tuple[str, ...]
    anew: bool

    def document(self) -> dict[str, Any]:
        """The same as data."""
        return {**asdict(self), "left_out": list(self.left_out)}


def prepare(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    everything: bool = False,
    as_of: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[PreparedSource, ...]:
    """Make a copy of each source named, or of ``everything`` with customers or times, where none counts.

    Raises UsageError for a name that no root source has, RuleError for mistakes in the rules, DataError for
    data that its contract refuses, NothingRan where there is nothing to copy, LockedError.
    """
    sources = _chosen(workspace, names, everything=everything)
    plan = workspace.plan(as_of, drafts=True)
    used = _used(plan, workspace)
    done: list[PreparedSource] = []
    for source in sources:
        progress(f"Preparing {source.name}")
        done.append(_prepared(workspace, plan, source, used.get(source.name, frozenset())))
    return tuple(done)


def _chosen(workspace: Workspace, names: Sequence[str], *, everything: bool) -> list[Source]:
    roots = {source.name: source for source in workspace.model.sources if source.parent is None}
    parents = {source.name: source.parent for source in workspace.model.sources}
    there = f"there are {', '.join(roots)}"
    if everything and names:
        raise UsageError("name sources, or write `--all`, not both")
    if everything:
        found = [source for source in roots.values() if _cluster_keys(source)]
        if not found:
            raise NothingRan("no source has a customer or a time, by which its rows could be sorted")
        return found
    if not names:
        raise UsageError(f"name the sources to prepare, or write `--all`; {there}")
    for name in names:
        if name not in parents:
            raise UsageError(f"no source named `{name}`; {did_you_mean(name, roots) or there}")
        if name not in roots:
            raise UsageError(
                f"`{name}` is derived from `{parents[name]}`, and only files are prepared; {there}"
            )
        if name in workspace.frames:
            raise UsageError(f"a frame was given for `{name}`, and only files are prepared")
    return [roots[name] for name in dict.fromkeys(names)]


def _cluster_keys(source: Source) -> list[str]:
    """By what the rows of a source are sorted."""
    return [name for name in (source.customer or source.key, source.time) if name is not None]


def _used(plan: Plan, workspace: Workspace) -> dict[str, frozenset[str]]:
    """The columns of files that rules use, drafts included, by source."""
    rows = [name for name, found in plan.definitions.items() if not isinstance(found, (Computed, Ranked))]
    columns = [f"c:{name}" for name in sorted({*columns_used(plan), plan.key})]
    return workspace.backend.reads(plan, workspace.readers, [*rows, *columns])


def _prepared(workspace: Workspace, plan: Plan, source: Source, used: frozenset[str]) -> PreparedSource:
    reader = workspace.readers[source.name]
    declared = {column.name for column in source.columns if column.pii == "direct"}
    direct = declared & reader.schema().keys()
    lacking = tuple(n for n in reader.schema() if n in direct - used - {*_cluster_keys(source)})
    copy, anew = reader.copy, False
    if (
        copy is None
        or is_elsewhere(source)
        or copy.columns.keys() & {*lacking}
        or direct - {*lacking} - copy.columns.keys()
    ):
        originals = workspace.readers_of(None)
        workspace.backend.check_order(plan, originals, source.name)
        wanted = [name for name in originals[source.name].schema() if name not in lacking]
        copy, anew = _made(workspace, originals[source.name], wanted), True
    return PreparedSource(
        source.name, copy.rows, len(reader.files), reader.bytes, len(copy.parts), copy.bytes, lacking, anew
    )


def _made(workspace: Workspace, reader: SourceReader, wanted: Sequence[str]) -> PreparedCopy:
    """The copy, written and in its place."""
    home = workspace.root / PREPARED_FOLDER
    with writing_to(home), _own_folder(home, reader.source.name) as folder:
        before = reader.made_of()
        try:
            with reading([reader]):
                copy = _written(reader, _that_fit(reader, wanted), folder)
        except FAILURES as error:
            raise failure(error) from error
        if reader.made_of() != before:
            raise DataError(
                f"the files of `{reader.source.name}` changed while they were read; give the command again"
            )
        _publish(folder, copy_manifest(copy, reader.source, reader.zone, before))
    return copy


def _that_fit(reader: SourceReader, wanted: Sequence[str]) -> list[str]:
    """The columns without those that no contract describes and that can't be read; others are an error."""
    declared = {column.name for column in reader.source.columns}
    return [name for name in wanted if name in declared or reader.fits(name)]


@contextlib.contextmanager
def _own_folder(home: Path, source: str) -> Generator[Path]:
    """A new folder for the parts of a source's copy; what is not published in the end is removed."""
    place = copy_folder(home, source)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    (home / IGNORE_FILE).write_bytes(IGNORE_ALL)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(place))
        except LockedError:
            raise LockedError(f"another command prepares `{source}` just now; wait for it") from None
        folder = Path(tempfile.mkdtemp(prefix=_PARTS, dir=place))
        try:
            yield folder
        finally:
            _remove_others(place)


def _publish(folder: Path, manifest: bytes) -> None:
    """Put a manifest in its place that names this folder: from then on, and not before, it is the copy."""
    staged = folder / COPY_MANIFEST
    staged.touch(_OWNER_ONLY)
    staged.write_bytes(manifest)
    for file in sorted(folder.iterdir()):
        to_disk(file)
    to_disk(folder)
    staged.replace(folder.parent / COPY_MANIFEST)
    to_disk(folder.parent)


def _remove_others(place: Path) -> None:
    """Remove the folders of a source that its manifest does not name."""
    named = None
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        named = json.loads((place / COPY_MANIFEST).read_bytes())["folder"]
    for folder in place.glob(f"{_PARTS}*"):
        if folder.name != named:
            shutil.rmtree(folder, ignore_errors=True)


# --- rows into parts --------------------------------------------------------------------------------


def _written(reader: SourceReader, wanted: Sequence[str], folder: Path) -> PreparedCopy:
    """The parts of a copy. The files are read once, into a file whose rows are then sorted part by part."""
    schema = reader.schema()
    staged = folder / _STAGED
    rows = reader.judged(wanted)
    rows.with_columns(stored(name, schema[name]) for name in wanted).sink_parquet(staged, compression="lz4")
    table = pl.scan_parquet(staged, glob=False, hive_partitioning=False)
    audit = reader.audit(wanted, of=table)
    row = {} if audit is None else audit.collect().row(0, named=True)
    declared = {column.name for column in reader.source.columns}
    undescribed = reader.refused(row) - declared if row else set[str]()
    reader.verdict(row, but=undescribed)
    kept = reader.kept(row, [name for name in wanted if name not in undescribed])
    fits = _narrow(table, [name for name, column in kept.items() if column.type.kind == "decimal"])
    columns = {name: replace(column, narrow=name in fits) for name, column in kept.items()}
    values = table.select(pl.col(n).cast(NARROW) if c.narrow else pl.col(n) for n, c in columns.items())
    parts = tuple(_parts(values, _keys(reader.source, columns.keys(), values), folder))
    count = int(table.select(pl.len()).collect().item())
    staged.unlink()
    size = sum(part.stat().st_size for part in parts)
    typed = all(table.typed for table in reader.tables)
    whole = columns.keys() >= {name for name in schema if reader.fits(name)}
    return PreparedCopy(parts, count, size, schema, columns, reader.notes(), whole, typed)


def _narrow(table: pl.LazyFrame, names: Sequence[str]) -> set[str]:
    """The columns of minor units that all fit into 64 bits."""
    if not names:
        return set()
    edges = [pl.col(n).min().alias(f"{n}\x00least") for n in names]
    found = table.select(*edges, *[pl.col(n).max() for n in names]).collect().row(0, named=True)
    most = 2**63
    return {n for n in names if (found[f"{n}\x00least"] or 0) >= -most and (found[n] or 0) < most}


def _keys(source: Source, columns: Container[str], values: pl.LazyFrame) -> list[str]:
    """What the rows are sorted by, of what the copy holds."""
    schema = values.collect_schema()
    return [n for n in _cluster_keys(source) if n in columns and not schema[n].is_nested()]


def _parts(values: pl.LazyFrame, keys: Sequence[str], folder: Path) -> Iterator[Path]:
    """The files of a copy, one after another, so that only the rows of one are in memory."""
    for number, rows in enumerate(_portions(values, keys)):
        part = folder / f"part-{number:04}.parquet"
        part.touch(_OWNER_ONLY)
        rows.collect().write_parquet(part, compression="zstd", row_group_size=ROWS_OF_A_GROUP)
        yield part


def _portions(values: pl.LazyFrame, keys: Sequence[str]) -> Iterator[pl.LazyFrame]:
    """The rows in their order, in portions; all rows of a customer are in one."""
    if not keys:
        count = int(values.select(pl.len()).collect().item())
        for start in range(0, max(count, 1), ROWS_OF_A_PART):
            yield values.slice(start, ROWS_OF_A_PART)
        return
    first = pl.col(keys[0])
    ordered = values.select(first).collect().to_series().sort()
    edges = ordered.gather_every(ROWS_OF_A_PART)[1:].drop_nulls().unique(maintain_order=True)
    at: list[pl.Expr] = [pl.lit(edges.gather([n])).first() for n in range(len(edges))]
    for n in range(len(at) + 1):
        portion = values
        if n < len(at):
            portion = portion.filter(first.is_null() | (first < at[n]) if n == 0 else first < at[n])
        if n > 0:
            portion = portion.filter(first >= at[n - 1])
        yield portion.sort(keys, maintain_order=True)
