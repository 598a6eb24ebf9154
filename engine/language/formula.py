"""Formulas: text → tree. A small Pratt parser with Python's precedence, and nothing else of Python.

Parsing knows no names, types or functions; whoever resolves the tree checks those. The tree's height is
bounded by the limits below, so that every recursion over it is safe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import cast

from segmentry.engine.language.formula_tokens import FormulaError, Token, tokenize
from segmentry.engine.language.formula_tree import (
    AND,
    BINDING,
    CHOICE,
    NOT,
    OR,
    SIGN,
    ArithmeticOperator,
    Binary,
    CallNode,
    Compare,
    ComparisonOperator,
    IfElse,
    Logic,
    Name,
    Node,
    NotNode,
    Number,
    Text,
    Today,
    Truth,
    Unary,
    children,
    dump_formula,
    names_in,
)

__all__ = [
    "Binary",
    "CallNode",
    "Compare",
    "FormulaError",
    "IfElse",
    "Logic",
    "Name",
    "Node",
    "NotNode",
    "Number",
    "Text",
    "Today",
    "Truth",
    "Unary",
    "children",
    "dump_formula",
    "names_in",
    "parse_formula",
]

MAX_LENGTH = 4_000
"""The longest formula, in characters."""
MAX_DEPTH = 64
"""How many parentheses, function calls, signs, powers and `else` branches may stand inside each other."""
MAX_OPERATORS = 200
"""How many operators one formula may have; with MAX_DEPTH it bounds the height of the tree."""
MAX_MAGNITUDE = 308
"""Numbers have at most that many digits before, or zeros after, the point: the range of a double."""

_SPLIT = "split it: give a part of it a trait of its own and use that trait's name here"


def parse_formula(text: str) -> Node:
    """The tree of a formula. Raises FormulaError with the place of the first mistake and its fix."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"this formula has {len(text)} characters; at most {MAX_LENGTH} are read", 0, len(text), _SPLIT
        )
    tokens = tokenize(text)
    if tokens[0].kind == "end":
        raise FormulaError("the formula is empty", 0, len(text), "write a calculation, like `spend / orders`")
    return _FormulaParser(tokens).formula()


class _FormulaParser:
    """One reading of one formula: the tokens, where we are, and what has been used of the limits."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operators = 0

    def formula(self) -> Node:
        node = self._expression(CHOICE)
        if self._next.kind != "end":
            raise self._unexpected(self._next)
        return node

    # --- tokens

    @property
    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.mistake is not None:
            raise token.mistake
        return token

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    # --- limits

    def _deeper(self, token: Token, parse: Callable[[], Node]) -> Node:
        """What ``parse`` reads, one level deeper."""
        if self._depth == MAX_DEPTH:
            message = f"the formula is nested more than {MAX_DEPTH} levels deep here"
            raise FormulaError(message, token.start, token.end, _SPLIT)
        self._depth += 1
        node = parse()
        self._depth -= 1
        return node

    def _count(self, token: Token, operators: int = 1) -> None:
        self._operators += operators
        if self._operators > MAX_OPERATORS:
            message = f"the formula has more than {MAX_OPERATORS} operators"
            raise FormulaError(message, token.start, token.end, _SPLIT)

    # --- expressions

    def _expression(self, at_least: int) -> Node:
        """A value and the operators behind it that bind at least that tightly."""
        left = self._value(at_least)
        while self._next.kind == "sign":
            binding = BINDING.get(self._next.text, 0)
            if binding < at_least:
                break
            left = self._operation(left, binding)
        return left

    def _value(self, at_least: int) -> Node:
        """What can stand where a value is expected."""
        token = self._next
        if not token.starts_value or (self._is("not") and at_least > NOT):
            raise self._no_value(token)
        self._take()
        match token.kind:
            case "number":
                return Number(_decimal(token), token.start, token.end)
            case "text":
                return Text(token.text, token.start, token.end)
            case "backquoted":
                return Name(token.text, token.start, token.end)
            case "name":
                if self._is("("):
                    return self._deeper(token, lambda: self._call(token))
                return Name(token.text, token.start, token.end)
            case _:
                return self._prefixed(token)

    def _prefixed(self, token: Token) -> Node:
        match token.text:
            case "today":
                return Today(token.start, token.end)
            case "true" | "false":
                return Truth(token.text == "true", token.start, token.end)
            case "(":
                node = self._deeper(token, lambda: self._expression(CHOICE))
                closing = self._closing(token)
                return replace(node, start=token.start, end=closing.end)
            case "not":
                self._count(token)
                operand = self._deeper(token, lambda: self._expression(NOT))
                return NotNode(operand, token.start, operand.end)
            case _:
                self._count(token)
                operand = self._deeper(token, lambda: self._expression(SIGN))
                return Unary("-" if token.text == "-" else "+", operand, token.start, operand.end)

    def _call(self, function: Token) -> Node:
        opening = self._take()
        args: list[Node] = []
        while not (self._is(")") and not args):
            args.append(self._expression(CHOICE))
            if not self._is(","):
                break
            self._take()
        closing = self._closing(opening)
        return CallNode(function.text, tuple(args), function.start, closing.end)

    def _operation(self, left: Node, binding: int) -> Node:
        """The operator that comes next, with its right side."""
        token = self._next
        if token.text in ("<", "<=", ">", ">=", "==", "!="):
            return self._comparison(left, binding)
        self._take()
        self._count(token)
        match token.text:
            case "if":
                return self._choice(left, token)
            case "and" | "or":
                right = self._expression(binding + 1)
                return Logic("and" if binding == AND else "or", left, right, left.start, right.end)
            case "**":  # binds to the right, and less tightly than a sign on its right
                right = self._deeper(token, lambda: self._expression(SIGN))
            case _:
                if token.text == "%" and not self._next.starts_value:
                    self._refuse_percent(token)
                right = self._expression(binding + 1)
        return Binary(cast(ArithmeticOperator, token.text), left, right, left.start, right.end)

    def _comparison(self, left: Node, binding: int) -> Node:
        """A comparison, or a chain of them: `a < b < c` is `a < b and b < c`, with b in it twice."""
        whole: Node | None = None
        size_of_left = 0
        while self._next.kind == "sign" and BINDING.get(self._next.text) == binding:
            token = self._take()
            self._count(token, 1 if whole is None else 2 + size_of_left)
            before = self._operators
            right = self._expression(binding + 1)
            size_of_left = self._operators - before
            op = cast(ComparisonOperator, token.text)
            pair = Compare(op, left, right, left.start, right.end)
            whole = pair if whole is None else Logic("and", whole, pair, whole.start, pair.end)
            left = right
        assert whole is not None
        return whole

    def _choice(self, then: Node, token: Token) -> Node:
        condition = self._expression(OR)
        if not self._is("else"):
            if self._next.kind != "end":
                raise self._unexpected(self._next)
            hint = "write `x if condition else y`"
            raise FormulaError("this `if` has no `else`", token.start, token.end, hint)
        otherwise = self._deeper(self._take(), lambda: self._expression(CHOICE))
        return IfElse(then, condition, otherwise, then.start, otherwise.end)

    def _closing(self, opening: Token) -> Token:
        if self._is(")"):
            return self._take()
        if self._next.kind == "end":
            hint = "add a `)` where it ends"
            raise FormulaError("this `(` is never closed", opening.start, opening.end, hint)
        raise self._unexpected(self._next)

    # --- mistakes

    def _refuse_percent(self, percent: Token) -> None:
        """Refuse a percentage: a number with a `%` and no value behind it."""
        number = self._tokens[self._at - 2]
        if number.kind == "number":
            hint = f"write `{_decimal(number).scaleb(-2).normalize():f}`"
            raise FormulaError("there are no percentages in formulas", number.start, percent.end, hint)

    def _no_value(self, token: Token) -> FormulaError:
        """What to say of a token where a value is expected."""
        before = self._tokens[self._at - 1].text if self._at else ""
        if token.kind == "end":
            message, hint = f"the formula ends after `{before}`", "write a value behind it"
        elif token.text == "not":
            message, hint = f"`not` can't follow `{before}`", "put it in parentheses: `(not …)`"
        elif token.text == "if":
            message, hint = "a formula can't start with `if`", "write `x if condition else y`"
        else:
            behind = f" after `{before}`" if before else ""
            message, hint = f"a value is expected{behind}, `{token.text}` was found", "write a value here"
        return FormulaError(message, token.start, token.end, hint)

    def _unexpected(self, token: Token) -> FormulaError:
        """What to say of a token where the formula, or the part in parentheses, should go on or end."""
        previous = self._tokens[self._at - 1]
        match token.text if token.kind == "sign" else "":
            case ",":
                message, hint = _comma(previous, self._tokens[self._at + 1])
            case ")":
                message, hint = "this `)` was never opened", "take it out, or add the `(` before"
            case "(" if previous.kind == "sign" and previous.text in ("today", "true", "false"):
                message, hint = (
                    f"`{previous.text}` is a value, not a function",
                    "write it without parentheses",
                )
            case "(" if previous.kind == "backquoted":
                message, hint = "a name in backquotes can't be called", "functions are written without them"
            case "else":
                message, hint = "this `else` has no `if`", "write `x if condition else y`"
            case _:
                message, hint = _run_on(previous, token)
        return FormulaError(message, token.start, token.end, hint)


_WORDS: dict[str, tuple[str, str]] = {
    "is": ("`is` is not part of formulas", "write `==` to compare"),
    "in": ("`in` is not part of formulas", "compare with each: `a == 'x' or a == 'y'`"),
    "then": ("`then` is not part of formulas", "a choice is written `x if condition else y`"),
    "when": ("`when` is not part of formulas", "a choice is written `x if condition else y`"),
    **dict.fromkeys(
        ("for", "as", "lambda", "import", "from", "def", "return"),
        ("a formula only calculates: no functions of your own, no loops, no imports", "take this out"),
    ),
}


def _run_on(previous: Token, token: Token) -> tuple[str, str]:
    """What to say of a token that follows a value without an operator between."""
    for word in (previous, token):
        if word.kind == "name" and word.text.lower() in ("and", "or", "not"):
            return f"`{word.text}` is written in small letters", f"write `{word.text.lower()}`"
        if word.kind == "name" and word.text.lower() in _WORDS:
            return _WORDS[word.text.lower()]
    hint = "to compare, write `==`" if token.kind == "text" else "write one, like `+` or `*`"
    return f"an operator is missing between `{previous.text}` and `{token.text}`", hint


def _comma(previous: Token, following: Token) -> tuple[str, str]:
    if previous.kind == "number" and following.kind == "number":
        whole = previous.text.replace(".", "")
        hint = f"write `{whole}.{following.text}`"
        if len(following.text) == 3:
            hint = f"{hint}, or `{whole}{following.text}` if thousands are meant"
        return "decimals are written with a point, and thousands are not separated", hint
    return "a comma only separates the values of a function", "take it out"


def _decimal(token: Token) -> Decimal:
    exponent = token.text.lower().partition("e")[2]
    # Checked before reading: an exponent beyond Decimal's own range would not be a number any more.
    if len(exponent.lstrip("+-0")) <= 3:
        value = Decimal(token.text)
        if abs(value.adjusted()) <= MAX_MAGNITUDE:
            return value
    hint = f"numbers have at most {MAX_MAGNITUDE} digits before the point, and zeros behind it"
    raise FormulaError("this number is too large or too small", token.start, token.end, hint)
