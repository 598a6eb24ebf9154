"""What `clean` does to a text: the words, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CLEANING: Final[Mapping[str, str]] = {
    "strip": "no white space around it",
    "lower": "small letters",
    "nfc": "letters with accents as one character each (Unicode's form NFC)",
    "collapse_spaces": "one space where there are several, or other white space",
    "digits": "its digits 0 to 9 alone",
    "no_zero_width": "none of the characters that nobody sees, such as a zero-width space",
    "phone": "the digits of a telephone number, with one `+` before them for `+` or `00`, without the `(0)` "
    "behind the number of a country; no country is guessed",
}
"""The words that `clean` takes, and what each leaves of a text."""
