"""How private figures are kept, as `privacy:` in `segmentry.yaml` says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Privacy:
    """How small a group may be before its figures are hidden.

    ``min_cell`` is a number of customers, ``dominance`` one customer's share of a sum, in (0, 1];
    ``sensitive_allowed`` are the traits with ``pii: sensitive`` that may become facts.
    """

    min_cell: int = 10
    dominance: float = 0.5
    sensitive_allowed: tuple[str, ...] = ()
