"""The words and signs of a formula, and what is said of those that are no part of formulas."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from segmentry.engine.language.formula_tree import RESERVED


class FormulaError(Exception):
    """A formula that can't be read: what was found, from where to where in the text, and the fix."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign; the reserved words are signs.

    ``text`` is as written; of texts and backquoted names it is what is inside. ``mistake`` says why a
    token of that kind can't be read.
    """

    kind: Literal["number", "text", "name", "backquoted", "sign", "end", "mistake"]
    text: str
    start: int
    end: int
    mistake: FormulaError | None = None

    @property
    def starts_value(self) -> bool:
        """Whether a value can start here."""
        if self.kind == "sign":
            return self.text in ("(", "-", "+", "not", "today", "true", "false")
        return self.kind != "end"


_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGN = re.compile(r"\*\*|//|<=|>=|==|!=|[-+*/%<>(),]")

_STRAIGHT = "use straight quotes: 'text' or \"text\""
_CURRENCY = "leave out the currency sign; the trait's `unit` says it"
_MISTAKES: dict[str, tuple[str, str]] = {
    "===": ("`===` is no comparison", "write `==`"),
    "!==": ("`!==` is no comparison", "write `!=`"),
    "<>": ("`<>` is no comparison", "write `!=`"),
    "=<": ("`=<` is no comparison", "write `<=`"),
    "=>": ("`=>` is no comparison", "write `>=`"),
    "=": ("a single `=` is no comparison", "write `==` to compare two values"),
    "&&": ("`&&` is not part of formulas", "write `and`"),
    "||": ("`||` is not part of formulas", "write `or`"),
    "&": ("`&` is not part of formulas", "write `and`"),
    "|": ("`|` is not part of formulas", "write `or`"),
    "!": ("`!` is not part of formulas", "write `not`, or `!=` for unequal"),
    "^": ("`^` is not part of formulas", "write `**` for a power"),
    "≤": ("`≤` is not part of formulas", "write `<=`"),
    "≥": ("`≥` is not part of formulas", "write `>=`"),
    "≠": ("`≠` is not part of formulas", "write `!=`"),
    "×": ("`×` is not part of formulas", "write `*`"),
    "·": ("`·` is not part of formulas", "write `*`"),
    "÷": ("`÷` is not part of formulas", "write `/`"),
    "−": ("this is a typographic minus sign", "write the plain `-`"),
    "–": ("this is a dash, not a minus sign", "write the plain `-`"),
    "—": ("this is a dash, not a minus sign", "write the plain `-`"),
    "[": ("nothing can be picked out of a value with `[`", "use the trait or column by its name alone"),
    "]": ("`]` is not part of formulas", "use parentheses to group"),
    "{": ("`{` is not part of formulas", "use parentheses to group"),
    "}": ("`}` is not part of formulas", "use parentheses to group"),
    ";": ("a formula is one expression, without `;`", "separate the values of a function with commas"),
    ":": ("`:` is not part of formulas", "a choice is written `x if condition else y`"),
    "?": ("`?` is not part of formulas", "a choice is written `x if condition else y`"),
    "#": ("`#` is not part of formulas", "put comments outside of the formula"),
    ".": (
        "a formula can't reach into a name with `.`",
        "use a name alone; a name that has a point in it goes into backquotes: `first.last`",
    ),
    **{quote: (f"`{quote}` is a typographic quote", _STRAIGHT) for quote in "“”„‟‘’‚‛«»‹›´"},
    **{sign: (f"`{sign}` is not part of formulas", _CURRENCY) for sign in "€$£¥"},
}
_MISTAKE = re.compile("|".join(re.escape(sign) for sign in sorted(_MISTAKES, key=len, reverse=True)))


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, closed by one of kind ``end``, or ``mistake`` where one can't be read.

    A mistake is a token so that the reader meets an earlier one, in how tokens follow each other, first.
    """
    tokens: list[Token] = []
    at = 0
    length = len(text.rstrip())
    while at < length:
        if text[at].isspace():
            at += 1
            continue
        try:
            tokens.append(_token(text, at))
        except FormulaError as error:
            return [*tokens, Token("mistake", text[error.start : error.end], error.start, error.end, error)]
        at = tokens[-1].end
    return [*tokens, Token("end", "", length, length)]


def _token(text: str, at: int) -> Token:
    first = text[at]
    if first in "'\"":
        return _quoted(text, at)
    if first == "`":
        return _backquoted(text, at)
    if first.isidentifier():
        end = _word_end(text, at)
        word = text[at:end]
        return Token("sign" if word in RESERVED else "name", word, at, end)
    if found := _NUMBER.match(text, at):
        _refuse_run_on_number(text, found)
        return Token("number", found[0], at, found.end())
    sign, mistake = _SIGN.match(text, at), _MISTAKE.match(text, at)
    if mistake and (sign is None or len(mistake[0]) > len(sign[0])):
        message, hint = _MISTAKES[mistake[0]]
        raise FormulaError(message, at, mistake.end(), hint)
    if sign is None:
        raise _foreign(first, at)
    return Token("sign", sign[0], at, sign.end())


def _word_end(text: str, at: int) -> int:
    end = at + 1
    while end < len(text) and ("_" + text[end]).isidentifier():
        end += 1
    return end


def _quoted(text: str, at: int) -> Token:
    """A text: the quote inside it is doubled or has a backslash before it, as has a backslash."""
    quote = text[at]
    parts: list[str] = []
    here = at + 1
    while here < len(text):
        pair = text[here : here + 2]
        if pair in (quote * 2, "\\\\", "\\'", '\\"'):
            parts.append(pair[1])
            here += 2
        elif text[here] == quote:
            return Token("text", "".join(parts), at, here + 1)
        else:
            parts.append(text[here])
            here += 1
    hint = f"add a {quote} where the text ends; a {quote} inside the text is doubled"
    raise FormulaError(f"this {quote} is never closed", at, at + 1, hint)


def _backquoted(text: str, at: int) -> Token:
    found = re.compile(r"`((?:[^`]|``)*)`").match(text, at)
    if found is None:
        raise FormulaError("this backquote is never closed", at, at + 1, "add a ` where the name ends")
    if not found[1]:
        raise FormulaError("there is no name between these backquotes", at, found.end(), "write the name")
    return Token("backquoted", found[1].replace("``", "`"), at, found.end())


def _refuse_run_on_number(text: str, found: re.Match[str]) -> None:
    """Refuse what stands directly behind a number, as in 1_000, 2x or 5."""
    end = found.end()
    rest = text[end : end + 1]
    if rest == "_":
        end = _word_end(text, end)
        digits = text[found.start() : end].replace("_", "")
        raise FormulaError("a number has no `_` in it", found.start(), end, f"write `{digits}`")
    if rest.isidentifier():
        word = text[end : _word_end(text, end)]
        hint = f"to multiply, write `{found[0]} * {word}`"
        raise FormulaError(
            f"there is no operator between `{found[0]}` and `{word}`", found.start(), end + len(word), hint
        )
    if rest == ".":
        hint = "a number has one point with digits behind it, and no separators of thousands: 1234.5"
        raise FormulaError("this number can't be read", found.start(), end + 1, hint)


def _foreign(character: str, at: int) -> FormulaError:
    if character.isprintable():
        shown = f"`{character}`"
    else:
        name = unicodedata.name(character, "control character").lower()
        shown = f"an invisible character ({name}, U+{ord(character):04X})"
    return FormulaError(f"{shown} is not part of formulas", at, at + 1, "take it out")
