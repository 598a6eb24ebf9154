"""Whether rows are aggregated by kernels: if numba is there, the data worth its start, and the kind one of
those that have a kernel. Importing this module does not import numba.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from segmentry.engine.diagnostics.errors import DataError
from segmentry.engine.language.aggregates import AggregateKind, RowAggregate
from segmentry.engine.sources.read import SourceReader

SWITCH = "SEGMENTRY_KERNELS"
"""The environment variable that says `on` (however little data there is) or `off`."""

_WORTH = 3_000_000
"""Rows from which on a second of loading and compiling pays."""

_ORDERED = frozenset(("integer", "decimal", "number", "date", "datetime", "boolean", "string"))
_WHOLE = frozenset(("integer", "decimal", "date", "datetime", "boolean", "string"))
TAKES: Mapping[AggregateKind, frozenset[str]] = {
    "sum": frozenset(("integer", "decimal", "number")),
    "min": _ORDERED,
    "max": _ORDERED,
    "first": _ORDERED,
    "last": _ORDERED,
    "median": frozenset(("integer", "decimal")),
    "distinct": _WHOLE,
    "most_common": _WHOLE,
    "longest_gap": frozenset(("date",)),
}
"""The types of values of which each kind of aggregate has a kernel; "count" takes any."""


def has_kernel(aggregate: RowAggregate) -> bool:
    """Whether an aggregate can be taken by a kernel."""
    if aggregate.steps is not None:
        return False
    if aggregate.kind == "count":
        return True
    return aggregate.value is not None and aggregate.value.type.kind in TAKES.get(aggregate.kind, ())


def without_kernels(readers: Iterable[SourceReader]) -> str | None:
    """Why the rows of these sources do not go through kernels, in words; None where they do."""
    said = os.environ.get(SWITCH, "").lower()
    if said == "off":
        return f"{SWITCH} is off"
    rows = sum(reader.rows_about() for reader in readers)
    if said != "on" and rows < _WORTH:
        return f"they pay from {_WORTH:,} rows on"
    return None if find_spec("numba") else 'numba is not installed (pip install "segmentry[fast]")'


class UnfitError(Exception):
    """Numbers that the kernels' 64 bits do not hold: the work is done again without them."""


KERNEL_FAILURES = (UnfitError, DataError)
"""Upon these the work is done again without kernels, which either can do it or says exactly why not."""
