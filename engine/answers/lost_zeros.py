"""Keys of digits that have lost the zeros in front of them, as happens where Excel saves a table."""

from __future__ import annotations

import polars as pl

from segmentry.engine.answers.notes import Note
from segmentry.engine.planning.plan import Plan


def lost_zeros(plan: Plan, keys: pl.Series) -> tuple[Note, ...]:
    """A note where keys (sorted) that begin with 0 all have one length, and others of digits are shorter.

    Nothing is said of keys that are no texts, and none where a key of digits is longer than those.
    """
    if keys.dtype != pl.String or not keys.str.starts_with("0").any():
        return ()
    digits = keys.filter(keys.str.contains(r"^[0-9]+$"))
    lengths = digits.str.len_chars()
    zeros = digits.str.starts_with("0")
    whole: list[int] = lengths.filter(zeros).unique().to_list()
    if len(whole) != 1 or lengths.max() != whole[0]:
        return ()
    short = int((lengths < whole[0]).sum())
    if not short:
        return ()
    column = f"{plan.customers}.{plan.key}"
    text = (
        f"{short:,} of {len(keys):,} key{'' if len(keys) == 1 else 's'} of `{column}` "
        f"{'is' if short == 1 else 'are'} shorter than those that begin with 0, of {whole[0]} digits: "
        f"{'it has' if short == 1 else 'they have'} probably lost zeros in front"
    )
    fix = f"export the column as text, or say `pad: {whole[0]}` on it"
    return (Note("lost-zeros", "warning", plan.customers, plan.key, short, len(keys), text, fix),)
