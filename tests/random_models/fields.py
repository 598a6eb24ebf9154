"""What rules can be written about: columns and traits, with values worth comparing them to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference.clock import Clock, add_months

EXACT = ("integer", "decimal")
NUMERIC = ("integer", "decimal", "number")


@dataclass(frozen=True, slots=True)
class Field:
    """A column or trait: its kind, and literals near its values.

    An unstable one may differ in its last digits between two right engines: rules ask only whether it is
    known. A dyadic number is one that sums and products leave exact.
    """

    kind: str
    literals: tuple[Any, ...] = ()
    stable: bool = True
    dyadic: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC


Fields = dict[str, Field]


@dataclass(frozen=True, slots=True)
class Pool:
    """The cells a file's column is drawn from, their Polars type, and the contract that fits them."""

    cells: tuple[Any, ...]
    dtype: str
    contract: dict[str, Any]
    field: Field


NAN, INF = float("nan"), float("inf")
INTEGERS = (1, 0, 2, 3, 5, -1, None, 10)
TEXTS = (
    *("a", "B", "ä", "DE", None, "", " ", "Straße", "É", "e\u0301", "NO", "010", "x y", "a.b", "10%"),
    *("İ", "ΑΣ", "日本", "x\ny", "\u00a0", "null", "A", "ＤＥ", "D\u200bE", "ﬁ-1.5e0", "2026-03-29"),
    "29.03.2026 ",
)
COUNTRIES = ("DE", "AT", "CH", None, "NO", "de")
MONEY = (
    Decimal("1"),
    Decimal("0.1"),
    Decimal("0.2"),
    Decimal("0.3"),
    Decimal("2.5"),
    Decimal("-0.1"),
    Decimal("19.99"),
)


def integers() -> Pool:
    return Pool(INTEGERS, "Int64", {"type": "integer"}, Field("integer", (1, 0, 2, 3, 5, -1)))


def texts() -> Pool:
    literals = ("a", "B", "ä", "DE", "É", "straße", "NO", "010", "İ", "ΑΣ", "x", "", ".", "%")
    return Pool(TEXTS, "String", {"type": "string"}, Field("string", literals))


def countries() -> Pool:
    literals = ("DE", "AT", "CH", "NO", "de")
    return Pool(COUNTRIES, "String", {"type": "string", "values": list(literals)}, Field("string", literals))


def unknown_countries(policy: str | None) -> Pool:
    contract = {"type": "string", "values": ["DE", "AT"], "on_unknown_value": policy}
    return Pool(COUNTRIES, "String", contract, Field("string", ("DE", "AT")))


def booleans() -> Pool:
    return Pool((True, False, None), "Boolean", {"type": "boolean"}, Field("boolean", (True, False)))


def lists() -> Pool:
    cells: tuple[Any, ...] = (
        ["a"],
        [],
        ["a", "b"],
        None,
        ["b", None, "ä"],
        ["a", "a"],
        [None],
        ["NO", "010", "Ä"],
    )
    return Pool(cells, "List", {"type": "list"}, Field("list", ("a", "b", "ä", "NO", "010")))


def dyadic_numbers() -> Pool:
    cells = (0.5, 1.0, -2.25, 0.0, NAN, INF, None, 3.0, 100.0, -0.0)
    literals = (Decimal("0.5"), 1, Decimal("-2.25"), 0, 3, 100)
    return Pool(cells, "Float64", {"type": "number"}, Field("number", literals, dyadic=True))


def numbers() -> Pool:
    """Numbers whose sums depend on their order; of one sign, so that they do so only in the last digits."""
    cells = (0.1, 0.2, 0.3, NAN, -INF, None, 1.1, 1e6, 0.7)
    literals = (Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("1.1"), 1000000)
    return Pool(cells, "Float64", {"type": "number"}, Field("number", literals))


def numbers_from_decimals() -> Pool:
    texts = ("0.1", "0.2", "0.3", "1.005")
    cells = (*(Decimal(text).quantize(Decimal("0.001")) for text in texts), None)
    return Pool(cells, "Decimal3", {"type": "number"}, Field("number", (Decimal("0.1"), Decimal("1.005"))))


def money(physical: str) -> Pool:
    """A decimal of two places, from floats, longer decimals, integers or text."""
    contract: dict[str, Any] = {"type": "decimal", "scale": 2, "on_more_places": "round"}
    texts = ("1", "0.1", "0.2", "0.3", "0.125", "0.375", "1.015", "-0.1", "0", "19.99", "2.5")
    field = Field("decimal", (*MONEY, 0, 1, Decimal("0.12"), Decimal("0.125")))
    match physical:
        case "Float64":
            return Pool((*map(float, texts), NAN, None, INF, 2.675, 1.005), "Float64", contract, field)
        case "Decimal3":
            exact = tuple(Decimal(text).quantize(Decimal("0.001")) for text in texts)
            return Pool((*exact, None), "Decimal3", contract, field)
        case "Int64":
            return Pool((1, 0, 2, None, -1, 10), "Int64", contract, field)
        case _:
            bad = {**contract, "on_bad_value": None}
            return Pool((*texts, None, "1e1", "ten"), "String", bad, field)


def kept_decimals() -> Pool:
    """A decimal as its file has it; no contract is needed."""
    cells = tuple(Decimal(text).quantize(Decimal("0.001")) for text in ("0.1", "0.125", "-3", "7.001"))
    literals = (Decimal("0.1"), Decimal("0.125"), 0, Decimal("7.001"))
    return Pool(
        (*cells, None),
        "Decimal3",
        {"type": "decimal", "scale": 3, "on_more_places": "round"},
        Field("decimal", literals),
    )


def near_days(clock: Clock) -> list[date]:
    """Dates on both sides of every edge that durations and periods draw around the as-of date."""
    today = clock.today
    steps = (-1, 0, 1, -7, -8, -6, 7, 6, -30, -31, -90, -365)
    days = [today + timedelta(days=step) for step in steps]
    days += [add_months(today, -1), add_months(today, -12), today.replace(day=1)]
    return [*days, date(2024, 2, 29), date(2000, 2, 28), date(1990, 3, 1), date(2025, 12, 31)]


def dates(clock: Clock) -> Pool:
    days = near_days(clock)
    literals = tuple(day.isoformat() for day in days[:9])
    return Pool((*days, None), "Date", {"type": "date"}, Field("date", literals))


def text_dates(clock: Clock) -> Pool:
    pool = dates(clock)
    cells = tuple(day and day.isoformat() for day in pool.cells)
    return Pool((*cells, "soon"), "String", {"type": "date", "on_bad_value": None}, pool.field)


def near_walls(clock: Clock) -> list[datetime]:
    """Local times around T, midnights, and times that clock changes leave out or bring twice."""
    wall, tick = clock.local(clock.instant), timedelta(microseconds=1)
    steps = (timedelta(hours=-1), -tick, timedelta(), tick, timedelta(days=-1), timedelta(days=-1) - tick)
    steps += (timedelta(days=-7), timedelta(days=-7) - tick, timedelta(days=-30), timedelta(days=-2, hours=3))
    midnights = [datetime(day.year, day.month, day.day) for day in near_days(clock)[:10]]
    changes = [
        "2026-03-29T02:30",
        "2026-03-29T00:30",
        "2026-10-25T02:30",
        "2026-03-08T02:30",
        "2025-11-02T01:30",
    ]
    return [
        *(wall + step for step in steps),
        *midnights,
        *(midnight - tick for midnight in midnights[:3]),
        *map(datetime.fromisoformat, changes),
    ]


def datetimes(clock: Clock, physical: str) -> Pool:
    walls = near_walls(clock)
    literals = tuple(wall.isoformat() for wall in walls[:6]) + tuple(
        day.isoformat() for day in near_days(clock)[:6]
    )
    field = Field("datetime", literals)
    contract: dict[str, Any] = {"type": "datetime"}
    match physical:
        case "Datetime":
            return Pool((*walls, None), "Datetime", contract, field)
        case "DatetimeUTC":
            instants = [clock.instant + (wall - walls[2]) for wall in walls]
            return Pool((*instants, None), "DatetimeUTC", contract, field)
        case _:
            return Pool((*(wall.isoformat() for wall in walls), None), "String", contract, field)


def pool_of(kind: str, variant: int, clock: Clock) -> Pool:
    """A pool of a kind; variants differ in what the file holds."""
    options: Sequence[Pool]
    match kind:
        case "decimal":
            options = [*map(money, ("Float64", "Decimal3", "Int64", "String")), kept_decimals()]
        case "number":
            options = [dyadic_numbers(), numbers(), numbers_from_decimals()]
        case "datetime":
            options = [datetimes(clock, physical) for physical in ("Datetime", "DatetimeUTC", "String")]
        case "date":
            options = [dates(clock), text_dates(clock)]
        case "country":
            options = [countries(), unknown_countries("keep"), unknown_countries(None)]
        case _:
            options = [{"integer": integers, "string": texts, "boolean": booleans, "list": lists}[kind]()]
    return options[variant % len(options)]
