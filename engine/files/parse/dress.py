"""How values and tables are written: from `segmentry.yaml` to the model, and what contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segmentry.engine.files.dress import STRICT, Dress, FileShape, FillDown
from segmentry.engine.files.parse.reader import Cursor
from segmentry.engine.language.date_formats import form_fault, two_meanings

_NULLS = ("null", "NULL", "Null")
"""What YAML takes for nothing at all, and an author means as a word."""


def parse_dress(cursor: Cursor | None, defaults: Dress = STRICT) -> Dress:
    """The dress of a column (or of a source's defaults), of which ``defaults`` are what it does not say."""
    if cursor is None:
        return defaults
    said: dict[str, Any] = {}
    if (forms := cursor.get("format")) is not None:
        said["format"] = _formats(forms)
    for key in ("decimal", "thousands", "split"):
        if cursor.has(key):
            said[key] = cursor.optional_text(key)
    for key in ("percent", "json"):
        if cursor.has(key):
            said[key] = cursor[key].value is True
    for key in ("true_values", "false_values", "missing_values"):
        if (words := cursor.get(key)) is not None:
            said[key] = _words(words)
    if (clean := cursor.get("clean")) is not None:
        said["clean"] = tuple(item.text() for item in clean.items())
    if (pad := cursor.get("pad")) is not None:
        said["pad"] = int(pad.value)
    if said.get("json"):
        said.setdefault("split", None)
    elif said.get("split"):
        said["json"] = False
    dress = replace(defaults, **said)
    _check(cursor, dress)
    return dress


def _words(cursor: Cursor) -> tuple[str, ...]:
    words: list[str] = []
    for item in cursor.items():
        words += _NULLS if item.value is None else [item.text().strip()]
    return tuple(words)


def _formats(cursor: Cursor) -> tuple[str, ...]:
    forms: list[str] = []
    for item in cursor.items():
        form = item.text()
        if fault := form_fault(form):
            item.findings.add("schema", fault[0], item.at, fault[1])
        else:
            forms.append(form)
    if found := two_meanings(tuple(forms)):
        text, one, other = found
        cursor.findings.add(
            "schema",
            f"by these forms `{text}` means {one} and {other}",
            cursor.at,
            "leave one of them out: only forms of which no text has two meanings can be tried in turn",
        )
    return tuple(forms)


def _check(cursor: Cursor, dress: Dress) -> None:
    """Reports what contradicts itself."""
    if dress.thousands is not None and dress.thousands == (dress.decimal or "."):
        at = cursor.get("thousands") or cursor.get("decimal") or cursor
        message = f"`{dress.thousands}` can't stand both between thousands and before the decimal places"
        hint = 'give each a mark of its own, like `decimal: ","` and `thousands: "."`'
        cursor.findings.add("schema", message, at.at, hint)
    yes = {word.lower() for word in dress.true_values} | {"true"}
    no = {word.lower() for word in dress.false_values} | {"false"}
    for word in sorted(yes & no):
        at = cursor.get("false_values") or cursor.get("true_values") or cursor
        cursor.findings.add("schema", f"`{word}` means both true and false", at.at, "leave it out of one")


def parse_shape(cursor: Cursor) -> FileShape:
    """What surrounds the table in the files of a source."""
    header, footer, fill = (cursor.get(key) for key in ("header_row", "footer_rows", "fill_down"))
    return FileShape(
        header_row=None if header is None else int(header.value),
        footer_rows=0 if footer is None else int(footer.value),
        quote=cursor.optional_text("quote"),
        comment=cursor.optional_text("comment"),
        fill_down=None
        if fill is None
        else FillDown(tuple(item.text() for item in fill["columns"].items()), fill["within"].text()),
    )
