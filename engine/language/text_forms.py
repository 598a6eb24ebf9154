"""What is done to texts, for one text at a time: what literals become before anything runs.

An engine does the same to columns. `folded` is NFKC case folding (Unicode Standard Annex 15, and section 3.13
of the Unicode Standard) of a text without zero-width characters.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Context, Decimal
from functools import cache
from typing import Any, Final

from segmentry.engine.language.types import Type

ZERO_WIDTH: Final = "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
"""Characters that nobody sees, as the inside of a class of a regular expression."""

HASHES: Final = 16**15
"""How many hashes there are: fifteen hexadecimal digits of SHA-256."""

_UNSEEN = re.compile(f"[{ZERO_WIDTH}]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LAST_CASED: Final = 0x1EA00
"""Beyond it no character has a case."""


def folded(text: str) -> str:
    """A text as `fold` compares it; folding it again changes nothing."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFKC", seen.casefold())


@cache
def folds_of_lowercase() -> dict[str, str]:
    """What case folding makes of letters that lowercase leaves alone, such as ß, ς and ſ."""
    letters = (chr(code) for code in range(_LAST_CASED) if not 0xD800 <= code < 0xE000)
    return {c: c.casefold() for c in letters if c.lower() == c != c.casefold()}


def text_of(value: Any, kind: Type) -> str:
    """A whole number, decimal (in minor units), truth or date as a text."""
    match kind.kind:
        case "boolean":
            return "true" if value else "false"
        case "date":
            return str(value.isoformat())
        case "decimal":
            return f"{Decimal(value).scaleb(-kind.scale, Context(prec=1000)):f}"
        case _:
            return str(value)


def replaced(text: str, old: str, new: str) -> str:
    """Every ``old`` in a text is ``new``, from the left; an empty one stands nowhere."""
    return text.replace(old, new) if old else text


def sliced(text: str, start: int, end: int | None = None) -> str:
    """The characters from one place to before another; negative places are counted from the end."""
    return text[start:end]


def part_of(text: str, separator: str, number: int) -> str | None:
    """A part of a text between separators, counted from 1, or from the end by -1; None where it has none."""
    if not separator or not number:
        return None
    parts = text.split(separator)
    place = number - 1 if number > 0 else len(parts) + number
    return parts[place] if 0 <= place < len(parts) else None


def number_of(text: str) -> float | None:
    """The double nearest to a number with a point; None of any other text, and beyond the doubles."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def hash_of(text: str, count: int) -> int:
    """The first fifteen hexadecimal digits of a text's SHA-256, modulo ``count``."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16) % count


def hashes_of(texts: Iterable[str | None], count: int) -> list[int | None]:
    """`hash_of` each text, None of None; as fast as it goes one by one."""
    # Eight bytes are sixteen of these digits; the last one is shifted out.
    sha, number = hashlib.sha256, int.from_bytes
    return [None if t is None else (number(sha(t.encode()).digest()[:8]) >> 4) % count for t in texts]
