"""Where the first value stands that does not fit: looked for only after it was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.sources.advice import advice, expected
from segmentry.engine.sources.forms import shown as shown_form
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
_SHOWN = "\x00shown"
_RAW = "\x00raw"
_VALUE = "\x00value"


@dataclass(frozen=True, slots=True)
class _Cell:
    table: SourceTable
    row: int | None
    value: Any

    @property
    def where(self) -> str:
        """The row, as messages name it."""
        return self.table.where + ("" if self.row is None else f", row {self.row}")


def refusal(columns: ReadColumns, counts: Sequence[ReadCount]) -> DataError:
    """The error that shows the first value of each count; its attributes are those of the first one."""
    messages: list[str] = []
    first: tuple[str, int | None, str] | None = None
    for count in counts:
        column = columns.column(count.column)
        cell = _first_cell(columns, column, count)
        if cell is None:
            continue
        first = first or (cell.table.label, cell.row, column.physical)
        messages.append(_message(column, count, cell, columns.zone))
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
        shown = columns.raw(table, column).alias(_SHOWN)
        rows = columns.rows(table.numbered(), table).select(ROW, shown)
        rows = rows.with_columns(plan.made_ready(pl.col(_SHOWN)).alias(_RAW))
        with readable(table.label, table.format_name):
            found = rows.with_columns(plan.value(raw).alias(_VALUE)).filter(fault).head(1).collect()
            if found.height:
                return _Cell(table, table.place(int(found.item(0, ROW))), shown_form(found.item(0, _SHOWN)))
    return None


def _message(column: ReadColumn, count: ReadCount, cell: _Cell, zone: str) -> str:
    place = f"{cell.where}, column `{column.physical}`"
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
    kind, dress = column.type, column.contract.dress
    todo = advice(cell.value, kind, dress, column.contract.unit, zone)
    return (
        f"{place}: `{shown}` is not {expected(kind, dress, cell.value)}{more}. {todo}, "
        "or count such values as missing with `on_bad_value: null`."
    )


def _instead(found: str, column: ReadColumn) -> str:
    """What a cell holds in place of a value."""
    if not found.startswith("="):
        return f"the cell holds the error `{found}`"
    shown = f" `{_shortened(found)}`" if len(found) > 1 and not column.contract.pii else ""
    return f"the formula{shown} was saved without its value"


def _shortened(text: str) -> str:
    plain = text.replace("\r", "\\r").replace("\n", "\\n")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
