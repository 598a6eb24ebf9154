"""Whether a language's folder is whole: the keys of the reference, lists that hold something, known slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any, cast

from segmentry.engine.language.languages import REFERENCE, read_file
from segmentry.engine.language.suggest import did_you_mean

FILES = ("phrases.yaml", "words.yaml")
"""The files of a language's folder."""

_MAY_BE_EMPTY = frozenset(
    {
        "typography.no_break_before",
        "typography.no_break_after",
        "dates.first_of_month",
        "clauses.relative_prepositions",
        "clauses.relative_pronouns",
    }
)
"""What a language may have none of."""

_PLURALS = frozenset({"zero", "two", "few", "many"})
"""Plural forms of CLDR that a language may have beside `one` and `other`."""


def check_language(language: str) -> list[str]:
    """Everything that is wrong with a language's folder, each with file and key; nothing for a whole one."""
    found: list[str] = []
    for name in FILES:
        place = f"languages/{language}/{name}"
        try:
            read = read_file(language, name)
        except FileNotFoundError:
            found.append(f"{place}: the file is missing")
            continue
        found += [f"{place}: {fault}" for fault in check_keys(read_file(REFERENCE, name), read)]
        if name == "words.yaml" and not found:
            found += [f"{place}: {fault}" for fault in _bad_patterns(read["traits"])]
    return found


def check_keys(expected: Any, read: Any) -> list[str]:
    """Where a language's file departs from the reference's: keys, kinds of values, empty ones, slots."""
    return list(_differences(expected, read, ""))


def _differences(expected: Any, read: Any, path: str) -> Iterator[str]:
    if isinstance(expected, Mapping):
        yield from _of_mapping(cast("Mapping[str, Any]", expected), read, path)
    elif isinstance(expected, list):
        yield from _of_list(cast("list[str]", expected), read, path)
    elif not isinstance(read, str):
        yield f"`{path}` takes a text in quotes, not {_found(read)}"
    elif not read and path not in _MAY_BE_EMPTY:
        yield f"`{path}` is empty"
    else:
        yield from _of_slots(_slots([str(expected)]), _slots([read]), path)


def _of_mapping(expected: Mapping[str, Any], read: Any, path: str) -> Iterator[str]:
    if not isinstance(read, dict):
        yield f"`{path}` takes keys ({', '.join(expected)}), not {_found(read)}"
        return
    keys = cast("dict[str, Any]", read)
    for key, below in expected.items():
        name = f"{path}.{key}" if path else key
        if key in keys:
            yield from _differences(below, keys[key], name)
        else:
            yield f"`{name}` is missing"
    for key in keys:
        if key not in expected and not (path.startswith("units.") and key in _PLURALS):
            name = f"{path}.{key}" if path else str(key)
            hint = did_you_mean(str(key), expected)
            yield f"`{name}` is no key of a language" + (f": {hint}" if hint else "")


def _of_list(expected: list[str], read: Any, path: str) -> Iterator[str]:
    if not isinstance(read, list):
        yield f"`{path}` takes a list of texts, not {_found(read)}"
        return
    texts = list(cast("Iterable[Any]", read))
    if not texts and path not in _MAY_BE_EMPTY:
        yield f"`{path}` is empty"
    wrong = [text for text in texts if not isinstance(text, str) or not text.strip()]
    yield from (f"`{path}` holds {_found(text)}: write a text, in quotes" for text in wrong)
    if not wrong and not path.startswith("traits."):
        yield from _of_slots(_slots(expected), _slots(texts), path)


def _of_slots(expected: set[str], read: set[str], path: str) -> Iterator[str]:
    for slot in sorted(expected - read):
        yield f"`{path}` lacks the slot {{{slot}}}"
    for slot in sorted(read - expected):
        hint = did_you_mean(slot, expected)
        yield f"`{path}` has a slot {{{slot}}} that nothing fills" + (f": {hint}" if hint else "")


def _slots(texts: list[str]) -> set[str]:
    """The names in braces; a brace that opens none gives the whole text, which no reference has."""
    found: set[str] = set()
    for text in texts:
        try:
            found |= {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        except ValueError:
            found.add(text)
    return found


def _bad_patterns(traits: Mapping[str, list[str]]) -> Iterator[str]:
    for theme, patterns in traits.items():
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                yield f"`traits.{theme}` holds `{pattern}`, which is no regular expression: {error}"


def _found(value: Any) -> str:
    """A value as a message names it: YAML reads a bare `no` or `on` as no text."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"a yes or no ({str(value).lower()})"
        case dict():
            return "keys"
        case list():
            return "a list"
        case _:
            return f"`{value}`"
