"""Operations on lists, and tests of texts, as Polars expressions. What makes texts: `text_values.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import polars as pl

from segmentry.engine.language.expr import Call
from segmentry.engine.language.regex import Pattern, for_engine
from segmentry.engine.sources.dtypes import is_wide, literal

Args = Sequence[pl.Expr]
LowerText = Callable[[object, Call, Args], pl.Expr]


def text(method: str) -> LowerText:
    def lower(to: object, node: Call, args: Args) -> pl.Expr:
        result: pl.Expr = getattr(args[0].str, method)()
        return result.cast(pl.Int64) if node.type.kind == "integer" else result

    return lower


def is_blank(to: object, node: Call, args: Args) -> pl.Expr:
    return (args[0].str.strip_chars() == "").fill_null(value=True)


def any_text(find: Callable[[pl.Expr, str], pl.Expr]) -> LowerText:
    def lower(to: object, node: Call, args: Args) -> pl.Expr:
        return reduce(lambda a, b: a | b, [find(args[0], text) for text in node.params[0]])

    return lower


def contains(expr: pl.Expr, text: str | pl.Expr) -> pl.Expr:
    return expr.str.contains(text, literal=True)


def matches(to: object, node: Call, args: Args) -> pl.Expr:
    pattern, ignore_case = node.params
    assert isinstance(pattern, Pattern)
    text = for_engine(pattern, "polars", ignore_case=ignore_case)
    return args[0].str.contains(text, literal=False)


def list_test(join: Callable[[pl.Expr, pl.Expr], pl.Expr], *, empty: bool) -> LowerText:
    def lower(to: object, node: Call, args: Args) -> pl.Expr:
        element = node.args[0].type.element
        assert element is not None
        tests = [
            pl.lit(value=False) if is_wide(value, element) else args[0].list.contains(literal(value, element))
            for value in node.params[0]
        ]
        known = args[0].is_not_null()
        return pl.when(known).then(reduce(join, tests) if tests else pl.lit(empty))

    return lower


def list_lower(to: object, node: Call, args: Args) -> pl.Expr:
    return args[0].list.eval(pl.element().str.to_lowercase())


def list_size(to: object, node: Call, args: Args) -> pl.Expr:
    return args[0].list.len().cast(pl.Int64)
