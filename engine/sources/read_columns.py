"""The columns of a source as they are read: final names, types, and how each table's become them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import polars as pl

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.files.model import Column, Source
from segmentry.engine.language.types import STRING, UNSUPPORTED, Type, common_type, list_of
from segmentry.engine.sources.convert import Conversion, conversion, natural_type, unmarked
from segmentry.engine.sources.dressed import dressed_conversion
from segmentry.engine.sources.fill_down import filled_down
from segmentry.engine.sources.forms import first_form, from_forms, is_of_forms
from segmentry.engine.sources.read_fields import field_in
from segmentry.engine.sources.read_formats import physical_name
from segmentry.engine.sources.read_paths import nearest
from segmentry.engine.sources.read_table import SourceTable

Fault = Literal["bad", "unknown", "rounded", "empty"]

FAULTS: tuple[Fault, ...] = ("bad", "unknown", "rounded", "empty")
"""What can happen to a value, in the order in which it is told."""

_RAW = "\x00raw "
_MARKS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many values of a column were not read as they stand, of how many rows.

    ``fault`` is "bad" (read as missing), "unknown" (not among `values`), "rounded" (more places than the
    decimal's scale: ``most`` is by how much a value moved, at most) or "empty" (no row has a value).
    """

    column: str
    fault: Fault
    rows: int
    of: int
    most: float | None = None


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column as it is read: its final name and type, its name in the files, and its contract."""

    name: str
    physical: str
    type: Type
    contract: Column


@dataclass(frozen=True)
class ReadColumns:
    """The columns that a source's reader offers, of its contract and of the tables that were opened.

    Every method raises DataError for what the tables do not have or can't give.
    """

    source: Source
    tables: tuple[SourceTable, ...]
    zone: str

    @cached_property
    def by_name(self) -> dict[str, ReadColumn]:
        """The columns by their final names, in the order of contract, then file."""
        present = {name: None for table in self.tables for name in table.schema}
        columns: dict[str, ReadColumn] = {}
        computed: set[str] = set()
        for contract in self.source.columns:
            if contract.formula or contract.aggregate or contract.days_since_previous:
                computed.add(contract.name)
                continue
            physical = physical_name(contract)
            if all(field_in(table.schema, physical) is None for table in self.tables):
                raise self._no_column(physical)
            columns[contract.name] = self._read_column(contract, physical)
        mapped = {column.physical for column in columns.values()} | computed | columns.keys()
        for name in present:
            if name not in mapped:
                columns[name] = self._read_column(Column(name, dress=self.source.defaults), name)
        return columns

    def column(self, name: str) -> ReadColumn:
        """A column of `schema`; raises DataError for another name."""
        column = self.by_name.get(name)
        if column is None:
            raise self._no_column(name)
        return column

    def convert(self, table: SourceTable, column: ReadColumn) -> Conversion:
        """How a table's column becomes the engine's; raises DataError where it can't."""
        held = field_in(table.schema, column.physical)
        if held is None:
            raise DataError(
                f"{table.label} has no column `{column.physical}`, but other files of source "
                f"`{self.source.name}` do. Add it there (it may be empty), or leave the file out.",
                file=table.label,
                column=column.physical,
            )
        if is_of_forms(held.dtype):
            return from_forms(held.dtype, column.type, self.zone, column.contract.dress, column.contract.unit)
        contract = column.contract
        dress = contract.dress
        if column.physical in table.numeric:
            dress = replace(dress, decimal=None, thousands=None)
        found = dressed_conversion(held.dtype, column.type, self.zone, dress, contract.unit)
        if found is None:
            raise self._no_conversion(table, column, held.dtype)
        return unmarked(found) if column.physical in table.marked else found

    def rows(self, frame: pl.LazyFrame, table: SourceTable) -> pl.LazyFrame:
        """Raw rows of a table with what `fill_down` fills in; raises DataError for a column it lacks."""
        fill = self.source.shape.fill_down
        if fill is None:
            return frame
        names = {column.name: physical_name(column) for column in self.source.columns}
        found = [n if n in table.schema else names.get(n, n) for n in (*fill.columns, fill.within)]
        for name in found:
            if name not in table.schema:
                raise self._no_column(name)
        return filled_down(frame, found[:-1], found[-1])

    def raw(self, table: SourceTable, column: ReadColumn) -> pl.Expr:
        """A column of a table as it stands there, perhaps inside another; `convert` says what comes of it."""
        held = field_in(table.schema, column.physical)
        return pl.col(column.physical) if held is None else held.value

    def check_fit(self, column: ReadColumn) -> None:
        """Raises DataError where some table can't give the column."""
        for table in self.tables:
            self.convert(table, column)

    def checked(self, rows: pl.LazyFrame, table: SourceTable, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        """Raw rows of a table as final columns and their faults; further columns are dropped."""
        rows = self.rows(rows, table)
        plans = [(column, self.convert(table, column)) for column in wanted]
        taken = {column.name: self.raw(table, column) for column in wanted}
        if any(plan.ready is not None for _, plan in plans):
            # What is made ready is made once, for the value and for what is asked of it.
            rows = rows.select(plan.made_ready(taken[c.name]).alias(_RAW + c.name) for c, plan in plans)
            taken = {name: pl.col(_RAW + name) for name in taken}
        values = [plan.value(taken[column.name]).alias(column.name) for column, plan in plans]
        judged = [(column, plan) for column, plan in plans if plan.bad or plan.moved]
        raws = [taken[column.name].alias(_RAW + column.name) for column, _ in judged]
        flags: list[pl.Expr] = []
        for column, plan in judged:
            raw, value = pl.col(_RAW + column.name), pl.col(column.name)
            if plan.bad is not None:
                flags.append(plan.bad(raw, value).alias(flag("bad", column.name)))
            if plan.moved is not None:
                moved = plan.moved(raw, value)
                flags.append(pl.when(moved > 0).then(moved).alias(flag("rounded", column.name)))
        frame = rows.select(*values, *raws)
        if flags:
            frame = frame.with_columns(flags).drop([_RAW + column.name for column, _ in judged])
        return self._known_values(frame, wanted)

    def _known_values(self, frame: pl.LazyFrame, wanted: Sequence[ReadColumn]) -> pl.LazyFrame:
        for column in wanted:
            if column.contract.values is None:
                continue
            known = is_known_value(column, pl.col(column.name), self.zone)
            frame = frame.with_columns((~known).alias(flag("unknown", column.name)))
            if column.contract.on_unknown_value == "null":
                kept = pl.when(~pl.col(flag("unknown", column.name))).then(pl.col(column.name))
                frame = frame.with_columns(kept.alias(column.name))
        return frame

    def _read_column(self, contract: Column, physical: str) -> ReadColumn:
        declared = contract.type
        if declared is not None and (declared.kind != "list" or declared.element is not None):
            return ReadColumn(contract.name, physical, declared, contract)
        found = self._natural(physical)
        if declared is not None and found.kind != "list":
            found = list_of(found)
        return ReadColumn(contract.name, physical, found, contract)

    def _natural(self, physical: str) -> Type:
        """The type of a column that only the files describe: one that holds the values of all of them."""
        common: Type | None = None
        for table in self.tables:
            held = field_in(table.schema, physical)
            if held is None or held.dtype == pl.Null:
                continue
            kind = natural_type(first_form(held.dtype) if is_of_forms(held.dtype) else held.dtype)
            if common is not None and {common.kind, kind.kind} == {"date", "datetime"}:
                return UNSUPPORTED
            merged = kind if common is None else common_type(common, kind)
            if merged is None:
                return UNSUPPORTED
            common = merged
        return common or natural_type(pl.Null())

    def _no_column(self, name: str) -> DataError:
        present = list({column: None for table in self.tables for column in table.schema})
        first = self.tables[0].label
        where = first if len(self.tables) == 1 else f"{first} (and {len(self.tables) - 1} more)"
        alike = nearest(name, present)
        mark = max(";\t|,", key=present[0].count) if len(present) == 1 else ""
        if mark and mark in present[0]:
            declared = f", not by `{json.dumps(self.source.separator)}`" if self.source.separator else ""
            fix = (
                f"The header reads as one column `{present[0][:40]}`: its names are separated by "
                f"{_MARKS[mark]}{declared}. Give source `{self.source.name}` `separator: {json.dumps(mark)}`."
            )
        elif alike:
            fix = f"Is `{alike[0]}` meant? Then say so with `from: {alike[0]}`, or correct the name."
        else:
            fix = f"Its columns are {', '.join(f'`{column}`' for column in present[:12])}."
        text = f"{where} has no column `{name}`, which source `{self.source.name}` needs. {fix}"
        return DataError(text, file=first, column=name)

    def _no_conversion(self, table: SourceTable, column: ReadColumn, dtype: pl.DataType) -> DataError:
        place = f"{table.label}, column `{column.physical}`"
        found = {other.label: field_in(other.schema, column.physical) for other in reversed(self.tables)}
        held = {None if field is None else field.dtype: label for label, field in found.items()}
        different = [label for kind, label in held.items() if kind not in (None, pl.Null, dtype)]
        if column.contract.type is not None:
            text = (
                f"{place}: the file holds {_words(dtype)}, which can't be read as {column.type.words()}. "
                "Declare another `type`, or change the file."
            )
        elif different and natural_type(dtype) != UNSUPPORTED:
            text = (
                f"{place}: the file holds {_words(dtype)}, but {different[-1]} holds another type. "
                "Make the files alike, or declare the `type` of the column."
            )
        else:
            text = f"{place}: the file holds {_words(dtype)}, which rules can't use. Leave the column out."
        return DataError(text, file=table.label, column=column.physical)


def flag(fault: Fault, name: str) -> str:
    """The name of the column that tells where a fault is in a column."""
    return f"\x00{fault} {name}"


def is_known_value(column: ReadColumn, value: pl.Expr, zone: str) -> pl.Expr:
    """Whether a canonical value is one of the contract's `values`; of a list, whether all elements are.

    Null where the value is missing.
    """
    element = column.type.element if column.type.kind == "list" else column.type
    allowed = _allowed_values(column.contract.values or (), element or STRING, zone).implode()
    if column.type.kind == "list":
        return value.list.eval(pl.element().is_in(allowed)).list.all()
    return value.is_in(allowed)


def written(value: Any) -> str:
    """A value of a contract as the author wrote it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "text", value))


def _allowed_values(values: Sequence[Any], kind: Type, zone: str) -> pl.Series:
    """Values as a contract writes them, in the dtype of their type; those that do not parse are left out."""
    texts = pl.Series("values", [written(value) for value in values], dtype=pl.String)
    plan = conversion(pl.String(), kind, zone)
    if plan is None:
        return texts
    return texts.to_frame().select(plan.value(pl.col("values"))).to_series().drop_nulls()


def _words(dtype: pl.DataType) -> str:
    kind = natural_type(dtype)
    return (
        f"values of type {dtype}" if kind.kind == "unsupported" else f"{kind.words()} in each row ({dtype})"
    )
