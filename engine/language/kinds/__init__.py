"""The kinds of traits, and the row aggregates that grouped sources may list: one entry each, from which the
schema, the parser, the checks, the lowering, the words of `show` and the documentation are made.
"""

from __future__ import annotations

from collections.abc import Mapping

from segmentry.engine.language.kinds import of_customers, of_rows
from segmentry.engine.language.kinds.entry import ColumnKind, RowKind, TraitKind

ROW_KINDS: Mapping[str, RowKind] = {entry.name: entry for entry in of_rows.ENTRIES}
"""The kinds that take rows of a source."""

TRAIT_KINDS: Mapping[str, TraitKind] = {
    **ROW_KINDS,
    **{entry.name: entry for entry in of_customers.ENTRIES},
}
"""Every kind of trait by its key."""

DAYS_SINCE_PREVIOUS = ColumnKind(
    name="days_since_previous", doc="The days since the same customer's latest row on an earlier date."
)
"""What a source computes of each row and the customer's earlier ones."""

GROUP_KINDS: Mapping[str, RowKind] = {name: entry for name, entry in ROW_KINDS.items() if entry.in_groups}
"""The row aggregates that a grouped source may list in its `columns`."""

COMPUTED_COLUMNS: tuple[str, ...] = (*GROUP_KINDS, DAYS_SINCE_PREVIOUS.name)
"""The keys of a source's column that compute it of several rows."""
