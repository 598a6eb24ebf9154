"""The signs that people write money with, by the code of its currency (ISO 4217).

A sign of several currencies stands with each of them: which one is meant is what a column's `unit` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_CODE = re.compile(r"[A-Z]{3}")

SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "ARS": ("$", "AR$"),
    "AUD": ("$", "A$", "AU$"),
    "BRL": ("R$",),
    "CAD": ("$", "C$", "CA$"),
    "CHF": ("Fr.", "SFr."),
    "CLP": ("$", "CLP$"),
    "CNY": ("¥", "CN¥", "元"),
    "COP": ("$", "COL$"),
    "CZK": ("Kč",),
    "DKK": ("kr.", "kr"),
    "EUR": ("€",),
    "GBP": ("£",),
    "HKD": ("$", "HK$"),
    "HUF": ("Ft",),
    "ILS": ("₪",),
    "INR": ("₹", "Rs.", "Rs"),
    "ISK": ("kr.", "kr"),
    "JPY": ("¥", "JP¥", "円", "￥"),
    "KRW": ("₩",),
    "MXN": ("$", "MX$"),
    "NGN": ("₦",),
    "NOK": ("kr.", "kr"),
    "NZD": ("$", "NZ$"),
    "PHP": ("₱",),
    "PLN": ("zł",),
    "RON": ("lei",),
    "RUB": ("₽", "руб."),
    "SEK": ("kr.", "kr"),
    "SGD": ("$", "S$"),
    "THB": ("฿",),
    "TRY": ("₺", "TL"),
    "UAH": ("₴",),
    "USD": ("$", "US$"),
    "VND": ("₫",),
    "ZAR": ("R",),
}
"""The signs of each currency."""


def is_currency_code(unit: str) -> bool:
    """Whether a unit has the form of an ISO 4217 code."""
    return _CODE.fullmatch(unit) is not None


def written_with(code: str) -> tuple[str, ...]:
    """All that stands beside an amount of a currency, the longest first: its code and its signs."""
    return tuple(sorted((code, *SIGNS.get(code, ())), key=len, reverse=True))


def currencies_of(mark: str) -> tuple[str, ...]:
    """The currencies that a sign or a code may mean, by their codes; none for any other text."""
    if mark.upper() in SIGNS:
        return (mark.upper(),)
    return tuple(code for code, signs in SIGNS.items() if mark in signs)
