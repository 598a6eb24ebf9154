"""Texts made alike before anything else is asked of them: cleaned, padded, words for missing taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from segmentry.engine.files.dress import Dress
from segmentry.engine.language.text_forms import ZERO_WIDTH
from segmentry.engine.sources.read_table import MARK


def _phone(text: pl.Expr) -> pl.Expr:
    """A telephone number by what is dialled; `+` says that the number of a country follows."""
    abroad = text.str.contains(r"^[^0-9+]*(\+|00).*[1-9]")
    country = text.str.replace("(0)", "", literal=True).str.replace("^[^0-9]*00", "")
    digits = pl.when(abroad).then(country).otherwise(text).str.replace_all("[^0-9]+", "")
    return pl.concat_str(pl.when(abroad).then(pl.lit("+")).otherwise(pl.lit("")), digits)


_CLEANERS: Final[Mapping[str, Callable[[pl.Expr], pl.Expr]]] = {
    "strip": lambda text: text.str.strip_chars(),
    "lower": lambda text: text.str.to_lowercase(),
    "nfc": lambda text: text.str.normalize("NFC"),
    "collapse_spaces": lambda text: text.str.replace_all(r"\s+", " "),
    "digits": lambda text: text.str.replace_all("[^0-9]", ""),
    "no_zero_width": lambda text: text.str.replace_all(f"[{ZERO_WIDTH}]", ""),
    "phone": _phone,
}
"""What the words of `language.cleaning` do."""


def is_cleaned(dress: Dress) -> bool:
    """Whether a column of texts is read otherwise than it stands."""
    return bool(dress.clean or dress.pad)


def cleaned(text: pl.Expr, dress: Dress) -> pl.Expr:
    """``String``: a text as `clean` and `pad` want it; null where nothing is left, or a word for missing is.

    What begins with `MARK` stays as it is.
    """
    clean = cleaned_by(text, dress.clean)
    missing = (clean.str.strip_chars() == "") | words_for_missing(clean, dress.missing_values)
    padded = clean if dress.pad is None else clean.str.pad_start(dress.pad, "0")
    marked = text.str.starts_with(MARK)
    return pl.when(marked).then(text).when(~missing).then(padded)


def cleaned_by(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """``String``: a text after what some words of `language.cleaning` do, one after another."""
    for word in words:
        text = _CLEANERS[word](text)
    return text


def words_for_missing(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of the words, apart from white space around it; null for null.

    The error of a workbook's cell is the word that stands in it.
    """
    if not words:
        return text.is_null() & text.is_not_null()
    return text.str.strip_chars().is_in([*words, *(MARK + word for word in words)])


def truths(text: pl.Expr, dress: Dress) -> pl.Expr:
    """``String``: the words for true and false, in any case, as `true` and `false`; others as they are."""
    word = text.str.strip_chars().str.to_lowercase()
    yes = word.is_in([value.strip().lower() for value in dress.true_values])
    no = word.is_in([value.strip().lower() for value in dress.false_values])
    return pl.when(yes).then(pl.lit("true")).when(no).then(pl.lit("false")).otherwise(text)
