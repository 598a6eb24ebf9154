"""The nearest known name, for messages about unknown ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


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
