"""Portable regular expressions, said in Python's."""

from __future__ import annotations

import re

WORD = "0-9A-Za-z_"
# Inside brackets these are lists of characters; outside they stand in brackets of their own, where Python's
# ignoring of case would take in letters beyond ASCII.
CLASSES = {"d": "0-9", "w": WORD, "s": r"\t\n\x0b\f\r "}
BOUNDARY = f"(?-i:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))"


def search(pattern: str, text: str, ignore_case: bool) -> bool:
    """Whether the pattern is found anywhere; classes are ASCII, `$` is the very end, `.` is no newline."""
    return re.search(translate(pattern), text, re.IGNORECASE if ignore_case else re.NOFLAG) is not None


def translate(pattern: str) -> str:
    """The pattern in Python's syntax."""
    result, inside = "", False
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token[0] == "\\":
            result += _escape(token[1], inside)
        elif token == "$" and not inside:
            result += r"\Z"
        else:
            result += token
            inside = token == "[" or (inside and token != "]")
    return result


def _escape(letter: str, inside: bool) -> str:
    if letter in CLASSES:
        return CLASSES[letter] if inside else f"(?-i:[{CLASSES[letter]}])"
    if letter.lower() in CLASSES:
        return f"(?-i:[^{CLASSES[letter.lower()]}])"
    if letter in "bB":
        return BOUNDARY if letter == "b" else f"(?!{BOUNDARY})"
    return "\\" + letter
