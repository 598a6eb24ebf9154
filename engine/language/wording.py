"""Looking for words in prose: of the rules' `positioning`, of brand.yaml, of briefs."""

from __future__ import annotations

import re
from collections.abc import Iterable


def first_bare(claims: re.Pattern[str], proved: re.Pattern[str] | None, text: str) -> re.Match[str] | None:
    """The first claim that no proved one covers: "the best service" is proved where "best service" is."""
    spans = [] if proved is None else [match.span() for match in proved.finditer(text)]
    for claim in claims.finditer(text):
        if not any(claim.start() < end and start < claim.end() for start, end in spans):
            return claim
    return None


def word_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of the words whole, in any case; None for no words."""
    longest_first = sorted({word.lower() for word in words}, key=lambda word: (-len(word), word))
    if not longest_first:
        return None
    return re.compile(rf"(?<![\w-])(?:{choices(longest_first)})(?!\w)", re.IGNORECASE)


def choices(words: Iterable[str]) -> str:
    """The words as alternatives of a pattern, in their order; apostrophes and kinds of space are as one."""
    escaped = (re.escape(word).replace(r"\ ", r"\s") for word in words)
    return "|".join(re.sub("['\u2019]", "['\u2019]", word) for word in escaped)
