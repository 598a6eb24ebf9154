"""Cells of a file as values of the type that the contract declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.clock import to_utc
from tests.reference.values import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBER,
    STRING,
    DataFault,
    Type,
    coerce,
    double,
    exact,
    half_even,
    listed,
    literal_number,
)

KINDS = {each.kind: each for each in (STRING, INTEGER, NUMBER, BOOLEAN, DATE, DATETIME)}


class BadValue(Exception):
    """A cell that is no value of its declared type."""


def declared(spec: Mapping[str, Any], cells: Iterable[Any]) -> Type:
    """A column's type: of its contract, else of what the file holds."""
    kind = spec.get("type")
    if kind == "decimal":
        return Type("decimal", spec["scale"])
    if kind == "list" or kind is None:
        return inferred(cells)
    return KINDS[kind]


def inferred(cells: Iterable[Any]) -> Type:
    """The type that Python values of a file's column stand for; text where there is none to see."""
    known = [cell for cell in cells if cell is not None]
    if not known:
        return STRING
    match known[0]:
        case list():
            return Type("list", element=inferred(item for cell in known for item in cell))
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case float():
            return NUMBER
        case Decimal():
            return Type("decimal", max(literal_number(cell)[0].scale for cell in known))
        case datetime():
            return DATETIME
        case date():
            return DATE
        case _:
            return STRING


def convert(cell: Any, target: Type, zone: ZoneInfo) -> Any:
    """The value of one cell. Raises BadValue; NaN and infinities are missing, as elements of lists too."""
    if isinstance(cell, list):
        elements = (convert(item, target.element or STRING, zone) for item in listed(cell))  # pyright: ignore[reportUnknownArgumentType]
        return [element for element in elements if element is not None]
    if cell is None or (isinstance(cell, float | Decimal) and not math.isfinite(cell)):
        return None
    match target.kind:
        case "decimal" | "integer" | "number":
            return coerce(_numeric(cell, target), target)
        case "boolean":
            return _boolean(cell)
        case "date" | "datetime":
            return _moment(cell, target, zone)
        case _:
            return str(cell)


def _numeric(cell: Any, target: Type) -> Any:
    if isinstance(cell, bool | date):
        raise BadValue(cell)
    if isinstance(cell, float) and target.kind == "decimal":
        return _decimal_of_double(cell, target.scale)
    if isinstance(cell, float) and target.kind == "number":
        return cell
    try:
        value = Fraction(Decimal(cell.strip())) if isinstance(cell, str) else Fraction(cell)
    except (InvalidOperation, ValueError, OverflowError):
        raise BadValue(cell) from None
    if target.kind == "decimal":
        return half_even(value, target.scale)
    if target.kind == "integer":
        if value.denominator != 1:
            raise BadValue(cell)
        return int(value)
    return double(value)


def _decimal_of_double(cell: float, scale: int) -> Fraction:
    """half-even(x · 10^scale), where the product is the IEEE one."""
    product = cell * float(10**scale)
    if not math.isfinite(product):
        raise DataFault(f"{cell} does not fit a decimal")
    return Fraction(round(product), 10**scale)


def _boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, str) and cell.strip().lower() in ("true", "false"):
        return cell.strip().lower() == "true"
    raise BadValue(cell)


def _moment(cell: Any, target: Type, zone: ZoneInfo) -> date | datetime:
    if isinstance(cell, str):
        try:
            cell = (
                datetime.fromisoformat(cell.strip())
                if len(cell.strip()) > 10
                else date.fromisoformat(cell.strip())
            )
        except ValueError:
            raise BadValue(cell) from None
    if not isinstance(cell, date):
        raise BadValue(cell)
    if not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day) if target == DATETIME else cell
    if isinstance(cell, datetime):
        instant = to_utc(cell, zone)
        return instant if target == DATETIME else instant.astimezone(zone).date()
    return cell


def read_column(spec: Mapping[str, Any], cells: list[Any], zone: ZoneInfo) -> tuple[Type, list[Any]]:
    """A column of a file by its contract: its type and its values. Raises DataFault as the contract says."""
    target = declared(spec, cells)
    values: list[Any] = []
    for cell in cells:
        try:
            values.append(convert(cell, target, zone))
        except BadValue:
            if spec.get("on_bad_value", "error") is not None:
                raise DataFault(f"{cell!r} is no {target.kind}") from None
            values.append(None)
    if "values" in spec and spec.get("on_unknown_value") != "keep":
        values = [_known(value, spec, target) for value in values]
    return target, values


def _known(value: Any, spec: Mapping[str, Any], target: Type) -> Any:
    """A value inside the contract's `values`; one outside is a fault, or missing where that is accepted."""
    allowed = [exact(each) if target.numeric else each for each in spec["values"]]
    if value is None or value in allowed:
        return value
    if spec.get("on_unknown_value", "error") is not None:
        raise DataFault(f"{value!r} is not among the declared values")
    return None
