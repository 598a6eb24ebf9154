"""What an author may have meant: the name most like an unknown one, or the key that another word is for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Final


def nearest(name: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known name most like the given one, None where none is near (1 is the same, 0 unlike)."""
    candidates = sorted(set(known))
    folded = {candidate.lower(): candidate for candidate in reversed(candidates)}
    if name.lower() in folded:
        return folded[name.lower()]
    close = get_close_matches(name, candidates, n=1, cutoff=cutoff)
    return close[0] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The hint for an unknown name."""
    close = nearest(name, known)
    return None if close is None else f"did you mean `{close}`?"


_AHEAD: Final = 0.06
"""How much more alike the nearest name has to be than the next, so that it is sure which was meant."""


def sure(name: str, known: Iterable[str]) -> str | None:
    """The nearest name where no other is about as near, so that it can be written without asking.

    Names with other figures in them are never sure: `orders_6m` is no slip of the pen for `orders_12m`.
    """
    candidates = set(known)
    close = nearest(name, candidates)
    if close is None or re.findall(r"\d", close) != re.findall(r"\d", name):
        return None
    return close if _is_ahead(name, close, candidates) else None


def _is_ahead(name: str, close: str, known: Collection[str]) -> bool:
    if name.lower() == close.lower():
        return sum(other.lower() == name.lower() for other in known) == 1
    best = SequenceMatcher(None, close, name).ratio()
    return get_close_matches(name, known, n=2, cutoff=best - _AHEAD) == [close]


# --- keys -----------------------------------------------------------------------------------------

_OTHER_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "is": ("equals", "equal", "eq", "=", "=="),
    "is_not": ("not_equals", "not_equal", "ne", "neq", "!=", "<>", "isnt"),
    "in": ("one_of", "is_in", "any_of", "is_one_of", "is_any_of"),
    "not_in": ("none_of", "is_not_in"),
    "more_than": ("greater_than", "greater", "gt", ">", "over", "above", "min_exclusive"),
    "at_least": ("greater_or_equal", "gte", ">=", "min", "minimum"),
    "less_than": ("lower_than", "smaller_than", "lt", "<", "under", "below"),
    "at_most": ("less_or_equal", "lte", "<=", "max", "maximum"),
    "matches": ("regex", "regexp", "pattern"),
    "contains": ("like", "has"),
    "known": ("exists", "is_known", "present"),
    "blank": ("empty", "is_empty"),
    "includes_any": ("contains_any",),
    "includes_all": ("contains_all",),
    "all": ("and", "all_of"),
    "any": ("or",),
    "none": ("nor",),
    "within_last": ("last", "in_last", "in_the_last", "window", "period"),
    "trait": ("attribute", "property", "feature"),
    "column": ("field", "col"),
    "when": ("if", "condition", "conditions", "rule", "rules"),
    "where": ("filter", "filters"),
    "path": ("file", "files", "paths", "location"),
    "from": ("source", "of", "table"),
    "mean": ("avg", "average"),
    "formula": ("expression", "calc", "compute"),
    "otherwise": ("else", "default"),
    "positioning": ("messaging", "persona"),
    "never_say": ("banned", "forbidden", "banned_words", "words_never_used"),
    "required_lines": ("required", "mandatory"),
    "api_key_env": ("api_key", "key", "token"),
    "timezone": ("tz", "time_zone", "zone"),
}
_MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    word: tuple(key for key, words in _OTHER_WORDS.items() if word in words)
    for words in _OTHER_WORDS.values()
    for word in words
}
"""Words of other languages and tools, and the keys that say the same here."""


def nearest_key(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, None where none is near."""
    candidates = list(dict.fromkeys(known))
    folded = word.strip().lower().replace("-", "_").replace(" ", "_")
    for candidate in candidates:
        if candidate.lower().replace("-", "_") == folded:
            return candidate
    for meant in _MEANT.get(folded, ()):
        if meant in candidates:
            return meant
    close = get_close_matches(folded, candidates, n=1, cutoff=0.6)
    return close[0] if close else None


def sure_key(word: str, known: Iterable[str]) -> str | None:
    """The known word where `nearest_key` finds a slip of the pen, and no other word is about as near.

    A word of another language or tool is none: what stands behind it may have another form there.
    """
    candidates = list(dict.fromkeys(known))
    close = nearest_key(word, candidates)
    folded = word.strip().lower().replace("-", "_").replace(" ", "_")
    if close is None or close in _MEANT.get(folded, ()):
        return None
    if close.lower().replace("-", "_") == folded:
        return close
    return close if _is_ahead(folded, close, candidates) else None
