"""The keys beside the kinds that take rows: which of a customer's steps count, and what becomes of ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from segmentry.engine.files.schema.parts import Schema, choice, flag, has, no, ref, when, whole
from segmentry.engine.language.kinds.entry import RowKind, RowOption

_MOST = 1_000_000

_KEYS: Mapping[RowOption, Schema] = {
    "n": {
        **whole("Which step: 1 is the first, 2 the second, -1 the last.", -_MOST, _MOST),
        "title": "a whole number but 0, like 1 for the first or -1 for the last",
        "not": {"enum": [0]},
    },
    "list": flag("Whether all known values of the step are given, as a sorted list."),
    "by": ref(
        "column_name",
        "The column whose values are the steps of a customer's rows, like `order_id`; without it a step is a "
        "distinct time.",
    ),
    "last_rows": whole(
        "Of the rows that `where` and the window leave, only those of so many newest steps count; a step is "
        "a distinct time, or a value of `by`.",
        1,
        _MOST,
    ),
    "exactly": flag(
        "Whether there must be as many steps as `last_rows` says; with fewer the value is missing, a "
        "condition false."
    ),
    "tie": choice(
        "Which value counts of rows at the same time: the `greatest` (the default) or the `smallest`.",
        "greatest",
        "smallest",
    ),
    "missing": choice(
        "`keep`: a row counts though its value is missing, so that what was cleared stays cleared.", "keep"
    ),
}

_EXAMPLES: Mapping[RowOption, str] = {
    "n": "say which step, like `n: 1` for the first or `n: -1` for the last"
}

LAST_ROWS: tuple[RowOption, ...] = ("last_rows", "exactly", "by")
"""The keys that choose the newest steps."""


def row_options(*names: RowOption) -> dict[str, Schema]:
    """The schemas of some of the keys; all of them if none is named."""
    return {name: _KEYS[name] for name in names or _KEYS}


def options_go_with(kinds: Iterable[RowKind], names: Iterable[RowOption] = get_args(RowOption)) -> Schema:
    """Each of the keys has its place beside its kinds only."""
    takers = {name: [kind.name for kind in kinds if name in kind.options] for name in names}
    parts = [
        when(has(*found), {}, no((name,), f"`{{key}}` belongs to {_listed(found)}", "leave it out"))
        for name, found in takers.items()
    ]
    parts += [
        when(has(kind.name), {"required": [name], "x-fix": _EXAMPLES[name]})
        for kind in kinds
        for name in kind.required
    ]
    return {"allOf": parts}


def of_last_rows(*alone: str) -> Schema:
    """What goes with `last_rows` only; ``alone`` are the keys beside which `by` has a meaning of its own."""
    exactly = no(("exactly",), "`{key}` belongs to `last_rows`", "leave it out, or say how many")
    by = no(("by",), "`{key}` belongs to `last_rows`", "leave it out, or say how many")
    if alone:
        by = when(has(*alone), {}, by)
    return when(has("last_rows"), {}, {"allOf": [exactly, by]})


def _listed(names: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
