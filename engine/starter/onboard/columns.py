"""The contract of each column: a name of ours, its type, and what its values say of it."""

from __future__ import annotations

import re
from typing import Any, Final

from segmentry.engine.starter.onboard.dress import CURRENCIES, CURRENCY_SIGNS
from segmentry.engine.starter.onboard.guesses import GuessedColumn, GuessedTable, GuessNote
from segmentry.engine.starter.onboard.known import known_by
from segmentry.engine.starter.onboard.personal import may_be_shown, personal
from segmentry.engine.starter.onboard.seen import SeenColumn, SeenTable
from segmentry.engine.starter.onboard.words import CONSENT, STATUS, has, is_identity, snake, words

MOST_VALUES: Final = 20
"""Labels that are listed; more are no contract."""
_OFTEN: Final = 5
"""How often the rarest label occurs before a list of labels is believed."""
_FORMAT: Final = {"day_first": "day first", "month_first": "month first", "year_first": "year first"}


def guess_columns(seen: SeenTable, notes: list[GuessNote]) -> GuessedTable:
    """A table with the contracts of its columns; what a person should know is added to the notes."""
    known = known_by(seen.columns)
    table = GuessedTable(seen, known, {})
    taken: set[str] = set()
    for heading, column in seen.columns.items():
        if not column.filled or column.dress.type == "nested":
            table.left_out.append(heading)
            continue
        name = _free(snake(heading), taken)
        taken.add(name)
        table.columns[heading] = _contract(table, column, name, notes)
    if known is not None:
        _apply_known(table)
    return table


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _contract(table: GuessedTable, seen: SeenColumn, name: str, notes: list[GuessNote]) -> GuessedColumn:
    dress = seen.dress
    keys: dict[str, Any] = {"type": dress.type}
    if name != seen.heading:
        keys["from"] = seen.heading
    why: list[str] = []
    if dress.type == "decimal":
        keys["scale"] = max(2, seen.places)
        why.append(f"up to {seen.places} places" if seen.places else "whole amounts")
    keys |= {key: value for key, value in dress.keys.items() if not (key == "decimal" and value == ".")}
    if (form := dress.keys.get("format")) in _FORMAT and len(dress.orders) == 1 and form != "year_first":
        why.append(f"{_FORMAT[form]}: {seen.over_twelve:,} values read no other way")
    if seen.misfits:
        keys["on_bad_value"] = None
        why.append(f"{seen.misfits:,} of {seen.filled:,} values are no {dress.type}: counted as missing")
        notes.append(GuessNote(f"{table.name}.{name}", f"{seen.misfits:,} values are no {dress.type}."))
    guessed = GuessedColumn(seen, name, keys)
    _personal(table, guessed, why, notes)
    _labels(guessed, why)
    if seen.filled < seen.rows:
        why.append(f"filled in {seen.filled:,} of {seen.rows:,} rows")
    guessed.evidence = "; ".join(why)
    return guessed


def _personal(table: GuessedTable, column: GuessedColumn, why: list[str], notes: list[GuessNote]) -> None:
    found = personal(column.seen, table.name)
    if found is None:
        return
    if found.level is not None:
        column.keys["pii"] = found.level
        why.append(found.reason)
    if found.level is None or ("values" in found.reason.rpartition("by")[2] and "name" not in found.reason):
        about = f"{table.name}.{column.name}"
        notes.append(
            GuessNote(about, f"{found.reason}: say `pii: direct` if so, or remove it if not.", "asked")
        )


def _labels(column: GuessedColumn, why: list[str]) -> None:
    seen = column.seen
    doubtful = column.pii is not None or column.type != "string" or is_identity(column.heading)
    if doubtful or seen.labels is None or not may_be_shown(seen):
        return
    column.shown = True
    often = seen.common >= _OFTEN or (has(column.heading, STATUS) and seen.filled > 3 * len(seen.labels))
    if 1 < len(seen.labels) <= MOST_VALUES and often:
        column.keys["values"] = list(seen.labels)
        why.append(f"{len(seen.labels)} different values")


def _apply_known(table: GuessedTable) -> None:
    known = table.known
    assert known is not None
    for heading, (yes, no) in known.truths.items():
        column = table.columns.get(heading)
        if column is None or (column.type == "boolean" and "true_values" not in column.keys):
            continue
        labels = set(column.seen.labels or ())
        if labels and labels <= {*yes, *no}:
            kept = {key: value for key, value in column.keys.items() if key not in ("values", "type")}
            truths = {"true_values": list(yes), "false_values": sorted(set(no))}
            column.keys = {"type": "boolean", **kept, **truths}
    for heading in known.inverted:
        if heading in table.columns:
            table.columns[heading].evidence += "; the opposite of consent"


# --- money ----------------------------------------------------------------------------------------


def currency_of(tables: list[GuessedTable], notes: list[GuessNote]) -> str | None:
    """The one currency that signs, codes and headings name; None where nothing says it, or several do."""
    found: dict[str, str] = {}
    for table in tables:
        for column in table.columns.values():
            for code, reason in _codes(column):
                found.setdefault(code, f"{table.name}.{column.name}: {reason}")
    if len(found) == 1:
        ((code, reason),) = found.items()
        notes.append(GuessNote("currency", f"{code}, by {reason}.", "certain"))
        return code
    if found:
        notes.append(GuessNote("currency", f"several are named: {', '.join(sorted(found))}.", "asked"))
    return None


def _codes(column: GuessedColumn) -> list[tuple[str, str]]:
    seen = column.seen
    if is_currency(column):
        labels = {label.upper() for label in seen.labels or ()}
        return [(label, "all its values") for label in sorted(labels)]
    if column.type != "decimal":
        return []
    sign = seen.dress.sign
    if sign is not None and (sign in CURRENCY_SIGNS or sign in CURRENCIES):
        return [(CURRENCY_SIGNS.get(sign, sign), "the sign beside its values")]
    named = set(re.findall(r"[A-Z]{3}", column.heading)) | {w.upper() for w in words(column.heading)}
    signs = {code for sign, code in CURRENCY_SIGNS.items() if sign in column.heading}
    return [(code, "its heading") for code in sorted((named & CURRENCIES) | signs)]


def is_currency(column: GuessedColumn) -> bool:
    """Whether the values of a column are codes of currencies."""
    labels = {label.upper() for label in column.seen.labels or ()}
    return bool(labels) and labels <= CURRENCIES


def has_dollar(tables: list[GuessedTable]) -> bool:
    """Whether amounts carry a dollar sign, which stands for several currencies."""
    return any(column.seen.dress.sign == "$" for table in tables for column in table.columns.values())


def consent_of(table: GuessedTable) -> list[tuple[str, Any]]:
    """The columns of a table that say who may be written to, and the value that says so."""
    inverted = table.known.inverted if table.known else ()
    found: list[tuple[str, Any]] = []
    for heading, column in table.columns.items():
        if column.type != "boolean" or not (has(heading, CONSENT) or heading in inverted):
            continue
        opposite = {"opted", "out", "unsubscribed", "optedout", "not", "donotcall"} & set(words(heading))
        found.append((column.name, not (heading in inverted or opposite)))
    return found
