"""The tree of a formula, the names in it, and its text again.

Every node carries ``start`` and ``end``, offsets in the formula's text (end exclusive, parentheses
included); they take no part in comparison, so two trees are equal when they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, assert_never

ArithmeticOperator = Literal["+", "-", "*", "/", "//", "%", "**"]
ComparisonOperator = Literal["<", "<=", ">", ">=", "==", "!="]

RESERVED = frozenset(("and", "or", "not", "if", "else", "today", "true", "false"))
"""Words with a meaning of their own: a trait of such a name is written in backquotes."""


def _offset() -> int:
    return field(compare=False, default=0, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, never negative; 0.10 keeps both of its places."""

    value: Decimal
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes; ``value`` is without them."""

    value: str
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a trait or column; ``name`` is without backquotes."""

    name: str
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Today:
    """The as-of date."""

    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign before a value."""

    op: Literal["-", "+"]
    operand: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic of two values."""

    op: ArithmeticOperator
    left: Node
    right: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values; `a < b < c` is read as `a < b and b < c`."""

    op: ComparisonOperator
    left: Node
    right: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class Logic:
    """Both hold, or at least one does."""

    op: Literal["and", "or"]
    left: Node
    right: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class NotNode:
    """The operand does not hold."""

    operand: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class IfElse:
    """``then if condition else otherwise``."""

    then: Node
    condition: Node
    otherwise: Node
    start: int = _offset()
    end: int = _offset()


@dataclass(frozen=True, slots=True)
class CallNode:
    """A function of values; whether there is one of that name is for the caller to check."""

    function: str
    args: tuple[Node, ...]
    start: int = _offset()
    end: int = _offset()


Node = Number | Text | Name | Today | Truth | Unary | Binary | Compare | Logic | NotNode | IfElse | CallNode

ATOM, POWER, SIGN, PRODUCT, SUM, COMPARISON, NOT, AND, OR, CHOICE = range(10, 0, -1)
"""How tightly each construct binds, tightest first; Python's precedence."""

BINDING: dict[str, int] = {
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    "**": POWER,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARISON),
    "and": AND,
    "or": OR,
    "if": CHOICE,
}
"""How tightly each operator that stands between values binds."""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Number() | Text() | Name() | Today() | Truth():
            return ()
        case Unary() | NotNode():
            return (node.operand,)
        case Binary() | Compare() | Logic():
            return (node.left, node.right)
        case IfElse():
            return (node.then, node.condition, node.otherwise)
        case CallNode():
            return node.args
        case _:
            assert_never(node)


def names_in(node: Node) -> tuple[Name, ...]:
    """Every place where a name stands, once each, in the order of the text."""
    found: dict[tuple[int, str], Name] = {}
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Name):
            found.setdefault((current.start, current.name), current)
        waiting.extend(reversed(children(current)))
    return tuple(found.values())


def dump_formula(node: Node) -> str:
    """The text of a tree with as few parentheses as needed; parsing it gives an equal tree."""
    return _dump(node, CHOICE)


def _dump(node: Node, at_least: int) -> str:
    """The text of a node, in parentheses if it binds less tightly than its place asks."""
    text, binding = _text_and_binding(node)
    return text if binding >= at_least else f"({text})"


def _text_and_binding(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            return str(value), ATOM
        case Text(value):
            escaped = value.replace("\\", "\\\\").replace("'", "''")
            return f"'{escaped}'", ATOM
        case Name(name):
            return _name(name), ATOM
        case Today():
            return "today", ATOM
        case Truth(value):
            return str(value).lower(), ATOM
        case CallNode(function, args):
            return f"{function}({', '.join(_dump(arg, CHOICE) for arg in args)})", ATOM
        case Unary(op, operand):
            return f"{op}{_dump(operand, SIGN)}", SIGN
        case NotNode(operand):
            return f"not {_dump(operand, NOT)}", NOT
        case Binary("**", left, right):  # to its right a sign needs no parentheses, to its left it does
            return f"{_dump(left, ATOM)} ** {_dump(right, SIGN)}", POWER
        case Compare(op, left, right):  # two in a row would be a chain
            return f"{_dump(left, SUM)} {op} {_dump(right, SUM)}", COMPARISON
        case Binary(op, left, right) | Logic(op, left, right):
            binding = BINDING[op]
            return f"{_dump(left, binding)} {op} {_dump(right, binding + 1)}", binding
        case IfElse(then, condition, otherwise):
            parts = _dump(then, OR), _dump(condition, OR), _dump(otherwise, CHOICE)
            return "{} if {} else {}".format(*parts), CHOICE
        case _:
            assert_never(node)


def _name(name: str) -> str:
    if name.isidentifier() and name not in RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"
