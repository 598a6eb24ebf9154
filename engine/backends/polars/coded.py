"""Text columns of few values as small numbers: a test is done once per distinct value, not once per row,
and `last`, `distinct` and the like work on numbers. Codes follow the order of the values (by code point),
so that the greatest code is the greatest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from segmentry.engine.backends.polars.lower import Lowerer
from segmentry.engine.language.expr import Call, Expr, Field, fields_of
from segmentry.engine.language.types import Type

MOST_VALUES = 65_535
"""A column with more distinct values stays text."""

_SAMPLE_ROWS = 100_000
_SAMPLE_VALUES = 8_192


def code_column(name: str) -> str:
    """The column that holds the codes of a text column."""
    return f"\x00code:{name}"


@dataclass(frozen=True)
class Codes:
    """The sorted distinct values of the coded text columns of one source.

    Those ``guessed`` are of its first rows: a later value that is not among them has no code.
    """

    values: Mapping[str, pl.Series]
    guessed: frozenset[str] = frozenset()

    def columns(self) -> list[pl.Expr]:
        """The code columns to add to the source's rows."""
        return [
            pl.col(name)
            .cast(pl.Enum(values), strict=name not in self.guessed)
            .to_physical()
            .cast(pl.Int64)
            .alias(code_column(name))
            for name, values in self.values.items()
        ]

    def is_wrong(self) -> pl.Expr:
        """Whether a row with its code columns has a text that was not guessed."""
        lacking = [pl.col(n).is_not_null() & pl.col(code_column(n)).is_null() for n in sorted(self.guessed)]
        return pl.any_horizontal(lacking)

    def coded(self, expr: Expr | None) -> str | None:
        """The coded column that an expression is, else None."""
        return expr.name if isinstance(expr, Field) and expr.name in self.values else None

    def decoded(self, codes: pl.Expr, name: str) -> pl.Expr:
        """Codes as their texts."""
        values = self.values[name]
        if len(values) == 0:
            return codes.cast(pl.String)
        return codes.replace_strict(
            pl.Series(range(len(values)), dtype=pl.Int64), values, default=None, return_dtype=pl.String
        )


def find_codes(frame: pl.LazyFrame, names: Iterable[str], *, guess: bool = False) -> Codes:
    """The codes of those of the columns that have few distinct values; one scan of these columns.

    A column whose first rows already hold many values is not looked at further. With ``guess`` the values of
    one whose first rows soon repeat themselves are taken from these; their user looks whether any `is_wrong`.
    """
    wanted = sorted(names)
    if not wanted:
        return Codes({})
    head = frame.select(wanted).head(_SAMPLE_ROWS).collect()
    few = [name for name in wanted if head[name].n_unique() <= _SAMPLE_VALUES]
    guessed = [name for name in few if guess and _repeats(head[name])]
    values = {name: head[name].drop_nulls().unique().sort() for name in guessed}
    if rest := [name for name in few if name not in values]:
        unique = frame.select(pl.col(name).drop_nulls().unique().sort().implode() for name in rest).collect()
        values |= {name: unique[name][0] for name in rest}
    return Codes({n: v for n, v in values.items() if len(v) <= MOST_VALUES}, frozenset(guessed))


def _repeats(texts: pl.Series) -> bool:
    """Whether the second half of the texts brought no new one."""
    return texts.len() == _SAMPLE_ROWS and texts.head(_SAMPLE_ROWS // 2).n_unique() == texts.n_unique()


@dataclass(frozen=True, slots=True)
class CodedLowerer(Lowerer):
    """Lowers expressions over rows whose text columns have codes beside them."""

    codes: Codes = Codes({})

    def __call__(self, expr: Expr) -> pl.Expr:
        """The Polars expression; a test of one coded column becomes a test of its code."""
        if isinstance(expr, Call) and expr.type.kind == "boolean":
            fields = fields_of(expr)
            if len(fields) == 1 and next(iter(fields)) in self.codes.values:
                return self._by_value(expr, next(iter(fields)))
        return Lowerer.__call__(self, expr)

    def _by_value(self, expr: Expr, name: str) -> pl.Expr:
        """The test done on each distinct value and on missing, as a test of the code."""
        values = self.codes.values[name]
        table = pl.DataFrame({name: [*values, None]}, schema={name: pl.String})
        plain = Lowerer(self.zone)(expr)
        results = table.select(plain.alias("result"))["result"].to_list()
        *known, missing = results
        code = pl.col(code_column(name))
        true = [n for n, result in enumerate(known) if result is True]
        held = _is_one_of(code, true)
        unknown = [n for n, result in enumerate(known) if result is None]
        if unknown:
            held = pl.when(~_is_one_of(code, unknown)).then(held)
        if missing is None:
            return held
        return pl.when(code.is_null()).then(pl.lit(value=bool(missing))).otherwise(held)


def _is_one_of(code: pl.Expr, codes: list[int]) -> pl.Expr:
    """Null for a missing code."""
    if len(codes) == 1:
        return code == codes[0]
    if codes and codes == list(range(codes[0], codes[-1] + 1)):
        return (code >= codes[0]) & (code <= codes[-1])
    return code.is_in(pl.Series("", codes, dtype=pl.Int64).implode())


def text_fields(expressions: Iterable[Expr | None]) -> set[str]:
    """The text columns that expressions test or take values of."""
    found: set[str] = set()
    stack = [e for e in expressions if e is not None]
    while stack:
        match stack.pop():
            case Field(name=name, type=Type(kind="string")):
                found.add(name)
            case Call(args=args):
                stack.extend(args)
            case _:
                pass
    return found
