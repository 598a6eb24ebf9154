"""The tree of a regular expression, its size, and its text for an engine.

Everything on which engines differ is written out: the shorthand classes and `.` as classes, `^` and `$` as
the ends of the whole text, groups without capturing, characters that may be signs with a backslash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

Engine = Literal["polars", "re2", "java"]
Shorthand = Literal["d", "w", "s", "D", "W", "S"]
CodeRange = tuple[int, int]

MAX_CODE = 0x10FFFF

_SETS: dict[str, tuple[CodeRange, ...]] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0D), (0x20, 0x20)),
}
_SETS_WRITTEN = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\x0B\f\r "}
_FOLDS_INTO_WORD = ((0x17F, 0x17F), (0x212A, 0x212A))  # ſ and the Kelvin sign: lower case s and k

_META = frozenset("\\.+*?()|[]{}^$")
_META_IN_CLASS = frozenset("\\[]^-&~")
_ESCAPED = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f"}


@dataclass(frozen=True, slots=True)
class Character:
    """One character."""

    character: str


@dataclass(frozen=True, slots=True)
class CharacterClass:
    """One character that is in (or, negated, outside of) the ranges and shorthand classes."""

    items: tuple[CodeRange | Shorthand, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place: the start or end of the whole text, the edge of an ASCII word, or no such edge."""

    place: Literal["start", "end", "edge", "no_edge"]


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """One after the other; without parts, the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same again: ``least`` to ``most`` times (None: any number), as few as possible if lazy."""

    node: Node
    least: int
    most: int | None
    lazy: bool


Node = Character | CharacterClass | Anchor | SequenceNode | Choice | Repeat


def size_of(node: Node) -> int:
    """The size once repetitions are written out: single characters and ranges of classes."""
    match node:
        case Character() | Anchor():
            return 1
        case CharacterClass(items):
            return 1 + sum(5 if isinstance(item, str) else 1 for item in items)
        case SequenceNode(parts):
            return 1 + sum(map(size_of, parts))
        case Choice(branches):
            return 1 + sum(map(size_of, branches))
        case Repeat(inner, least, most):
            return size_of(inner) * max(1, least + 1 if most is None else most)
        case _:
            assert_never(node)


def render(node: Node, engine: Engine, *, ignore_case: bool = False) -> str:
    """The text of the tree for one engine."""
    match node:
        case Character(character):
            return _character(character, _META)
        case CharacterClass():
            return _class(node, ignore_case)
        case Anchor(place):
            return _ANCHORS[engine][place]
        case SequenceNode(parts):
            return "".join(_part(part, engine, ignore_case) for part in parts)
        case Choice(branches):
            return "|".join(render(branch, engine, ignore_case=ignore_case) for branch in branches)
        case Repeat(inner, least, most, lazy):
            atom = _part(inner, engine, ignore_case)
            if isinstance(inner, (SequenceNode, Repeat)):
                atom = f"(?:{atom})"
            return atom + _times(least, most) + ("?" if lazy else "")
        case _:
            assert_never(node)


def _part(node: Node, engine: Engine, ignore_case: bool) -> str:
    text = render(node, engine, ignore_case=ignore_case)
    return f"(?:{text})" if isinstance(node, Choice) else text


def _times(least: int, most: int | None) -> str:
    match least, most:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{least},}}"
        case _:
            return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _character(character: str, meta: frozenset[str]) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character in meta:
        return "\\" + character
    return character if character.isprintable() else f"\\x{{{ord(character):X}}}"


def _class(node: CharacterClass, ignore_case: bool) -> str:
    match node.items:
        case (("D" | "W" | "S") as only,):  # [^0-9] reads better than the ranges around the digits
            return f"[{'' if node.negated else '^'}{_SETS_WRITTEN[only.lower()]}]"
        case items:
            written = "".join(_class_item(item, ignore_case) for item in items)
            return f"[{'^' if node.negated else ''}{written}]"


def _class_item(item: CodeRange | Shorthand, ignore_case: bool) -> str:
    if isinstance(item, str):
        if item in _SETS_WRITTEN:
            return _SETS_WRITTEN[item]
        return "".join(_range(outside) for outside in _outside(item, ignore_case))
    return _range(item)


def _outside(shorthand: Shorthand, ignore_case: bool) -> list[CodeRange]:
    """The ranges of \\D, \\W or \\S. Regardless of case, \\W must not take s and k in through ſ and K."""
    inside = _SETS[shorthand.lower()]
    if ignore_case and shorthand == "W":
        inside = (*inside, *_FOLDS_INTO_WORD)
    starts = [0, *(last + 1 for _, last in inside)]
    ends = [*(first - 1 for first, _ in inside), MAX_CODE]
    return list(zip(starts, ends, strict=True))


def _range(item: CodeRange) -> str:
    first, last = (_character(chr(code), _META_IN_CLASS) for code in item)
    return first if item[0] == item[1] else f"{first}-{last}"


_WORD = "[0-9A-Za-z_]"
_ANCHORS: dict[Engine, dict[str, str]] = {
    # Rust's \b knows Unicode unless told otherwise.
    "polars": {"start": r"\A", "end": r"\z", "edge": r"(?-u:\b)", "no_edge": r"(?-u:\B)"},
    "re2": {"start": r"\A", "end": r"\z", "edge": r"\b", "no_edge": r"\B"},
    # What \b means in Java depends on its version.
    "java": {
        "start": r"\A",
        "end": r"\z",
        "edge": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
        "no_edge": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
    },
}
