"""Drafts as YAML: data with a comment beside a key or above it, laid out as `fmt` lays it out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from segmentry.engine.document import is_list, is_mapping
from segmentry.engine.files.fmt.layout import format_bytes

_PLAIN: Final = re.compile(r"(?:[A-Za-z_]|\.{1,2}/|/|\d+ (?=[a-z]))[A-Za-z0-9_ ./()+*%,;'-]*")
_PLAIN_IN_LIST: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./()+-]*")
_NO_TEXT: Final = re.compile(r"(?i:true|false|null|nan)")
_MOST_INLINE: Final = 88


@dataclass(frozen=True)
class Noted:
    """A value with a comment: beside it where it is one line, else above its key."""

    value: Any
    note: str


def yaml_text(head: Sequence[str], data: Mapping[str, Any], *, name: str) -> str:
    """A whole file: its first comments, and the data in the canonical layout.

    ``name`` is the file's name in the workspace.
    """
    lines = [f"# {line}".rstrip() for line in head]
    lines += ["", *_aired(_mapping(data, 0))]
    formatted = format_bytes(name, "\n".join([*lines, ""]).encode())
    return formatted.text


def _aired(lines: Iterator[str]) -> Iterator[str]:
    """A blank line before every source, trait and segment but the first."""
    before = ":"
    for line in lines:
        begins = re.match(r"  (?:- |[^\s#-].*:(?: #.*)?$)", line)
        if begins and not before.rstrip().endswith(":") and not before.startswith("  #"):
            yield ""
        yield line
        before = line.split(" # ")[0]


def _mapping(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, value in data.items():
        note = value.note if isinstance(value, Noted) else ""
        value = value.value if isinstance(value, Noted) else value
        shown = scalar(key)
        beside = f" # {_one_line(note)}" if note else ""
        if is_mapping(value) and value:
            yield f"{pad}{shown}:{beside}"
            yield from _mapping(value, depth + 1)
        elif is_list(value) and _nested(value):
            yield f"{pad}{shown}:{beside}"
            yield from _items(value, depth + 1)
        else:
            yield f"{pad}{shown}: {_inline(value)}{beside}"


def _items(items: list[Any], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for item in items:
        note = item.note if isinstance(item, Noted) else ""
        item = item.value if isinstance(item, Noted) else item
        if note:
            yield f"{pad}# {_one_line(note)}"
        if is_mapping(item):
            lines = list(_mapping(item, depth + 1))
            yield f"{pad}- {lines[0].lstrip()}"
            yield from lines[1:]
        else:
            yield f"{pad}- {_inline(item)}"


def _nested(items: list[Any]) -> bool:
    return (
        any(is_mapping(item) or isinstance(item, Noted) for item in items)
        or len(_inline(items)) > _MOST_INLINE
    )


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def _inline(value: Any) -> str:
    if is_list(value):
        return f"[{', '.join(_in_list(item) for item in value)}]"
    if is_mapping(value):
        pairs = (f"{scalar(key)}: {_in_list(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return scalar(value)


def _in_list(value: Any) -> str:
    return scalar(value, _PLAIN_IN_LIST) if isinstance(value, str) else _inline(value)


def scalar(value: Any, form: re.Pattern[str] = _PLAIN) -> str:
    """A value as it is written: in quotes where it would be read as something else."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            text = str(value)
            plain = form.fullmatch(text) and not _NO_TEXT.fullmatch(text) and text == text.strip()
            return text if plain else json.dumps(text, ensure_ascii=False)
