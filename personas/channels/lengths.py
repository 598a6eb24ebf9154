"""How long a text is where it will be read: septets of an SMS, columns of an ad."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from segmentry.personas.channels.entry import Limit

SMS_LIMITS: Mapping[str, Limit] = {
    "sms_gsm7_single": Limit(
        160, "septets", "one SMS in the GSM alphabet", "3GPP TS 23.038 and TS 23.040, 9.2.3.24.1"
    ),
    "sms_gsm7_part": Limit(
        153,
        "septets",
        "each part of a longer SMS in the GSM alphabet",
        "3GPP TS 23.040, 9.2.3.24.1 (six octets of header)",
    ),
    "sms_ucs2_single": Limit(
        70, "UTF-16 units", "one SMS with a character outside the GSM alphabet", "3GPP TS 23.038, 6.2.3"
    ),
    "sms_ucs2_part": Limit(
        67, "UTF-16 units", "each part of a longer SMS with such a character", "3GPP TS 23.040, 9.2.3.24.1"
    ),
    "sms_parts": Limit(
        1, "messages", "messages that an SMS should take", "our own: each part is billed as a message"
    ),
}


def limit(name: str) -> int:
    """A limit of an SMS. Raises KeyError for an unknown name."""
    return int(SMS_LIMITS[name].value)


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}[]~\\|€\f")
"""3GPP TS 23.038, 6.2.1: the default alphabet, and its extension, which costs an escape each."""


_PLAIN_MARKS = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u00ab": '"', "\u00bb": '"', "\u00a0": " ", "\u202f": " ", "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u0153": "oe", "\u0152": "OE",
    }
)  # fmt: skip
"""Typographic marks, each with what says the same in the default alphabet; the letters of languages stay."""


def plain_marks(text: str) -> str:
    """The text with plain apostrophes, quotes, dashes and spaces, so that an SMS keeps its full length."""
    return text.translate(_PLAIN_MARKS)


@dataclass(frozen=True, slots=True)
class SmsLength:
    """How long an SMS is: units of its coding, and the messages it is sent as."""

    coding: str
    units: int
    parts: int
    outside: tuple[str, ...] = ()


def sms_length(text: str) -> SmsLength:
    """The length of an SMS. ``outside`` are the characters that force the short UCS-2 messages."""
    outside = tuple(dict.fromkeys(mark for mark in text if mark not in _GSM and mark not in _GSM_TWO))
    if outside:
        marks = [2 if ord(mark) > 0xFFFF else 1 for mark in text]
        return SmsLength("UCS-2", sum(marks), _parts(marks, "sms_ucs2"), outside)
    marks = [2 if mark in _GSM_TWO else 1 for mark in text]
    return SmsLength("GSM-7", sum(marks), _parts(marks, "sms_gsm7"))


def _parts(marks: list[int], coding: str) -> int:
    """Messages for characters of so many units each; one of two units is never torn apart."""
    if sum(marks) <= limit(f"{coding}_single"):
        return 1
    parts, used, room = 1, 0, limit(f"{coding}_part")
    for units in marks:
        if used + units > room:
            parts, used = parts + 1, 0
        used += units
    return parts


def fits_one_sms(text: str) -> bool:
    """Whether a text goes out as one message."""
    return sms_length(text).parts <= limit("sms_parts")


_FIRST_SENTENCE = re.compile(r".*?[.!?](?=\s|$)")


def reads_early(text: str, characters: int) -> bool:
    """Whether the text, or a first sentence of it, stands whole within so many characters."""
    first = _FIRST_SENTENCE.match(text)
    return len(text) <= characters or (first is not None and len(first[0]) <= characters)


def columns(text: str) -> int:
    """Characters as ads count them: wide and full-width ones (UAX #11) are two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)
