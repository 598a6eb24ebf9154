"""What is known of an export by its headings: the entry of a registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Grain = Literal["customers", "orders", "lines", "events"]
Role = Literal["key", "customer", "time", "order", "amount", "quantity", "price", "since"]

READ_ON = "2026-12-01"
"""The day on which the pages below were read."""


@dataclass(frozen=True)
class KnownExport:
    """An export of a system, recognised by its headings. It adds only what those can't tell.

    ``roles`` are headings with what they are, ``truths`` the words for yes and for no of a column that says
    whether somebody may be written to, ``inverted`` such columns that say the opposite.
    """

    id: str
    title: str
    grain: Grain
    headings: tuple[str, ...]
    """Those that tell it from others; all of `signs` have to be there."""
    signs: tuple[str, ...]
    made: str
    """How people make it, in a sentence or two."""
    adds: str
    """What the entry knows that the headings can't tell."""
    pages: tuple[tuple[str, str], ...]
    """Where the headings were read: address, and what stands there."""
    unconfirmed: str = ""
    """What could not be read anywhere, plainly."""
    roles: Mapping[str, Role] = field(default_factory=dict[str, Role])
    fill_down: tuple[str, tuple[str, ...]] | None = None
    """The column that names a group of rows, and those that stand in its first row only."""
    truths: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    )
    inverted: tuple[str, ...] = ()
    zone: str | None = None
    """The zone of its times, where the vendor says it."""

    def matches(self, headings: Collection[str]) -> int:
        """How many of its headings are there; 0 where a sign is lacking."""
        if not set(self.signs) <= set(headings):
            return 0
        return sum(heading in headings for heading in self.headings)
