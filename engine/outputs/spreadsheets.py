"""Texts in tables for people: a spreadsheet must show them and never take one for a formula.

What begins a formula is OWASP's list (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

APOSTROPHE: Final = "'"
"""In front of a text it tells a spreadsheet that no formula follows."""

_BEGINS = "=+\\-@\t\r\n＝＋－＠"
_NUMBER = r"[+-]?[0-9][0-9.,'  \u00a0\u202f]*(?:[eE][+-]?[0-9]+)?\s?%?"
_FORMULA: Final = rf"^[{_BEGINS}]"
_HARMLESS: Final = rf"^{_NUMBER}$"


def shown_text(text: str) -> str:
    """The text, with an apostrophe in front where it could be a formula; a number is none."""
    dangerous = re.match(_FORMULA, text) is not None and re.fullmatch(_NUMBER, text) is None
    return APOSTROPHE + text if dangerous else text


def shown_table(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the same in every column of texts, as String, and in the columns' names."""
    import polars as pl

    kinds = (pl.String, pl.Categorical, pl.Enum)
    texts = [name for name, dtype in frame.schema.items() if isinstance(dtype, kinds)]
    columns = [pl.col(name).cast(pl.String) for name in texts]
    shown = frame.with_columns(
        pl.when(column.str.contains(_FORMULA) & ~column.str.contains(_HARMLESS))
        .then(pl.lit(APOSTROPHE) + column)
        .otherwise(column)
        .alias(name)
        for name, column in zip(texts, columns, strict=True)
    )
    return shown.rename({name: shown_text(name) for name in frame.columns})
