"""Text from data: cleaned before anybody reads it, and searched for what names a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from segmentry.engine.diagnostics.errors import DataError

MAX_LENGTH = 48
"""Characters that are kept of a text from data."""

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Unicode categories that don't show: control, format (bidi marks too), unassigned, private, surrogate."""

_BLANKS = re.compile(r"\s+")


@lru_cache(1 << 14)
def clean_text(text: str) -> str:
    """The text in NFKC, without control, format and bidi characters, white space collapsed, 48 characters.

    Line breaks and tabs are white space and become one space.
    """
    return _whole(text)[:MAX_LENGTH].rstrip()


def _whole(text: str) -> str:
    spaced = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text))
    seen = "".join(mark for mark in spaced if unicodedata.category(mark) not in _HIDDEN)
    # Removing a mark can bring two blanks together, or letters that compose.
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", seen)).strip()


def personal_data_in(text: str) -> str | None:
    """What kind of personal data the text holds ("an e-mail address", …), or None.

    Looks at the whole text, not only at the 48 characters that ``clean_text`` keeps.
    """
    plain = _ascii_digits(_whole(text))
    return next((kind for kind, found in SCANNERS.items() if found(plain)), None)


def safe_text(text: str, trait: str) -> str:
    """The cleaned text.

    Raises DataError, naming the trait and not the value, where the text holds personal data.
    """
    kind = personal_data_in(text)
    if kind is not None:
        raise DataError(
            f"the trait `{trait}` holds {kind}: nothing was written. Mark its column with `pii: direct` in "
            "segmentry.yaml, so that it never becomes a fact, or take the value out of the data",
            column=trait,
        )
    return clean_text(text)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(mark)) if mark.isdigit() else mark for mark in text)


_EMAIL = re.compile(r"[^\s@<>\"',;:()]+\s?@\s?[^\s@<>\"',;:()]+\.[^\W\d_]{2,}")


def _has_email(text: str) -> bool:
    return _EMAIL.search(text) is not None


_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}")


def _has_iban(text: str) -> bool:
    """ISO 13616: country, check digits and account; the remainder by 97 is 1 (ISO 7064)."""
    return any(
        _remainder_97(compact[:end]) == 1
        for found in _IBAN.finditer(text.upper())
        for compact in [re.sub(r"[ -]", "", found.group())]
        for end in range(15, len(compact) + 1)
    )


def _remainder_97(iban: str) -> int:
    return int("".join(str(int(mark, 36)) for mark in iban[4:] + iban[:4])) % 97


_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_ISSUERS = re.compile(r"[3-6]|2[2-7]")
"""First digits of payment cards (ISO/IEC 7812): 3 to 6, and Mastercard's series 2221 to 2720."""


def _has_card(text: str) -> bool:
    """13 to 19 digits of a card's series with Luhn's check digit; a valid article number (EAN) is none."""
    return any(
        _ISSUERS.match(digits) is not None and _luhn(digits) and not _is_gtin(digits)
        for found in _DIGITS.finditer(text)
        for digits in [re.sub(r"[ -]", "", found.group())]
    )


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_gtin(digits: str) -> bool:
    """An article number of 12 to 14 digits with a right check digit (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (1 if at % 2 == 0 else 3) for at, digit in enumerate(reversed(digits)))
    return 12 <= len(digits) <= 14 and weighted % 10 == 0


_DATE = re.compile(
    r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r"(?:[ T]\d{1,2}(?::\d{2})+)?(?!\d)"
)
_GAP = r"[ ()./-]{0,2}"
_INTERNATIONAL = re.compile(rf"(?:\+|(?<![\w])(?<![0-9] )00){_GAP}[1-9](?:{_GAP}[0-9]){{6,14}}(?![0-9])")
_NATIONAL = re.compile(rf"(?<![\w.,+-])(?<![0-9] )\(?0[1-9](?:{_GAP}[0-9]){{7,10}}(?![0-9])")
_AMERICAN = re.compile(r"(?<![\w-])(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?![\w-])")


def _has_phone(text: str) -> bool:
    """International (+49 …, 0049 …), national with a leading 0, or North American with separators."""
    rest = _DATE.sub(" | ", text)
    national = (re.sub(r"[^0-9]", "", found.group()) for found in _NATIONAL.finditer(rest))
    return (
        _INTERNATIONAL.search(rest) is not None
        or _AMERICAN.search(rest) is not None
        or any(not _is_gtin(digits) for digits in national)
    )


SCANNERS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "an e-mail address": _has_email,
        "an IBAN": _has_iban,
        "a card number": _has_card,
        "a phone number": _has_phone,
    }
)
"""What is looked for, by the words that name it in a message."""
