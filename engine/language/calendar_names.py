"""Days of the week and months by their names, the first three letters of these, or their numbers."""

from __future__ import annotations

from typing import Any

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


def month_number(raw: Any) -> int | None:
    """1 to 12 for a month's English name, its first three letters, or its number."""
    return number_of(raw, MONTH_NAMES)


def weekday_number(raw: Any) -> int | None:
    """1 (Monday) to 7 for a weekday's English name, its first three letters, or its number."""
    return number_of(raw, WEEKDAY_NAMES)


def number_of(raw: Any, names: tuple[str, ...]) -> int | None:
    """The place of a name among names, counted from 1, by it, its first three letters, or the number."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return int(raw) if 1 <= raw <= len(names) else None
    if isinstance(raw, str):
        word = raw.strip().lower()
        for n, name in enumerate(names, start=1):
            if word in (name, name[:3]):
                return n
    return None
