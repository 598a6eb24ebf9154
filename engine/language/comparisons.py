"""Comparisons as other languages write them, `orders >= 5`, and the operators that say the same here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from segmentry.engine.document.edits import as_scalar
from segmentry.engine.language.time_words import parse_moment

_COMPARISON: Final = re.compile(
    r"(?P<name>\w[\w.-]*)\s*(?P<sign>>=|=>|<=|=<|==|!=|<>|[<>=≥≤≠])\s*(?P<value>[^<>=!≥≤≠\s].*)"
)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED: Final = re.compile(r"'([^'\"]*)'|\"([^'\"]*)\"")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_WORDS: Final = re.compile(r"(?!.*\b(?:and|or)\b)\w[\w -]*", re.IGNORECASE)
_SPELLINGS: Final[Mapping[str, str]] = {
    "=>": ">=", "≥": ">=", "=<": "<=", "≤": "<=", "==": "=", "<>": "!=", "≠": "!=",
}  # fmt: skip
_EQUAL: Final[Mapping[str, str]] = {"=": "is", "!=": "is_not"}
_NUMBERS: Final[Mapping[str, str]] = {">=": "at_least", ">": "more_than", "<=": "at_most", "<": "less_than"}
_DATES: Final[Mapping[str, str]] = {
    ">=": "on_or_after", ">": "after", "<=": "on_or_before", "<": "before",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: the name, the operator and its operand as they are written in a rule.

    ``sure`` says that it can be written without asking: a bare word may be a text or a name.
    """

    name: str
    test: str
    sure: bool

    def written(self, subject: str) -> str:
        """The condition; ``subject`` is `trait` or `column`."""
        return f"{{{subject}: {as_scalar(self.name)}, {self.test.replace('{subject}', subject)}}}"


def parse_comparison(text: str) -> Comparison | None:
    """The comparison of a name with a number, a text, a date or another name; None of any other text."""
    found = _COMPARISON.fullmatch(text.strip())
    if found is None or _NUMBER.fullmatch(found["name"]):
        return None
    sign = _SPELLINGS.get(found["sign"], found["sign"])
    value = found["value"]
    tested = _equality(sign, value) if sign in _EQUAL else _order(sign, value)
    return None if tested is None else Comparison(found["name"], *tested)


def _equality(sign: str, value: str) -> tuple[str, bool] | None:
    if value.lower() == "null":
        return f"known: {str(sign != '=').lower()}", True
    operator = _EQUAL[sign]
    if _NUMBER.fullmatch(value) or value in ("true", "false"):
        return f"{operator}: {value}", True
    if quoted := _QUOTED.fullmatch(value):
        return f"{operator}: {as_scalar(quoted[1] or quoted[2] or '')}", True
    if parse_moment(value) is not None:
        return f"{operator}: {as_scalar(value)}", True
    return (f"{operator}: {as_scalar(value)}", False) if _WORDS.fullmatch(value) else None


def _order(sign: str, value: str) -> tuple[str, bool] | None:
    if _NUMBER.fullmatch(value):
        return f"{_NUMBERS[sign]}: {value}", True
    quoted = _QUOTED.fullmatch(value)
    moment = (quoted[1] or quoted[2] or "") if quoted else value
    if parse_moment(moment) is not None:
        return f"{_DATES[sign]}: {as_scalar(moment)}", True
    if quoted is None and _NAME.fullmatch(value):
        return f"{_NUMBERS[sign]}: {{{{subject}}: {value}}}", False
    return None
