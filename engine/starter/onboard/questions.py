"""What only a person can say: at most five questions, each with an answer for when nobody is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from segmentry.engine.starter.onboard.dress import CURRENCIES
from segmentry.engine.starter.onboard.guesses import GuessedColumn, GuessNote, Shop
from segmentry.engine.starter.onboard.words import TEST_ACCOUNT, words

MOST: Final = 5


@dataclass(frozen=True)
class OpenQuestion:
    """A question with its default. ``answer`` takes what somebody typed, and is False where it can't be."""

    about: str
    text: str
    default: str
    answer: Callable[[str], bool]
    why: str


Ask = Callable[[OpenQuestion], str]


def ask_all(shop: Shop, ask: Ask | None, known: Mapping[str, str]) -> list[tuple[OpenQuestion, str]]:
    """Ask what is open, or take the defaults; every question with its answer.

    What was answered before (``known``, by what it is about) is not asked again.
    """
    found: list[tuple[OpenQuestion, str]] = []
    for question in _open(shop)[:MOST]:
        if (text := known.get(question.about)) is None:
            text = question.default if ask is None else ask(question).strip() or question.default
        if not question.answer(text):
            text = question.default
            question.answer(text)
        found.append((question, text))
        _settle(shop, question, text, asked=ask is not None or question.about in known)
    return found


def _settle(shop: Shop, question: OpenQuestion, text: str, *, asked: bool) -> None:
    """A note of what was answered takes the place of what was said of it before."""
    shop.notes[:] = [note for note in shop.notes if note.about != question.about]
    words_of = f"{text or 'nothing'}, {'as you said' if asked else 'taken without asking'}: {question.why}"
    shop.notes.append(GuessNote(question.about, f"{words_of}.", "certain" if asked else "asked"))


def _open(shop: Shop) -> list[OpenQuestion]:
    asked = [_zone(shop), _currency(shop), *_date_orders(shop), _tests(shop), _consent(shop)]
    return [question for question in asked if question is not None]


# --- one each -------------------------------------------------------------------------------------


def _zone(shop: Shop) -> OpenQuestion | None:
    if not any(table.time for table in shop.tables):
        return None
    told = {
        table.known.zone
        for table in shop.tables
        if table.known and table.known.zone and table.part == "facts"
    }
    default = told.pop() if len(told) == 1 else "UTC"

    def answer(text: str) -> bool:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return False
        shop.timezone = text
        return True

    why = "times without a zone are read there, and days begin at its midnight"
    return OpenQuestion(
        "timezone", "In which time zone does the business live, like Europe/Berlin?", default, answer, why
    )


def _currency(shop: Shop) -> OpenQuestion | None:
    money = any(column.type == "decimal" for table in shop.tables for column in table.columns.values())
    doubtful = shop.currency is None or any(
        note.about == "currency" and note.sure == "asked" for note in shop.notes
    )
    if not money or not doubtful:
        return None

    def answer(text: str) -> bool:
        code = text.upper()
        if code and code not in CURRENCIES and not re.fullmatch("[A-Z]{3}", code):
            return False
        shop.currency = code or None
        return True

    why = "nothing in the exports says it for certain, and none is assumed"
    return OpenQuestion(
        "currency", "In which currency are amounts, like EUR?", shop.currency or "", answer, why
    )


def _date_orders(shop: Shop) -> list[OpenQuestion]:
    open_columns = [c for table in shop.tables for c in table.columns.values() if _doubtful(c)]
    if not open_columns:
        return []

    def answer(text: str) -> bool:
        order = {"day": "day_first", "month": "month_first"}.get(text.removesuffix("_first"))
        if order is None:
            return False
        for column in open_columns:
            if order in column.seen.dress.orders:
                column.keys["format"] = order
        return True

    names = ", ".join(f"`{column.heading}`" for column in open_columns[:3])
    dotted = any(
        c.seen.sample is not None and c.seen.sample.str.contains(".", literal=True).any()
        for c in open_columns
    )
    decimal = any(c.keys.get("decimal") == "," for table in shop.tables for c in table.columns.values())
    default = "day" if dotted or decimal else "month"
    for column in open_columns:
        shop.notes[:] = [note for note in shop.notes if note.about != f"date order {column.name}"]
    why = f"no value of {names} is over 12"
    return [OpenQuestion("date order", f"What comes first in {names}: day or month?", default, answer, why)]


def _doubtful(column: GuessedColumn) -> bool:
    return len(column.seen.dress.orders) > 1 and "no value is over 12" not in column.evidence


def _tests(shop: Shop) -> OpenQuestion | None:
    table = shop.customers
    if table is None:
        return None
    column = next(
        (c for h, c in table.columns.items() if c.type == "boolean" and set(words(h)) & TEST_ACCOUNT), None
    )
    if column is None:
        return None

    def answer(text: str) -> bool:
        if text.lower() not in ("yes", "no", "y", "n"):
            return False
        if text.lower().startswith("y"):
            table.where.append(({"column": column.name, "is": False}, "test accounts are no customers"))
        return True

    why = f"`{column.heading}` seems to mark them"
    return OpenQuestion(
        "test accounts",
        f"Leave out customers whose `{column.heading}` is true, as test accounts?",
        "yes",
        answer,
        why,
    )


def _consent(shop: Shop) -> OpenQuestion | None:
    if not shop.consents:
        return None
    names = [name for name, _ in shop.consents]

    def answer(text: str) -> bool:
        chosen = [name for name in re.split(r"[,\s]+", text) if name]
        if chosen == ["none"]:
            shop.consents.clear()
            return True
        if not set(chosen) <= set(names):
            return False
        shop.consents[:] = [consent for consent in shop.consents if consent[0] in chosen]
        return True

    why = "the law wants it to be given, by these people, for this"
    text = f"Which of these say that somebody may be written to: {', '.join(names)} (or none)?"
    return OpenQuestion("consent", text, ", ".join(names), answer, why)
