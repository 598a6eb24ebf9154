"""The key `that`, of the kinds which count some of the rows that they take."""

from __future__ import annotations

from collections.abc import Iterable

from segmentry.engine.files.schema.parts import Schema, has, no, ref, when
from segmentry.engine.language.kinds.entry import RowKind


def that_condition(kinds: Iterable[RowKind]) -> Schema:
    """What stands behind `that`."""
    return ref("row_condition", f"Which of the rows {_listed(kinds)} counts.")


def that_goes_with(kinds: Iterable[RowKind], fix: str) -> Schema:
    """`that` is needed by its kinds, and has no place beside others; ``fix`` mends the latter."""
    needing = [kind.name for kind in kinds if kind.needs_that]
    needed = {
        "required": ["that"],
        "x-fix": "say which rows count, like `that: {column: discount, more_than: 0}`",
    }
    return when(has(*needing), needed, no(("that",), f"`{{key}}` belongs to {_listed(kinds)}", fix))


def _listed(kinds: Iterable[RowKind]) -> str:
    return " or ".join(f"`{kind.name}`" for kind in kinds if kind.needs_that)
