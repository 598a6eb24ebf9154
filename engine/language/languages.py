"""The languages of briefs: a folder each, with its phrases and its word lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from segmentry.engine.diagnostics.errors import UsageError
from segmentry.engine.language.suggest import did_you_mean

REFERENCE = "en"
"""The language whose files say which keys every language has."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What authors call their traits: words of days, averages, common nouns and sums; see words.yaml."""

    days: tuple[str, ...]
    days_since: tuple[str, ...]
    time_since: str
    average: tuple[str, ...]
    common: tuple[str, ...]
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clauses:
    """How clauses begin that are not left out when a text is shortened."""

    condition: tuple[str, ...]
    condition_before_figure: tuple[str, ...]
    relative: tuple[str, ...]
    relative_prepositions: tuple[str, ...]
    relative_pronouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Words that claim a figure beside one another: each part, each between, each whole."""

    parts: tuple[str, ...]
    between: tuple[str, ...]
    wholes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of a language, as words.yaml holds them.

    ``units`` are the words of days and months by CLDR's plural forms; ``protected`` the words for who people
    are, by attribute; ``tones`` the names of tones by style; ``traits`` patterns of trait ids by theme.
    """

    english: str
    units: Mapping[str, Mapping[str, str]]
    first_of_month: str
    labels: Labels
    clauses: Clauses
    offer: tuple[str, ...]
    tones: Mapping[str, tuple[str, ...]]
    claims: tuple[str, ...]
    urgency: tuple[str, ...]
    numbers: tuple[str, ...]
    ratios: Ratios
    number_words: tuple[str, ...]
    protected: Mapping[str, tuple[str, ...]]
    traits: Mapping[str, tuple[str, ...]]

    @property
    def claimed_numbers(self) -> list[str]:
        """Words that claim a figure, "nine in ten" among them."""
        made = [
            f"{part} {between} {whole}"
            for part in self.ratios.parts
            for between in self.ratios.between
            for whole in self.ratios.wholes
        ]
        return [*self.numbers, *made]


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages (the names of their folders), the reference first, then by name."""
    folders = (folder.name for folder in files("segmentry.templates").joinpath("languages").iterdir())
    others = sorted(name for name in folders if re.fullmatch("[a-z]{2,3}", name) and name != REFERENCE)
    return (REFERENCE, *others)


def language_or_none(locale: str) -> str | None:
    """The language of a locale (`de` of de_CH, de-AT and de), None where it has no folder."""
    code = re.split("[-_]", locale)[0].lower()
    return code if code in languages() else None


def language_of(locale: str) -> str:
    """The language of a locale. Raises UsageError where it has no folder."""
    code = language_or_none(locale)
    if code is None:
        raise UsageError(f"{missing_language(locale)}: {missing_language_hint(locale)}")
    return code


def is_locale(locale: str) -> bool:
    """Whether the Unicode CLDR knows the locale; a language alone is one."""
    parts = re.split("[-_]", locale)
    if len(parts) == 1:
        return True
    from babel.core import Locale, UnknownLocaleError

    try:
        Locale.parse("_".join(parts))
    except (UnknownLocaleError, ValueError):
        return False
    return True


def missing_language(locale: str) -> str:
    """What is wrong with a locale whose language has no folder."""
    return f"there are no words for the locale `{locale}`"


def missing_language_hint(locale: str) -> str:
    """The language that may have been meant, and those that there are."""
    there = f"write one of {', '.join(languages())}"
    near = did_you_mean(re.split("[-_]", locale)[0].lower(), languages())
    return there if near is None else f"{near} Else {there}"


@cache
def read_file(language: str, name: str) -> Any:
    """A file of a language's folder as its YAML gives it. Raises FileNotFoundError for one that lacks."""
    import yaml

    text = files("segmentry.templates").joinpath(f"languages/{language}/{name}").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def phrases(language: str) -> Mapping[str, Any]:
    """The phrases of a language by their keys, no-break spaces set. Raises KeyError for no such language."""
    if language not in languages():
        raise KeyError(language)
    marks = read_file(language, "words.yaml")["typography"]
    before, after = (re.escape(marks[key]) for key in ("no_break_before", "no_break_after"))
    patterns = [*([f" (?=[{before}])"] if before else []), *([f"(?<=[{after}]) "] if after else [])]
    read: Mapping[str, Any] = read_file(language, "phrases.yaml")
    return _no_breaks(read, re.compile("|".join(patterns))) if patterns else read


def _no_breaks(part: Any, spaces: re.Pattern[str]) -> Any:
    """The part of a phrase file with no-break spaces where the language sets them."""
    if isinstance(part, str):
        return spaces.sub("\u00a0", part)
    if isinstance(part, Mapping):
        pairs = cast("Mapping[str, Any]", part).items()
        return {key: _no_breaks(below, spaces) for key, below in pairs}
    return [_no_breaks(item, spaces) for item in part]


@cache
def words(language: str) -> Words:
    """The word lists of a language. Raises KeyError for no such language."""
    if language not in languages():
        raise KeyError(language)
    read: Mapping[str, Any] = read_file(language, "words.yaml")
    return Words(
        english=read["english"],
        units=read["units"],
        first_of_month=read["dates"]["first_of_month"],
        labels=Labels(**_lists(read["labels"])),
        clauses=Clauses(**_lists(read["clauses"])),
        offer=tuple(read["offer"]),
        tones=_lists(read["tones"]),
        claims=tuple(read["claims"]),
        urgency=tuple(read["urgency"]),
        numbers=tuple(read["numbers"]),
        ratios=Ratios(**_lists(read["ratios"])),
        number_words=tuple(read["number_words"]),
        protected=_lists(read["protected"]),
        traits=_lists(read["traits"]),
    )


def all_words() -> Iterator[Words]:
    """The word lists of every language, for texts in whichever language: authors' labels, ids of traits."""
    return map(words, languages())


def _lists(part: Mapping[str, Any]) -> dict[str, Any]:
    """The part with its lists as tuples."""
    return {key: value if isinstance(value, str) else tuple(value) for key, value in part.items()}
