"""Formulas, read with Python's own parser: types first, then values.

A test tool: a formula that the language refuses may well get through here.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from tests.reference.clock import Clock
from tests.reference.compare import SIGNS, Typed, order
from tests.reference.functions import FUNCTIONS, INEXACT
from tests.reference.values import (
    BOOLEAN,
    DATE,
    INTEGER,
    NUMBER,
    STRING,
    Type,
    Unsupported,
    coerce,
    double,
    literal_number,
    unify,
)

SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula; `names` are what it reads."""

    tree: ast.expr
    names: frozenset[str]
    quoted: Mapping[str, str]

    @property
    def inexact(self) -> bool:
        """Whether it uses a function or a power that makes its value approximate."""
        return any(self._inexact(node) for node in ast.walk(self.tree))

    def _inexact(self, node: ast.AST) -> bool:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in INEXACT
            case ast.BinOp(op=ast.Pow(), right=power):
                return not _whole(power)
            case _:
                return False


def _whole(node: ast.expr) -> bool:
    """Whether an expression is an integer as written, its sign included."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _whole(operand)
        case _:
            return False


def parse(text: str) -> Formula:
    """A formula's tree; backquoted names stand in it under names of their own."""
    quoted: dict[str, str] = {}

    def substitute(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        quoted[f"quoted_{len(quoted)}_"] = found[1]
        return f"quoted_{len(quoted) - 1}_"

    plain = re.sub(r"`([^`]*)`|'[^']*'|\"[^\"]*\"", substitute, text)
    tree = ast.parse(plain.strip(), mode="eval").body
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
    return Formula(
        tree, frozenset(quoted.get(name, name) for name in names - {"today", "true", "false"}), quoted
    )


def evaluate(formula: Formula, lookup: Callable[[str], Typed], clock: Clock) -> Typed:
    """Type and value of a formula. The type depends on the names' types alone, never on their values."""
    return _Evaluation(formula.quoted, lookup, clock).of(formula.tree)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    quoted: Mapping[str, str]
    lookup: Callable[[str], Typed]
    clock: Clock

    def of(self, node: ast.expr) -> Typed:
        match node:
            case ast.Constant(value=str() as text):
                return STRING, text
            case ast.Constant(value=int() | float() as number):
                return literal_number(number)
            case ast.Name(id="true" | "false" as word):
                return BOOLEAN, word == "true"
            case ast.Name(id="today"):
                return DATE, self.clock.today
            case ast.Name(id=name):
                return self.lookup(self.quoted.get(name, name))
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.of(operand))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return power(self.of(left), self.of(right), _whole(right))
            case ast.BinOp(left=left, op=op, right=right):
                return arithmetic(SYMBOLS[type(op)], self.of(left), self.of(right))
            case ast.BoolOp(op=op, values=values):
                return self._logic([self.of(value)[1] for value in values], isinstance(op, ast.And))
            case ast.Compare(left=left, ops=ops, comparators=rest):
                return self._compare(
                    [self.of(each) for each in [left, *rest]], [SYMBOLS[type(op)] for op in ops]
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(self.of(test)[1], self.of(body), self.of(orelse))
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name]([self.of(arg) for arg in args], self.clock)
            case _:
                raise Unsupported(ast.dump(node))

    @staticmethod
    def _unary(op: ast.unaryop, operand: Typed) -> Typed:
        kind, value = operand
        if isinstance(op, ast.Not):
            return BOOLEAN, None if value is None else not value
        return kind, value if value is None or isinstance(op, ast.UAdd) else coerce(-value, kind)

    @staticmethod
    def _logic(values: list[bool | None], every: bool) -> Typed:
        if None in values:
            return BOOLEAN, None
        return BOOLEAN, all(values) if every else any(values)

    def _compare(self, operands: list[Typed], symbols: list[str]) -> Typed:
        orders = [order(a, b, self.clock) for a, b in pairwise(operands)]
        if None in orders:
            return BOOLEAN, None
        return BOOLEAN, all(found in SIGNS[symbol] for found, symbol in zip(orders, symbols, strict=True))

    @staticmethod
    def _choice(test: bool | None, body: Typed, orelse: Typed) -> Typed:
        target = unify([body[0], orelse[0]])
        return target, coerce((body if test else orelse)[1], target)


def arithmetic(symbol: str, left: Typed, right: Typed) -> Typed:
    """`+ - * / // %` of two numbers: exact of exact operands, but for `/`."""
    (left_type, a), (right_type, b) = left, right
    if symbol == "+" and left_type == right_type == STRING:
        return STRING, None if a is None or b is None else a + b
    if not (left_type.numeric and right_type.numeric):
        raise Unsupported(f"{left_type} {symbol} {right_type}")
    both_exact = left_type.exact and right_type.exact
    target = _arithmetic_type(symbol, left_type, right_type) if both_exact else NUMBER
    if a is None or b is None:
        return target, None
    if not both_exact:
        a, b = double(a), double(b)
        return target, None if a is None or b is None else _doubles(symbol, a, b)
    if symbol in ("/", "//", "%") and b == 0:
        return target, None
    return target, coerce(_exact(symbol, Fraction(a), Fraction(b)), target)


def _arithmetic_type(symbol: str, left: Type, right: Type) -> Type:
    if symbol == "/":
        return NUMBER
    if symbol == "//" or left == right == INTEGER:
        return INTEGER
    return Type("decimal", left.scale + right.scale if symbol == "*" else max(left.scale, right.scale))


def _exact(symbol: str, a: Fraction, b: Fraction) -> Fraction:
    match symbol:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case "//":
            return Fraction(a // b)
        case _:
            return a % b


def _doubles(symbol: str, a: float, b: float) -> float | None:
    if symbol in ("/", "//", "%") and b == 0:
        return None
    match symbol:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/":
            result = a / b
        case "//":
            result = _floored(a, b)
        case _:
            result = a - b * _floored(a, b)
    return result if math.isfinite(result) else None


def _floored(a: float, b: float) -> float:
    """The quotient as `/` gives it, floored; an infinite one as it is."""
    quotient = a / b
    return float(math.floor(quotient)) if math.isfinite(quotient) else quotient


def power(left: Typed, right: Typed, whole: bool) -> Typed:
    """Exact ** non-negative integer is exact, any other power a number: of a whole exponent the double
    nearest to the exact power."""
    (kind, a), (right_type, b) = left, right
    literal = whole and kind.exact and b >= 0
    target = (INTEGER if kind == INTEGER else Type("decimal", kind.scale * int(b))) if literal else NUMBER
    if a is None or b is None:
        return target, None
    if right_type == INTEGER:
        if a == 0 and b < 0:
            return target, None
        return target, coerce(Fraction(a) ** b, target)
    try:
        return target, double(math.pow(float(a), float(b)))
    except (ValueError, OverflowError):
        return target, None
