"""Plain scalars to values, by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema)."""

from __future__ import annotations

import re
from typing import Final

from segmentry.engine.document.nodes import YamlFloat, YamlInt

Scalar = str | bool | YamlInt | YamlFloat | None

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC_START: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NOT_A_NUMBER: Final = frozenset((".nan", ".NaN", ".NAN"))

MAX_DIGITS: Final = 400
"""A longer number stays text: nothing in a rule needs it, and converting it takes quadratic time."""


def resolve_plain(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar: null, a boolean, a number, or else the text itself.

    Only the spellings of the core schema count: ``NO``, ``yes``, ``12:30`` and ``2026-01-01`` are texts, and
    ``010`` is ten.
    """
    if text[:1] in _NUMERIC_START:
        return _number(text)
    return _WORDS.get(text, text) if len(text) < 6 else text


def _number(text: str) -> Scalar:
    if len(text) > MAX_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return YamlInt(int(text), text)
    if _FLOAT.fullmatch(text):
        return YamlFloat(float(text), text)
    if _OCTAL.fullmatch(text):
        return YamlInt(int(text[2:], 8), text)
    if _HEXADECIMAL.fullmatch(text):
        return YamlInt(int(text[2:], 16), text)
    if _INFINITE.fullmatch(text):
        return YamlFloat(float(text.replace(".", "")), text)
    if text in _NOT_A_NUMBER:
        return YamlFloat(float("nan"), text)
    return text
