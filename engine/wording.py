"""Looking for words in prose: of the rules' `positioning`, of brand.yaml, of briefs."""

from __future__ import annotations

import re
from collections.abc import Iterable


def word_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of the words whole, in any case; None for no words."""
    longest_first = sorted({word.lower() for word in words}, key=lambda word: (-len(word), word))
    if not longest_first:
        return None
    choices = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\w-])(?:{choices})(?!\w)", re.IGNORECASE)
