"""The texts of a brief with their JSON paths, and what is looked for in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, cast

from segmentry.engine.language.wording import word_pattern as word_pattern

_PLACE_HOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def texts_in(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text below a part of a brief with its JSON path (`variants[0].sms.body`)."""
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, Mapping):
        for key, value in cast("Mapping[str, Any]", part).items():
            yield from texts_in(value, f"{path}.{key}" if path else key)
    elif not _is_plain(part):
        for at, value in enumerate(part):
            yield from texts_in(value, f"{path}[{at}]")


_PROSE = (
    "label",
    "summary",
    "traits",
    "needs",
    "barriers",
    "value_proposition",
    "tone",
    "journey",
    "variants",
)
_NO_PROSE = re.compile(r"\.(basis|confidence|evidence\[\d+\]|angle)$")


def prose(brief: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people read of a brief: persona and messages, without codes and ids."""
    for part in _PROSE:
        for path, text in texts_in(brief.get(part), part):
            if not _NO_PROSE.search(path):
                yield path, text


def copy(brief: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What customers read: the messages alone."""
    return ((path, text) for path, text in prose(brief) if path.startswith("variants["))


def as_read(text: str) -> str:
    """The text as eyes read it: wide letters as plain ones (NFKC), and nothing that does not show."""
    return "".join(mark for mark in unicodedata.normalize("NFKC", text) if unicodedata.category(mark) != "Cf")


def references(text: str) -> list[str]:
    """The handles that a text refers to: `{{i.average_order}}` gives `i.average_order`."""
    return _PLACE_HOLDER.findall(text)


def without_references(text: str) -> str:
    """The text with its references taken out."""
    return _PLACE_HOLDER.sub(" ", text)


def resolved(part: Any, shown: Mapping[str, str]) -> Any:
    """The part with every reference replaced by what it shows; unknown ones stay as they are."""
    if isinstance(part, str):
        return _PLACE_HOLDER.sub(lambda found: shown.get(found[1], found[0]), part)
    if isinstance(part, Mapping):
        pairs = cast("Mapping[str, Any]", part).items()
        return {key: resolved(value, shown) for key, value in pairs}
    return part if _is_plain(part) else [resolved(value, shown) for value in part]


def _is_plain(part: Any) -> bool:
    """Whether a value of JSON holds no others."""
    return part is None or isinstance(part, (str, int, float))
