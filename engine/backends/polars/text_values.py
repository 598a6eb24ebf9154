"""Operations that make texts, and numbers of texts, as Polars expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from segmentry.engine.language.expr import Call, Const
from segmentry.engine.language.text_forms import ZERO_WIDTH, folds_of_lowercase, hashes_of
from segmentry.engine.language.types import Type
from segmentry.engine.sources import exact
from segmentry.engine.sources.zones import to_local

Args = Sequence[pl.Expr]
LowerText = Callable[[object, Call, Args], pl.Expr]

_FAR: Final = 2**31
"""No text has so many characters or parts."""

_OFTEN: Final = 4
"""Where a value stands so many times as a rule, each is hashed once, and then looked up."""


def batched(make: Callable[[pl.Series], pl.Series]) -> LowerText:
    """Texts made of texts, batch by batch."""

    def lower(to: object, node: Call, args: Args) -> pl.Expr:
        return args[0].map_batches(make, return_dtype=pl.String, is_elementwise=True)

    return lower


def casefolded(texts: pl.Series) -> pl.Series:
    """Full case folding: lowercase, and then the few letters that it leaves alone."""
    return _of_others(texts, _casefolded)


def folded(texts: pl.Series) -> pl.Series:
    """NFKC case folding without zero-width characters."""
    return _of_others(texts, lambda others: _casefolded(_seen(others)).str.normalize("NFKC"))


def _seen(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(f"[{ZERO_WIDTH}]", "").str.normalize("NFKC")


def _casefolded(texts: pl.Series) -> pl.Series:
    folds = folds_of_lowercase()
    return texts.str.to_lowercase().str.replace_many(list(folds), list(folds.values()))


def _of_others(texts: pl.Series, make: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Lowercase of texts in ASCII, and what is made of the others."""
    lowered = texts.str.to_lowercase()
    others = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(value=False).arg_true()
    return lowered if others.is_empty() else lowered.scatter(others, make(texts.gather(others)))


def list_folded(to: object, node: Call, args: Args) -> pl.Expr:
    """The elements of lists, folded."""
    element = pl.element().map_batches(folded, return_dtype=pl.String, is_elementwise=True)
    return args[0].list.eval(element)


def text_of(value: pl.Expr, kind: Type, zone: str) -> pl.Expr:
    """Values as texts: decimals with all their places, times as those of the zone."""
    match kind.kind:
        case "decimal":
            return _decimal_text(value, kind.scale)
        case "datetime":
            return to_local(value, zone).dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
        case _:
            return value.cast(pl.String)


def _decimal_text(minor: pl.Expr, scale: int) -> pl.Expr:
    if scale == 0:
        return minor.cast(pl.String)
    unit = pl.lit(10**scale, dtype=pl.Int128)
    size = exact.wide(minor).abs()
    sign = pl.when(minor < 0).then(pl.lit("-")).when(minor >= 0).then(pl.lit(""))
    places = (size % unit).cast(pl.String).str.zfill(scale)
    return pl.concat_str(sign, (size // unit).cast(pl.String), pl.lit("."), places)


def replaced(to: object, node: Call, args: Args) -> pl.Expr:
    """Every old text in one is a new one; literals are replaced in one pass over the column."""
    text, old, new = args
    if all(isinstance(arg, Const) for arg in node.args[1:]):
        return text.str.replace_all(old, new, literal=True)
    # Where something is missing nothing is replaced; and what is no column becomes one.
    known = pl.when(old.is_not_null() & new.is_not_null())
    split = known.then(text).str.split(old).list.join(new)
    return pl.when(old == "").then(known.then(text)).otherwise(split)


def sliced(to: object, node: Call, args: Args) -> pl.Expr:
    """Characters from one place to before another, as places of the text that there is."""
    text = args[0]
    length = text.str.len_chars().cast(pl.Int64)
    start, *rest = (_place(arg, length) for arg in args[1:])
    count = (rest[0] if rest else length) - start
    known = pl.all_horizontal(arg.is_not_null() for arg in args)
    return pl.when(known).then(text.str.slice(start, pl.max_horizontal(count, pl.lit(0, dtype=pl.Int64))))


def _place(written: pl.Expr, length: pl.Expr) -> pl.Expr:
    near = written.clip(-_FAR, _FAR)
    return pl.when(near < 0).then(near + length).otherwise(near).clip(pl.lit(0, dtype=pl.Int64), length)


def part_of(to: object, node: Call, args: Args) -> pl.Expr:
    """A part between separators, counted from 1 or back from -1."""
    text, separator, number = args
    near = number.clip(-_FAR, _FAR)
    place = pl.when(near > 0).then(near - 1).when(near < 0).then(near)
    part = text.str.split(separator).list.get(place, null_on_oob=True)
    return pl.when(separator != "").then(part)


def hashed(to: object, node: Call, args: Args) -> pl.Expr:
    """The hashes of texts, of each different one once where they stand often."""
    (count,) = node.params

    def hashes(texts: pl.Series) -> pl.Series:
        if texts.n_unique() * _OFTEN >= len(texts):
            return _hashes(texts, count)
        different = texts.unique()
        return texts.replace_strict(different, _hashes(different, count), return_dtype=pl.Int64)

    return args[0].map_batches(hashes, return_dtype=pl.Int64, is_elementwise=True)


def _hashes(texts: pl.Series, count: int) -> pl.Series:
    return pl.Series(texts.name, hashes_of(texts.to_list(), count), dtype=pl.Int64)
