"""Formulas: names and types are settled, each mistake is reported with its column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, assert_never

from segmentry.engine.diagnostics.model import Fix
from segmentry.engine.document import Document, locate_text
from segmentry.engine.files.condition_model import Formula, Place
from segmentry.engine.language import arithmetic
from segmentry.engine.language import formula as ast
from segmentry.engine.language.calendar import Calendar, IsoDate, IsoDateTime, parse_moment
from segmentry.engine.language.expr import Const, Expr, Op, aligned, call
from segmentry.engine.language.functions import FUNCTIONS, unified
from segmentry.engine.language.literals import fits_exactly, number_const
from segmentry.engine.language.operands import Rejected
from segmentry.engine.language.suggest import did_you_mean
from segmentry.engine.language.text_functions import joined
from segmentry.engine.language.types import BOOLEAN, DATE, DATETIME, NUMBER, STRING, Type
from segmentry.engine.planning.resolve.scope import Scope

Locate = Callable[[Place, int, int], Place]


def locate_in(documents: dict[str, Document]) -> Locate:
    """How places inside texts are found, given the documents by file."""

    def locate(at: Place, start: int, end: int) -> Place:
        document = documents.get(at.file)
        if document is None:
            return at
        return Place(at.file, locate_text(document, at.path, start, end), at.path)

    return locate


@dataclass(frozen=True)
class _Call:
    """A call under way: reports at itself or at one of its arguments."""

    lowering: FormulaLowering
    node: ast.CallNode

    @property
    def calendar(self) -> Calendar:
        return self.lowering.scope.names.calendar

    def fail(self, message: str, argument: int | None = None, hint: str | None = None) -> NoReturn:
        node = self.node if argument is None else self.node.args[argument]
        self.lowering.fail(node, message, hint)


_COMPARISONS: dict[str, Op] = {
    "<": "less",
    "<=": "less_or_equal",
    ">": "greater",
    ">=": "greater_or_equal",
    "==": "equal",
    "!=": "not_equal",
}


@dataclass(frozen=True)
class FormulaLowering:
    """Lowers one formula in a scope."""

    scope: Scope
    formula: Formula
    locate: Locate

    def fail(
        self,
        node: ast.Node,
        message: str,
        hint: str | None = None,
        code: str = "bad-formula",
        fix: Fix | None = None,
    ) -> NoReturn:
        """Report a mistake at a part of the formula and give the formula up."""
        at = self.locate(self.formula.at, node.start, node.end)
        self.scope.names.findings.add(code, message, at, hint, fix=fix)
        raise Rejected

    def _respelt(self, node: ast.CallNode) -> Fix | None:
        """The fix that calls the function that was meant."""
        at = self.locate(self.formula.at, node.start, node.start + len(node.function))
        return self.scope.names.findings.respelt(at, node.function, FUNCTIONS)

    def lower(self) -> Expr:
        """The formula as a typed expression; raises `Rejected` after reporting."""
        return self._lower(self.formula.tree)

    def _lower(self, node: ast.Node) -> Expr:
        match node:
            case ast.Number(value=value):
                # What no 128-bit decimal holds can't be exact.
                return number_const(value) if fits_exactly(value) else Const(float(value), NUMBER)
            case ast.Text(value=text):
                return Const(text, STRING)
            case ast.Name(name=name):
                return self.scope.field(name, self.locate(self.formula.at, node.start, node.end))
            case ast.Today():
                return Const(self.scope.names.calendar.today, DATE)
            case ast.Truth(value=truth):
                return Const(truth, BOOLEAN)
            case ast.Unary(op=op, operand=operand):
                number = self._number(operand, self._lower(operand))
                return arithmetic.negate(number) if op == "-" else number
            case ast.Binary():
                return self._binary(node)
            case ast.Compare():
                return self._compare(node)
            case ast.Logic(op=op, left=left, right=right):
                return call("and" if op == "and" else "or", self._truth(left), self._truth(right))
            case ast.NotNode(operand=operand):
                return call("not", self._truth(operand))
            case ast.IfElse():
                return self._choice(node)
            case ast.CallNode():
                return self._call(node)
            case _:
                assert_never(node)

    def _number(self, node: ast.Node, expr: Expr) -> Expr:
        if not expr.type.is_number:
            hint = "use days_between(a, b) for the days between two dates" if expr.type.is_temporal else None
            self.fail(node, f"a number is expected, this is {expr.type.words()}", hint)
        return expr

    def _truth(self, node: ast.Node) -> Expr:
        expr = self._lower(node)
        if expr.type.kind not in ("boolean", "unknown"):
            self.fail(
                node, f"true or false is expected, this is {expr.type.words()}", "compare it with something"
            )
        return expr

    def _binary(self, node: ast.Binary) -> Expr:
        left, right = self._lower(node.left), self._lower(node.right)
        if node.op == "+" and "string" in (left.type.kind, right.type.kind):
            holder = ast.CallNode("+", (node.left, node.right), node.start, node.end)
            return joined(_Call(self, holder), (left, right))
        left, right = self._number(node.left, left), self._number(node.right, right)
        operations: dict[str, Callable[[Expr, Expr], Expr]] = {
            "+": arithmetic.add,
            "-": arithmetic.subtract,
            "*": arithmetic.multiply,
            "/": arithmetic.divide,
            "//": arithmetic.floor_divide,
            "%": arithmetic.modulo,
            "**": arithmetic.power,
        }
        try:
            return operations[node.op](left, right)
        except arithmetic.ScaleError as error:
            self.fail(node, str(error), "round one of the values first")

    def _compare(self, node: ast.Compare) -> Expr:
        left, right = self._lower(node.left), self._lower(node.right)
        left, right = self._as_moment(left, right), self._as_moment(right, left)
        a, b = aligned(left, right)
        if not _comparable(a.type, b.type):
            self.fail(node, f"{left.type.words()} can't be compared with {right.type.words()}")
        if a.type.kind == "list" or (a.type.kind == "boolean" and node.op not in ("==", "!=")):
            self.fail(node, f"{a.type.words()} can't be compared in this way")
        return call(_COMPARISONS[node.op], a, b)

    def _as_moment(self, expr: Expr, other: Expr) -> Expr:
        """A text literal in the form of a date, beside a date, is that date."""
        if not (isinstance(expr, Const) and expr.type == STRING and other.type.kind in ("date", "datetime")):
            return expr
        moment = parse_moment(str(expr.value))
        if not isinstance(moment, (IsoDate, IsoDateTime)):
            return expr
        value = self.scope.names.calendar.moment(moment)
        return Const(value, DATE if isinstance(moment, IsoDate) else DATETIME)

    def _choice(self, node: ast.IfElse) -> Expr:
        condition = self._truth(node.condition)
        then, otherwise = self._lower(node.then), self._lower(node.otherwise)
        holder = ast.CallNode("if", (node.then, node.otherwise), node.start, node.end)
        (a, b), kind = unified(_Call(self, holder), (then, otherwise))
        return call("choose", condition, a, b, type=kind)

    def _call(self, node: ast.CallNode) -> Expr:
        entry = FUNCTIONS.get(node.function)
        if entry is None:
            hint = did_you_mean(node.function, FUNCTIONS) or "the functions are " + ", ".join(
                sorted(FUNCTIONS)
            )
            self.fail(node, f"no function named `{node.function}`", hint, fix=self._respelt(node))
        count = len(node.args)
        if count < entry.least or (entry.most is not None and count > entry.most):
            self.fail(node, f"`{node.function}` takes {_arguments(entry.least, entry.most)}", entry.signature)
        args = [self._lower(arg) for arg in node.args]
        try:
            return entry.lower(_Call(self, node), args)
        except arithmetic.ScaleError as error:
            self.fail(node, str(error))


def _arguments(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} argument{'s' if least > 1 else ''}"
    if least == most:
        return f"{least} argument{'s' if least > 1 else ''}"
    return f"{least} to {most} arguments"


def _comparable(a: Type, b: Type) -> bool:
    return "unknown" in (a.kind, b.kind) or a.kind == b.kind or (a.is_exact and b.is_exact)
