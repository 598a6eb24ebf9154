"""Written values as values of the engine: typed like the trait or column, null for missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from segmentry.engine.diagnostics.findings import diagnostic
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.document import YamlFloat, is_list
from segmentry.engine.language.calendar import Calendar, IsoDate, IsoDateTime, parse_moment
from segmentry.engine.language.expr import Const, Expr
from segmentry.engine.language.figures import number_hint
from segmentry.engine.language.literals import found
from segmentry.engine.language.operands import Rejected, read_value
from segmentry.engine.language.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    UNKNOWN,
    Type,
    list_of,
)
from segmentry.engine.ruletests.cells import Cell
from segmentry.engine.ruletests.rule_test import WrittenValue


class Unfit(Exception):
    """A written value that does not fit its type; ``finding`` says so at its place."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(finding.message)


@dataclass
class _ValueReading:
    """The context in which one value is read."""

    calendar: Calendar
    written: WrittenValue
    name: str

    def report_ambiguous(self, written: str, *, at: tuple[str | int, ...] = ()) -> None:
        """An ambiguous scalar is read as the text that stands there; the schema tells of it."""

    def reject(
        self, code: str, message: str, hint: str | None = None, *, at: tuple[str | int, ...] = ()
    ) -> NoReturn:
        """Give the value up."""
        place = self.written.at
        raise Unfit(diagnostic("value-type", f"`{self.name}`: {message}", place.file, place.span, hint=hint))

    def reject_reversed(self, message: str) -> NoReturn:
        """A test gives values, no pairs of bounds."""
        raise Rejected

    def reference(self, raw: Mapping[str, Any], subject: Type) -> Expr:
        """A test gives values, no references."""
        self.reject("value-type", "a value is expected, a mapping was found")

    def tests(self, raw: Mapping[str, Any], subject: Expr) -> Expr:
        """A test gives values, no conditions."""
        raise Rejected


def read_typed(written: WrittenValue, name: str, kind: Type, calendar: Calendar) -> Any:
    """The value in the engine's form: minor units, aware UTC instants, lists without missing elements.

    Raises Unfit.
    """
    return _read(_ValueReading(calendar, written, name), written.raw, kind)


def _read(reading: _ValueReading, raw: Any, kind: Type) -> Any:
    if isinstance(raw, Cell):
        raw = _read_cell(reading, raw, kind)
    if raw is None or kind.kind == "unknown":
        return raw
    if kind.kind == "list":
        return _read_list(reading, raw, kind.element or STRING)
    if isinstance(raw, list):
        reading.reject("value-type", f"{kind.words()} is expected, a list was found")
    const = read_value(reading, raw, kind)
    assert isinstance(const, Const)
    if kind.is_exact:
        return _exact(reading, raw, const, kind)
    if kind.kind == "date" and const.type == DATETIME:
        reading.reject("value-type", f"a date is expected, {found(raw)} has a time of day")
    if kind.kind == "datetime" and const.type == DATE:
        return reading.calendar.midnight(const.value)
    return const.value


def _read_cell(reading: _ValueReading, cell: Cell, kind: Type) -> Any:
    """A cell as a rule would write the value; a decimal comma is told as what it is."""
    if kind.is_number and re.fullmatch(r"[-+]?[0-9]+,[0-9]+", cell):
        hint = number_hint(cell)
        reading.reject("value-type", f"a number is expected, {found(str(cell))} was found", hint)
    return cell.for_type(kind)


def _read_list(reading: _ValueReading, raw: Any, element: Type) -> list[Any]:
    if not is_list(raw):
        hint = "write it like `[a, b]`"
        reading.reject("value-type", f"a list is expected, {found(raw)} was found", hint)
    return [_read(reading, item, element) for item in raw if item is not None]


def _exact(reading: _ValueReading, raw: Any, const: Const, kind: Type) -> int:
    """A literal as an integer of the type's minor units, without rounding."""
    value = Decimal(const.value).scaleb(kind.scale - const.type.scale)
    if value != value.to_integral_value():
        words = "a whole number" if kind.kind == "integer" else f"a number of {kind.scale} places"
        reading.reject("value-type", f"{words} is expected, {found(raw)} was found")
    return int(value)


# --- types that nothing declares ------------------------------------------------------------------


def natural_kind(raws: Iterable[Any]) -> Type:
    """The type of values as they are written; unknown where all are missing.

    Whole numbers beside others are numbers, dates beside datetimes are datetimes; any other mixture is text.
    """
    kinds = {_natural(raw) for raw in raws if raw is not None}
    kinds.discard(UNKNOWN)
    if not kinds:
        return UNKNOWN
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= {INTEGER, NUMBER}:
        return NUMBER
    if kinds <= {DATE, DATETIME}:
        return DATETIME
    lists = [kind for kind in kinds if kind.kind == "list"]
    return max(lists, key=str) if len(lists) == len(kinds) else STRING


def _natural(raw: Any) -> Type:
    match raw:
        case Cell():
            return _natural(raw.natural())
        case bool():
            return BOOLEAN
        case YamlFloat() | float():
            return NUMBER
        case int():
            return INTEGER
        case str():
            return _natural_text(raw)
        case [*items]:
            return list_of(natural_kind(items))
        case _:
            return UNKNOWN


def _natural_text(raw: str) -> Type:
    match parse_moment(raw):
        case IsoDate():
            return DATE
        case IsoDateTime():
            return DATETIME
        case _:
            return STRING


# --- comparison and display -----------------------------------------------------------------------

TOLERANCE = 1e-9
"""Relative, of numbers that are no exact decimals."""


def same_value(found_value: Any, expected: Any, kind: Type) -> bool:
    """Whether a value of the engine is the expected one; doubles within `TOLERANCE`."""
    if found_value is None or expected is None:
        return found_value is expected
    if kind.kind == "list" and kind.element is not None:
        element = kind.element
        pairs = zip(found_value, expected, strict=False)
        return len(found_value) == len(expected) and all(same_value(a, b, element) for a, b in pairs)
    if isinstance(found_value, float) and isinstance(expected, (int, float)):
        return abs(found_value - expected) <= TOLERANCE * max(abs(found_value), abs(expected))
    return bool(found_value == expected)


def shown_value(value: Any) -> str:
    """A value (decimals as Decimal) as it would be written in a rule."""
    match value:
        case None:
            return "missing"
        case bool():
            return str(value).lower()
        case [*items]:
            return f"[{', '.join(shown_value(item) for item in items)}]"
        case datetime() | date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)
