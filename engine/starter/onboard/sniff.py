"""How a text file is laid out: its encoding, its separator, and where its table begins and ends."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from segmentry.engine.diagnostics.errors import DataError

_HEAD_LINES, _HEAD_BYTES = 200, 1 << 18
_CHUNK = 1 << 22
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=([^"])"?\s*', re.IGNORECASE)
_FOOTER = re.compile(r"^\W*(total|totals|sum|summe|gesamt|gesamtsumme|grand total|somme)\b", re.IGNORECASE)
_VALUE = re.compile(r"^[-+(]?[^\w\s]?\s*\d[\d.,:/\-\sT+Z%€$£)]*$")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOOTERS = 3
"""Lines at the end that are looked at."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Where the table of a text file is. ``header_row`` counts from 1, as people count lines."""

    encoding: str
    separator: str
    header_row: int
    footer_rows: int
    names_separator: bool
    """Whether the file begins with Excel's line ``sep=;``, which every reader obeys."""


def sniff(path: Path, label: str) -> TextLayout:
    """The layout of a text file with one row a line.

    Raises DataError for an empty file, and for one whose first lines name no columns.
    """
    encoding = _encoding(path)
    with _opened(path) as stream:
        head = _decoded(stream.read(_HEAD_BYTES), encoding)
    lines = head.splitlines()[:_HEAD_LINES]
    if len(head) == _HEAD_BYTES and len(lines) < _HEAD_LINES:
        lines = lines[:-1] or lines
    if not any(line.strip() for line in lines):
        raise DataError(f"{label} is empty. Export it again, or leave it out.", file=label)
    named = _SEPARATOR_LINE.fullmatch(lines[0])
    separator = named[1] if named else _separator(lines)
    first = 1 if named else 0
    header = _header_row(lines[first:], separator, label) + first
    return TextLayout(encoding, separator, header, _footers(path, encoding, separator), named is not None)


def decoded(path: Path, encoding: str) -> Path | BytesIO:
    """What a reader of UTF-8 can read: the file itself, or its text written anew."""
    if encoding == "utf-8":
        return path
    with _opened(path) as stream:
        text = _decoded(stream.read(), encoding)
    return BytesIO(text.encode())


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")


def _decoded(raw: bytes, encoding: str) -> str:
    return raw.decode(encoding, errors="ignore").removeprefix("\ufeff")


def _encoding(path: Path) -> str:
    with _opened(path) as stream:
        begin = stream.read(4)
        for mark, name in _BOMS:
            if begin.startswith(mark):
                return name
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for chunk in iter(lambda: stream.read(_CHUNK), b""):
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _single_byte(path)
    return "utf-8"


def _single_byte(path: Path) -> str:
    """Windows' encoding, unless the file has bytes that stand for nothing there."""
    undefined = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
    with _opened(path) as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            if len(chunk.translate(None, undefined)) != len(chunk):
                return "latin-1"
    return "cp1252"


def _separator(lines: list[str]) -> str:
    def score(separator: str) -> tuple[float, int]:
        widths = Counter(len(fields) for fields in _fields(lines, separator))
        width, often = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        return (often / widths.total() if width > 1 else 0.0, width)

    return max(_SEPARATORS, key=score)


def _fields(lines: list[str], separator: str) -> Iterator[list[str]]:
    yield from csv.reader((line for line in lines if line.strip()), delimiter=separator)


def _header_row(lines: list[str], separator: str, label: str) -> int:
    """The first line with as many fields as most have, nearly all filled, and none that is a value."""
    empty: list[str] = []
    rows = [next(csv.reader([line], delimiter=separator), empty) for line in lines]
    width = Counter(len(row) for row in rows if row).most_common(1)[0][0]
    for number, row in enumerate(islice(rows, 30), start=1):
        filled = [field.strip() for field in row if field.strip()]
        if len(row) >= width and len(filled) >= max(1, 0.8 * len(row)) and len(row) > 0:
            if any(_VALUE.match(field) for field in filled):
                break
            return number
    raise DataError(
        f"{label}: no line at its beginning names the columns. Write their names into the first line, "
        f"{width} of them, separated as the values are.",
        file=label,
        row=1,
    )


def _footers(path: Path, encoding: str, separator: str) -> int:
    if path.name.lower().endswith(".gz"):
        return 0
    with path.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - 4096 * 2))
        tail = [line for line in _decoded(stream.read(), encoding).splitlines() if line.strip()]
    last = tail[-_FOOTERS:]
    for index, line in enumerate(last):
        fields = next(csv.reader([line], delimiter=separator), [""])
        words = [field for field in fields if field.strip()]
        if words and _FOOTER.match(words[0]) and len(words) <= max(2, len(fields) // 2 + 1):
            return len(last) - index
    return 0
