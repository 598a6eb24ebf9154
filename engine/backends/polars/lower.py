"""Expressions of the plan as Polars expressions: one entry per primitive operation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, assert_never

import polars as pl

from segmentry.engine.backends.polars import dates, text_values, texts
from segmentry.engine.backends.polars.intervals import Intervals
from segmentry.engine.language.arithmetic import multiplied_out
from segmentry.engine.language.expr import Call, Const, Expr, Field, Op
from segmentry.engine.sources import exact, parse_text
from segmentry.engine.sources.dtypes import dtype_of, is_wide, literal, literals

Args = Sequence[pl.Expr]
Lower = Callable[["Lowerer", Call, Args], pl.Expr]


@dataclass(frozen=True, slots=True)
class Lowerer:
    """Lowers expressions over one frame; ``zone`` is the workspace's time zone.

    What ``bounds`` prove to fit is not checked row by row.
    """

    zone: str
    bounds: Intervals | None = None

    def __call__(self, expr: Expr) -> pl.Expr:
        """The Polars expression; its dtype is the canonical one of the expression's type."""
        match expr:
            case Const(value=value, type=kind):
                return literal(value, kind)
            case Field(name=name):
                return pl.col(name)
            case Call(op=op) if op in OPEN:
                return _finite(self._open(expr))
            case Call(op=op, args=args):
                return OPERATIONS[op](self, expr, [self(a) for a in args])
            case _:
                assert_never(expr)

    def _open(self, expr: Expr) -> pl.Expr:
        """The expression without the check for finite values where what follows can't lose one."""
        if isinstance(expr, Call) and expr.op in OPEN:
            return OPEN[expr.op](*map(self._open, expr.args))
        return self(expr)

    def fits(self, expr: Expr) -> bool:
        """Whether all results of an exact expression are known to fit."""
        return self.bounds is not None and self.bounds.fit(expr)


# --- exact numbers --------------------------------------------------------------------------------


def _exact_pair(
    operation: Callable[[pl.Expr, pl.Expr], pl.Expr],
    *,
    estimate: Callable[[pl.Expr, pl.Expr], pl.Expr] | None,
) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        fits = estimate is not None and to.fits(node)
        if fits and node.type.kind == "integer":
            return operation(args[0], args[1])
        a, b = exact.wide(args[0]), exact.wide(args[1])
        result = operation(a, b)
        if fits:
            return result
        if node.type.kind == "integer":
            return exact.fits_integer(result)
        if estimate is None:
            return result
        return exact.guarded(result, estimate(args[0].cast(pl.Float64), args[1].cast(pl.Float64)))

    return lower


def _int_power(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    return to(multiplied_out(node.args[0], node.params[0]))


def _int_negate(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    # Polars has no negation of 128-bit integers.
    return pl.lit(0, dtype=dtype_of(node.type)) - args[0]


def _int_absolute(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    return args[0].abs()


def _int_scale_up(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    factor = 10 ** node.params[0]
    result = exact.wide(args[0]) * pl.lit(factor, dtype=pl.Int128)
    return result if to.fits(node) else exact.guarded(result, args[0].cast(pl.Float64) * float(factor))


def _int_divided(how: str) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        result = exact.divided(exact.wide(args[0]), node.params[0], how)
        return exact.fits_integer(result) if node.type.kind == "integer" else result

    return lower


def _to_double(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    if node.params[0] == 0 and node.args[0].type.kind == "integer":
        return args[0].cast(pl.Float64)
    return exact.to_double(args[0], node.params[0])


def _quotient(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    return exact.quotient(args[0], args[1], node.params[0], node.params[1])


# --- doubles --------------------------------------------------------------------------------------


def _finite(expr: pl.Expr) -> pl.Expr:
    """The value, or null where it is NaN or infinite."""
    return pl.when(expr.is_finite()).then(expr)


OPEN: Mapping[Op, Callable[..., pl.Expr]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negate": pl.Expr.__neg__,
    "absolute": pl.Expr.abs,
}
"""Operations whose result is never finite when an argument isn't: a chain of them is checked at its end."""


def _opened(op: Op) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        return _finite(OPEN[op](*args))

    return lower


def _double(operation: Callable[[pl.Expr], pl.Expr]) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        return _finite(operation(args[0]))

    return lower


def _doubles(operation: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        return _finite(operation(args[0], args[1]))

    return lower


def _nonzero(operation: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Lower:
    """A division: null for a zero divisor."""

    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        return _finite(pl.when(args[1] != 0).then(operation(args[0], args[1])))

    return lower


def _round_places(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    return exact.round_places(args[0], node.params[0])


# --- comparisons and truth ------------------------------------------------------------------------


def _compare(operation: Callable[[pl.Expr, pl.Expr], pl.Expr], mirrored: Op) -> Lower:
    """A comparison; what reads no column is on the right: on the left Polars can't spread it."""

    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        if _is_constant(node.args[0]) and not _is_constant(node.args[1]):
            turned = Call(mirrored, (node.args[1], node.args[0]), node.type)
            return OPERATIONS[mirrored](to, turned, (args[1], args[0]))
        return operation(args[0], args[1])

    return lower


def _is_constant(expr: Expr) -> bool:
    """Whether an expression reads no column."""
    match expr:
        case Const():
            return True
        case Field():
            return False
        case Call(args=args):
            return all(map(_is_constant, args))
        case _:
            assert_never(expr)


_FEW_TEXTS = 8
"""So many comparisons of texts, which other conditions share, cost less than one look-up of each text."""


def _in_set(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    kind = node.args[0].type
    values = [value for value in node.params[0] if not is_wide(value, kind)]
    if 1 <= len(values) <= _FEW_TEXTS and (len(values) == 1 or kind.kind == "string"):
        return pl.any_horizontal([args[0] == literal(value, kind) for value in values])
    return args[0].is_in(literals(values, kind).implode())


def _strict(join: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Lower:
    """`and` / `or` that are null when any argument is null."""

    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        joined = reduce(join, args)
        if len({_subject(a) for a in node.args}) == 1 and _subject(node.args[0]) is not None:
            return joined
        missing = reduce(lambda a, b: a | b, [a.is_null() for a in args])
        return pl.when(~missing).then(joined)

    return lower


def _subject(expr: Expr) -> Expr | None:
    """The one value whose absence makes a comparison with literals null."""
    if isinstance(expr, Call) and expr.op in ("less", "less_or_equal", "greater", "greater_or_equal"):
        first, second = expr.args
        if isinstance(second, Const) and second.value is not None:
            return first
    return None


def _is_true(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    inner = node.args[0]
    if isinstance(inner, Call) and inner.op == "and":
        return pl.all_horizontal([to(a) for a in inner.args]).fill_null(value=False)
    return args[0].fill_null(value=False)


def _choose(args: Args) -> pl.Expr:
    return pl.when(args[0]).then(args[1]).otherwise(args[2])


def _folded(fold: Callable[[Args], pl.Expr]) -> Lower:
    def lower(to: Lowerer, node: Call, args: Args) -> pl.Expr:
        if any(isinstance(a, Const) and is_wide(a.value, a.type) for a in node.args):
            # Such a literal may stand there as long as it is no result.
            return fold(args).cast(dtype_of(node.type), strict=True)
        return fold(args)

    return lower


def first_true(conditions: Args) -> pl.Expr:
    """The place of the first condition that holds, else null."""
    if not conditions:
        return pl.lit(None, dtype=pl.Int64)
    chain: Any = pl
    for place, condition in enumerate(conditions):
        chain = chain.when(condition).then(pl.lit(place, dtype=pl.Int64))
    result: pl.Expr = chain.otherwise(pl.lit(None, dtype=pl.Int64))
    return result


def _best(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    n = node.params[0]
    if n == 0:
        return pl.lit(None, dtype=pl.Int64)
    scores = [pl.when(c).then(s) for c, s in zip(args[:n], args[n:], strict=True)]
    best = pl.max_horizontal(scores)
    return first_true([(s == best).fill_null(value=False) for s in scores])


# --- labels ----------------------------------------------------------------------------------------


def _band(to: Lowerer, node: Call, args: Args) -> pl.Expr:
    edges, labels = node.params
    chain: Any = pl
    for edge, label in zip(reversed(edges), reversed(labels), strict=True):
        chain = chain.when(args[0] >= literal(edge, node.args[0].type)).then(pl.lit(label))
    result: pl.Expr = chain.otherwise(pl.lit(None, dtype=dtype_of(node.type)))
    return result


OPERATIONS: Mapping[Op, Lower] = {
    "int_add": _exact_pair(lambda a, b: a + b, estimate=lambda a, b: a + b),
    "int_subtract": _exact_pair(lambda a, b: a - b, estimate=lambda a, b: a - b),
    "int_multiply": _exact_pair(lambda a, b: a * b, estimate=lambda a, b: a * b),
    "int_power": _int_power,
    "int_floor_divide": _exact_pair(lambda a, b: a // b, estimate=None),
    "int_modulo": _exact_pair(lambda a, b: a % b, estimate=None),
    "int_negate": _int_negate,
    "int_absolute": _int_absolute,
    "int_scale_up": _int_scale_up,
    "int_round": _int_divided("round"),
    "int_floor": _int_divided("floor"),
    "int_ceiling": _int_divided("ceiling"),
    "to_double": _to_double,
    "quotient": _quotient,
    "add": _opened("add"),
    "subtract": _opened("subtract"),
    "multiply": _opened("multiply"),
    "divide": _nonzero(exact.true_quotient),
    "floor_divide": _nonzero(lambda a, b: exact.true_quotient(a, b).floor()),
    "modulo": _nonzero(lambda a, b: a % b),
    "negate": _opened("negate"),
    "absolute": _opened("absolute"),
    "power": _doubles(lambda a, b: a.pow(b)),
    "square_root": _double(lambda a: a.sqrt()),
    "logarithm": _double(lambda a: a.log()),
    "exponential": _double(lambda a: a.exp()),
    "round_even": _double(lambda a: a.round(0, mode="half_to_even")),
    "round_places": _round_places,
    "floor": _double(lambda a: a.floor()),
    "ceiling": _double(lambda a: a.ceil()),
    "equal": _compare(lambda a, b: a == b, "equal"),
    "not_equal": _compare(lambda a, b: a != b, "not_equal"),
    "less": _compare(lambda a, b: a < b, "greater"),
    "less_or_equal": _compare(lambda a, b: a <= b, "greater_or_equal"),
    "greater": _compare(lambda a, b: a > b, "less"),
    "greater_or_equal": _compare(lambda a, b: a >= b, "less_or_equal"),
    "in_set": _in_set,
    "and": _strict(lambda a, b: a & b),
    "or": _strict(lambda a, b: a | b),
    "not": _folded(lambda args: ~args[0]),
    "all_true": _folded(pl.all_horizontal),
    "any_true": _folded(pl.any_horizontal),
    "is_known": _folded(lambda args: args[0].is_not_null()),
    "is_true": _is_true,
    "choose": _folded(_choose),
    "coalesce": _folded(pl.coalesce),
    "smallest": _folded(pl.min_horizontal),
    "greatest": _folded(pl.max_horizontal),
    "first_true": _folded(first_true),
    "best": _best,
    "lower": texts.text("to_lowercase"),
    "upper": texts.text("to_uppercase"),
    "strip": texts.text("strip_chars"),
    "casefold": text_values.batched(text_values.casefolded),
    "fold": text_values.batched(text_values.folded),
    "nfc": lambda _, __, args: args[0].str.normalize("NFC"),
    "length": texts.text("len_chars"),
    "concat": lambda _, __, args: args[0] + args[1],
    "text_of": lambda to, node, args: text_values.text_of(args[0], node.args[0].type, to.zone),
    "replace_text": text_values.replaced,
    "slice": text_values.sliced,
    "split_part": text_values.part_of,
    "number_of": lambda _, __, args: _finite(parse_text.number(args[0])),
    "hash": text_values.hashed,
    "is_blank": texts.is_blank,
    "contains": texts.any_text(texts.contains),
    "starts_with": texts.any_text(lambda e, t: e.str.starts_with(t)),
    "ends_with": texts.any_text(lambda e, t: e.str.ends_with(t)),
    "contains_text": _folded(lambda args: texts.contains(args[0], args[1])),
    "starts_with_text": _folded(lambda args: args[0].str.starts_with(args[1])),
    "ends_with_text": _folded(lambda args: args[0].str.ends_with(args[1])),
    "matches": texts.matches,
    **dates.OPERATIONS,
    "list_includes_any": texts.list_test(lambda a, b: a | b, empty=False),
    "list_includes_all": texts.list_test(lambda a, b: a & b, empty=False),
    "list_lower": texts.list_lower,
    "list_fold": text_values.list_folded,
    "list_size": texts.list_size,
    "band": _band,
}
"""How each primitive is done in Polars."""
