"""Where the first value stands that does not fit: looked for only after it was counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.types import Type
from segmentry.engine.sources.read_columns import ReadColumn, ReadColumns, ReadCount, is_known_value, written
from segmentry.engine.sources.read_table import MARK, ROW, SourceTable, readable

MOST = 5
"""Columns of which one error shows a value."""

_LONGEST = 40
_MEND_CELL = (
    "Mend the cell in the workbook and save it there, so that it is computed; "
    "or count such cells as missing with `on_bad_value: null`."
)
_MASK = "•••"
_RAW = "\x00raw"
_VALUE = "\x00value"

# Forms that people write and that ISO 8601 and a decimal point are not.
_COMMA = re.compile(r"\s*[+-]?[0-9][0-9. ]*,[0-9]+\s*")
_DAY_FIRST = re.compile(r"\s*[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}.*")
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_DECIMAL = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?\s*")


@dataclass(frozen=True, slots=True)
class _Cell:
    table: SourceTable
    row: int
    value: Any


def refusal(columns: ReadColumns, counts: Sequence[ReadCount]) -> DataError:
    """The error that shows the first value of each count; its attributes are those of the first one."""
    messages: list[str] = []
    first: tuple[str, int, str] | None = None
    for count in counts:
        column = columns.column(count.column)
        cell = _first_cell(columns, column, count)
        if cell is None:
            continue
        first = first or (cell.table.label, cell.row, column.physical)
        messages.append(_message(column, count, cell))
    file, row, name = first or (None, None, None)
    return DataError(*messages, file=file, row=row, column=name)


def _first_cell(columns: ReadColumns, column: ReadColumn, count: ReadCount) -> _Cell | None:
    for table in columns.tables:
        plan = columns.convert(table, column)
        raw, value = pl.col(_RAW), pl.col(_VALUE)
        if count.fault == "unknown":
            fault = ~is_known_value(column, value, columns.zone)
        elif count.fault == "rounded" and plan.moved is not None:
            fault = plan.moved(raw, value) > 0
        elif count.fault == "bad" and plan.bad is not None:
            fault = plan.bad(raw, value)
        else:
            continue
        rows = table.numbered().select(ROW, pl.col(column.physical).alias(_RAW))
        with readable(table.label, table.format_name):
            found = rows.with_columns(plan.value(raw).alias(_VALUE)).filter(fault).head(1).collect()
            if found.height:
                return _Cell(table, table.place(int(found.item(0, ROW))), found.item(0, _RAW))
    return None


def _message(column: ReadColumn, count: ReadCount, cell: _Cell) -> str:
    place = f"{cell.table.where}, row {cell.row}, column `{column.physical}`"
    shown = _MASK if column.contract.pii else _shortened(str(cell.value))
    more = f" ({count.rows - 1:,} more like it)" if count.rows > 1 else ""
    if isinstance(cell.value, str) and cell.value.startswith(MARK):
        return f"{place}: {_instead(cell.value.removeprefix(MARK), column)}{more}. {_MEND_CELL}"
    if count.fault == "unknown":
        known = ", ".join(written(value) for value in (column.contract.values or ())[:12])
        return (
            f"{place}: `{shown}` is none of the values that `values` names ({known}){more}. "
            "Add it to `values`, or let it pass with `on_unknown_value: keep` or `null`."
        )
    if count.fault == "rounded":
        return (
            f"{place}: `{shown}` has more places than the {column.type.scale} of its `scale` "
            f"({count.rows:,} of {count.of:,} rows); rounding moves a value by up to {count.most or 0:.3g}. "
            "Raise `scale`, or accept that with `on_more_places: round`."
        )
    return (
        f"{place}: `{shown}` is not {_expected(column.type, cell.value)}{more}. {_advice(cell.value)}"
        "or count such values as missing with `on_bad_value: null`."
    )


def _instead(found: str, column: ReadColumn) -> str:
    """What a cell holds in place of a value."""
    if not found.startswith("="):
        return f"the cell holds the error `{found}`"
    shown = f" `{_shortened(found)}`" if len(found) > 1 and not column.contract.pii else ""
    return f"the formula{shown} was saved without its value"


def _expected(kind: Type, value: Any) -> str:
    text = str(value)
    match kind.kind:
        case "integer":
            fits = "a whole number that fits into 64 bits"
            return fits if _WHOLE.fullmatch(text) else "a whole number such as 12"
        case "number":
            return "a number such as 12.5"
        case "decimal":
            if _DECIMAL.fullmatch(text):
                return f"a decimal with {kind.scale} places that fits into 38 digits"
            return f"a decimal such as {12.5:.{min(kind.scale, 6)}f}"
        case "boolean":
            return "true or false"
        case "date":
            return "a date such as 2026-01-31"
        case "datetime":
            return "a date with time such as 2026-01-31T12:30"
        case "list":
            return "a list of values that fit into 64 bits"
        case "string" | "unknown" | "unsupported":
            return kind.words()


def _advice(value: Any) -> str:
    if isinstance(value, str) and _COMMA.fullmatch(value):
        return "Export numbers with a decimal point, "
    if isinstance(value, str) and _DAY_FIRST.fullmatch(value):
        return "Export dates as year-month-day, "
    return "Correct the value in the file, "


def _shortened(text: str) -> str:
    plain = text.replace("\r", "\\r").replace("\n", "\\n")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
