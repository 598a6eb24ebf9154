"""Looking for words in prose: of the rules' `positioning`, of brand.yaml, of briefs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def word_lists() -> Mapping[str, Any]:
    """The word lists of wording.json: claims, urgency, numbers, protected attributes; by language."""
    text = files("segmentry.engine").joinpath("language/wording.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = json.loads(text)
    return loaded


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
    choices = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\w-])(?:{choices})(?!\w)", re.IGNORECASE)
