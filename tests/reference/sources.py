"""Sources, in the order of work: read, map, formulas, lookups, formulas over what was looked up, where, one
row of several, drop, group, days since previous.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference import formulas
from tests.reference.aggregates import (
    AGGREGATES,
    Aggregate,
    Row,
    Table,
    aggregate_rows,
    approximate,
    days_since_previous,
    result_type,
)
from tests.reference.clock import MONTHS, WEEKDAYS, Clock, duration, parse_instant
from tests.reference.compare import Typed
from tests.reference.conditions import Condition, holds
from tests.reference.convert import read_column
from tests.reference.values import INTEGER, DataFault, Type, Unsupported, coerce, listed

Tables = Mapping[str, list[dict[str, Any]]]


def clock_of(workspace: Mapping[str, Any], tables: Tables, as_of: str | None) -> Clock:
    """The zone, the starts of year and week, and the as-of instant of a workspace."""
    zone = ZoneInfo(workspace.get("timezone", "UTC"))
    month = MONTHS.index(workspace.get("fiscal_year_starts", "january").lower()) + 1
    setting = as_of or workspace.get("as_of")
    first_day = WEEKDAYS.index(workspace.get("week_starts", "monday").lower())
    clock = Clock(zone, month, datetime.now(UTC), first_day)
    if isinstance(setting, str):
        return replace(clock, instant=parse_instant(setting, zone))
    if setting is not None:
        sources = Sources(workspace["sources"], tables, clock)
        table = sources.read(setting["latest"])
        times = [row.cells[table.time or ""] for row in table.rows]
        if not any(times):
            raise DataFault(f"{table.name} has no row with a time")
        newest = max(clock.date_of(time) for time in times if time is not None)
        return replace(clock, instant=clock.midnight(newest + timedelta(days=1)))
    return clock


@dataclass(frozen=True, slots=True)
class RowScope:
    """A condition asked of one row."""

    table: Table
    row: Row
    clock: Clock

    def subject(self, leaf: Condition) -> Typed:
        return self.table.types[leaf["column"]], self.row.cells[leaf["column"]]

    def trait(self, name: str) -> Typed:
        raise Unsupported(f"a row is not compared with a trait ({name})")

    def atom(self, condition: Condition) -> bool:
        raise Unsupported(f"no condition of rows: {condition}")

    def ranked(self, leaf: Condition, operator: str) -> str:
        raise Unsupported(f"rows have no {operator}")


def row_test(that: Condition | None, table: Table, clock: Clock) -> Callable[[Row], bool] | None:
    """A condition as a test of a table's rows."""
    return None if that is None else lambda row: holds(that, RowScope(table, row, clock))


def matching(table: Table, rows: Sequence[Row], where: Condition | None, clock: Clock) -> list[Row]:
    """The rows for which a `where` holds."""
    return [row for row in rows if where is None or holds(where, RowScope(table, row, clock))]


@dataclass(frozen=True, slots=True)
class Sources:
    """The workspace's sources over the rows of their files."""

    specs: Mapping[str, Any]
    files: Tables
    clock: Clock
    built: dict[str, Table] = field(default_factory=dict[str, Table])

    def table(self, name: str) -> Table:
        """A source after all its work."""
        if name not in self.built:
            self.built[name] = self._build(name)
        return self.built[name]

    def customers(self) -> tuple[str, Table]:
        """The name of the customers' key, and their table, ascending by key."""
        name, spec = next((name, spec) for name, spec in self.specs.items() if "key" in spec)
        key, table = spec["key"], self.table(name)
        return key, replace(table, rows=sorted(table.rows, key=lambda row: row.cells[key]))

    def read(self, name: str) -> Table:
        """A root source as its files stand, columns mapped and converted by the contract."""
        spec = self.specs[name]
        cells = self.files[name]
        contract = {column: each for column, each in spec.get("columns", {}).items() if not computed(each)}
        taken = {each.get("from", column) for column, each in contract.items()}
        free = dict.fromkeys(column for row in cells for column in row if column not in taken)
        contract |= {column: {} for column in free}
        types: dict[str, Type] = {}
        columns: dict[str, list[Any]] = {}
        for column, each in contract.items():
            held = [row.get(each.get("from", column)) for row in cells]
            types[column], columns[column] = read_column(each, held, self.clock.zone)
        rows = [
            Row((name, index), {column: values[index] for column, values in columns.items()})
            for index in range(len(cells))
        ]
        return Table(name, types, rows, spec.get("customer"), spec.get("time"))

    def _build(self, name: str) -> Table:
        spec = self.specs[name]
        made = "key" in spec and "from" in spec
        if "from" in spec:
            table = replace(self.table(spec["from"]), name=name)
        else:
            table = self.read(name)
            self._expect(spec.get("expected", {}), table)
        table = self._joined(table, {**spec, "lookup": []} if made else spec)
        table = replace(table, rows=matching(table, table.rows, spec.get("where"), self.clock))
        if made:
            table = self._group(table, {**spec, "group_by": spec["key"]})
            for lookup in spec.get("lookup", []):
                table = self._look_up(table, lookup)
            return replace(table, customer=None, time=None)
        if "key" in spec:
            return self._one_each(table, spec)
        table = replace(table, rows=[row for row in table.rows if self._takes_part(table, row)])
        if "group_by" in spec:
            table = self._group(table, spec)
        return self._previous(table, spec.get("columns", {}))

    def _joined(self, table: Table, spec: Mapping[str, Any]) -> Table:
        """A table with what is computed without a lookup, what is looked up, and what is computed of that."""
        lookups, columns = spec.get("lookup", []), spec.get("columns", {})
        later = {column for lookup in lookups for column in lookup["columns"]}
        texts = {name: each["formula"] for name, each in columns.items() if "formula" in each}
        while more := {n for n, text in texts.items() if formulas.parse(text).names & later} - later:
            later |= more
        table = self._compute(table, {name: each for name, each in columns.items() if name not in later})
        for lookup in lookups:
            table = self._look_up(table, lookup)
        return self._compute(table, {name: each for name, each in columns.items() if name in later})

    def _one_each(self, table: Table, spec: Mapping[str, Any]) -> Table:
        """The customers, one row each: of several that which `duplicates` says."""
        key, choice = spec["key"], spec.get("duplicates")
        if None in [row.cells[key] for row in table.rows]:
            raise DataFault("a customer's key is missing")
        found: dict[Any, Row] = {}
        for row in table.rows:
            other = found.setdefault(row.cells[key], row)
            if other is row:
                continue
            if choice is None:
                raise DataFault("a customer's key is there twice")
            by = choice.get("by")
            if choice["keep"] == "last" or (by and not _is_before(row.cells[by], other.cells[by])):
                found[row.cells[key]] = row
        return replace(table, rows=list(found.values()))

    def _expect(self, expected: Mapping[str, Any], table: Table) -> None:
        if len(table.rows) < expected.get("rows", {}).get("at_least", 0):
            raise DataFault(f"{table.name} has too few rows")
        if "max_age" in expected:
            times = [row.cells[table.time or ""] for row in table.rows]
            oldest = self.clock.away(duration(expected["max_age"]), -1)
            if not any(time is not None and self.clock.instant_of(time) >= oldest for time in times):
                raise DataFault(f"{table.name} is too old")

    def _look_up(self, table: Table, lookup: Mapping[str, Any]) -> Table:
        there = self.table(lookup["from"])
        on = lookup["on"]
        pairs: Mapping[str, str] = on if hasattr(on, "items") else {column: column for column in listed(on)}
        ons = dict(pairs)
        index: dict[tuple[Any, ...], Row] = {}
        for row in there.rows:
            key = tuple(row.cells[column] for column in ons.values())
            if key in index and None not in key:
                raise DataFault(f"{there.name} has the key {key} twice")
            index[key] = row
        rows: list[Row] = []
        for row in table.rows:
            key = tuple(row.cells[column] for column in ons)
            found = None if None in key else index.get(key)
            added = {column: found.cells[column] if found else None for column in lookup["columns"]}
            rows.append(Row(row.identity, {**row.cells, **added}))
        types = {**table.types, **{column: there.types[column] for column in lookup["columns"]}}
        marked = there.approximate & set(lookup["columns"])
        return replace(table, types=types, rows=rows, approximate=table.approximate | marked)

    def _compute(self, table: Table, columns: Mapping[str, Any]) -> Table:
        """The columns with a formula, each after those that it reads."""
        waiting = {
            name: formulas.parse(spec["formula"]) for name, spec in columns.items() if "formula" in spec
        }
        while waiting:
            name = next(name for name, formula in waiting.items() if not formula.names & set(waiting))
            formula = waiting.pop(name)
            table = self._with_column(table, name, formula)
            if formula.inexact or formula.names & table.approximate:
                table = replace(table, approximate=table.approximate | {name})
        return table

    def _with_column(self, table: Table, name: str, formula: formulas.Formula) -> Table:
        kind, _ = formulas.evaluate(formula, lambda column: (table.types[column], None), self.clock)

        def value(row: Row) -> Any:
            return formulas.evaluate(
                formula, lambda column: (table.types[column], row.cells[column]), self.clock
            )[1]

        rows = [Row(row.identity, {**row.cells, name: coerce(value(row), kind)}) for row in table.rows]
        return replace(table, types={**table.types, name: kind}, rows=rows)

    def _takes_part(self, table: Table, row: Row) -> bool:
        """Not without its customer, not without its time, and never at or after T."""
        if table.customer is not None and row.cells[table.customer] is None:
            return False
        if table.time is None:
            return True
        time = row.cells[table.time]
        return time is not None and self.clock.instant_of(time) < self.clock.instant

    def _group(self, table: Table, spec: Mapping[str, Any]) -> Table:
        keys = listed(spec["group_by"])
        fixed = [*keys, *([table.customer] if table.customer else [])]
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in table.rows:
            key = tuple(row.cells[column] for column in fixed)
            if None not in key:
                groups.setdefault(key, []).append(row)
        time, wanted = self._aggregates(spec)
        made = {name: aggregate for name, aggregate in wanted.items() if aggregate}
        built = {name: self._aggregate(each, table) for name, each in made.items()}
        types = {column: table.types[column] for column in fixed}
        types |= {name: result_type(each, table) for name, each in built.items()}
        rows = [
            Row(
                (table.name, index),
                dict(zip(fixed, key, strict=True))
                | {name: aggregate_rows(each, table, members, self.clock) for name, each in built.items()},
            )
            for index, (key, members) in enumerate(groups.items())
        ]
        marked = {name for name, each in built.items() if approximate(each, table)}
        return Table(table.name, types, rows, table.customer, time, frozenset(marked))

    @staticmethod
    def _aggregates(spec: Mapping[str, Any]) -> tuple[str | None, dict[str, Mapping[str, Any]]]:
        """The name of a grouped source's time, and its aggregates by column."""
        columns = {
            name: each for name, each in spec.get("columns", {}).items() if set(each) & set(AGGREGATES)
        }
        if "time" not in spec:
            return None, columns
        ((kind, column),) = spec["time"].items()
        return column, {column: {kind: column}, **columns}

    def _aggregate(self, spec: Mapping[str, Any], table: Table) -> Aggregate:
        kind = next(key for key in AGGREGATES if key in spec)
        column = None if spec[kind] is True else spec[kind]
        return Aggregate(kind, column, row_test(spec.get("that"), table, self.clock), spec)

    def _previous(self, table: Table, columns: Mapping[str, Any]) -> Table:
        for name, spec in columns.items():
            if "days_since_previous" in spec:
                days = days_since_previous(table, self.clock)
                rows = [
                    Row(row.identity, {**row.cells, name: each})
                    for row, each in zip(table.rows, days, strict=True)
                ]
                table = replace(table, types={**table.types, name: INTEGER}, rows=rows)
        return table


def _is_before(value: Any, other: Any) -> bool:
    """Whether a value is smaller than another; a missing one is smaller than any other."""
    return other is not None and (value is None or value < other)


def computed(spec: Mapping[str, Any]) -> bool:
    """Whether a column is computed rather than read."""
    return bool(set(spec) & {"formula", "days_since_previous", *AGGREGATES})
