"""The content of a CSV file in UTF-8, and without what surrounds the table: every line keeps its number.

A comment and a row of the footer become blank lines, which are no rows. A mark of comments inside a quoted
field is text.
"""

from __future__ import annotations

import codecs
import gzip
import re
from pathlib import Path

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.diagnostics.memory import holding
from segmentry.engine.files.dress import FileShape
from segmentry.engine.sources.read_table import readable

_LONGEST_NAME = 40
_BOM = b"\xef\xbb\xbf"
_SEPARATOR_LINE = re.compile(r'"?sep=([^"])"?\r?\n?', re.IGNORECASE)
"""What Excel writes, and obeys, above the header."""


def named_separator(line: str) -> str | None:
    """The separator that a first line `sep=;` names; None where it is no such line."""
    found = _SEPARATOR_LINE.fullmatch(line)
    return found[1] if found and found[1].isascii() and separates(found[1]) else None


def separates(char: str) -> bool:
    """Whether a character can stand between fields."""
    return char not in '"\r\n\0'


def without_extras(source: Path | bytes, label: str, separator: str, shape: FileShape) -> bytes:
    """The content of a file in UTF-8 with its comments and its footer blanked.

    Raises DataError for a file that can't be read, or is larger than the memory.
    """
    content = source if isinstance(source, bytes) else _content(source, label)
    content = content.removeprefix(_BOM)
    if shape.comment:
        first = content[: content.find(b"\n") + 1].decode("utf-8", "replace")
        content = _without_comments(content, named_separator(first) or separator, shape)
    return _without_last(content, shape.footer_rows)


def _content(path: Path, label: str) -> bytes:
    with holding(path, label), readable(label, "CSV"):
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw


def _without_comments(content: bytes, separator: str, shape: FileShape) -> bytes:
    quote, mark = (re.escape(text.encode()) for text in (shape.quote or '"', shape.comment or "#"))
    start = re.escape(separator.encode())
    quoted = rb"(?<![^\n" + start + rb"])" + quote + rb"(?:[^" + quote + rb"]|" + quote * 2 + rb")*" + quote
    return re.sub(rb"(" + quoted + rb")|^" + mark + rb"[^\n]*", rb"\1", content, flags=re.MULTILINE)


def _without_last(content: bytes, rows: int) -> bytes:
    """The content with its last lines blanked that are not blank."""
    kept = content
    end = len(content)
    for _ in range(rows):
        kept = kept[:end].rstrip(b"\r\n")
        end = kept.rfind(b"\n") + 1
    return content if not rows else content[:end] + b"\n" * content.count(b"\n", end)


def in_utf8(path: Path, label: str, encoding: str | None) -> Path | bytes:
    """The path of a UTF-8 file, or the content of another one in UTF-8.

    Raises DataError for an encoding that there is not, or that is not the file's.
    """
    codec = _codec(label, encoding or "utf-8")
    if codec in ("utf-8", "utf-8-sig"):
        return path
    raw = _content(path, label)
    try:
        text = raw.decode(codec)
    except UnicodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else 1
        raise DataError(
            f"{label}, row {line}: the file is not written in {encoding}. Correct `encoding` of its source.",
            file=label,
            row=line,
        ) from None
    return text.removeprefix("\ufeff").encode()


def _codec(label: str, encoding: str) -> str:
    """Python's name of an encoding of texts; some of its codecs compress or encrypt bytes instead."""
    try:
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        shown = encoding if len(encoding) <= _LONGEST_NAME else f"{encoding[:_LONGEST_NAME]}…"
        raise DataError(
            f"{label}: `encoding: {shown}` is no known encoding. Usual ones are utf-8, cp1252, latin-1 "
            "and utf-16.",
            file=label,
        ) from None
