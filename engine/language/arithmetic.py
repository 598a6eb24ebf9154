"""Arithmetic on typed expressions: what each operator of a formula gives, and of which type.

Exact values (integers, decimals) stay exact under + - * // % and whole powers; a quotient is the double
nearest to the exact quotient; beside a double everything is a double.
"""

from __future__ import annotations

from functools import reduce

from segmentry.engine.language.expr import Call, Const, Expr, aligned, as_number, call
from segmentry.engine.language.types import INTEGER, NUMBER, Type, decimal

MAX_SCALE = 38


class ScaleError(ValueError):
    """The exact result would have more places than a 128-bit decimal holds."""


def _exact(scale: int) -> Type:
    if scale > MAX_SCALE:
        raise ScaleError(f"the result would have {scale} decimal places; at most {MAX_SCALE} fit")
    return decimal(scale) if scale else INTEGER


def _joined(a: Expr, b: Expr) -> Type:
    """Exact result type of + and -: a decimal if either is one."""
    if "decimal" in (a.type.kind, b.type.kind):
        return decimal(max(a.type.scale, b.type.scale))
    return INTEGER


def both_exact(a: Expr, b: Expr) -> bool:
    """Whether two number expressions are both exact."""
    return a.type.is_exact and b.type.is_exact


def add(a: Expr, b: Expr) -> Expr:
    """a + b."""
    left, right = aligned(a, b)
    if both_exact(a, b):
        return call("int_add", left, right, type=_joined(a, b))
    return call("add", left, right, type=NUMBER)


def subtract(a: Expr, b: Expr) -> Expr:
    """a - b."""
    left, right = aligned(a, b)
    if both_exact(a, b):
        return call("int_subtract", left, right, type=_joined(a, b))
    return call("subtract", left, right, type=NUMBER)


def multiply(a: Expr, b: Expr) -> Expr:
    """a * b; the scales of decimals add up."""
    if both_exact(a, b):
        return call("int_multiply", a, b, type=_product(a.type, b.type))
    return call("multiply", as_number(a), as_number(b), type=NUMBER)


def _product(a: Type, b: Type) -> Type:
    """Exact result type of *."""
    kind = _exact(a.scale + b.scale)
    return decimal(kind.scale) if "decimal" in (a.kind, b.kind) else kind


def divide(a: Expr, b: Expr) -> Expr:
    """a / b: always a number; missing for a zero divisor."""
    if both_exact(a, b):
        return call("quotient", a, b, type=NUMBER, params=(a.type.scale, b.type.scale))
    return call("divide", as_number(a), as_number(b), type=NUMBER)


def floor_divide(a: Expr, b: Expr) -> Expr:
    """a // b, downwards."""
    left, right = aligned(a, b)
    if both_exact(a, b):
        return call("int_floor_divide", left, right, type=INTEGER)
    return call("floor_divide", left, right, type=NUMBER)


def modulo(a: Expr, b: Expr) -> Expr:
    """a % b with the divisor's sign."""
    left, right = aligned(a, b)
    if both_exact(a, b):
        return call("int_modulo", left, right, type=_joined(a, b))
    return call("modulo", left, right, type=NUMBER)


def power(a: Expr, b: Expr) -> Expr:
    """a ** b: exact for an exact base and a whole literal exponent that is not negative."""
    exponent = whole_exponent(b)
    if a.type.is_exact and exponent is not None:
        if exponent == 0:
            one = call("equal", a, a)
            return call("choose", one, Const(1, INTEGER), Const(None, INTEGER), type=INTEGER)
        kind = reduce(lambda product, _: _product(product, a.type), range(exponent - 1), a.type)
        return a if exponent == 1 else call("int_power", a, type=kind, params=(exponent,))
    return call("power", as_number(a), as_number(b), type=NUMBER)


def multiplied_out(base: Expr, exponent: int) -> Expr:
    """An exact power of at least 1 as products."""
    return reduce(lambda product, _: multiply(product, base), range(exponent - 1), base)


MAX_EXPONENT = 64


def whole_exponent(b: Expr) -> int | None:
    """The exponent, where it is a whole literal from 0 to 64."""
    if isinstance(b, Const) and b.type.is_exact and b.value is not None:
        whole, rest = divmod(b.value, 10**b.type.scale)
        if rest == 0 and 0 <= whole <= MAX_EXPONENT:
            return int(whole)
    return None


def negate(a: Expr) -> Expr:
    """-a."""
    if isinstance(a, Const) and a.value is not None:
        return Const(-a.value, a.type)
    if a.type.is_exact:
        return call("int_negate", a, type=a.type)
    return call("negate", a, type=NUMBER)


def uses_transcendental(expr: Expr) -> bool:
    """Whether the last digits may differ between engines: exp, log, sqrt or a non-integer power."""
    stack: list[Expr] = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            if node.op in ("exponential", "logarithm", "square_root"):
                return True
            if node.op == "power" and not _whole_number(node.args[1]):
                return True
            stack.extend(node.args)
    return False


def _whole_number(b: Expr) -> bool:
    if b.type.is_exact:
        return not isinstance(b, Const) or b.value is None or b.value % 10**b.type.scale == 0
    if isinstance(b, Const):
        return b.value is not None and float(b.value).is_integer()
    return isinstance(b, Call) and b.op == "to_double" and b.args[0].type.kind == "integer"
