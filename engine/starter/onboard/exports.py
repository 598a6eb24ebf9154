"""The exports that a workspace is drafted from: what was named is found, opened and put together as tables.

What can be named is an open set, an entry of `OPENERS` each: files and folders, and databases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from segmentry.engine.diagnostics.errors import DataError, UsageError
from segmentry.engine.sources.read_formats import FORMATS, format_of
from segmentry.engine.sources.read_table import readable
from segmentry.engine.starter.onboard.export import Export
from segmentry.engine.starter.onboard.from_database import is_database, open_database
from segmentry.engine.starter.onboard.sniff import TextLayout, decoded, sniff
from segmentry.engine.starter.onboard.words import snake

_TEXTS = (".csv", ".csv.gz", ".tsv")
_SHEET_HEAD = 30


@dataclass(frozen=True)
class Opener:
    """What can be named after ``--from``: whether it takes a text, and the tables that it finds there."""

    name: str
    takes: Callable[[str], bool]
    open: Callable[[str], Iterable[Export]]


def _shown(text: str) -> str:
    """What was named, unless it may be an address with a password."""
    if "password=" in text.lower():
        return "…"
    return f"{text.partition('://')[0]}://…" if "://" in text else text


def open_exports(named: Sequence[str]) -> list[Export]:
    """The tables of everything that was named, those of the same columns as one, sorted by name.

    Raises UsageError for what is not there or has no format that can be read, DataError for what is damaged.
    """
    found: list[Export] = []
    for text in named:
        opener = next((opener for opener in OPENERS if opener.takes(text)), None)
        if opener is None:
            raise UsageError(f"`{_shown(text)}` is neither a file nor a folder; name exports that are there")
        found.extend(opener.open(text))
    if not found:
        shown = ", ".join(map(_shown, named))
        raise UsageError(f"there is no table in {shown}; files end in {', '.join(FORMATS)}")
    return _named_apart(_together(found))


# --- files ----------------------------------------------------------------------------------------


def _is_path(text: str) -> bool:
    return Path(text).exists() or any(_matching(text))


def _matching(text: str) -> Iterator[Path]:
    if re.search(r"[*?\[]", text):
        path = Path(text)
        root = Path(path.anchor) if path.is_absolute() else Path()
        yield from root.glob(str(path.relative_to(path.anchor) if path.is_absolute() else path))


def _open_path(text: str) -> Iterator[Export]:
    path = Path(text)
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file() and _known(file)]
    elif path.exists():
        files = [path]
    else:
        files = sorted(file for file in _matching(text) if file.is_file())
    for file in files:
        yield from _open_file(file.absolute())


def _known(file: Path) -> bool:
    hidden = any(part.startswith((".", "~")) for part in file.parts if part not in (".", ".."))
    return not hidden and file.name.lower().endswith(tuple(FORMATS))


def _open_file(file: Path) -> Iterator[Export]:
    try:
        kind = format_of(file, file.name)
    except DataError as error:
        raise UsageError(str(error)) from None
    name = file.name[: -len(kind)]
    if file.stat().st_size == 0:
        raise DataError(f"{file.name} is empty. Export it again, or leave it out.", file=file.name)
    if kind in _TEXTS:
        layout = sniff(file, file.name)
        yield Export(snake(name), (file,), kind, lambda: _texts(file, layout), False, layout)
    elif kind == ".xlsx":
        yield from _sheets(file)
    else:
        yield Export(snake(name), (file,), kind, lambda: _scan(file, kind), True)


def _texts(file: Path, layout: TextLayout) -> pl.LazyFrame:
    frame = pl.scan_csv(
        decoded(file, layout.encoding),
        separator=layout.separator,
        skip_lines=layout.header_row - 1,
        infer_schema=False,
        glob=False,
        truncate_ragged_lines=layout.footer_rows > 0,
    )
    return frame.collect().head(-layout.footer_rows).lazy() if layout.footer_rows else frame


def _scan(file: Path, kind: str) -> pl.LazyFrame:
    match kind:
        case ".parquet":
            return pl.scan_parquet(file, glob=False)
        case ".ndjson" | ".jsonl":
            return pl.scan_ndjson(file)
        case _:
            return pl.scan_ipc(file, glob=False)


def _sheets(file: Path) -> Iterator[Export]:
    from importlib.util import find_spec

    if find_spec("fastexcel") is None:
        raise UsageError(
            f"{file.name}: reading workbooks needs an addition: `pip install 'segmentry[excel]'`"
        )
    import fastexcel

    with readable(file.name, "Excel"):
        try:
            book: Any = fastexcel.read_excel(file)
            loaded = {
                name: pl.DataFrame(book.load_sheet(name, header_row=None, dtypes="string"))
                for name in book.sheet_names
            }
        except fastexcel.FastExcelError as error:
            raise DataError(f"{file.name} can't be read ({error}).", file=file.name) from None
    for name, cells in loaded.items():
        table = _table(cells)
        if table is not None:
            frame, header = table
            layout = TextLayout("utf-8", ",", header, 0, False)
            shown = snake(file.stem if len(loaded) == 1 else name)
            yield Export(
                shown, (file,), ".xlsx", frame.lazy, False, layout, name if len(loaded) > 1 else None
            )


def _table(cells: pl.DataFrame) -> tuple[pl.DataFrame, int] | None:
    """The rows below the first one that names most columns, and its number among the sheet's filled rows."""
    filled = cells.filter(pl.any_horizontal(pl.all().is_not_null()))
    counts = [sum(cell is not None for cell in row) for row in filled.head(_SHEET_HEAD).iter_rows()]
    if filled.height < 2 or not counts:
        return None
    at = next(index for index, count in enumerate(counts) if count >= max(counts) * 0.8)
    header = {column: name.strip() for column, name in filled.row(at, named=True).items() if name}
    rows = filled.slice(at + 1).select(list(header))
    midnight = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00(?:\.0+)?$"
    return rows.rename(header).with_columns(pl.all().str.replace(midnight, "$1")), at + 1


OPENERS: tuple[Opener, ...] = (
    Opener("databases", is_database, open_database),
    Opener("files", _is_path, _open_path),
)
"""In the order in which they are asked."""


# --- tables that are one --------------------------------------------------------------------------


def _together(exports: list[Export]) -> list[Export]:
    """Files of the same format, layout and columns whose names differ in digits alone are one table."""
    groups: dict[object, list[Export]] = {}
    for export in exports:
        stem = re.sub(r"[\d_]+", "_", export.name).strip("_")
        if export.sheet is not None or export.database is not None:
            groups[id(export)] = [export]
            continue
        folder = export.files[0].parent
        alike = stem or snake(folder.name)
        key = (folder, alike, export.format, export.layout, tuple(export.schema.items()))
        groups.setdefault(key, []).append(export)
    return [_one(group) for group in groups.values()]


def _one(group: list[Export]) -> Export:
    first = group[0]
    if len(group) == 1:
        return first
    name = _without_numbers(first.name)
    files = tuple(file for export in group for file in export.files)

    def opened() -> pl.LazyFrame:
        return pl.concat([export.open() for export in group])

    return Export(
        name or snake(first.files[0].parent.name), files, first.format, opened, first.typed, first.layout
    )


def _without_numbers(name: str) -> str:
    return re.sub(r"(^|_)\d+(?=_|$)", "", name).strip("_")


def _named_apart(exports: list[Export]) -> list[Export]:
    taken: set[str] = set()
    for export in exports:
        base = name = _without_numbers(export.name) or export.name or "table"
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        export.name = name
        taken.add(name)
    return sorted(exports, key=lambda export: export.name)
