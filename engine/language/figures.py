"""How to write a number that was written as people write it elsewhere: with commas, currencies or percent."""

from __future__ import annotations

import re
from typing import Final

_AROUND: Final = re.compile(r"(?:[€$£]|EUR|USD|GBP|CHF)", re.IGNORECASE)
_GROUPS: Final = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:(?P<mark>[.,'’ \u00a0\u202f])\d{3})+)(?P<rest>[.,]\d+)?"
)


def number_hint(text: str) -> str | None:
    """What to write instead of a text that was meant as a number; None where no number can be seen in it.

    `1,000` may be a thousand or one, so both are named.
    """
    word = text.strip()
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", word):
        return "write it without quotes"
    if share := re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*%", word):
        return f"write the share as a number: {_plain(float(share[1].replace(',', '.')) / 100)}"
    if re.fullmatch(r"[-+]?\d{1,3},\d{3}", word):
        thousand, decimal = word.replace(",", ""), word.replace(",", ".")
        either = f"write {thousand}, with nothing between the thousands; or {decimal}"
        return f"{either}, if the comma is a decimal one"
    if re.fullmatch(r"[-+]?\d+,\d+", word):
        return f"decimals have a point: {word.replace(',', '.')}"
    if groups := _GROUPS.fullmatch(word):
        if (groups["rest"] or "")[:1] == groups["mark"]:
            return None
        number = (
            groups["sign"] + re.sub(r"\D", "", groups["whole"]) + (groups["rest"] or "").replace(",", ".")
        )
        return f"write {number}: nothing between the thousands, and a point before decimals"
    bare = _AROUND.sub("", word).strip()
    if bare != word and re.fullmatch(r"[-+]?[\d.,'’ \u00a0\u202f]*\d", bare):
        return "write the number alone, without the currency"
    return None


def _plain(value: float) -> str:
    return f"{round(value, 12):g}"
