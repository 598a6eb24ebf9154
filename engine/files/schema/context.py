"""What a file alone shows and JSON Schema can't say: one function for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from segmentry.engine.diagnostics.steering import steering_in
from segmentry.engine.document import Path, as_texts, is_list, is_mapping
from segmentry.engine.files.schema.mistake import Mistake
from segmentry.engine.files.schema.records import known_people
from segmentry.engine.language.calendar import parse_as_of
from segmentry.engine.language.kinds import TRAIT_KINDS
from segmentry.engine.language.kinds.entry import CustomerKind
from segmentry.engine.language.literals import exact_number
from segmentry.engine.language.suggest import nearest_key


def mistakes(data: Any, name: str, wrong: Iterable[Path]) -> Iterator[Mistake]:
    """The mistakes of a file's data; nothing is said of what is inside the ``wrong`` paths."""
    known = frozenset(wrong)
    for rule in _RULES.get(name, ()):
        if is_mapping(data):
            for mistake in rule(data, known):
                if not any(mistake.path[: len(path)] == path for path in known):
                    yield mistake


Rule = Callable[[Mapping[str, Any], frozenset[Path]], Iterator[Mistake]]


def _one_customers_table(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    sources = data.get("sources")
    if not is_mapping(sources):
        return
    keyed = [name for name, source in sources.items() if is_mapping(source) and "key" in source]
    if "identity" in data:
        for name in keyed:
            message = f"`{name}` is a customers table, and `identity:` makes the customers"
            yield Mistake(
                ("sources", name, "key"), message, "write `record:` in place of `key:`", at_key=True
            )
        return
    shaky = any(path[0] == "sources" and len(path) <= 3 for path in wrong if path)
    if not keyed and not shaky:
        hint = "in the table with one row for each customer add `key:` with the column that tells them apart"
        yield Mistake(("sources",), "there is no customers table: no source has `key`", hint, at_key=True)
    for name in keyed[1:]:
        message = f"`{name}` is a second customers table, after `{keyed[0]}`: one source has `key`"
        hint = "leave `key` out; write `customer: COLUMN` for the column that holds the customer"
        yield Mistake(("sources", name, "key"), message, hint, at_key=True)


def _known_time_zone(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    zone = as_texts(data.get("timezone"))
    if not isinstance(zone, str) or _is_zone(zone):
        return
    close = nearest_key(zone, sorted(available_timezones()))
    hint = "write a name like Europe/Berlin or UTC" if close is None else f"did you mean `{close}`?"
    yield Mistake(("timezone",), f"there is no time zone `{zone}`", hint)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _readable_as_of(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    hint = "write a date like 2026-11-01, a date with a time, or `{latest: SOURCE}`"
    yield from _unreadable_as_of(data, (), hint)


def _readable_as_of_tests(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    hint = "write a date like 2026-11-01, or a date with a time"
    yield from _unreadable_as_of(data, (), hint)
    tests = data.get("tests")
    for n, test in enumerate(tests if is_list(tests) else ()):
        yield from _unreadable_as_of(test, ("tests", n), hint)
        cases: Any = test.get("cases") if is_mapping(test) else None
        for m, case in enumerate(cases if is_list(cases) else ()):
            yield from _unreadable_as_of(case, ("tests", n, "cases", m), hint)


def _unreadable_as_of(data: Any, path: Path, hint: str) -> Iterator[Mistake]:
    as_of: Any = data.get("as_of") if is_mapping(data) else None
    if isinstance(as_of, str) and parse_as_of(as_of, ZoneInfo("UTC")) is None:
        message = f"expected a date, found the text `{as_of}`"
        yield Mistake((*path, "as_of"), message, hint, "value-type")


_WITH_EDGES: Final = tuple(
    kind.name for kind in TRAIT_KINDS.values() if isinstance(kind, CustomerKind) and "edges" in kind.keys
)


def _ascending_edges(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    traits = data.get("traits")
    for n, trait in enumerate(traits if is_list(traits) else ()):
        kind = next((name for name in _WITH_EDGES if is_mapping(trait) and name in trait), "")
        band: Any = trait.get(kind) if is_mapping(trait) else None
        edges: Any = band.get("edges") if is_mapping(band) else None
        if not is_mapping(edges):
            continue
        for (label, value), (later, next_value) in pairwise(edges.items()):
            low, high = exact_number(value), exact_number(next_value)
            if low is not None and high is not None and low >= high:
                message = f"the bands begin at ascending values, and `{later}` does not begin above `{label}`"
                yield Mistake(
                    ("traits", n, kind, "edges", later), message, "order the bands from the smallest on"
                )


_LINES: Final = frozenset(("id", "name", "owner", "unit"))
_WORDS: Final = _LINES | {
    "adjectives", "barriers", "code", "description", "discount", "do", "dont", "needs", "never_say",
    "promise", "proof", "purpose", "tags", "text", "tone",
}  # fmt: skip
"""The keys of words that people read, and those of them that are one line."""


def _plain_words(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    """No key and no words for people hold what would steer a terminal, a page or a log."""
    pending: list[tuple[Path, str, Any]] = [((), "", data)]
    while pending:
        path, under, value = pending.pop()
        if is_mapping(value):
            for key, part in value.items():
                yield from _steered(str(key), (*path, key), line=True, at_key=True)
                pending.append(((*path, key), str(key), part))
        elif is_list(value):
            pending += [((*path, n), under, part) for n, part in enumerate(value)]
        elif isinstance(value, str) and under in _WORDS:
            yield from _steered(value, path, line=under in _LINES)


def _plain_test_names(data: Mapping[str, Any], wrong: frozenset[Path]) -> Iterator[Mistake]:
    """The same of the names in a test file, whose other texts are data."""
    for mistake in _plain_words(data, wrong):
        if mistake.at_key or (mistake.path[-1] == "name" and mistake.path[-3] in ("tests", "cases")):
            yield mistake


def _steered(text: str, path: Path, *, line: bool, at_key: bool = False) -> Iterator[Mistake]:
    mark = steering_in(text)
    if mark is not None:
        message = f"the character {mark} in the text steers a terminal or a page instead of being read"
        yield Mistake(path, message, "take it out", at_key=at_key)
    elif line and "\n" in text:
        yield Mistake(path, "the text has a line break", "write it as one line", at_key=at_key)


_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "workspace": (_one_customers_table, known_people, _known_time_zone, _readable_as_of, _plain_words),
    "rules": (_ascending_edges, _plain_words),
    "brand": (_plain_words,),
    "tests": (_readable_as_of_tests, _plain_test_names),
}
