"""The file formats, by the ending of a file's name: one entry each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from segmentry.engine.diagnostics.disk import in_utf8
from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Column, Source
from segmentry.engine.sources.read_csv import CsvTable
from segmentry.engine.sources.read_excel import ExcelTable
from segmentry.engine.sources.read_ndjson import NdjsonTable
from segmentry.engine.sources.read_table import ArrowTable, ParquetTable, SourceTable, not_empty

Opener = Callable[[Path, str, Source], SourceTable]


def physical_name(column: Column) -> str:
    """The name of a contract's column in the file."""
    return column.source_name or column.name


def open_table(path: Path, label: str, source: Source) -> SourceTable:
    """The file as a table; raises DataError for an ending that no format has, and for what can't be read."""
    if not in_utf8(path):
        raise DataError(
            f"{path}: this path is not written in UTF-8, so it can't be read; rename the file or its folder",
            file=label,
        )
    ending = format_of(path, label)
    _refuse_shape(source, label, ending)
    return FORMATS[ending](path, label, source)


def format_of(path: Path, label: str) -> str:
    """The ending that tells the format; raises DataError where none does."""
    name = path.name.lower()
    for ending in FORMATS:
        if name.endswith(ending):
            return ending
    raise DataError(
        f"{label}: its ending names no format that can be read. Those are {', '.join(FORMATS)}.",
        file=label,
    )


def _open_parquet(path: Path, label: str, source: Source) -> SourceTable:
    not_empty(path, label)
    return ParquetTable(path, label)


def _open_arrow(path: Path, label: str, source: Source) -> SourceTable:
    not_empty(path, label)
    return ArrowTable(path, label)


def _open_csv(path: Path, label: str, source: Source) -> SourceTable:
    return CsvTable(path, label, source.separator or ",", source.encoding, source.shape)


def _open_tsv(path: Path, label: str, source: Source) -> SourceTable:
    return CsvTable(path, label, source.separator or "\t", source.encoding, source.shape)


def _open_ndjson(path: Path, label: str, source: Source) -> SourceTable:
    exact = {
        physical_name(column)
        for column in source.columns
        if column.type is not None and column.type.kind in ("decimal", "string")
    }
    return NdjsonTable(path, label, exact, _commas(source))


def _open_excel(path: Path, label: str, source: Source) -> SourceTable:
    return ExcelTable(path, label, source.sheet, source.shape, _commas(source))


def _commas(source: Source) -> set[str]:
    """The columns of numbers with a decimal comma."""
    return {
        physical_name(column)
        for column in source.columns
        if column.dress.decimal == "," and column.type is not None and column.type.is_number
    }


def _refuse_shape(source: Source, label: str, ending: str) -> None:
    """Raises DataError for a key that is about other formats than that of this ending."""
    shape = source.shape
    said = {
        "header_row": shape.header_row,
        "footer_rows": shape.footer_rows,
        "quote": shape.quote,
        "comment": shape.comment,
    }
    takes = _SHAPED.get(ending, ())
    for key, value in said.items():
        if value and key not in takes:
            where = "CSV files and workbooks" if key in _SHAPED[".xlsx"] else "CSV files"
            raise DataError(
                f"{label}: `{key}` is about {where}. Leave it out of source `{source.name}`.", file=label
            )


FORMATS: dict[str, Opener] = {
    ".parquet": _open_parquet,
    ".csv": _open_csv,
    ".csv.gz": _open_csv,
    ".tsv": _open_tsv,
    ".ndjson": _open_ndjson,
    ".jsonl": _open_ndjson,
    ".arrow": _open_arrow,
    ".feather": _open_arrow,
    ".xlsx": _open_excel,
}
"""How a file of each ending is opened."""

_SHAPED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((".csv", ".csv.gz", ".tsv"), ("header_row", "footer_rows", "quote", "comment")),
    ".xlsx": ("header_row", "footer_rows"),
}
"""What of a file's shape can be declared of each ending."""
