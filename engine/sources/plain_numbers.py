"""Numbers as people write them, made into numbers as machines do: digits, a point, a sign in front.

The value is not touched: texts become texts, which are parsed exactly afterwards. What is not of the dress
that was declared becomes a text that no number is, and so a bad value.
"""

from __future__ import annotations

import polars as pl

from segmentry.engine.files.dress import Dress
from segmentry.engine.language.currencies import is_currency_code, written_with
from segmentry.engine.sources.read_table import MARK

_SPACES = " \u00a0\u202f\u2009"
"""All of them are meant by a space between thousands: programs write one that keeps a number together."""
_APOSTROPHES = "'\u2019"
_NO_NUMBER = "(?i)^[+-]?(?:nan|inf|infinity)$"
_NEVER = "$^"
"""What matches in no text that holds something."""
_SIGN = "[+\u2212-]"


def is_dressed(dress: Dress, unit: str | None) -> bool:
    """Whether something is declared of how the numbers of a column are written."""
    declared = dress.decimal or dress.thousands or dress.percent
    return bool(declared) or (unit is not None and is_currency_code(unit))


def plain_numbers(text: pl.Expr, dress: Dress, unit: str | None) -> pl.Expr:
    """``String``: numbers of a dress as strict ones, the exponent of a percentage two less."""
    return text.map_batches(
        lambda batch: _plain(batch, dress, unit), return_dtype=pl.String, is_elementwise=True
    )


def _plain(batch: pl.Series, dress: Dress, unit: str | None) -> pl.Series:
    texts = batch.str.strip_chars()
    mark = dress.decimal or "."
    # Nearly all numbers are digits and perhaps a mark: a simple pattern and one replacement settle those.
    point = _escaped(mark)
    usual = texts.str.contains(rf"^[+-]?(?:[0-9]+{point}?[0-9]*|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?$")
    odd = ~usual & (texts != "") if not dress.percent else texts != ""
    if mark != ".":
        texts = texts.str.replace(mark, ".", literal=True)
    if not odd.any():
        return texts
    rows = odd.fill_null(value=False).arg_true()
    undressed = _undressed(batch.gather(rows).str.strip_chars(), dress, unit)
    return undressed if len(rows) == len(texts) else texts.scatter(rows, undressed)


def _undressed(texts: pl.Series, dress: Dress, unit: str | None) -> pl.Series:
    """Numbers with marks of thousands, a currency, brackets for less than zero or a sign behind."""
    parts = pl.col("parts").struct
    signs = [parts.field(name) for name in ("sign1", "sign2", "sign3", "sign4", "open")]
    money = [parts.field(name) for name in ("money1", "money2")]
    minus = pl.any_horizontal(sign.is_in(["-", "\u2212", "("]) for sign in signs)
    whole, fraction = parts.field("whole"), parts.field("fraction")
    rest = pl.coalesce(parts.field("rest"), fraction, pl.lit(""))
    number = pl.concat_str(
        pl.when(minus.fill_null(value=False)).then(pl.lit("-")).otherwise(pl.lit("")),
        whole.str.replace_all("[^0-9]", "").fill_null(""),
        rest.str.replace(dress.decimal or ".", ".", literal=True),
        parts.field("power").fill_null(""),
        pl.lit("e-2" if dress.percent else ""),
    )
    fits = (
        (pl.sum_horizontal(sign.is_not_null() for sign in signs) <= 1)
        & (pl.sum_horizontal(sign.is_not_null() for sign in money) <= 1)
        & (parts.field("open").is_null() == parts.field("close").is_null())
        & (whole.is_not_null() | fraction.is_not_null())
    )
    text = pl.col("text")
    found = pl.DataFrame({"text": texts}).with_columns(parts=text.str.extract_groups(_pattern(dress, unit)))
    kept = text.str.contains(_NO_NUMBER)
    plain = pl.when(fits).then(number).when(kept).then(text).otherwise(pl.lit(MARK) + text)
    return found.select(plain).to_series()


def _pattern(dress: Dress, unit: str | None) -> str:
    """A number of the dress, its parts named; at least one digit stands before or behind the mark."""
    point = _escaped(dress.decimal or ".")
    digits = "[0-9]+"
    if dress.thousands:
        # One kind of mark in one number: an alternative for each.
        marks = map(_escaped, _meant_by(dress.thousands))
        digits = "|".join([*(f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in marks), digits])
    known = written_with(unit) if unit is not None and is_currency_code(unit) else ()
    money = "|".join("".join(map(_escaped, sign)) for sign in known) or _NEVER
    power = _NEVER if dress.percent else "[eE][+-]?[0-9]+"
    percent = r"\s*%" if dress.percent else ""
    return (
        rf"^(?P<open>\()?\s*(?P<sign1>{_SIGN})?\s*(?P<money1>{money})?\s*(?P<sign2>{_SIGN})?\s*"
        rf"(?:(?P<whole>{digits})(?P<rest>{point}[0-9]*)?|(?P<fraction>{point}[0-9]+))"
        rf"(?P<power>{power})?\s*(?P<sign3>{_SIGN})?{percent}"
        rf"\s*(?P<money2>{money})?\s*(?P<sign4>{_SIGN})?\s*(?P<close>\))?$"
    )


def _escaped(char: str) -> str:
    return f"\\x{{{ord(char):x}}}"


def _meant_by(mark: str) -> str:
    """The marks that are meant by one."""
    return next((marks for marks in (_SPACES, _APOSTROPHES) if mark in marks), mark)
