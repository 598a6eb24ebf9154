"""Regular expressions: the portable part of the Rust syntax, read by a small parser of our own.

What is read means the same in Rust's regex crate (Polars), RE2 (DuckDB) and Java (Spark):
`\\d \\w \\s \\b` are ASCII, `.` is any character but a newline, `^` and `$` are the very ends of the text, a
search is not anchored. Whatever one of the engines lacks or takes otherwise is refused.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from segmentry.engine.language.regex_tree import (
    MAX_CODE,
    Anchor,
    Character,
    CharacterClass,
    Choice,
    CodeRange,
    Engine,
    Node,
    Repeat,
    SequenceNode,
    Shorthand,
    render,
    size_of,
)

MAX_LENGTH = 4_000
"""The longest pattern, in characters."""
MAX_DEPTH = 50
"""How many groups may stand inside each other."""
MAX_TIMES = 1_000
"""How often a part may be repeated by counts, all in all; RE2's own limit."""
MAX_SIZE = 5_000
"""The size with repetitions written out: half of what Rust's regex compiles within its 10 MB."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression: as written, and with everything written out for Polars (case counts)."""

    text: str
    canonical: str


class RegexError(Exception):
    """A regular expression that is no portable one: what was found, where (0-based), and the fix."""

    def __init__(self, message: str, position: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


def parse_regex(text: str) -> Pattern:
    """The pattern of a text. Raises RegexError with the position of the first fault."""
    return Pattern(text, render(_parse(text), "polars"))


def for_engine(pattern: Pattern, engine: Engine, *, ignore_case: bool = False) -> str:
    """The pattern in an engine's own syntax, for an unanchored search.

    With ``ignore_case`` it starts with the flag: Unicode's simple case folding, by which `\\w` takes in ſ
    and the Kelvin sign as forms of s and k, and `\\W` leaves them out. (RE2 looks for `\\B` also between
    the bytes of one character; a pattern that is nothing but `\\B` finds more there.)
    """
    text = render(_parse(pattern.text), engine, ignore_case=ignore_case)
    if not ignore_case:
        return text
    flags = "(?iu)" if engine == "java" else "(?i)"
    return flags + text


def _parse(text: str) -> Node:
    if not text:
        hint = "write what to look for; to ask whether there is any text, use `blank: false`"
        raise RegexError("the regular expression is empty", 0, hint)
    if len(text) > MAX_LENGTH:
        hint = "use a list with `contains`, `starts_with` or `ends_with`"
        message = f"this regular expression has {len(text)} characters; at most {MAX_LENGTH} are read"
        raise RegexError(message, MAX_LENGTH, hint)
    parser = _RegexParser(text)
    node = parser.choice()
    if parser.at < len(text):
        raise RegexError("this `)` was never opened", parser.at, "for the sign itself write `\\)`")
    if size_of(node) > MAX_SIZE:
        raise RegexError("this regular expression is too large", 0, "repeat less, or less often")
    return node


_COUNT = re.compile(r"\{([0-9]{1,6})(?:(,)([0-9]{1,6})?)?\}")
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|[xu]\{([0-9A-Fa-f]{1,8})\}")
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SHORTHANDS: dict[str, Shorthand] = {"d": "d", "w": "w", "s": "s", "D": "D", "W": "W", "S": "S"}
_ANCHORS = {"b": Anchor("edge"), "B": Anchor("no_edge"), "A": Anchor("start"), "z": Anchor("end")}
_LITERAL_ESCAPES = frozenset(string.punctuation + " ") - frozenset("<>")

_LOOKAROUND = (
    "looking ahead or behind can't be had in every engine",
    "use two operators, `matches` and `not_matches`",
)
_NAMED = ("groups have no names here", "write `( … )`")
_BACK_REFERENCE = ("a pattern can't refer back to what it found", "write the text out")
_GROUPS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("(?=", _LOOKAROUND),
    ("(?!", _LOOKAROUND),
    ("(?<=", _LOOKAROUND),
    ("(?<!", _LOOKAROUND),
    ("(?P=", _BACK_REFERENCE),
    ("(?P", _NAMED),
    ("(?<", _NAMED),
    ("(?'", _NAMED),
    ("(?>", ("atomic groups can't be had in every engine", "write `( … )`")),
    ("(?#", ("comments can't stand in a pattern", "write a YAML comment beside it")),
    ("(?", ("flags can't be set in a pattern", "to ignore case, put `ignore_case: true` on the condition")),
)
_ESCAPES: dict[str, tuple[str, str]] = {
    **dict.fromkeys("123456789kg", _BACK_REFERENCE),
    **dict.fromkeys(
        "pP", ("Unicode classes differ by engine", "list the characters, like `[A-Za-zÄÖÜäöüß]`")
    ),
    **dict.fromkeys(
        "<>", ("with a backslash this is the edge of a word in some engines", "write it plainly")
    ),
    "0": ("this escape can't be had in every engine", "write the character's number as `\\x00`"),
    "Z": ("this escape can't be had in every engine", "write `$` for the end of the text"),
}
_NO_ESCAPE = (
    "this escape can't be had in every engine",
    "those there are: \\d \\w \\s \\D \\W \\S \\b \\B \\t \\n \\r \\f \\xHH, and any sign",
)
_SET_OPERATION = (
    "classes can't be combined",
    "list the characters; for a hyphen, `&` or `~` itself put a backslash before it",
)


class _RegexParser:
    """One reading of one pattern."""

    def __init__(self, text: str) -> None:
        self.at = 0
        self._text = text
        self._depth = 0

    def _sees(self, *starts: str) -> bool:
        return self._text.startswith(starts, self.at)

    def choice(self) -> Node:
        """Alternatives, up to the end or a closing parenthesis."""
        branches = [self._sequence()]
        while self._sees("|"):
            self.at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self._text) and not self._sees("|", ")"):
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else SequenceNode(tuple(parts))

    def _atom(self) -> Node:
        character = self._text[self.at]
        match character:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "*" | "+" | "?" | "{":
                hint = f"for the sign itself write `\\{character}`"
                raise RegexError(f"there is nothing before this `{character}` to repeat", self.at, hint)
            case _:
                self.at += 1
        match character:
            case ".":
                return CharacterClass(((0x0A, 0x0A),), negated=True)
            case "^":
                return Anchor("start")
            case "$":
                return Anchor("end")
            case _:
                return Character(character)

    # --- repetitions

    def _repeated(self, atom: Node) -> Node:
        start = self.at
        if not self._sees("*", "+", "?", "{"):
            return atom
        if isinstance(atom, Anchor):
            hint = f"for the sign itself write `\\{self._text[start]}`"
            raise RegexError("a place in the text can't be repeated", start, hint)
        least, most = self._times()
        lazy = self._sees("?")
        self.at += lazy
        if self._sees("+") and not lazy:
            hint = "take the second sign out"
            raise RegexError("possessive repetitions can't be had in every engine", self.at, hint)
        if self._sees("*", "+", "?", "{"):
            raise RegexError("this repeats a repetition", self.at, "put the first into a group: `(…)`")
        node = Repeat(atom, least, most, lazy)
        if _most_times(node) > MAX_TIMES:
            raise RegexError(f"this repeats more than {MAX_TIMES} times", start, "repeat less often")
        return node

    def _times(self) -> tuple[int, int | None]:
        sign = self._text[self.at]
        if sign != "{":
            self.at += 1
            return (1 if sign == "+" else 0), (1 if sign == "?" else None)
        found = _COUNT.match(self._text, self.at)
        if found is None:
            hint = "write `{2}`, `{2,}` or `{2,5}`; for the sign itself write `\\{`"
            raise RegexError("this `{` starts no repetition that can be read", self.at, hint)
        least = int(found[1])
        most = int(found[3]) if found[3] else None if found[2] else least
        if most is not None and most < least:
            hint = f"write `{{{most},{least}}}`"
            raise RegexError("the smaller number of a repetition goes first", self.at, hint)
        self.at = found.end()
        return least, most

    # --- groups and escapes

    def _group(self) -> Node:
        start = self.at
        if not self._sees("(?:"):
            for opening, (message, hint) in _GROUPS:
                if self._sees(opening):
                    raise RegexError(message, start, hint)
        if self._depth == MAX_DEPTH:
            message = f"groups stand more than {MAX_DEPTH} deep inside each other here"
            raise RegexError(message, start, "take some of the parentheses out")
        self._depth += 1
        self.at += 3 if self._sees("(?:") else 1
        node = self.choice()
        if not self._sees(")"):
            hint = "add a `)`; for the sign itself write `\\(`"
            raise RegexError("this `(` is never closed", start, hint)
        self.at += 1
        self._depth -= 1
        return node

    def _escape(self) -> Node:
        sign = self._text[self.at + 1 : self.at + 2]
        if sign in _SHORTHANDS:
            self.at += 2
            return CharacterClass((_SHORTHANDS[sign],))
        if sign in _ANCHORS:
            self.at += 2
            return _ANCHORS[sign]
        return Character(chr(self._escaped_code(sign)))

    def _escaped_code(self, sign: str) -> int:
        """The code point that an escape stands for."""
        start = self.at
        if not sign:
            raise RegexError("the pattern ends after a backslash", start, "for a backslash write `\\\\`")
        if found := _CODE.match(self._text, start + 1):
            self.at = found.end()
            code = int(found[1] or found[2] or found[3], 16)
            if code > MAX_CODE or 0xD800 <= code <= 0xDFFF:
                raise RegexError("there is no character of this number", start, "numbers go up to 10FFFF")
            return code
        if sign in ("x", "u"):
            hint = "write two hexadecimal digits, `\\xE9`, or any number of them in braces, `\\x{20AC}`"
            raise RegexError("this character's number can't be read", start, hint)
        self.at += 2
        if sign in _CONTROLS:
            return ord(_CONTROLS[sign])
        if sign in _LITERAL_ESCAPES:
            return ord(sign)
        raise RegexError(*_with_position(_ESCAPES.get(sign, _NO_ESCAPE), start))

    # --- classes

    def _class(self) -> CharacterClass:
        start = self.at
        self.at += 1
        negated = self._sees("^")
        self.at += negated
        first = self.at
        items: list[CodeRange | Shorthand] = []
        while not self._sees("]") or self.at == first:  # a `]` right at the start is the sign itself
            if self.at >= len(self._text):
                hint = "add a `]`; for the sign itself write `\\[`"
                raise RegexError("this `[` is never closed", start, hint)
            items.append(self._class_item(first))
        self.at += 1
        return CharacterClass(tuple(items), negated)

    def _class_item(self, first: int) -> CodeRange | Shorthand:
        start = self.at
        last = self._sees("-]") or start + 1 == len(self._text)
        if self._sees("-") and not self._sees("--") and start != first and not last:
            hint = "put a backslash before it, or move it to the end"
            raise RegexError("this hyphen is no part of a range", start, hint)
        low = self._class_atom()
        if not self._sees("-") or self._sees("-]") or self.at + 1 == len(self._text):
            return low if isinstance(low, str) else (low, low)
        if self._sees("--"):
            raise RegexError(*_with_position(_SET_OPERATION, self.at))
        self.at += 1
        high = self._class_atom()
        if isinstance(low, str) or isinstance(high, str):
            hint = "for a hyphen put a backslash before it, or move it to the end"
            raise RegexError("a range goes from one character to another", start, hint)
        if high < low:
            hint = "write the smaller character first"
            raise RegexError("this range runs backwards", start, hint)
        return low, high

    def _class_atom(self) -> int | Shorthand:
        sign = self._text[self.at]
        if self._sees("[:"):
            hint = "write the characters out, like `[A-Za-z]`"
            raise RegexError("named classes differ by engine", self.at, hint)
        if sign == "[":
            raise RegexError("a class can't stand inside a class", self.at, "for the sign itself write `\\[`")
        if self._sees("&&", "--", "~~"):
            raise RegexError(*_with_position(_SET_OPERATION, self.at))
        if sign != "\\":
            self.at += 1
            return ord(sign)
        escaped = self._text[self.at + 1 : self.at + 2]
        if escaped in _SHORTHANDS:
            self.at += 2
            return _SHORTHANDS[escaped]
        if escaped in _ANCHORS:
            raise RegexError("a class holds characters, not places", self.at, "move it out of the brackets")
        return self._escaped_code(escaped)


def _with_position(fault: tuple[str, str], position: int) -> tuple[str, int, str]:
    return fault[0], position, fault[1]


def _most_times(node: Node) -> int:
    """How often the most repeated part of a tree is repeated by counts."""
    match node:
        case Repeat(inner, least, most):
            return max(1, least if most is None else most) * _most_times(inner)
        case SequenceNode(parts) | Choice(parts):
            return max(map(_most_times, parts), default=1)
        case _:
            return 1
